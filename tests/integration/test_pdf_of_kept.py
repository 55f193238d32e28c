"""PDFs are printed from the kept page, by a browser that can reach nothing and runs nothing."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pypdfium2
import pytest
import pytest_asyncio
from PIL import Image

from capture import pdf
from capture.address import AddressRule
from capture.browser import Browser, open_browser
from capture.engine import capture
from capture.pdf import PDF_NAME, NoPdf, print_pdf
from capture.pool import CapturePool, PoolSettings
from capture.records import ArtifactKind, CaptureRequest, CaptureResult, Verdict
from tests.integration.engine_site import OPTIONS, Answer, Pages, captured, serving, shows

pytestmark = pytest.mark.asyncio(loop_scope="module")

GREEN = (0, 160, 0)
SECRET = "Not for anybody outside"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser(OPTIONS) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Pages]:
    async with serving() as running:
        yield running


def words_of(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def first_page(pdf: Path) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture: Image.Image = document[0].render(scale=1).to_pil().convert("RGB")
        return picture
    finally:
        document.close()


def hostile(site: Pages, secret: Path) -> str:
    """A page that was kept badly: everything in it wants something."""
    return (
        f"<!doctype html><meta charset=utf-8><title>Kept</title>"
        f"<meta http-equiv=refresh content='0;url={site.url('/r')}'>"
        f"<link rel=stylesheet href='{site.url('/s')}'><img src='{site.url('/i')}'><img src='//127.0.0.2/x'>"
        f"<iframe src='file://{secret}'></iframe><object data='file://{secret}'></object><embed src='file://{secret}'>"
        f"<iframe src='{site.url('/f')}'></iframe><iframe srcdoc=\"<img src='{site.url('/n')}'>\"></iframe>"
        f"<style>@import '{site.url('/m')}';@font-face{{font-family:x;src:url({site.url('/t')})}}"
        f"@media print{{p{{background:url({site.url('/p')});font-family:x}}}}</style>"
        "<script>document.write('written by a script')</script><p>The fox comes at dusk. 狐狸在黄昏时来。</p>"
    )


async def test_a_page_is_printed_with_its_pictures_and_words(browser: Browser, site: Pages, tmp_path: Path) -> None:
    dot = io.BytesIO()
    Image.new("RGB", (8, 8), GREEN).save(dot, "PNG")
    site.add("/dot", Answer(dot.getvalue(), "image/png"))
    words = "The fox comes at dusk. " * 40
    body = f"<title>Foxes</title><p>{words}</p><img loading=lazy src=/dot width=400 height=300>"
    url = site.add("/page", f"<!doctype html>{body}<div style='height:3000px'></div><p>The end")
    options = OPTIONS.model_copy(update={"pdf": True})
    result = await captured(browser, url, tmp_path, options=options)
    pdf = result.artifact(ArtifactKind.PDF)
    assert pdf
    assert (pdf.path, pdf.media_type) == (PDF_NAME, "application/pdf")
    assert pdf.size_bytes == (tmp_path / PDF_NAME).stat().st_size
    printed = words_of(tmp_path / PDF_NAME)
    assert "The fox comes at dusk" in printed
    assert "The end" in printed
    assert shows(first_page(tmp_path / PDF_NAME), GREEN) > 1000


async def test_nothing_is_asked_for_nothing_runs_and_no_file_is_read(
    browser: Browser, site: Pages, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text(f"<p>{SECRET}")
    (tmp_path / "page.html").write_text(hostile(site, secret), "utf-8")
    before = list(site.asked)
    await print_pdf(browser, tmp_path / "page.html", tmp_path / "page.pdf")
    words = words_of(tmp_path / "page.pdf")
    assert "The fox comes at dusk" in words
    assert "狐狸" in words
    assert SECRET not in words
    assert "written by a script" not in words
    assert site.asked == before


async def test_what_cannot_be_printed_is_said(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError("it was waited for")

    (tmp_path / "page.html").write_text("<p>words")
    request = CaptureRequest(
        capture_id="1",
        url="https://a.example/",
        scratch=tmp_path,
        deadline_s=0.1,
        options=OPTIONS,
        kept_html="page.html",
    )
    with monkeypatch.context() as patch:
        patch.setattr(pdf, "_print", never)
        result = await capture(request, browser)
    assert (result.verdict, result.artifacts) == (Verdict.TIMEOUT, ())
    result = await capture(request.model_copy(update={"deadline_s": 20, "kept_html": "missing.html"}), browser)
    assert result.verdict is Verdict.CRASHED
    assert result.error
    assert result.error.code == "pdf_failed"


async def test_a_pdf_beyond_the_limit_is_none(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capture.pdf.MAX_BYTES", 1000)
    (tmp_path / "page.html").write_text("<p>words")
    with pytest.raises(NoPdf):
        await print_pdf(browser, tmp_path / "page.html", tmp_path / "page.pdf")
    assert not (tmp_path / "page.pdf").exists()


async def test_a_worker_prints_a_kept_page(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    folder = tmp_path / "pdf"
    folder.mkdir()
    (folder / "page.html").write_text(
        f"<title>Kept</title><p>From a worker.</p><div style='height:200px;background:rgb{GREEN}'></div>"
    )
    settings = PoolSettings(1, "spawn", tmp_path / "scratch", AddressRule())
    async with CapturePool(settings) as pool:
        result: CaptureResult = await asyncio.wait_for(
            pool.capture(
                CaptureRequest(
                    capture_id="pdf-1", url="http://10.0.0.1/", scratch=folder, deadline_s=30, options=OPTIONS,
                    kept_html="page.html",
                )
            ),
            60,
        )  # fmt: skip
    assert result.verdict is Verdict.OK
    assert [a.kind for a in result.artifacts] == [ArtifactKind.PDF]
    assert "From a worker." in words_of(folder / PDF_NAME)
    assert shows(first_page(folder / PDF_NAME), GREEN) > 100
