"""The server of the test site: exact bytes out, also slow, broken and endless ones, and a note of all that was asked.

It listens on two loopback addresses, so that with `localhost` there are three hosts that are foreign to each other,
and it is its own HTTP proxy: a browser that resolves nothing itself reaches all three through `Site.proxy`.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlsplit

_TEXTS = ("text/", "application/json", "application/javascript", "image/svg", "application/xml")
_REASONS = {200: "OK", 204: "No Content", 301: "Moved Permanently", 302: "Found", 303: "See Other", 307: "Temporary"}


@dataclass(frozen=True)
class Answer:
    """What a file's address answers. In text, `{{site}}`, `{{other}}` and `{{third}}` become hosts."""

    body: bytes = b""
    type: str | None = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    wait_s: float = 0.0
    """Before the first byte."""
    parts: tuple[tuple[float, bytes], ...] = ()
    """More of the body, each after so many seconds."""
    end: Literal["close", "hang", "cut"] = "close"
    """After the body: ended; open for ever; broken off, although more was announced."""
    gzip: bool = False


@dataclass(frozen=True)
class Socket:
    """A WebSocket that says these texts, so many seconds apart, and then stays open."""

    messages: tuple[str, ...]
    every_s: float = 0.05


@dataclass
class Asked:
    """One request that came, and what it was answered."""

    method: str
    host: str
    path: str
    """With query."""
    headers: dict[str, str]
    request_body: bytes
    status: int = 0
    sent: bytearray = field(default_factory=bytearray)
    """The body, decoded, as far as it was sent."""
    whole: bool = False
    kind: str = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}{self.path}"


Handler = Callable[[Asked], Answer]


@dataclass
class Site:
    """The running site."""

    files: Mapping[str, Answer | Socket | Handler]
    """By path with folder: `/srcset/a.png`."""
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    """What was asked of the proxy for other sites: a page of ours names none."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def hosts(self) -> dict[str, str]:
        return {"site": f"127.0.0.1:{self.port}", "other": f"127.0.0.2:{self.port}", "third": f"localhost:{self.port}"}

    @property
    def proxy(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str, host: str = "site") -> str:
        return f"http://{self.hosts[host]}{path}"

    def asked_of(self, name: str) -> list[Asked]:
        """What was asked for below one page's folder."""
        return [asked for asked in self.asked if asked.path.startswith(f"/{name}/")]

    def forget(self, name: str) -> None:
        """Empties the notes of one page."""
        self.asked[:] = [asked for asked in self.asked if not asked.path.startswith(f"/{name}/")]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
                await self._serve(reader, writer)
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await self._read(reader)
        while asked.method == "CONNECT":
            if asked.path not in self.hosts.values():
                self.strange.append(asked.path)
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            asked = await self._read(reader)
        if asked.host not in self.hosts.values():
            self.strange.append(asked.url)
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        self.asked.append(asked)
        file = self.files.get(asked.path) or self.files.get(asked.path.partition("?")[0])
        if callable(file):
            file = file(asked)
        if isinstance(file, Socket):
            await self._talk(file, asked, reader, writer)
        else:
            await self._answer(file or Answer(b"<h1>There is nothing here</h1>", status=404), asked, writer)

    async def _read(self, reader: asyncio.StreamReader) -> Asked:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        host = headers.get("host", "")
        if target.startswith("http://"):
            parts = urlsplit(target)
            host, target = parts.netloc, target[len("http://") + len(parts.netloc) :] or "/"
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        return Asked(method, host, target, headers, body)

    async def _answer(self, answer: Answer, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if answer.wait_s:
            await self._sleep(answer.wait_s)
        answer = self._filled(answer)
        asked.status, asked.kind = answer.status, answer.type or ""
        body = gzip.compress(answer.body) if answer.gzip else answer.body
        writer.write(self._head(answer, len(body)))
        if asked.method != "HEAD":
            writer.write(body)
            asked.sent += answer.body
            await writer.drain()
            for pause_s, part in answer.parts:
                await self._sleep(pause_s)
                writer.write(part)
                asked.sent += part
                await writer.drain()
        if answer.end == "hang":
            await self._stopping.wait()
        asked.whole = answer.end == "close"

    def _filled(self, answer: Answer) -> Answer:
        headers = tuple((name, self._fill(value.encode()).decode()) for name, value in answer.headers)
        if not (answer.type or "").startswith(_TEXTS):
            return replace(answer, headers=headers)
        parts = tuple((pause_s, self._fill(part)) for pause_s, part in answer.parts)
        return replace(answer, body=self._fill(answer.body), headers=headers, parts=parts)

    def _fill(self, text: bytes) -> bytes:
        for name, host in self.hosts.items():
            text = text.replace(b"{{%s}}" % name.encode(), b"http://" + host.encode())
        return text.replace(b"{{port}}", str(self.port).encode())

    def _head(self, answer: Answer, length: int) -> bytes:
        lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Other')}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if answer.type is not None:
            lines.append(f"Content-Type: {answer.type}")
        if answer.end == "cut":
            lines.append(f"Content-Length: {length * 2 + 1000}")
        elif not answer.parts and answer.end == "close" and answer.status != 204:
            lines.append(f"Content-Length: {length}")
        if answer.gzip:
            lines.append("Content-Encoding: gzip")
        if not any(name.lower() == "access-control-allow-origin" for name, _ in answer.headers):
            lines.append("Access-Control-Allow-Origin: *")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    async def _talk(
        self, file: Socket, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        key = asked.headers.get("sec-websocket-key", "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        asked.status = 101
        writer.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        for message in file.messages:
            await self._sleep(file.every_s)
            data = message.encode()
            assert len(data) < 126
            writer.write(bytes([0x81, len(data)]) + data)
            await writer.drain()
        await reader.read()  # until the browser leaves

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


@asynccontextmanager
async def serving(files: Mapping[str, Answer | Socket | Handler]) -> AsyncIterator[Site]:
    """Serves those files on a free port; ends every open connection at the end."""
    site = Site(files)
    open_ones: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        open_ones[task] = writer
        try:
            await site.serve(reader, writer)
        finally:
            del open_ones[task]

    servers = []
    for address in ("127.0.0.1", "127.0.0.2"):
        listener = socket.create_server((address, site.port), backlog=200)
        site.port = listener.getsockname()[1]
        servers.append(await asyncio.start_server(connected, sock=listener))
    try:
        yield site
    finally:
        site._stopping.set()
        for server in servers:
            server.close()
        for writer in open_ones.values():
            writer.transport.abort()
        await asyncio.gather(*open_ones)
