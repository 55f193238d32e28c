"""Who takes which capture when: the queue engines behind one protocol."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from storage.records import Job

MAX_CRASHES = 3
"""After so many crashes a capture is given up."""

MAX_OF_ONE_HOST = 2
"""Captures of one host at a time, out of politeness."""


class Queue(Protocol):
    """Hands captures out under leases. A capture runs in one place at a time; a lease that runs out is taken again.

    Every method raises OSError when the database cannot be reached, `renew` excepted.
    """

    def running(self) -> AbstractAsyncContextManager[None]:
        """Takes part, until the end of the block: what was left over is taken up, and what others leave as well."""
        ...

    async def answers(self) -> bool:
        """Whether captures can be taken, as far as the database is concerned."""
        ...

    async def take(self, n: int) -> list[Job]:
        """At most `n` captures, fairly over the chats, at most two of one host running."""
        ...

    async def wait(self) -> None:
        """Returns when there may be something to take."""
        ...

    async def renew(self, job: Job) -> bool:
        """Makes the lease last longer; False when it is lost."""
        ...

    def held_until(self, job: Job) -> float | None:
        """Until when (time.monotonic) nobody else can have taken the capture; None where nobody else could ever."""
        ...

    async def give_back(self, job: Job) -> None:
        """Gives the capture up unharmed, to be taken again."""
        ...

    async def crashed(self, job: Job, reason: str) -> None:
        """The worker died over it: `deadline`, `memory`, or anything else, which has three tries."""
        ...
