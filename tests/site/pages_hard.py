"""Pages for what browsers learnt of late, and for states that are in no markup."""

# ruff: noqa: E501  (lines of markup)

from __future__ import annotations

import base64

from tests.site import assets
from tests.site.page import Page, Place, document, page, paragraphs, prose
from tests.site.server import Answer

BOX = ".box{width:120px;height:40px;margin:4px}"
MAKE = "<script>const $ = id => document.getElementById(id);"


def boxes(*names: str) -> str:
    """A block for each name, with that class and id."""
    return "".join(f"<div class='box {name}' id={name}></div>" for name in names)


@page("css-order", "Layers, conditional imports, scopes, containers, registered properties, nesting, style queries")
def css_order(p: Page) -> None:
    p.file(
        "layered.css", f".a{{background:{p.unseen_colour('lower layer')}}}.b{{background:{p.colour('imported layer')}}}"
    )
    p.file("held.css", f".c{{background:{p.colour('import with supports')}}}")
    p.file(
        "unheld.css", f".c{{background:{p.unseen_colour('import of what is not supported')} !important}}", needed=False
    )
    p.file("narrow.css", f".c{{background:{p.unseen_colour('import for narrow windows')} !important}}", needed=False)
    p.page(
        p.lead()
        + boxes(*"abcdefghi")
        + "<section class=scope><div class='box j'></div><div class=hole><div class='box k'></div></div></section>",
        f"<style>@layer low, high;@import url(layered.css) layer(low);@import 'held.css' supports(display: grid);"
        f"@import url('unheld.css') supports(display: nothing);@import url(narrow.css) (max-width: 300px);{BOX}"
        f"@layer high{{.a{{background:{p.colour('higher layer')}}}}}"
        f"@property --tint{{syntax:'<color>';inherits:true;initial-value:{p.colour('initial value')}}}.d{{background:var(--tint)}}"
        f".e{{container:card / inline-size;& ::before{{content:''}}&::after{{content:'';display:block;height:40px}}}}@container card (width > 50px){{.e::after{{background:{p.colour('container')}}}}}"
        f".f{{--theme:warm}}@container style(--theme: warm){{.f::after{{content:'';display:block;height:40px;background:{p.colour('style query')}}}}}"
        f"main:has(> article .g) .g{{background:{p.colour('has')}}}.h{{background:color-mix(in srgb, {p.colour('mixed')} 100%, white)}}"
        f".i{{@media (min-width: 100px){{&:not(.z){{background:{p.colour('nested media')}}}}}}}"
        f"@scope (.scope) to (.hole){{.box{{background:{p.colour('scope')}}}}}.k{{background:{p.colour('hole of the scope')}}}</style>",
    )


@page("css-drawn", "Masks, clips, filters and pictures that style sheets put together")
def css_drawn(p: Page) -> None:
    # The player does not rewrite addresses before a type().
    one = p.png("one.png", "image-set with types", but=(Place.PLAYER,))
    two = p.file("two.webp", assets.picture(p.colour("of the second type"), kind="WEBP"))
    mask = p.file("mask.png", assets.picture("#000000", 120, 40))
    faded = p.file("faded.png", assets.picture(p.colour("cross-fade"), 120, 40))
    held = p.png("held.png", "url in a property that is inherited")
    shown = p.png("shown.png", "content of an element", width=120, height=40)
    marker = p.png("marker.png", "marker", width=60, height=40)
    p.page(
        f"{p.lead()}{boxes(*'abcdefgh')}<div class=holder><div class='box i'></div></div><ul class=j><li>{p.word('item')}</li></ul>"
        f"<svg width=0 height=0><clipPath id=clip><rect width=120 height=40 /></clipPath><filter id=turn><feFlood flood-color='{p.colour('filter')}'/></filter>"
        f"<linearGradient id=shade><stop stop-color='{p.colour('gradient')}'/></linearGradient></svg><svg width=120 height=40><rect class=k width=120 height=40 /></svg>",
        f"<style>{BOX}.a{{background:image-set('{one}' type('image/png'), 'none.jxl' type('image/jxl'))}}"
        f".b{{background:-webkit-image-set(url({two}) 1x)}}.c{{background:{p.colour('masked')};-webkit-mask:url({mask}) 0 0/100% 100%}}"
        f".d{{background:-webkit-cross-fade(url({faded}), url({faded}), 50%)}}.e{{background:{p.colour('clipped')};clip-path:url(#clip)}}"
        f".f{{background:#000;filter:url(#turn)}}.g{{content:url({shown})}}.h{{--x:{p.colour('attr')};background:attr(data-none type(<color>), var(--x))}}"
        f".holder{{--pic:url({held})}}.i{{background:var(--pic)}}.j{{list-style:none;padding-left:80px}}.j li::marker{{content:url({marker})}}.k{{fill:url(/{p.name}/#shade)}}</style>",
    )


