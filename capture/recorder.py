"""Keeps what the browser loads, as it loads it, through a DevTools connection of our own.

Nothing is fetched a second time: bodies are asked of Chromium's own buffers ("durable messages", held outside the
renderer, so that they survive navigations and are the bytes as they came, not re-encoded text).
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from capture.cdp import CallFailed, Connection, ConnectionLost, Message
from capture.recorder_bodies import Bodies, BodyLimits
from capture.recording import ABORTED, Event, Exchange, Hop, Recording, Track, recording_of

__all__ = ["Exchange", "OpenRequest", "Recorder", "Recording"]

log = logging.getLogger(__name__)

MAX_REQUESTS = 5_000
"""Requests that are recorded; further ones are only counted."""
MAX_POST_BYTES = 2_000_000
ATTACH_TIMEOUT_S = 5.0
WITH_DURABLE_MESSAGES = frozenset({"page", "iframe"})
"""Targets that have them; workers' bodies come out of the worker."""


@dataclass(frozen=True)
class OpenRequest:
    """A request that has not ended."""

    url: str
    resource_type: str
    """As in the DevTools protocol: Document, Image, EventSource, Media, Ping, …"""
    started: float
    """`time.monotonic()`"""
    age_s: float


MAX_WORKERS = 8
"""Workers of a page that run at the same time; more are left waiting, as they would take the time of its picture."""


@dataclass(frozen=True)
class Target:
    """A page, frame of another process, or worker that the browser has open."""

    session: str
    target_id: str
    """Of a page or frame: the id of its (root) frame."""
    kind: str
    """As in the DevTools protocol: page, iframe, worker, shared_worker, …"""
    parent_frame_id: str


