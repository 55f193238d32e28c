"""Rows beside the older tables: ways out that browsers have only lately, or that are easily forgotten; shapes in copies."""

from __future__ import annotations

import struct

from tests.hostile.case import REFUSED, Case, one_of
from tests.hostile.server import Ask, Behaviour, body, by_path, html, redirect

_IN = "http://%IN%"
_JS = "text/javascript"

MORE_SPELLINGS = {
    "translated": "http://[::ffff:0:127.0.0.2]:%PORT%/",
    "teredo": "http://[2001:0:7f00:2::]:%PORT%/",
    "isatap": "http://[fe80::5efe:7f00:2]:%PORT%/",
    "unique-local": "http://[fd00::1]:%PORT%/",
    "site-local": "http://[fec0::1]:%PORT%/",
    "multicast-v6": "http://[ff02::1]:%PORT%/",
    "shared": "http://100.64.0.1:%PORT%/",
    "benchmark": "http://198.18.0.1:%PORT%/",
    "cloud-agent": "http://168.63.129.16:%PORT%/",
    "broadcast": "http://255.255.255.255:%PORT%/",
    "long-octal": "http://00000000177.0.0.2:%PORT%/",
    "overflow": "http://017700000002:%PORT%/",
    "soft-hyphen": "http://127.0.0.\u00ad2:%PORT%/",
    "ideographic-dots": "http://127。0。0。2:%PORT%/",
    "tab-inside": "http://127.0.\t0.2:%PORT%/",
    "percent-name": "http://loc%61lhost:%PORT%/",
    "mapped-name": "http://\u2113ocalhost:%PORT%/",
}
_NOT_ADDRESSES = {
    "zone": "http://[fe80::1%25lo]:%PORT%/",
    "zone-bare": "http://[::1%lo]:%PORT%/",
    "two-ports": "http://127.0.0.2:%PORT%:80/",
    "percent-null": "http://127.0.0.2%00.example.com:%PORT%/",
    "five-parts": "http://127.0.0.0.2:%PORT%/",
    "too-large": "http://127.0.0.258:%PORT%/",
}


def _to(url: str) -> Behaviour:
    return by_path(html("<img src=to><script src=to></script><link rel=stylesheet href=to><video src=to autoplay></video>"
                        "<iframe src=to></iframe><object data=to></object><script type=module>import('./to').catch(() => 0);"
                        "fetch('to').catch(() => 0); new EventSource('to'); navigator.sendBeacon('to'); new Worker('to');"
                        "const x = new XMLHttpRequest(); x.open('GET', 'to', false); try { x.send() } catch {}</script>"),
                   to=redirect(url, "307 Go on"))  # fmt: skip


