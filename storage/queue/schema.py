"""procrastinate's tables in our database: made and brought up to date by our own start, under its lock.

Its package ships one file with the whole schema, and one file for each step from an older schema to the next. Which
step a database has reached is noted in `queue_engine`, since procrastinate itself keeps no note of it.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

_OURS = (
    # One row. `swept_at`: the fleet's workers sweep in turns, whoever comes first.
    "CREATE TABLE queue_engine (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), schema_step text NOT NULL, "
    "swept_at timestamptz NOT NULL DEFAULT now())",
    # What the chat side has done by those who capture, and what came of it.
    "CREATE TABLE errands (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, kind text NOT NULL, "
    "data jsonb NOT NULL, needed_until timestamptz NOT NULL, outcome text)",
    # The job of a capture, and whether another one has its lock: with what the package brings, each look at one job of
    # ten thousand would read the others.
    "CREATE INDEX hashkeep_jobs_of ON procrastinate_jobs (queueing_lock)",
    "CREATE INDEX hashkeep_jobs_lock ON procrastinate_jobs (lock, priority DESC, id) WHERE status IN ('todo', 'doing')",
)


class QueueSchemaUnknown(Exception):
    """The tables of the queue are not ones that this program can bring up to date; the message says what to do."""


async def missing(client: BaseDBAsyncClient) -> list[str]:
    """The statements that bring the queue's tables up to date; none when they are. Raises QueueSchemaUnknown."""
    steps = _steps()
    there = await _row(client, "SELECT to_regclass('queue_engine') AS ours, to_regclass('procrastinate_jobs') AS jobs")
    if there["ours"] is None:
        if there["jobs"] is not None:
            raise QueueSchemaUnknown(
                "The database has tables of procrastinate that Hashkeep has not made. Give Hashkeep a database of its "
                "own, and write its address as DATABASE_URL."
            )
        whole = (resources.files("procrastinate.sql") / "schema.sql").read_text(encoding="utf-8")
        return [whole, *_OURS, _note("INSERT INTO queue_engine (schema_step) VALUES ('{}')", steps[-1])]
    reached = str((await _row(client, "SELECT schema_step FROM queue_engine"))["schema_step"])
    if reached not in steps:
        raise QueueSchemaUnknown(
            f"A newer Hashkeep has written this archive (its queue is at {reached}). Update Hashkeep, or restore a "
            "backup."
        )
    behind = steps[steps.index(reached) + 1 :]
    if not behind:
        return []
    return [*map(_read, behind), _note("UPDATE queue_engine SET schema_step = '{}'", behind[-1])]


async def bring_up_to_date(transaction: BaseDBAsyncClient) -> None:
    """Runs what is missing, inside a transaction. Raises QueueSchemaUnknown."""
    for statements in await missing(transaction):
        async with transaction.acquire_connection() as connection:
            await connection.execute(statements.encode())


def _steps() -> list[str]:
    names = (path.name for path in resources.files("procrastinate.sql.migrations").iterdir())
    return sorted(name.removesuffix(".sql") for name in names if name.endswith(".sql"))


def _read(step: str) -> str:
    return (resources.files("procrastinate.sql.migrations") / f"{step}.sql").read_text(encoding="utf-8")


def _note(statement: str, step: str) -> str:
    assert "'" not in step
    return statement.format(step)


async def _row(client: BaseDBAsyncClient, sql: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = await client.execute_query_dict(sql)
    return found[0]
