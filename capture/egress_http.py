"""The part of HTTP/1.1 that a forward proxy has to understand: request heads and where a request's body ends.

Anything ambiguous is refused (RFC 9112, sections 2.2, 3 and 6.3): what we and a server could read differently could
carry a second request past the accounts.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import ada_url

from capture.address import canonical_host

MAX_HEAD_BYTES = 64 * 1024
CHUNK_BYTES = 128 * 1024
"""What is carried at once. With half of it, bytes cost three times as much; twice as much gains nothing more."""

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\x7e\x80-\xff]{1,60000}) HTTP/1\.[01]")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*?)[ \t]*")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+):(\d{1,5})")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_HOP_BY_HOP = frozenset(
    (b"connection", b"proxy-connection", b"keep-alive", b"proxy-authorization", b"te", b"trailer", b"upgrade", b"host")
)


class BadRequest(Exception):
    """The request is none that a browser sends to a proxy."""


@dataclass(frozen=True)
class Target:
    """Where a request wants to go: a canonical host and a port."""

    host: str
    port: int

    @property
    def authority(self) -> str:
        """As a Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 80 else f"{host}:{self.port}"


@dataclass(frozen=True)
class RequestHead:
    """A request as it came: CONNECT with an authority, or any other method with an absolute URL."""

    method: bytes
    target: Target
    path: str
    headers: tuple[tuple[bytes, bytes], ...]

    @property
    def is_connect(self) -> bool:
        """Whether a tunnel is wanted."""
        return self.method == b"CONNECT"

    def for_origin(self) -> bytes:
        """The head as the server gets it: origin form, a Host of our own making, nothing meant for a proxy."""
        return self._head(self.path.encode("ascii"))

    def for_proxy(self, more: tuple[tuple[bytes, bytes], ...]) -> bytes:
        """The head as another proxy gets it: absolute form, and with headers that are meant for it."""
        return self._head(f"http://{self.target.authority}{self.path}".encode("ascii"), more)

    def _head(self, wanted: bytes, more: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
        lines = [b"%s %s HTTP/1.1" % (self.method, wanted), b"Host: " + self.target.authority.encode("ascii")]
        kept = (header for header in self.headers if header[0].lower() not in _HOP_BY_HOP)
        lines += [b"%s: %s" % header for header in (*kept, *more)]
        lines.append(b"Connection: keep-alive\r\n\r\n")
        return b"\r\n".join(lines)

    @property
    def body_bytes(self) -> int | None:
        """Length of the body; None if it comes in chunks."""
        lengths = {value for name, value in self.headers if name.lower() == b"content-length"}
        codings = [value.lower() for name, value in self.headers if name.lower() == b"transfer-encoding"]
        if codings:
            if codings != [b"chunked"] or lengths:
                raise BadRequest
            return None
        if not lengths:
            return 0
        length = lengths.pop()
        if lengths or not re.fullmatch(rb"\d{1,15}", length):
            raise BadRequest
        return int(length)


async def read_head(reader: asyncio.StreamReader) -> RequestHead | None:
    """The next request head; None if the connection ends before one. Raises BadRequest."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise BadRequest from None
        return None
    except asyncio.LimitOverrunError:
        raise BadRequest from None
    if len(raw) > MAX_HEAD_BYTES:
        raise BadRequest
    return parse_head(raw)


def parse_head(raw: bytes) -> RequestHead:
    """Reads a head that ends with an empty line. Raises BadRequest."""
    first, *rest = raw[:-4].split(b"\r\n")
    line = _REQUEST_LINE.fullmatch(first)
    fields = [_HEADER.fullmatch(each) for each in rest]
    if not line or not all(fields):
        raise BadRequest
    headers = tuple((each[1], each[2]) for each in fields if each)
    method, wanted = line[1], line[2].decode("latin-1")
    if method == b"CONNECT":
        return RequestHead(method, _authority(wanted), "", headers)
    target, path = _absolute(wanted)
    return RequestHead(method, target, path, headers)


def _authority(text: str) -> Target:
    match = _AUTHORITY.fullmatch(text)
    host = canonical_host(match[1]) if match else None
    if not match or not host or not 0 < int(match[2]) < 65536:
        raise BadRequest
    return Target(host, int(match[2]))


def _absolute(text: str) -> tuple[Target, str]:
    try:
        url = ada_url.URL(text)
    except ValueError:
        raise BadRequest from None
    host = canonical_host(url.hostname)
    if url.protocol != "http:" or not host or url.port == "0":
        raise BadRequest
    return Target(host, int(url.port or 80)), url.pathname + url.search


async def body(reader: asyncio.StreamReader, head: RequestHead) -> AsyncIterator[bytes]:
    """The bytes of the request's body as they come, chunked coding included. Raises BadRequest if it is cut short."""
    left = head.body_bytes
    try:
        if left is not None:
            async for data in _exactly(reader, left):
                yield data
            return
        while True:
            line = await reader.readuntil(b"\r\n")
            size = _CHUNK_SIZE.fullmatch(line)
            if not size:
                raise BadRequest
            yield line
            if int(size[1], 16) == 0:
                break
            async for data in _exactly(reader, int(size[1], 16) + 2):
                yield data
        while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
            pass  # trailer fields are not passed on
        yield b"\r\n"
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise BadRequest from None


async def _exactly(reader: asyncio.StreamReader, size: int) -> AsyncIterator[bytes]:
    while size:
        data = await reader.read(min(size, CHUNK_BYTES))
        if not data:
            raise BadRequest
        size -= len(data)
        yield data
