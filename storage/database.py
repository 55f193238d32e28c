"""Opens the database, brings its schema up to date, and runs verbs on it."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.connection import get_connection
from tortoise.exceptions import BaseORMException, ConfigurationError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.transactions import in_transaction

from storage import clock, postgres, postgres_entry, room, signals, sqlite
from storage.queue import schema as queue_schema
from storage.wrong_database import WrongDatabase

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Rows = list[dict[str, Any]]

WRITE_PAUSE_S = 2.0
"""Between two tries of what has to be written."""

SQLITE_URL = "sqlite://"
SQLITE_FILE = "hashkeep.sqlite3"
CHAT = "chat"
"""What verbs hold that change the archive of a chat, with the chat's id."""

MOST_TRIES = 10
"""Of a transaction that others got in the way of."""


class StorageUnavailable(OSError):
    """The database cannot be read or written just now: its disk is full, it is locked or broken."""


class DatabaseTooNew(Exception):
    """The database was written by a newer Hashkeep; this one must not touch it."""


class Dialect(Enum):
    """The databases that storage runs on."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


class Schema(Enum):
    """What a database holds."""

    MISSING = "missing"
    """Nothing of ours."""
    OLD = "old"
    """Tables that the next start brings up to date."""
    CURRENT = "current"


_WRITERS = {Dialect.SQLITE: sqlite.WRITER, Dialect.POSTGRES: postgres.NAME}
"""The connections that write. They have different names: Tortoise remembers a connection's statements by its name."""

_dialect = Dialect.SQLITE
_ears: postgres.Ears | None = None
_turns: postgres.Turns | None = None
_writes: set[asyncio.Task[Any]] = set()
"""Verbs under way that a cancelled caller has left behind; closing waits for them."""


def dialect() -> Dialect:
    """The database that is open."""
    return _dialect


def _writer() -> str:
    return _WRITERS[_dialect]


def _apps() -> dict[str, dict[str, Any]]:
    return {
        "storage": {
            "models": ["storage.models"],
            "default_connection": _writer(),
            "migrations": "storage.migrations",
        }
    }


def kind_of(url: str) -> Dialect:
    """The database that a URL names. Raises ValueError for a URL of another kind."""
    if url == SQLITE_URL:
        return Dialect.SQLITE
    if url.startswith(postgres.SCHEMES):
        return Dialect.POSTGRES
    raise ValueError(f"no such database: {url.split(':', 1)[0]}")


def check_url(url: str) -> None:
    """Raises ValueError when a URL names no database that could be opened, whoever is there."""
    if kind_of(url) is Dialect.POSTGRES:
        postgres.connections(url)


async def open_database(url: str, data_dir: Path) -> None:
    """Opens the database and migrates it to this program's schema, all or nothing.

    `sqlite://` is the file `hashkeep.sqlite3` in `data_dir`, which is made if need be; `psycopg://…` is a database of
    a PostgreSQL server, version 15 or newer.
    Raises DatabaseTooNew, WrongDatabase, StorageUnavailable, or ValueError for a URL of another kind.
    """
    global _dialect, _ears, _turns
    _dialect = kind_of(url)
    await asyncio.to_thread(data_dir.mkdir, parents=True, exist_ok=True)
    signals.renew()
    room.forget()
    room.watch(data_dir.absolute())
    with _at_opening():
        await _connect(url, data_dir)
        try:
            await _migrate()
        except BaseException:
            await Tortoise.close_connections()
            raise
    if _dialect is Dialect.POSTGRES:
        _ears, _turns = postgres.Ears(url), postgres.Turns(url)
        await _ears.start()


async def look_in(url: str) -> None:
    """Raises WrongDatabase where no waiting helps, StorageUnavailable while PostgreSQL is away; SQLite is not asked."""
    if kind_of(url) is Dialect.POSTGRES:
        with _as_os_error():
            await postgres_entry.look_in(url)


