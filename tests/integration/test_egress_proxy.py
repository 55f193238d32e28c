"""The egress proxy on loopback: what it lets through, what it refuses, and what it says of both."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from capture.address import AddressRule
from capture.egress import Budget, EgressProxy, Refusal
from capture.egress_blocklist import Blocklist
from capture.egress_dns import Resolver
from capture.egress_http import CHUNK_BYTES

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Names(Resolver):
    """A resolver that knows just the given names, and what it was asked."""

    def __init__(self, **known: tuple[str, ...]) -> None:
        self.asked: list[str] = []
        self.wait = threading.Event()
        self.wait.set()
        self._known = {name.replace("_", "."): addresses for name, addresses in known.items()}
        super().__init__(look_up=self._find)

    def _find(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        self.wait.wait(10)
        if host not in self._known:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return self._known[host]


@asynccontextmanager
async def server(handle: Handler, host: str = "127.0.0.1") -> AsyncIterator[SimpleNamespace]:
    """A server that says how many connections it had."""
    seen = SimpleNamespace(connections=0, port=0, requests=[])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        try:
            await handle(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, host, 0)
    seen.port = listening.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        listening.close()


def answering(requests: list[bytes], times: int = 100, answer: bytes = ANSWER) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(times):
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()

    return handle


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


@asynccontextmanager
async def proxy(
    allow: str = "127.0.0.1", budget: Budget | None = None, names: Names | None = None, **more: Any
) -> AsyncIterator[EgressProxy]:
    async with EgressProxy(AddressRule(allow), budget, names, **more) as running:
        yield running
    if names:
        names.wait.set()
        names.close()


@asynccontextmanager
async def line(running: EgressProxy) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def ask(running: EgressProxy, *request: str) -> bytes:
    """Everything that comes back until the proxy or the server closes."""
    async with line(running) as (reader, writer):
        writer.write("\r\n".join([*request, "", ""]).encode())
        async with asyncio.timeout(30):
            try:
                return await reader.read()
            except ConnectionResetError:
                return b""


async def status(reader: asyncio.StreamReader) -> str:
    async with asyncio.timeout(30):
        return (await reader.readuntil(b"\r\n\r\n")).decode().split(" ", 1)[1].splitlines()[0]


async def connect(running: EgressProxy, authority: str) -> str:
    async with line(running) as (reader, writer):
        writer.write(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
        return await status(reader)


async def test_plain_requests_share_a_connection_and_are_counted() -> None:
    requests: list[bytes] = []
    async with server(answering(requests)) as site, proxy() as running, line(running) as (reader, writer):
        for path in ("/one", "/two"):
            writer.write(f"GET http://127.0.0.1:{site.port}{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert await reader.readexactly(len(ANSWER)) == ANSWER
        assert [request.split()[1] for request in requests] == [b"/one", b"/two"]
        assert site.connections == 1
        report = running.report
        assert (report.bytes_down, report.connections, report.denied) == (2 * len(ANSWER), 1, 0)
        assert report.bytes_up == sum(map(len, requests))
        assert not report.failures


async def test_one_connection_may_go_to_another_server_with_its_next_request() -> None:
    first, second = list[bytes](), list[bytes]()
    async with server(answering(first)) as a, server(answering(second)) as b, proxy() as running:
        async with line(running) as (reader, writer):
            for site in (a, b, a):
                writer.write(f"GET http://127.0.0.1:{site.port}/ HTTP/1.1\r\n\r\n".encode())
                assert await reader.readexactly(len(ANSWER)) == ANSWER
        assert (len(first), len(second)) == (2, 1)


async def test_an_answer_that_ends_with_the_connection_arrives_whole() -> None:
    big = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000
    async with server(answering([], times=1, answer=big)) as site, proxy() as running:
        assert await ask(running, f"GET http://127.0.0.1:{site.port}/ HTTP/1.1") == big


async def test_a_posted_body_arrives() -> None:
    got: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        got.append(await reader.readexactly(200_000))
        writer.write(ANSWER)

    async with server(handle) as site, proxy() as running, line(running) as (reader, writer):
        writer.write(f"POST http://127.0.0.1:{site.port}/ HTTP/1.1\r\nContent-Length: 200000\r\n\r\n".encode())
        writer.write(b"y" * 200_000)
        assert await reader.read() == ANSWER
    assert got == [b"y" * 200_000]


async def test_a_tunnel_carries_both_ways() -> None:
    async with server(echo) as site, proxy() as running, line(running) as (reader, writer):
        writer.write(f"CONNECT 127.0.0.1:{site.port} HTTP/1.1\r\n\r\n".encode())
        assert (await status(reader)).startswith("200")
        sent = bytes(range(256)) * 8000

        async def send() -> None:
            writer.write(sent)
            await writer.drain()

        async with asyncio.TaskGroup() as both:
            both.create_task(send())
            got = both.create_task(reader.readexactly(len(sent)))
        assert got.result() == sent
        assert (running.report.bytes_down, running.report.bytes_up) == (len(sent), len(sent))


@pytest.mark.parametrize("host", ["127.0.0.2", "127.2", "0x7f000002", "[::ffff:127.0.0.2]", "[::1]", "0.0.0.0", "[::]"])
async def test_a_private_address_is_refused_in_every_spelling(host: str) -> None:
    async with server(silent, "127.0.0.2") as inside, proxy() as running:
        assert await ask(running, f"GET http://{host}:{inside.port}/ HTTP/1.1") == b""
        assert await connect(running, f"{host}:{inside.port}") == "403 Forbidden"
        assert inside.connections == 0
        report = running.report
        assert report.denied == 2
        assert {refusal.why for refusal in report.refusals} == {"private_address"}
        assert report.connections == 0


async def test_a_name_that_leads_inside_is_refused() -> None:
    names = Names(inside_example=("127.0.0.2", "10.0.0.1", "::1", "169.254.169.254"))
    async with server(silent, "127.0.0.2") as inside, proxy(names=names) as running:
        assert await connect(running, f"inside.example:{inside.port}") == "403 Forbidden"
        assert inside.connections == 0
        assert running.report.refusals == (Refusal("inside.example", inside.port, "private_address"),)
        assert dict(running.report.failures) == {"inside.example": "private_address"}


async def test_of_several_addresses_only_the_allowed_are_used() -> None:
    names = Names(both_example=("127.0.0.2", "127.0.0.1"))
    async with server(silent, "127.0.0.2") as inside, server(answering([], times=1)) as site:
        assert inside.port != site.port
        async with proxy(names=names) as running:
            assert await ask(running, f"GET http://both.example:{site.port}/ HTTP/1.1") == ANSWER
            assert await ask(running, f"GET http://both.example:{inside.port}/ HTTP/1.1") == b""
        assert inside.connections == 0


async def test_a_name_cannot_change_its_mind_within_a_capture() -> None:
    names = Names(rebinding_example=("127.0.0.1",))
    async with server(answering([], times=1)) as site, proxy(names=names) as running:
        url = f"http://rebinding.example:{site.port}/"
        assert await ask(running, f"GET {url} HTTP/1.1") == ANSWER
        names._known["rebinding.example"] = ("127.0.0.2",)
        assert await ask(running, f"GET {url} HTTP/1.1") == ANSWER
        assert names.asked == ["rebinding.example"]


async def test_the_machines_own_address_is_refused_even_if_it_is_called_public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.address.is_public", lambda address: True)
    async with server(silent) as site, proxy(allow="") as running:
        assert await connect(running, f"127.0.0.1:{site.port}") == "403 Forbidden"
        assert site.connections == 0


async def test_a_connection_that_ends_elsewhere_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a firewall that leads connections to another machine than the one that was vetted."""
    honest = asyncio.open_connection

    async def misled(host: str, port: int, **more: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await honest("127.0.0.2", port, **more)

    async with server(answering([]), "127.0.0.2") as inside, proxy() as running:
        async with line(running) as (reader, writer):
            monkeypatch.setattr("capture.egress_reach.asyncio.open_connection", misled)
            writer.write(f"CONNECT 127.0.0.1:{inside.port} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n".encode())
            assert await status(reader) == "502 Bad Gateway"
            monkeypatch.undo()
        assert inside.requests == []
        assert dict(running.report.failures) == {"127.0.0.1": "connection_refused"}


async def test_the_limits_are_those_that_were_measured() -> None:
    """The defaults of a capture, as the facts about hostile pages have them."""
    limits = Budget()
    assert (limits.bytes_down, limits.bytes_up) == (50_000_000, 8_000_000)
    assert (limits.connections, limits.requests, limits.open_at_once) == (1500, 2000, 96)
    assert (limits.idle_s, limits.connect_s, limits.lookup_s) == (20, 10, 5)


async def test_no_proxy_leads_into_another_one() -> None:
    async with proxy() as one, proxy() as other:
        assert await connect(one, f"127.0.0.1:{other.port}") == "403 Forbidden"
        assert await connect(one, f"127.0.0.1:{one.port}") == "403 Forbidden"


@pytest.mark.parametrize(
    ("host", "code", "answer"),
    [("nothing.invalid", "no_such_host", "502 Bad Gateway"), ("gone.example", "no_such_host", "502 Bad Gateway")],
)
async def test_a_name_that_does_not_exist(host: str, code: str, answer: str) -> None:
    async with proxy(names=Names()) as running:
        assert await connect(running, f"{host}:443") == answer
        assert await ask(running, f"GET http://{host}/ HTTP/1.1") == b""
        assert dict(running.report.failures) == {host: code}
        assert running.report.denied == 0


async def test_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with proxy() as running:
        assert await connect(running, f"127.0.0.1:{port}") == "502 Bad Gateway"
        assert dict(running.report.failures) == {"127.0.0.1": "connection_refused"}


async def test_a_name_server_that_does_not_answer() -> None:
    names = Names()
    names.wait.clear()
    async with proxy(budget=Budget(lookup_s=0.2), names=names) as running:
        started = time.monotonic()
        assert await connect(running, "slow.example:443") == "504 Gateway Timeout"
        assert time.monotonic() - started < 8
        assert dict(running.report.failures) == {"slow.example": "no_lookup"}


async def test_slow_names_of_one_capture_do_not_hold_up_another() -> None:
    names = Names(quick_example=("127.0.0.1",))
    names._limit = 16
    names.wait.clear()
    async with server(echo) as site, proxy(names=names) as one, proxy(names=names) as other:
        async with asyncio.TaskGroup() as group:
            slow = [group.create_task(connect(one, f"slow{n}.example:443")) for n in range(20)]
            while len(names.asked) < 8:
                await asyncio.sleep(0.01)
            quick = group.create_task(connect(other, f"quick.example:{site.port}"))
            while "quick.example" not in names.asked:
                await asyncio.sleep(0.01)
            assert len(names.asked) == 9, "one capture held more than its share of the threads"
            names.wait.set()
        assert quick.result().startswith("200")
        assert {task.result() for task in slow} == {"502 Bad Gateway"}


async def test_a_server_that_hangs_up_without_a_word() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with server(hang_up) as site, proxy() as running:
        assert await ask(running, f"GET http://127.0.0.1:{site.port}/ HTTP/1.1") == b""
        assert dict(running.report.failures) == {"127.0.0.1": "connection_lost"}


async def test_a_line_on_which_nothing_moves_is_cut() -> None:
    async with server(silent) as site, proxy(budget=Budget(idle_s=0.3)) as running:
        started = time.monotonic()
        assert await ask(running, f"GET http://127.0.0.1:{site.port}/ HTTP/1.1") == b""
        assert time.monotonic() - started < 15
        assert dict(running.report.failures) == {"127.0.0.1": "no_answer"}


async def test_a_body_without_end_is_cut_at_the_budget() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"z" * 65536)
            await writer.drain()

    async with server(endless) as site, proxy(budget=Budget(bytes_down=1_000_000)) as running:
        got = await ask(running, f"GET http://127.0.0.1:{site.port}/ HTTP/1.1")
        assert len(got) <= 1_000_000
        assert running.report.spent == "bytes_down"
        assert running.report.bytes_down <= 1_000_000 + CHUNK_BYTES
        assert await ask(running, f"GET http://127.0.0.1:{site.port}/ HTTP/1.1") == b"", "the accounts are closed"


