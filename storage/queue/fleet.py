"""The queue of any number of processes on any number of machines: procrastinate's jobs beside the captures' rows.

A job says whose turn it is: its priority falls with what its chat has waiting, and of each host's two locks one job has
one at a time. A row says who runs a capture until when, by the database's clock, which all machines share. Both change
in the same transactions; should they ever disagree, the row is right, and the sweep makes the job follow it.
"""

# ruff: noqa: S608 - what is put into SQL text here are the expressions for times; values are parameters

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import psycopg

from storage import choices, room, signals
from storage.database import StorageUnavailable, execute, reading, rows, writing, writing_beside
from storage.models import Archive, Capture
from storage.queue import crashes, errands, jobs
from storage.queue.worker import SILENT_S, StrangeWorker, Worker
from storage.quotas import DEFAULT, Quota, full_at
from storage.records import Job

log = logging.getLogger(__name__)

SWEEP_S = 5.0
"""How often the fleet looks for what was left over, and each process says that it lives."""

FORGOTTEN_S = 24 * 3600.0
"""After so long its entry is removed."""

UNSWEPT_S = 3 * SWEEP_S
"""When nobody has swept for so long, nobody had the database."""

AFTER_ABSENCE_S = 30.0
"""After the database's absence those who hold leases have so long to renew them. A start of the server does not tell
when that was: it may recover for minutes before it answers."""

MISSING_EVERY_S = 60.0
"""How often a process looks through all that is queued for what has no job: after a restore, or in a full archive."""

AT_A_SWEEP = 1000

STARTED = "pg_postmaster_start_time()"
NOW_MS = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint"


@dataclass(frozen=True)
class _Nothing:
    """No job can be taken now, or the one that was taken was of no use."""

    more: bool


class FleetQueue:
    """Queue for processes that share a PostgreSQL database; see storage.queue.Queue."""

    def __init__(self, lease_s: float, quota: Quota = DEFAULT) -> None:
        self._lease_s = lease_s
        self._quota = quota
        self.worker = Worker()
        """This process, for whoever else takes jobs in it."""
        self._held_until: dict[str, float] = {}
        """By this machine's steady clock, counted from before the renewal: until then nobody else has it."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Says that this process lives, and sweeps, until the end of the block."""
        task = asyncio.create_task(self._live(), name="queue")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(2):
                    await self.worker.leave()

    async def answers(self) -> bool:
        """Whether the tables of the jobs can be read."""
        return await _answers()

    async def take(self, n: int) -> list[Job]:
        """At most `n` captures: those whose turn it is, at most two of one host running."""
        taken: list[Job] = []
        while len(taken) < n:
            asked_at = time.monotonic()
            try:
                found = await _take_one(self.worker, self._lease_ms, self._quota)
            except (StrangeWorker, psycopg.errors.UniqueViolation):
                continue  # the latter: somebody has taken the host's lock at this very moment
            if isinstance(found, Job):
                self._held_until[found.lease] = asked_at + self._lease_s
                taken.append(found)
            elif not found.more:
                break
        return taken

    async def wait(self) -> None:
        """Returns when something was queued or ended anywhere, at the latest after a sweep."""
        await signals.wait(signals.captures, SWEEP_S)

    async def renew(self, job: Job) -> bool:
        """Makes the lease last longer; False when somebody else has it. A database that is away is no loss yet."""
        asked_at = time.monotonic()
        left_s = self._held_until.get(job.lease, 0.0) - asked_at
        try:
            # A database that hangs must not keep us from noticing that the lease is over.
            async with asyncio.timeout(min(max(left_s, 0.5), self._lease_s / 3)):
                renewed = await _renew(job, self._lease_ms)
        except (StorageUnavailable, TimeoutError) as error:
            log.warning("the lease of capture %d could not be renewed: %s", job.capture_id, str(error) or "no answer")
            return True
        if renewed:
            self._held_until[job.lease] = asked_at + self._lease_s
        return renewed

    def held_until(self, job: Job) -> float | None:
        """Until when (time.monotonic) nobody else can have taken the capture: as long as its lease lasts."""
        return self._held_until.get(job.lease, 0.0)

    async def give_back(self, job: Job) -> None:
        """Gives the capture up unharmed, to be taken again."""
        await _give_back(job)
        self._held_until.pop(job.lease, None)
        signals.captures.set()

    async def crashed(self, job: Job, reason: str) -> None:
        """Ends the capture or, after a crash that is not yet the third, gives it back."""
        await crashes.note(job, reason)
        self._held_until.pop(job.lease, None)
        signals.captures.set()
        signals.outbox.set()

    async def sweep(self, *, thoroughly: bool = True) -> None:
        """Takes up what processes that are gone have left. Any number of processes may do so at once."""
        found = await _expire() if await _some_expired() else 0
        found += await _settle_stalled()
        await errands.settle_stalled()
        found += await self._make_missing() if thoroughly else 0
        if found:
            log.info("the sweep queued, or ended, %d captures that had been left", found)
            signals.captures.set()
            signals.outbox.set()

    async def _make_missing(self) -> int:
        full = await _full_archives(self._quota)
        return await _make_missing(full) if await _some_missing(full) else 0

    async def _live(self) -> None:
        looked_at = -MISSING_EVERY_S
        while True:
            try:
                await self.worker.say_alive()
                if await self.worker.say_room(short=room.is_short()):
                    signals.room.set()
                if await _is_my_turn_to_sweep():
                    thoroughly = time.monotonic() >= looked_at + MISSING_EVERY_S
                    await self.sweep(thoroughly=thoroughly)
                    looked_at = time.monotonic() if thoroughly else looked_at
            except OSError as error:
                log.warning("the queue cannot be swept: %s", error)
            except Exception:
                log.exception("a sweep of the queue failed")
            now = time.monotonic()
            # Long after its end a lease is needed by nobody; without it `held_until` says the same.
            self._held_until = {lease: end for lease, end in self._held_until.items() if end > now - 3600}
            await asyncio.sleep(SWEEP_S)

    @property
    def _lease_ms(self) -> int:
        return round(self._lease_s * 1000)


