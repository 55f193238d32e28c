"""Who takes which capture when, and what becomes of a crash."""

from __future__ import annotations

import asyncio

import pytest

from storage import archive, captures, outbox
from storage.database import execute, writing
from storage.models import Capture
from storage.queue import Queue, jobs
from storage.queue.embedded import EmbeddedQueue
from storage.queue.engine import open_queue
from storage.queue.fleet import FleetQueue
from storage.queue.places import waiting_before
from storage.records import Job
from tests.integration.storage_factories import (
    CHAT,
    LEASE_S,
    OTHER_CHAT,
    Clock,
    card,
    good,
    message,
    scalar,
)

pytestmark = pytest.mark.usefixtures("opened")


@pytest.fixture
def queue() -> Queue:
    return open_queue(LEASE_S)


async def pass_time(queue: Queue, moved: Clock, seconds: float) -> None:
    """Lets time pass: the embedded queue's, or the database's own, which nobody can set."""
    moved.forward(seconds)
    if isinstance(queue, FleetQueue):
        await _nearer(round(seconds * 1000))
        await queue.sweep()


@writing
async def _nearer(by_ms: int) -> None:
    await execute("UPDATE captures SET lease_until_ms = lease_until_ms - ? WHERE lease_until_ms IS NOT NULL", [by_ms])


async def post(count: int, chat_id: int = CHAT, host: str = "site{n}-{chat}.example", first: int = 1) -> int | None:
    urls = [f"https://{host.format(n=first + n, chat=abs(chat_id))}/{first + n}" for n in range(count)]
    return (await archive.take_in(message(first, *urls, chat_id=chat_id))).card_id


async def test_captures_come_in_the_order_of_their_posting(queue: Queue) -> None:
    await post(3)
    taken = await queue.take(3)
    assert [job.url.rsplit("/", 1)[1] for job in taken] == ["1", "2", "3"]
    assert {job.chat_id for job in taken} == {CHAT}
    assert {job.attempt for job in taken} == {1}
    assert await queue.take(1) == []


async def test_two_hundred_links_of_a_chat_do_not_delay_another_chats_one(queue: Queue) -> None:
    for first in range(0, 200, 20):
        await post(20, CHAT, first=first + 1)
    await queue.take(2)
    await post(1, OTHER_CHAT)
    assert [job.chat_id for job in await queue.take(1)] == [OTHER_CHAT]


async def test_chats_take_turns(queue: Queue) -> None:
    for chat_id in (1, 2, 3):
        await post(4, chat_id)
    order = []
    for _ in range(12):
        (job,) = await queue.take(1)
        order.append(job.chat_id)
        await captures.finish(job, good())
    assert all(sorted(order[start : start + 3]) == [1, 2, 3] for start in (0, 3, 6, 9)), order


async def test_a_chat_with_captures_under_way_lets_others_go_first(queue: Queue) -> None:
    await post(4)
    await queue.take(2)
    await post(3, OTHER_CHAT)
    assert [job.chat_id for job in await queue.take(1)] == [OTHER_CHAT]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_a_chat_has_under_way_counts_and_not_what_it_had(queue: Queue) -> None:
    await post(4)
    await queue.take(2)
    await post(3, OTHER_CHAT)
    (served,) = await queue.take(1)
    await captures.finish(served, good())
    assert [job.chat_id for job in await queue.take(1)] == [OTHER_CHAT]


async def test_at_most_two_of_one_host_run(queue: Queue) -> None:
    await post(4, host="one.example")
    await post(1, host="other.example", first=100)
    first = await queue.take(10)
    assert sorted(job.host for job in first) == ["one.example", "one.example", "other.example"]
    assert await queue.take(10) == []
    await captures.finish(next(job for job in first if job.host == "one.example"), good())
    assert [job.host for job in await queue.take(10)] == ["one.example"]


async def test_many_takers_at_once_never_take_the_same(queue: Queue) -> None:
    await post(20)
    taken = await asyncio.gather(*(open_queue(LEASE_S).take(4) for _ in range(8)))
    ids = [job.capture_id for some in taken for job in some]
    assert len(ids) == len(set(ids))
    assert await scalar("SELECT count(*) FROM captures WHERE state = 'running'") == len(ids)


async def test_a_renewed_lease_holds_and_one_that_ran_out_is_taken_again(queue: Queue, moved: Clock) -> None:
    await post(1)
    (job,) = await queue.take(1)
    await pass_time(queue, moved, LEASE_S - 5)
    assert await queue.renew(job)
    await pass_time(queue, moved, LEASE_S - 5)
    assert await queue.take(1) == []
    await pass_time(queue, moved, 10)
    (again,) = await queue.take(1)
    assert (again.capture_id, again.attempt) == (job.capture_id, 2)
    assert again.lease != job.lease
    assert not await queue.renew(job)
    assert await queue.renew(again)


async def test_who_lost_the_lease_changes_nothing(queue: Queue, moved: Clock) -> None:
    card_id = await post(1)
    (job,) = await queue.take(1)
    await pass_time(queue, moved, LEASE_S + 1)
    (again,) = await queue.take(1)
    assert not await captures.finish(job, good("Late"))
    await queue.crashed(job, "deadline")
    await queue.give_back(job)
    assert await captures.finish(again, good("In time"))
    assert not await captures.finish(again, good("Twice"))
    assert (await card(card_id)).links[0].title == "In time"
    assert await scalar("SELECT count(*) FROM artifacts") == 1


