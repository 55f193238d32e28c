"""Pages whose difficulty is in styles, fonts, character sets and directions of writing."""

# ruff: noqa: E501  (lines of markup)

from __future__ import annotations

from tests.site import assets
from tests.site.page import Page, Place, document, han, page, paragraphs, prose
from tests.site.server import Answer

BLOCK = ".box{width:120px;height:60px}"


@page("imports", "A chain of @import through folders and hosts, with media and layers")
def imports(p: Page) -> None:
    p.png("css/deep/img/d.png", "picture at the end of the chain")
    p.file(
        "css/deep/three.css", f".three{{background:{p.colour('third')}}}.pic{{background:url(img/d.png)}}", "text/css"
    )
    p.file("css/two.css", f'@import url("deep/three.css") layer(deep);.two{{background:{p.colour("second")}}}')
    p.file("css/print.css", f".one{{background:{p.unseen_colour('print')} !important}}", needed=False)
    foreign = p.file("foreign.css", f".far{{background:{p.colour('foreign')}}}", host="other")
    p.file(
        "css/one.css",
        f"@import 'two.css';@import url(print.css) print;@import url({foreign}) screen and (min-width: 300px);"
        f"{BLOCK}.one{{background:{p.colour('first')}}}",
    )
    p.page(
        f"{p.lead()}" + "".join(f"<div class='box {name}'></div>" for name in ("one", "two", "three", "pic", "far")),
        f"<style>@import '/{p.name}/css/one.css';</style>",
    )


@page("adopted", "Adopted style sheets, of the document and of a shadow root")
def adopted(p: Page) -> None:
    # The player does not rewrite addresses in constructed style sheets.
    picture = p.png("back.png", "picture of an adopted sheet", but=(Place.PLAYER,))
    p.page(
        f"{p.lead()}<div class='box a'></div><div class='box b'></div><x-card></x-card>"
        f"<script>const sheet = new CSSStyleSheet(); sheet.replaceSync(`{BLOCK}.a{{background:{p.colour('document')}}}"
        f".b{{width:160px;height:90px;background:url({picture})}}`); document.adoptedStyleSheets = [sheet];"
        "customElements.define('x-card', class extends HTMLElement { connectedCallback() {"
        "const root = this.attachShadow({mode: 'open'}), own = new CSSStyleSheet();"
        f"own.replaceSync(`{BLOCK}.box{{background:{p.colour('shadow')}}}`); root.adoptedStyleSheets = [own];"
        f"root.innerHTML = `<div class=box></div><p>{p.word('in the card')}</p>`; }} }});</script>"
    )


@page("cssom", "Rules put in, taken out and changed by script")
def cssom(p: Page) -> None:
    p.page(
        f"{p.lead()}" + "".join(f"<div class='box {name}'></div>" for name in "abcd") + "<script>"
        f"const own = document.getElementById('own').sheet; own.insertRule('.a{{background:{p.colour('inserted')}}}');"
        f"own.cssRules[1].style.background = '{p.colour('changed')}'; own.deleteRule(2);"
        f"document.getElementById('off').disabled = true;"
        f"document.documentElement.style.setProperty('--tint', '{p.colour('variable')}');"
        "const fast = document.createElement('style'); document.head.append(fast);"
        f"fast.sheet.insertRule('.d{{background:{p.colour('empty style element')} !important}}');</script>",
        f"<style>{BLOCK}.c{{background:var(--tint)}}</style>"
        f"<style id=own>.b{{background:{p.unseen_colour('before')}}}.b{{background:{p.unseen_colour('deleted')}}}</style>"
        f"<style id=off>.box{{background:{p.unseen_colour('disabled')} !important}}</style>",
    )


@page("shadow", "Shadow roots: open, closed, nested, declarative, with slots")
def shadow(p: Page) -> None:
    def box(label: str) -> str:
        return f'<div style="width:120px;height:50px;background:{p.colour(label)}"></div><p>{p.word(label)}</p>'

    picture = p.png("deep.png", "picture in a closed root")
    p.page(
        f"{p.lead()}<div id=open></div><div id=closed></div>"
        f"<div id=slots><b slot=name>{p.word('slotted')}</b><i>{p.word('unnamed slot')}</i></div>"
        f"<div><template shadowrootmode=open>{box('declarative')}</template></div>"
        f"<script>document.getElementById('open').attachShadow({{mode: 'open'}}).innerHTML = `{box('open')}`;"
        "const closed = document.getElementById('closed').attachShadow({mode: 'closed'});"
        f"closed.innerHTML = `{box('closed')}<img src='{picture}'><div id=inner></div>`;"
        f"closed.getElementById('inner').attachShadow({{mode: 'closed'}}).innerHTML = `{box('nested')}`;"
        "document.getElementById('slots').attachShadow({mode: 'open'}).innerHTML = '<style>::slotted(b){color:#333}"
        "</style><h3><slot name=name></slot></h3><slot></slot>';</script>"
    )


