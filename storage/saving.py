"""Backup and restore: the database as it was at one moment, and every file that it names, by content address.

A backup is a folder: the database's file, `blobs/` as in DATA_DIR, and `backup.json`. It is whole at every moment: new
files come first, then the database takes the place of the older one, and what nothing names any more goes last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage import clock, files
from storage.abreast import abreast
from storage.blobs import BlobDamaged, BlobStore, key
from storage.blobs_folder import FolderBlobs
from storage.database import Dialect, kind_of
from storage.saved_database import NoBackup, SavedDatabase
from storage.saved_postgres import SavedPostgres
from storage.saved_sqlite import SavedSqlite

MANIFEST = "backup.json"
BLOBS = "blobs"
FORMAT = 1
FILES = {kind.kind: kind.file for kind in (SavedSqlite, SavedPostgres)}
"""The file of the database in a backup, by its kind."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Saved:
    """What was done."""

    copied: int
    """Files that were not there yet."""
    named: int
    """Files that the database names."""
    bytes: int
    """Of what was copied."""
    faults: tuple[str, ...]
    """A line for each file that is missing or damaged where it was copied from."""


def database_of(url: str, data_dir: Path) -> SavedDatabase:
    """The database that a URL names, as backups see it; SQLite's lies in `data_dir`."""
    return SavedSqlite(data_dir) if kind_of(url) is Dialect.SQLITE else SavedPostgres(url, data_dir)


async def back_up(
    database: SavedDatabase, blobs: BlobStore, folder: Path, program: str, tell: Tell = lambda *_: None
) -> Saved:
    """Copies the archive into the folder, beside a running bot; what the folder has already stays there.

    Raises NoBackup or OSError. Interrupted, it leaves the backup before whole and goes on the next time.
    """
    _check_target(database.data_dir, folder)
    fresh = folder / f"{database.file}.new"
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        named = await database.save(fresh)
    except NoBackup:
        if made:
            folder.rmdir()
        raise
    target = FolderBlobs(folder / BLOBS)
    for store in (blobs, target):
        await store.clear_staging()
    saved = await copy_blobs(blobs, target, named.blobs, len(named.blobs), tell)
    files.replace(fresh, folder / database.file)
    told = {
        "format": FORMAT,
        "database": database.kind,
        "made_at": clock.now().isoformat(),
        "program": program,
        "blobs": len(named.blobs),
    }
    files.write(folder / MANIFEST, json.dumps(told, indent=2) + "\n")
    for name in {*FILES.values()} - {database.file}:  # the archive has moved to another database since
        (folder / name).unlink(missing_ok=True)
    await _prune(target, {sha256 for sha256, _ in named.blobs})
    return saved


async def restore(folder: Path, database: SavedDatabase, blobs: BlobStore, tell: Tell = lambda *_: None) -> Saved:
    """Brings a backup into a database and a store that hold no archive. Nobody else may use them meanwhile.

    What was to be answered at the moment of the backup has been answered since, or nobody waits for it any more: no
    answer is sent a second time. Captures that were under way run again. Raises NoBackup or OSError.
    """
    _check_backup(folder, database.kind)
    goes_on = database.is_arriving()
    if not goes_on and await _holds_something(blobs):
        await database.check_empty()
        raise NoBackup(f"{blobs} holds files already. Restore into an empty place: set DATA_DIR or BLOB_URL.")
    named = await database.arrive(folder / database.file)
    blobs.owner = named.owner
    await blobs.clear_staging()
    saved = await copy_blobs(FolderBlobs(folder / BLOBS), blobs, named.blobs, len(named.blobs), tell)
    await database.settle(folder / database.file)
    return saved


async def _holds_something(blobs: BlobStore) -> bool:
    async with aclosing(blobs.listed()) as listed:
        return await anext(listed, None) is not None


def _check_target(data_dir: Path, folder: Path) -> None:
    if folder.resolve() == data_dir.resolve() or (data_dir / BLOBS).resolve() in [
        folder.resolve(),
        *folder.resolve().parents,
    ]:
        raise NoBackup(f"{folder} is where the archive itself lies. A backup belongs elsewhere, best on another disk.")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise NoBackup(f"{folder} is no folder.")
    names = {path.name for path in folder.iterdir()}
    if names and not names & {MANIFEST, *(f"{name}.new" for name in FILES.values())}:
        raise NoBackup(f"{folder} is not empty and holds no backup of Hashkeep's.")


def _check_backup(folder: Path, kind: str) -> None:
    try:
        told: Any = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("format"), int):
        raise NoBackup(f"{folder} holds no (whole) backup: it has no readable {MANIFEST}.")
    if told["format"] != FORMAT:
        raise NoBackup(f"The backup in {folder} is of a newer Hashkeep. Update Hashkeep first.")
    saved = str(told.get("database", SavedSqlite.kind))
    if saved != kind:
        own, here = _NAMES.get(saved, saved), _NAMES[kind]
        raise NoBackup(
            f"The backup in {folder} is of {own}, and these settings are of {here}. Restore it into {own}, and move "
            "the archive from there: hashkeep migrate-storage --help"
        )


_NAMES = {SavedSqlite.kind: "SQLite", SavedPostgres.kind: "PostgreSQL"}


async def copy_blobs(
    source: BlobStore, target: BlobStore, named: Iterable[tuple[str, int]], total: int, tell: Tell
) -> Saved:
    """Copies what is not there yet; what cannot be copied is among the faults."""

    async def copy(blob: tuple[str, int]) -> bool | str:
        """Whether it had to be copied, or what is wrong with it."""
        sha256, size_bytes = blob
        try:
            return await target.copy_from(source, sha256, size_bytes)
        except FileNotFoundError:
            return f"{key(sha256)}: it is missing"
        except BlobDamaged:
            return f"{key(sha256)}: it is damaged"

    done = copied = size = 0
    faults = []
    async with aclosing(abreast(copy, named)) as results:
        async for (_, size_bytes), result in results:
            done += 1
            if isinstance(result, str):
                faults.append(result)
            elif result:
                copied += 1
                size += size_bytes
            tell(done, total)
    return Saved(copied, done, size, tuple(faults))


async def _prune(target: BlobStore, named: set[str]) -> None:
    """Removes from a backup what it does not need. Nobody else writes there."""

    async def is_named(sha256: str) -> bool:
        return sha256 in named

    now = clock.now()
    async for blob in target.listed():
        if blob.sha256 not in named:
            await target.remove_unnamed(blob.sha256, now, is_named)
