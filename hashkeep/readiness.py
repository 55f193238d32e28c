"""Whether this process can do its work, and what it waits for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from hashkeep.patience import outwait_the_left
from storage import database
from storage.blobs import BlobStore
from storage.queue import Queue

LEFT_S = 3.0
"""How long the end waits for questions that the database has not answered."""

Look = Callable[[], Awaitable[bool]]


class Readiness:
    """What /readyz asks."""

    def __init__(self) -> None:
        self.looks: Mapping[str, Look] = {}
        """By the part that each is about; none while storage is not open."""
        self.why = "it is starting"
        """What it waits for as long as there are none."""

    @asynccontextmanager
    async def asking(self, blobs: BlobStore, queue: Queue) -> AsyncIterator[None]:
        """Storage is open until the end of the block."""
        self.looks = {"database": database.answers, "queue": queue.answers, "files": blobs.answers}
        try:
            yield
        finally:
            self.looks, self.why = {}, "it is stopping"
            await outwait_the_left(LEFT_S)
