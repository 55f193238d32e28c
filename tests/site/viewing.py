"""Looks at a page as a reader does, from top to bottom, and notes which marks come into sight."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame
from playwright.async_api import Page as Tab

from tests.site.colours import colours_in
from tests.site.page import Mark

_GO_TO = """async top => {
  const root = document.scrollingElement ?? document.documentElement;
  root.scrollTo({top, behavior: 'instant'});
  for (let n = 0; n < 3; n++) await new Promise(done => { requestAnimationFrame(done); setTimeout(done, 100); });
  return [root.scrollTop, root.scrollHeight, innerHeight];
}"""
_WORDS = """() => [document.body?.innerText ?? '',
  ...[...document.querySelectorAll('select')].map(list => list.selectedOptions[0]?.text ?? '')].join('\\n')"""
"""What of a frame the snapshot lacks: frames of other processes, and what is chosen in lists."""
_MAX_HEIGHT = 60_000


@dataclass
class Sight:
    """What came into sight so far."""

    words: set[str] = field(default_factory=set)
    colours: set[str] = field(default_factory=set)

    def lacks(self, marks: Sequence[Mark]) -> list[Mark]:
        """Those of the marks that did not."""
        return [mark for mark in marks if mark.value not in self.words and mark.value not in self.colours]


async def look_over(
    tab: Tab,
    words: Sequence[Mark],
    colours: Sequence[Mark],
    patience_s: float = 0.0,
    frame: Callable[[], Frame | None] | None = None,
) -> Sight:
    """Goes down the page until everything was seen, or it ends; again from the top while there is patience.

    `frame` finds the frame that is scrolled, if that is not the page itself.
    """
    sight = Sight()
    give_up = time.monotonic() + patience_s
    while True:
        try:
            scrolled = frame() if frame else tab.main_frame
            if scrolled:
                await _once(tab, scrolled, words, colours, sight)
        except PlaywrightError:
            if time.monotonic() > give_up:
                raise  # otherwise: it went elsewhere in the middle
        if not sight.lacks([*words, *colours]) or time.monotonic() > give_up:
            return sight
        await asyncio.sleep(0.1)


async def _once(tab: Tab, frame: Frame, words: Sequence[Mark], colours: Sequence[Mark], sight: Sight) -> None:
    top = 0.0
    while True:
        at, height, view = await frame.evaluate(_GO_TO, top)
        missing = sight.lacks(colours)
        if missing:
            picture = await tab.screenshot(type="jpeg", quality=90, scale="css")
            sight.colours |= colours_in(Image.open(io.BytesIO(picture)), missing)
        if lacking := sight.lacks(words):
            text = await text_of(tab)
            sight.words |= {mark.value for mark in lacking if mark.value in text}
        if at + view >= height - 1 or top > _MAX_HEIGHT or not sight.lacks([*words, *colours]):
            return
        top = at + view * 0.7


async def text_of(tab: Tab) -> str:
    """Every text that is laid out, in all frames and shadow roots, and what stands in form fields."""
    session = await tab.context.new_cdp_session(tab)
    try:
        snapshot: dict[str, Any] = await session.send("DOMSnapshot.captureSnapshot", {"computedStyles": []})
    finally:
        await session.detach()
    strings = snapshot["strings"]
    parts = []
    for document in snapshot["documents"]:
        numbers = list(document["layout"]["text"])
        for kind in ("inputValue", "textValue"):
            numbers += document["nodes"].get(kind, {}).get("value", [])
        parts += [strings[number] for number in numbers if number >= 0]
    for frame in tab.frames:
        try:
            parts.append(await frame.evaluate(_WORDS))
        except PlaywrightError:
            continue  # it went away
    return "\n".join(parts)
