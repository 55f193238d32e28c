"""The single file against the page it was made of, both in a real Chromium."""

from __future__ import annotations

import asyncio
import io
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.async_api import Browser, Page

from capture.recorder import Recorder
from capture.single_file import About, Limits, SingleFile, assemble, install, serialise
from tests.integration.page_site import Reply, Site, chromium, serving

WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
WINDOW = {"width": 800, "height": 600}


def png(width: int = 20, height: int = 20, color: bytes = b"\xff\x00\x00") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\x00" + color * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def picture(color: bytes, size: int = 20) -> Reply:
    return Reply(png(size, size, color), "image/png", headers=(("Access-Control-Allow-Origin", "*"),))


RED, GREEN, BLUE = picture(b"\xff\x00\x00"), picture(b"\x00\x80\x00"), picture(b"\x00\x00\xff")
PICTURES = {"/red.png": RED, "/green.png": GREEN, "/blue.png": BLUE, "/big.png": picture(b"\x80\x00\x80", 200)}


@dataclass
class Copy:
    """A page as it was seen, and its file."""

    live: bytes
    file: SingleFile
    url: str


async def keep(browser: Browser, endpoint: str, url: str, ready: str = "true", limits: Limits | None = None) -> Copy:
    async with Recorder(endpoint, 5_000_000, 50_000_000) as recorder:
        context = await browser.new_context(viewport=WINDOW)
        await install(context)
        page = await context.new_page()
        await page.goto(url, wait_until="load")
        await page.wait_for_function(f"document.readyState === 'complete' && ({ready})")
        await page.evaluate("document.fonts.ready.then(() => 1)")
        snapshot = await serialise(recorder, 10)
        live = await page.screenshot(full_page=True)
        recording = await recorder.finish(3)
        await context.close()
    return Copy(live, assemble(snapshot, recording, About(url, WHEN), limits), url)


async def copy_of(pages: Mapping[str, Reply | str | bytes], ready: str = "true", *flags: str) -> Copy:
    async with serving({**PICTURES, **pages}) as site, chromium(*flags) as (browser, endpoint):
        return await keep(browser, endpoint, site.url("/"), ready)


@dataclass
class Opened:
    """What came of opening a file with everything allowed."""

    picture: bytes
    requests: list[str]
    text: str
    console: list[str]


async def opened(copy: Copy, path: Path, look: str = "document.body.innerText") -> Opened:
    path.write_text(copy.file.html, "utf-8", newline="")
    async with chromium() as (browser, endpoint), Recorder(endpoint, 10**6, 10**7) as recorder:
        page = await (await browser.new_context(viewport=WINDOW)).new_page()
        console: list[str] = []
        page.on("console", lambda message: console.append(message.text))
        await page.goto(path.as_uri(), wait_until="load")
        await page.evaluate("new Promise(r => requestAnimationFrame(() => setTimeout(r, 100)))")
        text = await page.evaluate(look)
        shot = await page.screenshot(full_page=True)
        recording = await recorder.finish(2)
        return Opened(shot, [e.url for e in recording.exchanges], text, console)


def difference(live: bytes, file: bytes) -> float:
    """The share of pixels that differ visibly, of the page's own area."""
    one, two = (Image.open(io.BytesIO(data)).convert("RGB") for data in (live, file))
    assert two.height >= one.height
    apart = ImageChops.difference(one, two.crop((0, 0, one.width, one.height))).convert("L")
    return sum(apart.histogram()[16:]) / (one.width * one.height)


async def assert_same(copy: Copy, path: Path, at_most: float = 0.0005) -> Opened:
    seen = await opened(copy, path)
    assert seen.requests == []
    assert difference(copy.live, seen.picture) <= at_most
    return seen


# Pages, each for some difficulties; the file must look the same.

