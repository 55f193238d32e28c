"""capture(): one address in, artifacts out. Reads as the list of its steps; one deadline over all of them.

The page is opened once. A step has a limit of its own, and a moment by which it must be over so that those behind it
get their turn. What a step could not do is a note in the result; what exists so far is kept.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

from capture import film, keeping, opening, pdf, reading, single_file
from capture.browser import Browser
from capture.cdp import ConnectionLost
from capture.outcome import result_of
from capture.recorder import Recorder
from capture.records import CaptureRequest, CaptureResult
from capture.state import Run
from capture.tab import TabLost, open_tab

log = logging.getLogger(__name__)

Progress = Callable[[str], None]

MARGIN_S = 0.5
"""Kept of the deadline for handing the result over."""
KEEPING_S = 5.0
"""For writing the files, however late it is; less than the supervisor waits after a deadline."""


@dataclass(frozen=True)
class Step:
    """One step: `limit_s` is its own limit, `until` the part of the whole time by which it must be over."""

    name: str
    run: Callable[[Run], Awaitable[None]]
    limit_s: float
    until: float


async def capture(request: CaptureRequest, browser: Browser, progress: Progress | None = None) -> CaptureResult:
    """Opens the page and keeps it; ends within `request.deadline_s`, whatever the page does.

    Only where a hanging browser has used up the time, writing down what there is takes up to KEEPING_S more.
    Never raises for a page's fault: the verdict says what happened. `progress` is told each step's name.
    """
    if request.kept_html:
        return await pdf.pdf_of_kept(request, browser)
    run = Run(request, browser, time.monotonic())
    tell = progress or (lambda _: None)
    usual_s = max(0.1, request.deadline_s - MARGIN_S)
    visit = asyncio.create_task(_visit(run, tell), name="visit")
    try:
        await asyncio.wait((visit,), timeout=usual_s)
        if visit.done():
            visit.result()
        else:
            # A tab of a browser that hangs takes seconds to close: what is there is written down meanwhile.
            run.out_of_time = True
            if run.recorder and not run.recording:
                run.recording = run.recorder.so_far()
            visit.cancel()
        async with asyncio.timeout(max(run.started + usual_s - time.monotonic(), KEEPING_S)):
            await _through(run, KEEPING, tell, at_least_s=KEEPING_S)
    except TimeoutError:
        run.out_of_time = True
    finally:
        visit.cancel()
    if not visit.done():
        run.note("close_timeout")
    return result_of(run)


async def _visit(run: Run, tell: Progress) -> None:
    """Everything for which the page has to be open."""
    options = run.request.options
    recorder = Recorder(
        run.browser.endpoint,
        max_resource_bytes=options.max_resource_bytes,
        max_total_bytes=max(options.max_recorded_bytes, options.max_original_bytes),
        max_document_bytes=options.max_original_bytes,
    )
    try:
        async with recorder, open_tab(run.request, run.browser, _prepare) as tab:
            run.tab, run.recorder, run.visited = tab, recorder, tab.visited
            if session := recorder.session_of(tab.frame_id):
                tab.speak_over(recorder.connection, session)
            await _through(run, VISIT, tell)
        if not tab.closed_cleanly:
            run.note("close_timeout")
    except (ConnectionLost, PlaywrightError, TabLost) as error:
        log.warning("The browser was lost: %s", str(error).splitlines()[0] if str(error) else type(error).__name__)
        run.lost = True
    except TimeoutError:
        run.lost = True  # not even a page was given in time: the browser hangs
        run.note("browser_hung")
    finally:
        run.tab = run.recorder = None


async def _prepare(context: BrowserContext) -> None:
    await single_file.install(context)


async def _through(run: Run, steps: tuple[Step, ...], tell: Progress, at_least_s: float = 0.0) -> None:
    """Runs the steps in their order, each within its time; each has `at_least_s`, however late it is."""
    for step in steps:
        began = time.monotonic()
        left_s = max(run.started + run.request.deadline_s * step.until - began, at_least_s)
        tell(step.name)
        try:
            async with asyncio.timeout(min(step.limit_s, left_s)):
                await step.run(run)
        except TimeoutError:
            run.note(f"{step.name}_timeout")
            if left_s <= step.limit_s:
                run.out_of_time = True  # its share of the time is over, which says nothing of the page
            else:
                await _stop_what_hangs(run)
        except TabLost:
            run.lost = True
        except PlaywrightError as error:
            run.note(f"{step.name}_failed")
            log.info("%s: %s", step.name, str(error).splitlines()[0])
            run.lost |= not run.browser.playwright_browser.is_connected()
        run.timings_s[step.name] = round(run.timings_s.get(step.name, 0.0) + time.monotonic() - began, 3)


async def _stop_what_hangs(run: Run) -> None:
    """A script that has begun to run for ever while the page was read: the steps behind go on without scripts."""
    if run.look and run.tab and run.is_page and not run.tab.scripts_stopped:
        run.note("scripts_stopped")
        await run.tab.stop_scripts()


VISIT = (
    Step("open", opening.open_page, opening.ANSWER_TIMEOUT_S + 1, until=0.5),
    Step("download", opening.download, 40.0, until=0.7),
    Step("film", opening.picture_file, film.FRAME_TIMEOUT_S + 1, until=0.8),
    Step("settle", opening.wait, 30.0, until=0.6),
    Step("look", reading.look, 5.0, until=0.65),
    Step("consent", reading.answer_consent, 12.0, until=0.7),
    Step("scroll", reading.scroll, reading.SCROLL_S + reading.SCROLL_AGAIN_S + 5.0, until=0.75),
    Step("consent", reading.answer_consent, 5.0, until=0.77),
    Step("serialise", reading.serialise, reading.SERIALISE_TIMEOUT_S + 1, until=0.8),
    Step("read", reading.read, 6.0, until=0.85),
    Step("screenshot", reading.take_picture, 25.0, until=0.93),
    Step("stop_recording", reading.stop_recording, reading.FINISH_FILE_TIMEOUT_S + 1, until=0.95),
)
KEEPING = (
    Step("keep", keeping.keep, 15.0, until=0.96),
    Step("pdf", keeping.print_pdf, 15.0, until=0.98),
    Step("archive", keeping.pack, 10.0, until=0.99),
)
