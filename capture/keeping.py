"""The last steps of a capture, for which the page need not be open: its files are written."""

from __future__ import annotations

import logging

from capture import artifacts, pdf
from capture.artifacts import Page
from capture.outcome import CHROMIUMS_OWN, archived_page, lost_page, main_exchange, sent_nothing
from capture.records import ArtifactKind
from capture.state import Run

log = logging.getLogger(__name__)


async def keep(run: Run) -> None:
    """Writes the files. Nothing of the browser is needed any more."""
    if run.failure or str(run.look.get("url", "")).startswith(CHROMIUMS_OWN):
        return  # of a page that failed no blank picture is kept
    main = main_exchange(run)
    if run.shows_nothing or sent_nothing(run, main):
        return
    if run.is_page:
        page = Page(run.look, run.frames, run.source, run.snapshot, run.recording, run.facts)
        await artifacts.keep_page(run.request, run.kept, page, run.shot)
        # Of a page that went on to a `blob:` the first document may be lost, and is not what it shows.
        shows_document = str(run.look.get("url", "")).startswith(("http:", "https:"))
        run.kept.too_large = shows_document and main is not None and main.body is None and lost_page(run)
    elif main:
        await artifacts.keep_file(run.request, run.kept, main, run.shot, run.film_frame)


async def print_pdf(run: Run) -> None:
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


async def pack(run: Run) -> None:
    """Last, because it holds what the others have found."""
    if run.recording and not run.lost and (page := archived_page(run)):
        await artifacts.keep_archive(run.request, run.kept, run.recording, page)
