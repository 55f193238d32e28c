"""Errands: what the chat side asks those who capture for, and their answer. Only a fleet has them.

The row holds the question and the answer; a job of procrastinate beside it says who may take it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from procrastinate.jobs import Job as QueuedJob

from storage import signals, storable
from storage.database import execute, reading, rows, writing_beside
from storage.queue import jobs
from storage.queue.worker import SILENT_S, StrangeWorker, Worker

Kind = Literal["pdf", "copy"]

MAX_ATTEMPTS = 3
"""After so many processes died over it an errand is given up."""

KEPT_S = 3600.0
"""How long an errand's row is kept after nobody needs it any more."""


@dataclass(frozen=True)
class Errand:
    """Something to be done, taken by this process."""

    errand_id: int
    job_id: int
    kind: Kind
    data: dict[str, Any]


async def ask(kind: Kind, data: dict[str, Any], patience_s: float) -> int:
    """Wants something done within so many seconds, and gives the errand's number."""
    errand_id = await _ask(kind, storable.json(json.dumps(data)), patience_s)
    signals.errands.set()
    return errand_id


@writing_beside
async def _ask(kind: Kind, data: str, patience_s: float) -> int:
    (row,) = await rows(
        "INSERT INTO errands (kind, data, needed_until) "
        "VALUES (?, CAST(? AS jsonb), clock_timestamp() + make_interval(secs => ?)) RETURNING id",
        [kind, data, patience_s],
    )
    job = QueuedJob(
        queue=jobs.ERRANDS, task_name=jobs.ERRANDS, priority=jobs.SOON, lock=None,
        queueing_lock=f"errand {row['id']}", task_kwargs={"errand_id": row["id"]},
    )  # fmt: skip
    await jobs.manager.batch_defer_jobs_async([job])
    return int(row["id"])


@reading
async def outcome(errand_id: int) -> str | None:
    """What came of it; None while it is not done."""
    found = await rows("SELECT outcome FROM errands WHERE id = ?", [errand_id])
    return str(found[0]["outcome"]) if found and found[0]["outcome"] else None


@writing_beside
async def withdraw(errand_id: int) -> None:
    """Nobody waits for it any more."""
    await execute("UPDATE errands SET needed_until = clock_timestamp() WHERE id = ? AND outcome IS NULL", [errand_id])


async def take(worker: Worker) -> Errand | None:
    """The errand that has waited longest; what nobody needs any more is left out."""
    while True:
        with suppress(StrangeWorker):
            return await _take(worker)


@writing_beside
async def _take(worker: Worker) -> Errand | None:
    while job := await worker.fetch(jobs.ERRANDS):
        assert job.id is not None
        found = await rows(
            "SELECT kind, data FROM errands WHERE id = ? AND outcome IS NULL AND needed_until > clock_timestamp()",
            [int(str(job.task_kwargs["errand_id"]))],
        )
        if found:
            return Errand(int(str(job.task_kwargs["errand_id"])), job.id, found[0]["kind"], found[0]["data"])
        await _drop(job.id)
    return None


async def end(errand: Errand, result: str) -> None:
    """It is done, or cannot be done; whoever asked hears of it."""
    await _end(errand.errand_id, errand.job_id, result)
    signals.errands.set()


@writing_beside
async def _end(errand_id: int, job_id: int, result: str) -> None:
    await execute("UPDATE errands SET outcome = ? WHERE id = ? AND outcome IS NULL", [result, errand_id])
    await _drop(job_id)


async def give_back(errand: Errand) -> None:
    """It could not be done now; it is taken again for as long as somebody needs it."""
    await _retry(errand.job_id)
    signals.errands.set()


@writing_beside
async def _retry(job_id: int) -> None:
    if await rows("SELECT 1 FROM procrastinate_jobs WHERE id = ? AND status = 'doing' FOR UPDATE", [job_id]):
        await jobs.manager.retry_job_by_id_async(job_id, jobs.AT_ONCE)


async def _drop(job_id: int) -> None:
    await execute("DELETE FROM procrastinate_jobs WHERE id = ?", [job_id])


async def settle_stalled() -> int:
    """Errands of processes that are gone are taken again, or given up; rows that nobody reads any more are removed."""
    stalled = await _stalled()
    for job in stalled:
        assert job.id is not None
        if job.attempts < MAX_ATTEMPTS:
            await _retry(job.id)
        else:
            await _end(int(str(job.task_kwargs["errand_id"])), job.id, "failed")
    await _remove_old()
    if stalled:
        signals.errands.set()
    return len(stalled)


@reading
async def _stalled() -> list[QueuedJob]:
    return list(await jobs.manager.get_stalled_jobs(queue=jobs.ERRANDS, seconds_since_heartbeat=SILENT_S))


@writing_beside
async def _remove_old() -> None:
    await execute("DELETE FROM errands WHERE needed_until < clock_timestamp() - make_interval(secs => ?)", [KEPT_S])
