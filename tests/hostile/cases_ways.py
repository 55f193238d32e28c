"""Ways of a page to send something elsewhere. Each must end in the proxy's refusal."""

from __future__ import annotations

from tests.hostile.case import Case, one_of
from tests.hostile.server import body, by_path, html, raw

_JS = "text/javascript"

_MARKUP = {
    "img": '<img src="http://%IN%/img">',
    "srcset": '<img srcset="http://%IN%/srcset 1x">',
    "iframe": '<iframe src="http://%IN%/iframe"></iframe>',
    "object": '<object data="http://%IN%/object"></object>',
    "embed": '<embed src="http://%IN%/embed">',
    "media": '<video src="http://%IN%/media" autoplay></video><video poster="http://%IN%/media"></video>'
             '<audio src="http://%IN%/media" autoplay></audio>',
    "script": '<script src="http://%IN%/script"></script>',
    "module": '<script type=module>import("http://%IN%/module").catch(() => 0)</script>',
    "svg": '<svg width=9 height=9><image href="http://%IN%/svg"/><use href="http://%IN%/svg#a"/>'
           '<foreignObject width=9 height=9><img src="http://%IN%/svg"></foreignObject></svg>',
    "css": '<style>@import "http://%IN%/css"; body { background: url(http://%IN%/css) }'
           '@font-face { font-family: f; src: url(http://%IN%/css) } h1 { font-family: f }'
           'h1 { cursor: url(http://%IN%/css), auto; border-image: image-set("http://%IN%/css" 1x) }</style>',
    "stylesheet": '<link rel=stylesheet href="http://%IN%/stylesheet">',
    "preload": '<link rel=preload as=image href="http://%IN%/preload"><link rel=modulepreload href="http://%IN%/preload">',
    "fetch": '<script>fetch("http://%IN%/fetch", {mode: "no-cors", keepalive: true}).catch(() => 0)</script>',
    "xhr": '<script>const x = new XMLHttpRequest(); x.open("PUT", "http://%IN%/xhr"); x.send("a")</script>',
    "beacon": '<script>navigator.sendBeacon("http://%IN%/beacon", "x")</script>',
    "websocket": '<script>new WebSocket("ws://%IN%/websocket")</script>',
    "events": '<script>new EventSource("http://%IN%/events")</script>',
    "form": '<form action="http://%IN%/form" method=post><input name=a value=b></form>'
            '<script>document.forms[0].submit()</script>',
    "form-in-frame": '<iframe name=f></iframe><form target=f action="http://%IN%/form-in-frame"></form>'
                     '<script>document.forms[0].submit()</script>',
    "ping": '<a id=a href="#" ping="http://%IN%/ping">x</a><script>a.click()</script>',
    "click": '<a id=a href="http://%IN%/click" download>x</a><script>a.click()</script>',
    "worker": '<script>new Worker(URL.createObjectURL(new Blob([`fetch("http://%IN%/worker").catch(() => 0);'
              'new WebSocket("ws://%IN%/worker"); importScripts("http://%IN%/worker")`])))</script>',
    "shared-worker": '<script>new SharedWorker("data:text/javascript,fetch(`http://%IN%/shared-worker`)")</script>',
    "nested-frames": '<iframe srcdoc="<iframe srcdoc=\'<img src=http://%IN%/nested-frames>\'></iframe>"></iframe>',
    "sandboxed-frame": '<iframe sandbox="allow-scripts" srcdoc="<script>fetch(`http://%IN%/sandboxed-frame`)</script>">'
                       '</iframe>',
}  # fmt: skip