@page(
    "pictures-chosen", "Pictures changed by script, with auto sizes, by type and medium, late in srcset, and stretched"
)
def pictures_chosen(p: Page) -> None:
    before = p.file("before.png", assets.picture(p.unseen_colour("before")), needed=False)
    p.unkept.add("before.png")  # given up before it had come
    after = p.png("after.png", "after")
    small = p.file("small.png", assets.picture(p.unseen_colour("small"), 100, 50), needed=False)
    large = p.png("large.png", "by auto sizes", width=600, height=300)
    typed = p.file("typed.avif", assets.picture(p.colour("by type and medium"), kind="AVIF"))
    late = p.png("late.png", "late srcset", width=320, height=180)
    fit = p.png("fit.png", "object-fit")
    view = p.png("view.png", "object-position", width=400, height=80)
    p.page(
        f"{p.lead()}<img id=a src='{before}' alt=''><img loading=lazy width=600 height=200 sizes='auto, 300px' srcset='{small} 100w, {large} 600w' alt=''>"
        f"<picture><source media='print' srcset='{before}'><source media='(min-width: 200px)' type='image/nothing' srcset='{before}'><source media='(min-width: 200px)' type='image/avif' srcset='{typed}'><img src='{before}' alt=''></picture>"
        f"<img id=b alt='' style='width:320px;height:100px'><img src='{fit}' style='object-fit:contain;width:200px;height:60px;background:#fff' alt=''>"
        f"<img src='{view}' style='object-fit:none;object-position:-200px 0;width:100px;height:50px' alt=''>{paragraphs(2)}{MAKE}$('a').src = '{after}'; setTimeout(() => $('b').srcset = '{late} 2x', 200)</script>"
    )


@page("embedded-kinds", "Pictures as objects, embeds, buttons and parts of drawings")
def embedded_kinds(p: Page) -> None:
    # The player's own policy forbids objects.
    apart = (Place.PLAYER,)
    thing = p.png("thing.png", "object", but=apart)
    drawn = p.file("drawn.svg", assets.svg(p.colour("embed", but=apart)))
    button = p.png("button.png", "button")
    inside = p.png("inside.png", "image in a drawing")
    filtered = p.png("filtered.png", "feImage", width=120, height=60)
    sprite = p.file(
        "sprite.svg",
        f"<svg xmlns='http://www.w3.org/2000/svg'><defs><linearGradient id='g'><stop stop-color='{p.colour('gradient of the sprite')}'/></linearGradient></defs><symbol id='x' viewBox='0 0 10 5'><rect width='10' height='5' fill='url(#g)'/></symbol><g id='y'><rect width='80' height='40' fill='currentColor'/></g></svg>",
    )
    p.page(
        f"{p.lead()}<object data='{thing}' type='image/png'>no</object><input type=image src='{button}' alt=go>"
        f"<object data='nothing.bin' type='application/x-nothing'>{p.swatch('fallback of an object')}{p.word('fallback')}</object>"
        f"<svg width=160 height=90><image href='{inside}' width=160 height=90 /></svg><svg width=120 height=60><filter id=f x=0 y=0 width=1 height=1><feImage href='{filtered}'/></filter><rect width=120 height=60 filter='url(#f)'/></svg>"
        f"<svg width=80 height=40><use href='{sprite}#x'/></svg><svg width=80 height=40 style='color:{p.colour('colour of the use')}'><use xlink:href='{sprite}#y'/></svg>"
        f"<svg width=120 height=40 viewBox='0 0 120 40'><style>.own{{fill:{p.colour('style in a drawing')}}}</style><rect class=own width=120 height=40 /></svg>"
        # At the end: the player turns it into a frame that swallows what follows.
        f"<embed src='{drawn}' width=160 height=90>"
    )