_REAL = {
    "css-more": "<style>@import url(http://%IN%/a) layer(b) supports(color: red); h1 { list-style-image: url(http://%IN%/b); background:"
                "-webkit-image-set(url(http://%IN%/c) 1x), -webkit-cross-fade(url(http://%IN%/d), url(http://%IN%/e), 50%);"
                "mask-image: url(http://%IN%/f); display: list-item; shape-outside: url(http://%IN%/g); float: left }"
                "h1::before { content: url(http://%IN%/h) } @font-face { font-family: q; src: url(http://%IN%/i); unicode-range: U+41 }"
                "h1 { font-family: q; --u: url(http://%IN%/j); cursor: var(--u), auto; filter: url(http://%IN%/k.svg#f);"
                "clip-path: url(http://%IN%/l.svg#c); offset-path: url(http://%IN%/m.svg#p) }</style>",
    "links-more": "".join(f'<link rel="{rel}" href="{_IN}/links-more" as={kind}>' for rel, kind in (
        ("preload", "fetch"), ("preload", "font"), ("preload", "style"), ("preload", "script"), ("apple-touch-icon", "image"),
        ("compression-dictionary", "fetch"), ("monetization", "x"), ("manifest", "x"), ("alternate stylesheet", "style")))
        + f'<link rel=preload as=image imagesrcset="{_IN}/links-more 1x">',
    "import-map": '<script type=importmap>{"imports": {"inside": "http://%IN%/import-map"}}</script><script type=module>'
                  'import("inside").catch(() => 0); import("http://%IN%/import-map", {with: {type: "json"}}).catch(() => 0)</script>',
    "worklets": "<script>const c = new OfflineAudioContext(1, 1, 8000); c.audioWorklet?.addModule('http://%IN%/worklets').catch(() => 0);"
                "CSS.paintWorklet?.addModule('http://%IN%/worklets').catch(() => 0);"
                "new Worker(URL.createObjectURL(new Blob(['import(`http://%IN%/worklets`)'])), {type: 'module'})</script>",
    "frame-leaves": "<iframe id=f srcdoc=\"<script>addEventListener('unload', () => navigator.sendBeacon('http://%IN%/u'));"
                    "addEventListener('pagehide', () => { fetch('http://%IN%/p', {keepalive: true, method: 'POST', mode: 'no-cors'}).catch(() => 0) })"
                    "</script>\"></iframe><script>f.onload = () => f.remove()</script>",
    "blank-frames": "<iframe id=f></iframe><script>f.contentDocument.write('<img src=http://%IN%/blank-frames>');"
                    "const g = document.createElement('iframe'); g.src = URL.createObjectURL(new Blob(['<img src=http://%IN%/blank-frames>'], "
                    "{type: 'text/html'})); document.body.append(g)</script>",
    "synchronous": "<script>const x = new XMLHttpRequest(); x.open('GET', 'http://%IN%/synchronous', false); try { x.send() } catch {}</script>",
    "svg-attributes": "<svg width=99 height=99><rect width=9 height=9 fill='url(http://%IN%/a#p)' mask='url(http://%IN%/b#m)' "
                      "clip-path='url(http://%IN%/c#c)' filter='url(http://%IN%/d#f)'/><filter id=f><feImage href='http://%IN%/e'/></filter>"
                      "<rect width=9 height=9 filter='url(#f)'/><image xlink:href='http://%IN%/f' width=9 height=9 /></svg>",
    "no-opener": "<a id=a href='http://%IN%/no-opener' target=_blank rel=noopener>x</a><form id=f action='http://%IN%/no-opener' target=_blank "
                 "method=post></form><script>a.click(); f.submit(); open('http://%IN%/no-opener', '_blank', 'noopener');"
                 "open('http://%IN%/no-opener', 'w', 'popup')</script><img src=http://%IN%/no-opener>",
}  # fmt: skip

_SILENT = {
    "speculation-document": '<a href="http://%IN%/a">a</a><a href="/speculation-document/x">b</a><script type=speculationrules>{"prerender":'
                            '[{"source":"document","where":{"href_matches":"/*"},"eagerness":"immediate"}],"prefetch":[{"source":"document",'
                            '"where":{"href_matches":"http://*/*"},"eagerness":"immediate"}]}</script>',
    "advertising": '<img attributionsrc="https://%IN%/a" src=x><script>try { navigator.joinAdInterestGroup({owner: "https://%IN%", name: "x",'
                   'biddingLogicURL: "https://%IN%/b"}, 9).catch(() => 0) } catch {} try { sharedStorage.worklet.addModule('
                   '"https://%IN%/c").catch(() => 0) } catch {} try { document.browsingTopics().catch(() => 0) } catch {}</script>'
                   '<fencedframe src="https://%IN%/d"></fencedframe><iframe src="https://%IN%/e" browsingtopics></iframe>',
    "identity": '<script>try { navigator.credentials.get({identity: {providers: [{configURL: "https://%IN%/fedcm.json", clientId: "x"}]}})'
                '.catch(() => 0) } catch {} try { navigator.credentials.get({publicKey: {challenge: new Uint8Array(9), rpId: "metadata.'
                'hostile.test"}}).catch(() => 0) } catch {} try { navigator.credentials.get({otp: {transport: ["sms"]}}).catch(() => 0)'
                ' } catch {}</script>',
    "devices": "<script>for (const ask of [() => navigator.usb.requestDevice({filters: []}), () => navigator.hid.requestDevice({filters: []}), "
               "() => navigator.serial.requestPort(), () => navigator.bluetooth.requestDevice({acceptAllDevices: true}), () => navigator."
               "requestMIDIAccess({sysex: true}), () => new TCPSocket('127.0.0.2', %PORT%).opened, () => new UDPSocket({remoteAddress: "
               "'127.0.0.2', remotePort: %PORT%}).opened, () => showOpenFilePicker(), () => navigator.getDisplayMedia(), () => navigator."
               "registerProtocolHandler('web+x', '/?%s'), () => navigator.share({url: 'http://%IN%/'})]) try { ask()?.then(() => "
               "document.body.append('GRANTED'), () => 0) } catch {}</script>",
}  # fmt: skip

