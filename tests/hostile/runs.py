"""Runs the rows that a test module asks for in two lanes at once, so that each row still is a test of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.hostile import summary
from tests.hostile.case import Case
from tests.hostile.cases import BY_NAME
from tests.hostile.lane import Lane, Outcome, open_lane

LANES = int(os.environ.get("HOSTILE_LANES", "2"))
"""Rows that run at the same time. The bombs want a machine for themselves: `HOSTILE_LANES=1`."""


class Runs:
    """`async with Runs(request, folder) as runs:` in a module's fixture, then `await runs.outcome(name)` in each test.

    The rows are those of the tests that were collected in the module, in their order; the lanes begin at once and each
    takes the next row when it is free. With `afterwards`, each row is followed by an ordinary page.
    """

    def __init__(self, request: pytest.FixtureRequest, folder: Path, afterwards: bool = True) -> None:
        names = [item.callspec.params["name"] for item in request.session.items
                 if isinstance(item, pytest.Function) and item.path == request.path and hasattr(item, "callspec")
                 and item.callspec.params.get("name") in BY_NAME]  # fmt: skip
        self.cases = [BY_NAME[name] for name in dict.fromkeys(names)]
        self.lanes: list[Lane] = []
        self.done: list[Outcome] = []
        self._folder = folder
        self._afterwards = afterwards
        self._waiting = list(self.cases)
        self._outcomes: dict[str, asyncio.Future[Outcome]] = {}
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._outcomes = {case.name: loop.create_future() for case in self.cases}
        for number in range(LANES):
            opening: Any = open_lane(self._folder / str(number))
            self.lanes.append(await self._stack.enter_async_context(opening))
        self._tasks = [asyncio.create_task(self._run(lane)) for lane in self.lanes]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for future in self._outcomes.values():
            future.cancel()
        await self._stack.aclose()
        summary.table(self.done, self._folder / "table.txt")

    def outcome(self, name: str) -> Awaitable[Outcome]:
        """What came of a row, when it has been run."""
        return asyncio.shield(self._outcomes[name])

    async def _run(self, lane: Lane) -> None:
        try:
            await lane.warm_up()
        except Exception as error:  # noqa: BLE001 - every row's test tells it
            self._waiting.clear()
            for future in self._outcomes.values():
                _fail(future, error)
        while self._waiting:
            case = self._waiting.pop(0)
            await self._one(lane, case)

    async def _one(self, lane: Lane, case: Case) -> None:
        future = self._outcomes[case.name]
        try:
            outcome = await lane.run(case, self._afterwards)
        except Exception as error:  # noqa: BLE001 - the row's own test tells it
            _fail(future, error)
        else:
            summary.note(outcome)
            self.done.append(outcome)
            future.set_result(outcome)


def _fail(future: asyncio.Future[Outcome], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # its test may not have been chosen
