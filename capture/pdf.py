"""The PDF of a page, printed from its offline copy by a browser that can reach nothing."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import BrowserContext, PdfMargins, Route
from playwright.async_api import Error as PlaywrightError

from capture.browser import Browser
from capture.records import Artifact, ArtifactKind, CaptureError, CaptureRequest, CaptureResult, Verdict

log = logging.getLogger(__name__)

PDF_TYPE = "application/pdf"
PDF_NAME = "page.pdf"
CLOSE_TIMEOUT_S = 4.0
MARGIN_S = 0.5
"""Kept of a request's deadline for handing the result over."""

MAX_BYTES = 50_000_000
_ADDRESS = "http://kept.invalid/"
"""Where the copy is shown: not a file:// address, from which other files could be asked for."""
_MARGIN = PdfMargins(top="12mm", bottom="12mm", left="12mm", right="12mm")


class NoPdf(Exception):
    """Chromium made none, or one that is too large."""


async def print_pdf(browser: Browser, html: Path, pdf: Path) -> int:
    """Prints an offline page and gives the PDF's size in bytes.

    No script runs, and every request but that for the page itself is refused. Raises NoPdf, or OSError.
    """
    try:
        with _dead_end() as nowhere:
            context = await browser.playwright_browser.new_context(
                java_script_enabled=False,
                service_workers="block",
                accept_downloads=False,
                proxy={"server": nowhere},
                viewport={"width": 1280, "height": 800},
            )
            try:
                data = await _print(context, html)
            finally:
                await asyncio.wait_for(context.close(), CLOSE_TIMEOUT_S)
    except PlaywrightError as error:
        raise NoPdf(str(error).splitlines()[0]) from error
    if not data.startswith(b"%PDF-") or len(data) > MAX_BYTES:
        raise NoPdf(f"{len(data)} bytes")
    await asyncio.to_thread(pdf.write_bytes, data)
    return len(data)


async def _print(context: BrowserContext, html: Path) -> bytes:
    body = await asyncio.to_thread(html.read_bytes)

    async def answer(route: Route) -> None:
        request = route.request
        if request.url == _ADDRESS and request.is_navigation_request():
            await route.fulfill(body=body, content_type="text/html; charset=utf-8")
        elif request.is_navigation_request():
            await route.fulfill(status=204)  # stays where it is: an error page in its place could not be printed
        else:
            await route.abort()

    await context.route("**/*", answer)
    page = await context.new_page()
    await page.goto(_ADDRESS, wait_until="load", timeout=0)
    return await page.pdf(
        format="A4", print_background=True, margin=_MARGIN, prefer_css_page_size=True, outline=True, tagged=True
    )


@contextmanager
def _dead_end() -> Iterator[str]:
    """A proxy's address at which nobody listens, and which nobody else can take meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


async def pdf_of_kept(request: CaptureRequest, browser: Browser) -> CaptureResult:
    """Serves a request that brings an offline page along. Never raises for a page's fault."""
    assert request.kept_html
    fields = {"url": request.url, "final_url": request.url}
    try:
        async with asyncio.timeout(max(0.1, request.deadline_s - MARGIN_S)):
            size = await print_pdf(browser, request.scratch / request.kept_html, request.scratch / PDF_NAME)
    except TimeoutError:
        return CaptureResult(**fields, verdict=Verdict.TIMEOUT, error=CaptureError(code="deadline"))
    except (NoPdf, OSError) as error:
        log.warning("no PDF: %s", error)
        failed = CaptureError(code="pdf_failed", message=str(error))
        return CaptureResult(**fields, verdict=Verdict.CRASHED, error=failed)
    return CaptureResult(**fields, verdict=Verdict.OK, artifacts=(pdf_artifact(size),))


def pdf_artifact(size_bytes: int) -> Artifact:
    """The record of a PDF in the scratch folder."""
    return Artifact(kind=ArtifactKind.PDF, path=PDF_NAME, media_type=PDF_TYPE, size_bytes=size_bytes)
