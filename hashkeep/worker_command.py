"""`hashkeep worker`: captures pages for a bot that runs elsewhere, with nothing of its own but scratch files."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import AsyncExitStack

from hashkeep.boundary import Boundary
from hashkeep.capturing import Capturing, capturing, prepare, queue_of
from hashkeep.data_dir import only_one
from hashkeep.listening import listening
from hashkeep.logs import configure_logging, log_what_nobody_catches, secrets_of
from hashkeep.opening import opened
from hashkeep.readiness import Readiness
from hashkeep.settings import Settings, WrongSettings
from storage.blobs import BlobStore

log = logging.getLogger(__name__)

READY_LINE = "Hashkeep is capturing"
CLOSING_S = 12.0
"""What closing may take after CAPTURE_TIMEOUT; whatever hangs then ends with us."""


def check_fleet(settings: Settings, command: str) -> None:
    """Raises WrongSettings unless database and files are where other machines reach them."""
    missing = []
    if settings.database_url is None:
        missing.append(
            f"DATABASE_URL: {command} needs it: write the PostgreSQL database that the whole fleet uses, like "
            "psycopg://user:password@host/name"
        )
    if settings.blob_url is None:
        missing.append(f"BLOB_URL: {command} needs it: write where the whole fleet keeps its files: s3://bucket/prefix")
    if missing:
        raise WrongSettings("\n".join(missing))


class Stopping:
    """The first signal asks to end what was begun, the second to end now."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.now = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled)

    def _signalled(self) -> None:
        (self.now if self.asked.is_set() else self.asked).set()


async def work_until_stopped(settings: Settings) -> int:
    """Captures until SIGTERM or SIGINT, ends what was begun, and returns the exit status (0: stopped as asked)."""
    check_fleet(settings, "hashkeep worker")
    stopping = Stopping()
    configure_logging(settings.log_level, settings.log_json, secrets_of(settings))
    log_what_nobody_catches()
    with only_one(settings.data_dir):
        async with listening(settings) as readiness:
            boundary = await prepare(settings)
            async with opened(settings, stopping.asked, readiness) as blobs:
                status = await _work(settings, boundary, blobs, readiness, stopping) if blobs else 0
    log.info("stopped")
    return status


async def _work(
    settings: Settings, boundary: Boundary, blobs: BlobStore, readiness: Readiness, stopping: Stopping
) -> int:
    queue = queue_of(settings)
    async with AsyncExitStack() as parts:
        work = await parts.enter_async_context(capturing(settings, boundary, blobs, queue))
        await parts.enter_async_context(readiness.asking(blobs, queue))
        print(f"{READY_LINE}. Stop it with Ctrl-C.", flush=True)
        await stopping.asked.wait()
        asyncio.get_running_loop().call_later(settings.capture_timeout + CLOSING_S, _leave)
        await _drain(work, stopping, settings.capture_timeout)
        return 1 if work.failed else 0


async def _drain(work: Capturing, stopping: Stopping, patience_s: float) -> None:
    """Ends what was begun, within the time that a capture may take; the rest is handed back by closing."""
    log.info("no more captures are taken; those under way have %d s", patience_s)
    draining = asyncio.create_task(work.drain())
    now = asyncio.create_task(stopping.now.wait())
    await asyncio.wait({draining, now}, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
    if not draining.done():
        log.warning("what is still under way is handed back")
    for task in (draining, now):
        task.cancel()


def _leave() -> None:
    log.error("closing takes too long; what is left ends with this process")
    os._exit(0)
