"""Where SQLite is particular: one connection that writes, a second one that only reads.

A connection is one lock: without the second one every read would wait behind the transaction of another task.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import aiosqlite
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.connection import get_connection
from tortoise.models import Model

from storage import storable

WRITER = "default"
READER = "reader"

_MISTAKES = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_MISUSE,
        sqlite3.SQLITE_RANGE,
    }
)
"""Error codes that say that a statement is wrong."""

_COMMON = {"journal_mode": "WAL", "busy_timeout": 15_000, "foreign_keys": "ON", "cache_size": -32_000}


def connections(path: Path) -> dict[str, Any]:
    """Tortoise's connections for a database file.

    `synchronous=FULL`: a link whose message got its reaction is on the disk, even if the power fails.
    """
    writer = {**_COMMON, "synchronous": "FULL", "journal_size_limit": 67_108_864}
    reader = {**_COMMON, "query_only": 1}
    return {
        name: {"engine": __name__, "credentials": {"file_path": str(path), **pragmas}}
        for name, pragmas in ((WRITER, writer), (READER, reader))
    }


class _Connection(sqlite3.Connection):
    """Writes text as it can be kept (see storable)."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        return super().execute(sql, _storable(parameters))

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        return super().executemany(sql, map(_storable, parameters))


def _storable(parameters: Sequence[Any]) -> list[Any]:
    return [storable.value(given) for given in parameters]


class Client(SqliteClient):
    """Tortoise's side of a connection; this module is the engine that its configuration names."""

    async def create_connection(self, with_db: bool) -> None:
        """Opens the file; otherwise as Tortoise does it, which has no place for a connection of one's own kind.

        Opened before aiosqlite has it: the thread of one that cannot open outlives the error, and may its loop too.
        """
        if self._connection:
            return
        opened = await asyncio.to_thread(self._open)
        self._connection = await aiosqlite.Connection(lambda: opened, iter_chunk_size=64)
        self._connection.row_factory = sqlite3.Row
        for pragma, value in self.pragmas.items():
            cursor = await self._connection.execute(f"PRAGMA {pragma}={value}")
            await cursor.close()
        await self._post_connect()

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.filename, isolation_level=None, check_same_thread=False, factory=_Connection)


client_class = Client


class Router:
    """Reads go to the reader, but inside a transaction to its own connection, so that they see what it wrote."""

    def db_for_read(self, model: type[Model]) -> str:
        """The name of the connection for a read."""
        return WRITER if isinstance(get_connection(WRITER), TransactionalDBClient) else READER

    def db_for_write(self, model: type[Model]) -> str:
        """The name of the connection for a write."""
        return WRITER


async def begin(transaction: BaseDBAsyncClient) -> None:
    """Takes the right to write, before a verb reads what it changes; waits for other processes that have it.

    One that has read is refused its first write at once, whatever the timeout, when another process has written
    meanwhile (SQLITE_BUSY_SNAPSHOT). Not by BEGIN IMMEDIATE: Tortoise keeps its lock for ever when a BEGIN fails.
    """
    await transaction.execute_query("UPDATE archives SET id = id WHERE 0")


def is_unavailable(error: BaseException) -> bool:
    """Whether an error tells of the disk, the file or a lock, and not of a mistake in a statement."""
    code = _code(error)
    return code is not None and code not in _MISTAKES


def is_damaged(error: BaseException) -> bool:
    """Whether an error says that the file is no database, or no whole one."""
    return _code(error) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _code(error: BaseException) -> int | None:
    cause = error.args[0] if error.args and isinstance(error.args[0], sqlite3.Error) else error
    code = getattr(cause, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF
