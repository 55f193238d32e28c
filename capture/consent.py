"""Answers consent notices with the most private choice that they offer, or gets them out of the picture.

Only what is recognised as a notice is ever touched: a part of the page that floats over it, is known from a consent
platform or speaks of cookies and privacy, and has a choice to press (`is_notice`). Of its buttons the most private one
is pressed (`choose`): refuse, only what is necessary, save with nothing ticked, close; a button that gives consent or
sells a subscription never is. After that the page is held where it is: nothing that a button does leads elsewhere.
What cannot be answered is hidden, unless there is nothing else to see: then the notice is the page, and its verdict.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError

from capture.cdp import CallFailed, ConnectionLost
from capture.consent_frames import place_in
from capture.consent_platforms import CONSENT_HOSTS, PLATFORMS, Platform
from capture.consent_words import Choice, asks_for_money, closing_accepts, meaning, speaks_of_consent
from capture.recorder import Recorder
from capture.tab import Tab, script

log = logging.getLogger(__name__)

ROUNDS = 6
"""Buttons that are pressed at most: a notice, its settings, a second notice."""
PRESS_WAIT_MS = 1000
"""In this time a notice goes away, or shows its next layer."""
ASK_TIMEOUT_S = 1.5
MAX_FRAMES = 3
MAX_NOTICE_TEXT = 12_000
MAX_NOTICE_BUTTONS = 60
FRAME_SHARE = 0.1
"""Part of the window from which on a nameless floating frame is looked into."""
WALL_SHARE = 0.25
"""Part of the window that a notice covers which may be all there is."""
BESIDE_TEXT = 120
"""Characters beside a notice, without header and footer, with which a page is there."""

WALL_NOTE = "consent_wall"
"""Of a page that is nothing but its notice."""

_PLATFORMS = {platform.name: platform for platform in PLATFORMS}
_PRESSED = (Choice.REJECT, Choice.NECESSARY, Choice.SAVE, Choice.SETTINGS, Choice.CLOSE)


@dataclass(frozen=True)
class Button:
    """Something to press."""

    label: str
    aria: str = ""
    """What it tells a screen reader."""
    hook: str = ""
    """What the platform's own name for it says it does."""
    leaves: bool = False
    """A link to elsewhere."""

    @property
    def choice(self) -> Choice | None:
        """What it does. Whatever one of its names calls consent is taken for it."""
        said = [found for found in (meaning(self.label), meaning(self.aria)) if found]
        for never in (Choice.PAY, Choice.ACCEPT):
            if never in said:
                return never
        return Choice(self.hook) if self.hook else next(iter(said), None)


@dataclass(frozen=True)
class Layer:
    """A part of the page that floats over it."""

    platform: str
    dialog: bool
    text: str
    text_length: int
    share: float
    """Of the window."""
    fields: int
    """Text fields."""
    toggles: int
    landmarks: int
    """`main` and `article` inside it: then it is the page."""
    buttons: tuple[Button, ...]

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Layer:
        """From what consent.js says."""
        return cls(**{**answer, "buttons": tuple(Button(**button) for button in answer["buttons"])})


@dataclass(frozen=True)
class Answered:
    """What was done."""

    notes: tuple[str, ...] = ()
    """`consent_answered:<choice>`, `consent_hidden`, `consent_pay_or_accept`, `consent_wall`, `consent_unanswered`."""
    touched: bool = False
    """The page is another now: more may be loading."""
    moved: bool = False
    """A page that was only for consent may have led back to the one that was asked for."""


def is_notice(layer: Layer, *, second: bool = False) -> bool:
    """Whether a layer asks for consent: it is a platform's, or it says so, and it has a choice to press.

    `second`: a notice's settings have just been opened, which say less of what they are about.
    """
    choices = {button.choice for button in layer.buttons} - {None, Choice.PAY}
    if layer.platform:
        return bool(choices)
    if (
        layer.fields
        or layer.landmarks
        or layer.text_length > MAX_NOTICE_TEXT
        or len(layer.buttons) > MAX_NOTICE_BUTTONS
    ):
        return False
    speaks = speaks_of_consent(layer.text) or (second and bool(_TOPIC.search(layer.text)))
    return bool(choices - {Choice.CLOSE, Choice.SETTINGS}) and speaks


_TOPIC = re.compile(
    r"(?i)cookie|privacy|purpose|vendor|partner|tracking|datenschutz|zweck|vie privée|finalité|privacidad"
    r"|隐私|個人|プライバシー"
)


def choose(layer: Layer, tried: Collection[str] = (), *, may_leave: bool = False) -> tuple[int, Choice] | None:
    """The button to press: its number, and what it does. None: there is none that may be."""
    if asks_for_money(layer.text):
        return None
    for wanted in _PRESSED:
        if wanted is Choice.SAVE and not layer.toggles:
            continue  # saves what nobody could choose
        if wanted is Choice.CLOSE and closing_accepts(layer.text):
            continue
        for number, button in enumerate(layer.buttons):
            if button.choice is wanted and (may_leave or not button.leaves) and _name(layer, button) not in tried:
                return number, wanted
    return None


def _name(layer: Layer, button: Button) -> str:
    return f"{layer.platform}|{button.label}|{button.aria}"


class _Place(Protocol):
    """A document in which consent.js runs."""

    async def ask(self, function: str, *arguments: Any, timeout_s: float) -> Any: ...


@dataclass(frozen=True)
class _Notice:
    layer: Layer
    number: int
    place: _Place
    frame: int | None = None
    """Which frame of the page it is in."""

    @property
    def platform(self) -> Platform | None:
        return _PLATFORMS.get(self.layer.platform)


async def answer(tab: Tab, recorder: Recorder) -> Answered:
    """Answers whatever notices the page shows, and hides those that cannot be answered.

    Raises TimeoutError, TabLost or playwright's Error if the page does not answer.
    """
    return await _Answering(tab, recorder).run()


