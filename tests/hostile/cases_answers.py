"""Servers that answer with what a client does not expect: bombs, endless or broken answers, odd names, nothing."""

from __future__ import annotations

import asyncio

from tests.hostile import bombs
from tests.hostile.case import Case, one_of
from tests.hostile.server import HTML, Ask, Behaviour, body, by_path, html, raw

_MEMORY = one_of("died:memory", "too_large/too_large", "timeout/deadline", "crashed/browser_crashed", "ok", "blank")


_UNPACKED = one_of("died:memory", "too_large/too_large", "timeout/deadline")
"""Gigabytes of zero bytes come out of a few thousand: there is no page in them, and whichever limit comes first is told."""


def _endless(head: str, part: bytes, pause_s: float = 0.0) -> Behaviour:
    async def behave(ask: Ask) -> None:
        await ask.write(head.encode())
        while True:
            await ask.write(part)
            await asyncio.sleep(pause_s)

    return behave


async def _never(ask: Ask) -> None:
    await ask.reader.read()


async def _hangs_up(ask: Ask) -> None:
    ask.writer.transport.abort()


def _file(name: str, kind: str = "application/zip", data: bytes = b"PK\x05\x06" + bytes(18)) -> Behaviour:
    return body(data, kind, f"Content-Disposition: attachment; {name}")


_OPEN = f"HTTP/1.1 200 OK\r\nContent-Type: {HTML}\r\n\r\n"
_WORDS = b"<title>Some of it</title><h1>It began well</h1><p>Words that came.</p>"

BOMBS = [
    Case("bomb-gzip-picture", "bombs", by_path(
        html('<img src="picture"><script src="picture"></script><link rel=stylesheet href="picture">'),
        picture=body(lambda: bombs.gzip_of(b"", b"a{}" * 300, 60), "text/css", "Content-Encoding: gzip")),
        # 15 million rules, of which each is kept: the page cannot be had, and whoever asked is told which end came first.
        one_of("died:memory", "timeout/deadline"), real=False),
    Case("bomb-gzip-page", "bombs", body(lambda: bombs.gzip_of(_WORDS, b"<p>bomb</p>" * 100, 1500), HTML, "Content-Encoding: gzip"),
         _MEMORY, real=False, deadline_s=15),
    Case("bomb-gzip-twice", "bombs", body(lambda: bombs.gzip_twice(4000), HTML, "Content-Encoding: gzip, gzip"),
         _UNPACKED, real=False, deadline_s=15),
    Case("bomb-brotli", "bombs", body(bombs.brotli_zeros(10), HTML, "Content-Encoding: br"), _UNPACKED, real=False,
         deadline_s=15),
    Case("bomb-brotli-fetched", "bombs", by_path(
        html("<script>fetch('big').then(r => r.arrayBuffer()).then(b => document.body.append(b.byteLength), e => "
             "document.body.append('no more'))</script>"),
        big=body(bombs.brotli_zeros(4), "application/octet-stream", "Content-Encoding: br")), _MEMORY, real=False),
    Case("bomb-zstd", "bombs", body(bombs.zstd_zeros(4000), HTML, "Content-Encoding: zstd"), _MEMORY, real=False,
         deadline_s=15),
    Case("bomb-entities", "bombs", body(bombs.laughs(30), "image/svg+xml"), one_of("ok", "not_html", "blank"), real=False),
    Case("bomb-entities-xhtml", "bombs", body(bombs.laughs(25), "application/xhtml+xml"),
         one_of("ok", "not_html", "blank"), real=False),
    Case("bomb-svg-use", "bombs", html(bombs.doubling_use(14)), one_of("ok", "timeout/deadline"), real=False),
    Case("bomb-svg-use-deep", "bombs", html(bombs.doubling_use(26)), _MEMORY, real=False, deadline_s=12),
    Case("bomb-nesting", "bombs", html("<div>" * 100_000 + "deep"), one_of("ok", "timeout/deadline"), real=False),
    Case("bomb-many-elements", "bombs", html("<i>x</i>" * 60_000), real=False, picture=True, deadline_s=40),  # real lists are as long
    Case("bomb-very-many-elements", "bombs", html("<i>x</i>" * 1_500_000), _MEMORY, real=False, deadline_s=15),
    Case("bomb-css", "bombs", html("<b>x</b>" * 800, head="<style>" + "".join(
        f":has(b:nth-last-child({n}n of :not(i))) * {{ color: red }}" for n in range(1, 60)) + "</style>"),
        one_of("ok", "timeout/deadline"), real=False),
    Case("bomb-css-variables", "bombs", html("", head="<style>:root { --a0: xxxxxxxxxxxxxxxx;" + "".join(
        f"--a{n}: var(--a{n - 1}) var(--a{n - 1});" for n in range(1, 40)) + "} h1::after { content: '' var(--a39) }</style>"),
        real=False),
    Case("bomb-frames", "bombs", html("<iframe src='?'></iframe>" * 3), one_of("ok", "timeout/deadline", "died:processes"),
         real=False),
    Case("bomb-frames-of-its-own", "bombs", html(
        "<script>for (let n = 0; n < 300; n++) document.body.append(Object.assign(document.createElement('iframe'), "
        "{srcdoc: 'a'}))</script>"), one_of("ok", "timeout/deadline"), real=False),
    Case("bomb-table", "bombs", html("<table>" + "<tr>" + "<td colspan=1000 rowspan=65534>x" * 60), one_of("ok", "timeout/deadline"),
         real=False),
    Case("bomb-picture-size", "bombs", by_path(
        html("<img src=big><script>const c = document.createElement('canvas'); c.width = c.height = 65535;"
             "document.body.append(c)</script>"),
        big=body(b'<svg xmlns="http://www.w3.org/2000/svg" width="9999999" height="9999999"><filter id="f"><feGaussianBlur '
                 b'stdDeviation="999"/></filter><rect width="9999999" height="9999999" filter="url(#f)"/></svg>', "image/svg+xml")),
        one_of("ok", "timeout/deadline"), real=False),
]  # fmt: skip

