"""Messages between processes: one JSON object a line over a stream socket, in both directions, without blocking.

JSON and not pickle: one end opens hostile pages, and reading a pickle runs what is written in it.
"""

from __future__ import annotations

import json
import socket
from typing import Any

MAX_LINE_BYTES = 4_000_000

Message = dict[str, Any]


class ChannelClosed(Exception):
    """The other end is gone, or what it sends is no message."""


def encode(message: Message) -> bytes:
    """A message as it goes over the wire."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """A line as a message. Raises ChannelClosed for anything else: there is no talking to such an end."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise ChannelClosed from None
    if not isinstance(message, dict):
        raise ChannelClosed
    return message


class Channel:
    """One end, for a loop that waits for many at once and may be held up by none."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._incoming = bytearray()
        self._outgoing = bytearray()

    def fileno(self) -> int:
        """For a selector."""
        return self._socket.fileno()

    @property
    def pending(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._outgoing)

    def receive(self) -> list[Message]:
        """The messages that have come. Raises ChannelClosed at the end, or for what is none."""
        try:
            data = self._socket.recv(262_144)
        except BlockingIOError:
            return []
        except OSError:
            raise ChannelClosed from None
        if not data:
            raise ChannelClosed
        self._incoming += data
        *lines, rest = self._incoming.split(b"\n")
        self._incoming = rest
        if len(rest) > MAX_LINE_BYTES:
            raise ChannelClosed
        return [decode(bytes(line)) for line in lines]

    def send(self, message: Message) -> None:
        """Sends what can be sent now and keeps the rest. Raises ChannelClosed."""
        self._outgoing += encode(message)
        self.flush()

    def flush(self) -> None:
        """Sends more of what waits. Raises ChannelClosed."""
        try:
            while self._outgoing:
                del self._outgoing[: self._socket.send(self._outgoing)]
        except BlockingIOError:
            if len(self._outgoing) > 16 * MAX_LINE_BYTES:
                raise ChannelClosed from None
        except OSError:
            raise ChannelClosed from None

    def close(self) -> None:
        """Closes this end."""
        self._socket.close()
