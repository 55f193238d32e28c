"""Opens the database, brings its schema up to date, and runs verbs on it."""

from __future__ import annotations

import asyncio
import functools
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.exceptions import BaseORMException
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.transactions import in_transaction

from storage import room, signals, sqlite

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Rows = list[dict[str, Any]]

WRITE_PAUSE_S = 2.0
"""Between two tries of what has to be written."""

APPS: dict[str, dict[str, Any]] = {
    "storage": {
        "models": ["storage.models"],
        "default_connection": sqlite.WRITER,
        "migrations": "storage.migrations",
    }
}


class StorageUnavailable(OSError):
    """The database cannot be read or written just now: its disk is full, it is locked or broken."""


class DatabaseTooNew(Exception):
    """The database was written by a newer Hashkeep; this one must not touch it."""


_writes: set[asyncio.Task[Any]] = set()
"""Verbs under way that a cancelled caller has left behind; closing waits for them."""


async def open_database(url: str, data_dir: Path) -> None:
    """Opens the database and migrates it to this program's schema, all or nothing.

    `sqlite://` is the file `hashkeep.sqlite3` in `data_dir`, which is made if need be.
    Raises DatabaseTooNew, StorageUnavailable, or ValueError for a URL of another kind.
    """
    if url != "sqlite://":
        raise ValueError(f"no such database: {url.split(':', 1)[0]}")
    await asyncio.to_thread(data_dir.mkdir, parents=True, exist_ok=True)
    signals.renew()
    room.forget()
    room.watch(data_dir.absolute())
    with _as_os_error():
        await Tortoise.init(
            config={
                "connections": sqlite.connections(data_dir.absolute() / "hashkeep.sqlite3"),
                "apps": APPS,
                "routers": [sqlite.Router],
                "use_tz": True,
                "timezone": "UTC",
            },
            _enable_global_fallback=True,
        )
        try:
            # Tortoise would connect at the first query, and keep its lock for ever if that failed.
            for name in (sqlite.WRITER, sqlite.READER):
                await get_connection(name).create_connection(with_db=True)
            await _migrate()
        except BaseException:
            await Tortoise.close_connections()
            raise


async def close_database() -> None:
    """Waits for the writes under way and closes the database."""
    while _writes:
        await asyncio.wait(set(_writes))
    await Tortoise.close_connections()


def writing(verb: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Makes of a function a verb that runs in one transaction.

    It runs to its end even if its caller is cancelled: a transaction is never left half-way, nor its lock held.
    Called by another such verb, it is part of that one's transaction. Raises StorageUnavailable.
    """

    async def transact(*args: P.args, **kwargs: P.kwargs) -> T:
        with _as_os_error():
            async with in_transaction(sqlite.WRITER):
                return await verb(*args, **kwargs)

    @functools.wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if sqlite.in_transaction():
            return await verb(*args, **kwargs)
        task: asyncio.Task[T] = asyncio.create_task(transact(*args, **kwargs))
        _writes.add(task)
        task.add_done_callback(_writes.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_log_failure)
            raise

    return run


def until_written(verb: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Makes of a verb one that is tried until it is written, however long the disk is full.

    For what has happened outside and cannot be taken back: a message that is sent and not noted is sent again.
    """

    @functools.wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        while True:
            try:
                return await verb(*args, **kwargs)
            except StorageUnavailable as error:
                log.error("%s waits for the database: %s", verb.__name__, error)
                await asyncio.sleep(WRITE_PAUSE_S)

    return run


def reading(verb: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Makes of a function a verb that only reads. Raises StorageUnavailable."""

    @functools.wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with _as_os_error():
            return await verb(*args, **kwargs)

    return run


def connection() -> BaseDBAsyncClient:
    """The connection for SQL of one's own: the transaction's inside one, otherwise the reader."""
    return get_connection(sqlite.WRITER if sqlite.in_transaction() else sqlite.READER)


async def rows(sql: str, values: Sequence[Any] = ()) -> Rows:
    """Runs SQL with `?` for values and gives its rows."""
    return await connection().execute_query_dict(sql, list(values))


async def execute(sql: str, values: Sequence[Any] = ()) -> int:
    """Runs SQL that changes something, inside a transaction, and gives the number of rows changed."""
    assert sqlite.in_transaction(), "a change belongs inside a verb that writes"
    count, _ = await connection().execute_query(sql, list(values))
    return count


async def execute_many(sql: str, values: Sequence[Sequence[Any]]) -> None:
    """Runs SQL that changes something for each row of values, inside a transaction."""
    assert sqlite.in_transaction(), "a change belongs inside a verb that writes"
    if values:
        await connection().execute_many(sql, [list(row) for row in values])


@reading
async def answers() -> bool:
    """Whether the database answers. Raises StorageUnavailable."""
    return bool(await rows("SELECT 1"))


def ints(values: Iterable[Any]) -> list[int]:
    """The ids of a `values_list(…, flat=True)`, with their type."""
    return [int(value) for value in values]


def marks(values: Sequence[Any]) -> str:
    """As many placeholders as there are values: `?,?,?`."""
    return ",".join("?" * len(values))


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except (BaseORMException, sqlite3.Error) as error:
        if sqlite.is_unavailable(error):
            raise StorageUnavailable(str(error)) from error
        raise


def _log_failure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception():
        log.error("a write failed after its caller had left", exc_info=task.exception())


class _Recorder(MigrationRecorder):
    """Keeps its table with a plain statement: SQLite's scripts would end the transaction around it."""

    async def ensure_schema(self, schema_editor: Any) -> None:
        statement = schema_editor._get_model_sql_data(self.model).table_sql
        await self.connection.execute_query(statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))


async def _migrate() -> None:
    """Runs what is missing of the migrations in one transaction, so that a kill leaves the old schema whole."""
    writer = get_connection(sqlite.WRITER)
    executor = MigrationExecutor(writer, APPS)
    await executor.loader.build_graph()
    applied = await executor.recorder.applied_migrations()
    _refuse_newer(applied, executor)
    if set(executor.loader.graph.nodes) == set(applied):
        return
    # A migration that rebuilds a table drops the old one; with keys enforced that would delete what points to it.
    # Inside a transaction the pragma does nothing, therefore before it.
    await writer.execute_query("PRAGMA foreign_keys=OFF")
    async with in_transaction(sqlite.WRITER) as transaction:
        executor = MigrationExecutor(transaction, APPS)
        executor.recorder = _Recorder(transaction)
        await executor.migrate(direction="forward")
        _, broken = await transaction.execute_query("PRAGMA foreign_key_check")
        if broken:
            raise BaseORMException(f"the database has {len(broken)} rows that point to nothing")
    await writer.execute_query("PRAGMA foreign_keys=ON")


def _refuse_newer(applied: list[MigrationKey], executor: MigrationExecutor) -> None:
    unknown = sorted(key.name for key in applied if key not in executor.loader.graph.nodes)
    if unknown:
        raise DatabaseTooNew(
            f"A newer Hashkeep has written this archive (it has {unknown[-1]}). Update Hashkeep, or restore a backup."
        )
