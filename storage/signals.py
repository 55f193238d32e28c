"""Wakes the loops of this process, and with PostgreSQL those of others, as soon as there is something for them.

The database stays the truth: a signal can be lost, and whoever waits looks by himself now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


def nobody(_name: str) -> None:
    """There is no other process."""


tell_others: Callable[[str], None] = nobody
"""Tells other processes that a signal was set; set by the database that can."""


class Signal(asyncio.Event):
    """An event that other processes hear of as well."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def set(self) -> None:
        """Wakes who waits, here and elsewhere."""
        super().set()
        tell_others(self._name)

    def set_here(self) -> None:
        """Wakes who waits in this process."""
        super().set()


captures = Signal("captures")
"""Set when a capture may have become takeable."""

outbox = Signal("outbox")
"""Set when something may have become due for delivery."""

errands = Signal("errands")
"""Set when an errand was asked for, or has ended."""

room = Signal("room")
"""Set when a disk is short of room or has it again, for whoever tells people."""


def renew() -> None:
    """Makes new events: an event belongs to the event loop that first waited on it."""
    global captures, errands, outbox, room
    captures, errands, outbox, room = Signal("captures"), Signal("errands"), Signal("outbox"), Signal("room")


def heard(name: str) -> None:
    """Another process has set the signal of that name."""
    for signal in (captures, errands, outbox, room):
        if signal._name == name:
            signal.set_here()


def all_set() -> None:
    """Something may have been missed."""
    captures.set_here()
    errands.set_here()
    outbox.set_here()
    room.set_here()


async def wait(event: asyncio.Event, timeout_s: float) -> None:
    """Returns when the event is set, at the latest after `timeout_s`; the event is taken back."""
    try:
        async with asyncio.timeout(max(timeout_s, 0)):
            await event.wait()
    except TimeoutError:
        return
    event.clear()