_HEADERS = (
    'Speculation-Rules: "http://%IN%/rules.json"', 'Cross-Origin-Opener-Policy: same-origin; report-to="g"',
    'Cross-Origin-Embedder-Policy: require-corp; report-to="g"', 'Integrity-Policy: blocked-destinations=(script), endpoints=(g)',
    'Reporting-Endpoints: g="https://%IN%/r", default="https://%IN%/d"', 'Document-Policy: include-js-call-stacks-in-crash-reports',
    "Refresh: 1; url=http://%IN%/refresh", "Strict-Transport-Security: max-age=99999; includeSubDomains; preload",
    'Link: <http://%IN%/l>; rel=modulepreload, <http://%IN%/m>; rel=prefetch, <http://%IN%/n>; rel=dns-prefetch, <https://%IN%/o>; '
    'rel=preconnect; crossorigin, <http://%IN%/p>; rel=stylesheet, <http://%IN%/q>; rel=compression-dictionary', "Content-Location: http://%IN%/",
    "Set-Cookie: a=b; Domain=127.0.0.1", 'Clear-Site-Data: "*"', "Critical-CH: Sec-CH-UA-Model", "X-Accel-Redirect: /etc/passwd",
)  # fmt: skip


def _signed_exchange(fallback: str) -> Behaviour:
    """A signed exchange that is broken: a browser that reads them goes to the address in its head instead."""

    async def behave(ask: Ask) -> None:
        url = ask.fill(fallback).encode()
        data = b"sxg1-b3\0" + struct.pack("!H", len(url)) + url + b"\0\0\1\0\0\1" + bytes(2)
        await ask.answer(data, "application/signed-exchange;v=b3", "200 OK", "X-Content-Type-Options: nosniff")

    return behave


_STAYS = by_path(
    html("<p id=p></p><script>(async () => { document.cookie = 'poison=1; path=/; max-age=99999'; localStorage.poison = 1;"
         "try { await (await caches.open('x')).put('/ordinary/', new Response('<title>POISONED</title>', {headers: {'Content-Type': 'text/html'}})) }"
         "catch {} try { await navigator.serviceWorker.register('worker.js', {scope: '/'}) } catch {} await fetch('/ordinary/', {cache: 'reload'});"
         "indexedDB.open('poison'); name = 'POISONED'; p.textContent = 'poured' })()</script>"),
    worker=body(b"addEventListener('install', () => skipWaiting()); addEventListener('activate', e => e.waitUntil(clients.claim()));"
                b"addEventListener('fetch', e => e.respondWith(new Response('<title>POISONED</title><h1>x</h1>', {headers: {'Content-Type': "
                b"'text/html'}})))", _JS, "Service-Worker-Allowed: /"),
)  # fmt: skip

_PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/URI/URI(http://127.0.0.2/)>>/AA<</WC<</S/JavaScript/JS(this.submitForm"
    b"({cURL:'http://127.0.0.2/'}))>>>>/Names<</EmbeddedFiles<</Names[(../../x)<</F(../../x)>>]>>>>>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]"
    b"/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 99 99]/A<</S/GoToR"
    b"/F(file:///etc/passwd)>>>>]/AA<</O<</S/Launch/F(/bin/sh)>>>>>>endobj\ntrailer<</Root 1 0 R/Info<</Title(@admin /ban \\u202e)>>>>"
)
_MHTML = (
    b"From: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b; type=text/html\r\n\r\n--b\r\nContent-Type: text/html\r\n"
    b"Content-Location: file:///etc/passwd\r\n\r\n<title>RAN</title><iframe src=file:///etc/passwd></iframe><img src=http://127.0.0.2/x>\r\n--b--\r\n"
)

