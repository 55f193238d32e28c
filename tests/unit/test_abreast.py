"""Several at a time, in order, and none left behind."""

from __future__ import annotations

import asyncio

import pytest

from storage.abreast import abreast


class Work:
    """Counts what is under way; number 3 is done first of all."""

    def __init__(self, fails_at: int = -1) -> None:
        self.now = self.most = self.cancelled = 0
        self._fails_at = fails_at

    async def __call__(self, number: int) -> str:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0 if number == 3 else 0.005 * (number + 1))
            if number == self._fails_at:
                raise OSError("no")
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.now -= 1
        return str(number)


async def test_results_come_in_order_and_no_more_than_that_many_are_under_way() -> None:
    work = Work()
    assert [found async for found in abreast(work, range(10), at_once=4)] == [(n, str(n)) for n in range(10)]
    assert work.most == 4
    assert [found async for found in abreast(work, [], at_once=4)] == []


async def test_an_error_comes_at_its_turn_and_ends_the_others() -> None:
    work = Work(fails_at=4)
    results = abreast(work, range(100), at_once=4)
    assert [(await anext(results))[0] for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(OSError, match="no"):
        await anext(results)
    assert work.now == 0, "something is still under way"


async def test_who_stops_listening_stops_the_work() -> None:
    work = Work()
    results = abreast(work, range(100), at_once=4)
    assert await anext(results) == (0, "0")
    await results.aclose()
    assert (work.now, work.cancelled > 0) == (0, True)