@page("canvas-kinds", "Canvases: tainted, from a bitmap, off the screen, scaled, with styles by their name")
def canvas_kinds(p: Page) -> None:
    foreign = p.png("foreign.png", "tainted", host="other")
    plain = p.png("plain.png", "bitmap")
    p.files["foreign.png"] = Answer(
        p.files["foreign.png"].body, "image/png", headers=(("Access-Control-Allow-Origin", "null"),)
    )  # type: ignore[union-attr]
    off, scaled, styled = p.colour("off the screen"), p.colour("scaled"), p.colour("styled by name")
    p.page(
        f"{p.lead()}<canvas id=a width=160 height=90></canvas><canvas id=b width=160 height=90></canvas><canvas id=c width=120 height=40></canvas>"
        f"<canvas id=d width=12 height=4 style='width:240px'></canvas><div class=frame><canvas id=e width=100 height=40></canvas></div>{MAKE}"
        f"const one = new Image(); one.onload = () => $('a').getContext('2d').drawImage(one, 0, 0); one.src = '{foreign}';"
        f"fetch('{plain}').then(a => a.blob()).then(createImageBitmap).then(map => $('b').getContext('bitmaprenderer').transferFromImageBitmap(map));"
        f"const pen = $('c').transferControlToOffscreen().getContext('2d'); pen.fillStyle = '{off}'; pen.fillRect(0, 0, 120, 40);"
        f"const two = $('d').getContext('2d'); two.fillStyle = '{scaled}'; two.fillRect(0, 0, 12, 4);</script>",
        f"<style>.frame canvas{{border:20px solid {styled};border-radius:4px}}canvas + canvas{{margin-left:10px}}</style>",
    )


@page("states", "What was opened, ticked, chosen, typed and scrolled, and stands in no attribute")
def states(p: Page) -> None:
    p.blemish = "the dash in a box that is neither ticked nor not, which no markup says"
    long = "".join(f"<div style='width:900px;height:60px'>{n}</div>" for n in range(12))
    p.page(
        f"{p.lead()}<details id=more><summary>More</summary><p>{p.word('opened details')}</p></details><details id=name-a name=g open><summary>A</summary>{p.unseen_word('closed details')}</details>"
        f"<dialog id=plain style='position:static'>{p.swatch('dialog')}{p.word('dialog')}</dialog><div popover=manual id=pop style='inset:auto;top:120px;left:900px'>{p.swatch('popover')}<style>#pop:popover-open{{border:20px solid {p.colour('popover-open')}}}</style></div>"
        f"<input type=checkbox id=tick><label class=t></label><input type=radio name=r checked id=r1><input type=radio name=r id=r2><label class=t></label>"
        f"<input type=checkbox id=part><label class=u></label><select id=pick><option>one<option>{p.word('chosen', but=(Place.TEXT,))}</select><select multiple id=many size=3><option>a<option>b<option>c</select>"
        f"<input id=typed value=old><textarea id=area>old</textarea><input type=range id=range max=100 style='width:200px;accent-color:{p.colour('range')};height:40px'><progress id=bar max=1 style='width:200px;height:30px;accent-color:{p.colour('progress')}'></progress>"
        f"<div id=pane style='width:300px;height:120px;overflow:auto;border:1px solid'>{long}<div style='width:900px;height:120px;background:{p.colour('scrolled to')}'></div></div>"
        f"<div id=side style='width:300px;height:60px;overflow-x:scroll;white-space:nowrap'><span style='display:inline-block;width:800px'>left</span><span style='display:inline-block;width:280px;height:40px;background:{p.colour('scrolled aside')}'></span></div>"
        f"<div contenteditable id=edit>old</div><input id=bad type=email value=x><span class=invalid></span>{MAKE}"
        f"$('more').open = true; $('name-a').open = false; $('plain').show(); $('pop').showPopover(); $('tick').checked = $('r2').checked = true; $('part').indeterminate = true;"
        f"$('pick').selectedIndex = 1; $('many').options[1].selected = true; $('typed').value = '{p.word('typed', but=(Place.TEXT,))}'; $('area').value = '{p.word('area', but=(Place.TEXT,))}'; $('range').value = 90; $('bar').value = 1;"
        f"$('pane').scrollTop = 10000; $('side').scrollLeft = 10000; $('edit').textContent = '{p.word('edited')}';</script>",
        f"<style>dialog:focus{{outline:0}}.t,.u,.invalid{{display:inline-block;width:60px;height:30px}}#tick:checked + .t{{background:{p.colour('ticked')}}}#r2:checked + .t{{background:{p.colour('chosen radio')}}}"
        f"#part:indeterminate + .u{{background:{p.colour('neither')}}}#bad:invalid + .invalid{{background:{p.colour('invalid')}}}</style>",
    )