LOOKS: dict[str, dict[str, Reply | str | bytes]] = {
    "style sheets": {
        "/": '<!doctype html><link rel=stylesheet href=/css/a.css><link rel=stylesheet href=print.css media=print>'
        '<style>@import url("/css/b.css") screen; p{color:green}</style>'
        '<h1>One</h1><p>Two<div class=x></div><div style="background:url(red.png);height:30px;width:90px"></div>',
        "/css/a.css": Reply(b"@import 'deep/c.css';h1{background:url(../red.png) no-repeat;padding-left:30px}", "text/css"),
        "/css/deep/c.css": Reply(b"@charset 'x';body{background:#eef url(../../blue.png) 700px 0 no-repeat}", "text/css"),
        "/css/b.css": Reply(b".x{width:100px;height:50px;background:image-set('/green.png' 1x)}", "text/css"),
        "/print.css": Reply(b"body{display:none}", "text/css"),
    },
    "style sheets made by script": {
        "/": "<!doctype html><style id=s>h1{color:red}</style><h1>One</h1><p>Two</p><b>Three</b><x-a>A</x-a><script>"
        "document.querySelector('#s').sheet.insertRule('p{color:blue;background:url(/red.png)}');"
        "const sheet = new CSSStyleSheet(); sheet.replaceSync('b{font-size:40px;background:url(/green.png)}');"
        "document.adoptedStyleSheets = [sheet];"
        "document.head.append(document.createElement('style')); document.head.lastChild.sheet.insertRule('x-a{color:lime}');"
        "document.styleSheets[0].cssRules[1].style.color = 'purple'</script>",
    },
    "shadow roots": {
        "/": "<!doctype html><style>x-a:not(:defined),x-b:not(:defined){display:none}</style>"
        "<x-a>light <i slot=s>slotted</i></x-a><x-b></x-b><x-c></x-c><script>"
        "const sheet = new CSSStyleSheet(); sheet.replaceSync('b{color:red;background:url(/blue.png)}');"
        "for (const [name, mode] of [['x-a', 'open'], ['x-b', 'closed']]) customElements.define(name, class extends HTMLElement {"
        " constructor() { super(); const r = this.attachShadow({mode}); r.innerHTML = '<style>:host{display:block;"
        "border:3px solid}</style><b>'+mode+'</b><slot name=s></slot><slot></slot><x-in></x-in>';"
        " r.adoptedStyleSheets = [sheet]; if (mode == 'closed' && (this.shadowRoot || r.mode != 'closed')) r.innerHTML = 'open!' } });"
        "customElements.define('x-in', class extends HTMLElement { constructor() { super();"
        " this.attachShadow({mode: 'closed'}).innerHTML = '<img src=/green.png>' } })</script>",
    },
    "pictures": {
        "/": '<!doctype html><img src=red.png alt=r><img srcset="green.png 2x, red.png 1x" src=red.png>'
        '<img srcset="big.png 200w" sizes=100px><picture><source srcset=blue.png><img src=red.png></picture>'
        '<img src=/gone.png alt="no picture"><img src="data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22 '
        'width=%2230%22 height=%2230%22><rect width=%2230%22 height=%2230%22 fill=%22teal%22/></svg>">'
        "<input type=image src=blue.png><table background=red.png><tr><td>cell</table><object data=green.png></object>"
        "<script>fetch('/big.png').then(r => r.blob()).then(b => { const i = new Image(); i.onload = () => done = true;"
        " i.src = URL.createObjectURL(b); document.body.append(i) })</script>",
    },
    "drawings": {
        "/": '<!doctype html><svg width=60 height=60><use href="icons.svg#star" width=50 height=50></use></svg>'
        '<svg width=60 height=60><defs><linearGradient id=g><stop stop-color=red /><stop offset=1 stop-color=blue />'
        '</linearGradient></defs><rect width=50 height=50 fill="url(#g)"/><image href=green.png x=5 y=5 width=20 height=20 />'
        '</svg><svg width=60 height=60><use xlink:href="#local"/><g id=local><circle r=20 cx=25 cy=25 /></g></svg>'
        "<canvas width=60 height=60 style='border:2px solid'></canvas><canvas id=gl width=40 height=40></canvas><script>"
        "const c = document.querySelector('canvas').getContext('2d'); c.fillStyle = 'orange'; c.fillRect(10, 10, 40, 40)</script>",
        "/icons.svg": Reply(
            b'<svg xmlns="http://www.w3.org/2000/svg"><defs><radialGradient id="r"><stop stop-color="gold"/>'
            b'<stop offset="1" stop-color="green"/></radialGradient></defs><symbol id="star" viewBox="0 0 10 10">'
            b'<script>document.title = "ran"</script><path d="M0 0h10v10z" fill="url(#r)" onload="boo()"/></symbol></svg>',
            "image/svg+xml",
        ),
    },
    "frames": {
        "/": '<!doctype html><iframe src="http://127.0.0.2:{PORT}/one" width=300 height=300></iframe>'
        "<iframe srcdoc='<!doctype html><p>from &quot;srcdoc&quot; &amp;amp; <img src=red.png>'></iframe><div id=h></div>"
        "<script>h.attachShadow({mode: 'closed'}).innerHTML = '<iframe src=/quirks></iframe>'</script>",
        "/one": '<!doctype html><p>one</p><iframe src="http://127.0.0.3:{PORT}/two"></iframe>',
        "/two": "<!doctype html><style>body{background:url(/red.png)}</style>two &amp; \"deep\" &lt;b&gt;<iframe src=/three></iframe>",
        "/three": "<!doctype html><p>three",
        "/quirks": "<table><tr><td style='width:10'>quirks</table>",
    },
    "a frameset": {
        "/": "<html><head><title>old</title></head><frameset cols='50%,50%'><frame src=/a><frame src=/b></frameset></html>",
        "/a": "<body bgcolor=#ffeecc>left <img src=/red.png>",
        "/b": "<!doctype html>right",
    },
    "forms": {
        "/": "<!doctype html><form action=/send><input id=a value=before><input type=password value=secret><textarea id=t>\n\nx"
        "</textarea><input type=checkbox id=c><input type=radio name=r checked><input type=radio name=r id=r2><select>"
        "<option>1<option id=o>2</select><input name=attributes><input name=firstChild><button formaction=/x>go</button></form>"
        "<dialog id=d>modal</dialog><details open><summary>s</summary>more</details><div popover id=p>pop</div>"
        "<script>a.value = 'after \"<&'; t.value = '\\nline</textarea>'; c.checked = true; r2.checked = true; o.selected = true;"
        "d.showModal(); d.style.outline = 'none'; document.activeElement.blur()</script>",
    },
    "odd text": {
        "/": "<!doctype html><title>T &amp; &lt;/title></title><pre>\n\n two lines</pre><p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp; "
        "a\u00a0b \ue000\ue001\U000f0000 {k:'resource'} --hashkeep-1 汉字 ﷽ 👩‍👩‍👧 e\u0301</p><xmp><b>raw</b></xmp>"
        "<p title='\"quoted\" &amp; <tag>'>attr</p><style>p::after{content:'\\3C/style>\\201C \"'}</style>",
    },
    "a page in GBK without a doctype": {
        "/": Reply(
            "<link rel=stylesheet href=a.css><table><tr><td>汉字<td style='width:99'>标题</table><p class=标>甲".encode("gbk"),
            "text/html; charset=gbk",
        ),
        "/a.css": Reply(".标::after{content:'乙';color:red}".encode("gbk"), "text/css"),
    },
}  # fmt: skip
READY = {"pictures": "window.done"}


