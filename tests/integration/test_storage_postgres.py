"""What is PostgreSQL's own: several processes at once, a server that goes away, locks that end with their owner."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from storage import archive, database, outbox, postgres, signals, turns
from tests.harness import ROOT, until
from tests.integration.storage_factories import CHAT, OTHER_CHAT, counters_are_right, message, scalar
from tests.migrated import MIGRATE
from tests.postgres import Postgres, running_postgres

only_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@pytest.fixture(scope="module")
def mortal() -> Iterator[Postgres]:
    """A server of this module's own, to be stopped."""
    with running_postgres() as server:
        yield server


@pytest_asyncio.fixture
async def on_mortal(mortal: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Postgres]:
    monkeypatch.setattr(postgres, "PATIENCE_S", 2.0)
    with mortal.database() as url:
        await database.open_database(url, tmp_path)
        try:
            yield mortal
        finally:
            await database.close_database()


@only_postgres
async def test_messages_taken_in_at_once_lose_nothing(opened: Path) -> None:
    """Eight messages of the same chat and of others side by side, with the same links and tags."""
    urls = [f"https://example.org/{n}" for n in range(5)]

    async def say(chat: int, number: int) -> None:
        links = [urls[(number + k) % 5] for k in range(3)]
        await archive.take_in(message(number, *links, chat_id=chat, tags=("both", f"t{number % 3}")))

    await asyncio.gather(*(say(chat, number) for number in range(1, 17) for chat in (CHAT, OTHER_CHAT)))
    for chat in (CHAT, OTHER_CHAT):
        assert (
            await scalar(
                f"SELECT max(t.count) FROM tags t JOIN archives a ON a.id = t.archive_id WHERE a.chat_id = {chat}"
            )
            == 5
        )
        numbers = await scalar(
            "SELECT array_agg(number ORDER BY number) FROM links l JOIN archives a ON a.id = l.archive_id "
            f"WHERE a.chat_id = {chat}"
        )
        assert numbers == [1, 2, 3, 4, 5]
        assert await scalar(f"SELECT count(*) FROM cards WHERE chat_id = {chat}") == 16
    assert await counters_are_right()


