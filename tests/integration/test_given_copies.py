"""Copies that readers give: kept as captures, with nothing in them that runs, loads or leads anywhere by itself."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import pytest_asyncio
from PIL import Image

from capture.address import AddressRule
from capture.given_copies import CopyTaker, given_type
from capture.pool import CapturePool, PoolSettings
from storage import archive, giving, search
from storage.blobs_folder import FolderBlobs
from storage.giving import Giver
from storage.quotas import ArchiveFull, Quota
from storage.records import CaptureView
from tests.integration.engine_site import OPTIONS, Pages, serving
from tests.integration.storage_factories import CHAT, OTHER_CHAT, good, message, run_all, scalar

BOB = Giver(CHAT, 1, "https://wall.example/story", "Bob", 2, "m1")


@pytest_asyncio.fixture
async def taker(opened: Path, tmp_path: Path) -> AsyncIterator[CopyTaker]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    settings = PoolSettings(workers=1, start_method="spawn", scratch_dir=scratch, rule=AddressRule("127.0.0.1"),
                            sandbox=False)  # fmt: skip
    async with CapturePool(settings) as pool:
        yield CopyTaker(pool, FolderBlobs(opened / "blobs"), scratch, OPTIONS)


def hostile(site: Pages) -> bytes:
    """Saved by somebody who wants something."""
    return f"""<!DOCTYPE html><html><head><title>Behind the wall</title>
    <meta http-equiv=refresh content="0;url={site.url("/refresh")}">
    <script>fetch('{site.url("/fetch")}'); document.title = 'Scripts ran'; document.body.innerHTML = ''</script>
    <link rel=stylesheet href="{site.url("/css")}"><link rel=dns-prefetch href="//prefetch.example">
    <style>@import url({site.url("/import")}); p {{ background: url({site.url("/background")}) }}</style></head>
    <body onload="document.title = 'A handler ran'"><h1>Behind the wall</h1><p onclick="go()">狐狸 live here.</p>
    <img src="{site.url("/picture")}" onerror="x()"><iframe src="{site.url("/frame")}"></iframe>
    <form action="{site.url("/form")}"><input name=a></form><a ping="{site.url("/ping")}" href="/on">on</a>
    <object data="{site.url("/object")}"></object></body></html>""".encode()


def a_pdf() -> bytes:
    document, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    document.new_page(300, 400)
    document.save(out)
    document.close()
    return out.getvalue()


def a_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (900, 700), (0, 160, 0)).save(out, "PNG")
    return out.getvalue()


async def shown(link_id: int = 1) -> CaptureView:
    link = await archive.link(CHAT, link_id)
    assert link
    assert link.capture
    return link.capture


async def test_a_page_is_cleaned_as_ours_are_and_says_who_gave_it(
    taker: CopyTaker, tmp_path: Path, opened: Path
) -> None:
    await archive.take_in(message(1, "https://wall.example/story"))
    await run_all()
    async with serving() as site:
        (tmp_path / "page").write_bytes(hostile(site))
        assert await taker.take(BOB, tmp_path / "page", "story.html") == "kept"
        assert site.asked == []
    capture = await shown()
    assert (capture.given_by, capture.verdict, capture.title) == ("Bob", "ok", "Behind the wall")
    assert {artifact.kind for artifact in capture.artifacts} >= {"html", "screenshot", "preview", "text"}
    assert "wacz" not in {artifact.kind for artifact in capture.artifacts}
    page = capture.artifact("html")
    assert page
    html = (await FolderBlobs(opened / "blobs").read(page.blob.sha256)).decode().lower()
    assert "狐狸 live here." in html
    for what in ("<script", "onload", "onclick", "onerror", 'refresh"', "127.0.0.1", "dns-prefetch", " ping="):
        assert what not in html.replace("x-dns-prefetch-control", ""), what
    assert "default-src 'none'" in html
    assert "https://wall.example/story" in html, "its last line names the page that it is a copy of"
    found = await search.search(CHAT, "狐狸")
    assert [link.number for link in found.rows] == [1]
    assert await scalar("SELECT count(*) FROM captures") == 2, "the earlier capture stays"


async def test_pdfs_and_pictures_are_kept_as_they_are(taker: CopyTaker, tmp_path: Path, opened: Path) -> None:
    await archive.take_in(message(1, "https://wall.example/story"))
    for name, body, media_type in (("a.pdf", a_pdf(), "application/pdf"), ("b.png", a_picture(), "image/png")):
        (tmp_path / "given").write_bytes(body)
        for _ in range(2):  # as after a kill at the worst moment
            assert await taker.take(replace(BOB, mark=name), tmp_path / "given", name) == "kept"
        capture = await shown()
        original = capture.artifact("original")
        assert original
        assert (capture.verdict, original.media_type, capture.given_by) == ("not_html", media_type, "Bob")
        assert await FolderBlobs(opened / "blobs").read(original.blob.sha256) == body
        assert capture.artifact("preview")
    assert await scalar("SELECT count(*) FROM captures WHERE given_by IS NOT NULL") == 2


async def test_a_picture_of_a_page_that_is_kept_leaves_its_title_and_its_words(
    taker: CopyTaker, tmp_path: Path, opened: Path
) -> None:
    await archive.take_in(message(1, "https://wall.example/story"))
    await run_all(good("A fine long title", text="words of the page"))
    for name, body in (("IMG_1.png", a_picture()), ("scan.pdf", a_pdf())):
        (tmp_path / "given").write_bytes(body)
        assert await taker.take(replace(BOB, mark=name), tmp_path / "given", name) == "kept"
    assert (await archive.link(CHAT, 1)).title == "A fine long title"  # type: ignore[union-attr]
    assert (await search.search(CHAT, "words page")).total == 1


async def test_a_damaged_picture_or_pdf_is_no_copy(taker: CopyTaker, tmp_path: Path, opened: Path) -> None:
    await archive.take_in(message(1, "https://wall.example/story"))
    for name, body in (("a.png", a_picture()[:60]), ("b.png", a_picture()[:12]), ("c.pdf", a_pdf()[:200])):
        (tmp_path / "given").write_bytes(body)
        assert await taker.take(replace(BOB, mark=name), tmp_path / "given", name) == "unreadable"
    assert await scalar("SELECT count(*) FROM captures WHERE given_by IS NOT NULL") == 0


async def test_other_files_and_other_chats_links_are_refused(taker: CopyTaker, tmp_path: Path) -> None:
    await archive.take_in(message(1, "https://wall.example/story", chat_id=OTHER_CHAT))
    for body in (b"PK\x03\x04", b"words", b"", b"\x7fELF", b"<svg xmlns='http://www.w3.org/2000/svg'/>"):
        (tmp_path / "given").write_bytes(body)
        assert await taker.take(BOB, tmp_path / "given", "x.html") == "wrong_type"
    (tmp_path / "given").write_bytes(a_picture())
    assert await taker.take(BOB, tmp_path / "given", "x.png") == "gone"
    (tmp_path / "given").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    assert await taker.take(BOB, tmp_path / "given", "x.png") in ("gone", "unreadable")
    assert await scalar("SELECT count(*) FROM captures WHERE given_by IS NOT NULL") == 0


async def test_a_full_archive_takes_no_copies(opened: Path) -> None:
    await archive.take_in(message(1, "https://wall.example/story"))
    await giving.check_room(CHAT, Quota(500, 1))
    with pytest.raises(ArchiveFull):
        await giving.check_room(CHAT, Quota(500, 0))


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\xef\xbb\xbf\n<!DOCTYPE HTML>", "text/html"),
        (b"<!-- saved from url=(0020)https://example.org/ -->\n<html>", "text/html"),
        ("\ufeff<html>".encode("utf-16-le"), "text/html"),
        (b"%PDF-1.7", "application/pdf"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"plain words", None),
        (b"<?xml version='1.0'?><svg/>", None),
    ],
)
def test_the_kind_of_a_file_is_seen_by_its_beginning(head: bytes, media_type: str | None) -> None:
    assert given_type(head) == media_type