@pytest.mark.parametrize("name", LOOKS)
async def test_the_file_looks_like_the_page(name: str, tmp_path: Path) -> None:
    copy = await copy_of(LOOKS[name], READY.get(name, "true"))
    assert copy.file.missing == 0
    await assert_same(copy, tmp_path / "page.html")


async def test_frames_of_other_processes_are_in_the_file(tmp_path: Path) -> None:
    copy = await copy_of(LOOKS["frames"], "true", "--site-per-process")
    assert copy.file.missing == 0
    await assert_same(copy, tmp_path / "page.html")


HOSTILE = """<!doctype html><html manifest=/m onclick="x()"><head><base href="http://127.0.0.9:{PORT}/">
<meta http-equiv=refresh content="0.2;url=http://127.0.0.9:{PORT}/refresh">
<meta http-equiv=Content-Security-Policy content="img-src *"><meta property=og:image content=http://127.0.0.9/og>
<link rel=preload as=image href=/preload.png><link rel=preconnect href=http://127.0.0.9><link rel=icon href=/icon.png>
<link rel=manifest href=/m.json><link rel=canonical href=http://127.0.0.9/c><link rel="alternate stylesheet" href=/alt.css title=x>
<script src=/s.js></script><script type=speculationrules>{"prefetch":[{"urls":["/spec"]}]}</script>
<style>@font-face{font-family:f;src:url(http://127.0.0.9:{PORT}/font.woff2)}</style></head>
<body onload="document.title='ran'" background=/bg.png><img src=x onerror="document.title='ran'" longdesc=/l data-src=http://127.0.0.9/d>
<a href="javascript:document.title='ran'" id=js>j</a><a href=/page ping=/ping id=web>w</a><a href="#here" id=here>h</a>
<a href="data:text/html,x" id=data>d</a><area href=mailto:a@b.c><video src=/v.mp4 autoplay controls><source src=/v2.mp4>
<track src=/t.vtt></video><audio src=/a.mp3></audio><embed src=/e.swf><object data=/o.swf>fallback</object>
<form action=/f><button formaction=/g>b</button><input type=hidden value=token></form>
<iframe src="javascript:'<script>parent.document.title=1</script>'"></iframe><iframe src=/frame allow=camera onload="x()"></iframe>
<svg><a href="javascript:x()"><text>t</text></a><image href=/svg.png /><script>document.title='ran'</script>
<set attributeName=href to=javascript:x() /><animate attributeName=xlink:href values=http://127.0.0.9/anim /></svg>
<math><mtext href=javascript:x()>m</mtext></math><noscript><img src=/ns.png></noscript>
<template><img src=/tpl.png></template><div style="background:u\\72l(http://127.0.0.9:{PORT}/style.png)">s</div>
<p style='list-style:url("/li.png")'>p</p><marquee onstart="x()">m</marquee><plaintext>&lt;script&gt;"""