@page("modal-states", "A dialog in front of everything, with its veil")
def modal_states(p: Page) -> None:
    p.page(
        f"{p.lead()}{paragraphs(3)}<dialog id=d style='border:20px solid {p.colour('frame of the dialog')};width:400px'>{p.word('dialog')}</dialog>{MAKE}$('d').showModal()</script>",
        f"<style>dialog:focus{{outline:0}}dialog:modal{{border-style:solid}}dialog::backdrop{{background:{p.colour('veil')}}}</style>",
    )


@page("animated-by-script", "Animations that scripts made, and what they left; transitions and a fade-in that ended")
def animated_by_script(p: Page) -> None:
    p.page(
        f"{p.lead()}{boxes(*'abcd')}{paragraphs(1)}{MAKE}"
        f"$('a').animate([{{opacity: 0}}, {{opacity: 1}}], {{duration: 200, fill: 'forwards'}});"
        f"$('b').animate({{backgroundColor: ['#fff', '{p.colour('colour at the end')}']}}, {{duration: 100, fill: 'both', delay: 50}});"
        f"$('c').animate([{{transform: 'translateX(-2000px)'}}, {{transform: 'none'}}], {{duration: 150, fill: 'forwards'}});"
        f"requestAnimationFrame(() => $('d').classList.add('on'));</script>",
        f"<style>{BOX}.a{{opacity:0;background:{p.colour('faded in')}}}.c{{transform:translateX(-2000px);background:{p.colour('came in')}}}"
        f".d{{background:#fff;transition:background .2s}}.d.on{{background:{p.colour('transition')}}}</style>",
    )


@page(
    "frames-more",
    "Frames: blank and written into, in quirks mode, see-through, scrolled, nested in srcdoc, with a policy",
)
def frames_more(p: Page) -> None:
    # The player's service worker does not reach into blank frames.
    picture = p.png("in.png", "picture in a blank frame", but=(Place.PLAYER,))
    quirky = p.file(
        "quirky.html",
        f"<title>q</title><style>.w{{width:100px;height:40px;background:{p.colour('class in capitals')}}}</style><table height=100%><td><div class=W></div><p>{p.word('quirks')}",
    )
    low = p.file(
        "low.html",
        f"<!doctype html><title>l</title><div style='height:900px'></div><div style='height:200px;background:{p.colour('scrolled in a frame')}'></div><script>scrollTo(0, 900)</script>",
    )
    strict = p.file(
        "strict.html",
        Answer(
            f"<!doctype html><title>s</title><style nonce=k>p{{border-left:60px solid {p.colour('style under a policy')}}}</style><p>{p.word('policy')}".encode(),
            headers=(("Content-Security-Policy", "default-src 'none'; style-src 'nonce-k'"),),
        ),
        host="other",
    )
    p.page(
        f"{p.lead()}<iframe id=blank width=300 height=110></iframe><iframe src='{quirky}' width=300 height=110></iframe><div style='background:{p.colour('behind a frame')}'><iframe srcdoc='<!doctype html><p>{p.word('see-through')}' width=300 height=60 style='border:0'></iframe></div>"
        f"<iframe src='{low}' width=300 height=110></iframe><iframe src='{strict}' width=300 height=60></iframe>"
        f"<iframe width=300 height=110 srcdoc=\"<!doctype html><iframe width=250 height=80 srcdoc='<!doctype html><body style=background:{p.colour('frame in srcdoc')}>{p.word('frame in srcdoc')}'></iframe>\"></iframe>"
        f"{MAKE}const inner = $('blank').contentDocument; const image = inner.createElement('img'); image.src = '{picture}'; inner.body.append(image);"
        f"const made = inner.createElement('p'); made.textContent = '{p.word('blank')}'; inner.body.append(made);</script>"
    )


