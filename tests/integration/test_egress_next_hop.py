"""The egress proxy with another proxy behind it: what is handed on, what is refused, and what is said of failures."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from capture.address import AddressRule
from capture.egress import Budget, EgressProxy
from capture.egress_dns import Resolver
from capture.egress_next_hop import Gets, parse_next_hop
from tests.next_hops import Hop, Kind, Mood, running_hop

KINDS: tuple[Kind, ...] = ("http", "socks5")
PUBLIC = "93.184.216.34"
KNOWN = {
    "site.example": (PUBLIC,),
    "six.example": ("2606:2800:220:1:248:1893:25c8:1946",),
    "six-first.example": ("2606:2800:220:1:248:1893:25c8:1946", PUBLIC),
    "two.example": (PUBLIC, "93.184.216.35"),
    "inside.example": ("10.0.0.1",),
    "both.example": (PUBLIC, "127.0.0.1"),
    "hop.example": ("127.0.0.1",),
}


def look_up(host: str) -> tuple[str, ...]:
    if host == "unanswered.example":
        raise socket.gaierror(socket.EAI_AGAIN, "no name server")
    if host not in KNOWN:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")
    return KNOWN[host]


class Site:
    """A server that answers any request with the Host and the target that it was asked for."""

    def __init__(self) -> None:
        self.port = 0
        self.heads: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head.decode())
                host = next(line for line in head.decode().split("\r\n") if line.startswith("Host: "))
                body = f"{head.decode().split(' ')[1]} {host}".encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    running = Site()
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()


@asynccontextmanager
async def proxy(address: str, allow: str = "", gets: Gets = "addresses", **more: Any) -> AsyncIterator[EgressProxy]:
    resolver = Resolver(look_up=look_up)
    try:
        async with EgressProxy(
            AddressRule(allow), resolver=resolver, next_hop=parse_next_hop(address, gets), **more
        ) as p:
            yield p
    finally:
        resolver.close()


async def say(running: EgressProxy, *texts: str) -> str:
    """Sends each text when the answer to the one before has ended; gives all that came back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    got = b""
    try:
        async with asyncio.timeout(20):
            for text in texts:
                writer.write(text.encode())
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), b":0"
                )
                got += head + await reader.readexactly(int(length.split(b":")[1]))
    except (asyncio.IncompleteReadError, ConnectionError) as end:
        got += getattr(end, "partial", b"")
    writer.close()
    return got.decode()


def get(url: str) -> str:
    return f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(authority: str) -> str:
    return f"CONNECT {authority} HTTP/1.1\r\n\r\n"


IN_A_TUNNEL = "GET /inside HTTP/1.1\r\nHost: secret.example\r\n\r\n"


@pytest.mark.parametrize("login", [None, ("me", "pa:ss@w/örd")])
@pytest.mark.parametrize("kind", KINDS)
async def test_the_vetted_address_is_handed_on(kind: Kind, login: tuple[str, str] | None) -> None:
    async with site() as behind, running_hop(kind, behind.port, login) as hop:
        written = "me:pa:ss@w/%C3%B6rd" if login else ""
        async with proxy(hop.address(written)) as running:
            plain = await say(running, get("http://site.example/one"), get("http://site.example/two"))
            assert plain.endswith("/two Host: site.example")
            tunnel = await say(running, connect("site.example:443"), IN_A_TUNNEL)
            assert tunnel.endswith("/inside Host: secret.example")
            assert "200" in await say(running, connect("six.example:443"))
        assert hop.asked == [f"{PUBLIC}:80", f"{PUBLIC}:443", f"[{KNOWN['six.example'][0]}]:443"]
        assert "authorization" not in "".join(behind.heads).lower(), "the password is none of the site's business"
        assert running.report.bytes_down == len(plain) + len(tunnel) - len(
            "HTTP/1.1 200 Connection established\r\n\r\n"
        )
        assert not running.report.failures


