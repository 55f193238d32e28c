"""WARC 1.1 records, each a gzip member of its own, written as a stream.

Source: "The WARC Format 1.1" (IIPC), section 5 for the named fields and section 6 for the record types.
"""

from __future__ import annotations

import hashlib
import io
import uuid
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Protocol

from capture.recording import BODILESS_METHODS, REDIRECTS, Exchange

Fields = list[tuple[str, str]]

_REVISIT = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_IDS = uuid.UUID("6f8d5b1e-2a6c-5c0b-9d63-0f0d5f6f4b1c")
"""Names record ids: the same input gives the same archive."""

_COMPRESSION = 6
_SAMPLE_BYTES = 16_384
_WORTH_PACKING = 0.95
"""Of a sample's size. Pictures, films and fonts are packed already: trying again costs much and gains nothing."""
_REVISIT_BYTES = 512
"""A body smaller than this is written again: a revisit record would be no shorter."""

_WITHOUT_BODY = frozenset({204, 205, 304})
"""Status codes of answers that never have one (RFC 9110, 15)."""

_BODY_FIELDS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
"""They describe the body as it was sent; what is kept is decoded, so they are kept under another name."""

_ONCE = frozenset({"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"})
"""Between two neighbours only (RFC 9110, 7.6.1): of the browser and our own proxy, not of the site."""


class Sink(Protocol):
    """Where the bytes go."""

    def write(self, data: bytes | memoryview, /) -> int:
        """Takes all of it and says how much that was."""


@dataclass(frozen=True)
class Written:
    """Where a response or resource lies in the file, and what an index says of it."""

    url: str
    at: datetime
    mime: str
    status: int | None
    digest: str
    offset: int
    length: int
    method: str = "GET"
    request_body: bytes | None = None
    request_type: str = ""


def digest(body: bytes) -> str:
    """A labelled digest of a block or payload, like `sha256:9f86…`."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def stamp(at: datetime) -> str:
    """A WARC-Date of millisecond precision, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class WarcWriter:
    """Writes one WARC file; `written` says what went where, in the order of writing."""

    def __init__(self, file: Sink, name: str, software: str) -> None:
        self._file = file
        self._offset = 0
        self._count = 0
        self._name = name
        self._bodies: dict[str, tuple[str, datetime]] = {}
        self.written: list[Written] = []
        self._software = software

    def info(self, at: datetime, more: Fields) -> None:
        """The record that a file begins with."""
        fields = [("software", self._software), ("format", "WARC File Format 1.1"), *more]
        self._record("warcinfo", at, None, "application/warc-fields", _fields(fields), [("WARC-Filename", self._name)])

    def exchange(self, exchange: Exchange) -> None:
        """A request and its answer; a body that was there before becomes a revisit."""
        if exchange.status is None:
            return
        body = exchange.body or b""
        payload = digest(body)
        known = self._bodies.get(payload) if len(body) >= _REVISIT_BYTES and not exchange.truncated else None
        head = _response_head(exchange, len(body))
        more: Fields = [("WARC-Payload-Digest", payload)]
        if known:
            more += [
                ("WARC-Profile", _REVISIT),
                ("WARC-Refers-To-Target-URI", known[0]),
                ("WARC-Refers-To-Date", stamp(known[1])),
            ]
        elif reason := _truncation(exchange):
            more.append(("WARC-Truncated", reason))
        kind, block = ("revisit", head) if known else ("response", head + body)
        content_type = "application/http; msgtype=response"
        identity, offset = self._record(kind, exchange.started_at, exchange.url, content_type, block, more)
        if not known and not exchange.truncated and exchange.body:
            self._bodies[payload] = (exchange.url, exchange.started_at)
        self.written.append(
            Written(
                url=exchange.url,
                at=exchange.started_at,
                mime="warc/revisit" if known else _media_type(exchange),
                status=exchange.status,
                digest=payload,
                offset=offset,
                length=self._offset - offset,
                method=exchange.method,
                request_body=exchange.request_body,
                request_type=_value(exchange.request_headers, "content-type"),
            )
        )
        self._request(exchange, identity)

    def resource(self, url: str, at: datetime, media_type: str, body: bytes) -> None:
        """Something of our own making about the page: a picture, its text."""
        _, offset = self._record("resource", at, url, media_type, body, [("WARC-Payload-Digest", digest(body))])
        self.written.append(
            Written(url, at, media_type.partition(";")[0], None, digest(body), offset, self._offset - offset)
        )

    def metadata(self, url: str, at: datetime, fields: Fields) -> None:
        """What is known about the capture of a URL."""
        self._record("metadata", at, url, "application/warc-fields", _fields(fields), [])

    def _request(self, exchange: Exchange, response: str) -> None:
        body = exchange.request_body or b""
        block = _request_head(exchange) + body
        more = [("WARC-Concurrent-To", response), ("WARC-Payload-Digest", digest(body))]
        self._record("request", exchange.started_at, exchange.url, "application/http; msgtype=request", block, more)

    def _record(
        self, kind: str, at: datetime, url: str | None, content_type: str, block: bytes, more: Fields
    ) -> tuple[str, int]:
        self._count += 1
        block_digest = digest(block)
        named = f"{self._count} {kind} {url} {stamp(at)} {block_digest}"
        identity = f"<urn:uuid:{uuid.uuid5(_IDS, named)}>"
        fields: Fields = [("WARC-Type", kind), ("WARC-Record-ID", identity), ("WARC-Date", stamp(at))]
        if url:
            fields.append(("WARC-Target-URI", url))
        fields += [*more, ("WARC-Block-Digest", block_digest), ("Content-Type", content_type)]
        fields.append(("Content-Length", str(len(block))))
        offset = self._offset
        parts = (b"WARC/1.1\r\n", _fields(fields), b"\r\n", block, b"\r\n\r\n")
        self._member(parts, _COMPRESSION if _can_be_packed(block) else 0)
        return identity, offset

    def _member(self, parts: Iterable[bytes], level: int) -> None:
        packer = zlib.compressobj(level, zlib.DEFLATED, 31)
        out = io.BytesIO()
        for part in parts:
            out.write(packer.compress(part))
        out.write(packer.flush())
        self._offset += self._file.write(out.getbuffer())


