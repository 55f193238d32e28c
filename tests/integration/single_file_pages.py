# ruff: noqa: E501
# fmt: off
"""Pages for the single file, each for some difficulties. They are read more easily as they would be served."""

from __future__ import annotations

import struct
import zlib

from tests.integration.page_site import Reply


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
    "the same picture in many places": {
        "/": "<!doctype html><style>.o{object-fit:cover;width:50px;height:20px}p{background:url(noise.png)}</style>"
        "<img src=noise.png><img src=noise.png width=80><img src=noise.png class=o style='border:2px solid'>text"
        "<img src=noise.png style='content:url(red.png)'><p>p</p><div id=h></div>"
        "<script>h.attachShadow({mode: 'open'}).innerHTML = '<img src=noise.png>'</script>",
        "/noise.png": Reply(png(40, 40, b"\x10\x80\xf0") + b"\0" * 4000, "image/png"),
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

HOSTILE = """<!doctype html><html manifest=/m onclick="x()"><head><base href="http://127.0.0.9:{PORT}/">
<meta http-equiv=refresh content="600;url=http://127.0.0.9:{PORT}/refresh">
<meta http-equiv=Content-Security-Policy content="img-src *"><meta property=og:image content=http://127.0.0.9/og>
<link rel=preload as=image href=/preload.png><link rel=preconnect href=http://127.0.0.9><link rel=icon href=/icon.png>
<link rel=manifest href=/m.json><link rel=canonical href=http://127.0.0.9/c><link rel="alternate stylesheet" href=/alt.css title=x>
<script src=/s.js></script><script type=speculationrules>{"prefetch":[{"urls":["/spec"]}]}</script>
<style>@font-face{font-family:f;src:url(http://127.0.0.9:{PORT}/font.woff2)}</style></head>
<body onload="window.ran=1" background=/bg.png><img src=x onerror="window.ran=1" longdesc=/l data-src=http://127.0.0.9/d>
<a href="javascript:window.ran=1" id=js>j</a><a href=/page ping=/ping id=web>w</a><a href="#here" id=here>h</a>
<a href="data:text/html,x" id=data>d</a><area href=mailto:a@b.c><video src=/v.mp4 autoplay controls><source src=/v2.mp4>
<track src=/t.vtt></video><audio src=/a.mp3></audio><embed src=/e.swf><object data=/o.swf>fallback</object>
<form action=/f><button formaction=/g>b</button><input type=hidden value=token></form>
<iframe src="javascript:'<script>parent.ran=1</script>'"></iframe><iframe src=/frame allow=camera onload="x()"></iframe>
<svg><a href="javascript:x()"><text>t</text></a><image href=/svg.png /><script>window.ran=1</script>
<set attributeName=href to=javascript:x() /><animate attributeName=xlink:href values=http://127.0.0.9/anim /></svg>
<math><mtext href=javascript:x()>m</mtext></math><noscript><img src=/ns.png></noscript>
<template><img src=/tpl.png></template><div style="background:u\\72l(http://127.0.0.9:{PORT}/style.png)">s</div>
<p style='list-style:url("/li.png")'>p</p><marquee onstart="x()">m</marquee><plaintext>&lt;script&gt;"""

SPELLINGS = [
    "background:url(/N.png)", "background:URL( '/N.png' )", "background:u\\72l(/N.png)", "background:\\75\\52\\4c(/N.png)",
    'background:url("/N.p\\6eg")', "background:url(/\\N.png)", "background:image-set('/N.png' 1x)",
    "background:-webkit-image-set(url(/N.png) 1x)", "background:/*'*/url(/N.png)/*'*/", "background:url(/N.png",
    "background:url('/N.png", 'content:"(";background:url(/N.png)', "--a:url(/N.png);background:var(--a)",
    "background:URL(\n/N.png\n)", "cursor:url(/N.png),auto;background:url(/N.png)", "list-style:url(/N.png)inside",
    "border-image:url(/N.png) 30", "background:-webkit-cross-fade(url(/N.png), url(/N.png), 50%)", "content:url(/N.png)",
    "-webkit-mask:url(/N.png);background:url(/N.png)", "background:url(/N.png),url(bad url)",
]

IMPORTS = "<style>@import '/n97.css';</style><style>@IMPORT/**/URL(/n98.css)layer(x);</style><style>@\\69mport \"/n99.css\";</style>"

OVERLAID = "<!doctype html><body style='margin:0;height:0'><div style='position:absolute;top:0;height:900px;width:100%'>tall</div>"