@pytest.mark.parametrize("kind", KINDS)
async def test_names_are_handed_on_where_the_operator_wants_it(kind: Kind) -> None:
    async with site() as behind, running_hop(kind, behind.port, ("me", "pw")) as hop:
        async with proxy(hop.address("me:pw"), gets="names") as running:
            plain = await say(running, get("http://site.example/one?x=1"), get("http://site.example:81/two"))
            assert plain.endswith("/two Host: site.example:81")
            assert (await say(running, connect("site.example:443"), IN_A_TUNNEL)).endswith("Host: secret.example")
            assert (await say(running, get(f"http://{PUBLIC}/"))).endswith(f"Host: {PUBLIC}")
        tunnels = ["site.example:80", "site.example:81", "site.example:443", f"{PUBLIC}:80"]
        assert hop.asked == (tunnels if kind == "socks5" else ["site.example:443"])
        first = [head.split("\r\n")[0] for head in hop.plain]
        urls = ("http://site.example/one?x=1", "http://site.example:81/two", f"http://{PUBLIC}/")
        assert first == ([] if kind == "socks5" else [f"GET {url} HTTP/1.1" for url in urls])


@pytest.mark.parametrize("gets", ["addresses", "names"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "[::1]", "0x7f.1", "169.254.169.254", "inside.example"])
async def test_a_private_address_is_refused_all_the_same(kind: Kind, gets: Gets, host: str) -> None:
    async with site() as behind, running_hop(kind, behind.port) as hop, proxy(hop.address(), gets=gets) as running:
        assert await say(running, get(f"http://{host}/")) == ""
        assert "403" in await say(running, connect(f"{host}:443"))
        assert running.report.denied == 2
        assert hop.connections == 0


async def test_of_several_addresses_only_the_public_are_handed_on_and_of_a_name_all_or_none() -> None:
    async with site() as behind, running_hop("socks5", behind.port) as hop:
        async with proxy(hop.address()) as running:
            assert "200" in await say(running, connect("both.example:443"))
        async with proxy(hop.address(), gets="names") as running:
            assert "403" in await say(running, connect("both.example:443"))
            assert running.report.denied == 1
        assert hop.asked == [f"{PUBLIC}:443"]


async def test_the_kind_of_address_that_every_proxy_has_is_handed_on_first() -> None:
    async with site() as behind, running_hop("http", behind.port) as hop, proxy(hop.address()) as running:
        assert "200" in await say(running, connect("six-first.example:443"))
        assert hop.asked == [f"{PUBLIC}:443"]


async def test_what_the_operator_opened_is_reached_directly() -> None:
    async with site() as behind, running_hop("http", 1) as hop, proxy(hop.address(), allow="127.0.0.1") as running:
        assert (await say(running, get(f"http://127.0.0.1:{behind.port}/near"))).endswith(f"127.0.0.1:{behind.port}")
        assert hop.connections == 0