FRESH = [
    Case(f"redirect-{name}", "redirect", redirect(to), one_of("refused/private_address", "unreachable/no_such_host", "unreachable/connection_lost"),
         denied=0, real=False) for name, to in MORE_SPELLINGS.items()
] + [
    Case(f"redirect-{name}", "redirect", redirect(to), one_of("unreachable/connection_lost", "unreachable/no_such_host", "refused/private_address",
         "refused/bad_address"), real=False) for name, to in _NOT_ADDRESSES.items()
] + [
    Case("more-spellings-as-pictures", "redirect", html("".join(
        f'<img src="{to}more">' for to in (*MORE_SPELLINGS.values(), *_NOT_ADDRESSES.values()))), picture=True, denied=12),
    Case("redirect-refresh-chain", "redirect", by_path(
        html("", head="<meta http-equiv=refresh content='0;url=two'>"), two=html("", "Refresh: 0;url=three"), three=redirect("four", "303 See"),
        four=html("<script>location.replace('http://%IN%/chain')</script>")), one_of("refused/private_address", "ok"), denied=1),
    Case("way-redirected-parts", "ways", _to("http://%IN%/redirected-parts"), denied=3, real=False),
    Case("way-stays-behind", "ways", _STAYS, present="poured", real=False),
    Case("way-headers-more", "ways", html("<script>x</script>", *_HEADERS), one_of("ok", "refused/private_address"), real=False),
    Case("way-signed-exchange", "ways", _signed_exchange("https://%IN%/signed-exchange"),
         REFUSED | one_of("not_html", "unreachable/connection_lost"), real=False),
    Case("way-mhtml", "ways", body(_MHTML, "multipart/related; boundary=b"), one_of("not_html", "ok", "blank"), absent=("root:x:0",),
         title=lambda title: title != "RAN", real=False),
    Case("file-mhtml", "files", body(_MHTML, "message/rfc822"), one_of("not_html"), absent=("root:x:0",),
         title=lambda title: title != "RAN", real=False),
    Case("file-pdf-actions", "files", body(_PDF, "application/pdf"), one_of("not_html"), real=False),
] + [
    Case("fresh-ways-at-once", "ways", html("".join(f'<iframe src="/way-{name}/"></iframe>' for name in _REAL)), denied=len(_REAL), deadline_s=20)
] + [
    Case(f"way-{name}", "ways", html(markup.replace(f"{_IN}/", f"{_IN}/{name}/")), denied=1) for name, markup in _REAL.items()
] + [
    Case(f"way-{name}", "ways", html(markup), absent=("GRANTED",), real=False) for name, markup in _SILENT.items()
]  # fmt: skip

FRESH_REAL = tuple(_REAL)
"""Ways that lead inside where no rule holds them back; the path of what they ask for begins with their name."""

_SCRIPT = "fetch(`http://%IN%/ran`)"
_SVG = f"%3Csvg xmlns='http://www.w3.org/2000/svg' onload='{_SCRIPT}'%3E%3Cscript%3E{_SCRIPT}%3C/script%3E%3Cimage href='{_IN}/escape'/%3E%3C/svg%3E"
_ATTRIBUTES = (
    "href src action formaction data poster background cite longdesc lowsrc dynsrc ping profile usemap codebase classid archive code "
    "manifest icon srcset imagesrcset xlink:href xml:base from to by values style content srcdoc target onclick http-equiv value"
)
_TAGS = (
    "a area base button embed form frame iframe img input link object param source track video audio body html meta style script portal "
    "fencedframe bgsound layer math mi svg use image animate set marquee isindex applet command menuitem x-y"
)


def _made(script: str) -> Behaviour:
    return html(f"<div id=d></div><script>{script}</script>")