@only_postgres
async def test_a_verb_that_runs_alone_waits_for_those_beside_it_and_they_for_it(opened: Path) -> None:
    order: list[str] = []
    inside, go_on = asyncio.Event(), asyncio.Event()

    @database.writing_beside
    async def beside(name: str) -> None:
        order.append(f"{name} begins")
        if name == "first":
            inside.set()
            await go_on.wait()
        order.append(f"{name} ends")

    @database.writing
    async def alone() -> None:
        order.append("alone")

    first = asyncio.create_task(beside("first"))
    await inside.wait()
    await beside("second")
    assert order == ["first begins", "second begins", "second ends"]
    last = asyncio.create_task(alone())

    async def waits() -> bool:
        return bool(await scalar("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))

    await until(waits, "the verb to wait")
    go_on.set()
    await asyncio.gather(first, last)
    assert order[-2:] == ["first ends", "alone"]


@only_postgres
async def test_verbs_that_hold_each_others_way_are_tried_again(opened: Path) -> None:
    both = asyncio.Barrier(2)
    tries = 0

    @database.writing_beside
    async def crosswise(first: int, second: int) -> None:
        nonlocal tries
        tries += 1
        await database.hold("chat", first)
        if tries <= 2:
            await both.wait()
        await database.hold("chat", second)

    await asyncio.gather(crosswise(1, 2), crosswise(2, 1))
    assert tries == 3, "the one that PostgreSQL ended was run once more"


async def test_two_processes_migrate_one_after_the_other(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.create("twice")
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", MIGRATE, url, str(tmp_path / str(n)), cwd=ROOT)
        for n in range(3)
    ]
    assert [await process.wait() for process in started] == [0, 0, 0]
    with postgres.connect("twice") as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM tortoise_migrations")]
    assert len(names) == len(set(names)) > 5
    postgres.drop("twice")


async def test_a_server_that_takes_no_writes_is_away(on_mortal: Postgres) -> None:
    name = await scalar("SELECT current_database()")
    await archive.take_in(message(1, "https://example.org/"))

    def become(read_only: str) -> None:
        with on_mortal.connect() as other:
            other.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {read_only}'.encode())
            other.execute(b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    async def taken() -> bool:
        try:
            return (await archive.take_in(message(2, "https://example.org/2"))).changed
        except database.StorageUnavailable:
            return False

    become("on")
    for _ in range(2):  # the first one may find its connection gone
        with pytest.raises(database.StorageUnavailable):
            await archive.take_in(message(2, "https://example.org/2"))
    with pytest.raises(database.StorageUnavailable):
        await database.answers()
    become("off")
    await until(taken, "the database to take links again")
    assert await database.answers()


async def test_a_server_that_is_away_is_an_oserror_and_comes_back(on_mortal: Postgres) -> None:
    assert (await archive.take_in(message(1, "https://example.org/"))).changed
    on_mortal.kill()
    with pytest.raises(database.StorageUnavailable):
        await archive.take_in(message(2, "https://example.org/2"))
    with pytest.raises(database.StorageUnavailable):
        await outbox.due()
    with pytest.raises(database.StorageUnavailable):
        await turns.take("updates", CHAT)
    await asyncio.to_thread(on_mortal.start)

    async def taken() -> bool:
        try:
            return (await archive.take_in(message(2, "https://example.org/2"))).card_id is not None
        except database.StorageUnavailable:
            return False

    await until(taken, "the database to take links again")
    assert await turns.take("updates", CHAT)


@only_postgres
async def test_a_turn_is_one_processes_until_it_gives_it_back_or_dies(opened: Path, database_url: str) -> None:
    other = postgres.Turns(database_url)
    assert await other.take("delivery", CHAT)
    assert not await turns.take("delivery", CHAT)
    assert await turns.take("delivery", OTHER_CHAT)
    await other.give("delivery", CHAT)
    assert await turns.take("delivery", CHAT)
    assert not await other.take("delivery", CHAT)
    await turns.give("delivery", CHAT)
    assert await other.take("delivery", CHAT)
    await other.close()  # as if its process had died

    async def free() -> bool:
        return await turns.take("delivery", CHAT)

    await until(free, "the turn of the process that is gone")


@only_postgres
async def test_whoever_waits_hears_of_other_processes(opened: Path, database_url: str) -> None:
    signals.captures.clear()
    with psycopg.connect(database_url.replace("psycopg:", "postgresql:"), autocommit=True) as other:

        async def heard() -> bool:
            other.execute("SELECT pg_notify('hashkeep', 'captures')")  # until it is listened to
            return signals.captures.is_set()

        await until(heard, "the signal")
        heard_elsewhere = other.execute("LISTEN hashkeep")
        assert heard_elsewhere
        signals.outbox.set()

        def told() -> list[str]:
            return [notice.payload.split()[0] for notice in other.notifies(timeout=5, stop_after=1)]

        assert await asyncio.to_thread(told) == ["outbox"]


@only_postgres
async def test_a_process_that_is_stopped_inside_a_transaction_does_not_hold_up_the_others(
    opened: Path, database_url: str
) -> None:
    found = await scalar("SHOW idle_in_transaction_session_timeout")
    assert found == "15s"
    stopped = psycopg.connect(database_url.replace("psycopg:", "postgresql:"))
    stopped.execute("SET idle_in_transaction_session_timeout = '300ms'")
    stopped.execute("SELECT pg_advisory_xact_lock(%s)", [postgres._ALONE])
    assert (await archive.take_in(message(1, "https://example.org/"))).changed
    with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
        stopped.execute("SELECT 1")
    stopped.close()
