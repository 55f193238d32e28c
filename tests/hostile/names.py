"""A name server of the tests' own, and a look-up that asks it and nobody else."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

A, CNAME, AAAA = 1, 5, 28
_PATIENCE_S = 1.5
_QUESTION = struct.Struct("!HHHHHH")

Zone = Callable[[str, int], "tuple[str, ...] | None"]
"""A name and how often it was asked for already; its addresses, or None for no answer at all.

`-> other.name` first makes the name an alias of another, whose own addresses follow in the answer.
"""


def zone(name: str, nth: int) -> tuple[str, ...] | None:
    """The hostile zone. Names that lead to 127.0.0.1 are those of the site; at another port that is inside, too."""
    fixed: dict[str, tuple[str, ...] | None] = {
        "site.hostile.test": ("127.0.0.1",),
        "loopback.hostile.test": ("127.0.0.2",),
        "v6.hostile.test": ("::1",),
        "mapped.hostile.test": ("::ffff:127.0.0.2",),
        "nat64.hostile.test": ("64:ff9b::7f00:2",),
        "zero.hostile.test": ("0.0.0.0",),
        "metadata.hostile.test": ("169.254.169.254",),
        "both.hostile.test": ("127.0.0.2", "::1", "127.0.0.1"),
        "many.hostile.test": tuple(f"127.0.{high}.{low}" for high in range(1, 5) for low in range(2, 60)),
        "silent.hostile.test": None,
        "localhost": ("127.0.0.1", "::1"),
    }
    if name.endswith(".rebind.hostile.test"):  # first one of the site, then one inside
        return ("127.0.0.1",) if nth == 0 else ("127.0.0.2",)
    return fixed.get(name, ())


class NameServer:
    """Answers A and AAAA questions over UDP on loopback with a time to live of 0; `close` ends it."""

    def __init__(self, asked_zone: Zone = zone, port: int = 0) -> None:
        self.asked: list[str] = []
        """Every name, once for each pair of questions (A is counted)."""
        self._zone = asked_zone
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                data, sender = self._socket.recvfrom(2000)
            except OSError:
                return
            if len(data) < _QUESTION.size:
                return  # the empty one with which `close` wakes us
            answer = self._answer(data)
            if answer:
                self._socket.sendto(answer, sender)

    def _answer(self, data: bytes) -> bytes | None:
        number, *_ = _QUESTION.unpack_from(data)
        name, end = _name(data, _QUESTION.size)
        kind = struct.unpack_from("!H", data, end)[0]
        nth = self.asked.count(name)
        addresses = self._zone(name, max(0, nth - (kind == AAAA)))
        if kind == A:
            self.asked.append(name)
        if addresses is None:
            return None
        owner, rows = b"\xc0\x0c", []
        while addresses and addresses[0].startswith("-> "):
            alias = addresses[0].removeprefix("-> ")
            rows.append(_row(owner, CNAME, _packed(alias)))
            owner, addresses = _packed(alias), self._zone(alias, nth) or ()
        wanted = [ip for ip in map(ipaddress.ip_address, addresses) if (ip.version == 4) == (kind == A)]
        rows += [_row(owner, kind, ip.packed) for ip in wanted]
        status = 3 if not addresses else 0
        head = _QUESTION.pack(number, 0x8580 | status, 1, len(rows), 0, 0) + data[_QUESTION.size : end + 4]
        return head + b"".join(rows)

    def look_up(self, host: str) -> tuple[str, ...]:
        """What the product's resolver calls in place of the system's; in the order of the zone."""
        found = self._ask(host, A) + self._ask(host, AAAA)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return tuple(found)

    def _ask(self, host: str, kind: int) -> list[str]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(_PATIENCE_S)
            asking.sendto(
                _QUESTION.pack(7, 0x0100, 1, 0, 0, 0) + _packed(host) + struct.pack("!HH", kind, 1),
                ("127.0.0.1", self.port),
            )
            try:
                data = asking.recv(65535)
            except TimeoutError:
                raise socket.gaierror(socket.EAI_AGAIN, "no answer") from None
        count = _QUESTION.unpack_from(data)[3]
        at = _name(data, _QUESTION.size)[1] + 4
        found = []
        for _ in range(count):
            size = struct.unpack_from("!H", data, at + 10)[0]
            found.append(str(ipaddress.ip_address(data[at + 12 : at + 12 + size])))
            at += 12 + size
        return found

    def close(self) -> None:
        """Ends the server."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waking:
            waking.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()


def _row(owner: bytes, kind: int, data: bytes) -> bytes:
    return owner + struct.pack("!HHLH", kind, 1, 0, len(data)) + data


def _packed(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".")) + b"\0"


def _name(data: bytes, at: int) -> tuple[str, int]:
    labels = []
    while size := data[at]:
        labels.append(data[at + 1 : at + 1 + size].decode("ascii", "replace").lower())
        at += 1 + size
    return ".".join(labels), at + 1


def resolver_of(server: NameServer) -> Callable[..., Any]:
    """A stand-in for the product's `Resolver` class whose instances ask the given server."""
    from capture.egress_dns import Resolver

    def make(threads: int = 8) -> Resolver:
        return Resolver(threads, server.look_up)

    return make


async def waited(server: NameServer, name: str) -> None:
    """Returns when the name was asked for."""
    while name not in server.asked:
        await asyncio.sleep(0.02)
