"""This process among those that the fleet's queue knows."""

from __future__ import annotations

from storage.database import reading, rows
from storage.queue import jobs

SILENT_S = 30.0
"""A process that has not said for so long that it lives has left its jobs."""


class Worker:
    """This process's entry among procrastinate's workers."""

    def __init__(self) -> None:
        self._id: int | None = None

    @reading
    async def say_alive(self) -> None:
        """A heartbeat."""
        if self._id is None:
            self._id = await jobs.manager.register_worker()
        else:
            await jobs.manager.update_heartbeat(self._id)

    async def present(self) -> int:
        """Its number, which lasts to the end of the transaction. A process that slept for a day has a new one."""
        there = await rows("SELECT id FROM procrastinate_workers WHERE id = ? FOR KEY SHARE", [self._id or 0])
        if not there:
            self._id = await jobs.manager.register_worker()
        assert self._id is not None
        return self._id

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
