"""The only way out of a page that is being captured: a forward proxy that looks names up, vets and connects itself.

One proxy per capture, on an ephemeral loopback port of the trusted process. It resolves each name once, asks the
address rule about every address, connects to a vetted literal address and checks the peer again, so that no name that
changes its mind and no redirect leads inside. Its accounts say what the capture used and what was refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Container
from functools import partial
from types import TracebackType
from typing import ClassVar, Self

from capture.address import AddressRule, literal
from capture.egress_accounts import Accounts, Budget, EgressReport, FailureCode, Refusal
from capture.egress_dns import NoLookup, NoSuchHost, Resolver
from capture.egress_http import MAX_HEAD_BYTES, BadRequest, RequestHead, Target, read_head
from capture.egress_next_hop import HopFailed, NextHop
from capture.egress_reach import OverBudget, Reach
from capture.egress_relay import Line, PlainSession, Upstream, tunnel

__all__ = ["Budget", "EgressProxy", "EgressReport", "Refusal"]

log = logging.getLogger(__name__)

LOOKUPS_AT_ONCE = 8
"""Of one capture, so that a page full of slow names cannot take every resolver thread."""

_STATUS = {
    "private_address": "403 Forbidden", "listed": "403 Forbidden",
    "no_answer": "504 Gateway Timeout", "no_lookup": "504 Gateway Timeout",
}  # fmt: skip


class _NoWay(Exception):
    """There will be no connection; `code` says why, None when the accounts are closed."""

    def __init__(self, code: FailureCode | None) -> None:
        self.code = code


class EgressProxy:
    """A proxy for one capture: `async with EgressProxy(rule, budget) as proxy:` and hand out `proxy.url`.

    Leaving the block cuts what is still open. `report` can be read at any time, also afterwards. Hosts of `blocked`
    (canonical names) are refused, unless they are in `asked_for`: whoever shares a link wants it opened.
    """

    _ports: ClassVar[set[int]] = set()
    """Of all proxies in this process: none leads into another one, whatever the allow-list opens."""

    def __init__(
        self,
        rule: AddressRule,
        budget: Budget | None = None,
        resolver: Resolver | None = None,
        *,
        next_hop: NextHop | None = None,
        blocked: Container[str] = (),
        asked_for: Collection[str] = (),
    ) -> None:
        self._rule = rule
        self._hop = next_hop
        self._blocked = blocked
        self._asked_for = frozenset(asked_for)
        self._accounts = Accounts(budget or Budget())
        self._reach = Reach(self._accounts, next_hop, self._addresses)
        self._own_resolver = None if resolver else Resolver(LOOKUPS_AT_ONCE)
        self._resolver = resolver or self._own_resolver or Resolver()
        self._lookups = asyncio.Semaphore(LOOKUPS_AT_ONCE)
        self._answers: dict[str, asyncio.Task[tuple[str, ...]]] = {}
        self._lines: dict[asyncio.Task[None], Line] = {}
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._is_closing = False
        self.port = 0

    @property
    def url(self) -> str:
        """What the browser is told to use."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def report(self) -> EgressReport:
        """What went through so far."""
        return self._accounts.report()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=MAX_HEAD_BYTES, backlog=256)
        self.port = self._server.sockets[0].getsockname()[1]
        self._ports.add(self.port)
        self._sweeper = asyncio.create_task(self._sweep(), name=f"egress-{self.port}-sweeper")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server
        assert self._sweeper
        self._is_closing = True
        self._server.close()
        self._ports.discard(self.port)
        for line in self._lines.values():
            line.cut()
        ending = [*self._lines, *self._answers.values(), self._sweeper]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        if self._own_resolver:
            self._own_resolver.close()
        log.info("the way out: %s", self.report)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        # A connection that the system took in our last moment is told here after the end of all others.
        if self._is_closing or self._accounts.spent or len(self._lines) >= self._accounts.budget.open_at_once:
            line.cut()
            return
        task = asyncio.create_task(self._serve(line), name=f"egress-{self.port}")
        self._lines[task] = line
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._lines.pop(task).cut()
        if not task.cancelled() and (error := task.exception()):
            log.error("a connection of the egress proxy failed", exc_info=error)

    async def _serve(self, line: Line) -> None:
        try:
            head = await read_head(line.reader)
            if head is None:
                return
            if head.is_connect:
                await self._connect(head, line)
            else:
                await PlainSession(line, self._accounts, partial(self._open, plain=True)).run(head)
            await line.flush()
        except (OSError, BadRequest, _NoWay):
            line.cut()  # no answer at all: the browser would show the words of one as if they were the page's
        finally:
            if self._accounts.spent:
                self._cut_all()

    async def _connect(self, head: RequestHead, line: Line) -> None:
        try:
            if not self._accounts.asking():
                raise _NoWay(None)
            upstream = await self._open(head.target, line, plain=False)
        except _NoWay as no:
            status = _STATUS.get(no.code or "private_address", "502 Bad Gateway")
            line.writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            return
        line.writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await tunnel(line, upstream, self._accounts)

    async def _open(self, target: Target, line: Line, plain: bool) -> Upstream:
        """A connection to the target, at an address that the rule allows. Raises _NoWay, which is in the accounts."""
        if self._accounts.spent:
            raise _NoWay(None)
        if target.host in self._blocked and target.host not in self._asked_for:
            self._accounts.listed(target.host, target.port)
            raise _NoWay("listed")
        try:
            allowed = self._allowed(await self._addresses(target.host), target)
            if not allowed:
                self._accounts.refused(target.host, target.port)
                raise _NoWay("private_address")
            async with asyncio.timeout(self._accounts.budget.connect_s):
                return line.led_to(await self._reach.open(target, allowed, plain))
        except OverBudget:
            raise _NoWay(None) from None
        except (NoSuchHost, NoLookup, HopFailed, OSError) as error:  # TimeoutError is an OSError
            code = _code(error)
            self._accounts.failed(target.host, code)
            raise _NoWay(code) from None

    def _allowed(self, addresses: tuple[str, ...], target: Target) -> list[str]:
        """The addresses that may be connected to. A next hop that gets the name may take any: then all or none."""
        allowed = [ip for ip in addresses if self._allows(ip, target)]
        takes_any = self._hop is not None and self._hop.gets == "names"
        return [] if takes_any and len(allowed) < len(addresses) else allowed

    def _allows(self, ip: str, target: Target) -> bool:
        address = literal(ip)
        if address is None or (address.is_loopback and target.port in self._ports):
            return False
        return self._rule.allows(ip, target.host, target.port) and not self._reach.is_hop(ip, target.port)

    async def _addresses(self, host: str) -> tuple[str, ...]:
        """Looks the name up once in a capture: quick for the browser, and a name cannot change its mind."""
        if literal(host) is not None:
            return (host,)
        if host == "invalid" or host.endswith(".invalid"):
            raise NoSuchHost  # by RFC 6761, also where no name server answers
        if host not in self._answers:
            self._answers[host] = asyncio.create_task(self._look_up(host), name=f"lookup-{host}")
        return await asyncio.shield(self._answers[host])

    async def _look_up(self, host: str) -> tuple[str, ...]:
        try:
            async with asyncio.timeout(self._accounts.budget.lookup_s):
                await self._lookups.acquire()
                answer = self._resolver.ask(host)
                # The place is free again when the thread is, not when we stop waiting.
                answer.add_done_callback(lambda _: self._lookups.release())
                return await asyncio.shield(answer)
        except TimeoutError:
            raise NoLookup from None

    async def _sweep(self) -> None:
        """Cuts connections on which nothing moves."""
        idle_s = self._accounts.budget.idle_s
        while True:
            await asyncio.sleep(min(1.0, idle_s / 4))
            for line in self._lines.values():
                if line.idle_for() > idle_s:
                    line.fell_silent(self._accounts)

    def _cut_all(self) -> None:
        for line in self._lines.values():
            line.cut()


def _code(error: Exception) -> FailureCode:
    if isinstance(error, NoSuchHost):
        return "no_such_host"
    if isinstance(error, NoLookup):
        return "no_lookup"
    if isinstance(error, HopFailed):
        return error.code
    if isinstance(error, ConnectionRefusedError):
        return "connection_refused"
    if isinstance(error, ConnectionError):
        return "connection_lost"
    return "no_answer"
