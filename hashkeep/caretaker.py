"""Sweeps by itself while Hashkeep runs, so that nobody has to remember `hashkeep gc`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from hashkeep.data_dir import Busy, caring
from hashkeep.own_folder import remove_left
from storage import garbage
from storage.blobs import BlobStore

log = logging.getLogger(__name__)

FIRST_S = 900.0
"""After the start: not while captures that waited are run."""
LOOK_S = 3600.0
EVERY = timedelta(days=1)


@asynccontextmanager
async def caretaker(data_dir: Path, database_url: str, blobs: BlobStore) -> AsyncIterator[None]:
    """Sweeps once a day, one process for all that share the database, until the end of the block."""
    task = asyncio.create_task(_sweep_daily(data_dir, database_url, blobs), name="caretaker")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep_daily(data_dir: Path, database_url: str, blobs: BlobStore) -> None:
    await asyncio.sleep(FIRST_S)
    while True:
        await sweep_if_due(data_dir, database_url, blobs)
        await asyncio.sleep(LOOK_S)


async def sweep_if_due(data_dir: Path, database_url: str, blobs: BlobStore) -> bool:
    """Sweeps unless somebody has done so within a day, and says whether it did.

    What keeps it from its work is logged, and it is tried again after a while.
    """
    try:
        async with caring(data_dir, database_url):
            await asyncio.to_thread(remove_left, data_dir)  # each machine has a folder of its own
            if not await garbage.is_due(EVERY):
                return False
            swept = await garbage.sweep(blobs)
    except Busy as error:
        log.debug("not swept now: %s", error)
        return False
    except OSError as error:
        log.warning("could not sweep: %s", error)
        return False
    if swept != garbage.Swept():
        log.info("swept: %s", swept)
    return True
