"""What the browser loaded, as data: exchanges, and how they come out of DevTools events."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

Headers = tuple[tuple[str, str], ...]
Event = dict[str, Any]

BODILESS_METHODS = frozenset({"HEAD", "OPTIONS"})
"""OPTIONS: preflights, whose bodies Chromium throws away."""
BODILESS_STATUS = frozenset({204, 205, 301, 302, 303, 304, 307, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ABORTED = "net::ERR_ABORTED"


@dataclass(frozen=True)
class Exchange:
    """One request with its answer. A redirect is an exchange of its own."""

    request_id: str
    """Chromium's; the hops of one chain of redirects share it."""
    url: str
    """Without fragment, as requested."""
    method: str
    resource_type: str
    """As in the DevTools protocol: Document, Stylesheet, Image, Media, Font, Script, XHR, Fetch, Preflight, …"""
    request_headers: Headers
    request_body: bytes | None
    status: int | None
    """None: nothing was answered."""
    response_headers: Headers
    """As they came over the wire; the body below is already decoded (content-encoding, transfer-encoding)."""
    media_type: str
    """What Chromium took it for, without parameters; "" if unknown."""
    charset: str
    remote_address: str | None
    """`ip:port` of the peer: with a proxy, the proxy's."""
    started_at: datetime
    body: bytes | None
    """None: not kept. Of a redirect nothing is kept: Chromium does not read it."""
    truncated: bool
    """The body is only the part that had come."""
    failed: str | None
    """Chromium's net error text."""
    main_document: bool = False
    """The top frame's own document, or a redirect on the way to it."""


@dataclass(frozen=True)
class Recording:
    """All that was loaded while a recorder was attached, in the order of the requests."""

    exchanges: tuple[Exchange, ...]
    missing: int
    """Answers that had a body of which nothing could be kept: too large, over the total, gone from the buffers."""
    bytes_down: int
    """As transferred: compressed, with headers."""
    requests: int
    """Everything asked for, each hop of a redirect counted, also what is not in `exchanges`."""
    missing_types: tuple[tuple[str, int], ...] = ()
    """`missing` by type of resource (that of an exchange), with how many of each. The page's own document is `Page` if
    it was over the limits, else `Unfinished`; `Uncounted` are requests beyond the limit."""

    def body(self, url: str) -> Exchange | None:
        """The last good answer with a body for that URL, redirects followed; the fragment does not matter."""
        url = without_fragment(url)
        for _ in range(20):
            if exchange := self._bodies.get(url):
                return exchange
            if not (target := self._redirects.get(url)):
                return None
            url = target
        return None

    def main(self) -> Exchange | None:
        """The answer that became the top frame's document: the last one that is no redirect."""
        answers = (e for e in reversed(self.exchanges) if e.main_document and e.status not in REDIRECTS)
        return next(answers, None)

    @property
    def truncated(self) -> int:
        """Answers of which only the part that had come is kept."""
        return sum(exchange.truncated for exchange in self.exchanges)

    @cached_property
    def _bodies(self) -> dict[str, Exchange]:
        kept: dict[str, Exchange] = {}
        for exchange in self.exchanges:
            if not exchange.body or exchange.method != "GET" or (exchange.status or 0) >= 400:
                continue
            before = kept.get(exchange.url)
            if not (exchange.truncated and before and not before.truncated):
                kept[exchange.url] = exchange
        return kept

    @cached_property
    def _redirects(self) -> dict[str, str]:
        targets: dict[str, str] = {}
        for hop, following in zip(self.exchanges, self.exchanges[1:], strict=False):
            if hop.request_id == following.request_id and hop.url != following.url:
                targets[hop.url] = following.url
        return targets


@dataclass
class Hop:
    """One request of a chain, while it is under way."""

    request: Event
    """Params of `requestWillBeSent`."""
    response: Event | None = None
    """The `Response` object of `responseReceived`, or the `redirectResponse` of the next hop."""
    has_extra: bool | None = None
    """Whether Chromium sends ExtraInfo events for it; None: not said, because nothing was answered."""


