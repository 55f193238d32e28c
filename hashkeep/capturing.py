"""What runs captures, put together: for `hashkeep run` and for `hashkeep worker`."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from capture.errands import ErrandLoop
from capture.given_copies import CopyTaker
from capture.jobs import CaptureLoop, JobSettings
from capture.pdf_on_demand import PdfMaker
from capture.pool import SEARCHABLE, CapturePool
from capture.records import CaptureOptions
from hashkeep.boundary import Boundary, find_boundary, pool_settings
from hashkeep.chromium import find_chromium
from hashkeep.settings import Settings
from storage.blobs import BlobStore
from storage.queue import Queue
from storage.queue.engine import open_queue
from storage.queue.fleet import FleetQueue
from storage.quotas import Quota

log = logging.getLogger(__name__)

LEASE_S = 30.0
"""How long a capture stays taken without a sign of life; renewed three times as often."""


@dataclass
class Capturing:
    """Captures under way, and what else is done by the same workers."""

    loop: CaptureLoop
    pdfs: PdfMaker
    copies: CopyTaker
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether something has ended that should not have."""
        return any(task.done() and not task.cancelled() and task.exception() for task in self.tasks)

    async def drain(self) -> None:
        """Takes nothing more, and waits for the captures under way."""
        self.loop.drain()
        captures, *others = self.tasks
        for task in others:
            task.cancel()
        await asyncio.wait({captures})


def clear_scratch(settings: Settings) -> None:
    """Makes the scratch folder, and closes what is ours to other users."""
    os.umask(0o077)
    _close_to_others(settings.data_dir)
    # What lies there is of captures that no longer run: they are taken back later and begin anew.
    shutil.rmtree(settings.scratch, ignore_errors=True)
    settings.scratch.mkdir(parents=True, exist_ok=True)
    settings.scratch.chmod(SEARCHABLE)


async def prepare(settings: Settings) -> Boundary:
    """Clears the scratch folder and sees to the boundary. Raises WrongSettings."""
    await asyncio.to_thread(clear_scratch, settings)
    return await find_boundary(settings, settings.scratch)


def _close_to_others(data_dir: Path) -> None:
    """The archive is for this user alone: not for other people here, and not for the users that root gives workers."""
    for path in (*data_dir.glob("*.sqlite3*"), data_dir / "blobs"):
        with suppress(FileNotFoundError, PermissionError):  # another owner has decided otherwise
            path.chmod(0o700 if path.is_dir() else 0o600)


def queue_of(settings: Settings) -> Queue:
    """The queue of the open database."""
    return open_queue(LEASE_S, Quota(settings.quota_links_per_day, settings.quota_megabytes))


@asynccontextmanager
async def capturing(settings: Settings, boundary: Boundary, blobs: BlobStore, queue: Queue) -> AsyncIterator[Capturing]:
    """Runs captures until the end of the block; what is under way then is handed back."""
    job_settings = JobSettings(
        workers=settings.capture_workers,
        timeout_s=settings.capture_timeout,
        scratch_dir=settings.scratch,
        options=_options(settings),
        lease_s=LEASE_S,
    )
    async with (
        CapturePool(pool_settings(settings, boundary, settings.scratch, settings.capture_workers)) as pool,
        queue.running(),
    ):
        shared = (pool, blobs, settings.scratch, job_settings.options)
        captures = CaptureLoop(queue, pool, blobs, job_settings)
        work = Capturing(captures, PdfMaker(*shared), CopyTaker(*shared))
        work.tasks.append(asyncio.create_task(captures.run(), name="captures"))
        if isinstance(queue, FleetQueue):
            errands = ErrandLoop(queue.worker, pool, blobs, work.pdfs, work.copies, settings.scratch)
            work.tasks.append(asyncio.create_task(errands.run(), name="errands"))
        for task in work.tasks:
            task.add_done_callback(_stop_if_broken)
        try:
            yield work
        finally:
            for task in work.tasks:
                task.cancel()
            await asyncio.wait(work.tasks)


def _options(settings: Settings) -> CaptureOptions:
    return CaptureOptions(
        chromium_path=str(find_chromium(settings)),
        pdf=settings.capture_pdf == "always",
        consent=settings.capture_consent,
        max_resource_bytes=settings.capture_resource_megabytes * 1_000_000,
        max_original_bytes=settings.capture_file_megabytes * 1_000_000,
        max_recorded_bytes=settings.capture_total_megabytes * 1_000_000,
    )


def _stop_if_broken(task: asyncio.Task[None]) -> None:
    """A loop that ended by an error ends the program: a supervisor starts it anew, nothing hides it."""
    if not task.cancelled() and task.exception():
        log.critical("the loop of %s failed", task.get_name(), exc_info=task.exception())
        os.kill(os.getpid(), signal.SIGTERM)
