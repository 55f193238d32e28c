"""Answers in time, whatever is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")

_left: set[asyncio.Future[Any]] = set()
"""Questions that nobody waits for any more. With a database that is frozen, their cancellation takes long as well."""


async def within(seconds: float, question: Awaitable[T]) -> T:
    """What comes of a question, or TimeoutError, which does not wait for the end of it."""
    task = asyncio.ensure_future(question)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            _left.add(task)
            task.add_done_callback(_forget)
    if not task.done():
        raise TimeoutError(f"no answer within {seconds:.0f} s")
    return task.result()


async def outwait_the_left(seconds: float) -> None:
    """Gives the questions that were left some time to end."""
    if _left:
        await asyncio.wait(set(_left), timeout=seconds)


def _forget(task: asyncio.Future[Any]) -> None:
    _left.discard(task)
    if not task.cancelled():
        task.exception()  # somebody has looked at it
