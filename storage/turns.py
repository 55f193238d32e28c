"""Whose turn it is among the processes of a fleet: a right that one process has until it gives it back or dies.

With SQLite there is one process, which keeps its own order: every turn is free.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage import database

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.01, 0.25


async def take(what: str, number: int) -> bool:
    """Takes the turn if no other process has it. Raises StorageUnavailable.

    It is this process's own until `give`, and free as soon as the process or its way to the database is gone. Within
    the process there is one who takes it: whoever asks twice has it twice.
    """
    return await database.try_turn(what, number)


async def holds(what: str, number: int) -> bool:
    """Whether a turn that was taken is still ours: a database that went away meanwhile may have given it to others."""
    return await database.holds_turn(what, number)


async def give(what: str, number: int) -> None:
    """Gives the turn back."""
    await database.give_turn(what, number)


@asynccontextmanager
async def turn(what: str, number: int) -> AsyncIterator[None]:
    """Waits for the turn, and has it. Raises StorageUnavailable."""
    pause_s = _FIRST_PAUSE_S
    while not await take(what, number):
        await asyncio.sleep(pause_s)
        pause_s = min(_LONGEST_PAUSE_S, pause_s * 1.5)
    try:
        yield
    finally:
        await give(what, number)