async def test_the_next_hop_itself_is_closed_to_pages() -> None:
    """It may trust this machine, and open to it what it opens to nobody else."""
    async with (
        site() as behind,
        running_hop("http", behind.port) as hop,
        proxy(hop.address(host="hop.example"), allow="127.0.0.1") as running,
    ):
        assert "200" in await say(running, connect("site.example:443"))
        assert "403" in await say(running, connect(f"127.0.0.1:{hop.port}"))
        assert "200" in await say(running, connect(f"127.0.0.1:{behind.port}"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("mood", "code", "status"),
    [
        ("hangs_up", "next_hop_silent", "502"),
        ("nonsense", "next_hop_silent", "502"),
        ("refuses", "next_hop_refused", "502"),
        ("deaf", "no_answer", "504"),
    ],
)
async def test_what_the_next_hop_does_wrong_is_told_apart(kind: Kind, mood: Mood, code: str, status: str) -> None:
    async with running_hop(kind, 1, mood=mood) as hop, proxy(hop.address()) as running:
        assert (await say(running, connect("site.example:443"))).startswith(f"HTTP/1.1 {status} ")
        assert await say(running, get("http://two.example/")) == ""
        assert dict(running.report.failures) == {"site.example": code, "two.example": code}
        assert running.report.denied == 0


async def test_a_refusal_ends_it_and_another_address_is_tried_after_silence() -> None:
    async with running_hop("socks5", 1, mood="unreachable") as hop, proxy(hop.address()) as running:
        await say(running, connect("two.example:443"))
        assert hop.asked == [f"{ip}:443" for ip in KNOWN["two.example"]]
        assert dict(running.report.failures) == {"two.example": "connection_refused"}
        hop.mood, hop.asked = "refuses", []
        await say(running, connect("two.example:444"))
        assert len(hop.asked) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_next_hop_that_is_not_there(kind: Kind) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with proxy(f"{kind}://127.0.0.1:{port}") as running:
        assert "502" in await say(running, connect("site.example:443"))
        assert dict(running.report.failures) == {"site.example": "next_hop_silent"}
    async with proxy(f"{kind}://no-such-hop.example:1") as running:
        assert "502" in await say(running, connect("site.example:443"))
        assert dict(running.report.failures) == {"site.example": "next_hop_silent"}


@pytest.mark.parametrize(("kind", "code"), [("http", "no_answer"), ("socks5", "next_hop_silent")])
async def test_a_next_hop_that_says_nothing(kind: Kind, code: str) -> None:
    """Of an HTTP proxy nobody can tell whether it waits for the site."""
    budget = Budget(connect_s=0.6)
    async with running_hop(kind, 1, mood="silent") as hop, proxy(hop.address(), budget=budget) as running:
        assert "HTTP/1.1 50" in await say(running, connect("site.example:443"))
        assert dict(running.report.failures) == {"site.example": code}


@pytest.mark.parametrize("gets", ["addresses", "names"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("login", ["", "me:wrong-secret"])
async def test_wrong_credentials_are_told_and_never_logged(
    kind: Kind, login: str, gets: Gets, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running_hop(kind, 1, ("me", "right")) as hop, proxy(hop.address(login), gets=gets) as running:
        assert "502" in await say(running, connect("site.example:443"))
        assert await say(running, get("http://two.example/")) == ""
        assert set(running.report.failures.values()) == {"next_hop_login"}
    told = [record.getMessage() for record in caplog.records if record.name == "capture.egress_reach"]
    assert len(told) == 1, "once in a capture"
    assert f"EGRESS_PROXY ({kind}://127.0.0.1:{hop.port})" in told[0]
    assert "wrong-secret" not in caplog.text


@pytest.mark.parametrize(("host", "code"), [("unanswered.example", "no_lookup"), ("unknown.example", "no_such_host")])
async def test_without_a_look_up_nothing_is_handed_on(host: str, code: str) -> None:
    for gets in ("addresses", "names"):
        async with running_hop("http", 1) as hop, proxy(hop.address(), gets=gets) as running:
            await say(running, connect(f"{host}:443"))
            await say(running, get(f"http://{host}/"))
            assert dict(running.report.failures) == {host: code}
            assert hop.connections == 0


async def test_budgets_hold_behind_a_next_hop() -> None:
    sent = threading.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"z" * 65536)
                await writer.drain()
        except OSError:
            sent.set()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running_hop("http", port) as hop, proxy(hop.address(), budget=Budget(bytes_down=500_000)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(connect("site.example:443").encode())
        async with asyncio.timeout(20):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(10_000_000)
        writer.close()
        assert running.report.spent == "bytes_down"
        async with asyncio.timeout(20):
            while not sent.is_set():
                await asyncio.sleep(0.01)
    server.close()


def test_a_hop_shows_no_password() -> None:
    hop = parse_next_hop("http://me:secret@proxy.example:3128")
    assert "secret" not in f"{hop!r} {hop} {hop.place}"
    assert hop.place == "http://proxy.example:3128"
    assert isinstance(Hop("http", 1).address(), str)
