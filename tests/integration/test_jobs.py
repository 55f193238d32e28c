"""Between queue, pool and storage: what becomes of a capture whose worker did not bring a result."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from capture import jobs, storing
from capture.jobs import CaptureLoop, JobSettings
from capture.pool import WorkerDied
from capture.records import Artifact, ArtifactKind, CaptureOptions, CaptureRequest, CaptureResult, Redirect, Verdict
from storage import archive, captures, outbox
from storage.blobs import BlobsAway
from storage.blobs_folder import FolderBlobs
from storage.captures import EndedCapture
from storage.database import Dialect, StorageUnavailable, dialect
from storage.models import Capture
from storage.queue import Queue, crashes
from storage.queue.engine import open_queue
from storage.records import BlobRef, CaptureView, Job
from tests.harness import until
from tests.integration.storage_factories import message

Answer = Callable[[CaptureRequest], CaptureResult]


class Pool:
    """Answers captures from a list; the last answer goes on for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def capture(self, request: CaptureRequest) -> CaptureResult:
        self.asked += 1
        return (self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])(request)


def good(request: CaptureRequest) -> CaptureResult:
    (request.scratch / "text.md").write_text("# A page")
    text = Artifact(kind=ArtifactKind.TEXT, path="text.md", media_type="text/markdown", size_bytes=8)
    return CaptureResult(url=request.url, verdict=Verdict.OK, title="A page", artifacts=(text,))


def broken(request: CaptureRequest) -> CaptureResult:
    return CaptureResult(url=request.url, verdict=Verdict.CRASHED)


def dies(reason: str) -> Answer:
    def answer(_: CaptureRequest) -> CaptureResult:
        raise WorkerDied(reason)

    return answer


def full_disk(_: CaptureRequest) -> CaptureResult:
    raise OSError(28, "No space left on device")


class Away(FolderBlobs):
    """A store that cannot be reached for the first so many times."""

    def __init__(self, root: Path, times: int) -> None:
        super().__init__(root)
        self.times = times

    async def put_file(self, path: Path) -> BlobRef:
        if self.times:
            self.times -= 1
            raise BlobsAway("connection refused")
        return await super().put_file(path)


@asynccontextmanager
async def looping(pool: Pool, folder: Path, blobs: FolderBlobs | None = None) -> AsyncIterator[asyncio.Task[None]]:
    settings = JobSettings(
        workers=1,
        timeout_s=30,
        scratch_dir=folder / "scratch",
        options=CaptureOptions(chromium_path="/none"),
        lease_s=30,
    )
    blobs = blobs or FolderBlobs(folder / "blobs")
    loop = CaptureLoop(open_queue(30), pool, blobs, settings)  # type: ignore[arg-type]
    running = asyncio.create_task(loop.run())
    try:
        yield running
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BROWSER_PAUSE_S", 0)
    monkeypatch.setattr(jobs, "STORAGE_PAUSE_S", 0)
    monkeypatch.setattr(storing, "FIRST_PAUSE_S", 0)


async def ended(folder: Path, pool: Pool, blobs: FolderBlobs | None = None) -> CaptureView:
    taken_in = await archive.take_in(message(1, "https://example.org/"))
    assert taken_in.card_id is not None
    card_id = taken_in.card_id

    async def look() -> CaptureView | None:
        card = await outbox.card(card_id)
        capture = card.links[0].capture if card else None
        return capture if capture and capture.state == "ended" else None

    async with looping(pool, folder, blobs):
        return await until(look, "the capture to end", timeout_s=30)


@pytest.mark.parametrize(
    "trouble", [dies("browser"), dies("killed"), broken, full_disk], ids=["browser", "killed", "broken", "full disk"]
)
async def test_after_one_trouble_the_capture_is_run_again(opened: Path, trouble: Answer) -> None:
    pool = Pool(trouble, good)
    capture = await ended(opened, pool)
    assert (capture.verdict, capture.title, pool.asked) == ("ok", "A page", 2)
    assert not list((opened / "scratch").iterdir()), "something was left in the scratch folder"


