"""A PostgreSQL database in backups: one snapshot by `pg_dump`, and back in one transaction.

What the queue keeps for itself is left out: captures that wait get new jobs from a fleet.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from storage import postgres_tools
from storage.identity import ARCHIVE_ID
from storage.postgres import LISTENER, POOL, is_unavailable
from storage.saved_database import SILENCE, Named, NoBackup
from storage.tables import EMPTY_YET, HISTORY, SEARCH, names

_JOBS, _ERRANDS, _QUEUE = "procrastinate", "errands", "queue_engine"
_PREAMBLE_LINES = 60
_UNDERWAY = "restoring"
_CHUNK = 1 << 20
_LOOKS, _LOOK_S = 10, 0.2


class SavedPostgres:
    """A database of a PostgreSQL server."""

    kind, file = "postgresql", "hashkeep.pgdump"

    def __init__(self, url: str, data_dir: Path) -> None:
        self._url = url
        self.data_dir = data_dir

    def is_arriving(self) -> bool:
        """See SavedDatabase."""
        return (self.data_dir / _UNDERWAY).exists()

    async def check_empty(self) -> None:
        """See SavedDatabase."""
        await self._check_empty()

    async def save(self, path: Path) -> Named:
        """See SavedDatabase."""
        async with connected(self._url) as connection:
            if len(await _tables(connection, ["archives", HISTORY])) < 2:
                raise NoBackup("There is no archive in the database that DATABASE_URL names.")
            pg_dump = await postgres_tools.program("pg_dump", connection.info.server_version // 10_000)
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
            async with connection.transaction():
                await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                snapshot = await _value(connection, "SELECT pg_export_snapshot()")
                await postgres_tools.run(
                    pg_dump, self._url, "--format=custom", "--no-owner", "--no-privileges", "--no-password",
                    f"--exclude-table-data={_JOBS}_*", f"--exclude-table-data={_ERRANDS}",
                    f"--snapshot={snapshot}", f"--file={path}",
                )  # fmt: skip
                blobs = await _rows(connection, "SELECT sha256, MAX(size_bytes) FROM artifacts GROUP BY sha256")
                owner = await _value(connection, "SELECT MAX(value) FROM settings WHERE key = %s", [ARCHIVE_ID])
        return Named([(str(sha256), int(size)) for sha256, size in blobs], owner)

    async def arrive(self, saved: Path) -> Named:
        """See SavedDatabase."""
        await self._check_empty()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        (self.data_dir / _UNDERWAY).touch()
        blobs: dict[str, int] = {}
        owner = None
        async with aclosing(dumped(saved, "artifacts", "settings")) as found:
            async for table, row in found:
                if table == "artifacts":
                    blobs[row["sha256"]] = max(int(row["size_bytes"]), blobs.get(row["sha256"], 0))
                elif row["key"] == ARCHIVE_ID:
                    owner = row["value"]
        return Named(list(blobs.items()), owner)

    async def settle(self, saved: Path) -> None:
        """See SavedDatabase."""
        before = await self._check_empty()
        after = ["RESET search_path", *SILENCE, "COMMIT"]
        pg_restore, psql = await postgres_tools.program("pg_restore"), await postgres_tools.program("psql")
        words = "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--file=-"
        # Without the COMMIT at its end, nothing of it has happened.
        async with postgres_tools.running(psql, self._url, *words, fed=True) as told:
            assert told.stdin
            told.stdin.write(_script(["BEGIN", *before]))
            async with aclosing(_script_of(pg_restore, saved)) as script:
                async for chunk in script:
                    told.stdin.write(chunk)
                    await told.stdin.drain()
            told.stdin.write(_script(after))
            await told.stdin.drain()
        async with connected(self._url) as connection:
            await connection.execute("ANALYZE")
        (self.data_dir / _UNDERWAY).unlink(missing_ok=True)

    async def _check_empty(self) -> list[str]:
        """Raises NoBackup if there is an archive; gives the statements that remove the empty tables of one."""
        async with connected(self._url) as connection:
            if await is_full(connection):
                raise NoBackup(
                    "The database that DATABASE_URL names holds an archive already. Restore into an empty one."
                )
            if await is_used(connection):
                raise NoBackup("Another Hashkeep is running on the database that DATABASE_URL names. Stop it first.")
            return await _removals(connection)


async def is_full(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether the database holds anything of ours."""
    for name in await _tables(connection, [*names(), SEARCH]):
        query = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(name))
        if name not in EMPTY_YET and await _value(connection, query):
            return True
    return False


