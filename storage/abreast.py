"""Several of the same at a time, where each waits for a disk or a server far more than it works."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 8


async def abreast(
    work: Callable[[T], Coroutine[Any, Any, R]], items: Iterable[T], at_once: int = AT_ONCE
) -> AsyncGenerator[tuple[T, R], None]:
    """Does the work for each item, at most `at_once` at a time, and gives item and result in the order of the items.

    An error ends it: it is raised when its item's turn comes, and what is under way is cancelled.
    Not within a transaction: its connection would be shared.
    """
    running: deque[tuple[T, asyncio.Task[R]]] = deque()
    try:
        for item in items:
            running.append((item, asyncio.create_task(work(item))))
            if len(running) >= at_once:
                first, task = running.popleft()
                yield first, await task
        while running:
            first, task = running.popleft()
            yield first, await task
    finally:
        for _, task in running:
            task.cancel()
        await asyncio.gather(*(task for _, task in running), return_exceptions=True)