@page("fonts", "Web fonts, and icons that are letters of a font")
def fonts(p: Page) -> None:
    letters = assets.block_font("abcdefgh .", "Blocks")
    p.file("fonts/blocks.woff", assets.woff(letters))
    p.file("fonts/icons.ttf", assets.block_font("\ue001\ue002\uf8ff", "Icons"))
    p.file("fonts/unused.ttf", assets.block_font("xyz", "Unused"), needed=False)
    p.file(
        "fonts/fonts.css",
        "@font-face{font-family:Blocks;src:url(missing.woff2) format('unknown'),url(blocks.woff) format('woff')}"
        "@font-face{font-family:Icons;src:url(icons.ttf)}@font-face{font-family:Unused;src:url(unused.ttf)}"
        ".blocks{font:40px/1 Blocks;}.icon::before{font:60px/1 Icons;content:'\\e001\\e002'}"
        ".typed{font:60px/1 Icons}",
    )
    p.page(
        f"{p.lead()}<p class=blocks style='color:{p.colour('letters')}'>......</p>"
        f"<p class=icon style='color:{p.colour('icon before')}'></p>"
        f"<p class=typed style='color:{p.colour('icon typed')}'>\uf8ff\ue001</p>",
        f"<link rel=stylesheet href='/{p.name}/fonts/fonts.css'>",
    )


@page("fontface-api", "A font that a script loads")
def fontface_api(p: Page) -> None:
    url = p.file("late.ttf", assets.block_font("a.", "Late"))
    p.page(
        f"{p.lead()}<p id=late style='font:40px/1 Late,monospace;color:{p.colour('letters')}'>......</p>"
        f"<script>const face = new FontFace('Late', 'url({url})'); document.fonts.add(face); face.load();</script>"
    )


@page("print-dark", "Styles for print, for dark screens and for other tastes")
def print_dark(p: Page) -> None:
    p.file("print.css", f".box{{background:{p.unseen_colour('print')} !important}}", needed=False)
    p.file("alternate.css", f".box{{background:{p.unseen_colour('alternate')} !important}}", needed=False)
    p.page(
        f"{p.lead()}<div class='box'></div><div class=light></div><p class=onpaper>{p.unseen_word('paper only')}</p>",
        f"<link rel=stylesheet media=print href='/{p.name}/print.css'>"
        f"<link rel='alternate stylesheet' title=Other href='/{p.name}/alternate.css'>"
        f"<style>{BLOCK}.box{{background:{p.colour('screen')}}}.light{{width:120px;height:60px;"
        f"background:{p.colour('light')}}}.onpaper{{display:none}}"
        f"@media (prefers-color-scheme: dark){{.light{{background:{p.unseen_colour('dark')}}}body{{background:#111}}}}"
        "@media print{.onpaper{display:block}}</style>",
    )


@page("animations", "Things that move: to their end, for ever, on scrolling, and fading in")
def animations(p: Page) -> None:
    body = p.lead()
    for name in ("ends", "endless", "fade"):
        body += f"<div class='box {name}' style='background:{p.colour(name)}'></div>"
    for n in range(4):
        body += f"{paragraphs(3, n)}<div class='box reveal' style='background:{p.colour(f'revealed {n}')}'></div>"
    p.page(
        body + "<script>const seen = new IntersectionObserver(all => all.forEach(one => one.isIntersecting &&"
        "one.target.classList.add('in')), {threshold: 0.5});"
        "document.querySelectorAll('.reveal').forEach(box => seen.observe(box));</script>",
        f"<style>{BLOCK}.ends{{animation:in 1.2s both}}.endless{{animation:slide 2s infinite alternate}}"
        ".fade{opacity:0;animation:in .4s .3s forwards}.reveal{opacity:0;transform:translateY(40px);transition:all .3s}"
        ".reveal.in{opacity:1;transform:none}@keyframes in{from{opacity:0;transform:translateX(-200px)}to{opacity:1;"
        "transform:none}}@keyframes slide{from{margin-left:0}to{margin-left:200px}}</style>",
    )


@page("base-url", "A base address in another folder")
def base_url(p: Page) -> None:
    p.png("elsewhere/pics/a.png", "picture by base")
    p.png("elsewhere/css/b.png", "picture of the style sheet")
    p.file("elsewhere/css/look.css", f"{BLOCK}.x{{background:{p.colour('style by base')}}}.y{{background:url(b.png)}}")
    p.page(
        f"{p.lead()}<img src='pics/a.png' alt=''><div class='box x'></div><div class='box y'></div>"
        f"<div style='width:100px;height:50px;background:url(pics/a.png)'></div><a href='next.html'>Next</a>",
        f"<base href='/{p.name}/elsewhere/'><link rel=stylesheet href='css/look.css'>",
    )


@page("gb18030", "中文网页，GB18030 编码")
def gb18030(p: Page) -> None:
    p.title = "江南春色：老街上的渡口"
    word = p.word("lead", main=True)
    css = f".q::before{{content:'渡口'}}.q{{background:{p.colour('styled')};width:160px;height:60px}}"
    p.file("look.css", Answer(css.encode("gb18030"), "text/css"))
    p.sentence("han", "𠮷野家旁的石桥")
    text = document(
        p.title,
        f"<p>{han(1, 4)}{word}{han(2, 4)}𠮷野家旁的石桥。</p><div class=q></div><p>{han(3, 8)}</p>",
        f"<meta http-equiv=Content-Type content='text/html; charset=gb18030'><link rel=stylesheet href='/{p.name}/look.css'>",
        "zh-CN",
    ).replace('<meta charset="utf-8">\n', "")
    p.file("", Answer(text.encode("gb18030"), "text/html"))