FRESH_ESCAPES: dict[str, Behaviour] = {
    "data-documents": html(
        f'<img src="data:image/svg+xml,{_SVG}"><object data="data:image/svg+xml,{_SVG}"></object><embed src="data:image/svg+xml,{_SVG}">'
        f'<iframe src="data:image/svg+xml,{_SVG}"></iframe><object data="data:text/html,<script>{_SCRIPT}</script>"></object><iframe '
        f'src="data:text/html;base64,PHNjcmlwdD5mZXRjaCgxKTwvc2NyaXB0Pg=="></iframe><svg><use href="data:image/svg+xml,{_SVG}#x"/><image '
        f'href="data:image/svg+xml,{_SVG}"/></svg><style>p {{ background: url("data:image/svg+xml,{_SVG}") }}</style><p>x</p>'),
    "scripts-in-every-attribute": _made(
        f"for (const tag of '{_TAGS}'.split(' ')) for (const ns of ['http://www.w3.org/1999/xhtml', 'http://www.w3.org/2000/svg', "
        "'http://www.w3.org/1998/Math/MathML']) { const e = document.createElementNS(ns, tag);"
        f"for (const name of '{_ATTRIBUTES}'.split(' ')) try {{ e.setAttribute(name, ['javascript:fetch(1)', ' \\u0001java\\tscript:fetch(1)', "
        "'vbscript:x', 'data:text/html,<script>fetch(1)</scr' + 'ipt>', 'http://%IN%/escape'][(name.length + tag.length) % 5]) } catch {}"
        "d.append(e) }"),
    "names-by-unicode": _made(
        "for (const name of ['\\uff4fnerror', 'onclic\\u212a', '\\u017frc', 'on\\u0131nput', 'srcd\\u043ec', 'hre\\u017f', 'style\\u200b', "
        "'on\\u00adload', '\\u0000onload', 'xlink\\uff1ahref']) for (const tag of ['img', 'iframe', 'a', 'body', 'svg']) try {"
        "const e = document.createElement(tag); e.setAttribute(name, 'http://%IN%/escape'); d.append(e) } catch {}"
        "d.insertAdjacentHTML('beforeend', '<\\u017fcript>fetch(1)</\\u017fcript><\\u017ftyle>@import \"//%IN%/escape\"</\\u017ftyle>"
        "<l\\u0131nk rel=stylesheet href=//%IN%/escape><\\u212aeygen autofocus onfocus=fetch(1)>')"),
    "css-more": html("<p class=a data-u='http://%IN%/escape?at'>x</p>", head=(
        "<style>@im\\70ort 'http://%IN%/escape?1'; @charset 'x'; .a { background: -webkit-image-set(url(http://%IN%/escape?2) 1x), "
        "image-set('http://%IN%/escape?3' type('image/png')), \\69mage-set('http://%IN%/escape?4' 1x), u\\000072l(http://%IN%/escape?5), "
        "\\55 RL('http://%IN%/escape?6'), src('http://%IN%/escape?7'), url(/**/http://%IN%/escape?8), url(\\68 ttp://%IN%/escape?9) }"
        "@function --f() { result: url(http://%IN%/escape?10) } .a { --s: 'http://%IN%/escape?11'; background: --f(); mask: src(var(--s));"
        "border-image: image-set(var(--s) 1x); list-style: image-set(attr(data-u) 1x); cursor: if(style(--s): url(http://%IN%/escape?12)) }"
        "@scope (.a) { :scope { background: url(http://%IN%/escape?13) } } @starting-style { .a { background: url(http://%IN%/escape?14) } }"
        "@view-transition { types: url(http://%IN%/escape?15) } @container style(--s) { .a { background: url(http://%IN%/escape?16) } }"
        "@layer x { @media all { @supports (color: red) { .a { &:hover, & { background: url(http://%IN%/escape?17) } } } } }"
        "@property --p { syntax: '<image>'; inherits: true; initial-value: url(http://%IN%/escape?18) } .a { background: var(--p) }"
        ".a { background: url(http://%IN%/escape?19)\\9; -webkit-mask: url('http://%IN%/escape?20\\\n') } /*"
        "*/ .a { background: url( \"http://%IN%/escape?21\" ) } <!-- .a { background: url(http://%IN%/escape?22) } --> @page { background:"
        "url(http://%IN%/escape?23) } ::marker { content: url(http://%IN%/escape?24) } ::selection { cursor: url(http://%IN%/escape?25), auto }"
        "</style>")),
    "metas": html("x", head="".join(
        f'<meta http-equiv="{name}" content="{value}">' for name, value in (
            ("default-style", "x"), ("accept-ch", "*"), ("delegate-ch", "sec-ch-ua http://%IN%"), ("origin-trial", "x"), ("set-cookie", "a=b"),
            ("content-security-policy-report-only", "default-src 'none'; report-uri http://%IN%/escape"), ("x-dns-prefetch-control", "on"),
            ("content-type", "text/html; charset=utf-7"), ("REFRESH ", "0;url=http://%IN%/escape"), ("Link", "<http://%IN%/escape>; rel=preload"),
            ("speculation-rules", "http://%IN%/escape"))) + "<link rel=monetization href=http://%IN%/escape><link rel=expect href=#x>"
        "<script type=importmap>{\"imports\": {\"a\": \"http://%IN%/escape\"}}</script><link rel='icon shortcut mask-icon' href=http://%IN%/escape>"
        "<link rel=StyleSheet href=http://%IN%/escape><link rel='preload\tstylesheet' as=style href=http://%IN%/escape onload=fetch(1)>"),
    "svg-animated": html(
        f"<svg><a id=s><text y=20>x</text><set attributeName=href to='javascript:{_SCRIPT}'/><animate attributeName=xlink:href begin=0s fill=freeze "
        f"values='javascript:{_SCRIPT};javascript:{_SCRIPT}'/></a><image width=9 height=9><set attributeName=href to={_IN}/escape?1 begin=0s />"
        f"<animate attributeName=href from=x to={_IN}/escape?2 dur=1s /></image><use><set attributeName=href to={_IN}/escape?3#a /></use>"
        f"<rect onbegin={_SCRIPT}><set attributeName=fill to='url({_IN}/escape?4#a)' onbegin={_SCRIPT} onend={_SCRIPT} /><animate attributeName=mask "
        f"values='url({_IN}/escape?5#a);none'/></rect><script href={_IN}/escape?6 /><discard begin=0s /><animateMotion><mpath href={_IN}/escape?7#a />"
        f"</animateMotion><textPath href={_IN}/escape?8#a>x</textPath><pattern href={_IN}/escape?9#a /><linearGradient xlink:href={_IN}/escape?10#a />"
        f"<filter><feImage href={_IN}/escape?11 /></filter><font-face-uri href={_IN}/escape?12 /><cursor href={_IN}/escape?13 /><tref xlink:href="
        f"{_IN}/escape?14 /><handler type=text/javascript>{_SCRIPT}</handler></svg><math href='javascript:{_SCRIPT}'><mi xlink:href='javascript:"
        f"{_SCRIPT}' xlink:actuate=onLoad>y</mi><maction actiontype='statusline#{_IN}/escape'>z</maction><semantics><annotation-xml encoding="
        f"text/html><iframe src={_IN}/escape onload={_SCRIPT}></iframe></annotation-xml></semantics></math>"),
    "shadow-made": _made(
        "const h = document.createElement('div'); d.append(h); const s = h.attachShadow({mode: 'closed', clonable: true, serializable: true});"
        "s.innerHTML = '<style>@import \"http://%IN%/escape\"; :host { background: url(http://%IN%/escape) }</style><slot onslotchange=fetch(1)></slot>"
        "<img src=http://%IN%/escape onerror=fetch(2)><template shadowrootmode=open><script>fetch(3)</scr' + 'ipt></template>';"
        "const t = new CSSStyleSheet(); t.replaceSync('p { background: url(http://%IN%/escape) }'); s.adoptedStyleSheets = [t];"
        "const i = document.createElement('div'); d.append(i); try { i.setHTMLUnsafe('<div><template shadowrootmode=open shadowrootdelegatesfocus>"
        "<img src=x onerror=fetch(4)><iframe srcdoc=\"<script>fetch(5)</scr' + 'ipt>\"></iframe></template></div>') } catch {}"
        "const n = document.createElement('template'); n.content.append(document.createElement('script')); n.content.firstChild.text = 'fetch(6)';"
        "d.append(n); d.append('words')"),
    "instructions": body(
        b'<?xml version="1.0"?><?xml-stylesheet href="http://127.0.0.2/escape" type="text/css"?><?xml-stylesheet href="data:text/xsl,x" '
        b'type="text/xsl"?><!DOCTYPE html [<!ATTLIST body onload CDATA "fetch(1)"><!ENTITY e "<img src=\'http://127.0.0.2/escape\'/>">]>'
        b'<html xmlns="http://www.w3.org/1999/xhtml" xmlns:h="http://www.w3.org/1999/xhtml" xml:base="http://127.0.0.2/"><head><title>I'
        b'</title></head><body><h:script>fetch(2)</h:script><h:img src="escape" onerror="fetch(3)"/><p>words</p><?php fetch(4) ?>'
        b'<h:iframe srcdoc="&lt;script>fetch(5)&lt;/script>"/></body></html>', "application/xhtml+xml"),
    "buttons": html(
        "<button popovertarget=p>a</button><div popover id=p onbeforetoggle=fetch(1) ontoggle=fetch(2)>x</div><button commandfor=g command=show-modal>"
        "b</button><dialog open id=g oncancel=fetch(3) onclose=fetch(4)>y</dialog><form action=http://%IN%/escape id=f><input autofocus "
        "onfocus=fetch(5) form=f formaction=http://%IN%/escape type=image src=http://%IN%/escape><button type=submit formaction='javascript:fetch(6)'>"
        "</button></form><a href=http://%IN%/escape interestfor=p ping=http://%IN%/escape autofocus>c</a><details open name=x ontoggle=fetch(7)>"
        "<summary>z</summary></details><input type=hidden oncontentvisibilityautostatechange=fetch(8) style=content-visibility:auto>"
        "<video controls src=http://%IN%/escape onloadstart=fetch(9) controlslist=x></video><select><option onscrollsnapchange=fetch(10)>s</select>"),
}  # fmt: skip
