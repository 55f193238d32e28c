"""Wakes the loops of this process as soon as there is something for them; the database stays the truth."""

from __future__ import annotations

import asyncio

captures = asyncio.Event()
"""Set when a capture may have become takeable."""

outbox = asyncio.Event()
"""Set when something may have become due for delivery."""


room = asyncio.Event()
"""Set when the disk is short of room, for whoever tells people."""


def renew() -> None:
    """Makes new events: an event belongs to the event loop that first waited on it."""
    global captures, outbox, room
    captures, outbox, room = asyncio.Event(), asyncio.Event(), asyncio.Event()


async def wait(event: asyncio.Event, timeout_s: float) -> None:
    """Returns when the event is set, at the latest after `timeout_s`; the event is taken back."""
    try:
        async with asyncio.timeout(max(timeout_s, 0)):
            await event.wait()
    except TimeoutError:
        return
    event.clear()