async def is_used(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether a Hashkeep is connected that serves or captures. One that has just gone needs a moment to do so."""
    query = (
        "SELECT EXISTS (SELECT 1 FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = ANY(%s))"
    )
    for _ in range(_LOOKS):
        if not await _value(connection, query, [[POOL, LISTENER]]):
            return False
        await asyncio.sleep(_LOOK_S)
    return True


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A connection of one's own, outside of any transaction. Raises OSError when there is none."""
    try:
        async with await psycopg.AsyncConnection.connect(
            postgres_tools.address(url), autocommit=True, connect_timeout=10, application_name="hashkeep-care"
        ) as connection:
            yield connection
    except psycopg.Error as error:
        if not is_unavailable(error):
            raise
        raise OSError(f"the database: {str(error).strip()}") from error


async def _rows(connection: psycopg.AsyncConnection[Any], query: Any, values: Any = None) -> list[Any]:
    return await (await connection.execute(query, values)).fetchall()


async def _value(connection: psycopg.AsyncConnection[Any], query: Any, values: Any = None) -> Any:
    return (await _rows(connection, query, values))[0][0]


async def _tables(connection: psycopg.AsyncConnection[Any], among: list[str]) -> list[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY(%s)"
    return [row[0] for row in await _rows(connection, query, [among])]


async def _removals(connection: psycopg.AsyncConnection[Any]) -> list[str]:
    """A dump brings all tables itself, as they were in its time."""
    like = f"{_JOBS}\\_%"
    tables = await _rows(
        connection,
        "SELECT format('DROP TABLE IF EXISTS %%s CASCADE', c.oid::regclass) FROM pg_class c WHERE relkind = 'r'"
        " AND relnamespace = current_schema()::regnamespace AND (relname = ANY(%s) OR relname LIKE %s)",
        [[*names(), SEARCH, HISTORY, _ERRANDS, _QUEUE], like],
    )
    functions = await _rows(
        connection,
        "SELECT format('DROP FUNCTION IF EXISTS %%s CASCADE', oid::regprocedure) FROM pg_proc"
        " WHERE pronamespace = current_schema()::regnamespace AND proname LIKE %s",
        [like],
    )
    types = await _rows(
        connection,
        "SELECT format('DROP TYPE IF EXISTS %%s CASCADE', t.oid::regtype) FROM pg_type t"
        " LEFT JOIN pg_class c ON c.oid = t.typrelid"
        " WHERE t.typnamespace = current_schema()::regnamespace AND t.typname LIKE %s"
        " AND (t.typtype = 'e' OR c.relkind = 'c')",
        [like],
    )
    return [str(row[0]) for row in (*tables, *functions, *types)]


def _script(statements: list[str]) -> bytes:
    return "".join(f"{statement};\n" for statement in statements).encode()


async def _script_of(pg_restore: str, saved: Path) -> AsyncGenerator[bytes, None]:
    """The dump as SQL, without the setting that a newer program makes and an older server does not know."""
    words = "--no-owner", "--no-privileges", "--file=-", str(saved)
    async with postgres_tools.running(pg_restore, "", *words) as process:
        assert process.stdout
        for _ in range(_PREAMBLE_LINES):
            line = await process.stdout.readline()
            if not line.startswith(b"SET transaction_timeout"):
                yield line
        while chunk := await process.stdout.read(_CHUNK):
            yield chunk


async def dumped(saved: Path, *tables: str) -> AsyncGenerator[tuple[str, dict[str, str]], None]:
    """The rows of tables of a dump as they stand there, with the table's name."""
    pg_restore = await postgres_tools.program("pg_restore")
    words = "--data-only", *(f"--table={name}" for name in tables), "--file=-", str(saved)
    async with postgres_tools.running(pg_restore, "", *words) as process:
        assert process.stdout
        table, columns = "", []
        while line := (await process.stdout.readline()).decode():
            if line.startswith("COPY "):
                table = line.split()[1].rpartition(".")[2].strip('"')
                columns = [name.strip(' "') for name in line[line.index("(") + 1 : line.index(")")].split(",")]
            elif line == "\\.\n":
                table = ""
            elif table:
                yield table, dict(zip(columns, line.rstrip("\n").split("\t"), strict=True))
