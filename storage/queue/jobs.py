"""The fleet's jobs, one for each queued or running capture: procrastinate's tables, changed in our own transactions.

With SQLite there are none, and every verb here does nothing: the capture's row is all there is. With PostgreSQL the row
stays the truth as well; a job says who may take it when.
"""

# ruff: noqa: S608 - what is put into SQL text here are conditions of our own; values are parameters

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from procrastinate.connector import BaseAsyncConnector
from procrastinate.jobs import Job as QueuedJob
from procrastinate.manager import JobManager
from psycopg.types.json import Jsonb

from storage.database import Dialect, Rows, connection, dialect, execute, marks, rows

CAPTURES, ERRANDS = "captures", "errands"
"""The names of the queues, and of the one task in each."""

IDLE = -1_000_000_000
"""The priorities from here down are of what nobody waits for."""
SOON = 1000
"""The priority of errands: somebody looks at the screen."""

AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""When a job is due that is due now, whatever the machines' clocks say."""

STEP = 4
"""Between the turns of one chat's captures: so many chats that have nothing waiting may come in between."""

SLOTS = 2
"""Locks of a host: so many of its captures run at a time over the whole fleet."""


class OurConnector(BaseAsyncConnector):
    """Lets procrastinate run its statements on our connection, and inside a transaction as part of that."""

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        """Runs a statement."""
        await self.execute_query_all_async(query, **arguments)

    async def execute_query_one_async(self, query: str, **arguments: Any) -> dict[str, Any]:
        """Runs a statement and gives its one row."""
        return (await self.execute_query_all_async(query, **arguments))[0]

    async def execute_query_all_async(self, query: str, **arguments: Any) -> Rows:
        """Runs a statement and gives its rows."""
        async with connection().acquire_connection() as raw, raw.cursor() as cursor:
            await cursor.execute(query, {name: _adapted(value) for name, value in arguments.items()})
            return await cursor.fetchall() if cursor.description else []


