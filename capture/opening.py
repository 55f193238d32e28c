"""The first steps of a capture: the address is opened, and its page waited for, or its file."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from pathlib import Path

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Response

from capture import film, stalled, verdict
from capture.outcome import NO_CONTENT
from capture.recorder import Recorder
from capture.records import CaptureError, Verdict
from capture.settle import AFTER_LOAD, MAX_DOCUMENTS, WITHOUT_SCRIPTS, settle
from capture.state import Run
from capture.tab import TabLost

ANSWER_TIMEOUT_S = 12.0
"""A server that has not begun to answer by then does not answer."""
ANSWER_SHARE = 0.45
"""Of a short deadline, the part after which that is said as well."""
DOWNLOAD_POLL_S = 0.05


async def open_page(run: Run) -> None:
    """Asks for the address, and waits until its document begins to come."""
    page = run.the_tab.page
    answer: Response | None = None
    by_then = run.started + run.request.deadline_s * ANSWER_SHARE
    patience_s = min(ANSWER_TIMEOUT_S, max(0.0, by_then - time.monotonic()))
    try:
        async with asyncio.timeout(patience_s):
            answer = await page.goto(run.request.url, wait_until="commit", timeout=0)
    except TimeoutError:
        run.failure = Verdict.UNREACHABLE, CaptureError(code="no_answer", message=f"in {patience_s:.0f} s")
    except PlaywrightError as error:
        await _open_failed(run, str(error))
    else:
        run.answer_url = answer.url if answer else ""
        await run.the_tab.watch_no_more()


async def _open_failed(run: Run, message: str) -> None:
    """goto gave up; that is not always a failure."""
    if run.the_tab.too_large:
        run.failure = Verdict.TOO_LARGE, CaptureError(code="too_large", message="as its Content-Length says")
    elif "Download is starting" in message:
        run.downloading = True
    elif "interrupted by another navigation" in message:
        return  # the page itself went on at once: settling follows it
    elif run.the_tab.crashed or re.search(r"crashed|has been closed|Connection closed", message):
        raise TabLost(message)
    elif "ERR_ABORTED" in message and run.the_tab.status in (204, 205, 304):
        run.failure = NO_CONTENT  # Chromium stays where it was
    elif "ERR_ABORTED" in message and run.the_tab.leads_nowhere:
        error = CaptureError(code="bad_address", message=f"leads to {run.the_tab.leads_nowhere}")
        run.failure = Verdict.REFUSED, error
    elif "ERR_ABORTED" in message and await run.the_tab.has_download():
        run.downloading = True  # its beginning was told too late for goto to know
    else:
        run.failure = verdict.of_net_error(message)


async def download(run: Run) -> None:
    """Waits until the file is there. The recorder has it; the browser's own copy goes with the context."""
    if not run.downloading or not run.recorder:
        return
    download = await run.the_tab.downloads.get()
    while run.recorder.open_requests(time.monotonic()):
        await asyncio.sleep(DOWNLOAD_POLL_S)
    with suppress(PlaywrightError):
        run.download_path = Path(await download.path())
        run.download_bytes = (await asyncio.to_thread(run.download_path.stat)).st_size


async def picture_file(run: Run) -> None:
    """A picture of a file that the browser does not show."""
    if not run.download_path:
        return
    if await film.is_film(run.download_path):
        run.film_frame = await film.frame_of(run.the_tab.page, run.download_path)
    elif lines := await film.lines_of(run.download_path):
        run.film_frame = await film.picture_of_lines(run.the_tab.page, lines)


async def wait(run: Run) -> None:
    """Waits until the page is ready, and lets go of what holds it up."""
    if run.downloading or run.failure or not run.recorder:
        return
    settled = await settle(run.the_tab, run.recorder, AFTER_LOAD)
    if settled.why == "hung":
        run.note("scripts_stopped")
        await run.the_tab.stop_scripts()
        await settle(run.the_tab, run.recorder, WITHOUT_SCRIPTS)  # for what they held up
    elif settled.why == "circle":
        await _break_circle(run, run.recorder)
    elif settled.why == "hard":
        run.note("unsettled")
    run.out_of_time |= settled.still_coming
    if not run.the_tab.scripts_stopped:
        await _free(run, run.recorder)


async def _break_circle(run: Run, recorder: Recorder) -> None:
    """A page that loads itself again and again is held; addresses that lead to one another are no page."""
    if len({url.partition("#")[0] for url in run.visited[-MAX_DOCUMENTS:]}) > 1:
        run.failure = Verdict.UNREACHABLE, CaptureError(code="too_many_redirects", message="by scripts or refreshes")
        return
    run.note("reloads")
    await run.the_tab.stop_scripts()
    # Without them the document that is on its way may be the last: stopped at once, it would be left empty.
    if (await settle(run.the_tab, recorder, WITHOUT_SCRIPTS)).why != "quiet":
        await run.the_tab.send("Page.stopLoading")


async def _free(run: Run, recorder: Recorder) -> None:
    """Lets go of what keeps the page from showing what has come of it."""
    freed = await stalled.free(run.the_tab, recorder)
    run.shows_nothing = freed is stalled.Freed.NOTHING
    if freed is not stalled.Freed.PAINTS:
        run.note("held_up")
    if freed is stalled.Freed.REWRITTEN:
        again = await settle(run.the_tab, recorder, AFTER_LOAD)
        run.out_of_time = again.still_coming