@page("almost-standards", "A transitional doctype: boxes of pictures in tables close up, all else as standards have it")
def almost_standards(p: Page) -> None:
    p.title = "A page of 2003"
    cut = p.png("cut.png", "slice", width=200, height=30)
    p.file(
        "",
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
        f"<html lang=en dir=ltr><head><title>{p.title}</title><base target=_top></head><body><table cellspacing=0 cellpadding=0 border=0><tr><td><img src='{cut}' alt=''></td></tr>"
        f"<tr><td style='background:{p.colour('row below')}'><img src='{cut}' alt='' height=8></td></tr></table><p>{p.word('below', main=True)} {prose(8, 5)}</p></body></html>",
    )


@page("one-word", "A single word of sixty thousand letters, and lines that must not break")
def one_word(p: Page) -> None:
    p.page(
        f"{p.lead()}<p style='overflow-wrap:anywhere;font-size:8px;line-height:1'>{'harbour' * 9000}{p.word('end of the word')}</p><pre style='overflow:hidden'>{'mole ' * 900}</pre>{p.swatch('below')}"
    )


@page(
    "elements-of-own",
    "Custom elements: defined and never defined, slots that changed, counters and marks",
)
def elements_of_own(p: Page) -> None:
    p.page(
        f"{p.lead()}<x-card class=box></x-card><x-late class=box></x-late><x-tabs><b slot=one>{p.unseen_word('not chosen')}</b><b slot=two>{p.word('chosen slot')}</b></x-tabs>"
        f"<ol class=count><li>{p.word('item')}<li>two</ol><p class=letter>{p.word('letter')}</p><blockquote class=q>quoted</blockquote><script>"
        "customElements.define('x-card', class extends HTMLElement {});"
        "customElements.define('x-tabs', class extends HTMLElement { constructor() { super(); this.attachShadow({mode: 'open'}).innerHTML = '<slot name=two></slot>'; } });</script>",
        f"<style>{BOX}x-card,x-late{{display:block}}x-card:defined{{background:{p.colour('defined')}}}x-late:not(:defined){{background:{p.colour('never defined')}}}"
        f".count{{counter-reset:n;list-style:none}}.count li::before{{counter-increment:n;content:counter(n, upper-roman);padding:10px 40px;background:{p.colour('counter')}}}"
        f".letter::first-letter{{background:{p.colour('first letter')};padding:8px 30px}}.q::before{{content:open-quote;padding:10px 40px;background:{p.colour('quote')}}}</style>",
    )


@page("moving-pictures", "GIF, WebP and PNG that move, each to its last picture")
def moving_pictures(p: Page) -> None:
    def frames(kind: str, label: str) -> bytes:
        return assets.moving(p.unseen_colour(f"first of {label}"), p.colour(label), kind)

    urls = [
        p.file(f"m.{kind}", frames(name, name)) for kind, name in (("gif", "GIF"), ("webp", "WEBP"), ("png", "PNG"))
    ]
    p.page(p.lead() + "".join(f"<img src='{url}' alt=''>" for url in urls) + paragraphs(2))


@page(
    "fonts-more",
    "Fonts by range of letters, from bytes, one file for several weights, a local one, and one that never comes",
)
def fonts_more(p: Page) -> None:
    blocks = assets.block_font("abcdefgh .", "Blocks")
    p.file("latin.woff", assets.woff(blocks))
    p.file("other.ttf", assets.block_font("\u4e00\u4e8c", "Other"))
    p.file("never.ttf", assets.block_font("xyz", "Never"), needed=False)
    data = base64.b64encode(assets.block_font("kl.", "Bytes")).decode()
    made = p.colour("from bytes", but=(Place.PLAYER,))  # which takes any source of a font for an address
    weights = "".join(
        f"@font-face{{font-family:Many;font-weight:{n};src:local('No Such Font Here'),url(latin.woff)}}"
        for n in (300, 400, 500, 700, 900)
    )
    p.page(
        f"{p.lead()}<p class=r style='color:{p.colour('first range')}'>......</p><p class=r style='color:{p.colour('second range')}'>\u4e00\u4e8c\u4e00\u4e8c</p><p style='font:40px/1 FromBytes;color:{made}'>......</p>"
        f"<p style='font:300 40px/1 Many;color:{p.colour('light')}'>.....</p><p style='font:900 40px/1 Many;color:{p.colour('heavy')}'>.....</p>"
        f"<script>const bytes = Uint8Array.from(atob('{data}'), c => c.charCodeAt(0)); const face = new FontFace('FromBytes', bytes.buffer); document.fonts.add(face); face.load();</script>",
        "<style>@font-face{font-family:Ranges;src:url(latin.woff);unicode-range:U+20-7E}@font-face{font-family:Ranges;src:url(other.ttf);unicode-range:U+4E00-4E8F}"
        f"@font-face{{font-family:Ranges;src:url(never.ttf);unicode-range:U+400-4FF}}{weights}.r{{font:40px/1 Ranges}}</style>",
    )