def _adapted(value: Any) -> Any:
    if isinstance(value, dict):
        return Jsonb(value)
    if isinstance(value, list):
        return [_adapted(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_adapted(item) for item in value)
    return value


manager = JobManager(OurConnector())


def are_kept() -> bool:
    """Whether the database that is open has jobs."""
    return dialect() is Dialect.POSTGRES


def mark(capture_id: int) -> str:
    """What a capture's job is found by."""
    return f"capture {capture_id}"


async def make_missing(condition: str, values: Sequence[Any] = (), limit: int = 100_000) -> int:
    """Makes a job for each queued capture (`c` in the condition) that has none, inside a transaction."""
    if not are_kept():
        return 0
    found = await rows(
        f"SELECT c.id, c.archive_id, c.host, c.priority FROM captures c WHERE c.state = 'queued' AND {condition} "
        "AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j WHERE j.queueing_lock = 'capture ' || c.id "
        "AND j.status IN ('todo', 'doing')) ORDER BY c.id LIMIT ?",
        [*values, limit],
    )
    by_turn: dict[tuple[int, bool], Rows] = defaultdict(list)
    for row in found:
        by_turn[row["archive_id"], row["priority"] < 0].append(row)
    slots: dict[str, int] = defaultdict(lambda: secrets.randbelow(SLOTS))
    jobs = []
    for (archive_id, idle), captures in by_turn.items():
        turn = await _next_turn(archive_id, idle=idle)
        for n, row in enumerate(captures):
            slots[row["host"]] += 1
            jobs.append(_job(row["id"], row["host"], slots[row["host"]] % SLOTS, _priority(turn + n * STEP, idle=idle)))
    if jobs:
        await manager.batch_defer_jobs_async(jobs)
    return len(jobs)


async def make_for_links(link_ids: Sequence[int]) -> None:
    """Makes a job for each queued capture of these links that has none, inside a transaction."""
    await make_missing(f"c.link_id IN ({marks(link_ids)})", link_ids)


def _job(capture_id: int, host: str, slot: int, priority: int) -> QueuedJob:
    return QueuedJob(
        queue=CAPTURES, task_name=CAPTURES, priority=priority, lock=f"{host} {slot}",
        queueing_lock=mark(capture_id), task_kwargs={"capture_id": capture_id},
    )  # fmt: skip


def _priority(turn: int, *, idle: bool) -> int:
    return (IDLE if idle else 0) - turn


async def _next_turn(archive_id: int, *, idle: bool) -> int:
    """When the next capture of a chat comes, on a scale on which the captures of one chat are a STEP apart.

    It follows the chat's last one that waits. A chat that has none comes soon after what is under way, and as many
    steps later as it has running. So whoever has much waiting lets others go first; and since each of those comes a
    little later than the one before, nobody is overtaken for ever.
    """
    low, high = (-2_000_000_000, IDLE) if idle else (IDLE + 1, SOON - 1)
    wanted = "c.priority < 0" if idle else "c.priority >= 0"
    (found,) = await rows(
        f"""SELECT
            (SELECT min(priority) FROM procrastinate_jobs
             WHERE status = 'doing' AND queue_name = 'captures' AND priority BETWEEN ? AND ?) AS under_way,
            (SELECT max(priority) FROM procrastinate_jobs
             WHERE status = 'todo' AND queue_name = 'captures' AND priority BETWEEN ? AND ?) AS next,
            (SELECT count(*) FROM captures c WHERE c.state = 'running' AND c.archive_id = ? AND {wanted}) AS running,
            (SELECT j.priority FROM captures c
             JOIN procrastinate_jobs j ON j.queueing_lock = 'capture ' || c.id AND j.status = 'todo'
             WHERE c.state = 'queued' AND c.archive_id = ? AND {wanted} AND j.priority BETWEEN ? AND ?
             ORDER BY c.id DESC LIMIT 1) AS last""",
        [low, high, low, high, archive_id, archive_id, low, high],
    )
    top = IDLE if idle else 0
    now = next((top - found[key] for key in ("under_way", "next") if found[key] is not None), 0)
    own = top - found["last"] + STEP if found["last"] is not None else 0
    return int(max(now + 1 + found["running"] * STEP, own))


async def hasten(capture_ids: Collection[int]) -> None:
    """Somebody waits for these now: their jobs take a turn among those of the others. Inside a transaction."""
    if not are_kept() or not capture_ids:
        return
    ids = sorted(capture_ids)
    found = await rows(f"SELECT archive_id FROM captures WHERE id = {ids[0]}")
    turn = await _next_turn(found[0]["archive_id"], idle=False) if found else 0
    for n, capture_id in enumerate(ids):
        await execute(
            "UPDATE procrastinate_jobs SET priority = ? WHERE queueing_lock = ? AND status = 'todo'",
            [_priority(turn + n * STEP, idle=False), mark(capture_id)],
        )
    await make_missing(f"c.id IN ({marks(ids)})", ids)


async def again(capture_id: int) -> None:
    """The capture is queued again, and so is its job, in its old place. Inside a transaction."""
    if not are_kept():
        return
    found = await rows(
        "SELECT id, status FROM procrastinate_jobs WHERE queueing_lock = ? AND status IN ('todo', 'doing')",
        [mark(capture_id)],
    )
    waits = any(row["status"] == "todo" for row in found)
    for row in found:
        if row["status"] == "doing" and waits:
            await execute("DELETE FROM procrastinate_jobs WHERE id = ?", [row["id"]])
        elif row["status"] == "doing":
            await manager.retry_job_by_id_async(row["id"], AT_ONCE)
            waits = True
    if not waits:
        await make_missing("c.id = ?", [capture_id])


async def done(capture_id: int) -> None:
    """The capture has ended: its job goes. Inside a transaction."""
    if are_kept():
        await execute("DELETE FROM procrastinate_jobs WHERE queueing_lock = ?", [mark(capture_id)])


async def before(capture_id: int) -> int:
    """How many jobs of captures come before this one's."""
    # Its own place is asked for once, and no join: a planner that takes the table for empty compares all with all.
    found = await rows(
        "WITH me AS MATERIALIZED "
        "(SELECT id, priority FROM procrastinate_jobs WHERE queueing_lock = ? AND status = 'todo') "
        "SELECT count(*) AS n FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'captures' "
        "AND (priority > (SELECT priority FROM me) "
        "OR (priority = (SELECT priority FROM me) AND id < (SELECT id FROM me)))",
        [mark(capture_id)],
    )
    return int(found[0]["n"])
