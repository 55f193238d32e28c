"""This process among those that the fleet's queue knows."""

from __future__ import annotations

import psycopg
from procrastinate.jobs import Job as QueuedJob

from storage import shortage
from storage.database import reading, rows
from storage.queue import jobs

SILENT_S = shortage.SILENT_S
"""A process that has not said for so long that it lives has left its jobs."""


class StrangeWorker(Exception):
    """The entry is gone: the process was silent for a day, or the transaction that made the entry came to nothing."""


class Worker:
    """This process's entry among procrastinate's workers."""

    def __init__(self) -> None:
        self._id: int | None = None
        self._said: tuple[int, bool] | None = None
        """What the others know of our space, under which entry."""

    @reading
    async def say_alive(self) -> None:
        """A heartbeat."""
        if self._id is None:
            self._id = await jobs.manager.register_worker()
        else:
            await jobs.manager.update_heartbeat(self._id)

    async def say_room(self, *, short: bool) -> bool:
        """Lets the others know whether captures wait here for space; False when that is what they know."""
        if self._id is None or self._said == (self._id, short):
            return False
        await shortage.say(self._id, short=short)
        self._said = (self._id, short)
        return True

    async def fetch(self, queue: str) -> QueuedJob | None:
        """Takes a job, inside a transaction. Raises StrangeWorker, after which another try makes a new entry."""
        if self._id is None:
            self._id = await jobs.manager.register_worker()
        try:
            return await jobs.manager.fetch_job([queue], self._id)
        except psycopg.errors.ForeignKeyViolation:
            self._id = None
            raise StrangeWorker from None

    @reading
    async def leave(self) -> None:
        """Takes no more part. What its jobs hold is then taken up by others."""
        if self._id is not None:
            await jobs.manager.unregister_worker(self._id)
            self._id = None


@reading
async def some_alive() -> bool:
    """Whether any process captures just now."""
    return bool(
        await rows(
            "SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > clock_timestamp() - make_interval(secs => ?) "
            "LIMIT 1",
            [SILENT_S],
        )
    )
