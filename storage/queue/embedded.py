"""The queue inside the database: a capture's row with a state and a lease, woken in process."""

# ruff: noqa: S608 - what is put into SQL text here are column names and marks; values are parameters

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from tortoise.expressions import F

from storage import choices, clock, signals
from storage.database import StorageUnavailable, execute, reading, rows, writing
from storage.models import Archive, Capture
from storage.queue import MAX_OF_ONE_HOST, crashes
from storage.quotas import DEFAULT, Quota, full_at
from storage.records import Job

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 30.0

LONGEST_PUT_OFF_MS = 24 * 3600 * 1000
"""Nothing is put off for longer on purpose; a due time beyond it is from a clock that was wrong."""

# The turn of a capture: how many of its chat come before it or run already. Whoever has fewest is next, and among
# equals the chat that was served longest ago, so that a chat with 200 links does not delay another one's first.
_TURNS = """
    SELECT w.id, w.archive_id, w.host, w.turn, a.served_ms FROM (
        SELECT c.id, c.archive_id, c.host,
            ROW_NUMBER() OVER (PARTITION BY c.archive_id ORDER BY c.id)
            + (SELECT count(*) FROM captures r WHERE r.state = 'running' AND r.archive_id = c.archive_id) AS turn
        FROM captures c WHERE c.state = 'queued' AND c.priority >= 0 {where}
    ) w JOIN archives a ON a.id = w.archive_id
"""
_ORDER = "ORDER BY w.turn, a.served_ms, w.id"

# What nobody waits for (an import may queue ten thousand): looked at only when there is nothing else, and of each chat
# only the first few, whose place an index knows.
_IDLE_CHATS = """
    SELECT a.id FROM archives a
    WHERE EXISTS (SELECT 1 FROM captures c WHERE c.state = 'queued' AND c.archive_id = a.id AND c.priority < 0)
    ORDER BY (SELECT count(*) FROM captures r WHERE r.state = 'running' AND r.archive_id = a.id), a.served_ms, a.id
    LIMIT ?
"""
_IDLE = """
    SELECT c.id, c.host FROM captures c WHERE c.state = 'queued' AND c.archive_id = ? AND c.priority < 0 {where}
    ORDER BY c.priority DESC, c.id LIMIT ?
"""


class EmbeddedQueue:
    """Queue for the one process that has the database to itself; see storage.queue.Queue."""

    def __init__(self, lease_s: float, quota: Quota = DEFAULT) -> None:
        self._lease_ms = round(lease_s * 1000)
        self._quota = quota
        self._alive: dict[str, int] = {}
        """Until when each lease is held by somebody in this process, by its own word. The rows say the same, but on a
        full disk they cannot follow; whoever holds on then must not lose the capture to another one."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Begins with what an earlier process left."""
        await self.take_back_all()
        yield

    async def answers(self) -> bool:
        """Whether the rows can be read."""
        await _some_expired()
        return True

    async def take(self, n: int) -> list[Job]:
        """At most `n` captures, fairly over the chats, at most two of one host running."""
        now = clock.now_ms()
        self._alive = {lease: until_ms for lease, until_ms in self._alive.items() if until_ms > now}
        if await _some_expired():
            await _expire(frozenset(self._alive))
        candidates = await _candidates(n, self._quota)
        jobs = await _claim(candidates, self._lease_ms) if candidates else []
        for job in jobs:
            self._alive[job.lease] = clock.now_ms() + self._lease_ms
        return jobs

    async def wait(self) -> None:
        """Returns when something was queued or given back or a lease has run out, at the latest after 30 s."""
        until_ms = await _next_expiry(self._alive)
        pause_s = LONGEST_WAIT_S if until_ms is None else (until_ms - clock.now_ms()) / 1000
        await signals.wait(signals.captures, min(max(pause_s, 0.05), LONGEST_WAIT_S))

    async def renew(self, job: Job) -> bool:
        """Makes the lease last longer; False when it is lost. A database that cannot be written is no loss yet."""
        try:
            renewed = await _renew(job, self._lease_ms)
        except StorageUnavailable as error:
            log.warning("the lease of capture %d could not be renewed: %s", job.capture_id, error)
            renewed = True
        if renewed:
            self._alive[job.lease] = clock.now_ms() + self._lease_ms
        return renewed

    def held_until(self, job: Job) -> float | None:
        """None: nobody else takes captures from this database."""
        return None

    async def give_back(self, job: Job) -> None:
        """Gives the capture up unharmed, to be taken again."""
        await _give_back(job)
        signals.captures.set()

    async def crashed(self, job: Job, reason: str) -> None:
        """Ends the capture or, after a crash that is not yet the third, gives it back."""
        await crashes.note(job, reason)
        signals.captures.set()
        signals.outbox.set()

    async def take_back_all(self) -> None:
        """Makes every running capture takeable; that its process is gone is not held against it.

        What a clock that ran ahead has put off for days becomes due as well.
        """
        await _take_back_all()
        signals.captures.set()


