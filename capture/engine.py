"""capture(): one address in, artifacts out. Reads as the list of its steps; one deadline over all of them.

The page is opened once. A step has a limit of its own, and a moment by which it must be over so that those behind it
get their turn. What a step could not do is a note in the result; what exists so far is kept.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import BrowserContext, Frame, Response
from playwright.async_api import Error as PlaywrightError

from capture import artifacts, consent, film, pdf, single_file, stalled, verdict
from capture.artifacts import Page
from capture.browser import Browser
from capture.cdp import ConnectionLost
from capture.outcome import CHROMIUMS_OWN, NO_CONTENT, archived_page, main_exchange, result_of, sent_nothing
from capture.recorder import Recorder
from capture.records import ArtifactKind, CaptureError, CaptureRequest, CaptureResult, Verdict
from capture.screenshot import shoot
from capture.settle import AFTER_LOAD, AFTER_SCROLL, MAX_DOCUMENTS, settle
from capture.sniff import type_by_content
from capture.state import Run
from capture.tab import TabLost, open_tab, script

log = logging.getLogger(__name__)

Progress = Callable[[str], None]

ANSWER_TIMEOUT_S = 12.0
"""A server that has not begun to answer by then does not answer."""
ANSWER_SHARE = 0.45
"""Of a short deadline, the part after which that is said as well."""
SCROLL_S = 4.0
SERIALISE_TIMEOUT_S = 6.0
FRAME_TIMEOUT_S = 1.5
FINISH_TIMEOUT_S = 3.0
FINISH_FILE_TIMEOUT_S = 20.0
"""A file of 50 MB takes Chromium some seconds to hand over."""
MAX_FRAMES = 30
"""Frames whose text is read."""
MAX_TEXT_CHARACTERS = 1_000_000
MAX_ARTICLE_SOURCE_CHARACTERS = 4_000_000
DOWNLOAD_POLL_S = 0.05
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
            run.out_of_time |= left_s <= step.limit_s
        except TabLost:
            run.lost = True
        except PlaywrightError as error:
            run.note(f"{step.name}_failed")
            log.info("%s: %s", step.name, str(error).splitlines()[0])
            run.lost |= not run.browser.playwright_browser.is_connected()
        run.timings_s[step.name] = round(run.timings_s.get(step.name, 0.0) + time.monotonic() - began, 3)


# The steps


async def _open(run: Run) -> None:
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


async def _download(run: Run) -> None:
    """Waits until the file is there. The recorder has it; the browser's own copy goes with the context."""
    if not run.downloading or not run.recorder:
        return
    download = await run.the_tab.downloads.get()
    while run.recorder.open_requests(time.monotonic()):
        await asyncio.sleep(DOWNLOAD_POLL_S)
    with suppress(PlaywrightError):
        run.download_path = Path(await download.path())
        run.download_bytes = (await asyncio.to_thread(run.download_path.stat)).st_size


async def _film(run: Run) -> None:
    if not run.download_path:
        return
    if await film.is_film(run.download_path):
        run.film_frame = await film.frame_of(run.the_tab.page, run.download_path)
    elif lines := await film.lines_of(run.download_path):
        run.film_frame = await film.picture_of_lines(run.the_tab.page, lines)


async def _settle(run: Run) -> None:
    if run.downloading or run.failure or not run.recorder:
        return
    settled = await settle(run.the_tab, run.recorder, AFTER_LOAD)
    if settled.why == "hung":
        run.note("scripts_stopped")
        await run.the_tab.stop_scripts()
    elif settled.why == "circle":
        await _break_circle(run)
    elif settled.why == "hard":
        run.note("unsettled")
    run.out_of_time |= settled.still_coming
    if not run.the_tab.scripts_stopped:
        await _free(run, run.recorder)


async def _break_circle(run: Run) -> None:
    """A page that loads itself again and again is held; addresses that lead to one another are no page."""
    if len({url.partition("#")[0] for url in run.visited[-MAX_DOCUMENTS:]}) > 1:
        run.failure = Verdict.UNREACHABLE, CaptureError(code="too_many_redirects", message="by scripts or refreshes")
        return
    run.note("reloads")
    await run.the_tab.stop_scripts()
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


async def _look(run: Run) -> None:
    if run.downloading or run.failure:
        return
    looking = f"limit => ({script('look.js')})(limit, {script('words.js')})"
    run.look = await run.the_tab.ask(looking, MAX_TEXT_CHARACTERS) or {}
    run.frames[:1] = [str(run.look.get("text", ""))]
    if run.is_page and run.recorder and (shown := type_by_content(run.recorder.document_body()[0])):
        run.look["type"] = shown  # a picture or a PDF that was called a page: Chromium shows its bytes as words


async def _consent(run: Run) -> None:
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


async def _scroll(run: Run) -> None:
    if not run.is_page or run.the_tab.scripts_stopped or not run.recorder:
        return
    travelled = await run.the_tab.ask(script("scroll.js"), SCROLL_S * 1000, timeout_s=SCROLL_S + 1.5)
    if not travelled["whole"]:
        run.note("not_scrolled_to_end")
    if travelled["height"] > run.request.options.viewport_height_px:
        await settle(run.the_tab, run.recorder, AFTER_SCROLL)


