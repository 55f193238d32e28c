"""Updates are handed out until they are confirmed, whatever happens in between."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from playground.errors import ApiError
from playground.journal import Journal
from playground.updates import KEPT_S, Updates


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def updates(tmp_path: Path, clock: Clock) -> Updates:
    return Updates(Journal(tmp_path / "j"), clock)


def add(updates: Updates, count: int) -> list[int]:
    ids = [updates.add("message", {"n": n}) for n in range(count)]
    return [number for number in ids if number is not None]


async def ids(updates: Updates, offset: int = 0, limit: int = 100) -> list[int]:
    return [u["update_id"] for u in await updates.get(offset, limit, 0)]


async def test_what_is_not_confirmed_comes_again(updates: Updates) -> None:
    made = add(updates, 3)
    assert await ids(updates) == made
    assert await ids(updates, limit=2) == made[:2]
    assert await ids(updates, offset=made[1]) == made[1:]
    assert await ids(updates) == made[1:], "an offset confirms all before it for good"
    assert await ids(updates, offset=made[2] + 1) == []


async def test_a_negative_offset_keeps_the_last_ones(updates: Updates) -> None:
    made = add(updates, 4)
    assert await ids(updates, offset=-1) == made[-1:]
    assert await ids(updates) == made[-1:]


async def test_a_restart_loses_none_and_repeats_no_number(tmp_path: Path) -> None:
    first = Updates(Journal(tmp_path / "j"))
    made = add(first, 2)
    first.confirm(made[0])
    second = Updates(Journal(tmp_path / "j"))
    assert await ids(second) == made[1:]
    assert add(second, 1)[0] > made[1]


async def test_updates_end_after_a_day_and_presses_after_minutes(updates: Updates, clock: Clock) -> None:
    (message,) = add(updates, 1)
    updates.add("callback_query", {})
    updates.add("inline_query", {})
    clock.now += 31
    assert len(await ids(updates)) == 2
    clock.now += 120
    assert await ids(updates) == [message]
    clock.now += KEPT_S
    assert await ids(updates) == []


async def test_a_long_poll_ends_when_something_comes(updates: Updates) -> None:
    polling = asyncio.create_task(updates.get(0, 100, 30))
    await asyncio.sleep(0)
    made = add(updates, 1)
    assert [u["update_id"] for u in await asyncio.wait_for(polling, 20)] == made


async def test_a_second_poll_ends_the_first_with_a_conflict(updates: Updates) -> None:
    first = asyncio.create_task(updates.get(0, 100, 30))
    await asyncio.sleep(0)
    second = asyncio.create_task(updates.get(0, 100, 30))
    with pytest.raises(ApiError) as refused:
        await asyncio.wait_for(first, 20)
    assert refused.value.code == 409
    assert "terminated by other getUpdates request" in refused.value.description
    add(updates, 1)
    assert len(await asyncio.wait_for(second, 20)) == 1


async def test_closing_ends_a_poll(updates: Updates) -> None:
    polling = asyncio.create_task(updates.get(0, 100, 30))
    await asyncio.sleep(0)
    updates.close()
    assert await asyncio.wait_for(polling, 20) == []


def test_kinds_that_were_not_asked_for_are_not_kept(updates: Updates) -> None:
    assert updates.add("message_reaction", {}) is None
    updates.allow(["message_reaction"])
    assert updates.add("message", {}) is None
    assert updates.add("message_reaction", {}) is not None
    updates.allow(None)
    assert updates.add("message", {}) is None, "not naming kinds leaves them as they were"
    updates.allow([])
    assert updates.add("message", {}) is not None