async def test_nothing_runs_or_loads_and_no_live_address_is_left(tmp_path: Path) -> None:
    copy = await copy_of({"/": HOSTILE, "/frame": "<script>document.title = 'ran'</script><img src=/in.png>"})
    html = copy.file.html
    seen = await opened(copy, tmp_path / "page.html", "document.title")
    assert seen.requests == []
    assert seen.text != "ran"
    assert not re.search(
        r"<script|<base|<object|<embed|<link|<source|<track|http-equiv=\"?refresh|javascript:|mailto:", html, re.I
    )
    assert not re.search(r"<[^>]*\son[a-z]+=", html, re.I)
    left = re.sub(r'<a href="http[^"]*"', "<a", html)
    left = left.replace(f">{copy.url}</a>", "></a>").replace("http-equiv", "")
    assert not re.search(r"https?:|127\.0\.0\.9|ws:", left)
    links = dict(re.findall(r'<a href="([^"]*)"[^>]*? id="(\w+)"', html))
    assert {name: url for url, name in links.items()} == {
        "js": "#", "web": links and next(u for u in links if u.endswith("/page")), "here": "#here", "data": "#",
    }  # fmt: skip
    assert "token" not in html
    assert 'target="_blank" rel="noreferrer"' in html


async def test_style_sheets_of_any_shape_load_nothing(tmp_path: Path) -> None:
    """Spellings that a browser takes for an address: the live page asks for every one, the file for none."""
    spellings = [
        "background:url(/N.png)", "background:URL( '/N.png' )", "background:u\\72l(/N.png)", "background:\\75\\52\\4c(/N.png)",
        'background:url("/N.p\\6eg")', "background:url(/\\N.png)", "background:image-set('/N.png' 1x)",
        "background:-webkit-image-set(url(/N.png) 1x)", "background:/*'*/url(/N.png)/*'*/", "background:url(/N.png",
        "background:url('/N.png", 'content:"(";background:url(/N.png)', "--a:url(/N.png);background:var(--a)",
        "background:URL(\n/N.png\n)", "cursor:url(/N.png),auto;background:url(/N.png)", "list-style:url(/N.png)inside",
        "border-image:url(/N.png) 30", "background:cross-fade(url(/N.png), url(/N.png), 50%)", "content:url(/N.png)",
        "-webkit-mask:url(/N.png);background:url(/N.png)", "background:url(/N.png),url(bad url)",
    ]  # fmt: skip
    names = [f"n{n:02}" for n in range(len(spellings))]
    boxes = "".join(
        f"<li id={name}>x</li><style>#{name}{{display:list-item;{text.replace('N', name)}}}</style>"
        for name, text in zip(names, spellings, strict=True)
    )
    imports = "<style>@import '/n97.css';</style><style>@IMPORT/**/URL(/n98.css)layer(x);</style><style>@\\69mport \"/n99.css\";</style>"
    pages = {f"/{name}.png": BLUE for name in names} | {f"/n{n}.css": Reply(b"x{}", "text/css") for n in (97, 98, 99)}
    async with (
        serving({"/": f"<!doctype html>{imports}<ul>{boxes}", **pages}) as site,
        chromium() as (browser, endpoint),
    ):
        copy = await keep(browser, endpoint, site.url("/"))
        asked = {path.strip("/").partition(".")[0] for _, path, _ in site.asked}
        count = len(site.asked)
        # `url(/N.png, url(bad url)` and `\\N` (an escaped n) are told apart by Chromium as by us.
        assert asked >= {*names, "n97", "n98", "n99"} - {"n20"}
        seen = await opened(copy, tmp_path / "page.html")
        assert (seen.requests, len(site.asked)) == ([], count)
    assert "/n" not in re.sub(r"data:[^\"')]*", "", copy.file.html).replace("</", "").replace("/n98.css)layer", "")


