"""Carries bytes between a browser's connection and a server's, in step with the slower of the two."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from capture.egress_accounts import Accounts
from capture.egress_http import CHUNK_BYTES, RequestHead, Target, body, read_head
from capture.egress_next_hop import NextHop

_FLUSH_S = 5.0


@dataclass
class Upstream:
    """A connection to a server, and whether anything ever came from it."""

    target: Target
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    asked: bool = False
    answered: bool = False
    cut: bool = False
    """Whether we ended it."""
    hop: NextHop | None = None
    """The proxy at its other end, if that one is to be asked as a proxy and did not make a tunnel."""


class Line:
    """A connection from the browser, with the one towards the server that it led to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._upstream: Upstream | None = None
        self._moved_at = time.monotonic()

    def led_to(self, upstream: Upstream) -> Upstream:
        """Notes the server's connection, in place of an earlier one."""
        if self._upstream:
            _cut(self._upstream)
        self._upstream = upstream
        self.moved()
        return upstream

    def moved(self) -> None:
        """Notes that something went through."""
        self._moved_at = time.monotonic()

    def idle_for(self) -> float:
        """Seconds since something went through."""
        return time.monotonic() - self._moved_at

    def fell_silent(self, accounts: Accounts) -> None:
        """Cuts the line because nothing moves; a server that was asked and never answered is noted."""
        if self._upstream and self._upstream.asked and not self._upstream.answered and not self._upstream.cut:
            accounts.failed(self._upstream.target.host, "no_answer")
        self.cut()

    def cut(self) -> None:
        """Ends both connections at once."""
        self.writer.transport.abort()
        if self._upstream:
            _cut(self._upstream)

    async def flush(self) -> None:
        """Lets the browser have what was written, then closes."""
        self.writer.close()
        with suppress(OSError):
            async with asyncio.timeout(_FLUSH_S):
                await self.writer.wait_closed()


def _cut(upstream: Upstream) -> None:
    upstream.cut = True
    upstream.writer.transport.abort()


async def _down(line: Line, upstream: Upstream, accounts: Accounts) -> None:
    """Server to browser, until the server ends it."""
    try:
        while data := await upstream.reader.read(CHUNK_BYTES):
            if upstream.hop and not upstream.answered and re.match(rb"HTTP/1\.[01] 407", data):
                accounts.failed(upstream.target.host, "next_hop_login")  # no browser may be asked for a password
                _cut(upstream)
                return
            upstream.answered = True
            if not accounts.came_down(upstream.target.host, len(data)):
                return
            line.moved()
            line.writer.write(data)
            await line.writer.drain()
            line.moved()
    except OSError:
        _note_silence(upstream, accounts)
        raise
    _note_silence(upstream, accounts)


def _note_silence(upstream: Upstream, accounts: Accounts) -> None:
    """Notes a server that was asked something and hung up without a word."""
    if upstream.asked and not upstream.answered and not upstream.cut:
        accounts.failed(upstream.target.host, "connection_lost")


async def _up(line: Line, upstream: Upstream, data: bytes, accounts: Accounts) -> bool:
    """Browser to server; False if the budget does not allow it."""
    if not accounts.went_up(len(data)):
        return False
    upstream.asked = True
    line.moved()
    upstream.writer.write(data)
    await upstream.writer.drain()
    line.moved()
    return True


async def tunnel(line: Line, upstream: Upstream, accounts: Accounts) -> None:
    """Carries both ways until one side ends."""

    async def up() -> None:
        while data := await line.reader.read(CHUNK_BYTES):
            if not await _up(line, upstream, data, accounts):
                return

    await _first_to_end(up(), _down(line, upstream, accounts))


async def _first_to_end(*ways: Awaitable[None]) -> None:
    """Runs all, stops the rest when one ends, and raises what that one raised."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


class PlainSession:
    """Requests with absolute URLs on one connection of the browser, which it may use for one after the other.

    Answers are carried as they are, without being read: a browser sends its next request only after the whole answer,
    so a request for another server may take the connection over, and a server that closes ends the browser's too.
    """

    def __init__(self, line: Line, accounts: Accounts, connect: Callable[[Target, Line], Awaitable[Upstream]]) -> None:
        self._line = line
        self._accounts = accounts
        self._open = connect
        self._upstream: Upstream | None = None
        self._answers: asyncio.Task[None] | None = None

    async def run(self, head: RequestHead) -> None:
        """Serves this request and those that follow it."""
        try:
            following: RequestHead | None = head
            while following and await self._pass_on(following):
                following = await self._next_head()
        finally:
            await self._stop_answers()

    async def _pass_on(self, head: RequestHead) -> bool:
        upstream = self._upstream
        if upstream is None or upstream.target != head.target:
            await self._stop_answers()
            upstream = self._upstream = await self._open(head.target, self._line)
            self._answers = asyncio.create_task(_down(self._line, upstream, self._accounts))
        words = head.for_proxy(upstream.hop.authorization) if upstream.hop else head.for_origin()
        if not self._accounts.asking() or not await _up(self._line, upstream, words, self._accounts):
            return False
        async for data in body(self._line.reader, head):
            if not await _up(self._line, upstream, data, self._accounts):
                return False
        return True

    async def _next_head(self) -> RequestHead | None:
        """The next request; None when either side has ended."""
        assert self._answers
        reading = asyncio.create_task(read_head(self._line.reader))
        try:
            await asyncio.wait((reading, self._answers), return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                head = reading.result()
                return None if head is None or head.is_connect else head
            self._answers.result()
            return None
        finally:
            if not reading.done():
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _stop_answers(self) -> None:
        if self._answers:
            self._answers.cancel()
            await asyncio.gather(self._answers, return_exceptions=True)
            self._answers = None
