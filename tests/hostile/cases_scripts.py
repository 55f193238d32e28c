"""Scripts that do not end, take everything, or flood; and titles that mean something elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from tests.hostile.case import Case, one_of
from tests.hostile.server import Ask, Behaviour, body, by_path, html, raw

_HUNG = one_of("ok", "timeout/deadline")
_ENDED = one_of("ok", "timeout/deadline", "died:memory", "died:processes", "crashed/browser_crashed")

HOGS = [
    Case("hog-loop", "hogs", html("<script>for (;;);</script>"), _HUNG, real=False, picture=True, deadline_s=10),
    Case("hog-loop-later", "hogs", html("<script>setTimeout(() => { for (;;); }, 200)</script>"), _HUNG, real=False, deadline_s=10),
    Case("hog-loop-on-scroll", "hogs", html("<div style='height:9000px'>long</div><script>onscroll = () => { for (;;); }</script>"),
         _HUNG, real=False),
    Case("hog-loop-in-frame", "hogs", html("<iframe srcdoc='<script>for (;;);</script>'></iframe>"), _HUNG, real=False),
    Case("hog-pattern", "hogs", html("<script>/^(a+)+$/.test('a'.repeat(40) + 'b')</script>"), _HUNG, real=False),
    Case("hog-microtasks", "hogs", html("<script>(function f() { Promise.resolve().then(f) })()</script>"), _HUNG, real=False),
    Case("hog-memory", "hogs", html("<script>const a = []; for (;;) a.push(new Uint8Array(5e7).fill(1))</script>"), _ENDED,
         real=False),
    Case("hog-heap", "hogs", html("<script>const a = []; for (;;) a.push({x: [1, 2, 3, Math.random()]})</script>"), _ENDED,
         real=False, deadline_s=12),
    Case("hog-strings", "hogs", html("<script>let s = 'x'; for (;;) s += s + Math.random()</script>"), _ENDED, real=False),
    Case("hog-wasm", "hogs", html(
        "<script>const a = []; try { for (;;) { const m = new WebAssembly.Memory({initial: 4000}); new Uint8Array(m.buffer).fill(1);"
        "a.push(m) } } catch (e) { document.body.append(e.message) }</script>"), _ENDED, real=False),
    Case("hog-workers-memory", "hogs", html(
        "<script>const u = URL.createObjectURL(new Blob(['const a=[];for(;;)a.push(new Uint8Array(2e7).fill(1))']));"
        "for (let n = 0; n < 4; n++) new Worker(u)</script>"), _ENDED, real=False),
    Case("hog-canvas", "hogs", html(
        "<script>for (let n = 0; n < 60; n++) { const c = document.createElement('canvas'); c.width = c.height = 4000;"
        "c.getContext('2d').fillRect(n, 0, 4000, 4000); document.body.append(c) }</script>"), _ENDED, real=False),
    Case("hog-storage", "hogs", html(
        "<script>indexedDB.open('a').onupgradeneeded = e => { const s = e.target.result.createObjectStore('s', {autoIncrement: true});"
        "for (let n = 0; n < 40; n++) s.put(new Uint8Array(5e6)) }</script>"), _ENDED, real=False),
    Case("hog-layout", "hogs", html(
        "<div id=d></div><script>setInterval(() => { for (let n = 0; n < 3000; n++) { d.append('x'); d.offsetWidth } }, 1)</script>"),
        _HUNG, real=False),
    Case("hog-changed-builtins", "hogs", html(
        "<script>for (const name of ['JSON', 'Promise', 'Array', 'Map', 'Object', 'Node', 'Document', 'Element'])"
        "{ const p = window[name].prototype; if (p) for (const k of Object.getOwnPropertyNames(p)) try { "
        "Object.defineProperty(p, k, {get() { for (;;); }}) } catch {} }</script>"), _HUNG, real=False),
    Case("hog-changed-document", "hogs", html(
        "<script>for (const k of ['title', 'documentElement', 'body', 'head', 'scrollingElement', 'fonts', 'readyState', 'images'])"
        "Object.defineProperty(document, k, {get() { return null }}); window.getComputedStyle = document.querySelectorAll = "
        "document.createTreeWalker = Element.prototype.getBoundingClientRect = () => { throw 1 }</script>"), picture=True, real=False),
]  # fmt: skip

FLOODS = [
    Case("flood-dialogs", "floods", html("<script>for (;;) alert('again')</script>"), _HUNG, real=False),
    Case("flood-dialogs-few", "floods", html(
        "<script>alert(1); confirm(2); prompt(3); print(); onbeforeunload = () => 'stay'; document.title = 'After dialogs'</script>"),
        real=False, picture=True, title=lambda t: t == "After dialogs"),
    Case("flood-popups", "floods", html(
        "<script>for (let n = 0; n < 200; n++) open('about:blank', 'w' + n); setInterval(() => open('/flood-popups/?' + Math.random()), 5)"
        "</script>"), real=False, picture=True),
    Case("flood-workers", "floods", html(
        "<script>const u = URL.createObjectURL(new Blob(['for(;;);'])); for (let n = 0; n < 60; n++) new Worker(u)</script>"), _HUNG,
        real=False, picture=True, deadline_s=20),
    Case("flood-console", "floods", html("<script>for (let n = 0; n < 3e5; n++) console.log('x'.repeat(1000), n)</script>"), _ENDED,
         real=False),
    Case("flood-console-endless", "floods", html("<script>setInterval(() => { for (let n = 0; n < 999; n++) console.error({n}) }, 0)"
                                                 "</script>"), _ENDED, real=False, deadline_s=12),
    Case("flood-fetch", "floods", html(
        "<script>let n = 0; setInterval(() => { for (let k = 0; k < 50; k++) fetch('/flood-fetch/' + n++).catch(() => 0) }, 1)</script>"),
        _ENDED, real=False, deadline_s=8),
    Case("flood-pictures", "floods", html("".join(f"<img src='/nothing/{n}'>" for n in range(2500))), _HUNG, real=False, deadline_s=10),
    Case("flood-hosts", "floods", html("".join(f"<img src='http://h{n}.flood.test/'>" for n in range(400))), _HUNG, real=False,
         deadline_s=10),
    Case("flood-history", "floods", html("<script>let n = 0; setInterval(() => { for (let k = 0; k < 99; k++) "
                                         "history.pushState({}, '', '?' + n++) }, 1)</script>"), _HUNG, real=False),
    Case("flood-hash", "floods", html("<script>let n = 0; setInterval(() => location.hash = n++, 1)</script>"), _HUNG, real=False),
    Case("flood-reloads", "floods", html("<script>setTimeout(() => location.reload(), 50)</script>"),
         _HUNG | one_of("unreachable/connection_lost", "blank"), real=False, deadline_s=8),
    Case("flood-downloads", "floods", by_path(
        html("<script>for (let n = 0; n < 60; n++) { const a = document.createElement('a'); a.href = 'file?' + n; a.download = '../../x' + n;"
             "document.body.append(a); a.click(); const f = document.createElement('iframe'); f.src = 'file?f' + n; "
             "document.body.append(f) }</script>"),
        file=body(bytes(2_000_000), "application/octet-stream", "Content-Disposition: attachment; filename=../../../x")),
        _ENDED, real=False, deadline_s=12),
    Case("flood-events", "floods", by_path(
        html("<p id=p></p><script>new EventSource('stream').onmessage = () => p.textContent += 'x'</script>"),
        stream=raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + "data: x\n\n" * 9999)), _HUNG, real=False),
    Case("flood-dom-changes", "floods", html(
        "<div id=d>x</div><script>setInterval(() => d.append(document.createElement('p')), 0)</script>"), _HUNG, real=False, deadline_s=8),
    Case("flood-notices", "floods", html(
        "<script>setInterval(() => { try { new Notification('x'); navigator.vibrate(9); document.body.requestFullscreen();"
        "document.documentElement.requestPointerLock() } catch {} }, 5)</script>"), real=False),
    Case("huge-page", "pages", html("<div style='height:5000000px;background:linear-gradient(red,blue)'>tall</div>"), real=False,
         picture=True),
    Case("huge-page-both-ways", "pages", html("<div style='height:5000000px;width:5000000px'>wide</div>"), real=False, picture=True),
    Case("huge-page-that-grows", "pages", html(
        "<div id=d style='height:2000px'>grows</div><script>onscroll = () => d.style.height = d.offsetHeight + 2000 + 'px'</script>"),
        one_of("ok", "timeout/deadline"), real=False, picture=True),
    Case("huge-zoom", "pages", html("<div style='zoom:100;transform:scale(1e6) rotateX(89deg);filter:blur(99px)'>x</div>"),
         # No layer of that size can be painted: the words are kept without a picture, unless the memory ends first.
         one_of("timeout/deadline", "died:memory"), real=False),
    Case("hidden-page", "pages", html("", head="<style>html{display:none}</style>"), one_of("ok", "blank"), real=False),
    Case("window-moves", "pages", html("<script>resizeTo(9e9, 9e9); moveTo(-9e9, 0); close(); window.stop()</script>"), real=False),
]  # fmt: skip


def _titled(title: str) -> Behaviour:
    async def behave(ask: Ask) -> None:
        await html("", title=title)(ask)

    return behave


_PLAIN_RANGES = ((0x202A, 0x202E), (0x2066, 0x2069), (0x00, 0x1F), (0x7F, 0x9F))


def _harmless(title: str | None) -> bool:
    """No control and direction marks, one line, not long."""
    return (
        title is not None
        and len(title) <= 300
        and not any(low <= ord(c) <= high for c in title for low, high in _PLAIN_RANGES)
    )


def _is(wanted: str) -> Callable[[str | None], bool]:
    return lambda title: title == wanted


TITLES = [
    Case("title-turned", "titles", _titled("abc \u202etxt.exe\u2066\u2069 \u200f"), title=_harmless, real=False),
    Case("title-command", "titles", _titled("@admin /ban @everyone https://evil.example #tag"), title=_harmless, real=False),
    Case("title-html", "titles", _titled("&lt;b&gt;bold&lt;/b&gt; &amp;lt; [x](y) *z* `q`"),
         title=_is("<b>bold</b> &lt; [x](y) *z* `q`"), real=False),
    Case("title-long", "titles", raw("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n<title>"
         + "long \U0001f469\u200d\U0001f469 " * 90_000 + "</title><h1>A long title</h1><p>Some words."), title=_harmless, real=False),
    Case("title-lines", "titles", _titled("one&#10;two&#13;three\x1b[31mred\x07\x00&#x2028;four"), title=_harmless, real=False),
    Case("title-marks", "titles", _titled("Z" + "\u0334\u0489\u035c" * 5000), title=_harmless, real=False),
    Case("title-changes", "titles", html("<script>setInterval(() => document.title = '\\u202e' + Math.random(), 1)</script>"),
         title=_harmless, real=False, deadline_s=20),
    Case("title-half-pair", "titles", html("<script>document.title = 'half \\ud83d pair \\udc69'</script>"), title=_harmless,
         real=False),
    Case("title-none-and-words", "titles", html("<script>document.title = '\\u202e\\u200f\\u0000'</script>"), real=False),
]  # fmt: skip
