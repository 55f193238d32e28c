"""Errands between a chat side and those who capture, over a real database: asked, done, waited for, given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from capture import errands
from capture.errands import ErrandAsker, ErrandLoop
from capture.given_copies import CopyTaker
from capture.pdf_on_demand import PdfMaker
from capture.pool import CapturePool
from storage.blobs import BlobsAway
from storage.blobs_folder import FolderBlobs
from storage.giving import Giver
from storage.queue.worker import Worker
from storage.records import ArtifactView, BlobRef, CaptureView
from tests.integration.storage_factories import scalar

pytestmark = [
    pytest.mark.usefixtures("opened"),
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]
GIVER = Giver(chat_id=5, link_id=7, url="https://a.example/", name="Alice", person_id=9, mark="1-abc")
PAGE = b"<!DOCTYPE html><title>A page</title>"


class Doer:
    """Makes PDFs and looks at copies as a test wants it."""

    is_full = False

    def __init__(self) -> None:
        self.done: list[object] = []
        self.troubles: list[Exception] = []
        self.hangs = False

    async def make_of(self, capture_id: int, sha256: str, final_url: str | None) -> bool:
        return await self._do((capture_id, sha256, final_url))

    async def take(self, giver: Giver, path: Path, name: str) -> str:
        await self._do((giver, path.read_bytes(), name))
        return "kept"

    async def _do(self, what: object) -> bool:
        self.done.append(what)
        if self.troubles:
            raise self.troubles.pop()
        while self.hangs:
            await asyncio.sleep(0.05)
        return True


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "PAUSE_S", 0.1)
    monkeypatch.setattr(errands, "LOOK_S", 0.2)


@asynccontextmanager
async def doing(doer: Doer, blobs: FolderBlobs, folder: Path) -> AsyncIterator[None]:
    worker = Worker()
    await worker.say_alive()
    loop = ErrandLoop(
        worker, cast(CapturePool, doer), blobs, cast(PdfMaker, doer), cast(CopyTaker, doer), folder / "scratch"
    )
    running = asyncio.create_task(loop.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait({running})
        await worker.leave()


def capture(*kinds: str) -> CaptureView:
    artifacts = tuple(ArtifactView(kind, BlobRef("a" * 64, 1), "text/html") for kind in kinds)
    return CaptureView(
        3, "ended", "ok", None, 200, "https://a.example/end", "", "", "text/html", 1.0, datetime.now(UTC),
        datetime.now(UTC), artifacts,
    )  # fmt: skip


async def test_a_pdf_is_made_elsewhere(blobs: FolderBlobs, tmp_path: Path) -> None:
    doer = Doer()
    async with doing(doer, blobs, tmp_path), asyncio.timeout(20):
        assert await ErrandAsker(blobs).make_pdf(capture("html"))
        assert not await ErrandAsker(blobs).make_pdf(capture("screenshot")), "there is nothing to print"
    assert doer.done == [(3, "a" * 64, "https://a.example/end")]
    assert await scalar("SELECT count(*) FROM procrastinate_jobs") == 0


async def test_a_copy_goes_by_the_blob_store(blobs: FolderBlobs, tmp_path: Path) -> None:
    doer, mine = Doer(), tmp_path / "mine"
    mine.write_bytes(PAGE)
    async with doing(doer, blobs, tmp_path), asyncio.timeout(20):
        assert await ErrandAsker(blobs).take_copy(GIVER, mine, "saved\0 狐狸\ud83d.html") == "kept"
        mine.write_bytes(b"PK\x03\x04")
        assert await ErrandAsker(blobs).take_copy(GIVER, mine, "saved.zip") == "wrong_type"
    assert doer.done == [(GIVER, PAGE, "saved 狐狸\ufffd.html")]
    assert not list((tmp_path / "scratch").iterdir())


async def test_what_is_away_is_waited_for_and_a_mistake_is_answered(blobs: FolderBlobs, tmp_path: Path) -> None:
    doer = Doer()
    async with doing(doer, blobs, tmp_path), asyncio.timeout(20):
        doer.troubles = [BlobsAway("refused"), BlobsAway("refused")]
        assert await ErrandAsker(blobs).make_pdf(capture("html"))
        doer.troubles = [RuntimeError("a mistake of ours")]
        assert not await ErrandAsker(blobs).make_pdf(capture("html"))
    assert len(doer.done) == 4


async def test_without_anybody_to_do_it_the_answer_comes_soon(
    blobs: FolderBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "NOBODY_S", 0.1)
    (tmp_path / "mine").write_bytes(PAGE)
    async with asyncio.timeout(20):
        assert not await ErrandAsker(blobs).make_pdf(capture("html"))
        assert await ErrandAsker(blobs).take_copy(GIVER, tmp_path / "mine", "saved.html") == "nobody"
    doer = Doer()
    async with doing(doer, blobs, tmp_path), asyncio.timeout(20):
        assert await ErrandAsker(blobs).make_pdf(capture("html"))
    assert len(doer.done) == 1, "what nobody waits for any more is not done"


async def test_an_errand_of_one_who_leaves_is_done_by_another(blobs: FolderBlobs, tmp_path: Path) -> None:
    first, second = Doer(), Doer()
    first.hangs = True
    async with asyncio.timeout(30):
        async with doing(first, blobs, tmp_path):
            asked = asyncio.create_task(ErrandAsker(blobs).make_pdf(capture("html")))
            while not first.done:
                await asyncio.sleep(0.05)
        async with doing(second, blobs, tmp_path):
            assert await asked
    assert len(second.done) == 1


async def test_who_asks_no_longer_withdraws_it(blobs: FolderBlobs, tmp_path: Path) -> None:
    asked = asyncio.create_task(ErrandAsker(blobs).make_pdf(capture("html")))
    async with asyncio.timeout(20):
        while not await scalar("SELECT count(*) FROM errands"):
            await asyncio.sleep(0.05)
    asked.cancel()
    await asyncio.wait({asked})
    assert await scalar("SELECT needed_until <= clock_timestamp() FROM errands")