ANSWERS = [
    Case("answer-never", "answers", _never, one_of("unreachable/no_answer", "timeout/deadline"), real=False, deadline_s=8),
    Case("answer-hangs-up", "answers", _hangs_up, one_of("unreachable/connection_lost"), real=False),
    Case("answer-endless-body", "answers", _endless(_OPEN + _WORDS.decode(), b"<p>" + b"more " * 1000 + b"</p>", 0.05),
         # It never is all there, so it never is ok; its title and the words that came are kept.
         one_of("timeout/deadline"), real=False, deadline_s=8, title=lambda t: t == "Some of it"),
    Case("answer-endless-body-and-time", "answers", _endless(_OPEN + _WORDS.decode(), b"<p>" + b"more " * 1000 + b"</p>", 0.05),
         one_of("timeout/deadline"), real=False, picture=True, deadline_s=50, title=lambda t: t == "Some of it"),
    Case("answer-endless-flood", "answers", _endless(_OPEN + _WORDS.decode(), b"<p>" + b"flood " * 10_000 + b"</p>"),
         _MEMORY, real=False, deadline_s=15),
    Case("answer-endless-headers", "answers", _endless("HTTP/1.1 200 OK\r\n", b"X-More: " + b"a" * 1000 + b"\r\n"),
         one_of("unreachable/damaged"), real=False),
    Case("answer-endless-status", "answers", _endless("HTTP/1.1 200 ", b"a" * 1000, 0.001),
         one_of("unreachable/damaged"), real=False, deadline_s=8),
    Case("answer-endless-hints", "answers", _endless("", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.001),
         one_of("unreachable/connection_lost", "unreachable/no_answer", "timeout/deadline"), real=False, deadline_s=8),
    Case("answer-drips", "answers", _endless(_OPEN + _WORDS.decode(), b".", 0.4), one_of("timeout/deadline", "ok"), real=False,
         picture=True, deadline_s=8),
    Case("answer-drips-headers", "answers", _endless("HTTP/1.1 200 OK\r\nX-", b"a", 0.3),
         one_of("unreachable/no_answer", "timeout/deadline"), real=False, deadline_s=8),
    Case("answer-large-file", "answers", _endless(
        "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: 9000000000\r\n\r\n", bytes(65536)),
        one_of("too_large/too_large"), real=False),
    Case("answer-file-without-end", "answers", _endless(
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n", bytes(65536)),
        one_of("too_large/too_large", "timeout/deadline"), real=False),
    Case("answer-film-without-end", "answers", _endless(
        "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", bytes(65536)),
        one_of("too_large/too_large", "timeout/deadline"), real=False),
    Case("answer-never-ending-picture", "answers", by_path(html("<img src=picture>"), picture=_endless(
        "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n", b"x" * 99, 0.2)), real=False, picture=True,
        outcome=one_of("ok", "timeout/deadline"), deadline_s=8),
    Case("answer-204", "answers", raw("HTTP/1.1 204 Nothing\r\n\r\n"), one_of("blank/no_content"), real=False),
    Case("answer-205", "answers", raw("HTTP/1.1 205 Nothing\r\n\r\n"), one_of("blank/no_content", "blank"), real=False),
    Case("answer-304", "answers", raw("HTTP/1.1 304 Same\r\n\r\n"),
         one_of("blank", "blank/no_content", "unreachable/connection_lost", "http_error/http_status"), real=False),
    Case("answer-999", "answers", raw("HTTP/1.1 999 Odd\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>Odd</h1>"),
         one_of("http_error/http_status"), real=False),
    Case("answer-101", "answers", raw("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
         one_of("unreachable/connection_lost", "blank"), real=False),
    Case("answer-no-http", "answers", raw("SSH-2.0-OpenSSH_9.2\r\n"), one_of("unreachable/connection_lost", "ok", "not_html"),
         real=False),
    Case("answer-http-0.9", "answers", raw("<title>Ran</title><h1>Without a head</h1>"),
         one_of("unreachable/connection_lost", "ok", "not_html"), real=False),
    Case("answer-false-length", "answers", raw(f"HTTP/1.1 200 OK\r\nContent-Type: {HTML}\r\nContent-Length: 999999\r\n\r\n"
         + _WORDS.decode()), one_of("ok", "unreachable/connection_lost"), real=False, deadline_s=20),
    Case("answer-two-lengths", "answers", raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nhello"),
         one_of("unreachable/damaged"), real=False),
    Case("answer-length-and-chunks", "answers", raw(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        "10\r\n<h1>Chunked</h1>\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsmuggled!"),
        # Two lengths that differ (RFC 9112, 6.3): nothing of it can be trusted, so it is told as damaged and nothing is kept.
        one_of("unreachable/damaged"), real=False, absent=("smuggled!",)),
    Case("answer-broken-gzip", "answers", body(b"\x1f\x8b\x08\0broken", HTML, "Content-Encoding: gzip"),
         one_of("blank/no_content"), real=False),
    Case("answer-not-gzip", "answers", body(_WORDS, HTML, "Content-Encoding: gzip"),
         one_of("unreachable/damaged"), real=False, deadline_s=30),
    Case("answer-unknown-coding", "answers", body(_WORDS, HTML, "Content-Encoding: x-hostile, gzip, br"),
         one_of("unreachable/connection_lost", "blank", "ok"), real=False),
    Case("answer-utf7", "answers", body(b"+ADw-script+AD4-document.title='RAN'+ADw-/script+AD4-words", "text/html; charset=utf-7"),
         title=lambda t: t != "RAN", real=False),
    Case("answer-replaces-itself", "answers", raw(
        "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n" +
        "--b\r\nContent-Type: text/html\r\n\r\n<h1>part</h1>\r\n" * 9), one_of("ok", "not_html", "unreachable/connection_lost"),
        real=False),
    Case("file-above", "files", _file('filename="../../../../etc/cron.d/x"'), one_of("not_html"), real=False),
    Case("file-absolute", "files", _file("filename*=UTF-8''%2Fetc%2Fpasswd"), one_of("not_html"), real=False),
    Case("file-hidden", "files", _file('filename=".bashrc"'), one_of("not_html"), real=False),
    Case("file-name-endless", "files", _file('filename="' + "a" * 5000 + '.zip"'), one_of("not_html"), real=False),
    Case("file-name-null", "files", _file('filename="a%00.html/../b\\..\\c"'), one_of("not_html"), real=False),
    Case("file-name-turned", "files", _file("filename*=UTF-8''invoice%E2%80%AEfdp.exe"), one_of("not_html"), real=False),
    Case("file-that-is-html", "files", _file('filename="page.html"', HTML, b"<script>fetch('http://127.0.0.2/')</script>"),
         one_of("not_html", "ok"), real=False),
    Case("file-type-false", "files", body(b"<script>document.title='RAN'</script><h1>x</h1>", "image/png"),
         one_of("not_html", "ok", "blank"), title=lambda t: t != "RAN", real=False),
    Case("file-pdf-broken", "files", body(b"%PDF-1.7\n" + b"1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"
                                          b"endobj\ntrailer<</Root 1 0 R>>", "application/pdf"), one_of("not_html"), real=False),
]  # fmt: skip