class Recorder:
    """Records all targets that the browser opens while it is attached: pages, frames, workers.

    Enter it before the capture's page exists. `max_resource_bytes` is the limit of one body (`max_document_bytes`
    that of a document, so that a PDF opened as the page may be larger), `max_total_bytes` of all bodies.
    Raises `capture.cdp.ConnectionLost` on entering when the browser cannot be reached; never after that.
    """

    def __init__(
        self, endpoint: str, max_resource_bytes: int, max_total_bytes: int, max_document_bytes: int | None = None
    ) -> None:
        self.connection = Connection(endpoint, self._on_event)
        self._limits = BodyLimits(max_resource_bytes, max_document_bytes or max_resource_bytes, max_total_bytes)
        self._bodies = Bodies(self.connection, self._limits)
        self._tracks: dict[str, Track] = {}
        self._open: dict[str, Track] = {}
        self._ignored: set[str] = set()
        self.targets: dict[str, Target] = {}
        """What is open now, by session, the oldest first."""
        self._held: list[str] = []
        """Sessions of targets that do not run yet."""
        self._top_frames: set[str] = set()
        self._times_requested: Counter[str] = Counter()
        self._uncounted = 0
        self._documents = 0
        self.last_activity: float = time.monotonic()
        """`time.monotonic()` of the last network event."""

    async def __aenter__(self) -> Self:
        await self.connection.__aenter__()
        try:
            await self.connection.call("Target.setAutoAttach", _AUTO_ATTACH, timeout_s=ATTACH_TIMEOUT_S)
        except (CallFailed, TimeoutError) as error:
            await self.connection.close()
            raise ConnectionLost(str(error)) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.connection.close()

    def session_of(self, target_id: str) -> str | None:
        """The session in which the connection speaks with that target."""
        return next((t.session for t in self.targets.values() if t.target_id == target_id), None)

    def open_requests(self, now: float) -> list[OpenRequest]:
        """What is under way at `now` (`time.monotonic()`), the oldest first."""
        return [
            OpenRequest(
                url=track.hops[-1].request["request"]["url"],
                resource_type=track.hops[-1].request.get("type", "Other"),
                started=track.last_hop_at,
                age_s=now - track.last_hop_at,
            )
            for track in self._open.values()
        ]

    def times_requested(self, url: str) -> int:
        """How often that address was asked for, whatever stood behind its `?`: polling shows by it."""
        return self._times_requested[_path_key(url)]

    def kept_urls(self, resource_type: str) -> list[str]:
        """Addresses of that type whose bodies are kept so far."""
        return [
            hop.request["request"]["url"].partition("#")[0]
            for track in self._tracks.values()
            if track.body is not None and not track.truncated
            for hop in track.hops
            if hop.request.get("type") == resource_type
        ]

    def has_kept(self, word: bytes) -> bool:
        """Whether a body that is kept so far has that word in it."""
        return any(track.body is not None and word in track.body for track in self._tracks.values())

    @property
    def document_failed(self) -> bool:
        """Whether the page's own document broke off: no more of it will come."""
        document = self._document()
        return document is not None and document.failed is not None and not document.is_download

    @property
    def documents(self) -> int:
        """How many documents the page's window has asked for, each chain of redirects counted once."""
        return self._documents

    def document_body(self) -> tuple[bytes, str]:
        """The page's own document, and its charset as Chromium took it; empty until it is all there."""
        document = self._document()
        if document is None or document.body is None or document.failed or not document.hops:
            return b"", ""
        return document.body, (document.hops[-1].response or {}).get("charset", "")

    def _document(self) -> Track | None:
        return next((track for track in reversed(self._tracks.values()) if track.main_document), None)

    async def finish(self, timeout_s: float) -> Recording:
        """Takes unfinished bodies as far as they came and gives all that is kept; at the latest after `timeout_s`."""
        for track in self._open.values():
            if track.has_body:
                self._bodies.take_part(track)
        for track in self._tracks.values():
            if track.is_download and track.body is None:
                self._bodies.take_download(track)
        await self._bodies.taken(timeout_s)
        return self.so_far()

    def so_far(self) -> Recording:
        """All that is kept, with nothing more asked of a browser that may not answer."""
        for track in self._tracks.values():
            # No answer about a body is an answer: it is not there.
            # What the page gave up itself, or what brought nothing, is no loss.
            gave_up = track.failed == ABORTED and not track.is_download
            nothing_came = gave_up or (track.failed is not None and not track.decoded_bytes)
            track.lost |= track.has_body and track.body is None and not nothing_came
        return recording_of(self._tracks.values(), self._uncounted)

    # Events. Each handler gets the params and the session they came from.

    def _on_event(self, method: str, params: Message, session: str) -> None:
        handler = _HANDLERS.get(method)
        if not handler:
            return
        try:
            handler(self, params, session)
        except (KeyError, TypeError, AttributeError):
            log.warning("A DevTools event could not be understood: %s", method, exc_info=True)

    def _on_attached(self, params: Event, _: str) -> None:
        """Sets a new target up and lets it run. Nothing waits: awaiting Network.enable here could deadlock."""
        session, target = params["sessionId"], params["targetInfo"]
        buffers: Message = {
            "maxPostDataSize": MAX_POST_BYTES,
            # Room for what is thrown away unasked: Chromium drops the oldest bodies when its buffer is full.
            "maxTotalBufferSize": self._limits.total_bytes + 2 * self._limits.largest_bytes,
            "maxResourceBufferSize": self._limits.largest_bytes,
        }
        self.targets[session] = Target(session, target["targetId"], target["type"], target.get("parentFrameId", ""))
        if target["type"] == "page":
            self._top_frames.add(target["targetId"])
        post = self.connection.post
        post("Target.setAutoAttach", _AUTO_ATTACH, session)
        # Not Network.configureDurableMessages: with it, what is still unfinished at the end cannot be had (measured).
        durable = target["type"] in WITH_DURABLE_MESSAGES
        post(
            "Network.enable", {**buffers, "enableDurableMessages": durable, "maxPostDataSize": MAX_POST_BYTES}, session
        )
        self._held.append(session)
        self._let_run()

    def _let_run(self) -> None:
        """Lets targets run that wait for it; of workers only so many at a time."""
        for session in self._held.copy():
            workers = sum(t.kind == "worker" and t.session not in self._held for t in self.targets.values())
            if self.targets[session].kind != "worker" or workers < MAX_WORKERS:
                self._held.remove(session)
                self.connection.post("Runtime.runIfWaitingForDebugger", {}, session)

    def _on_detached(self, params: Event, _: str) -> None:
        session = params["sessionId"]
        self.targets.pop(session, None)
        if session in self._held:
            self._held.remove(session)
        self._let_run()

    def _on_request(self, params: Event, session: str) -> None:
        url, request_id = params["request"]["url"], params["requestId"]
        if not url.startswith(("http:", "https:")):
            self._ignored.add(request_id)  # data:, blob: and the like never left the browser
            return
        track = self._track(request_id, session)
        if track is None:
            return
        redirect = params.get("redirectResponse")
        if track.hops and not redirect:
            return  # told again by another session
        if track.hops and redirect:
            track.hops[-1].response = redirect
            track.hops[-1].has_extra = params.get("redirectHasExtraInfo")
        track.hops.append(Hop(params))
        track.last_hop_at = self.last_activity = time.monotonic()
        is_document = params.get("type") == "Document"
        track.main_document = is_document and params.get("frameId") in self._top_frames
        self._documents += track.main_document and not redirect
        self._open[request_id] = track
        self._times_requested[_path_key(url)] += 1
        request = params["request"]
        if request.get("hasPostData") and not request.get("postDataEntries"):
            self._bodies.take_post_data(track)

    def _on_request_extra(self, params: Event, session: str) -> None:
        if track := self._track(params["requestId"], session):
            track.request_extras.append(params)

    def _on_response_extra(self, params: Event, session: str) -> None:
        if track := self._track(params["requestId"], session):
            track.response_extras.append(params)

    def _on_response(self, params: Event, session: str) -> None:
        track = self._known(params, session)
        if track and track.hops:
            track.hops[-1].response = params["response"]
            track.hops[-1].has_extra = params.get("hasExtraInfo")

    def _on_data(self, params: Event, session: str) -> None:
        if track := self._known(params, session):
            track.decoded_bytes += params.get("dataLength", 0)
            track.bytes_down += params.get("encodedDataLength", 0)

    def _on_finished(self, params: Event, session: str) -> None:
        track = self._end(params, session)
        if not track:
            return
        track.bytes_down = max(track.bytes_down, int(params.get("encodedDataLength", 0)))
        if track.has_body:
            self._bodies.take(track)

    def _on_failed(self, params: Event, session: str) -> None:
        track = self._end(params, session)
        if not track:
            return
        track.failed = params.get("errorText") or "net::ERR_FAILED"
        if track.has_body:
            track.truncated = not track.is_download
            self._bodies.take(track)

    def _track(self, request_id: str, session: str) -> Track | None:
        """The track of a request that may be new; None when it is not to be recorded."""
        if request_id in self._ignored:
            return None
        track = self._tracks.get(request_id)
        if track is None:
            if len(self._tracks) >= MAX_REQUESTS:
                self._uncounted += 1
                self._ignored.add(request_id)
                return None
            track = self._tracks[request_id] = Track()
        if session not in track.sessions:
            track.sessions.append(session)
        return track

    def _known(self, params: Event, session: str) -> Track | None:
        track = self._tracks.get(params["requestId"])
        if track:
            self.last_activity = time.monotonic()
            if track.sessions[-1] != session:
                track.sessions = [s for s in track.sessions if s != session] + [session]
        return track

    def _end(self, params: Event, session: str) -> Track | None:
        track = self._known(params, session)
        if not track or track.ended or not track.hops:
            return None
        track.ended = True
        self._open.pop(params["requestId"], None)
        return track


_AUTO_ATTACH: Message = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}

_HANDLERS: dict[str, Callable[[Recorder, Event, str], None]] = {
    "Target.attachedToTarget": Recorder._on_attached,
    "Target.detachedFromTarget": Recorder._on_detached,
    "Network.requestWillBeSent": Recorder._on_request,
    "Network.requestWillBeSentExtraInfo": Recorder._on_request_extra,
    "Network.responseReceived": Recorder._on_response,
    "Network.responseReceivedExtraInfo": Recorder._on_response_extra,
    "Network.dataReceived": Recorder._on_data,
    "Network.loadingFinished": Recorder._on_finished,
    "Network.loadingFailed": Recorder._on_failed,
}


def _path_key(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]
