"""When is a page ready? By what it does: network, DOM, fonts and images; never by a fixed wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from playwright.async_api import Error as PlaywrightError

from capture.seen import UNFINISHED
from capture.tab import Tab, script

PROBE_EVERY_S = 0.06
PROBE_TIMEOUT_S = 1.2
LOST_PROBES = 3
"""That many unanswered probes in a row, and a script is taken to run for ever."""

NETWORK_QUIET_S = 0.5
DOM_QUIET_S = 0.4
DOM_STABLE_S = 1.2
"""A DOM that changes without its counts changing (clocks, counters) is ready after this time."""
SHELL_QUIET_S = 1.5
SHELL_TEXT = 60
"""An empty shell, which its scripts have yet to fill, has fewer characters than this, and no picture."""

ANNOUNCED_S = 4.0
"""A page that says it leads on gets this long to do so."""
MAX_DOCUMENTS = 20
"""A window that shows more documents than this while it is waited for is led in a circle."""
PATIENT_S = 4.0
"""From then on two open requests do not matter."""
STALE_S = 3.0
"""A request that is open for longer than this is not waited for."""
POLLED_TIMES = 4
STALL_S = 8.0
"""So long without a byte of anything, and what would have filled the page is not waited for any more."""
AFTER_ARRIVAL_S = 2.0
"""What came late still gets this long to become a page."""
SILENT_S = 2.0
FILLS_PAGE = frozenset({"Document", "Script", "Stylesheet", "XHR", "Fetch"})
ENDLESS = frozenset({"EventSource", "WebSocket", "Ping", "Media", "Prefetch", "CSPViolationReport"})


@dataclass(frozen=True)
class Limits:
    """Seconds: after `soft_s` half-ready is enough, after `hard_s` anything is. `quiet` scales the quiet times."""

    soft_s: float = 5.0
    hard_s: float = 8.0
    quiet: float = 1.0
    patient_s: float = 25.0
    """As long as the document itself is still arriving, or nothing at all shows yet that is asked for."""


AFTER_LOAD = Limits()
AFTER_SCROLL = Limits(soft_s=1.5, hard_s=2.5, quiet=0.4, patient_s=2.5)
WITHOUT_SCRIPTS = Limits(soft_s=1.5, hard_s=2.5, quiet=0.4, patient_s=8.0)


class OpenRequest(Protocol):
    """A request under way, as the recorder tells it."""

    @property
    def url(self) -> str: ...
    @property
    def resource_type(self) -> str: ...
    @property
    def started(self) -> float: ...


class Network(Protocol):
    """What of the recorder is looked at here."""

    last_activity: float

    @property
    def document_failed(self) -> bool: ...
    @property
    def documents(self) -> int: ...
    def open_requests(self, now: float) -> Sequence[OpenRequest]: ...
    def times_requested(self, url: str) -> int: ...


@dataclass(frozen=True)
class Look:
    """One answer of settle.js."""

    url: str
    title: str
    ready: Literal["loading", "interactive", "complete"]
    quiet_ms: float
    text: int
    elements: int
    scripts: int
    pictures: int
    images: int
    """Eager images that are not there yet."""
    fonts: bool
    """Fonts are loading."""
    leaving: bool
    """A refresh will take us elsewhere in a moment."""
    announces: bool
    """Its few words say that somebody will be taken elsewhere."""
    height: int

    @property
    def is_shell(self) -> bool:
        """Nearly empty or called unfinished by itself, with something that may fill it."""
        empty = self.text < SHELL_TEXT and self.pictures == 0
        return self.scripts > 0 and (empty or bool(UNFINISHED.fullmatch(self.title)))


@dataclass(frozen=True)
class Settled:
    """How the waiting ended: `quiet` is the good end."""

    why: Literal["quiet", "soft", "hard", "hung", "circle"]
    still_coming: bool = False
    """The document itself, or all that would fill an empty page, had not arrived."""


class Patience:
    """Decides from one look after the other; knows time only from what it is told."""

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self._began = self._network_busy_at = self._counts_changed_at = self._elements_changed_at = now
        self._counts: tuple[str, int, int] = ("", 0, 0)
        self._came_at = now - AFTER_ARRIVAL_S
        self.still_coming = False
        self._documents = 0

    def judge(self, look: Look, network: Network, now: float) -> Literal["quiet", "soft", "hard"] | None:
        """Why the page counts as ready now, or None: look again."""
        waited = now - self._began
        open_requests = [r for r in network.open_requests(now) if r.resource_type not in ENDLESS]
        stale = [r for r in open_requests if self._is_stale(r, network, now)]
        self.still_coming = _is_coming(look, open_requests, len(stale))
        reloaded = network.documents != self._documents  # which polling would not show
        self._documents = network.documents
        if reloaded or len(open_requests) - len(stale) > (2 if waited > PATIENT_S else 0):
            self._network_busy_at = now
        if self._counts[0] != look.url or self._counts[2] != look.elements:
            self._elements_changed_at = now
        if self._counts != (look.url, look.text, look.elements):
            self._counts = (look.url, look.text, look.elements)
            self._counts_changed_at = now
        if self.still_coming:
            self._came_at = now
        hard_s = max(self._limits.hard_s, self._came_at - self._began + AFTER_ARRIVAL_S)
        if waited >= min(hard_s, self._limits.patient_s):
            return "hard"
        if self.still_coming and now - max(network.last_activity, self._began) >= STALL_S:
            return "hard"
        if look.leaving or self.still_coming or (look.announces and waited < ANNOUNCED_S):
            return None
        if self._is_quiet(look, len(stale), now, broken=network.document_failed):
            return "quiet"
        if waited >= self._limits.soft_s and self._is_half_ready(look, now):
            return "soft"
        return None

    def _is_half_ready(self, look: Look, now: float) -> bool:
        """It is there, and only rewrites what it has: tickers, players, streamed words."""
        stable = now - self._elements_changed_at >= DOM_STABLE_S
        return look.ready != "loading" and not look.is_shell and (stable or self._dom_quiet(look, now))

    def _is_quiet(self, look: Look, stale: int, now: float, *, broken: bool) -> bool:
        scale = self._limits.quiet
        network_quiet_s = now - self._network_busy_at
        loaded = look.ready == "complete" or stale > 0 or broken
        if not loaded or look.fonts or look.images > stale or network_quiet_s < NETWORK_QUIET_S * scale:
            return False
        if look.is_shell:
            return network_quiet_s >= SHELL_QUIET_S and look.quiet_ms >= SHELL_QUIET_S * 1000
        return self._dom_quiet(look, now)

    def _dom_quiet(self, look: Look, now: float) -> bool:
        scale = self._limits.quiet
        stable_s = now - self._counts_changed_at
        return look.quiet_ms >= DOM_QUIET_S * 1000 * scale or stable_s >= DOM_STABLE_S * scale

    @staticmethod
    def _is_stale(request: OpenRequest, network: Network, now: float) -> bool:
        if request.resource_type == "Document" and now - network.last_activity < SILENT_S:
            return False  # a long page that is still coming
        return now - request.started > STALE_S or network.times_requested(request.url) >= POLLED_TIMES


def _is_coming(look: Look, open_requests: Sequence[OpenRequest], stale: int) -> bool:
    """Whether waiting longer than usual is likely to show more: a long document, or one that a slow script holds up."""
    if look.ready == "loading" and len(open_requests) > stale:
        return any(request.resource_type == "Document" for request in open_requests)
    empty = look.text == 0 and look.pictures == 0
    return empty and any(request.resource_type in FILLS_PAGE for request in open_requests)


async def settle(
    tab: Tab, network: Network, limits: Limits = AFTER_LOAD, clock: Callable[[], float] = time.monotonic
) -> Settled:
    """Waits until the page is ready, at most `limits.patient_s` (and three probes more when it hangs).

    Raises TabLost when the page is gone.
    """
    patience = Patience(limits, clock())
    give_up = clock() + limits.patient_s
    documents = network.documents
    lost = 0
    while True:
        look = await _probe(tab)
        if network.documents - documents > MAX_DOCUMENTS:
            return Settled("circle")
        if look:
            lost = 0
            if why := patience.judge(look, network, clock()):
                return Settled(why, patience.still_coming)
        elif look is None:
            lost += 1
            if lost >= LOST_PROBES:
                return Settled("hung")
        if clock() > give_up + PROBE_TIMEOUT_S * LOST_PROBES:
            return Settled("hard", still_coming=True)
        await asyncio.sleep(PROBE_EVERY_S)


async def _probe(tab: Tab) -> Look | Literal[False] | None:
    """One look; False when the page was just between two documents, None when it did not answer."""
    try:
        answer: dict[str, Any] | None = await tab.ask(script("settle.js"), timeout_s=PROBE_TIMEOUT_S)
    except TimeoutError:
        return None
    except PlaywrightError:
        return False
    if not answer:
        return False
    return Look(**{**answer, "leaving": answer["leaving"] or tab.is_leaving})