async def schema_of(url: str, data_dir: Path) -> Schema:
    """What the database holds, which is closed; nothing is made and nothing brought up to date.

    Raises DatabaseTooNew, StorageUnavailable, or WrongDatabase also where tables are missing and may not be made.
    """
    global _dialect
    _dialect = kind_of(url)
    if _dialect is Dialect.SQLITE and not (data_dir / SQLITE_FILE).exists():
        return Schema.MISSING
    with _at_opening():
        await _connect(url, data_dir)
        try:
            return await _found_schema(get_connection(_writer()))
        finally:
            await Tortoise.close_connections()


@contextmanager
def _at_opening() -> Iterator[None]:
    """What is forbidden later may be allowed again; at the start it is for whoever starts to see to."""
    with _as_os_error():
        try:
            yield
        except Exception as error:
            if postgres.is_forbidden(error):
                raise postgres_entry.forbidden(str(error)) from None
            raise


async def _found_schema(client: BaseDBAsyncClient) -> Schema:
    if await _is_up_to_date(client):
        return Schema.CURRENT
    if await _executor(client).recorder.applied_migrations():
        return Schema.OLD
    await _refuse_foreign(client)
    if _dialect is Dialect.POSTGRES:
        _, found = await client.execute_query("SELECT has_schema_privilege(current_schema(), 'CREATE') AS may")
        if not found[0]["may"]:
            raise postgres_entry.forbidden("this user may not make tables in it")
    return Schema.MISSING


async def _connect(url: str, data_dir: Path) -> None:
    await look_in(url)
    if _dialect is Dialect.SQLITE:
        connections, routers = sqlite.connections(data_dir.absolute() / SQLITE_FILE), [sqlite.Router]
    else:
        connections, routers = postgres.connections(url), []
    await Tortoise.init(
        config={"connections": connections, "apps": _apps(), "routers": routers, "use_tz": True, "timezone": "UTC"},
        _enable_global_fallback=True,
    )
    try:
        # Tortoise would connect at the first query, and keep its lock for ever if that failed.
        for name in connections:
            await get_connection(name).create_connection(with_db=True)
    except BaseException:
        await Tortoise.close_connections()
        raise


async def close_database() -> None:
    """Waits for the writes under way and closes the database."""
    global _ears, _turns
    while _writes:
        await asyncio.wait(set(_writes))
    if _ears:
        await _ears.stop()
        _ears = None
    if _turns:
        await _turns.close()
        _turns = None
    if _dialect is Dialect.SQLITE:
        # Whoever closes last puts away what is beside the file; the reader may not.
        with suppress(ConfigurationError):  # it could not be opened
            await get_connection(sqlite.READER).close()
    await Tortoise.close_connections()


