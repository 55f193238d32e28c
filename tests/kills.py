"""For the tests that kill: a server that sees who has a page open, a look for what is left, and a count of it all."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.harness import alive, processes_below, until

GONE_WITHIN_S = 20.0
"""5 s are promised; a test that shares its machine waits longer, and the summary names the longest wait."""

ROUNDS = int(os.environ.get("KILL_ROUNDS", "1"))
"""How often each cell of the matrix is run; `make test-all` runs it three times."""


_SERVERS = ("/postgres", "/weed")


@dataclass
class Tally:
    """What the kills of a whole test run came to."""

    kills: Counter[str] = field(default_factory=Counter)
    """By who was killed and how."""
    cells: set[tuple[str, str]] = field(default_factory=set)
    left: int = 0
    twice: int = 0
    longest_s: float = 0.0

    def count(self, what: str, method: str) -> None:
        """One kill, before its outcome is known."""
        self.kills[what] += 1
        self.cells.add((what, method))

    def told(self) -> dict[str, Any]:
        """All of it as plain values, for the process that sums up."""
        plain = {"kills": dict(self.kills), "cells": [list(cell) for cell in self.cells]}
        return {**plain, "left": self.left, "twice": self.twice, "longest_s": self.longest_s}

    def add(self, told: dict[str, Any]) -> None:
        """What another process had to tell."""
        self.kills.update(told["kills"])
        self.cells |= {(what, method) for what, method in told["cells"]}
        self.left += told["left"]
        self.twice += told["twice"]
        self.longest_s = max(self.longest_s, told["longest_s"])

    def line(self) -> str:
        """The summary in one line."""
        each = ", ".join(f"{what} {count}" for what, count in sorted(self.kills.items()))
        return (
            f"{self.kills.total()} kills in {len(self.cells)} cells ({each}): {self.left} processes left, "
            f"{self.twice} captures twice at the same time; the last process was gone after {self.longest_s:.1f} s "
            "at the longest"
        )


tally = Tally()


async def nothing_left(pids: dict[int, str]) -> None:
    """Waits for the end of the processes."""
    began = time.monotonic()

    async def look() -> bool:
        return not alive(pids)

    try:
        await until(look, f"the end of {alive(pids)}", GONE_WITHIN_S)
    except AssertionError:
        tally.left += len(alive(pids))
        raise
    tally.longest_s = max(tally.longest_s, time.monotonic() - began)


def named(pids: dict[int, str], name: str) -> list[int]:
    """Those of the processes that the system calls so (15 characters of `ps`)."""
    found = []
    for pid in sorted(pids):
        with suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                found.append(pid)
    return found


def victim(who: str, below: dict[int, str]) -> int:
    """The process of that part among those below the main one."""
    names = {"supervisor": "hashkeep-super", "worker": "hashkeep-worker", "fork server": "hashkeep-forks"}
    if who in names:
        (pid,) = named(below, names[who])
        return pid
    marks = {"browser": ("headless-shell", "/bin/cat"), "node driver": ("run-driver",)}[who]
    # A browser's children have its words in their command lines; it is the one whose parent has not.
    ours = [pid for pid, words in below.items() if words.startswith("/") and any(mark in words for mark in marks)]
    return next(pid for pid in ours if _parent(pid) not in ours)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def below_us() -> dict[int, str]:
    """Every process below this one (pid → command line), but for the servers that many tests share."""
    found = processes_below(os.getpid())
    for server in [pid for pid, words in found.items() if any(word.endswith(_SERVERS) for word in words.split())]:
        for pid in (server, *processes_below(server)):
            found.pop(pid, None)
    return found


def strike(pid: int, what: str, method: str, number: signal.Signals = signal.SIGKILL) -> None:
    """Sends the signal, and counts it."""
    tally.count(what, method)
    os.kill(pid, number)


class Witness:
    """A site whose pages stay unanswered until the test lets them go; sees how many have one open at the same time."""

    def __init__(self) -> None:
        self.visits: Counter[str] = Counter()
        self.port = 0
        self._open: Counter[str] = Counter()
        self._gates: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def let_go(self, path: str) -> None:
        """Answers the requests for the path, those to come too."""
        self._gates[path].set()

    async def visited(self, path: str, times: int, within_s: float = 45.0) -> None:
        """Waits until the path has been asked for so often."""

        async def look() -> bool:
            return self.visits[path] >= times

        await until(look, f"{path} to be opened {times} times", within_s)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: its first request is held while both ends are there."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = "/" + head.split(b" ")[1].decode().partition("://")[2].partition("/")[2]
            path = path if b"://" in head.split(b" ")[1] else head.split(b" ")[1].decode()
            await self._hold(path, reader)
            body = f"<!doctype html><title>{path}</title><h1>{path}</h1><p>Words to read.".encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _hold(self, path: str, reader: asyncio.StreamReader) -> None:
        if self._open[path]:
            tally.twice += 1
        self._open[path] += 1
        self.visits[path] += 1
        gone = asyncio.create_task(reader.read(1))
        let_go = asyncio.create_task(self._gates[path].wait())
        try:
            await asyncio.wait((gone, let_go), return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                raise ConnectionResetError("who asked has ended")
        finally:
            self._open[path] -= 1
            for task in (gone, let_go):
                task.cancel()
            await asyncio.gather(gone, let_go, return_exceptions=True)


@asynccontextmanager
async def watching() -> AsyncIterator[Witness]:
    """A witness for the time of a test. Fails if a page was open twice at the same time."""
    witness, before = Witness(), tally.twice
    server = await asyncio.start_server(witness.answer, "127.0.0.1", 0)
    witness.port = server.sockets[0].getsockname()[1]
    try:
        yield witness
    finally:
        server.close()
    assert tally.twice == before, "a capture ran twice at the same time"
