"""Raw requests to the egress proxy that try to mean one host to it and another one to whoever comes behind."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
import pytest_asyncio

from capture.address import AddressRule
from capture.egress import Budget, EgressProxy
from tests.hostile import summary
from tests.hostile.canaries import Canaries
from tests.hostile.names import NameServer, resolver_of
from tests.hostile.server import HostileServer, html, let_go

_PATIENCE_S = 2.0


@dataclass
class Place:
    """The proxy, the one server that it may reach, and canaries beside it."""

    proxy: EgressProxy
    site: HostileServer
    canaries: Canaries

    def fill(self, text: str) -> bytes:
        for place, value in (
            ("%SITE%", f"127.0.0.1:{self.site.port}"),
            ("%IN%", f"127.0.0.2:{self.canaries.port}"),
            ("%PORT%", str(self.canaries.port)),
            ("%SITE_PORT%", str(self.site.port)),
        ):
            text = text.replace(place, value)
        return text.encode("latin-1")

    async def say(self, text: str) -> bytes:
        """Sends bytes to the proxy and gives what comes back until it closes, or falls silent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        answer = b""
        with suppress(OSError):  # TimeoutError is one
            writer.write(self.fill(text))
            async with asyncio.timeout(_PATIENCE_S):
                while data := await reader.read(65536):
                    answer += data
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return answer


@pytest_asyncio.fixture
async def place() -> AsyncIterator[Place]:
    names = NameServer()
    site = HostileServer({"here": html("The site.")})
    try:
        async with Canaries(site.port) as canaries:
            resolver = resolver_of(names)()
            rule = AddressRule(f"127.0.0.1:{site.port}")
            async with EgressProxy(rule, Budget(idle_s=1.0, connect_s=1.0), resolver) as proxy:
                yield Place(proxy, site, canaries)
            resolver.close()
        await let_go()
    finally:
        site.close()
        names.close()
        gc.collect()


_GET = "GET http://%SITE%/here/ HTTP/1.1\r\nHost: %SITE%\r\n"