@dataclass
class Track:
    """Everything known of one request id."""

    hops: list[Hop] = field(default_factory=list)
    request_extras: list[Event] = field(default_factory=list)
    response_extras: list[Event] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    """Sessions that spoke of it, the latest last: where its body can be asked for."""
    last_hop_at: float = 0.0
    """`time.monotonic()` when the last hop began."""
    main_document: bool = False
    ended: bool = False
    failed: str | None = None
    decoded_bytes: int = 0
    bytes_down: int = 0
    body: bytes | None = None
    post_data: bytes | None = None
    lost: bool = False
    """There was a body that could not be kept."""
    oversized: bool = False
    """Because of the limits."""
    truncated: bool = False

    @property
    def has_body(self) -> bool:
        """Whether an answer came that can have a body which Chromium lets us have."""
        if not self.hops or self.hops[-1].request["request"]["method"] in BODILESS_METHODS:
            return False
        if (status := (self.hops[-1].response or {}).get("status")) in REDIRECTS:
            return True  # one that leads nowhere, and is shown
        # The script of a shared worker is answered without a `responseReceived`.
        status = status or (self._last_extra or {}).get("statusCode")
        return status is not None and status not in BODILESS_STATUS

    @property
    def is_download(self) -> bool:
        """A document that Chromium hands over to its downloads: it calls that a failed navigation.

        Its body can be had once the download is through.
        """
        return self.failed == ABORTED and bool(self.hops) and self.hops[-1].request.get("type") == "Document"

    @property
    def _last_extra(self) -> Event | None:
        return self.response_extras[-1] if len(self.response_extras) == len(self.hops) else None

    def exchanges(self) -> Iterator[Exchange]:
        """One exchange a hop; the i-th ExtraInfo belongs to the i-th hop that has any.

        ExtraInfo of a hop can come after the next hop's `requestWillBeSent`: taking the latest would give a redirect
        its target's headers.
        """
        request_extras = iter(self.request_extras)
        response_extras = iter(self.response_extras)
        for index, hop in enumerate(self.hops):
            asked = {} if hop.has_extra is False else next(request_extras, {})
            answered = {} if hop.has_extra is False else next(response_extras, {})
            yield self._exchange(hop, asked, answered, is_last=index == len(self.hops) - 1)

    def _exchange(self, hop: Hop, asked: Event, answered: Event, *, is_last: bool) -> Exchange:
        request, response = hop.request["request"], hop.response or {}
        status = response.get("status") or answered.get("statusCode")
        # After a revalidation the wire said 304, but the body that is kept belongs to the merged 200.
        same = answered and answered.get("statusCode") == status
        headers = _response_headers(answered if same else response)
        declared = next((value for name, value in headers if name.lower() == "content-type"), "")
        return Exchange(
            request_id=hop.request["requestId"],
            url=without_fragment(request["url"]),
            method=request["method"],
            resource_type=hop.request.get("type", "Other"),
            request_headers=_headers(asked.get("headers") or request.get("headers", {})),
            request_body=self._request_body(request, is_last=is_last),
            status=status,
            response_headers=headers,
            media_type=response.get("mimeType") or declared.partition(";")[0].strip().lower(),
            charset=response.get("charset", ""),
            remote_address=_address(response),
            started_at=datetime.fromtimestamp(hop.request.get("wallTime", 0), UTC),
            body=self.body if is_last else None,
            truncated=is_last and (self.truncated or self._is_short(headers)),
            failed=self.failed if is_last and not self._is_whole_download(headers) else None,
            main_document=self.main_document,
        )

    def _is_short(self, headers: Headers) -> bool:
        """Whether a download's body is less than was announced."""
        return self.is_download and bool(self.body) and not self._is_whole_download(headers)

    def _is_whole_download(self, headers: Headers) -> bool:
        if not self.is_download or self.body is None:
            return False
        named = {name.lower(): value for name, value in headers}
        length = "" if "content-encoding" in named else named.get("content-length", "")
        return not length.isdigit() or int(length) == len(self.body)

    def _request_body(self, request: Event, *, is_last: bool) -> bytes | None:
        if not request.get("hasPostData"):
            return None
        if is_last and self.post_data is not None:
            return self.post_data
        parts = [entry.get("bytes") for entry in request.get("postDataEntries", [])]
        if not parts or None in parts:
            return None
        try:
            return b"".join(base64.b64decode(part) for part in parts)
        except binascii.Error:
            return None


def recording_of(tracks: Iterable[Track], uncounted: int) -> Recording:
    """The recording of all tracks; `uncounted` requests were beyond the limits and are only counted."""
    tracks = [track for track in tracks if track.hops]
    ordered = sorted(tracks, key=lambda track: track.hops[0].request.get("wallTime", 0))
    exchanges = tuple(exchange for track in ordered for exchange in track.exchanges())
    types = Counter(_type_of(track) for track in tracks if track.lost)
    types["Uncounted"] = uncounted
    return Recording(
        exchanges=exchanges,
        missing=types.total(),
        missing_types=tuple(sorted((kind, count) for kind, count in types.items() if count)),
        bytes_down=sum(track.bytes_down for track in tracks),
        requests=len(exchanges) + uncounted,
    )


def _type_of(track: Track) -> str:
    if track.main_document:
        return "Page" if track.oversized else "Unfinished"
    return str(track.hops[-1].request.get("type", "Other"))


def without_fragment(url: str) -> str:
    """The URL up to its `#`."""
    return url.partition("#")[0]


def _response_headers(response: Event) -> Headers:
    text = response.get("headersText")
    if not text:
        return _headers(response.get("headers", {}))
    lines = (line.partition(":") for line in text.splitlines()[1:])
    return tuple((name.strip(), value.strip()) for name, colon, value in lines if colon)


def _headers(values: dict[str, str]) -> Headers:
    """DevTools joins repeated headers with line feeds; HTTP/2's pseudo headers are no headers."""
    return tuple(
        (name, value) for name, joined in values.items() if not name.startswith(":") for value in joined.split("\n")
    )


def _address(response: Event) -> str | None:
    ip, port = response.get("remoteIPAddress"), response.get("remotePort")
    return f"{ip}:{port}" if ip else None
