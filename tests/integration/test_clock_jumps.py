"""The machine's clock is set, far forward or far back: nothing runs twice, nothing is put off, nothing is lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import archive, clock, outbox
from storage.database import execute, writing
from storage.queue.embedded import EmbeddedQueue
from storage.records import Job
from tests.integration.storage_factories import LEASE_S, Clock, card, good, message, run_all, scalar

JUMPS = [timedelta(days=400), timedelta(hours=1), timedelta(hours=-1), timedelta(days=-400)]


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The wall clock alone, to be set by the test."""
    hand = Clock()
    monkeypatch.setattr(clock, "now", hand)
    return hand


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_a_capture_under_way_is_not_taken_again(opened: Path, wall: Clock, jump: timedelta) -> None:
    queue = EmbeddedQueue(LEASE_S)
    await archive.take_in(message(1, "https://example.org/"))
    (job,) = await queue.take(1)
    wall.offset = jump
    assert await queue.take(1) == []
    assert await queue.renew(job)
    assert await queue.take(1) == []


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_a_lease_nobody_renews_runs_out_all_the_same(opened: Path, wall: Clock, jump: timedelta) -> None:
    queue = EmbeddedQueue(0.2)
    await archive.take_in(message(1, "https://example.org/"))
    await queue.take(1)
    wall.offset = jump
    async with asyncio.timeout(30):
        while not (again := await queue.take(1)):
            await queue.wait()
    assert again[0].attempt == 2


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_what_is_posted_and_captured_after_a_jump_is_delivered_soon(
    opened: Path, wall: Clock, jump: timedelta
) -> None:
    wall.offset = jump
    posted = await archive.take_in(message(1, "https://example.org/", sent_at=datetime.now(UTC) + jump))
    assert await scalar("SELECT not_before_ms FROM outbox") <= clock.now_ms() + 5_000, "the status card is put off"
    await run_all(good())
    assert [due.card_id for due in await outbox.due()] == [posted.card_id]


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_a_second_try_comes_when_it_was_meant_to(opened: Path, wall: Clock, jump: timedelta) -> None:
    await archive.take_in(message(1, "https://example.org/"))
    await run_all(good())
    (due,) = await outbox.due()
    await outbox.retry(due, 0.3, "once more")
    wall.offset = jump
    assert await outbox.due() == []
    async with asyncio.timeout(30):
        while not await outbox.due():
            await outbox.wait(5)


async def test_what_a_wrong_clock_has_put_off_is_due_after_a_restart(opened: Path) -> None:
    posted = await archive.take_in(message(1, "https://example.org/"))
    await run_all(good())
    await _put_off(365 * 24 * 3600 * 1000)
    assert await outbox.due() == []
    await EmbeddedQueue(LEASE_S).take_back_all()
    assert [due.card_id for due in await outbox.due()] == [posted.card_id]
    assert (await card(posted.card_id)).links[0].title == "A page"


@writing
async def _put_off(by_ms: int) -> None:
    await execute("UPDATE outbox SET not_before_ms = ?", [clock.now_ms() + by_ms])
    await execute("UPDATE archives SET served_ms = ?", [clock.now_ms() + by_ms])


async def test_who_cannot_write_down_that_it_goes_on_does_not_lose_its_capture(
    opened: Path, moved: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.database import StorageUnavailable
    from storage.queue import embedded

    async def full(job: Job, lease_ms: int) -> bool:
        raise StorageUnavailable("database or disk is full")

    queue = EmbeddedQueue(LEASE_S)
    await archive.take_in(message(1, "https://example.org/"))
    (job,) = await queue.take(1)
    with monkeypatch.context() as disk:
        disk.setattr(embedded, "_renew", full)
        for _ in range(4):
            moved.forward(LEASE_S - 5)
            assert await queue.renew(job)
            assert await queue.take(1) == [], "it runs twice at the same time"
    assert await queue.renew(job)
    assert await scalar("SELECT crashes FROM captures") == 0
