"""A chat side without a browser, and workers on a database and a bucket: whoever dies or leaves, the card comes."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import psycopg
import pytest
import pytest_asyncio

from tests.e2e.test_bucket import environments
from tests.e2e.test_odd_machines import FULL, Disk, disk
from tests.fleet import PASSWORD, Fleet, ended, running
from tests.harness import Chat, Message, Product, Site, alive, running_playground, text_of, until
from tests.ports import free_port
from tests.postgres import Postgres, running_postgres
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server

__all__ = ["disk"]

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres(durable=True) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fleet(
    postgres: Postgres, s3: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Fleet, Chat]]:
    folder = tmp_path_factory.mktemp("fleet")
    async with running_playground(folder / "chats") as chat:
        fleet = Fleet(chat, postgres, s3, folder, "fleet")
        side = fleet.chat_side()
        async with running(side):
            yield fleet, chat
            assert side.tree() == {}, "the chat side starts no process, and so no browser"


async def opened(site: Site, path: str, times: int = 1) -> None:
    """Waits until the page has been asked for so often."""

    async def look() -> bool:
        return site.hits.count(path) >= times

    await until(look, f"{path} to be opened {times} times")


def working(*workers: Product) -> Product:
    """Of the workers the one that has a capture under way."""
    (found,) = [worker for worker in workers if (worker.log.read_text()).count("begins") > 0]
    return found


async def documents(chat: Chat, ending: str) -> dict[str, object] | None:
    found = [m["document"] for m in await chat.messages() if "document" in m]
    return next((d for d in found if str(d["file_name"]).endswith(ending)), None)


async def test_a_worker_captures_prints_and_looks_at_copies_and_no_child_of_it_knows_a_secret(
    fleet: tuple[Fleet, Chat], site: Site
) -> None:
    machinery, chat = fleet
    port = free_port()
    worker = machinery.worker("whole", module="hashkeep", LISTEN=f"127.0.0.1:{port}")
    page, gate = site.page("/fleet/whole", "By a worker"), site.hold("/fleet/whole")
    async with running(worker):
        message = await chat.say(f"{page} #fleet")
        await opened(site, "/fleet/whole")
        told = environments(worker)
        assert "PATH=" in told
        told += "\n".join(worker.tree().values())
        assert not [
            word for word in ("AWS_", ACCESS_KEY, SECRET_KEY, "DATABASE_URL", PASSWORD, "BLOB_URL") if word in told
        ]
        gate.set()
        card = await chat.card(message)
        assert "photo" in card
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as web:
            assert (await web.get("/healthz")).text == "ok\n"
            assert (await web.get("/readyz")).json() == {"database": True, "queue": True, "files": True}
            assert 'hashkeep_captures_total{verdict="ok"} 1.0' in (await web.get("/metrics")).text
        await chat.press(card, "Files")

        async def offered() -> Message | None:
            now = await chat.again(card)
            return now if "PDF" in str(now.get("reply_markup")) else None

        await chat.press(await until(offered, "the files to be offered"), "PDF")
        pdf = await until(lambda: documents(chat, ".pdf"), "the PDF")
        assert (await chat.file(str(pdf["file_id"]))).startswith(b"%PDF-")

        files = {"file": ("saved.html", b"<!DOCTYPE html><title>As I saw it</title><p>Words of a reader.", "text/html")}
        form = {"as": "1001", "reply_to": str(card["message_id"])}
        sent = (await chat.api("POST", "/chats/1001/messages", data=form, files=files))["messages"][0]
        assert await chat.reaction(sent, timeout_s=45) == "👌"
        own = {path.name for path in worker.data.iterdir()}
        assert own == {".lock", "scratch"}, "nothing of an archive lies with a worker"
        assert await worker.stop() == 0
    assert PASSWORD not in worker.log.read_text()


async def test_a_worker_that_is_killed_in_the_middle_is_followed_by_another(
    fleet: tuple[Fleet, Chat], site: Site
) -> None:
    machinery, chat = fleet
    one, two = machinery.worker("killed-1"), machinery.worker("killed-2")
    page, gate = site.page("/visit/killed", "Killed"), site.hold("/visit/killed")
    async with running(one, two):
        message = await chat.say(page)
        await opened(site, "/visit/killed")
        victim = working(one, two)
        below = victim.tree()
        victim.kill()
        await opened(site, "/visit/killed", 2)
        gate.set()
        await chat.card(message)
        assert machinery.rows("SELECT state, attempt, crashes FROM captures WHERE url LIKE '%/visit/killed'") == [
            ("ended", 2, 1)
        ]
        assert machinery.rows("SELECT count(*) FROM procrastinate_jobs") == [(0,)]
        await until(lambda: are_gone(below), "what the killed worker had started to end")


async def test_sigterm_lets_a_worker_end_what_it_began_and_a_second_one_hands_it_on(
    fleet: tuple[Fleet, Chat], site: Site
) -> None:
    machinery, chat = fleet
    first, second = machinery.worker("drain-1"), machinery.worker("drain-2")
    pages = [site.page(f"/visit/drain{n}", "Drained") for n in range(3)]
    gates = [site.hold(f"/visit/drain{n}") for n in range(3)]
    async with running(first):
        begun = await chat.say(pages[0])
        await opened(site, "/visit/drain0")
        ending = asyncio.create_task(first.stop())
        await until(lambda: says(first, "no more captures"), "the worker to hear it")
        later = await chat.say(pages[1])
        gates[0].set()
        await chat.card(begun)
        assert await ending == 0
        assert "/visit/drain1" not in site.hits, "nothing new was taken"

        async with running(second):
            await opened(site, "/visit/drain1")
            gates[1].set()
            await chat.card(later)
            handed = await chat.say(pages[2])
            await opened(site, "/visit/drain2")
            began = time.monotonic()
            assert second.process
            second.process.send_signal(signal.SIGTERM)
            await until(lambda: says(second, "no more captures"), "the worker to hear it")
            assert await second.stop() == 0
            assert time.monotonic() - began < 10
        async with running(first):
            await opened(site, "/visit/drain2", 2)
            gates[2].set()
            await chat.card(handed)
    assert machinery.rows("SELECT attempt, crashes FROM captures WHERE url LIKE '%/visit/drain_' ORDER BY id") == [
        (1, 0), (1, 0), (2, 0),
    ]  # fmt: skip


async def are_gone(pids: dict[int, str]) -> bool:
    return not alive(pids)


async def says(worker: Product, words: str) -> bool:
    return worker.log.exists() and words in worker.log.read_text()


async def test_a_worker_that_slept_through_its_lease_finds_out_and_stops(fleet: tuple[Fleet, Chat], site: Site) -> None:
    machinery, chat = fleet
    one, two = machinery.worker("asleep-1"), machinery.worker("asleep-2")
    page, gate = site.page("/visit/asleep", "Asleep"), site.hold("/visit/asleep")
    async with running(one, two):
        message = await chat.say(page)
        await opened(site, "/visit/asleep")
        sleeper = working(one, two)
        sleeper.process.send_signal(signal.SIGSTOP)  # type: ignore[union-attr]
        await opened(site, "/visit/asleep", 2)
        sleeper.process.send_signal(signal.SIGCONT)  # type: ignore[union-attr]
        await until(lambda: says(sleeper, "lost its lease"), "the sleeper to notice")
        gate.set()
        await chat.card(message)
        assert machinery.rows("SELECT state, attempt, crashes FROM captures WHERE url LIKE '%/visit/asleep'") == [
            ("ended", 2, 1)
        ]


async def test_while_postgresql_is_away_files_wait_and_no_page_is_opened_twice(
    fleet: tuple[Fleet, Chat], site: Site, postgres: Postgres
) -> None:
    machinery, chat = fleet
    worker = machinery.worker("away", FLEET_LEASE_S="30")  # longer than the server needs to be gone
    page, gate = site.page("/visit/away", "Away"), site.hold("/visit/away")
    async with running(worker):
        message = await chat.say(page)
        await opened(site, "/visit/away")
        await asyncio.to_thread(postgres.kill)
        gate.set()
        await until(lambda: says(worker, "waits to be stored"), "its files to wait")
        await asyncio.to_thread(postgres.start)
        await chat.card(message)
        assert site.hits.count("/visit/away") == 1, worker.log.read_text()
        assert machinery.rows("SELECT state, attempt, crashes FROM captures WHERE url LIKE '%/visit/away'") == [
            ("ended", 1, 0)
        ]
        assert await worker.stop() == 0


async def test_a_password_that_changes_while_they_run_is_waited_for(
    fleet: tuple[Fleet, Chat], site: Site, postgres: Postgres
) -> None:
    machinery, chat = fleet
    worker = machinery.worker("rotated", FLEET_LEASE_S="30")
    page, gate = site.page("/visit/rotated", "Rotated"), site.hold("/visit/rotated")
    access = postgres.folder / "pg_hba.conf"
    open_to_all = access.read_text()

    async def refused() -> bool:  # the server takes its new rules when it comes to it
        try:
            machinery.connect().close()
        except psycopg.OperationalError:
            return True
        return False

    async with running(worker):
        message = await chat.say(page)
        await opened(site, "/visit/rotated")
        with postgres.connect() as owner:
            access.write_text(f"host fleet all 127.0.0.1/32 scram-sha-256\n{open_to_all}")
            owner.execute("SELECT pg_reload_conf()")
            try:
                await until(refused, "the server to want another password")
                owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'fleet'")
                gate.set()
                await until(lambda: says(worker, "waits to be stored"), "its files to wait")
            finally:
                access.write_text(open_to_all)
                owner.execute("SELECT pg_reload_conf()")
        await chat.card(message)
        assert site.hits.count("/visit/rotated") == 1, worker.log.read_text()
        assert await worker.stop() == 0


async def test_a_worker_that_is_cut_off_ends_in_time_and_one_that_comes_early_waits(
    fleet: tuple[Fleet, Chat], site: Site, postgres: Postgres
) -> None:
    machinery, chat = fleet
    worker, timeout_s = machinery.worker("cut-off", CAPTURE_TIMEOUT="5"), 5
    page, gate = site.page("/visit/cut-off", "Cut off"), site.hold("/visit/cut-off")
    async with running(worker):
        message = await chat.say(page)
        await opened(site, "/visit/cut-off")
        below = worker.tree()
        await asyncio.to_thread(postgres.kill)
        began = time.monotonic()
        assert await worker.stop() == 0
        assert time.monotonic() - began < timeout_s + 15
        await until(lambda: are_gone(below), "what it had started to end")
    gate.set()
    early, replica = machinery.worker("early"), machinery.chat_side("early-chat")
    async with ended(early, replica):
        starting = asyncio.create_task(early.start())
        replica.begin()
        try:
            for each in (early, replica):
                await until(lambda each=each: says(each, "the database is away"), "it to wait for the database")
            assert await replica.stop() == 0
        finally:
            await asyncio.to_thread(postgres.start)
        await starting
        await chat.card(message)


async def test_when_no_worker_has_space_the_chat_is_told_once_and_it_goes_on_by_itself(
    fleet: tuple[Fleet, Chat], site: Site, disk: Disk
) -> None:
    machinery, chat = fleet
    worker, page = machinery.worker("full", SCRATCH_DIR=str(disk.folder)), site.page("/visit/full", "Full")
    async with running(worker):
        disk.leave(60_000_000)
        await until(lambda: says(worker, "No space left"), "the worker to notice")
        message = await chat.say(page)
        await chat.answer(message, FULL)
        assert "/visit/full" not in site.hits
        disk.free()
        await chat.card(message)
        assert [FULL in text_of(each) for each in await chat.answers(message)].count(True) == 1
        assert await worker.stop() == 0


async def test_without_a_worker_a_copy_is_answered_all_the_same(fleet: tuple[Fleet, Chat], site: Site) -> None:
    machinery, chat = fleet
    async with running(machinery.worker("before")):
        card = await chat.card(await chat.say(site.page("/ok/alone", "Alone")))
    machinery.rows("DELETE FROM procrastinate_workers RETURNING id")
    files = {"file": ("saved.html", b"<!DOCTYPE html><title>Mine</title><p>Words.", "text/html")}
    form = {"as": "1001", "reply_to": str(card["message_id"])}
    sent = (await chat.api("POST", "/chats/1001/messages", data=form, files=files))["messages"][0]
    assert "Nobody is there to look at saved.html" in text_of(await chat.answer(sent, "Nobody"))
