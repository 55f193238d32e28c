"""SQLite's file in backups: copied by SQLite itself, and under another name until it is whole."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.database import SQLITE_FILE
from storage.files import replace
from storage.identity import ARCHIVE_ID
from storage.saved_database import SILENCE, Named, NoBackup

FILE = SQLITE_FILE


class SavedSqlite:
    """The database in DATA_DIR."""

    kind, file = "sqlite", FILE

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._arriving = data_dir / f"{FILE}.restoring"

    def is_arriving(self) -> bool:
        """See SavedDatabase."""
        return self._arriving.exists()

    async def check_empty(self) -> None:
        """See SavedDatabase."""
        if (self.data_dir / FILE).exists():
            raise NoBackup(f"{self.data_dir} holds an archive already. Restore into an empty folder: set DATA_DIR.")

    async def save(self, path: Path) -> Named:
        """See SavedDatabase."""
        source = self.data_dir / FILE
        if not source.exists():
            raise NoBackup(f"There is no archive in {self.data_dir}.")
        await asyncio.to_thread(_snapshot, source, path)
        if not await asyncio.to_thread(_is_archive, path):
            path.unlink()
            raise NoBackup(f"There is no archive in {self.data_dir}: {FILE} there has none.")
        return await asyncio.to_thread(_named, path)

    async def arrive(self, saved: Path) -> Named:
        """See SavedDatabase."""
        await self.check_empty()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(_snapshot, saved, self._arriving)
        if not await asyncio.to_thread(_is_archive, self._arriving):
            self._arriving.unlink()
            raise NoBackup(f"{saved} holds no archive.")
        await asyncio.to_thread(_silence, self._arriving)
        return await asyncio.to_thread(_named, self._arriving)

    async def settle(self, saved: Path) -> None:
        """See SavedDatabase."""
        await asyncio.to_thread(replace, self._arriving, self.data_dir / FILE)


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
        is_full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        raise OSError(f"{target if is_full else source}: {error}") from error
    if problem != "ok":
        raise OSError(f"{source} is damaged: {problem}")
    target.chmod(0o600)


def _is_archive(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as connection:
        return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'artifacts'").fetchone())


def _named(database: Path) -> Named:
    with closing(sqlite3.connect(database)) as connection:
        blobs = connection.execute("SELECT sha256, MAX(size_bytes) FROM artifacts GROUP BY sha256").fetchall()
        row = connection.execute("SELECT value FROM settings WHERE key = ?", [ARCHIVE_ID]).fetchone()
    return Named(blobs, str(row[0]) if row else None)


def _silence(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in SILENCE:
            connection.execute(statement)
