"""Database and files of the archive, opened for a process that stays."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from hashkeep.blobs import open_blobs, own_blobs
from hashkeep.readiness import Readiness
from hashkeep.settings import Settings, WrongSettings
from storage import database, sqlite
from storage.blobs import BlobStore

log = logging.getLogger(__name__)

AGAIN_S = 3.0
"""Between two tries to open a database that is away."""


@asynccontextmanager
async def opened(settings: Settings, stop: asyncio.Event, readiness: Readiness) -> AsyncIterator[BlobStore | None]:
    """Opens both until the end of the block, however long PostgreSQL is away; None when stopped before that.

    Raises WrongSettings or WrongDatabase where no waiting helps, and StorageUnavailable for SQLite.
    """
    try:
        open_blobs(settings)
    except OSError as error:
        raise WrongSettings(f"DATA_DIR: {error}. Write the path of a folder that can be written to.") from None
    blobs = None
    while blobs is None and not stop.is_set():
        try:
            if await _unless_stopped(stop, database.look_in(settings.database)):
                blobs = await _open(settings)
        except database.DatabaseTooNew as error:
            raise WrongSettings(str(error)) from None
        except OSError as error:
            if settings.database_url is None:
                raise _of_sqlite(settings, error) from error
            readiness.why = f"the database is away: {error}"
            log.warning("%s", readiness.why)
            await _unless_stopped(stop, asyncio.sleep(AGAIN_S))
    looking = asyncio.create_task(_look_at(blobs), name="look at the files") if blobs is not None else None
    try:
        yield blobs
    finally:
        if looking is not None:
            looking.cancel()
        if blobs is not None:
            await database.close_database()


async def _look_at(blobs: BlobStore) -> None:
    """Says at once what the first captured page would find out: the key may be wrong, or the bucket only be away."""
    try:
        await blobs.answers()
    except OSError as error:
        log.error("%s. Messages are taken in, and captured pages wait, until it can be used", str(error).rstrip("."))


async def _unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Does the work, and says whether it came to its end: a server that is silent must not hold up ours."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in (task, stopped):
            each.cancel()
        await asyncio.wait({task, stopped})
    if task.cancelled():
        return False
    task.result()
    return True


def _of_sqlite(settings: Settings, error: OSError) -> Exception:
    """What a start says of our own file."""
    if error.__cause__ and sqlite.is_damaged(error.__cause__):
        return WrongSettings(
            f"DATA_DIR: {naming_file(settings, error)}. Restore a backup into an empty folder, or name another one."
        )
    return naming_file(settings, error)


def naming_file(settings: Settings, error: OSError) -> OSError:
    """An error with the file that it is about, where that is SQLite's."""
    if settings.database_url or not isinstance(error, database.StorageUnavailable):
        return error
    return database.StorageUnavailable(f"{settings.data_dir / database.SQLITE_FILE}: {error}")


@asynccontextmanager
async def storage_for(settings: Settings) -> AsyncIterator[BlobStore]:
    """Both for a command, until the end of the block. Raises as `open_database` does, with SQLite's file named."""
    try:
        blobs = await _open(settings)
        try:
            yield blobs
        finally:
            await database.close_database()
    except database.StorageUnavailable as error:
        raise naming_file(settings, error) from error


async def _open(settings: Settings) -> BlobStore:
    await database.open_database(settings.database, settings.data_dir)
    try:
        return await own_blobs(settings)
    except BaseException:
        await database.close_database()
        raise
