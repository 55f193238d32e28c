"""Joins the three: takes captures from the queue, runs them in the pool, keeps what comes out in storage."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import resource
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from capture import metrics
from capture.log_numbers import concern
from capture.pool import CapturePool, WorkerDied
from capture.records import CaptureOptions, CaptureRequest, Verdict
from capture.storing import store
from storage import room
from storage.blobs import BlobStore
from storage.queue import Queue
from storage.records import Job

log = logging.getLogger(__name__)

STORAGE_PAUSE_S = 5.0
"""How long a capture waits before its next try when its files or rows could not be written."""

BROWSER_PAUSE_S = 5.0
"""How long a capture waits before its next try when no browser could be started."""

HAND_BACK_S = 4.0
"""How long a capture that is cancelled may take to be handed back; after that its lease runs out by itself."""

NOT_OF_THE_PAGE = frozenset({"browser_start", "start"})
"""Reasons of a worker's death before it opened anything: they never end a capture."""

_NO_DESCRIPTOR = (
    "capture %d waits: this process has no descriptor left. Its limit is %d; raise it with `ulimit -n`, or "
    "LimitNOFILE= in a unit of systemd."
)


@dataclass(frozen=True)
class JobSettings:
    """What the loop decides about every capture."""

    workers: int
    timeout_s: float
    scratch_dir: Path
    options: CaptureOptions
    lease_s: float


