"""Who may use a data folder just now: one bot, and one command that cares for the archive."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psycopg

from hashkeep.settings import WrongSettings
from storage import checking, postgres
from storage.database import Dialect, kind_of


class Busy(OSError):
    """Another command cares for the same archive."""


class Unwritable(OSError):
    """The data folder cannot be used."""


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Holds the data folder: a second Hashkeep on it would take the first one's captures for abandoned."""
    try:
        lock = _opened(data_dir, ".lock")
    except Unwritable as error:
        raise WrongSettings(str(error)) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise WrongSettings(f"DATA_DIR: another Hashkeep is running on {data_dir.absolute()}. Stop it first.") from None
    try:
        yield
    finally:
        os.close(lock)


@asynccontextmanager
async def caring(data_dir: Path, database_url: str) -> AsyncIterator[None]:
    """Holds the archive against other commands that care for it: a sweep must not take what a backup is about to copy.

    What a killed one left there is removed. With PostgreSQL, against those of all machines. Raises Busy, Unwritable or
    OSError.
    """
    lock = _opened(data_dir, ".care")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        async with caring_in_fleet(database_url):
            await asyncio.to_thread(checking.clear_copies, data_dir)
            yield
    except BlockingIOError:
        raise Busy(f"Another backup, verify or gc is at work on {data_dir}. Wait for its end.") from None
    finally:
        os.close(lock)


def check_folder(data_dir: Path) -> None:
    """Makes the data folder where it is missing. Raises Unwritable."""
    with _said(data_dir):
        data_dir.mkdir(parents=True, exist_ok=True)
        if not os.access(data_dir, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _opened(data_dir: Path, name: str) -> int:
    """A file to lock in the folder, which is made. Raises Unwritable."""
    with _said(data_dir):
        data_dir.mkdir(parents=True, exist_ok=True)
        return os.open(data_dir / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _said(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unwritable(
            f"DATA_DIR: {data_dir} cannot be written to ({error.strerror}). Write the path of a folder that can."
        ) from None


@asynccontextmanager
async def caring_in_fleet(database_url: str) -> AsyncIterator[None]:
    """The same without a folder; SQLite's archive is in one, and free here. Raises Busy or OSError."""
    if kind_of(database_url) is not Dialect.POSTGRES:
        yield
        return
    turns = postgres.Turns(database_url)
    try:
        try:
            free = await turns.take("care", 0)
        except psycopg.Error as error:
            raise OSError(f"the database cannot be reached: {str(error).strip()}") from None
        if not free:
            raise Busy("Another backup, verify or gc is at work on this archive, here or elsewhere. Wait for its end.")
        yield
    finally:
        await turns.close()
