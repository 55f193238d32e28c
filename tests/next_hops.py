"""Small HTTP and SOCKS5 proxies, with and without credentials, that refuse, hang up or fall silent when they are told.

Whatever they are asked for, they lead to one server on loopback: what a test hands to them may be any public address.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

Kind = Literal["http", "socks5"]
Mood = Literal["fine", "hangs_up", "silent", "nonsense", "deaf", "unreachable", "refuses"]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_HTTP_WORDS = {"refuses": b"403 Forbidden", "deaf": b"504 Gateway Timeout", "unreachable": b"503 Unavailable"}
_SOCKS_WORDS = {"refuses": 2, "deaf": 6, "unreachable": 5}


class Hop:
    """A proxy; `asked` holds what it was asked for, as `host:port`, and `plain` the heads of plain requests."""

    def __init__(self, kind: Kind, leads_to: int, login: tuple[str, str] | None = None, mood: Mood = "fine") -> None:
        self.kind = kind
        self.mood = mood
        self.asked: list[str] = []
        self.plain: list[str] = []
        self.connections = 0
        self.port = 0
        self._leads_to = leads_to
        self._login = login

    def address(self, login: str = "", host: str = "127.0.0.1") -> str:
        """As EGRESS_PROXY has it."""
        return f"{self.kind}://{login + '@' if login else ''}{host}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        with suppress(OSError, asyncio.IncompleteReadError):
            if self.mood == "silent":
                await reader.read()
            elif self.mood == "nonsense":
                await reader.read(1)
                writer.write(b"220 mail.example ESMTP\r\n\r\n")
                await writer.drain()
            elif self.mood != "hangs_up":
                await (self._serve_http if self.kind == "http" else self._serve_socks)(reader, writer)
        writer.close()

    async def _serve_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, wanted, _ = head.split("\r\n")[0].split(" ")
        if self._login:
            words = base64.b64encode(":".join(self._login).encode()).decode()
            if f"\r\nProxy-Authorization: Basic {words}\r\n" not in head:
                writer.write(
                    b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
                )
                return
        if method == "CONNECT":
            self.asked.append(wanted)
        else:
            self.plain.append(head)
        if self.mood in _HTTP_WORDS:
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: 4\r\n\r\nno.\n" % _HTTP_WORDS[self.mood])
        elif method == "CONNECT":
            await _carry((reader, writer), self._leads_to, b"HTTP/1.1 200 Go on\r\nVia: test\r\n\r\n", b"")
        else:
            path = "/" + wanted.split("/", 3)[3]
            first = head.replace(wanted, path, 1).encode()
            await _carry((reader, writer), self._leads_to, b"", first)

    async def _serve_socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        offered = await reader.readexactly(count)
        method = 2 if self._login else 0
        writer.write(bytes([5, method if method in offered else 255]))
        if method not in offered:
            return
        if self._login:
            user = await reader.readexactly((await reader.readexactly(2))[1])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            right = (user.decode(), password.decode()) == self._login
            writer.write(bytes([1, 0 if right else 1]))
            if not right:
                return
        _, _, _, kind = await reader.readexactly(4)
        size = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        raw = await reader.readexactly(size)
        port = int.from_bytes(await reader.readexactly(2), "big")
        host = raw.decode() if kind == 3 else str(ipaddress.ip_address(raw))
        self.asked.append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        if self.mood in _SOCKS_WORDS:
            writer.write(bytes([5, _SOCKS_WORDS[self.mood], 0, 1, 0, 0, 0, 0, 0, 0]))
        else:
            await _carry((reader, writer), self._leads_to, bytes([5, 0, 0, 3, 4]) + b"hop.\0\0", b"")


async def _carry(here: Streams, port: int, told: bytes, first: bytes) -> None:
    there = await asyncio.open_connection("127.0.0.1", port)
    there[1].write(first)
    here[1].write(told)

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    await asyncio.gather(pour(here[0], there[1]), pour(there[0], here[1]))


@asynccontextmanager
async def running_hop(
    kind: Kind, leads_to: int, login: tuple[str, str] | None = None, mood: Mood = "fine"
) -> AsyncIterator[Hop]:
    """The proxy, on a port of its own on loopback."""
    hop = Hop(kind, leads_to, login, mood)
    serving: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.ensure_future(hop.serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    hop.port = server.sockets[0].getsockname()[1]
    try:
        yield hop
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
