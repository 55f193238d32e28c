"""Sweeps by itself while Hashkeep runs, so that nobody has to remember `hashkeep gc`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from hashkeep.data_dir import caring
from storage import garbage
from storage.blobs import BlobStore

log = logging.getLogger(__name__)

FIRST_S = 900.0
"""After the start: not while captures that waited are run."""
EVERY_S = 24 * 3600.0


@asynccontextmanager
async def caretaker(data_dir: Path, blobs: BlobStore) -> AsyncIterator[None]:
    """Sweeps a while after the start and once a day, until the end of the block."""
    task = asyncio.create_task(_sweep_daily(data_dir, blobs), name="caretaker")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep_daily(data_dir: Path, blobs: BlobStore) -> None:
    await asyncio.sleep(FIRST_S)
    while True:
        await sweep_once(data_dir, blobs)
        await asyncio.sleep(EVERY_S)


async def sweep_once(data_dir: Path, blobs: BlobStore) -> None:
    """One sweep; what keeps it from its work is logged, and it is tried again the next day."""
    try:
        with caring(data_dir):
            swept = await garbage.sweep(blobs)
    except OSError as error:
        log.warning("could not sweep: %s", error)
    else:
        if swept != garbage.Swept():
            log.info("swept: %s", swept)