_QUIET = {
    "preconnect": '<link rel=preconnect href="http://%IN%"><link rel=preconnect href="https://%IN%" crossorigin>',
    "dns-prefetch": '<link rel=dns-prefetch href="//secret.loopback.hostile.test">',
    "prefetch": '<link rel=prefetch href="http://%IN%/prefetch"><link rel=prerender href="http://%IN%/prefetch">',
    "https": '<img src="https://%IN%/https"><script>new WebSocket("wss://%IN%/https")</script>',
    "icon": '<link rel=icon href="http://%IN%/icon"><link rel=manifest href="http://%IN%/icon">',
    "webrtc": """<script>
      for (const urls of ["stun:%IN%", "stun:%SIX%", "stun:%OWN%", "turn:%IN%?transport=tcp", "turns:%IN%"]) try {
        const p = new RTCPeerConnection({iceServers: [{urls, username: "u", credential: "c"}], iceCandidatePoolSize: 4});
        p.createDataChannel("x"); p.createOffer().then(o => p.setLocalDescription(o));
      } catch (e) { document.body.append(e.message) }</script>""",
    "webrtc-peer": """<script>(async () => {
      const a = new RTCPeerConnection(), b = new RTCPeerConnection();
      a.createDataChannel("x"); await a.setLocalDescription(await a.createOffer());
      await b.setRemoteDescription(a.localDescription); await b.setLocalDescription(await b.createAnswer());
      await a.setRemoteDescription(b.localDescription);
      for (const [ip, port] of [["127.0.0.2", %PORT%], ["127.0.0.1", %PORT%], ["::1", %PORT%]])
        for (const how of ["udp", "tcp"])
          a.addIceCandidate({sdpMid: "0", candidate: `candidate:1 1 ${how} 2122260223 ${ip} ${port} typ host` +
            (how == "tcp" ? " tcptype passive" : "")}).catch(() => 0);
      document.body.append("candidates given");
    })()</script>""",
    "webtransport": '<script>try { new WebTransport("https://%IN%/webtransport").ready.catch(() => 0) } catch {}</script>',
    "speculation": '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["http://%IN%/speculation"],'
                   '"eagerness":"immediate"}],"prerender":[{"source":"list","urls":["http://%IN%/speculation"]}]}</script>',
    "service-worker": '<script>navigator.serviceWorker?.register("/way-service-worker/worker.js").catch(() => 0)</script>',
    "fetch-later": '<script>try { fetchLater("http://%IN%/fetch-later", {activateAfter: 0}) } catch {}</script>',
    "on-leaving": '<script>addEventListener("pagehide", () => { navigator.sendBeacon("http://%IN%/on-leaving");'
                  'fetch("http://%IN%/on-leaving", {keepalive: true}) })</script>',
    "local-network": '<script>fetch("http://%IN%/local", {targetAddressSpace: "local", mode: "cors"}).catch(() => 0);'
                     'fetch("http://%IN%/local", {targetAddressSpace: "loopback"}).catch(() => 0)</script>',
    "payment": '<script>try { new PaymentRequest([{supportedMethods: "https://%IN%/pay"}], {total: {label: "x", amount:'
               '{currency: "EUR", value: "1"}}}).canMakePayment() } catch {}</script>',
    "sensors": '<script>navigator.geolocation?.getCurrentPosition(() => document.body.append("LOCATED"));'
               'navigator.mediaDevices?.getUserMedia({audio: true}).then(() => document.body.append("HEARD"), () => 0);'
               'navigator.clipboard?.readText().then(() => document.body.append("READ"), () => 0);'
               'Notification?.requestPermission?.()</script>',
}  # fmt: skip

