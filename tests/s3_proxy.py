"""Something in front of an S3 server that fails on purpose: drops, hangs, refuses, cuts, changes bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

Trouble = Literal["", "drop", "hang", "503", "cut uploads", "cut downloads", "wrong bytes"]
SEGMENT_BYTES = 65536
CUT_AFTER_BYTES = 200_000
_METHODS = (b"GET ", b"PUT ", b"HEAD ", b"POST ", b"DELETE ")
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class S3Proxy:
    """Passes everything on while there is no `trouble`; that counts for connections which are open already, too."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self.port = 0
        self.trouble: Trouble = ""
        self.times = 0
        """How many requests the trouble is for; 0: all."""
        self.requests: list[str] = []
        """First lines of what was passed on or met with trouble."""

    def fail(self, trouble: Trouble, times: int = 0) -> None:
        """Fails from now on, or for a number of requests."""
        self.trouble, self.times = trouble, times

    def count(self, method: str, has: str = "") -> int:
        """How many requests of that kind there were."""
        return sum(line.startswith(method) and has in line for line in self.requests)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        await _Connection(self, reader, writer).run(self._behind)

    def spent(self) -> None:
        """One of the requests that were to fail has."""
        if self.times:
            self.times -= 1
            if not self.times:
                self.trouble = ""


class _Connection:
    def __init__(self, proxy: S3Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy, self._reader, self._writer = proxy, reader, writer
        self._trouble: Trouble = ""
        self._up = self._down = 0

    async def run(self, port: int) -> None:
        far_writer = None
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            ways = [asyncio.ensure_future(self._there(far_writer)), asyncio.ensure_future(self._back(far_reader))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            pass
        finally:
            for writer in (self._writer, far_writer):
                if writer:
                    writer.transport.abort()

    async def _there(self, far: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await self._reader.read(SEGMENT_BYTES):
                if data.startswith(_METHODS):
                    self._proxy.requests.append(data.split(b"\r\n", 1)[0].decode("latin-1"))
                    self._trouble, self._up, self._down = self._proxy.trouble, 0, 0
                self._up += len(data)
                if self._trouble == "drop" or (self._trouble == "cut uploads" and self._up > CUT_AFTER_BYTES):
                    self._proxy.spent()
                    return
                if self._trouble == "503":
                    self._proxy.spent()
                    self._writer.write(_BUSY)
                    await self._writer.drain()
                    return
                if self._trouble == "hang":
                    self._proxy.spent()
                    await asyncio.Event().wait()
                far.write(data)
                await far.drain()

    async def _back(self, far: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while data := await far.read(SEGMENT_BYTES):
                self._down += len(data)
                if self._trouble == "cut downloads" and self._down > CUT_AFTER_BYTES:
                    self._proxy.spent()
                    return
                if self._trouble == "wrong bytes" and not data.endswith(b"\r\n\r\n"):
                    data = data[:-1] + bytes([data[-1] ^ 1])
                self._writer.write(data)
                await self._writer.drain()


@asynccontextmanager
async def in_front_of(port: int) -> AsyncIterator[S3Proxy]:
    """Listens on a port of its own until the end of the block."""
    proxy = S3Proxy(port)
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(proxy.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()
