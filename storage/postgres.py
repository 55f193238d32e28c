"""Where PostgreSQL is particular: a pool of connections, locks between verbs, and words from one process to others."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
import secrets
from typing import Any

import psycopg
import psycopg_pool
from psycopg import conninfo
from psycopg.abc import Buffer
from psycopg.types.json import set_json_dumps
from psycopg.types.string import StrDumperUnknown
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.exceptions import DBConnectionError, OperationalError, TransactionManagementError

from storage import signals, storable
from storage.postgres_tools import address

log = logging.getLogger(__name__)

NAME = "postgres"
SCHEMES = ("psycopg://", "postgresql://", "postgres://")

POOL, LISTENER = "hashkeep", "hashkeep-listen"
"""What the server calls the connections that every process has for as long as it runs."""
POOL_SIZE = 12
"""Connections of one process at most, one more for listening aside."""

PATIENCE_S = 20.0
"""How long a verb waits for a connection."""

_ALONE = 0x68617368
"""The advisory lock that a verb holds alone, or shares with those that hold what they change by themselves."""
_MIGRATION = _ALONE + 1

_CHANNEL = "hashkeep"
_GATHER_S = 0.01
"""How long what is to be said is gathered: much happens at once, and each word wakes every process."""
_LISTEN_S = 5.0
_AGAIN_S = 1.0
"""Between two tries to listen."""

_SESSION = (
    # A process that is stopped or cut off in the middle of a transaction must not hold up all others.
    "SET idle_in_transaction_session_timeout = '15s'",
    "SET lock_timeout = '30s'",
    "SET statement_timeout = '120s'",
    "SET tcp_keepalives_idle = 15",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
    "SET TIME ZONE 'UTC'",
)
_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg_pool.PoolTimeout,
    psycopg_pool.PoolClosed,
    # A server that has become a standby, or that its owner has closed for writing: both pass.
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.InsufficientPrivilege,
)
_MISTAKES = (psycopg.errors.SyntaxErrorOrAccessRuleViolation, psycopg.errors.DataException)


def connections(url: str) -> dict[str, Any]:
    """Tortoise's connection for a database's address. Raises ValueError when it is no such address."""
    try:
        parts = conninfo.conninfo_to_dict(address(url))
    except psycopg.ProgrammingError as error:
        raise ValueError(str(error).strip()) from None
    if (
        address(url).partition("?")[0].count("@") > 1
        or "@" in str(parts.get("host", ""))
        or not re.fullmatch(r"[0-9,]*", str(parts.get("port", "")))
    ):
        raise ValueError("its name or password holds an @ or a /: write them as %40 and %2F")
    credentials: dict[str, Any] = {
        "user": parts.pop("user", None),
        "password": parts.pop("password", None),
        "host": parts.pop("host", None),
        "port": str(parts.pop("port", 5432)),
        "database": parts.pop("dbname", None),
        "server_settings": {"connect_timeout": "10", **parts},
        "application_name": POOL,
        "minsize": 1,
        "maxsize": POOL_SIZE,
        "configure": _configure,
        "timeout": PATIENCE_S,
        # The pool's pauses between tries double; so it begins anew soon, and a server that is back is found soon.
        "reconnect_timeout": 4.0,
    }
    return {NAME: {"engine": "tortoise.backends.psycopg", "credentials": credentials}}


class _Text(StrDumperUnknown):
    """Text as it can be kept (see storable)."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(storable.text(obj))


def _json(given: Any) -> str:
    return storable.json(json.dumps(given))


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    connection.adapters.register_dumper(str, _Text)
    set_json_dumps(_json, connection)
    for statement in _SESSION:
        await connection.execute(statement.encode())


def marked(sql: str) -> str:
    """A statement with `?` for values as psycopg wants it."""
    return sql.replace("%", "%%").replace("?", "%s")


async def begin(transaction: BaseDBAsyncClient, *, alone: bool) -> None:
    """Lets a verb wait until it may run: alone, or beside others that hold what they change by themselves."""
    kind = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    await transaction.execute_query(f"SELECT {kind}(%s)", [_ALONE])


async def begin_migration(transaction: BaseDBAsyncClient) -> None:
    """One process migrates; the others wait for it, however long that takes."""
    await transaction.execute_query("SET LOCAL lock_timeout = 0")
    await transaction.execute_query("SET LOCAL statement_timeout = 0")
    await transaction.execute_query("SELECT pg_advisory_xact_lock(%s)", [_MIGRATION])


async def hold(transaction: BaseDBAsyncClient, what: str, number: int) -> None:
    """Waits for the only right to change something, and has it until the transaction's end."""
    await transaction.execute_query("SELECT pg_advisory_xact_lock(%s)", [_key(f"{what} {number}")])


