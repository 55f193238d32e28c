"""Backup and restore: the database as it was at one moment, and every file that it names, by content address.

A backup is a folder: `hashkeep.sqlite3`, `blobs/` as in DATA_DIR, and `backup.json`. It is whole at every moment: new
files come first, then the database takes the place of the older one, and what nothing names any more goes last.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import aclosing, closing
from dataclasses import dataclass
from pathlib import Path

from storage import clock
from storage.abreast import abreast
from storage.blobs import BlobDamaged, BlobStore, key
from storage.blobs_folder import FolderBlobs
from storage.identity import ARCHIVE_ID

DATABASE = "hashkeep.sqlite3"
MANIFEST = "backup.json"
BLOBS = "blobs"
FORMAT = 1

Tell = Callable[[int, int], None]


class NoBackup(ValueError):
    """The folder cannot be used for this; the message says why."""


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


async def back_up(data_dir: Path, blobs: BlobStore, folder: Path, program: str, tell: Tell = lambda *_: None) -> Saved:
    """Copies the archive into the folder, beside a running bot; what the folder has already stays there.

    Raises NoBackup or OSError. Interrupted, it leaves the backup before whole and goes on the next time.
    """
    source = data_dir / DATABASE
    if not source.exists():
        raise NoBackup(f"There is no archive in {data_dir}.")
    _check_target(data_dir, folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = folder / f"{DATABASE}.new"
    await asyncio.to_thread(_snapshot, source, fresh)
    named = await asyncio.to_thread(lambda: list(_named(fresh)))
    target = FolderBlobs(folder / BLOBS)
    saved = await _copy(blobs, target, named, tell)
    _replace(fresh, folder / DATABASE)
    told = {"format": FORMAT, "made_at": clock.now().isoformat(), "program": program, "blobs": len(named)}
    _write(folder / MANIFEST, json.dumps(told, indent=2) + "\n")
    await _prune(target, {sha256 for sha256, _ in named})
    return saved


async def restore(folder: Path, data_dir: Path, blobs: BlobStore, tell: Tell = lambda *_: None) -> Saved:
    """Brings a backup into a data folder and a store that hold no archive. Nobody else may use them meanwhile.

    What was to be answered at the moment of the backup has been answered since, or nobody waits for it any more: no
    answer is sent a second time. Captures that were under way run again. Raises NoBackup or OSError.
    """
    _check_backup(folder)
    arriving = data_dir / f"{DATABASE}.restoring"
    if (data_dir / DATABASE).exists():
        raise NoBackup(f"{data_dir} holds an archive already. Restore into an empty folder: set DATA_DIR.")
    if not arriving.exists() and await _holds_something(blobs):
        raise NoBackup(f"{blobs} holds files already. Restore into an empty place: set DATA_DIR or BLOB_URL.")
    data_dir.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(_snapshot, folder / DATABASE, arriving)
    await asyncio.to_thread(_silence, arriving)
    named = await asyncio.to_thread(lambda: list(_named(arriving)))
    blobs.owner = await asyncio.to_thread(_archive_id, arriving)
    saved = await _copy(FolderBlobs(folder / BLOBS), blobs, named, tell)
    _replace(arriving, data_dir / DATABASE)
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
    if names and not names & {MANIFEST, f"{DATABASE}.new"}:
        raise NoBackup(f"{folder} is not empty and holds no backup of Hashkeep's.")


def _check_backup(folder: Path) -> None:
    try:
        told = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        raise NoBackup(f"{folder} holds no (whole) backup: it has no readable {MANIFEST}.") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise NoBackup(f"The backup in {folder} is of a newer Hashkeep. Update Hashkeep first.")


def _snapshot(source: Path, target: Path) -> None:
    """The database as it is at one moment, in one file. In a single step: others may go on writing."""
    target.unlink(missing_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")
            problem = new.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise OSError(f"{source}: {error}") from error
    if problem != "ok":
        raise OSError(f"{source} is damaged: {problem}")
    target.chmod(0o600)


def _named(database: Path) -> Iterator[tuple[str, int]]:
    with closing(sqlite3.connect(database)) as connection:
        yield from connection.execute("SELECT sha256, MAX(size_bytes) FROM artifacts GROUP BY sha256")


def _archive_id(database: Path) -> str | None:
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute("SELECT value FROM settings WHERE key = ?", [ARCHIVE_ID]).fetchone()
    return str(row[0]) if row else None


def _silence(database: Path) -> None:
    """Takes out what would be sent: a card that was never sent has no way to be sent from now on."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM outbox WHERE card_id IS NULL")
        connection.execute("DELETE FROM outbox WHERE card_id IN (SELECT id FROM cards WHERE sent_message_id IS NULL)")
        connection.execute(
            "UPDATE transfers SET state = 'stopped' WHERE kind = 'export' AND state IN ('asked', 'running')"
        )


async def _copy(source: BlobStore, target: BlobStore, named: list[tuple[str, int]], tell: Tell) -> Saved:
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
            tell(done, len(named))
    return Saved(copied, len(named), size, tuple(faults))


async def _prune(target: BlobStore, named: set[str]) -> None:
    """Removes from a backup what it does not need. Nobody else writes there."""

    async def is_named(sha256: str) -> bool:
        return sha256 in named

    now = clock.now()
    async for blob in target.listed():
        if blob.sha256 not in named:
            await target.remove_unnamed(blob.sha256, now, is_named)


def _replace(new: Path, old: Path) -> None:
    with new.open("rb+") as file:
        os.fsync(file.fileno())
    new.replace(old)


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text)
    _replace(fresh, path)