WAYS = [Case(f"way-{name}", "ways", html(markup), one_of("ok", "refused/private_address") if name in ("form", "click") else one_of("ok"),
             denied=1)
        for name, markup in _MARKUP.items()] + [
    Case(f"way-{name}", "ways", by_path(html(markup), worker=body(b"fetch('http://127.0.0.2/')", _JS)),
         denied=int(name in ("https",)), real=False, absent=("LOCATED", "HEARD", "READ"))
    for name, markup in _QUIET.items()
] + [
    Case("way-headers", "ways", html(
        "<img src=/nothing-here><script>x</script>",
        'Link: <http://%IN%/way-headers>; rel=preload; as=image, <http://%IN%>; rel=preconnect',
        'Report-To: {"group":"g","max_age":99,"endpoints":[{"url":"https://%IN%/r"}]}', 'Reporting-Endpoints: g="https://%IN%/r"',
        'NEL: {"report_to":"g","max_age":99,"success_fraction":1.0}', 'Alt-Svc: h3="127.0.0.2:%PORT%"; ma=99, h2="127.0.0.2:%PORT%"',
        "Content-Security-Policy-Report-Only: default-src 'none'; report-uri http://%IN%/way-headers; report-to g",
        "SourceMap: http://%IN%/way-headers", "Proxy-Authenticate: Basic realm=x"), denied=1),
    Case("way-early-hints", "ways", raw(
        "HTTP/1.1 103 Early Hints\r\nLink: <http://%IN%/hint>; rel=preload; as=style\r\nLink: <http://%IN%>; rel=preconnect\r\n"
        "\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<title>Hints</title><h1>Early hints</h1>"),
        real=False),
    Case("way-asks-for-a-password", "ways", raw(
        'HTTP/1.1 401 Who\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\nWWW-Authenticate: Basic realm="x"\r\n'
        "Content-Type: text/html\r\nConnection: close\r\n\r\n<h1>Who are you?</h1>"),
        one_of("http_error/http_status", "login", "login/http_status"), real=False),
    Case("way-plays-the-proxy", "ways", raw(
        'HTTP/1.1 407 Proxy\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n'
        "<h1>Proxy?</h1>"), one_of("http_error/http_status", "unreachable/connection_lost"), real=False),
    Case("way-xslt", "ways", by_path(
        body(b'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="style.xsl"?><!DOCTYPE a [<!ENTITY e SYSTEM '
             b'"file:///etc/passwd">]><a>&e;</a>', "text/xml"),
        style=html('<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:import '
                   'href="http://%IN%/x"/></xsl:stylesheet>')),
        one_of("ok", "not_html", "blank"), absent=("root:x:0",), real=False),
    Case("way-svg-page", "ways", body(
        b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="99"><title>A drawing</title><script>fetch("http://'
        b'127.0.0.2/")</script><text y="50">Words in a drawing</text><image href="file:///etc/passwd"/></svg>', "image/svg+xml"),
        one_of("ok", "not_html"), absent=("root:x:0",), real=False),
    Case("way-popups", "ways", html(
        "<script>for (let n = 0; n < 3; n++) open('http://%IN%/way-popups', '_blank');"
        "document.addEventListener('click', () => open('http://%IN%/way-popups'))</script>"), real=False),
    Case("way-mime-confusion", "ways", body(
        b"<script>document.title='RAN'</script><h1>Plain text</h1>", "text/plain", "X-Content-Type-Options: nosniff"),
        one_of("not_html", "ok"), title=lambda title: title != "RAN", real=False),
    Case("way-ports", "ways", html(
        "<p id=p></p><script>let done = 0; for (const port of [1, 7, 22, 25, 53, 110, 143, 3306, 5432, 6379, 6667, 9222, %PORT%])"
        "for (const host of ['127.0.0.1', '127.0.0.2', '[::1]', 'localhost']) fetch(`http://${host}:${port}/way-ports`)"
        ".then(r => r.text()).then(t => document.body.append(t), () => 0).finally(() => p.textContent = `tried ${++done}`)</script>"),
        denied=10, present="tried", absent=("INSIDE",)),
    Case("way-own-devtools", "ways", html(
        """<p id=p></p><script>const port = new URLSearchParams(location.search).get("port"); let tried = 0, got = 0;
        const say = () => p.textContent = `tried ${++tried}, got ${got}`;
        for (const host of ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433"]) {
          for (const [method, path] of [["GET", "json/version"], ["GET", "json"], ["PUT", "json/new?file:///etc/passwd"]])
            fetch(`http://${host}:${port}/${path}`, {method, mode: method == "GET" ? "no-cors" : "cors"})
              .then(() => got++, () => 0).finally(say);
          const socket = new WebSocket(`ws://${host}:${port}/devtools/browser`);
          socket.onopen = () => { got++; say() }; socket.onerror = say;
          const frame = document.createElement("iframe"); frame.src = `http://${host}:${port}/json/list`;
          document.body.append(frame);
        }</script>"""), url="http://%SITE%/way-own-devtools/?port=%DEVTOOLS%", denied=12, present=", got 0",
        absent=("webSocketDebuggerUrl", "Inspectable")),
]  # fmt: skip

NOT_IN_A_FRAME = ("way-own-devtools", "way-ports")
REAL_WAYS = [case for case in WAYS if case.real and case.name not in NOT_IN_A_FRAME]
WAYS.append(
    Case(
        "ways-all-at-once",
        "ways",
        html("".join(f'<iframe src="/{case.name}/"></iframe>' for case in REAL_WAYS)),
        denied=len(REAL_WAYS),
        deadline_s=20,
    )
)