def _key(name: str) -> int:
    """An advisory lock's number for a name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def is_worth_another_try(error: BaseException) -> bool:
    """Whether a transaction failed only because of another one."""
    return isinstance(_cause(error), _AGAIN)


def is_unavailable(error: BaseException) -> bool:
    """Whether an error tells of the server, the way to it or a lock, and not of a mistake in a statement."""
    if isinstance(error, DBConnectionError):
        return True
    cause = _cause(error)
    return isinstance(cause, (*_AWAY, *_AGAIN)) and not isinstance(cause, _MISTAKES)


def is_forbidden(error: BaseException) -> bool:
    """Whether an error says that this user may not do what a statement does, or has no schema to do it in."""
    return isinstance(_cause(error), psycopg.errors.InsufficientPrivilege | psycopg.errors.InvalidSchemaName)


def _cause(error: BaseException) -> BaseException:
    if isinstance(error, OperationalError | TransactionManagementError) and error.args:
        inner = error.args[0]
        return inner if isinstance(inner, BaseException) else error
    return error


class Ears:
    """Hears from other processes that there is something to do, and tells them; the database stays the truth.

    What is said while somebody has no connection is lost to him: whoever waits looks by himself now and then.
    """

    def __init__(self, url: str) -> None:
        self._address = address(url)
        self._me = secrets.token_hex(4)
        self._said: set[str] = set()
        self._to_say = asyncio.Event()
        self._listens = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begins to listen and to speak; returns when it listens, or when that takes long."""
        self._tasks = [
            asyncio.create_task(self._listen(), name="database-listen"),
            asyncio.create_task(self._speak(), name="database-speak"),
        ]
        signals.tell_others = self._say
        try:
            async with asyncio.timeout(_LISTEN_S):
                await self._listens.wait()
        except TimeoutError:
            log.warning("the database cannot be listened to; what other processes do is seen a little later")

    async def stop(self) -> None:
        """Ends both; what is not said is lost."""
        signals.tell_others = signals.nobody
        for task in self._tasks:
            while not task.done():
                task.cancel()  # Python 3.11's wait_for, which the pool uses, loses a cancellation now and then
                await asyncio.wait({task}, timeout=0.2)

    def _say(self, name: str) -> None:
        self._said.add(name)
        self._to_say.set()

    async def _speak(self) -> None:
        while True:
            await self._to_say.wait()
            await asyncio.sleep(_GATHER_S)
            self._to_say.clear()
            names, self._said = self._said, set()
            try:
                client = get_connection(NAME)
                for name in names:
                    await client.execute_query("SELECT pg_notify(%s, %s)", [_CHANNEL, f"{name} {self._me}"])
            except Exception as error:  # noqa: BLE001 - whatever it is, those who wait look by themselves
                log.debug("nobody could be told: %s", error)

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._address, autocommit=True, connect_timeout=10, application_name=LISTENER
                ) as connection:
                    await connection.execute(f"LISTEN {_CHANNEL}".encode())
                    signals.all_set()  # of what was said until now nothing was heard
                    self._listens.set()
                    async for notice in connection.notifies():
                        name, _, whose = notice.payload.partition(" ")
                        if whose != self._me:
                            signals.heard(name)
            except (psycopg.Error, OSError) as error:
                log.debug("the database cannot be listened to: %s", error)
            await asyncio.sleep(_AGAIN_S)


class Turns:
    """Advisory locks of this process, on one connection of their own: when either dies, they are free."""

    def __init__(self, url: str) -> None:
        self._address = address(url)
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._held: dict[int, list[psycopg.AsyncConnection[Any]]] = {}
        """By key: the connections that it was taken on, once for each time."""
        self._one_at_a_time = asyncio.Lock()

    async def take(self, what: str, number: int) -> bool:
        """Takes a lock if nobody has it."""
        key = _key(f"turn {what} {number}")
        async with self._one_at_a_time:
            connection = await self._connected()
            found = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", [key])).fetchone()
            taken = bool(found and found[0])
            if taken:
                self._held.setdefault(key, []).append(connection)
            return taken

    async def give(self, what: str, number: int) -> None:
        """Gives a lock back; one that was lost with its connection is free already."""
        key = _key(f"turn {what} {number}")
        async with self._one_at_a_time:
            held = self._held.get(key)
            if not held:
                return
            connection = held.pop()
            if not held:
                del self._held[key]
            if connection is not self._connection or connection.closed:
                return
            try:
                await connection.execute("SELECT pg_advisory_unlock(%s)", [key])
            except psycopg.Error as error:
                log.debug("a turn ended with its connection: %s", error)

    async def holds(self, what: str, number: int) -> bool:
        """Whether a lock that was taken is still held: with the server, or the way to it, it was lost."""
        key = _key(f"turn {what} {number}")
        async with self._one_at_a_time:
            connection = self._held.get(key, [None])[-1]
            if connection is None or connection is not self._connection or connection.closed:
                return False
            try:
                await connection.execute("SELECT 1 /* is the turn held */")
            except psycopg.Error as error:
                log.debug("a turn was lost: %s", error)
                return False
            return True

    async def close(self) -> None:
        """Gives everything back."""
        async with self._one_at_a_time:
            if self._connection:
                await self._connection.close()

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._address, autocommit=True, connect_timeout=10, application_name="hashkeep-turns"
            )
            await _configure(self._connection)
        return self._connection