async def test_a_capture_given_back_is_no_crash(queue: Queue) -> None:
    await post(1)
    for _ in range(5):
        (job,) = await queue.take(1)
        await queue.give_back(job)
    (job,) = await queue.take(1)
    assert job.attempt == 6


async def test_the_third_crash_ends_it_and_says_so(queue: Queue) -> None:
    card_id = await post(1)
    for attempt in (1, 2, 3):
        (job,) = await queue.take(1)
        assert job.attempt == attempt
        await queue.crashed(job, "killed")
    assert await queue.take(1) == []
    assert await _ending(card_id) == ("crashed", "browser_crashed")
    assert [due.card_id for due in await outbox.due()] == [card_id]


@pytest.mark.parametrize(
    ("reason", "ending"), [("deadline", ("timeout", "deadline")), ("memory", ("crashed", "memory"))]
)
async def test_deadline_and_memory_are_not_tried_again(queue: Queue, reason: str, ending: tuple[str, str]) -> None:
    card_id = await post(1)
    (job,) = await queue.take(1)
    await queue.crashed(job, reason)
    assert await queue.take(1) == []
    assert await _ending(card_id) == ending
    assert [due.card_id for due in await outbox.due()] == [card_id]


async def test_leases_that_run_out_three_times_end_it(queue: Queue, moved: Clock) -> None:
    card_id = await post(1)
    for _ in range(3):
        assert len(await queue.take(1)) == 1
        await pass_time(queue, moved, LEASE_S + 1)
    assert await queue.take(1) == []
    assert await _ending(card_id) == ("crashed", "browser_crashed")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_restart_is_not_held_against_a_capture() -> None:
    await post(1)
    for attempt in range(1, 6):
        queue = EmbeddedQueue(LEASE_S)
        async with queue.running():
            assert [job.attempt for job in await queue.take(1)] == [attempt]


async def test_waiting_ends_when_something_is_posted(queue: Queue) -> None:
    waiting = asyncio.create_task(queue.wait())
    await asyncio.sleep(0)
    await post(1)
    async with asyncio.timeout(5):
        await waiting


async def test_waiting_ends_at_once_for_what_was_posted_before(queue: Queue) -> None:
    await post(1)
    async with asyncio.timeout(5):
        await queue.wait()


async def test_waiting_ends_when_a_lease_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.queue.fleet.SWEEP_S", 0.1)
    monkeypatch.setattr("storage.queue.fleet.AFTER_ABSENCE_S", 0.0)  # the server of the tests is young
    queue = open_queue(0.2)
    await post(1)
    async with asyncio.timeout(5), queue.running():
        await queue.take(1)
        while not (again := await queue.take(1)):
            await queue.wait()
    assert again[0].attempt == 2


async def test_how_many_come_before(queue: Queue) -> None:
    card_id = await post(3)
    other = await post(1, OTHER_CHAT)
    ids = [job.capture_id for job in await _queued(card_id)]
    assert [await waiting_before(capture_id) for capture_id in ids] == [0, 2, 3]
    view = await card(other)
    assert view.links[0].waiting_before == 1
    await queue.take(2)
    assert (await card(card_id)).links[2].waiting_before == 1


async def _queued(card_id: int | None) -> list[Job]:
    view = await card(card_id)
    return [
        Job(link.capture.capture_id, "", 0, view.chat_id, link.url, link.host) for link in view.links if link.capture
    ]


async def _ending(card_id: int | None) -> tuple[str | None, str | None]:
    capture = (await card(card_id)).links[0].capture
    assert capture is not None
    assert capture.state == "ended"
    return capture.verdict, capture.error_code


@writing
async def for_nobody() -> None:
    await Capture.all().update(priority=-1)
    if jobs.are_kept():
        await execute("DELETE FROM procrastinate_jobs")
        await jobs.make_missing("c.priority < 0")


async def test_what_nobody_waits_for_comes_after_everything_else_of_all_chats(queue: Queue) -> None:
    await archive.take_in(message(1, "https://a.example/1", "https://b.example/2"))
    await for_nobody()
    await archive.take_in(message(1, "https://c.example/3", chat_id=OTHER_CHAT))
    assert [job.url for job in await queue.take(1)] == ["https://c.example/3"]
    assert [job.url for job in await queue.take(5)] == ["https://a.example/1", "https://b.example/2"]


async def test_somebody_who_waits_gives_it_its_turn(queue: Queue) -> None:
    await archive.take_in(message(1, "https://a.example/1", "https://b.example/2", "https://d.example/4"))
    await for_nobody()
    await archive.take_in(message(2, "https://b.example/2"))
    d = await scalar("SELECT id FROM links WHERE host = 'd.example'")
    assert not await archive.recapture(CHAT, d, None), "it is under way already, and now it is waited for"
    await archive.take_in(message(3, "https://c.example/3"))
    taken = [*await queue.take(3), *await queue.take(2)]
    assert [job.host[0] for job in taken] == ["b", "d", "c", "a"]