NOT_PASSED_ON = {
    "private": "GET http://%IN%/ HTTP/1.1\r\nHost: %SITE%\r\n\r\n",
    "connect-private": "CONNECT %IN% HTTP/1.1\r\nHost: %SITE%\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "connect-short": "CONNECT 127.2:%PORT% HTTP/1.1\r\n\r\n",
    "connect-hex": "CONNECT 0x7f000002:%PORT% HTTP/1.1\r\n\r\n",
    "connect-octal": "CONNECT 0177.0.0.2:%PORT% HTTP/1.1\r\n\r\n",
    "connect-dot": "CONNECT 127.0.0.2.:%PORT% HTTP/1.1\r\n\r\n",
    "connect-mapped": "CONNECT [::ffff:127.0.0.2]:%PORT% HTTP/1.1\r\n\r\n",
    "connect-v6": "CONNECT [::1]:%PORT% HTTP/1.1\r\n\r\n",
    "connect-scope": "CONNECT [fe80::1%lo]:%PORT% HTTP/1.1\r\n\r\n",
    "connect-localhost": "CONNECT localhost:%PORT% HTTP/1.1\r\n\r\n",
    "connect-name": "CONNECT loopback.hostile.test:%PORT% HTTP/1.1\r\n\r\n",
    "connect-user": "CONNECT %SITE%@%IN% HTTP/1.1\r\n\r\n",
    "connect-path": "CONNECT %IN%/?%SITE% HTTP/1.1\r\n\r\n",
    "connect-two": "CONNECT %SITE% %IN% HTTP/1.1\r\n\r\n",
    "connect-comma": "CONNECT %SITE%,%IN% HTTP/1.1\r\n\r\n",
    "connect-null": "CONNECT 127.0.0.1\x00:%SITE_PORT% HTTP/1.1\r\n\r\n",
    "connect-no-port": "CONNECT 127.0.0.1 HTTP/1.1\r\n\r\n",
    "connect-port-0": "CONNECT 127.0.0.1:0 HTTP/1.1\r\n\r\n",
    "connect-port-large": "CONNECT 127.0.0.2:%PORT%99999 HTTP/1.1\r\n\r\n",
    "connect-port-wraps": "CONNECT 127.0.0.2:65537 HTTP/1.1\r\n\r\n",
    "connect-absolute": "CONNECT http://%IN%/ HTTP/1.1\r\n\r\n",
    "origin-form": "GET /here/ HTTP/1.1\r\nHost: %IN%\r\n\r\n",
    "asterisk": "OPTIONS * HTTP/1.1\r\nHost: %IN%\r\n\r\n",
    "user": "GET http://%SITE%@%IN%/ HTTP/1.1\r\n\r\n",
    "backslash": "GET http://%IN%\\@%SITE%/ HTTP/1.1\r\n\r\n",
    "slashes": "GET http:\\\\%IN%\\ HTTP/1.1\r\n\r\n",
    "tab": "GET http://%IN%\t/ HTTP/1.1\r\n\r\n",
    "line-feed": "GET http://%SITE%/here/ HTTP/1.1\nHost: %IN%\n\n",
    "bare-cr": "GET http://%SITE%/here/\rHost: HTTP/1.1\r\n\r\n",
    "space-in-target": "GET http://%SITE%/here/ HTTP/1.1 HTTP/1.1\r\n\r\n",
    "no-version": "GET http://%SITE%/here/\r\n\r\n",
    "http-2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "https": "GET https://%IN%/ HTTP/1.1\r\n\r\n",
    "ftp": "GET ftp://%IN%/ HTTP/1.1\r\n\r\n",
    "file": "GET file:///etc/passwd HTTP/1.1\r\n\r\n",
    "folded": _GET + "X: a\r\n b: c\r\n\r\n",
    "name-with-space": _GET + "Content-Length : 5\r\n\r\nhello",
    "name-empty": _GET + ": x\r\n\r\n",
    "null-in-header": _GET + "X: a\x00b\r\n\r\n",
    "bare-cr-in-header": _GET + "X: a\rTransfer-Encoding: chunked\r\n\r\n",
    "bare-lf-in-header": _GET + "X: a\nTransfer-Encoding: chunked\r\n\r\n",
    "socks": "\x05\x01\x00",
    "tls": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


def _count(place: Place) -> None:
    """For the summary of the run."""
    summary.SUM.raw += 1
    summary.SUM.raw_hits += len(place.canaries.hits)


@pytest.mark.parametrize("name", NOT_PASSED_ON)
async def test_it_is_not_passed_on(place: Place, name: str) -> None:
    answer = await place.say(NOT_PASSED_ON[name])
    _count(place)
    assert place.canaries.hits == []
    assert place.site.asked == []
    assert b" 200 " not in answer
    assert b"INSIDE" not in answer


_BODY = "POST http://%SITE%/here/ HTTP/1.1\r\nHost: %SITE%\r\n"
_SMUGGLED = "GET http://%IN%/ HTTP/1.1\r\nHost: %IN%\r\n\r\n"

ONE_REQUEST_AT_MOST = {
    "host-differs": "GET http://%SITE%/here/ HTTP/1.1\r\nHost: %IN%\r\n\r\n",
    "two-hosts": "GET http://%SITE%/here/ HTTP/1.1\r\nHost: %SITE%\r\nHost: %IN%\r\n\r\n",
    "length-and-chunks": _BODY + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
    "two-lengths": _BODY + "Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + _SMUGGLED,
    "length-list": _BODY + "Content-Length: 0, 44\r\n\r\n" + _SMUGGLED,
    "length-sign": _BODY + "Content-Length: +0\r\n\r\n" + _SMUGGLED,
    "length-hex": _BODY + "Content-Length: 0x0\r\n\r\n" + _SMUGGLED,
    "coding-odd": _BODY + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
    "coding-twice": _BODY + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + _SMUGGLED,
    "coding-two-lines": _BODY
    + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
    + _SMUGGLED,
    "coding-tab": _BODY + "Transfer-Encoding:\tchunked\x0b\r\n\r\n0\r\n\r\n" + _SMUGGLED,
    "chunk-size-odd": _BODY + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" + _SMUGGLED,
    "chunk-size-large": _BODY + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + _SMUGGLED,
    "chunk-end-missing": _BODY + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX0\r\n\r\n" + _SMUGGLED,
    "chunk-trailer": _BODY + "Transfer-Encoding: chunked\r\n\r\n0\r\nHost: %IN%\r\n\r\n" + _SMUGGLED,
    "body-is-a-request": _BODY + "Content-Length: 60\r\n\r\n" + _SMUGGLED,
    "connection-names-host": _GET + "Connection: close, Host, X-Forwarded-For\r\n\r\n",
    "upgrade": _GET + "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n" + _SMUGGLED,
    "pipelined": _GET + "\r\n" + _SMUGGLED + _SMUGGLED,
    "then-connect": _GET + "\r\nCONNECT %IN% HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "proxy-headers": _GET + "X-Forwarded-Host: %IN%\r\nForwarded: host=%IN%\r\nProxy-Authorization: Basic eDp5\r\n\r\n",
}


@pytest.mark.parametrize("name", ONE_REQUEST_AT_MOST)
async def test_a_second_request_gets_nowhere(place: Place, name: str) -> None:
    answer = await place.say(ONE_REQUEST_AT_MOST[name])
    _count(place)
    assert place.canaries.hits == []
    assert len(place.site.asked) <= 1
    assert b"INSIDE" not in answer
    for head in place.site.heads:
        hosts = [line for line in head.split("\r\n") if line.lower().startswith("host:")]
        assert hosts == [f"Host: 127.0.0.1:{place.site.port}"]
        assert "proxy-authorization" not in head.lower()
        assert "h2c" not in head


async def test_a_tunnel_stays_where_it_was_vetted(place: Place) -> None:
    """Inside a tunnel another CONNECT, or an absolute address, is only words for the one server."""
    answer = await place.say(
        "CONNECT %SITE% HTTP/1.1\r\nHost: %IN%\r\n\r\nGET http://%IN%/x HTTP/1.1\r\nHost: %IN%\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert len(place.site.asked) == 1
    assert place.canaries.hits == []


async def test_endless_heads_and_silence_end(place: Place) -> None:
    long, silent, half = await asyncio.gather(
        place.say("GET http://%SITE%/here/ HTTP/1.1\r\n" + "X: " + "a" * 200_000),
        place.say(""),
        place.say("GET http://%SITE%/he"),
    )
    assert (long, silent, half) == (b"", b"", b"")
    assert place.site.asked == []


async def test_an_ordinary_request_passes(place: Place) -> None:
    """The other tests mean something: this proxy does serve."""
    assert b"The site." in await place.say(_GET + "\r\n")
    assert b"The site." in await place.say("CONNECT %SITE% HTTP/1.1\r\n\r\nGET /here/ HTTP/1.1\r\nHost: x\r\n\r\n")