@page(
    "sheets-changed",
    "Sheets that scripts share and change: in many roots, inside conditions, imported ones, those of other hosts",
)
def sheets_changed(p: Page) -> None:
    p.file("own.css", f"{BOX}.a{{background:{p.unseen_colour('before')}}}@media (min-width: 100px){{.b{{color:red}}}}")
    p.file("part.css", ".none{color:red}")
    far = p.file(
        "far.css",
        Answer(
            f".e{{background:{p.unseen_colour('of another host, before')}}}".encode(),
            "text/css",
            headers=(("Access-Control-Allow-Origin", "*"),),
        ),
        host="other",
    )
    off = p.file("off.css", f".box{{background:{p.unseen_colour('switched off')} !important}}", needed=False)
    # The player does not rewrite what scripts do to sheets from other hosts.
    p.page(
        f"{p.lead()}{boxes(*'abcdefg')}<x-one></x-one><x-one></x-one>{MAKE}const own = $('own').sheet; own.cssRules[1].style.background = '{p.colour('changed in a linked sheet')}';"
        f"own.cssRules[2].insertRule('.b{{background:{p.colour('inserted into a condition')}}}'); $('part').sheet.cssRules[0].styleSheet.insertRule('.c{{background:{p.colour('inserted into an imported sheet')}}}');"
        f"$('far').sheet.cssRules[0].style.background = '{p.colour('changed in a sheet of another host')}'; $('off').disabled = true; $('print').media = 'screen';"
        f"const shared = new CSSStyleSheet(); shared.replaceSync('.in{{width:120px;height:40px}}'); customElements.define('x-one', class extends HTMLElement {{ constructor() {{ super(); const r = this.attachShadow({{mode: 'open'}}); r.adoptedStyleSheets = [shared]; r.innerHTML = '<div class=in></div>'; }} }});"
        f"shared.insertRule('.in{{background:{p.colour('inserted into a shared sheet')}}}'); const more = new CSSStyleSheet({{media: '(min-width: 100px)'}}); more.insertRule('.g{{background:{p.colour('adopted with a medium')}}}'); document.adoptedStyleSheets.push(more);</script>",
        f"<link rel=stylesheet id=own href=own.css><style id=part>@import 'part.css';.d{{background:{p.colour('after an import')}}}</style><link rel=stylesheet id=far crossorigin href='{far}'><link rel=stylesheet id=off href='{off}'>"
        f"<style id=print media=print>.f{{background:{p.colour('medium changed')}}}</style>",
    )


@page(
    "quiet-html",
    "Small things of old and new HTML: ruby, both directions, meters, hints of breaks, areas, colours of the scheme",
)
def quiet_html(p: Page) -> None:
    picture = p.png("map.png", "map")
    text = document(
        "Small things",
        f"{p.lead()}<p><ruby>港<rt>{p.word('ruby')}</rt></ruby> <bdo dir=rtl>{'abc'}</bdo> <bdi>{p.word('bdi')}</bdi> super&shy;cali&shy;fragil<wbr>istic <q lang=de>zitiert</q> <s>s</s><sub>1</sub></p>"
        f"<img src='{picture}' usemap=#m alt=''><map name=m><area shape=rect coords=0,0,50,50 href=one.html></map><meter value=.9 style='width:200px;height:30px'></meter>"
        f"<table rules=all bgcolor='{p.colour('bgcolor')}' width=300 height=50><col span=2><tr><td valign=top nowrap>a<td align=right>b</table><font color='{p.colour('font colour')}' size=7>█████</font>"
        f"<div style='color-scheme:dark;background:light-dark({p.unseen_colour('light')}, {p.colour('dark scheme')});height:40px'></div><fieldset disabled><legend>{p.word('legend')}</legend><button>{p.word('button')}</button></fieldset>"
        f"<hr size=20 noshade color='{p.colour('rule')}'><ol start=7 reversed type=A><li value=9>x</ol><p dir=auto>שלום {p.word('auto')}</p>",
    )
    p.title = "Small things"
    p.file("", Answer(text.encode()))
