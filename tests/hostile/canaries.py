"""Listeners that nothing may reach: whatever connects, or sends as much as a datagram, is written down."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.hostile.server import end_listening, let_go

ADDRESSES = ("127.0.0.1", "127.0.0.2", "::1")
_FIRST_WORDS_S = 2.0


@dataclass
class Hit:
    """Something that got through."""

    where: str
    said: bytes = b""

    @property
    def path(self) -> str:
        """What was asked for, if it was HTTP."""
        words = self.said.split(b" ", 2)
        return words[1].decode("latin-1") if len(words) == 3 else ""


@dataclass
class Canaries:
    """One port, by TCP and UDP, on several addresses of this machine; and one more port on 127.0.0.2 for names.

    `async with Canaries(also_port) as canaries:`; `also_port` is that of the site, at an address that is not its own.
    """

    also_port: int
    hits: list[Hit] = field(default_factory=list)
    port: int = 0
    _servers: list[asyncio.Server] = field(default_factory=list)
    _datagrams: list[asyncio.DatagramTransport] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        while not self._servers:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            try:
                await self._listen()
            except OSError:  # somebody has the port at another address
                await self.__aexit__(None, None, None)
        return self

    async def _listen(self) -> None:
        for address in ADDRESSES:
            self._servers.append(await asyncio.start_server(self._reached, address, self.port))
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: Datagrams(self.hits), local_addr=(address, self.port)
            )
            self._datagrams.append(transport)
        self._servers.append(await asyncio.start_server(self._reached, "127.0.0.2", self.also_port))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            await end_listening(server)
        for transport in self._datagrams:
            transport.close()
        self._servers.clear()
        self._datagrams.clear()
        await let_go()

    async def _reached(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await friendly(reader, writer, self.hits)


async def friendly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hits: list[Hit]) -> None:
    """Writes a connection down, and what it says first; answers every request."""
    hit = Hit("{}:{}".format(*writer.get_extra_info("sockname")[:2]))
    hits.append(hit)
    try:
        async with asyncio.timeout(_FIRST_WORDS_S):
            hit.said = await reader.read(2000)
        # Friendly to scripts of every origin: an attack that gets here shall have no excuse.
        writer.write(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\nINSIDE")
        await writer.drain()
    except OSError:
        pass  # TimeoutError is one: it connected and said nothing
    finally:
        writer.close()


class Datagrams(asyncio.DatagramProtocol):
    """Writes every datagram down."""

    def __init__(self, hits: list[Hit]) -> None:
        self._hits = hits

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._hits.append(Hit(f"udp from {addr[0]}", data))
