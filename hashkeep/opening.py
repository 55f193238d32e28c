"""Database and files of the archive, opened for a process that stays."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hashkeep.blobs import own_blobs
from hashkeep.settings import Settings, WrongSettings
from storage import database
from storage.blobs import BlobStore

log = logging.getLogger(__name__)

AGAIN_S = 3.0
"""Between two tries to open a database that is away."""


@asynccontextmanager
async def opened(settings: Settings, stop: asyncio.Event) -> AsyncIterator[BlobStore | None]:
    """Opens both until the end of the block, however long PostgreSQL is away; None when stopped before that.

    Raises WrongSettings for a database that a newer program wrote, and StorageUnavailable for SQLite.
    """
    blobs = None
    while blobs is None and not stop.is_set():
        try:
            blobs = await _open(settings)
        except database.DatabaseTooNew as error:
            raise WrongSettings(str(error)) from None
        except OSError as error:
            if settings.database_url is None:
                raise
            log.warning("the database is away: %s", error)
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait({stopped}, timeout=AGAIN_S)
            stopped.cancel()
    try:
        yield blobs
    finally:
        if blobs is not None:
            await database.close_database()


async def _open(settings: Settings) -> BlobStore:
    await database.open_database(settings.database, settings.data_dir)
    try:
        return await own_blobs(settings)
    except BaseException:
        await database.close_database()
        raise
