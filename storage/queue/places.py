"""A capture's place in the queue, as cards tell it."""

from __future__ import annotations

from storage.database import reading
from storage.queue import embedded, jobs


@reading
async def waiting_before(capture_id: int) -> int:
    """How many captures will be taken before this queued one, as things stand."""
    return await (jobs.before if jobs.are_kept() else embedded.before)(capture_id)
