"""The next hop: another proxy that leads out where a machine has no direct way (EGRESS_PROXY)."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote

from capture.address import canonical_host, literal
from capture.egress_accounts import FailureCode

Gets = Literal["addresses", "names"]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_MAX_SOCKS_FIELD = 255
_EXAMPLE = "write http://host:port or socks5://host:port, with user:password@ before the host if it asks for them"
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]{0,80}))?")

_NO_METHOD = 0xFF
_WITH_PASSWORD = 2
_SOCKS_REPLIES: dict[int, FailureCode] = {2: "next_hop_refused", 5: "connection_refused", 7: "next_hop_refused"}
"""RFC 1928, section 6. All others say in one way or another that the target could not be reached."""
_HTTP_REPLIES: dict[int, FailureCode] = {
    407: "next_hop_login", 502: "no_answer", 503: "no_answer", 504: "no_answer",
}  # fmt: skip
"""What proxies answer when the target does not; everything else that is no success is their own refusal."""


class HopFailed(Exception):
    """The next hop does not lead to the target: `code` for the person, the text for the log."""

    def __init__(self, code: FailureCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class NextHop:
    """A proxy that our own one hands connections on to."""

    kind: Literal["http", "socks5"]
    host: str
    """Canonical."""
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    gets: Gets = "addresses"
    """What it is told of a name: the address that was vetted here, or the name, which it looks up again."""

    @property
    def place(self) -> str:
        """Where it is, without user and password: for logs and for people."""
        return f"{self.kind}://{_authority(self.host, self.port)}"

    @property
    def authorization(self) -> tuple[tuple[bytes, bytes], ...]:
        """The header that an HTTP proxy wants, if it wants one."""
        if not self.user:
            return ()
        words = base64.b64encode(f"{self.user}:{self.password}".encode())
        return ((b"Proxy-Authorization", b"Basic " + words),)


def parse_next_hop(text: str, gets: Gets = "addresses") -> NextHop:
    """Reads `http://[user:password@]host:port` or `socks5://…`.

    Raises ValueError with what to write; it never repeats the text, which may hold a password.
    """
    scheme, mark, rest = text.strip().partition("://")
    if not mark or scheme.lower() not in ("http", "socks5"):
        raise ValueError(_EXAMPLE)
    credentials, _, place = rest.removesuffix("/").rpartition("@")
    host, _, digits = place.rpartition(":")
    name = canonical_host(host)
    if name is None or not re.fullmatch(r"[0-9]{1,5}", digits) or not 0 < int(digits) < 65536:
        raise ValueError(_EXAMPLE)
    user, _, password = map(unquote, credentials.partition(":"))
    kind: Literal["http", "socks5"] = "http" if scheme.lower() == "http" else "socks5"
    if credentials and not user:
        raise ValueError(f"the user is missing before the password; {_EXAMPLE}")
    if kind == "http" and ":" in user:
        raise ValueError("a user of an http proxy cannot have a colon in its name")
    if kind == "socks5" and max(len(user.encode()), len(password.encode())) > _MAX_SOCKS_FIELD:
        raise ValueError(f"user and password of a socks5 proxy have at most {_MAX_SOCKS_FIELD} bytes each")
    return NextHop(kind, name, int(digits), user, password, gets)


async def ask_through(hop: NextHop, host: str, port: int, streams: Streams, greeting_s: float) -> None:
    """Asks the hop, on a new connection to it, for a way to `host`. Everything that comes after it is the target's.

    Raises HopFailed, also when a SOCKS5 proxy has not even greeted after `greeting_s`. How long it may then try to
    reach the target is the caller's to limit.
    """
    reader, writer = streams
    try:
        if hop.kind == "http":
            await _ask_http(hop, host, port, reader, writer)
        else:
            async with asyncio.timeout(greeting_s) as greeting:
                await _greet_socks(hop, reader, writer)
            await _ask_socks(host, port, reader, writer)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        raise HopFailed("next_hop_silent", "it broke the connection off") from None
    except TimeoutError:
        if hop.kind == "socks5" and greeting.expired():
            raise HopFailed("next_hop_silent", "it does not greet") from None
        raise


async def _ask_http(
    hop: NextHop, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    authority = _authority(host, port).encode("ascii")
    headers = ((b"Host", authority), *hop.authorization)
    lines = [b"CONNECT %s HTTP/1.1" % authority, *(b"%s: %s" % header for header in headers)]
    writer.write(b"\r\n".join([*lines, b"\r\n"]))
    await writer.drain()
    line = _STATUS_LINE.match(await reader.readuntil(b"\r\n\r\n"))
    if not line:
        raise HopFailed("next_hop_silent", "it is no HTTP proxy")
    status = int(line[1])
    if not 200 <= status < 300:
        reason = (line[2] or b"").decode("ascii", "replace")
        code = _HTTP_REPLIES.get(status, "next_hop_refused")
        raise HopFailed(code, f"it answered {status} {reason} to CONNECT {_authority(host, port)}")


async def _greet_socks(hop: NextHop, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """RFC 1928, section 3, and RFC 1929."""
    methods = bytes([0, _WITH_PASSWORD]) if hop.user else bytes([0])
    writer.write(bytes([5, len(methods)]) + methods)
    await writer.drain()
    version, method = await reader.readexactly(2)
    if version != 5:
        raise HopFailed("next_hop_silent", "it is no SOCKS5 proxy")
    if method == _NO_METHOD or method not in methods:
        wants = "it takes neither none nor a password" if hop.user else "it wants a user and a password"
        raise HopFailed("next_hop_login", wants)
    if method == _WITH_PASSWORD:
        user, password = hop.user.encode(), hop.password.encode()
        writer.write(bytes([1, len(user)]) + user + bytes([len(password)]) + password)
        await writer.drain()
        _, status = await reader.readexactly(2)
        if status:
            raise HopFailed("next_hop_login", "it does not accept the user and the password")


async def _ask_socks(host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """RFC 1928, sections 4 to 6."""
    address = literal(host)
    if address is None:
        name = host.encode("ascii")
        wanted = bytes([3, len(name)]) + name
    else:
        wanted = bytes([1 if isinstance(address, ipaddress.IPv4Address) else 4]) + address.packed
    writer.write(bytes([5, 1, 0]) + wanted + port.to_bytes(2, "big"))
    await writer.drain()
    try:
        _, reply, _, kind = await reader.readexactly(4)
        if reply == 0:
            size = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
            await reader.readexactly(size + 2)
    except (asyncio.IncompleteReadError, ConnectionError):
        # OpenSSH's answer to a target that it cannot reach.
        raise HopFailed("connection_lost", f"it hung up when it was asked for {_authority(host, port)}") from None
    if reply:
        code = _SOCKS_REPLIES.get(reply, "no_answer")
        raise HopFailed(code, f"it answered {reply} to a request for {_authority(host, port)}")


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