def _can_be_packed(block: bytes) -> bool:
    """Told by a piece out of the middle."""
    middle = max(0, (len(block) - _SAMPLE_BYTES) // 2)
    sample = block[middle : middle + _SAMPLE_BYTES]
    return len(block) <= _SAMPLE_BYTES or len(zlib.compress(sample, 1)) < _WORTH_PACKING * len(sample)


def _fields(fields: Iterable[tuple[str, str]]) -> bytes:
    lines = (f"{name}: {' '.join(value.split())}\r\n" for name, value in fields)
    return "".join(lines).encode("utf-8", "replace")


def _response_head(exchange: Exchange, length: int) -> bytes:
    status = exchange.status or 0
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    headers: Fields = []
    for name, value in exchange.response_headers:
        if name.startswith(":") or name.lower() in _ONCE:
            continue
        headers.append((f"x-orig-{name}" if name.lower() in _BODY_FIELDS else name, value))
    headers.append(("Content-Length", str(length)))
    return f"HTTP/1.1 {status} {phrase}\r\n".encode() + _fields(headers) + b"\r\n"


def _request_head(exchange: Exchange) -> bytes:
    without_scheme = exchange.url.partition("://")[2].partition("#")[0]
    host, slash, path = without_scheme.partition("/")
    headers = [
        (name, value)
        for name, value in exchange.request_headers
        if not name.startswith(":") and name.lower() not in _ONCE
    ]
    if not any(name.lower() == "host" for name, _ in headers):
        headers.insert(0, ("Host", host.partition("?")[0]))
    return f"{exchange.method} {slash or '/'}{path} HTTP/1.1\r\n".encode() + _fields(headers) + b"\r\n"


def _truncation(exchange: Exchange) -> str | None:
    """Why the body is not all of it, in the words of WARC 1.1, 5.13."""
    if exchange.truncated:
        return "disconnect" if exchange.failed else "time"  # broken off, or still coming when the capture ended
    if exchange.body is not None or exchange.method in BODILESS_METHODS or exchange.status in _WITHOUT_BODY:
        return None
    if exchange.status in REDIRECTS and _value(exchange.response_headers, "content-length") == "0":
        return None
    return "unspecified"  # of a redirect Chromium reads no body; another one was too large or gone


def _media_type(exchange: Exchange) -> str:
    """As declared, as other indexers have it; where nothing is, what Chromium took it for."""
    declared = _value(exchange.response_headers, "content-type").partition(";")[0].strip()
    return declared or exchange.media_type or "application/octet-stream"


def _value(headers: Iterable[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")
