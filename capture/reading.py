"""The steps of a capture on the open page: look, answer notices, scroll, copy, read, photograph."""

from __future__ import annotations

import asyncio

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame

from capture import consent, single_file
from capture.screenshot import shoot
from capture.settle import AFTER_LOAD, AFTER_SCROLL, settle
from capture.sniff import type_by_content
from capture.state import Run
from capture.tab import script

SCROLL_S = 4.0
SCROLL_AGAIN_S = 2.0
GROWN_PX = 100
SERIALISE_TIMEOUT_S = 6.0
FRAME_TIMEOUT_S = 1.5
FINISH_TIMEOUT_S = 3.0
FINISH_FILE_TIMEOUT_S = 20.0
"""A file of 50 MB takes Chromium some seconds to hand over."""
MAX_FRAMES = 30
"""Frames whose text is read."""
MAX_FRAME_CHARACTERS = 200_000
MAX_TEXT_CHARACTERS = 1_000_000
MAX_ARTICLE_SOURCE_CHARACTERS = 4_000_000
_NO_PICTURE = (
    "audio/", "video/", "application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif",
    "image/bmp",
)  # fmt: skip
"""Chromium's own player and image page show less than the file."""


async def look(run: Run) -> None:
    """What the page says of itself and shows, as far as verdicts need it."""
    if run.downloading or run.failure:
        return
    looking = f"limit => ({script('look.js')})(limit, {script('words.js')})"
    run.look = await run.the_tab.ask(looking, MAX_TEXT_CHARACTERS) or {}
    run.frames[:1] = [str(run.look.get("text", ""))]
    if run.is_page and run.recorder and (shown := type_by_content(run.recorder.document_body()[0])):
        run.look["type"] = shown  # a picture or a PDF that was called a page: Chromium shows its bytes as words


async def answer_consent(run: Run) -> None:
    """Before scrolling, as behind a notice much is not loaded; and after it, for notices that come late."""
    wanted = run.request.options.consent == "answer"
    if not wanted or not run.is_page or run.the_tab.scripts_stopped or not run.recorder:
        return
    answered = await consent.answer(run.the_tab, run.recorder)
    run.notes[:] = [note for note in run.notes if note != consent.WALL_NOTE]  # there may be more by now
    for note in answered.notes:
        run.note(note)
    if answered.touched:
        await settle(run.the_tab, run.recorder, AFTER_LOAD if answered.moved else AFTER_SCROLL)


async def scroll(run: Run) -> None:
    """Goes through the page, to wake what loads only when it is seen."""
    if not run.is_page or run.the_tab.scripts_stopped or not run.recorder:
        return
    # A second time if what the end of the page had called for came only when it had been left.
    for limit_s in (SCROLL_S, SCROLL_AGAIN_S):
        travelled = await run.the_tab.ask(script("scroll.js"), limit_s * 1000, timeout_s=limit_s + 1.5)
        if not travelled["whole"]:
            run.note("not_scrolled_to_end")
        if travelled["height"] > run.request.options.viewport_height_px:
            await settle(run.the_tab, run.recorder, AFTER_SCROLL)
        if travelled["shown"]:
            await run.the_tab.ask(script("reveal.js"))
        if not travelled["whole"] or await run.the_tab.ask(_HEIGHT) <= travelled["height"] + GROWN_PX:
            return


_HEIGHT = "() => document.scrollingElement?.scrollHeight ?? 0"


async def read(run: Run) -> None:
    """The words, now that everything is there: of all frames, and the HTML that the article is taken from."""
    if not run.is_page:
        return
    await run.the_tab.ask(script("shown.js"))
    await look(run)
    run.facts = await run.the_tab.ask(script("facts.js")) or {}
    others = run.the_tab.page.frames[1 : MAX_FRAMES + 1]
    run.frame_urls = [frame.url for frame in others]
    run.frames[1:] = [text for text in await asyncio.gather(*map(_frame_text, others)) if text]
    run.source = await run.the_tab.ask(script("source.js"), MAX_ARTICLE_SOURCE_CHARACTERS) or ""


async def _frame_text(frame: Frame) -> str:
    try:
        reading = f"limit => innerWidth * innerHeight > 2500 ? ({script('words.js')})(limit) : ''"
        async with asyncio.timeout(FRAME_TIMEOUT_S):
            return str(await frame.evaluate(reading, MAX_FRAME_CHARACTERS))
    except (TimeoutError, PlaywrightError):
        return ""  # a frame that goes away or hangs takes only its own words with it


async def serialise(run: Run) -> None:
    """The copy of every frame's document."""
    if run.is_page and run.recorder and not run.lost:
        run.documents = run.recorder.documents
        run.snapshot = await single_file.serialise(run.recorder, SERIALISE_TIMEOUT_S)


async def take_picture(run: Run) -> None:
    """The picture of the whole page."""
    if run.downloading or run.failure or run.shows_nothing or str(run.look.get("type", "")).startswith(_NO_PICTURE):
        return
    async with run.the_tab.no_new_pictures():
        run.shot = await shoot(run.the_tab, run.request.options)
    run.notes.extend(run.shot.notes)
    if run.recorder and run.documents and run.recorder.documents > run.documents:
        run.note("moved_on")  # the picture may show another page than the copy


async def stop_recording(run: Run) -> None:
    """Takes what has not ended as far as it came; and a title that came late."""
    if run.is_page and not run.look.get("title") and not run.lost:
        run.look["title"] = await run.the_tab.ask("() => document.title.slice(0, 300)")
    if run.recorder:
        usual_s = FINISH_FILE_TIMEOUT_S if run.downloading else FINISH_TIMEOUT_S
        run.recording = await run.recorder.finish(0.5 if run.lost else usual_s)