class _Answering:
    def __init__(self, tab: Tab, recorder: Recorder) -> None:
        self._tab = tab
        self._recorder = recorder
        self._only_consent = re.search(CONSENT_HOSTS, urlsplit(tab.page.url).hostname or "") is not None
        self._tried: set[str] = set()
        self._pending: Choice | None = None
        """Pressed, without the notice having gone at once."""
        self._notes: list[str] = []

    async def run(self) -> Answered:
        for _ in range(ROUNDS):
            notice = await self._find()
            if notice is None:
                break
            found = choose(notice.layer, self._tried, may_leave=self._only_consent)
            if found:
                await self._press(notice, *found)
            elif not await self._refuse_by_call(notice) and not await self._give_up(notice):
                break
            if found and self._only_consent:
                return Answered((f"consent_answered:{found[1]}",), touched=True, moved=True)
        else:
            if notice := await self._find():
                await self._give_up(notice)
        await self._end()
        return Answered(tuple(self._notes), touched=bool(self._notes) and self._notes != [WALL_NOTE])

    async def _find(self) -> _Notice | None:
        """The first notice of the page: its own before those in frames."""
        if self._only_consent:
            seen = await self._ask("survey-frame", platform=None)
        else:
            seen = await self._ask("survey", platforms=_PLATFORM_DATA)
        for number, layer in enumerate(map(Layer.of, seen["layers"])):
            if is_notice(layer, second=self._pending is Choice.SETTINGS):
                return _Notice(layer, number, self._tab)
        frames = [f for f in seen["frames"] if f["named"] or f["platform"] or f["share"] >= FRAME_SHARE]
        for frame in frames[:MAX_FRAMES]:
            if notice := await self._look_into(frame["n"], frame["platform"]):
                return notice
        return None

    async def _look_into(self, frame: int, platform: str) -> _Notice | None:
        # A frame that hangs or goes away meanwhile has no notice to answer.
        with suppress(TimeoutError, PlaywrightError, CallFailed, ConnectionLost):
            place = await place_in(frame, self._tab, self._recorder)
            if place is None:
                return None
            of = asdict(_PLATFORMS[platform]) if platform else None
            seen = await place.ask(_script(), "survey-frame", {"platform": of}, timeout_s=ASK_TIMEOUT_S)
            for layer in map(Layer.of, seen["layers"]):
                if is_notice(layer, second=self._pending is Choice.SETTINGS):
                    return _Notice(layer, 0, place, frame)
        return None

    async def _press(self, notice: _Notice, number: int, choice: Choice) -> None:
        self._tried.add(_name(notice.layer, notice.layer.buttons[number]))
        if notice.frame is not None:
            await self._ask("guard")
        data = {
            "layer": notice.number,
            "button": number,
            "untick": choice is Choice.SAVE,
            "wait": PRESS_WAIT_MS,
            "leave": self._only_consent,
        }
        try:
            ended = await notice.place.ask(_script(), "press", data, timeout_s=PRESS_WAIT_MS / 1000 + 1.0)
        except (PlaywrightError, CallFailed):
            ended = "gone"  # with its frame, or with the page that it was
        log.info("Consent notice (%s): %s: %s", notice.layer.platform or "unknown", choice, ended)
        self._pending = choice
        if ended == "gone" and choice is not Choice.SETTINGS:
            await self._end()

    async def _refuse_by_call(self, notice: _Notice) -> bool:
        """Refuses through the platform's own function, where no button helps."""
        platform = notice.platform
        if not platform or not platform.refuse or platform.name in self._tried or asks_for_money(notice.layer.text):
            return False
        self._tried.add(platform.name)
        await self._ask("guard")
        with suppress(TimeoutError, PlaywrightError):
            async with asyncio.timeout(ASK_TIMEOUT_S):
                await self._tab.page.evaluate(f"async () => {{ await ({platform.refuse}); }}")
        self._pending = Choice.REJECT
        return True

    async def _give_up(self, notice: _Notice) -> bool:
        """Hides what could not be answered; False if it is all there is: then it stays, and nothing is left to do."""
        self._pending = None
        if asks_for_money(notice.layer.text):
            self._note("consent_pay_or_accept")
        if await self._is_all_there_is(notice):
            self._note(WALL_NOTE)
            return False
        in_page = notice.frame is None
        veils = notice.platform.veil if notice.platform else ""
        await self._ask("hide", layer=notice.number if in_page else None, frame=notice.frame, veils=veils)
        self._note("consent_hidden")
        return True

    async def _is_all_there_is(self, notice: _Notice) -> bool:
        if notice.frame is None and notice.layer.share < WALL_SHARE:
            return False
        layers, frames = ([notice.number], []) if notice.frame is None else ([], [notice.frame])
        beside = await self._ask("beside", layers=layers, frames=frames, enough=BESIDE_TEXT)
        return bool(beside["text"] < BESIDE_TEXT and not beside["pictures"])

    async def _end(self) -> None:
        """A notice has gone: notes by which choice, and clears away what it leaves over the page."""
        if self._pending is None:
            return
        left_open = self._pending is Choice.SETTINGS
        self._note("consent_unanswered" if left_open else f"consent_answered:{self._pending}")
        self._pending = None
        await self._ask("tidy", veils="")

    async def _ask(self, step: str, **argument: Any) -> Any:
        return await self._tab.ask(_script(), step, argument, timeout_s=ASK_TIMEOUT_S)

    def _note(self, note: str) -> None:
        if note not in self._notes:
            self._notes.append(note)


_PLATFORM_DATA = [
    {name: value for name, value in asdict(platform).items() if value and name not in ("veil", "refuse")}
    for platform in PLATFORMS
]


def _script() -> str:
    return script("consent.js")