@reading
async def _answers() -> bool:
    return bool(await rows("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"))


@writing_beside
async def _take_one(worker: Worker, lease_ms: int, quota: Quota) -> Job | _Nothing:
    job = await worker.fetch(jobs.CAPTURES)
    if job is None:
        return _Nothing(more=False)
    capture_id = int(str(job.task_kwargs["capture_id"]))
    if job.priority <= jobs.IDLE and await _has_no_room(capture_id, quota):
        await jobs.done(capture_id)  # the sweep makes a new one when there is room
        return _Nothing(more=True)
    lease = secrets.token_hex(16)
    claimed = await rows(
        f"UPDATE captures SET state = 'running', lease = ?, lease_until_ms = {NOW_MS} + ?, attempt = attempt + 1 "
        "WHERE id = ? AND state = 'queued' RETURNING attempt, url, host, "
        "(SELECT a.chat_id FROM archives a WHERE a.id = archive_id) AS chat_id",
        [lease, lease_ms, capture_id],
    )
    if not claimed:  # it was deleted, or has ended, or runs elsewhere
        assert job.id is not None
        await execute("DELETE FROM procrastinate_jobs WHERE id = ?", [job.id])
        return _Nothing(more=True)
    return Job(capture_id=capture_id, lease=lease, **claimed[0])


async def _has_no_room(capture_id: int, quota: Quota) -> bool:
    archive = await Archive.get_or_none(captures__id=capture_id)
    return archive is not None and full_at(archive, choices.parse(archive.settings), quota) is not None


@reading
async def _renew(job: Job, lease_ms: int) -> bool:
    """A statement of its own, so that it waits for no other verb."""
    return bool(
        await rows(
            f"UPDATE captures SET lease_until_ms = {NOW_MS} + ? WHERE id = ? AND state = 'running' AND lease = ? "
            "RETURNING id",
            [lease_ms, job.capture_id, job.lease],
        )
    )