async def test_text_comes_through_to_the_character(tmp_path: Path) -> None:
    page = LOOKS["odd text"]["/"]
    look = "[...document.querySelectorAll('p,pre')].map(e => e.textContent + e.title).join('|') + document.title"
    async with serving({"/": page}) as site, chromium() as (browser, endpoint):
        copy = await keep(browser, endpoint, site.url("/"))
        live = await (await browser.new_page()).evaluate_handle("1") and await _look(browser, site, look)
    seen = await opened(copy, tmp_path / "page.html", look)
    # <xmp> is written as <pre>, as nothing can be escaped inside it.
    assert seen.text.replace("|<b>raw</b>", "") == live


async def _look(browser: Browser, site: Site, look: str) -> str:
    page = await browser.new_page()
    await page.goto(site.url("/"))
    return str(await page.evaluate(look))


async def test_what_was_not_kept_leaves_an_empty_place_and_is_counted(tmp_path: Path) -> None:
    async with (
        serving({"/": "<!doctype html><img src=/big.png>after", **PICTURES}) as site,
        chromium() as (browser, endpoint),
    ):
        copy = await keep(browser, endpoint, site.url("/"), limits=Limits(max_resource_bytes=100))
    assert (copy.file.missing, copy.file.notes) == (1, ("html_missing:1",))
    seen = await opened(copy, tmp_path / "page.html", "document.images[0].width + 'x' + document.images[0].height")
    assert (seen.requests, seen.text) == ([], "200x200")


async def test_the_same_picture_in_style_sheets_is_written_once() -> None:
    rules = "".join(f"#d{n}{{background:url(/noise.png) {n}px 0}}" for n in range(20))
    boxes = "".join(f"<div id=d{n} style='height:9px'></div>" for n in range(20))
    noise = Reply(png(40, 40) + b"\0" * 4000, "image/png")
    copy = await copy_of({"/": f"<!doctype html><style>{rules}</style>{boxes}", "/noise.png": noise})
    assert copy.file.html.count("data:image/png") == 1
    assert copy.file.missing == 0


async def test_rules_and_fonts_that_nothing_used_are_not_missed() -> None:
    css = "@font-face{font-family:f;src:url(/f.woff2)} .never{background:url(/never.png)}"
    copy = await copy_of({"/": f"<!doctype html><style>{css}</style>text"})
    assert copy.file.missing == 0


async def test_the_last_line_says_what_it_is_and_covers_nothing(tmp_path: Path) -> None:
    overlay = "<!doctype html><body style='margin:0;height:0'><div style='position:absolute;top:0;height:900px;width:100%'>tall</div>"
    copy = await copy_of({"/": overlay})
    look = "[document.body.lastElementChild.getBoundingClientRect().top + scrollY, document.body.lastElementChild.innerText].join('|')"
    seen = await opened(copy, tmp_path / "page.html", look)
    assert seen.text == f"900|Kept by Hashkeep from {copy.url}, 2026-01-02 03:04 UTC"


async def test_a_page_that_does_not_answer_gives_no_file_in_time() -> None:
    async with serving({"/": "<!doctype html>x"}) as site, chromium() as (browser, endpoint):
        async with Recorder(endpoint, 10**6, 10**7) as recorder:
            page: Page = await browser.new_page()
            await page.goto(site.url("/"))
            hung = asyncio.ensure_future(page.evaluate("while (true);"))
            async with asyncio.timeout(5):
                snapshot = await serialise(recorder, 1)
            file = assemble(snapshot, await recorder.finish(1), About(site.url("/"), WHEN))
            hung.cancel()
            await recorder.connection.call("Runtime.terminateExecution", {}, next(iter(recorder.targets)))
    assert (file.html, file.notes) == ("", ("html_failed",))


async def test_the_same_page_gives_the_same_file() -> None:
    async with serving({**PICTURES, **LOOKS["drawings"]}) as site, chromium() as (browser, endpoint):
        one = await keep(browser, endpoint, site.url("/"))
        two = await keep(browser, endpoint, site.url("/"))
    assert one.file.html == two.file.html
