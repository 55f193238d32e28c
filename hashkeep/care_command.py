"""`hashkeep backup | restore | verify | gc`: care for an archive, beside a running bot where that is possible."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from capture.wacz_check import wacz_fault
from hashkeep.blobs import open_blobs
from hashkeep.data_dir import Unwritable, caring, only_one
from hashkeep.opening import naming_file, storage_for
from hashkeep.own_folder import remove_left
from hashkeep.settings import Settings
from storage import checking, database, garbage, saving
from storage.blobs import BlobStore
from storage.saved_database import NoBackup, SavedDatabase
from storage.saving import Saved
from storage.wrong_database import WrongDatabase

CLEAN, FOUND, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def backup_command(settings: Settings, folder: Path) -> int:
    """Exit status 0: the backup is whole; 1: it is not, a line says what is missing; 2: wrong folder."""
    return run(_backup(settings, folder))


def restore_command(settings: Settings, folder: Path) -> int:
    """Exit status as of backup. The bot must not run."""
    with only_one(settings.data_dir):
        return run(_restore(settings, folder))


def verify_command(settings: Settings) -> int:
    """Exit status 0: clean; 1: a line for each thing that is not."""
    return run(_verify(settings))


def gc_command(settings: Settings, *, dry_run: bool) -> int:
    """Exit status 0: done."""
    return run(_gc(settings, dry_run))


def run(work: Coroutine[Any, Any, int]) -> int:
    """Does the work; what keeps it from being done is said in a sentence, and gives an exit status of its own."""
    os.umask(0o077)  # the archive is for this user alone, as with `hashkeep run`
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        print("Interrupted. Nothing is half done; the same command goes on.", file=sys.stderr)
        return INTERRUPTED
    except (NoBackup, Unwritable, WrongDatabase) as error:
        print(error, file=sys.stderr)
        return WRONG_USAGE
    except (OSError, database.DatabaseTooNew) as error:
        print(error, file=sys.stderr)
        return FOUND


async def _backup(settings: Settings, folder: Path) -> int:
    async with _caring(settings):
        with bar("Copying") as tell:
            program = f"hashkeep {version('hashkeep')}"
            saved = await saving.back_up(_saved(settings), open_blobs(settings), folder, program, tell)
    return _told(saved, f"{folder} holds the archive")


async def _restore(settings: Settings, folder: Path) -> int:
    async with _caring(settings):
        with bar("Copying") as tell:
            saved = await saving.restore(folder, _saved(settings), open_blobs(settings), tell)
    place = "The database" if settings.database_url else str(settings.data_dir)
    return _told(saved, f"{place} holds the archive again")


@asynccontextmanager
async def _caring(settings: Settings) -> AsyncIterator[None]:
    await database.look_in(settings.database)
    async with caring(settings.data_dir, settings.database):
        yield


def _saved(settings: Settings) -> SavedDatabase:
    return saving.database_of(settings.database, settings.data_dir)


def _told(saved: Saved, sentence: str) -> int:
    for fault in saved.faults:
        print(fault)
    print(f"{sentence}: {saved.named} files, {saved.copied} of them new ({saved.bytes / 1e6:.1f} MB).")
    if saved.faults:
        print(f"{len(saved.faults)} files could not be copied; hashkeep verify says whose they are.", file=sys.stderr)
    return FOUND if saved.faults else CLEAN


async def _verify(settings: Settings) -> int:
    count = 0
    async with _caring(settings), _storage(settings) as blobs:
        with bar("Reading") as tell:
            async for line in checking.check(blobs, settings.data_dir, wacz_fault, tell):
                print(line, flush=True)
                count += 1
    print(f"{count} findings" if count else "Everything is there and whole.", file=sys.stderr)
    return FOUND if count else CLEAN


async def _gc(settings: Settings, dry_run: bool) -> int:
    async with _caring(settings), _storage(settings) as blobs:
        with Console(stderr=True).status("Sweeping") as status:
            swept = await garbage.sweep(blobs, dry_run=dry_run, tell=lambda s: status.update(f"Sweeping: {_words(s)}"))
        left = await asyncio.to_thread(remove_left, settings.data_dir, dry_run=dry_run)
    of_killed = f", {left} folders of commands that were killed" if left else ""
    print(f"{'Would remove' if dry_run else 'Removed'}: {_words(swept)}{of_killed}.")
    return CLEAN


def _words(swept: garbage.Swept) -> str:
    return (
        f"{swept.archives} archives, {swept.links} links, {swept.artifacts} files of old captures, "
        f"{swept.remembered} old notes of what could be undone, {swept.blobs} unnamed files "
        f"({swept.bytes / 1e6:.1f} MB)"
    )


@asynccontextmanager
async def _storage(settings: Settings) -> AsyncIterator[BlobStore]:
    """The archive, open. Raises NoBackup where there is none, and makes none."""
    try:
        if await database.schema_of(settings.database, settings.data_dir) is database.Schema.MISSING:
            where = "the database that DATABASE_URL names" if settings.database_url else settings.data_dir
            raise NoBackup(f"There is no archive in {where}.")
    except database.StorageUnavailable as error:
        raise naming_file(settings, error) from error
    async with storage_for(settings) as blobs:
        yield blobs


@contextmanager
def bar(what: str) -> Iterator[saving.Tell]:
    """A progress bar on a terminal, and nothing elsewhere."""
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