class CaptureLoop:
    """Runs captures for as long as it is not cancelled; at most `workers` at once.

    Cancelling it hands the captures under way back to the queue, so that the next start takes them at once.
    """

    def __init__(self, queue: Queue, pool: CapturePool, blobs: BlobStore, settings: JobSettings) -> None:
        self._queue = queue
        self._pool = pool
        self._blobs = blobs
        self._settings = settings
        self._free = asyncio.Semaphore(settings.workers)
        self._draining = asyncio.Event()
        self._opened: set[str] = set()
        """The leases under which a page is open just now."""
        room.watch(settings.scratch_dir)

    async def run(self) -> None:
        """Takes and runs captures until cancelled, or until it has drained."""
        async with asyncio.TaskGroup() as running:
            taking = running.create_task(self._take(running), name="take-captures")
            await self._draining.wait()
            taking.cancel()

    def drain(self) -> None:
        """Takes nothing more: `run` returns when what is under way has ended."""
        self._draining.set()

    async def _take(self, running: asyncio.TaskGroup) -> None:
        while True:
            await self._free.acquire()
            job = await self._next_job()
            running.create_task(self._run_and_release(job), name=f"capture-{job.capture_id}")

    async def _next_job(self) -> Job:
        while True:
            while await asyncio.to_thread(room.look):
                await asyncio.sleep(STORAGE_PAUSE_S)  # nothing could be kept; the chats of what waits are told
            try:
                jobs = await self._taken()
            except OSError as error:
                log.error("The queue could not be read: %s", error)
                await asyncio.sleep(STORAGE_PAUSE_S)
                continue
            if jobs:
                return jobs[0]
            await self._queue.wait()

    async def _taken(self) -> list[Job]:
        """One capture, if there is one. What is taken at the very moment of our end is handed back."""
        taking = asyncio.ensure_future(self._queue.take(1))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            with suppress(Exception):
                async with asyncio.timeout(HAND_BACK_S):
                    for job in await taking:
                        await self._queue.give_back(job)
            raise

    async def _run_and_release(self, job: Job) -> None:
        concern(job.capture_id)
        log.info("capture %d of %s: attempt %d begins", job.capture_id, job.host, job.attempt)
        try:
            await self._run(job)
        finally:
            self._free.release()

    async def _run(self, job: Job) -> None:
        scratch = self._settings.scratch_dir / f"{job.capture_id}-{job.lease}"
        attempt = asyncio.create_task(self._try(job, scratch), name=f"attempt-{job.capture_id}")
        heart = asyncio.create_task(self._keep_lease(job, attempt))
        try:
            await asyncio.wait({attempt})
            if attempt.cancelled():  # by the heart: nobody may have it any more, or the database has been away too long
                await self._give_back(job, 0)
            else:
                attempt.result()
        except asyncio.CancelledError:
            await _ended(attempt)
            with suppress(Exception):
                async with asyncio.timeout(HAND_BACK_S):
                    await self._queue.give_back(job)
            raise
        finally:
            heart.cancel()
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)

    async def _try(self, job: Job, scratch: Path) -> None:
        try:
            await asyncio.to_thread(scratch.mkdir, parents=True)
            await self._attempt(job, scratch)
        except Exception:
            # Whatever it is (a full disk, a locked database): the link was acknowledged, so it is tried again.
            if _no_descriptor_left():
                log.error(_NO_DESCRIPTOR, job.capture_id, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
            else:
                log.exception("capture %d could not be kept; it will be tried again", job.capture_id)
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
            await self._give_back(job, STORAGE_PAUSE_S)

    async def _give_back(self, job: Job, after_s: float) -> None:
        """After a while, and again and again where that cannot be written: else its lease would end as a crash."""
        while True:
            await asyncio.sleep(after_s)
            try:
                await self._queue.give_back(job)
            except OSError as error:
                log.error("capture %d could not be given back: %s", job.capture_id, error)
                after_s = STORAGE_PAUSE_S or 1.0
            else:
                return

    async def _attempt(self, job: Job, scratch: Path) -> None:
        try:
            await self._capture(job, scratch)
        except WorkerDied as death:
            await self._after_death(job, death)

    async def _after_death(self, job: Job, death: WorkerDied) -> None:
        if death.reason == "late":
            log.warning("capture %d was not begun: it may be somebody else's by now", job.capture_id)
            await self._give_back(job, 0)
            return
        metrics.note_death(death.reason)
        if death.reason not in NOT_OF_THE_PAGE and not await asyncio.to_thread(room.look):
            log.warning("capture %d, attempt %d: the worker died (%s)", job.capture_id, job.attempt, death.reason)
            await self._queue.crashed(job, death.reason)
            return
        if death.reason in NOT_OF_THE_PAGE:
            log.error("No browser could be started (%s); `hashkeep doctor` says why. Captures wait for it.", death)
        await self._give_back(job, BROWSER_PAUSE_S)

    async def _capture(self, job: Job, scratch: Path) -> None:
        started = time.monotonic()
        request = CaptureRequest(
            capture_id=str(job.capture_id),
            url=job.url,
            scratch=scratch,
            deadline_s=self._settings.timeout_s,
            begin_by=self._queue.held_until(job),
            options=self._settings.options,
        )
        self._opened.add(job.lease)
        try:
            result = await self._pool.capture(request)
        finally:
            self._opened.discard(job.lease)
        if result.verdict is Verdict.CRASHED:
            # The queue counts: only after several crashes is it the page that is to blame.
            raise WorkerDied("browser", result.error.message if result.error else "")
        elapsed_s = time.monotonic() - started
        kept = await store(self._blobs, job, result, scratch, elapsed_s)
        metrics.note_end(result, elapsed_s)
        log.info(
            "capture %d of %s: %s in %.1f s%s",
            job.capture_id, job.host, result.verdict, elapsed_s, "" if kept else ", but its lease was lost",
        )  # fmt: skip

    async def _keep_lease(self, job: Job, attempt: asyncio.Task[None]) -> None:
        """Renews the lease while the capture runs, and stops the capture when somebody else has it, or may have it.

        Files that wait to be stored are kept for as long as the lease is not known to be lost: no page is open.
        """
        while True:
            await asyncio.sleep(self._settings.lease_s / 3)
            held = await self._queue.renew(job)
            if not held or (job.lease in self._opened and self._is_overdue(job)):
                log.warning("capture %d %s", job.capture_id, "lost its lease" if not held else "has outlived its lease")
                attempt.cancel()
                return

    def _is_overdue(self, job: Job) -> bool:
        """Whether others may have taken the capture, because its lease could not be renewed for so long."""
        until = self._queue.held_until(job)
        return until is not None and time.monotonic() >= until


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancels a task and waits for its end."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _no_descriptor_left() -> bool:
    """Whether nothing can be opened any more. The system is asked: libraries make errors of their own of it."""
    try:
        os.close(os.dup(2))
    except OSError as error:
        return error.errno in (errno.EMFILE, errno.ENFILE)
    return False