async def before(capture_id: int) -> int:
    """How many captures come before this queued one."""
    found = await rows(
        f"WITH turns AS ({_TURNS.format(where='')}) SELECT count(*) AS n FROM turns t, turns me "
        "WHERE me.id = ? AND (t.turn, t.served_ms, t.id) < (me.turn, me.served_ms, me.id)",
        [capture_id],
    )
    return int(found[0]["n"])


@reading
async def _some_expired() -> bool:
    return await Capture.filter(state="running", lease_until_ms__lte=clock.now_ms()).exists()


@reading
async def _next_expiry(alive: Mapping[str, int]) -> int | None:
    running = await Capture.filter(state="running").values_list("lease", "lease_until_ms")
    return min((max(until_ms or 0, alive.get(lease, 0)) for lease, until_ms in running), default=None)


@reading
async def _candidates(n: int, quota: Quota) -> list[tuple[int, str]]:
    """Captures whose turn it is, more than `n` because hosts may be taken by one another."""
    running = await rows("SELECT host, count(*) AS n FROM captures WHERE state = 'running' GROUP BY host")
    busy = Counter({str(row["host"]): int(row["n"]) for row in running})
    full = [host for host, count in busy.items() if count >= MAX_OF_ONE_HOST]
    where = f"AND c.host NOT IN ({','.join('?' * len(full))})" if full else ""
    found = await rows(f"{_TURNS.format(where=where)} {_ORDER} LIMIT ?", [*full, n + 50])
    if not found:
        for archive_id in await _idle_archives(n, quota):
            found += await rows(_IDLE.format(where=where), [archive_id, *full, n])
    taken: list[tuple[int, str]] = []
    for row in found:
        if busy[row["host"]] < MAX_OF_ONE_HOST and len(taken) < n:
            busy[row["host"]] += 1
            taken.append((int(row["id"]), str(row["host"])))
    return taken


async def _idle_archives(n: int, quota: Quota) -> list[int]:
    """Archives with captures for which nobody waits, those left out that have as many megabytes as they may."""
    ids = [int(row["id"]) for row in await rows(_IDLE_CHATS, [n + 20])]
    by_id = {archive.id: archive for archive in await Archive.filter(id__in=ids)} if ids else {}
    return [
        archive_id
        for archive_id in ids
        if archive_id in by_id and full_at(by_id[archive_id], choices.parse(by_id[archive_id].settings), quota) is None
    ][:n]


@writing
async def _claim(candidates: list[tuple[int, str]], lease_ms: int) -> list[Job]:
    jobs = []
    for capture_id, host in candidates:
        if await Capture.filter(host=host, state="running").count() >= MAX_OF_ONE_HOST:
            continue
        lease = secrets.token_hex(16)
        now = clock.now_ms()
        if not await Capture.filter(id=capture_id, state="queued").update(
            state="running", lease=lease, lease_until_ms=now + lease_ms, attempt=F("attempt") + 1
        ):
            continue
        capture = await Capture.get(id=capture_id).select_related("archive")
        await Archive.filter(id=capture.archive_id).update(served_ms=now)
        jobs.append(
            Job(
                capture_id=capture_id,
                lease=lease,
                attempt=capture.attempt,
                chat_id=capture.archive.chat_id,
                url=capture.url,
                host=capture.host,
            )
        )
    return jobs


@writing
async def _renew(job: Job, lease_ms: int) -> bool:
    held = Capture.filter(id=job.capture_id, state="running", lease=job.lease)
    return bool(await held.update(lease_until_ms=clock.now_ms() + lease_ms))


@writing
async def _give_back(job: Job) -> None:
    await Capture.filter(id=job.capture_id, state="running", lease=job.lease).update(
        state="queued", lease=None, lease_until_ms=None
    )


@writing
async def _take_back_all() -> None:
    await Capture.filter(state="running").update(state="queued", lease=None, lease_until_ms=None)
    now = clock.now_ms()
    await execute("UPDATE archives SET served_ms = ? WHERE served_ms > ?", [now, now])
    await execute("UPDATE outbox SET not_before_ms = ? WHERE not_before_ms > ?", [now, now + LONGEST_PUT_OFF_MS])
    await execute("UPDATE chats SET held_until_ms = ? WHERE held_until_ms > ?", [now, now + LONGEST_PUT_OFF_MS])


@writing
async def _expire(alive: Collection[str]) -> None:
    """Leases that ran out: whoever held them is gone, perhaps because of the page, so that it counts as a crash."""
    for capture in await Capture.filter(state="running", lease_until_ms__lte=clock.now_ms()):
        if capture.lease not in alive:
            await crashes.count(capture)