def _charset(name: str, charset: str, lang: str, title: str, sentence: str, *, declared: str) -> None:
    @page(name, title)
    def fill(p: Page) -> None:
        p.sentence("sentence", sentence)
        body = f"<p>{prose(5, 4)} {sentence} {prose(6, 4)}</p>{p.swatch('below')}"
        meta = f"<meta http-equiv=Content-Type content='text/html; charset={charset}'>" if declared == "meta" else ""
        text = document(title, body, meta, lang).replace('<meta charset="utf-8">\n', "")
        kind = f"text/html; charset={charset}" if declared == "header" else "text/html"
        start = {"utf-16": "", "utf-8": "\ufeff"}.get(charset, "") if declared == "bom" else ""
        p.title = title
        p.file("", Answer((start + text).encode(charset), kind))


_charset("big5", "big5", "zh-TW", "港口的一天", "每天早上渡船帶回島上的信件", declared="header")
_charset("shift-jis", "shift_jis", "ja", "港の一日", "毎朝、渡し船が島の手紙を運んでくる", declared="meta")
_charset("windows-1251", "windows-1251", "ru", "День в гавани", "Паром приходит каждое утро с почтой", declared="meta")
_charset("utf-16", "utf-16", "fr", "Une journée au port", "La ferry dépêche où l’été s’achève", declared="bom")
_charset(
    "latin-1",
    "windows-1252",
    "de",
    "Ein Tag am Hafen",
    "Die Fähre bringt täglich Briefe über das Meer",
    declared="header",
)
_charset("euc-kr", "euc-kr", "ko", "항구의 하루", "매일 아침 나룻배가 섬의 편지를 싣고 온다", declared="meta")


@page("rtl", "A page that is written from right to left")
def rtl(p: Page) -> None:
    sentence = "العبّارة تعود كل صباح مع البريد من الجزيرة"
    p.sentence("arabic", sentence)
    p.title = "يوم في الميناء"
    text = document(
        p.title,
        f"<p>{sentence}. {sentence[:20]} — {p.word('latin inside', main=True)} — {sentence[20:]}.</p>"
        f"{p.swatch('right')}<p>שלום לכולם, המעבורת חוזרת בבוקר.</p><div style='margin-right:300px'>{p.swatch('inset')}</div>"
        + "".join(f"<p>{sentence} {sentence}</p>" for _ in range(6)),
        lang="ar",
    ).replace("<html ", "<html dir=rtl ")
    p.file("", Answer(text.encode()))


@page("quirks", "An old page: no doctype, font tags, frames of tables, a style sheet of the wrong type")
def quirks(p: Page) -> None:
    p.title = "Welcome to the Harbour!!"
    p.varies = p.blemish = "<marquee> cannot be stopped where it begins"
    p.file("old.css", Answer(f".b{{background:{p.colour('style as text')}}}".encode(), "text/plain"))
    cells = "".join(
        f"<tr><td bgcolor={p.colour(f'cell {n}')} width=200 height=60>&nbsp;<td>{prose(n, 2)}" for n in range(4)
    )
    p.file(
        "",
        f"<html><head><title>{p.title}</title><link rel=stylesheet href=old.css></head><body bgcolor=white text=black>"
        f"<center><font size=6>Welcome!!</font></center><table border=1 width=100%>{cells}</table>"
        f"<div class=b style='width:100px;height:50px'></div><p>{p.word('below', main=True)} {prose(9, 6)}<marquee>{prose(1, 1)}</marquee>",
    )


@page("modern-css", "Nesting, layers, container queries, :has, grid, clip paths, filters, blend modes")
def modern_css(p: Page) -> None:
    p.page(
        f"{p.lead()}<section class=wrap><div class=inner></div></section><div class=grid><i></i><i></i></div>"
        "<div class=clip></div><p class=has><b></b></p><div class=layered></div>",
        f"<style>@layer base, over;@layer over{{.layered{{background:{p.colour('layer')};width:90px;height:50px}}}}"
        f"@layer base{{.layered{{background:{p.unseen_colour('lower layer')}}}}}"
        f".wrap{{container-type:inline-size;& .inner{{height:60px;@container (min-width: 300px){{"
        f"background:{p.colour('container')}}}}}}}"
        f".grid{{display:grid;grid-template-columns:1fr 2fr;gap:8px;& i{{height:40px;background:{p.colour('grid')}}}}}"
        f".clip{{width:160px;height:90px;background:{p.colour('clip')};clip-path:circle(40px)}}"
        f".has:has(b){{height:40px;background:{p.colour('has')}}}"
        f"@supports (display: nothing){{.clip{{background:{p.unseen_colour('unsupported')}}}}}</style>",
    )
