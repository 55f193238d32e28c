"""Moving an archive to another database and another place for its files: row by row and file by file, compared.

Files go first, as nothing names them yet; what is there already is not copied again. Rows go in one transaction, which
ends only when each table of the target holds what the source holds: an interrupted move leaves no half archive behind,
and the same command goes on. The source is only read.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from storage import database, saved_sqlite
from storage.blobs import BlobStore
from storage.database import Dialect, kind_of
from storage.relocating_ends import Digest, End, Row, doc_row
from storage.relocating_postgres import PostgresEnd
from storage.relocating_sqlite import SqliteEnd
from storage.saved_database import NoBackup
from storage.saved_postgres import connected, is_used
from storage.saving import Saved, Tell, copy_blobs
from storage.tables import SEARCH, Table, tables

T = TypeVar("T")

TELL_EVERY = 500
"""Rows after which it is told how many are done."""


@dataclass(frozen=True)
class Home:
    """Where an archive is, or is to be."""

    database_url: str
    data_dir: Path
    """Of a database that lies in one."""
    blobs: BlobStore

    @property
    def has_file(self) -> bool:
        """Whether its database is SQLite's."""
        return kind_of(self.database_url) is Dialect.SQLITE

    def opened(self, *, writes: bool = False) -> AbstractContextManager[End]:
        """Its database, for one thread. Raises OSError."""
        if self.has_file:
            return SqliteEnd.opened(self.data_dir, writes=writes)
        return PostgresEnd.opened(self.database_url, writes=writes)


async def move_blobs(source: Home, target: Home, tell: Tell) -> Saved:
    """Copies the files that rows of the source name; those that are there already stay.

    Raises NoBackup when the target holds other files, or OSError.
    """
    with source.opened() as rows:
        async for blob in target.blobs.listed():
            if not rows.names(blob.sha256):
                raise NoBackup(f"{target.blobs} holds files of something else. Move the archive to an empty place.")
        target.blobs.owner = rows.owner()
        return await copy_blobs(source.blobs, target.blobs, rows.blobs(), rows.count_blobs(), tell)


async def check_unused(home: Home, name: str) -> None:
    """Raises NoBackup while a Hashkeep is connected that serves or captures, or OSError; SQLite has locks for that."""
    if not home.has_file:
        async with connected(home.database_url) as connection:
            if await is_used(connection):
                raise NoBackup(f"Another Hashkeep is running on the database {name}. Stop it first.")


async def prepare(source: Home, target: Home) -> None:
    """Sees to it that rows can be moved: the target has the tables, and nothing in them.

    Raises NoBackup, OSError, or DatabaseTooNew.
    """
    if source.has_file and not (source.data_dir / saved_sqlite.FILE).exists():
        raise NoBackup(f"There is no archive in {source.data_dir}.")
    with source.opened() as old:
        history = old.history()
    if not history:
        raise NoBackup(f"There is no archive in {source.data_dir if source.has_file else 'the database'}.")
    for home, name in (source, "that is moved"), (target, "that it is moved to"):
        await check_unused(home, name)
    try:
        await database.open_database(target.database_url, target.data_dir)
    except database.StorageUnavailable as error:
        raise OSError(f"{target.data_dir / saved_sqlite.FILE}: {error}" if target.has_file else str(error)) from error
    await database.close_database()
    with target.opened() as new:
        if new.is_full():
            raise NoBackup("The database that the archive is to be moved to holds an archive already.")
        if history != new.history():
            raise NoBackup(
                "The archive is one of another version of Hashkeep. Start this one on it once, with hashkeep verify or "
                "hashkeep run; that brings it up to date."
            )


async def move_rows(source: Home, target: Home, tell: Tell) -> int:
    """Moves all rows and gives their number. Raises NoBackup or OSError; then the target is as empty as before."""
    stop = threading.Event()
    work = asyncio.create_task(asyncio.to_thread(_move, source, target, tell, stop))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait({work})
        raise


class _Stopped(Exception):
    """Somebody has interrupted it."""


def _move(source: Home, target: Home, tell: Tell, stop: threading.Event) -> int:
    done = 0

    def passing(rows: Iterable[T], digest: Digest, form: Callable[[T], Iterable[object]]) -> Iterator[T]:
        """The rows, counted and taken down."""
        nonlocal done
        for row in rows:
            if stop.is_set():
                raise _Stopped
            digest.add(form(row))
            done += 1
            if not done % TELL_EVERY:
                tell(done, total)
            yield row

    with source.opened() as old, target.opened(writes=True) as new:
        total = 2 * sum(old.count(name) for name in (*(table.name for table in tables()), SEARCH))
        had: dict[str, Digest] = {}
        for table in tables():
            had[table.name] = digest = Digest()
            new.write(table, passing((_settled(table, row) for row in old.read(table)), digest, tuple))
            if table.generated:
                new.set_last_key(table, old.last_key(table))
        had[SEARCH] = Digest()
        new.write_docs(passing(old.docs(), had[SEARCH], doc_row))
        new.check()
        has = {table.name: Digest() for table in tables()} | {SEARCH: Digest()}
        for table in tables():
            _exhaust(passing(new.read(table), has[table.name], tuple))
            if table.generated and new.last_key(table) < old.last_key(table):
                raise OSError(f"{table.name} would give numbers a second time")
        _exhaust(passing(new.docs(), has[SEARCH], doc_row))
        differing = [name for name in had if str(had[name]) != str(has[name])]
        if differing:
            raise OSError(f"What was written is not what was read: {', '.join(differing)}")
        new.commit()
    tell(total, total)
    return done // 2


def _settled(table: Table, row: Row) -> Row:
    """The row as it is to be in another place: what was being captured waits to be captured again."""
    if table.name != "captures":
        return row
    values = dict(zip((column.name for column in table.columns), row, strict=True))
    if values["state"] != "running":
        return row
    return tuple((values | {"state": "queued", "lease": None, "lease_until_ms": None}).values())


def _exhaust(rows: Iterable[T]) -> None:
    for _ in rows:
        pass