async def test_what_a_page_sends_is_cut_at_the_budget() -> None:
    async with server(echo) as site, proxy(budget=Budget(bytes_up=100_000)) as running:
        async with line(running) as (reader, writer):
            writer.write(f"CONNECT 127.0.0.1:{site.port} HTTP/1.1\r\n\r\n".encode())
            await status(reader)
            writer.write(b"u" * 200 * 65536)
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(200 * 65536)
        assert running.report.spent == "bytes_up"


async def test_more_connections_than_the_budget_are_refused() -> None:
    async with server(answering([], times=1)) as site, proxy(budget=Budget(connections=3)) as running:
        answers = [await ask(running, f"GET http://127.0.0.1:{site.port}/ HTTP/1.1") for _ in range(5)]
        assert answers == [ANSWER] * 3 + [b""] * 2
        assert site.connections == 3
        assert running.report.spent == "connections"


async def test_more_requests_than_the_budget_end_it() -> None:
    requests: list[bytes] = []
    async with server(answering(requests)) as site, proxy(budget=Budget(requests=3)) as running:
        assert (await connect(running, f"127.0.0.1:{site.port}")).startswith("200")
        async with line(running) as (reader, writer):
            for _ in range(5):
                writer.write(f"GET http://127.0.0.1:{site.port}/ HTTP/1.1\r\n\r\n".encode())
                if await reader.read(len(ANSWER)) != ANSWER:
                    break
        assert len(requests) == 2, "the tunnel was one as well"
        assert running.report.spent == "requests"
        assert await ask(running, f"CONNECT 127.0.0.1:{site.port} HTTP/1.1") == b"", "the accounts are closed"