async def _read(run: Run) -> None:
    """The words, now that everything is there: of all frames, and the HTML that the article is taken from."""
    if not run.is_page:
        return
    await run.the_tab.ask(script("shown.js"))
    await _look(run)
    run.facts = await run.the_tab.ask(script("facts.js")) or {}
    others = run.the_tab.page.frames[1 : MAX_FRAMES + 1]
    run.frame_urls = [frame.url for frame in others]
    run.frames[1:] = [text for text in await asyncio.gather(*map(_frame_text, others)) if text]
    run.source = await run.the_tab.ask(script("source.js"), MAX_ARTICLE_SOURCE_CHARACTERS) or ""


MAX_FRAME_CHARACTERS = 200_000


async def _frame_text(frame: Frame) -> str:
    try:
        reading = f"limit => innerWidth * innerHeight > 2500 ? ({script('words.js')})(limit) : ''"
        return str(await asyncio.wait_for(frame.evaluate(reading, MAX_FRAME_CHARACTERS), FRAME_TIMEOUT_S))
    except (TimeoutError, PlaywrightError):
        return ""  # a frame that goes away or hangs takes only its own words with it


async def _serialise(run: Run) -> None:
    if run.is_page and run.recorder and not run.lost:
        run.documents = run.recorder.documents
        run.snapshot = await single_file.serialise(run.recorder, SERIALISE_TIMEOUT_S)


async def _screenshot(run: Run) -> None:
    if run.downloading or run.failure or run.shows_nothing or str(run.look.get("type", "")).startswith(_NO_PICTURE):
        return
    async with run.the_tab.no_new_pictures():
        run.shot = await shoot(run.the_tab, run.request.options)
    run.notes.extend(run.shot.notes)
    if run.recorder and run.documents and run.recorder.documents > run.documents:
        run.note("moved_on")  # the picture may show another page than the copy


_NO_PICTURE = (
    "audio/", "video/", "application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif",
    "image/bmp",
)  # fmt: skip
"""Chromium's own player and image page show less than the file."""


async def _stop_recording(run: Run) -> None:
    if run.recorder:
        usual_s = FINISH_FILE_TIMEOUT_S if run.downloading else FINISH_TIMEOUT_S
        run.recording = await run.recorder.finish(0.5 if run.lost else usual_s)


async def _keep(run: Run) -> None:
    """Writes the files. Nothing of the browser is needed any more."""
    if run.failure or str(run.look.get("url", "")).startswith(CHROMIUMS_OWN):
        return  # of a page that failed no blank picture is kept
    main = main_exchange(run)
    if run.shows_nothing or sent_nothing(run, main):
        return
    if run.is_page:
        page = Page(run.look, run.frames, run.source, run.snapshot, run.recording, run.facts)
        await artifacts.keep_page(run.request, run.kept, page, run.shot)
    elif main:
        await artifacts.keep_file(run.request, run.kept, main, run.shot, run.film_frame)


async def _pdf(run: Run) -> None:
    """From the offline page, as one that is asked for later is: what it prints is what is kept."""
    html = next((a for a in run.kept.artifacts if a.kind is ArtifactKind.HTML), None)
    if not run.request.options.pdf or run.lost or not html:
        return
    scratch = run.request.scratch
    try:
        size = await pdf.print_pdf(run.browser, scratch / html.path, scratch / pdf.PDF_NAME)
    except (pdf.NoPdf, OSError) as error:
        log.warning("no PDF: %s", error)
        run.note("pdf_failed")
    else:
        run.kept.artifacts.append(pdf.pdf_artifact(size))


async def _archive(run: Run) -> None:
    """Last, because it holds what the others have found."""
    if run.recording and not run.lost and (page := archived_page(run)):
        await artifacts.keep_archive(run.request, run.kept, run.recording, page)


VISIT = (
    Step("open", _open, ANSWER_TIMEOUT_S + 1, until=0.5),
    Step("download", _download, 40.0, until=0.7),
    Step("film", _film, film.FRAME_TIMEOUT_S + 1, until=0.8),
    Step("settle", _settle, 30.0, until=0.6),
    Step("look", _look, 5.0, until=0.65),
    Step("consent", _consent, 12.0, until=0.7),
    Step("scroll", _scroll, SCROLL_S + 5.0, until=0.75),
    Step("consent", _consent, 5.0, until=0.77),
    Step("serialise", _serialise, SERIALISE_TIMEOUT_S + 1, until=0.8),
    Step("read", _read, 6.0, until=0.85),
    Step("screenshot", _screenshot, 25.0, until=0.93),
    Step("stop_recording", _stop_recording, FINISH_FILE_TIMEOUT_S + 1, until=0.95),
)
KEEPING = (
    Step("keep", _keep, 15.0, until=0.96),
    Step("pdf", _pdf, 15.0, until=0.98),
    Step("archive", _archive, 10.0, until=0.99),
)
