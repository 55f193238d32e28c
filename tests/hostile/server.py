"""A server that may do anything: each row of the table says what it does with a request."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

HTML = "text/html; charset=utf-8"
_WORDS = "Some words that anybody may read: enough of them for a page that needs no script to be filled."


@dataclass
class Ask:
    """One request on its connection."""

    method: str
    path: str
    """Below the row's own folder, with the query."""
    head: str
    """Request line and headers as they came."""
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    fill: Callable[[str], str]
    """Puts addresses into a text: `%SITE%`, `%IN%`, …; see `lane.py`."""

    async def write(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body: bytes, kind: str = HTML, status: str = "200 OK", *headers: str) -> None:
        """A proper answer."""
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
        await self.write("\r\n".join([*lines, "Connection: close", "", ""]).encode("utf-8", "surrogateescape") + body)


Behaviour = Callable[[Ask], Awaitable[None]]


class HostileServer:
    """Listens on loopback (or where it is told) in a thread of its own; `/name/…` is for that name's behaviour."""

    def __init__(self, behaviours: dict[str, Behaviour], host: str = "127.0.0.1", port: int = 0) -> None:
        self.asked: list[tuple[str, str]] = []
        """(method, path) of every request."""
        self.heads: list[str] = []
        self.fill: Callable[[str], str] = str
        self._behaviours = behaviours
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        starting = asyncio.start_server(self._accept, host, port, limit=1 << 20)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def open_connections(self) -> int:
        """Connections that are served at the moment."""
        return len(self._tasks)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: writer.close())  # also of one that was cancelled before it began
        self._writers.append(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The client went away, or said nothing that is a request.
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            await self._behave(reader, writer)

    async def _behave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split(" ", 2)
        self.asked.append((method, target))
        self.heads.append(head)
        name, _, path = target.lstrip("/").partition("/")
        behaviour = self._behaviours.get(name)
        ask = Ask(method, path, head, reader, writer, self.fill)
        if behaviour:
            await behaviour(ask)
        else:
            await ask.answer(b"<h1>Not here</h1>", status="404 Not Found")

    def close(self) -> None:
        """Ends it with every connection."""

        async def end() -> None:
            await end_listening(self._server)
            while asyncio.all_tasks() - {asyncio.current_task()}:  # connections that are only just accepted, too
                for task in self._tasks:
                    task.cancel()
                await asyncio.sleep(0.01)
            for writer in self._writers:
                writer.transport.abort()  # what the other side does not read is not waited for
            await let_go()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def end_listening(server: asyncio.Server) -> None:
    """Closes a server when all it has accepted is its own: asyncio forgets a socket whose server closes meanwhile."""
    for listening in server.sockets:
        asyncio.get_running_loop().remove_reader(listening.fileno())
    await let_go()
    server.close()


async def let_go() -> None:
    """Some turns of the loop, in which closed transports give their sockets back."""
    for _ in range(5):
        await asyncio.sleep(0)


def html(body: str, *headers: str, title: str = "A hostile page", head: str = "") -> Behaviour:
    """A page with some words and the attack; the same for every path below its folder."""

    async def behave(ask: Ask) -> None:
        text = (
            f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head>"
            f"<body><h1>{title}</h1><p>{_WORDS}</p>{body}"
        )
        await ask.answer(ask.fill(text).encode("utf-8", "surrogateescape"), HTML, "200 OK", *map(ask.fill, headers))

    return behave


def raw(data: str | bytes) -> Behaviour:
    """Exactly these bytes, then the end."""

    async def behave(ask: Ask) -> None:
        await ask.write(data if isinstance(data, bytes) else ask.fill(data).encode("utf-8", "surrogateescape"))

    return behave


def redirect(to: str, status: str = "302 Found") -> Behaviour:
    """A redirect with an empty body."""

    async def behave(ask: Ask) -> None:
        await ask.answer(b"", HTML, status, f"Location: {ask.fill(to)}")

    return behave


def by_path(first: Behaviour, **others: Behaviour) -> Behaviour:
    """Another behaviour for some paths below the folder (up to the first `?`, `/` or `.`)."""

    async def behave(ask: Ask) -> None:
        word = ask.path.partition("?")[0].partition("/")[0].partition(".")[0]
        await others.get(word, first)(ask)

    return behave


def body(data: bytes | Callable[[], bytes], kind: str, *headers: str) -> Behaviour:
    """A file; one that takes long to make is made when it is asked for."""

    async def behave(ask: Ask) -> None:
        await ask.answer(data if isinstance(data, bytes) else data(), kind, "200 OK", *headers)

    return behave