def writing(verb: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Makes of a function a verb that runs in one transaction, alone: it sees what all others before it wrote.

    It runs to its end even if its caller is cancelled: a transaction is never left half-way, nor its lock held.
    Called by another such verb, it is part of that one's transaction. Raises StorageUnavailable.
    """
    return _transaction(verb, alone=True)


def writing_beside(verb: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Like `writing`, for what is done all the time: PostgreSQL runs several such verbs side by side.

    What it reads and then changes it must `hold` before. SQLite has one writer, for which this is no difference.
    """
    return _transaction(verb, alone=False)


def writing_in_chat(verb: Callable[Concatenate[int, P], Awaitable[T]]) -> Callable[Concatenate[int, P], Awaitable[T]]:
    """Like `writing_beside`, for a verb that changes the archive of one chat only, whose id is its first argument."""

    @functools.wraps(verb)
    async def held(chat_id: int, /, *args: P.args, **kwargs: P.kwargs) -> T:
        await hold(CHAT, chat_id)
        return await verb(chat_id, *args, **kwargs)

    return _transaction(held, alone=False)


async def hold(what: str, number: int) -> None:
    """Inside a transaction: whatever else holds the same has ended, and nothing else gets it until this ends."""
    if _dialect is Dialect.POSTGRES:
        assert in_a_transaction()
        await postgres.hold(connection(), what, number)


def _transaction(verb: Callable[P, Awaitable[T]], *, alone: bool) -> Callable[P, Awaitable[T]]:
    async def once(*args: P.args, **kwargs: P.kwargs) -> T:
        async with in_transaction(_writer()) as transaction:
            if _dialect is Dialect.POSTGRES:
                await postgres.begin(transaction, alone=alone)
            else:
                await sqlite.begin(transaction)
            return await verb(*args, **kwargs)

    async def transact(*args: P.args, **kwargs: P.kwargs) -> T:
        with _as_os_error():
            for _ in range(MOST_TRIES - 1):
                try:
                    return await once(*args, **kwargs)
                except Exception as error:
                    if not postgres.is_worth_another_try(error):
                        raise
            return await once(*args, **kwargs)

    @functools.wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if in_a_transaction():
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
    if _dialect is Dialect.POSTGRES or in_a_transaction():
        return get_connection(_writer())
    return get_connection(sqlite.READER)


def in_a_transaction() -> bool:
    """Whether this task is inside a transaction."""
    return isinstance(get_connection(_writer()), TransactionalDBClient)


async def rows(sql: str, values: Sequence[Any] = ()) -> Rows:
    """Runs SQL with `?` for values and gives its rows."""
    return await connection().execute_query_dict(_marked(sql), list(values))


async def execute(sql: str, values: Sequence[Any] = ()) -> int:
    """Runs SQL that changes something, inside a transaction, and gives the number of rows changed."""
    assert in_a_transaction(), "a change belongs inside a verb that writes"
    count, _ = await connection().execute_query(_marked(sql), list(values))
    return count


async def execute_many(sql: str, values: Sequence[Sequence[Any]]) -> None:
    """Runs SQL that changes something for each row of values, inside a transaction."""
    assert in_a_transaction(), "a change belongs inside a verb that writes"
    if values:
        await connection().execute_many(_marked(sql), [list(row) for row in values])


@reading
async def answers() -> bool:
    """Whether the database answers, and takes what is written. Raises StorageUnavailable."""
    if _dialect is Dialect.POSTGRES and (await rows("SHOW transaction_read_only"))[0]["transaction_read_only"] == "on":
        raise StorageUnavailable("PostgreSQL takes no writes: it is a standby, or default_transaction_read_only is on")
    return bool(await rows("SELECT 1"))


@reading
async def try_turn(name: str, number: int) -> bool:
    """See storage.turns.take."""
    return _turns is None or await _turns.take(name, number)


async def holds_turn(name: str, number: int) -> bool:
    """See storage.turns.holds."""
    return _turns is None or await _turns.holds(name, number)


async def give_turn(name: str, number: int) -> None:
    """See storage.turns.give."""
    if _turns:
        await _turns.give(name, number)


def ints(values: Iterable[Any]) -> list[int]:
    """The ids of a `values_list(…, flat=True)`, with their type."""
    return [int(value) for value in values]


def marks(values: Sequence[Any]) -> str:
    """As many placeholders as there are values: `?,?,?`. `IN (NULL)`, for no values, holds for nothing."""
    return ",".join("?" * len(values)) or "NULL"


def _marked(sql: str) -> str:
    return sql if _dialect is Dialect.SQLITE else postgres.marked(sql)


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except StorageUnavailable:
        raise
    except Exception as error:
        if sqlite.is_unavailable(error) or postgres.is_unavailable(error):
            raise StorageUnavailable(str(error)) from error
        raise


def _log_failure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception():
        log.error("a write failed after its caller had left", exc_info=task.exception())


class _Recorder(MigrationRecorder):
    """Keeps its table with plain statements: SQLite's scripts would end the transaction around it.

    And it asks whether its table is there, where the original takes any failure for that, also one that has ended the
    transaction, or that passes; and it writes with the marks that psycopg knows.
    """

    async def ensure_schema(self, schema_editor: Any) -> None:
        statement = schema_editor._get_model_sql_data(self.model).table_sql
        await self.connection.execute_query(statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))

    async def applied_migrations(self) -> list[MigrationKey]:
        look = f"SELECT to_regclass('{self.table_name}') AS found"
        if _dialect is Dialect.SQLITE:
            look = f"SELECT MAX(name) AS found FROM sqlite_master WHERE name = '{self.table_name}'"  # noqa: S608
        _, there = await self.connection.execute_query(look)
        if there[0]["found"] is None:
            return []
        _, found = await self.connection.execute_query(f'SELECT app, name FROM "{self.table_name}"')  # noqa: S608
        return [MigrationKey(app_label=row["app"], name=row["name"]) for row in found]

    async def record_applied(self, app: str, name: str) -> None:
        await self.connection.execute_query(
            _marked(f'INSERT INTO "{self.table_name}" (app, name, applied_at) VALUES (?, ?, ?)'),  # noqa: S608
            [app, name, clock.now() if _dialect is Dialect.POSTGRES else str(clock.now())],
        )


