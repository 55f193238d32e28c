"""Bodies of what was loaded, taken out of Chromium's buffers."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from capture.cdp import Connection, Message
from capture.recording import Track

GET_BODY = "Network.getResponseBody"


@dataclass(frozen=True)
class BodyLimits:
    """How much is kept."""

    resource_bytes: int
    document_bytes: int
    """Of a document: a PDF opened as the page may be larger than what a page consists of."""
    total_bytes: int

    @property
    def largest_bytes(self) -> int:
        """The largest body of all."""
        return max(self.resource_bytes, self.document_bytes)


class Bodies:
    """Asks for bodies without waiting for them; answers go into their tracks."""

    def __init__(self, connection: Connection, limits: BodyLimits) -> None:
        self._connection = connection
        self._limits = limits
        self._pending: set[asyncio.Future[Message]] = set()
        self._kept_bytes = 0

    def take(self, track: Track) -> None:
        """The body of what has ended, if it is within the limits; otherwise it counts as lost."""
        is_document = track.hops[-1].request.get("type") == "Document"
        limit = self._limits.largest_bytes if is_document else self._limits.resource_bytes
        if track.decoded_bytes > limit or self._kept_bytes + track.decoded_bytes > self._limits.total_bytes:
            track.lost = track.oversized = True
            return
        self._kept_bytes += track.decoded_bytes
        self._ask(track, GET_BODY, _on_body)

    def take_part(self, track: Track) -> None:
        """What has come so far of what has not ended."""
        self._ask(track, "Network.streamResourceContent", self._on_part)

    def take_download(self, track: Track) -> None:
        """The body of a download, which can be had when it is through."""
        self._ask(track, GET_BODY, _on_body)

    def take_post_data(self, track: Track) -> None:
        """A request's body that the request event did not bring along."""
        self._ask(track, "Network.getRequestPostData", _on_post_data)

    async def taken(self, timeout_s: float) -> None:
        """Waits until all answers are there, but not longer than that."""
        deadline = time.monotonic() + timeout_s
        while self._pending and (left_s := deadline - time.monotonic()) > 0:
            await asyncio.wait(self._pending, timeout=left_s)

    def _ask(self, track: Track, method: str, on_answer: Callable[[Track, Message], None], depth: int = 1) -> None:
        """Asks the session that spoke of it last, then the others: a frame that moved is known to two."""
        session = track.sessions[-depth]
        params = {"requestId": track.hops[-1].request["requestId"]}
        future = self._connection.post(method, params, session)
        self._pending.add(future)
        future.add_done_callback(partial(self._on_answer, track, method, on_answer, depth))

    def _on_answer(
        self,
        track: Track,
        method: str,
        on_answer: Callable[[Track, Message], None],
        depth: int,
        future: asyncio.Future[Message],
    ) -> None:
        self._pending.discard(future)
        if future.cancelled():
            return
        if future.exception() is None:
            on_answer(track, future.result())
        elif depth < len(track.sessions) and not self._connection.lost:
            self._ask(track, method, on_answer, depth + 1)

    def _on_part(self, track: Track, answer: Message) -> None:
        if track.ended:
            return
        track.truncated = True
        track.body = _decoded(answer.get("bufferedData", ""))
        if not track.body and track.decoded_bytes:
            # Images and style sheets are not in the stream's buffer, but in the renderer's cache.
            self._ask(track, GET_BODY, _on_body)


def _on_body(track: Track, answer: Message) -> None:
    text = answer.get("body", "")
    if answer.get("base64Encoded"):
        track.body = _decoded(text)
    else:
        track.body = _as_it_came(text, str((track.hops[-1].response or {}).get("charset", "")))


_PYTHONS_NAMES = {
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
}
"""Encodings that the web knows under the names of narrower ones (WHATWG Encoding, "Names and labels")."""


def _as_it_came(text: str, charset: str) -> bytes:
    """The bytes of a text that the renderer gave decoded, because the browser's own buffer no longer had them.

    In its own encoding: the recorded headers name that one, and who plays the archive back believes them.
    """
    name = charset.strip().lower() or "utf-8"
    try:
        return text.encode(_PYTHONS_NAMES.get(name, name))
    except (LookupError, UnicodeError):
        return text.encode("utf-8", "surrogatepass")


def _on_post_data(track: Track, answer: Message) -> None:
    text = answer.get("postData", "")
    track.post_data = _decoded(text) if answer.get("base64Encoded") else text.encode("utf-8", "surrogatepass")


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return None