@writing_beside
async def _give_back(job: Job) -> None:
    if await Capture.filter(id=job.capture_id, state="running", lease=job.lease).update(
        state="queued", lease=None, lease_until_ms=None
    ):
        await jobs.again(job.capture_id)


@reading
async def _is_my_turn_to_sweep() -> bool:
    """The fleet sweeps as often as one process alone would: whoever comes first does it for all.

    The first one after the database's absence does nothing but put it off.
    """
    found = await rows(
        "UPDATE queue_engine SET swept_at = clock_timestamp() + make_interval(secs => CASE "
        f"WHEN swept_at < {STARTED} + make_interval(secs => ?) "
        "OR swept_at < clock_timestamp() - make_interval(secs => ?) THEN ? ELSE 0 END) "
        "WHERE swept_at < clock_timestamp() - make_interval(secs => ?) "
        "RETURNING swept_at <= clock_timestamp() AS now",
        [AFTER_ABSENCE_S, UNSWEPT_S, AFTER_ABSENCE_S, SWEEP_S * 0.8],
    )
    return bool(found and found[0]["now"])


_EXPIRED = f"state = 'running' AND lease_until_ms <= {NOW_MS}"


@reading
async def _some_expired() -> bool:
    return bool(await rows(f"SELECT 1 FROM captures WHERE {_EXPIRED} LIMIT 1"))


@writing
async def _expire() -> int:
    """Whoever held them is gone, perhaps because of the page, so that it counts as a crash."""
    found = await rows(f"SELECT id FROM captures WHERE {_EXPIRED} LIMIT {AT_A_SWEEP}")
    for capture in await Capture.filter(id__in=[row["id"] for row in found]):
        await crashes.count(capture)
    return len(found)


async def _settle_stalled() -> int:
    """Jobs of processes that are gone follow their captures' rows; what a row says is running is left to its lease."""
    stalled = await _stalled()
    return await _settle(stalled) if stalled else 0


@reading
async def _stalled() -> list[int]:
    found = await jobs.manager.get_stalled_jobs(queue=jobs.CAPTURES, seconds_since_heartbeat=SILENT_S)
    await jobs.manager.prune_stalled_workers(FORGOTTEN_S)
    ids = [int(str(job.task_kwargs["capture_id"])) for job in found]
    running = await Capture.filter(id__in=ids, state="running").values_list("id", flat=True) if ids else []
    return sorted(set(ids) - set(running))


@writing
async def _settle(capture_ids: list[int]) -> int:
    for capture_id in capture_ids:
        capture = await Capture.get_or_none(id=capture_id)
        if capture is None or capture.state == "ended":
            await jobs.done(capture_id)
        elif capture.state == "queued":
            await jobs.again(capture_id)
    return len(capture_ids)


@reading
async def _full_archives(quota: Quota) -> tuple[int, ...]:
    """Archives with captures for which nobody waits, and no room for them."""
    found = await rows(
        "SELECT a.id FROM archives a WHERE EXISTS (SELECT 1 FROM captures c WHERE c.state = 'queued' "
        "AND c.archive_id = a.id AND c.priority < 0)"
    )
    waiting = await Archive.filter(id__in=[row["id"] for row in found]) if found else []
    return tuple(
        archive.id for archive in waiting if full_at(archive, choices.parse(archive.settings), quota) is not None
    )


def _missing(full: tuple[int, ...]) -> str:
    ids = ",".join(map(str, full)) or "NULL"
    return f"(c.priority >= 0 OR c.archive_id IN ({ids}) IS NOT TRUE)"


@reading
async def _some_missing(full: tuple[int, ...]) -> bool:
    return bool(
        await rows(
            f"SELECT 1 FROM captures c WHERE c.state = 'queued' AND {_missing(full)} AND NOT EXISTS (SELECT 1 FROM "
            "procrastinate_jobs j WHERE j.queueing_lock = 'capture ' || c.id AND j.status IN ('todo', 'doing')) LIMIT 1"
        )
    )


@writing
async def _make_missing(full: tuple[int, ...]) -> int:
    return await jobs.make_missing(_missing(full), limit=AT_A_SWEEP)