async def _migrate() -> None:
    """Runs what is missing of the migrations in one transaction, so that a kill leaves the old schema whole."""
    if await _is_up_to_date(get_connection(_writer())):
        return
    if _dialect is Dialect.POSTGRES:
        async with in_transaction(_writer()) as transaction:
            await postgres.begin_migration(transaction)
            if not await _is_up_to_date(transaction):  # unless another process has done it meanwhile
                await _refuse_foreign(transaction)
                await _run_missing(transaction)
                await queue_schema.bring_up_to_date(transaction)
        return
    writer = get_connection(_writer())
    # A migration that rebuilds a table drops the old one; with keys enforced that would delete what points to it.
    # Inside a transaction the pragma does nothing, therefore before it.
    await writer.execute_query("PRAGMA foreign_keys=OFF")
    async with in_transaction(_writer()) as transaction:
        await _refuse_foreign(transaction)
        await _run_missing(transaction)
        _, broken = await transaction.execute_query("PRAGMA foreign_key_check")
        if broken:
            raise BaseORMException(f"the database has {len(broken)} rows that point to nothing")
    await writer.execute_query("PRAGMA foreign_keys=ON")


async def _is_up_to_date(client: BaseDBAsyncClient) -> bool:
    """Raises DatabaseTooNew."""
    executor = _executor(client)
    await executor.loader.build_graph()
    applied = await executor.recorder.applied_migrations()
    _refuse_newer(applied, executor)
    return set(executor.loader.graph.nodes) == set(applied) and not await _queue_is_behind(client)


async def _queue_is_behind(client: BaseDBAsyncClient) -> bool:
    """Raises DatabaseTooNew."""
    if _dialect is Dialect.SQLITE:
        return False
    try:
        return bool(await queue_schema.missing(client))
    except queue_schema.QueueSchemaUnknown as error:
        raise DatabaseTooNew(str(error)) from None


async def _refuse_foreign(client: BaseDBAsyncClient) -> None:
    """Raises WrongDatabase for another program's: our tables do not go among its own."""
    if await _executor(client).recorder.applied_migrations():
        return
    where, sql, values = f"DATA_DIR: {SQLITE_FILE} in it", "SELECT name FROM sqlite_master WHERE type = 'table'", []
    if _dialect is Dialect.POSTGRES:
        where = "DATABASE_URL: the database"
        sql = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY(%s)"
        values = [[model._meta.db_table for model in Tortoise.apps["storage"].values()]]
    _, found = await client.execute_query(sql, values)
    if found:
        names = ", ".join(sorted(str(row["name"]) for row in found)[:3])
        raise WrongDatabase(f"{where} is another program's (it has {names}). Give Hashkeep a place of its own.")


async def _run_missing(transaction: BaseDBAsyncClient) -> None:
    await _executor(transaction).migrate(direction="forward")


def _executor(client: BaseDBAsyncClient) -> MigrationExecutor:
    executor = MigrationExecutor(client, _apps())
    executor.recorder = executor.loader.recorder = _Recorder(client)
    return executor


def _refuse_newer(applied: list[MigrationKey], executor: MigrationExecutor) -> None:
    unknown = sorted(key.name for key in applied if key not in executor.loader.graph.nodes)
    if unknown:
        raise DatabaseTooNew(
            f"A newer Hashkeep has written this archive (it has {unknown[-1]}). Update Hashkeep, or restore a backup."
        )
