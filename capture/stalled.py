"""A document that does not get on: what holds it up is let go, so that what has come can be seen.

Chromium paints nothing while a style sheet of the head, or a script before the body, has not come, and waits for those
longer than any capture. It also paints nothing of a document that broke off before its body.
"""

from __future__ import annotations

import time
from contextlib import suppress
from enum import StrEnum

from playwright.async_api import Error as PlaywrightError

from capture.recorder import Recorder
from capture.settle import STALE_S
from capture.tab import Tab

PAINT_TIMEOUT_S = 3.0
HOLDS_UP = frozenset({"Document", "Script", "Stylesheet"})
"""What is never painted around, unlike what a script fetches."""
MAX_REWRITTEN_BYTES = 4_000_000


class Freed(StrEnum):
    """What came of it."""

    PAINTS = "paints"
    """Nothing was to be done."""
    STOPPED = "stopped"
    """The page was made to load no more."""
    REWRITTEN = "rewritten"
    """The document's own words were put into it once more, without the script that had held them up."""
    NOTHING = "nothing"
    """There is nothing to see."""


async def free(tab: Tab, recorder: Recorder) -> Freed:
    """Makes a page that is held up show what it has. Raises TimeoutError, TabLost or playwright's Error.

    After REWRITTEN the page has begun anew and is to be waited for again.
    """
    stuck = [
        r.url for r in recorder.open_requests(time.monotonic()) if r.resource_type in HOLDS_UP and r.age_s > STALE_S
    ]
    if not stuck and not recorder.document_failed:
        return Freed.PAINTS
    if await _paints(tab):
        return Freed.PAINTS
    body, charset = recorder.document_body()
    await tab.send("Page.stopLoading")
    if not await _has_body(tab) and stuck and 0 < len(body) <= MAX_REWRITTEN_BYTES:
        # Stopped, the parser never reads on behind the script. The document is all there; only this is left out of it.
        await tab.send("Network.setBlockedURLs", {"urls": [_pattern(url) for url in stuck]})
        html = _decoded(body, charset)
        # Not document.write: a document whose parser was stopped takes no more.
        await tab.send("Page.setDocumentContent", {"frameId": tab.frame_id, "html": html})
        return Freed.REWRITTEN
    return Freed.STOPPED if await _paints(tab) else Freed.NOTHING


def _decoded(body: bytes, charset: str) -> str:
    with suppress(LookupError):
        return body.decode(charset or "utf-8", "replace")
    return body.decode("utf-8", "replace")


def _pattern(url: str) -> str:
    return url.partition("#")[0].replace("*", "\\*")


async def _has_body(tab: Tab) -> bool:
    return bool(await tab.ask("() => !!document.body", timeout_s=PAINT_TIMEOUT_S))


async def _paints(tab: Tab) -> bool:
    """Whether a picture could be taken at all."""
    if not await _has_body(tab):
        return False
    with suppress(TimeoutError, PlaywrightError):
        clip = {"x": 0, "y": 0, "width": 1, "height": 1, "scale": 1}
        await tab.send("Page.captureScreenshot", {"format": "jpeg", "clip": clip}, PAINT_TIMEOUT_S)
        return True
    return False