async def test_what_the_page_says_of_itself_is_kept_with_the_capture(opened: Path) -> None:
    def told(request: CaptureRequest) -> CaptureResult:
        way = (Redirect(url="https://example.org/", status=302),)
        return good(request).model_copy(update={"author": "Ada Fox", "published": "2026-11-02", "redirects": way})

    capture = await ended(opened, Pool(told))
    assert (await Capture.get(id=capture.capture_id)).metadata == {
        "author": "Ada Fox",
        "published": "2026-11-02",
        "redirects": [{"url": "https://example.org/", "status": 302}],
    }


@pytest.mark.parametrize("trouble", [dies("browser"), broken], ids=["browser", "broken"])
async def test_a_page_that_breaks_the_browser_three_times_ends_as_crashed(opened: Path, trouble: Answer) -> None:
    pool = Pool(trouble)
    assert (await ended(opened, pool)).verdict == "crashed"
    assert pool.asked == 3


async def test_a_browser_that_cannot_be_started_is_never_blamed_on_the_page(opened: Path) -> None:
    pool = Pool(*[dies("browser_start")] * 5, good)
    assert (await ended(opened, pool)).verdict == "ok"


async def test_a_death_that_could_not_be_noted_down_does_not_end_the_loop(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = crashes.note
    troubles = [OSError("database is locked")]

    async def note(job: Job, reason: str) -> None:
        if troubles:
            raise troubles.pop()
        await noted(job, reason)

    monkeypatch.setattr(crashes, "note", note)
    assert (await ended(opened, Pool(dies("killed"), good))).verdict == "ok"
    assert not troubles


async def test_a_deadline_and_too_much_memory_end_it_at_once(opened: Path) -> None:
    assert (await ended(opened, Pool(dies("deadline")))).verdict == "timeout"


async def test_while_the_store_is_away_the_files_wait_and_the_page_is_not_opened_again(opened: Path) -> None:
    pool = Pool(good)
    capture = await ended(opened, pool, Away(opened / "blobs", times=20))
    assert (capture.verdict, pool.asked, len(capture.artifacts)) == ("ok", 1, 1)
    assert not list((opened / "scratch").iterdir())


async def test_while_the_database_is_away_the_files_wait_too(opened: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, troubles = captures.finish, [StorageUnavailable("connection refused")] * 3

    async def finish(job: Job, ended: EndedCapture) -> bool:
        if troubles:
            raise troubles.pop()
        return await real(job, ended)

    monkeypatch.setattr(captures, "finish", finish)
    pool = Pool(good)
    assert ((await ended(opened, pool)).verdict, pool.asked, troubles) == ("ok", 1, [])


async def test_stopped_while_the_store_is_away_it_hands_the_capture_back_at_once(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "FIRST_PAUSE_S", 60)
    blobs = Away(opened / "blobs", times=1)
    await archive.take_in(message(1, "https://example.org/"))

    async def tried() -> bool:
        return blobs.times == 0

    async with looping(Pool(good), opened, blobs) as running:
        await until(tried, "the first try to store it")
        running.cancel()
        await asyncio.wait({running}, timeout=5)
        assert running.done()
    assert not list((opened / "scratch").iterdir())
    assert len(await open_queue(30).take(5)) == 1, "nobody waits for its lease to run out"


class Slow(Pool):
    """Opens its page until it is let go."""

    def __init__(self) -> None:
        super().__init__(good)
        self.let_go = asyncio.Event()
        self.cancelled = 0

    async def capture(self, request: CaptureRequest) -> CaptureResult:
        self.asked += 1
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return good(request)


@asynccontextmanager
async def opening(folder: Path, pool: Slow, queue: Queue, lease_s: float = 30) -> AsyncIterator[CaptureLoop]:
    """A loop that has a page open."""
    await archive.take_in(message(1, "https://example.org/"))
    settings = JobSettings(2, 10, folder / "scratch", CaptureOptions(chromium_path="/none"), lease_s)
    loop = CaptureLoop(queue, pool, FolderBlobs(folder / "blobs"), settings)  # type: ignore[arg-type]
    running = asyncio.create_task(loop.run())

    async def opened_once() -> bool:
        return pool.asked >= 1

    try:
        await until(opened_once, "the page to be opened")
        yield loop
        pool.let_go.set()
        await asyncio.wait_for(running, 30)
    finally:
        running.cancel()
        await asyncio.wait({running})


async def states() -> list[str]:
    return [capture.state for capture in await Capture.all().order_by("id")]


async def test_draining_ends_what_was_begun_and_takes_nothing_more(opened: Path) -> None:
    pool = Slow()
    async with opening(opened, pool, open_queue(30)) as loop:
        loop.drain()
        await archive.take_in(message(2, "https://example.com/"))
        await asyncio.sleep(0)
    assert await states() == ["ended", "queued"]
    assert pool.asked == 1


async def test_what_is_taken_while_draining_begins_is_handed_back(opened: Path) -> None:
    queue, pool = open_queue(30), Slow()
    taking, go_on = asyncio.Event(), asyncio.Event()
    real = queue.take

    async def take(n: int) -> list[Job]:
        found = await real(n)
        if pool.asked and found:
            taking.set()
            await go_on.wait()
        return found

    queue.take = take  # type: ignore[method-assign]
    async with opening(opened, pool, queue) as loop:
        await archive.take_in(message(2, "https://example.com/"))
        await taking.wait()
        loop.drain()
        go_on.set()
    assert await states() == ["ended", "queued"]


class Doubtful:
    """A queue that hands out one capture, of whose lease it knows what a test lets it know."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self.held, self.doubts, self.given_back = True, False, 0
        for name in ("take", "wait", "crashed"):
            setattr(self, name, getattr(queue, name))

    async def renew(self, job: Job) -> bool:
        return self.held

    def held_until(self, job: Job) -> float | None:
        return 0.0 if self.doubts else None

    async def give_back(self, job: Job) -> None:
        self.given_back += 1
        await self._queue.give_back(job)


async def test_a_page_is_closed_when_its_lease_may_be_somebody_elses(opened: Path) -> None:
    queue, pool = Doubtful(open_queue(30)), Slow()

    async def closed() -> bool:
        return pool.cancelled == 1

    async with opening(opened, pool, queue, lease_s=0.1) as loop:  # type: ignore[arg-type]
        loop.drain()  # it would be opened again at once
        queue.doubts = True
        await until(closed, "the page to be closed")
    assert await states() == ["queued"]
    assert queue.given_back == 1, "it is no crash"


async def test_what_was_not_begun_in_time_is_handed_back_and_is_no_crash(opened: Path) -> None:
    told: list[float | None] = []

    def begin(request: CaptureRequest) -> CaptureResult:
        told.append(request.begin_by)
        return dies("late")(request)

    pool = Pool(begin, good)
    capture = await ended(opened, pool)
    assert (capture.verdict, pool.asked) == ("ok", 2)
    assert (await Capture.get(id=capture.capture_id)).crashes == 0
    (begin_by,) = told
    assert begin_by is None if dialect() is Dialect.SQLITE else begin_by and 0 < begin_by - time.monotonic() <= 30


async def test_files_that_wait_are_kept_though_the_lease_is_in_doubt(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, pool = Doubtful(open_queue(30)), Slow()
    real, renewed, seen = captures.finish, queue.renew, 0

    async def finish(job: Job, ended: EndedCapture) -> bool:
        queue.doubts = True  # no page is open any more
        if seen < 3:
            raise StorageUnavailable("connection refused")
        return await real(job, ended)

    async def renew(job: Job) -> bool:
        nonlocal seen
        seen += queue.doubts
        return await renewed(job)

    monkeypatch.setattr(captures, "finish", finish)
    queue.renew = renew  # type: ignore[method-assign]
    async with opening(opened, pool, queue, lease_s=0.1) as loop:  # type: ignore[arg-type]
        pool.let_go.set()
        loop.drain()
    assert await states() == ["ended"]
    assert (pool.asked, queue.given_back) == (1, 0)