async def test_a_server_that_does_not_take_connections() -> None:
    """Its queue is full and it drops what comes: as a host behind a firewall that says nothing."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        async with proxy(budget=Budget(connect_s=0.3)) as running:
            assert await connect(running, f"127.0.0.1:{port}") == "504 Gateway Timeout"
            assert dict(running.report.failures) == {"127.0.0.1": "no_answer"}
        for each in waiting:
            each.close()


async def test_a_listed_host_gets_no_connection_and_no_look_up() -> None:
    names = Names(ads_example=("127.0.0.1",), x_ads_example=("127.0.0.1",))
    listed = Blocklist(["ads.example", "localhost"])
    async with server(answering([], times=1)) as site, proxy(names=names, blocked=listed) as running:
        assert await connect(running, f"ads.example:{site.port}") == "403 Forbidden"
        assert await ask(running, f"GET http://ADS.example.:{site.port}/a.js HTTP/1.1") == b""
        assert (site.connections, names.asked) == (0, [])
        assert (running.report.listed, running.report.denied, running.report.connections) == (2, 0, 0)
        assert running.report.refusals == (Refusal("ads.example", site.port, "listed"),) * 2
        assert await ask(running, f"GET http://x.ads.example:{site.port}/ HTTP/1.1") == ANSWER


async def test_a_listed_host_that_was_asked_for_is_opened() -> None:
    names = Names(ads_example=("127.0.0.1",), more_example=("127.0.0.1",))
    listed = Blocklist(["ads.example", "more.example"])
    async with server(answering([])) as site, proxy(names=names, blocked=listed, asked_for=["ads.example"]) as running:
        assert (await connect(running, f"ads.example:{site.port}")).startswith("200")
        assert await connect(running, f"more.example:{site.port}") == "403 Forbidden"
        assert running.report.listed == 1


async def test_being_asked_for_does_not_open_a_private_address() -> None:
    names = Names(ads_example=("127.0.0.2",))
    async with proxy(names=names, blocked=Blocklist(["ads.example"]), asked_for=["ads.example"]) as running:
        assert await connect(running, "ads.example:80") == "403 Forbidden"
        assert (running.report.listed, running.report.denied) == (0, 1)


async def test_a_slow_server_holds_the_page_back() -> None:
    """Back-pressure the other way: what a page sends waits for the server, not in our memory."""
    begun = asyncio.Event()
    go_on = asyncio.Event()

    async def lazy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        begun.set()
        await go_on.wait()
        while await reader.read(65536):
            pass

    generous = Budget(bytes_up=10**12)
    async with server(lazy) as site, proxy(budget=generous) as running, line(running) as (reader, writer):
        writer.write(f"CONNECT 127.0.0.1:{site.port} HTTP/1.1\r\n\r\n".encode())
        await status(reader)
        writer.write(b"v" * 60_000_000)
        await begun.wait()
        before = -1
        while running.report.bytes_up != before:  # until nothing moves any more
            before = running.report.bytes_up
            await asyncio.sleep(0.2)
        assert before < 50_000_000
        go_on.set()
        await writer.drain()
        async with asyncio.timeout(30):
            while running.report.bytes_up < 60_000_000:
                await asyncio.sleep(0.01)


async def test_more_connections_at_once_than_a_browser_opens_are_closed() -> None:
    async with proxy(budget=Budget(open_at_once=2)) as running, line(running), line(running):
        async with asyncio.timeout(30):
            while len(running._lines) < 2:
                await asyncio.sleep(0.01)
        assert await ask(running, "GET http://127.0.0.1:9/ HTTP/1.1") == b""
        assert running.report.connections == 0


async def test_a_slow_reader_holds_the_server_back() -> None:
    sent = 0

    async def firehose(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        while True:
            writer.write(b"w" * 65536)
            await writer.drain()
            sent += 65536

    generous = Budget(bytes_down=10**12)
    async with server(firehose) as site, proxy(budget=generous) as running, line(running) as (reader, writer):
        writer.write(f"GET http://127.0.0.1:{site.port}/ HTTP/1.1\r\n\r\n".encode())
        before = -1
        while sent != before:  # until nothing moves any more
            before = sent
            await asyncio.sleep(0.2)
        assert sent < 50_000_000
        await reader.readexactly(20_000_000)


async def test_leaving_cuts_what_is_open() -> None:
    async with server(silent) as site:
        async with proxy() as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(f"CONNECT 127.0.0.1:{site.port} HTTP/1.1\r\n\r\n".encode())
            await status(reader)
        async with asyncio.timeout(30):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
        writer.close()
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await asyncio.open_connection("127.0.0.1", running.port)
