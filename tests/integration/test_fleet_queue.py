"""The fleet's queue on a real PostgreSQL: jobs and rows that agree, whoever dies between them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from storage import archive, captures, database
from storage.database import DatabaseTooNew, execute, rows, writing
from storage.models import Archive, Capture
from storage.queue import errands, fleet, jobs, schema
from storage.queue.fleet import FleetQueue
from storage.queue.places import waiting_before
from storage.quotas import Quota
from storage.records import Job
from tests.harness import until
from tests.integration.storage_factories import CHAT, LEASE_S, OTHER_CHAT, good, message, scalar

pytestmark = [
    pytest.mark.usefixtures("opened"),
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]


@pytest.fixture
def queue() -> FleetQueue:
    return FleetQueue(LEASE_S)


async def post(*urls: str, chat_id: int = CHAT, number: Iterator[int] = iter(range(1, 10_000))) -> None:  # noqa: B008
    await archive.take_in(message(next(number), *urls, chat_id=chat_id))


@writing
async def change(sql: str, *values: object) -> None:
    await execute(sql, list(values))


async def jobs_now() -> list[tuple[str, int]]:
    """The state of each job, and its capture."""
    found = await rows("SELECT status::text AS status, args FROM procrastinate_jobs ORDER BY id")
    return [(row["status"], row["args"]["capture_id"]) for row in found]


async def states() -> list[tuple[str, int]]:
    return [(row.state, row.crashes) for row in await Capture.all().order_by("id")]


async def let_leases_run_out() -> None:
    await change("UPDATE captures SET lease_until_ms = 1 WHERE lease_until_ms IS NOT NULL")


async def let_workers_fall_silent() -> None:
    await change("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")


async def test_a_job_is_made_with_its_row_or_not_at_all() -> None:
    @writing
    async def half_way() -> None:
        await archive.take_in(message(1, "https://a.example/1"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await half_way()
    assert (await jobs_now(), await states()) == ([], [])
    await post("https://a.example/1")
    (row,) = await Capture.all()
    assert await jobs_now() == [("todo", row.id)]


async def test_a_job_goes_through_all_its_states_and_nothing_stays(queue: FleetQueue) -> None:
    await post("https://a.example/1")
    (job,) = await queue.take(5)
    assert await jobs_now() == [("doing", job.capture_id)]
    await queue.give_back(job)
    assert await jobs_now() == [("todo", job.capture_id)]
    (job,) = await queue.take(5)
    await queue.crashed(job, "killed")
    assert await jobs_now() == [("todo", job.capture_id)]
    (job,) = await queue.take(5)
    assert await captures.finish(job, good())
    assert await jobs_now() == []
    assert await scalar("SELECT count(*) FROM procrastinate_events") == 0


async def test_a_job_that_is_there_twice_runs_once(queue: FleetQueue) -> None:
    await post("https://a.example/1")
    (job,) = await queue.take(2)
    await change(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args) "
        "SELECT queue_name, task_name, queueing_lock, args FROM procrastinate_jobs"
    )
    assert len(await jobs_now()) == 2
    assert await asyncio.gather(queue.take(2), FleetQueue(LEASE_S).take(2)) == [[], []]
    assert await captures.finish(job, good())
    assert await jobs_now() == []


async def test_what_was_deleted_meanwhile_is_passed_over(queue: FleetQueue) -> None:
    await post("https://a.example/1", "https://b.example/2")
    first = await Capture.all().order_by("id").first()
    assert first
    await change("DELETE FROM captures WHERE id = ?", first.id)
    assert [job.host for job in await queue.take(1)] == ["b.example"]
    assert len(await jobs_now()) == 1


async def test_a_row_without_a_job_gets_one_by_many_sweeps_at_once(queue: FleetQueue) -> None:
    await post("https://a.example/1", "https://b.example/2")
    await change("DELETE FROM procrastinate_jobs")
    assert await queue.take(2) == []
    await asyncio.gather(*(FleetQueue(LEASE_S).sweep() for _ in range(5)))
    assert [status for status, _ in await jobs_now()] == ["todo", "todo"]
    assert len(await queue.take(3)) == 2


async def test_a_lease_that_ran_out_is_one_crash_however_many_sweep(queue: FleetQueue) -> None:
    await post("https://a.example/1")
    await queue.take(1)
    await let_leases_run_out()
    await asyncio.gather(*(FleetQueue(LEASE_S).sweep() for _ in range(5)))
    assert await states() == [("queued", 1)]
    assert [status for status, _ in await jobs_now()] == ["todo"]


async def test_a_lease_that_lasts_is_left_alone_by_those_who_start_and_sweep(queue: FleetQueue) -> None:
    await post("https://a.example/1")
    (job,) = await queue.take(1)
    other = FleetQueue(LEASE_S)
    async with other.running():
        await other.sweep()
        assert await other.take(1) == []
    assert await queue.renew(job)
    assert await captures.finish(job, good())


AHEAD = "SELECT swept_at > clock_timestamp() + interval '1 minute' FROM queue_engine"


@pytest.mark.parametrize("absence", ["the server has just started", "nobody has swept"])
async def test_after_the_databases_absence_leases_have_time_to_be_renewed(
    queue: FleetQueue, monkeypatch: pytest.MonkeyPatch, absence: str
) -> None:
    longer_than_a_run_of_tests_s = 10 * 3600.0
    if absence == "nobody has swept":
        monkeypatch.setattr(fleet, "STARTED", "'epoch'::timestamptz")
    else:
        monkeypatch.setattr(fleet, "UNSWEPT_S", longer_than_a_run_of_tests_s)
    monkeypatch.setattr(fleet, "AFTER_ABSENCE_S", longer_than_a_run_of_tests_s)
    monkeypatch.setattr(fleet, "SWEEP_S", 0.05)
    await change("UPDATE queue_engine SET swept_at = clock_timestamp() - interval '1 minute'")
    await post("https://a.example/1")
    (job,) = await queue.take(1)
    await let_leases_run_out()
    async with FleetQueue(LEASE_S).running():
        await until(lambda: scalar(AHEAD), "the sweep to be put off")
        assert await states() == [("running", 0)]
        assert await queue.renew(job)
        await let_leases_run_out()
        monkeypatch.setattr(fleet, "AFTER_ABSENCE_S", 0.0)

        async def taken_up() -> bool:
            # Again and again: a look that was on its way may put it off once more for as long as before.
            await change(
                "UPDATE queue_engine SET swept_at = clock_timestamp() - interval '1 second' "
                "WHERE swept_at > clock_timestamp()"
            )
            return await states() == [("queued", 1)]

        await until(taken_up, "the sweep that follows")


async def test_jobs_of_silent_workers_follow_their_rows(queue: FleetQueue) -> None:
    await post("https://a.example/1", "https://b.example/2", "https://c.example/3")
    ended, waits, runs = await queue.take(3)
    await change("UPDATE captures SET state = 'ended', lease = NULL WHERE id = ?", ended.capture_id)
    await change("UPDATE captures SET state = 'queued', lease = NULL WHERE id = ?", waits.capture_id)
    await queue.sweep()
    assert [status for status, _ in await jobs_now()] == ["doing"] * 3, "its worker lives"
    await let_workers_fall_silent()
    await asyncio.gather(*(FleetQueue(LEASE_S).sweep() for _ in range(3)))
    assert await jobs_now() == [("todo", waits.capture_id), ("doing", runs.capture_id)]
    assert await captures.finish(runs, good()), "a lease that lasts is more than a heartbeat that is missing"


async def test_a_process_that_was_forgotten_takes_part_again(queue: FleetQueue) -> None:
    await post("https://a.example/1", "https://b.example/2")
    assert len(await queue.take(1)) == 1
    await change("DELETE FROM procrastinate_workers")
    assert len(await queue.take(1)) == 1
    assert await scalar("SELECT count(*) FROM procrastinate_workers") == 1
    await errands.ask("pdf", {}, 60)
    await change("DELETE FROM procrastinate_workers")
    assert await errands.take(queue.worker)


async def test_the_database_says_what_time_it_is(queue: FleetQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.clock.now_ms", lambda: 5)
    await post("https://a.example/1")
    await queue.take(1)
    await FleetQueue(LEASE_S).sweep()
    assert await states() == [("running", 0)]
    assert await scalar("SELECT lease_until_ms / 1000 > extract(epoch FROM now()) FROM captures")


async def test_two_of_one_host_over_all_processes() -> None:
    fleet = [FleetQueue(LEASE_S) for _ in range(6)]
    await post(*(f"https://one.example/{n}" for n in range(8)))
    taken: list[Job] = []
    for _ in range(4):
        some = [job for found in await asyncio.gather(*(queue.take(3) for queue in fleet)) for job in found]
        assert len(some) == 2
        for job in some:
            await captures.finish(job, good())
        taken += some
    assert len({job.capture_id for job in taken}) == 8


async def test_links_of_two_hosts_in_turn_use_both_locks_of_each(queue: FleetQueue) -> None:
    await post(*(f"https://{'ab'[n % 2]}.example/{n}" for n in range(8)))
    assert sorted(job.host for job in await queue.take(8)) == ["a.example", "a.example", "b.example", "b.example"]


async def test_a_chat_with_much_goes_on_beside_an_endless_row_of_others(queue: FleetQueue) -> None:
    await post(*(f"https://a{n}.example/" for n in range(6)))
    served = []
    for n in range(30):
        await post(f"https://b{n}.example/", chat_id=OTHER_CHAT + n)  # always another chat that has nothing waiting
        (job,) = await queue.take(1)
        served.append(job.chat_id)
        await captures.finish(job, good())
    assert served.count(CHAT) >= 3, served


async def test_what_a_chat_posts_later_comes_after_what_it_has_waiting(queue: FleetQueue) -> None:
    await post(*(f"https://a{n}.example/" for n in range(4)))
    for job in await queue.take(2):
        await captures.finish(job, good())
    await post("https://later.example/")
    assert [job.host for job in await queue.take(3)] == ["a2.example", "a3.example", "later.example"]


async def test_imports_wait_below_everything_and_out_of_full_archives(queue: FleetQueue) -> None:
    await post("https://a.example/1", "https://b.example/2")
    await change("UPDATE captures SET priority = -1")
    await change("DELETE FROM procrastinate_jobs")
    await queue.sweep()
    small = FleetQueue(LEASE_S, Quota(500, 0))
    assert await small.take(5) == [], "there is no room in the archive"
    assert await jobs_now() == []
    await small.sweep()
    assert await jobs_now() == [], "it is left as it is until there is room"
    await post("https://c.example/3", chat_id=OTHER_CHAT)
    await queue.sweep()
    (waiting,) = await Capture.filter(host="b.example")
    assert await waiting_before(waiting.id) == 2
    assert [job.host for job in await queue.take(5)] == ["c.example", "a.example", "b.example"]


async def test_a_queue_says_when_it_cannot_prove_its_lease(queue: FleetQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    await post("https://a.example/1")
    (job,) = await queue.take(1)
    assert (queue.held_until(job) or 0) > time.monotonic()
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)

    async def away(*_: object) -> bool:
        raise database.StorageUnavailable("away")

    monkeypatch.setattr("storage.queue.fleet._renew", away)
    queue._held_until[job.lease] = LEASE_S
    assert await queue.renew(job), "it may still be ours"
    assert (queue.held_until(job) or 0) > now
    now = LEASE_S
    assert await queue.renew(job)
    assert queue.held_until(job) == now, "that it could not be renewed is no renewal"


# Errands


async def test_an_errand_is_done_once_and_its_outcome_heard(queue: FleetQueue) -> None:
    number = await errands.ask("pdf", {"capture_id": 1}, 60)
    found = await asyncio.gather(errands.take(queue.worker), errands.take(FleetQueue(LEASE_S).worker))
    (errand,) = [errand for errand in found if errand]
    assert (errand.errand_id, errand.kind, errand.data) == (number, "pdf", {"capture_id": 1})
    assert await errands.outcome(number) is None
    await errands.end(errand, "made")
    assert await errands.outcome(number) == "made"
    assert await scalar("SELECT count(*) FROM procrastinate_jobs") == 0


async def test_an_errand_that_nobody_needs_any_more_is_not_done(queue: FleetQueue) -> None:
    await errands.withdraw(await errands.ask("pdf", {}, 60))
    late = await errands.ask("copy", {}, 0)
    wanted = await errands.ask("copy", {}, 60)
    errand = await errands.take(queue.worker)
    assert errand
    assert errand.errand_id == wanted
    assert await errands.outcome(late) is None
    assert await errands.take(queue.worker) is None


async def test_an_errand_of_a_process_that_is_gone_is_done_by_another_and_given_up_at_last(queue: FleetQueue) -> None:
    number = await errands.ask("pdf", {}, 60)
    for _ in range(errands.MAX_ATTEMPTS + 1):
        errand = await errands.take(queue.worker)
        assert errand
        assert errand.errand_id == number
        await let_workers_fall_silent()
        await queue.sweep()
    assert await errands.take(queue.worker) is None
    assert await errands.outcome(number) == "failed"


async def test_errands_come_in_between_and_are_no_captures(queue: FleetQueue) -> None:
    await errands.ask("pdf", {}, 60)
    await post("https://a.example/1")
    (row,) = await Capture.all()
    assert await waiting_before(row.id) == 0
    assert len(await queue.take(5)) == 1
    assert await errands.take(queue.worker)


# The queue's tables


async def test_opening_again_changes_nothing(opened: object) -> None:
    before = await rows("SELECT * FROM queue_engine")
    assert await schema.missing(database.connection()) == []
    assert await rows("SELECT * FROM queue_engine") == before


async def test_steps_that_a_newer_package_brings_are_taken_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = schema._steps()
    newer = ["98.00.00_01_first", "98.00.00_02_second"]
    monkeypatch.setattr(schema, "_steps", lambda: [*shipped, *newer])
    texts = {newer[0]: "CREATE TABLE taken (step text)", newer[1]: "INSERT INTO taken VALUES ('50 % done'); SELECT 1"}
    monkeypatch.setattr(schema, "_read", texts.__getitem__)

    @writing
    async def upgrade() -> None:
        await schema.bring_up_to_date(database.connection())

    await upgrade()
    assert await scalar("SELECT step FROM taken") == "50 % done"
    assert await scalar("SELECT schema_step FROM queue_engine") == newer[1]
    assert await schema.missing(database.connection()) == []


async def test_a_queue_of_a_newer_program_is_refused() -> None:
    await change("UPDATE queue_engine SET schema_step = '99.00.00_01_far_away'")
    with pytest.raises(DatabaseTooNew, match="newer Hashkeep"):
        await database._is_up_to_date(database.connection())


async def test_somebody_elses_procrastinate_is_not_touched() -> None:
    await change("DROP TABLE queue_engine")
    with pytest.raises(DatabaseTooNew, match="a database of its own"):
        await database._is_up_to_date(database.connection())


def test_the_package_ships_what_we_build_upon() -> None:
    assert schema._steps()[-1] >= "03.04.00_50"
    assert jobs.SLOTS == 2


async def test_an_archive_that_moves_takes_its_queue_along(queue: FleetQueue) -> None:
    await post("https://a.example/1")
    await Archive.filter(chat_id=CHAT).update(chat_id=OTHER_CHAT)
    assert [job.chat_id for job in await queue.take(1)] == [OTHER_CHAT]
