"""Messages are taken in: once, whole, and every link is one link."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import archive, database, outbox, search, tags
from storage.queue.engine import open_queue
from tests.harness import until
from tests.integration.storage_factories import (
    CHAT,
    LEASE_S,
    OTHER_CHAT,
    Clock,
    card,
    counters_are_right,
    failed,
    good,
    message,
    only_due,
    only_sqlite,
    run_all,
    scalar,
)

pytestmark = pytest.mark.usefixtures("opened")

A, B = "https://example.org/a", "https://example.org/b"


async def test_a_message_becomes_links_tags_a_card_and_captures() -> None:
    taken = await archive.take_in(message(7, A, B, tags=("Foxes", "网页")))
    assert (taken.changed, taken.queued) == (True, 2)
    view = await card(taken.card_id)
    assert (view.chat_id, view.reply_to_message_id, view.language) == (CHAT, 7, "en")
    assert [link.number for link in view.links] == [1, 2]
    assert [link.url for link in view.links] == [A, B]
    assert view.links[0].tags == ("Foxes", "网页")
    assert view.links[0].first_shared_by == "Alice"
    assert not view.links[0].repost
    assert view.links[0].capture is not None
    assert view.links[0].capture.state == "queued"


async def test_a_message_taken_in_twice_is_taken_in_once() -> None:
    first = await archive.take_in(message(7, A, tags=("foxes",), notes=[("too_long", "x")]))
    again = await archive.take_in(message(7, A, tags=("FOXES",), notes=[("too_long", "x")]))
    assert again == type(again)(card_id=first.card_id, changed=False, queued=0, kept=1)
    for table in ("links", "shares", "cards", "card_links", "captures", "outbox", "tags", "link_tags"):
        assert await scalar(f"SELECT count(*) FROM {table}") == 1, table
    assert (await card(first.card_id)).notes == message(7, notes=[("too_long", "x")]).notes


async def test_the_same_message_from_many_tasks_at_once_is_one_card() -> None:
    taken = await asyncio.gather(*(archive.take_in(message(7, A, B, tags=("foxes",))) for _ in range(8)))
    assert len({one.card_id for one in taken}) == 1
    assert sum(one.queued for one in taken) == 2
    assert await counters_are_right()


async def test_two_spellings_in_one_message_are_one_link() -> None:
    taken = await archive.take_in(message(7, A, A + "/?utm_source=x"))
    assert [link.url for link in (await card(taken.card_id)).links] == [A]
    assert taken.queued == 1


async def test_an_edit_adds_what_is_new_to_the_same_card() -> None:
    first = await archive.take_in(message(7, A))
    await run_all()
    edited = await archive.take_in(message(7, A, B, tags=("late",)))
    assert (edited.card_id, edited.changed, edited.queued) == (first.card_id, True, 1)
    view = await card(first.card_id)
    assert [link.url for link in view.links] == [A, B]
    assert [link.tags for link in view.links] == [("late",), ("late",)]
    assert [link.repost for link in view.links] == [False, False]


async def test_an_edit_that_leaves_only_a_tag_puts_it_on_the_links_of_the_card() -> None:
    first = await archive.take_in(message(7, A))
    edited = await archive.take_in(message(7, tags=("late",), words="#late"))
    assert edited.card_id == first.card_id
    assert (await card(first.card_id)).links[0].tags == ("late",)


async def test_an_edits_new_words_are_found() -> None:
    await archive.take_in(message(7, A, words=f"{A} before"))
    await archive.take_in(message(7, A, words=f"{A} after"))
    assert (await search.search(CHAT, "after")).total == 1


async def test_an_album_has_one_card() -> None:
    first = await archive.take_in(message(7, A, media_group_id="g", tags=("foxes",)))
    second = await archive.take_in(message(8, B, media_group_id="g"))
    assert second.card_id == first.card_id
    view = await card(first.card_id)
    assert [link.url for link in view.links] == [A, B]
    assert view.reply_to_message_id == 7


async def test_a_message_of_tags_alone_is_not_answered() -> None:
    taken = await archive.take_in(message(7, tags=("foxes",), words="#foxes"))
    assert taken.card_id is None
    assert not taken.changed


async def test_a_message_with_nothing_to_keep_but_something_to_say_is_answered_at_once() -> None:
    taken = await archive.take_in(message(7, notes=[("private_address", "10.0.0.1")]))
    due = await only_due()
    assert due.card_id == taken.card_id
    assert (await card(taken.card_id)).notes[0].value == "10.0.0.1"


async def test_a_link_posted_again_is_answered_at_once_with_what_is_there() -> None:
    await archive.take_in(message(7, A, tags=("one",)))
    await run_all(good("Title"))
    again = await archive.take_in(message(8, A + "?utm_source=x", tags=("two",), sender_id=1002, sender_name="Bob"))
    assert again.queued == 0
    assert again.card_id in await _all_due()
    link = (await card(again.card_id)).links[0]
    assert link.repost
    assert (link.number, link.title, link.first_shared_by) == (1, "Title", "Alice")
    assert link.tags == ("one", "two")
    assert link.capture is not None
    assert link.capture.verdict == "ok"
    assert link.captures_count == 1


@pytest.mark.parametrize(
    ("verdict", "queued"), [("ok", 0), ("not_html", 0), ("http_error", 1), ("timeout", 1), ("login", 1)]
)
async def test_a_link_posted_again_is_captured_again_only_if_that_failed(verdict: str, queued: int) -> None:
    await archive.take_in(message(7, A))
    await run_all(failed(verdict))
    assert (await archive.take_in(message(8, A))).queued == queued


async def test_a_link_posted_again_after_a_day_is_captured_again(moved: Clock) -> None:
    await archive.take_in(message(7, A))
    await run_all()
    moved.forward(timedelta(hours=23).total_seconds())
    assert (await archive.take_in(message(8, A))).queued == 0
    moved.forward(timedelta(hours=2).total_seconds())
    assert (await archive.take_in(message(9, A))).queued == 1


async def test_a_link_posted_again_while_it_is_captured_waits_for_that_capture(moved: Clock) -> None:
    await archive.take_in(message(7, A))
    again = await archive.take_in(message(8, A))
    assert again.queued == 0
    assert await outbox.due() == []
    await run_all(good("Title"))
    assert (await card(again.card_id)).links[0].title == "Title"
    assert again.card_id in await _all_due()


async def test_the_language_of_a_chat_is_that_of_its_first_message() -> None:
    assert await archive.language(CHAT) is None
    await archive.take_in(message(7, A, language="zh"))
    taken = await archive.take_in(message(8, B, language="en"))
    assert await archive.language(CHAT) == "zh"
    assert (await card(taken.card_id)).language == "zh"


async def test_chats_are_apart() -> None:
    mine = await archive.take_in(message(7, A, tags=("foxes",)))
    other = await archive.take_in(message(7, A, tags=("foxes",), chat_id=OTHER_CHAT))
    await run_all(good("Secret title", text="secret words"))
    here, there = (await card(mine.card_id)).links[0], (await card(other.card_id)).links[0]
    assert here.link_id != there.link_id
    assert there.number == 1
    assert await archive.link(CHAT, there.link_id) is None
    assert not await archive.delete_link(CHAT, there.link_id, "Mallory")
    assert not await archive.recapture(CHAT, there.link_id, mine.card_id)
    assert not await archive.undo_delete(CHAT, there.link_id)
    assert await archive.show(9999, 1, reply_to=None, thread_id=None, language="en") is None
    assert (await search.search(9999, "secret")).total == 0
    assert [row.link_id for row in (await search.search(CHAT, "secret")).rows] == [here.link_id]
    assert [row.link_id for row in (await tags.links_with_tags(CHAT, ["foxes"])).rows] == [here.link_id]
    assert await archive.link_chat(there.link_id) == OTHER_CHAT
    assert await archive.link_chat(999) is None


async def test_what_was_taken_in_is_there_after_a_cancelled_caller() -> None:
    task = asyncio.create_task(archive.take_in(message(7, A)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: scalar("SELECT count(*) FROM links"), "the link to be there")
    again = await archive.take_in(message(7, A))
    assert not again.changed
    assert (await archive.take_in(message(8, B))).changed, "a lock was left behind"


async def test_reads_do_not_wait_for_a_transaction() -> None:
    await archive.take_in(message(7, A))
    inside, leave = asyncio.Event(), asyncio.Event()

    @database.writing
    async def long_one() -> None:
        inside.set()
        await leave.wait()

    writer = asyncio.create_task(long_one())
    await inside.wait()
    async with asyncio.timeout(5):
        assert await archive.language(CHAT) == "en"
    leave.set()
    await writer


@only_sqlite
async def test_a_full_disk_is_an_oserror_and_leaves_nothing_behind(opened: Path) -> None:
    await archive.take_in(message(7, A))

    @database.writing
    async def limit(pages: int) -> None:
        await database.execute(f"PRAGMA max_page_count = {pages}")

    await limit(1)
    with pytest.raises(OSError, match="full"):
        await _take_in_many()
    await limit(1_000_000)
    kept = await scalar("SELECT count(*) FROM shares WHERE chat_id = ?", CHAT)
    assert await scalar("SELECT count(*) FROM links") == kept
    assert await scalar("SELECT count(*) FROM cards") == kept
    assert (await archive.take_in(message(9000, B))).changed


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("take"),
            st.integers(1, 6),
            st.lists(st.sampled_from("abcd"), max_size=3),
            st.lists(st.sampled_from(["x", "y", "Z", "z"]), max_size=3),
        ),
        st.tuples(st.just("delete"), st.integers(1, 4)),
        st.tuples(st.just("undo"), st.integers(1, 4)),
        st.tuples(st.just("end"), st.booleans()),
    ),
    max_size=12,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps, st.integers(-(10**9), 10**9))
async def test_counters_always_equal_a_live_count(steps: list[tuple[object, ...]], chat_id: int) -> None:
    chat_id = chat_id * 10 + 3
    for kind, *what in steps:
        if kind == "take":
            number, letters, names = what
            urls = [f"https://example.org/{letter}" for letter in letters]  # type: ignore[attr-defined]
            await archive.take_in(message(number, *urls, tags=tuple(names), chat_id=chat_id))  # type: ignore[call-overload]
        elif kind == "end":
            await run_all(good() if what[0] else failed())
        else:
            link_id = await scalar(
                "SELECT l.id FROM links l JOIN archives a ON a.id = l.archive_id WHERE a.chat_id = ? AND l.number = ?",
                chat_id, what[0],
            )  # fmt: skip
            if link_id:
                await (
                    archive.delete_link(chat_id, link_id, "A")
                    if kind == "delete"
                    else archive.undo_delete(chat_id, link_id)
                )
        assert await counters_are_right()


async def _take_in_many() -> None:
    for number in range(200):
        await archive.take_in(message(100 + number, f"https://example.org/{number}", words="long " * 500))


async def _all_due() -> set[int | None]:
    found: set[int | None] = set()
    while rows := await outbox.due():
        for due in rows:
            found.add(due.card_id)
            await outbox.done(due)
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_killed_processes_captures_are_queued_again(opened: Path, database_url: str) -> None:
    await archive.take_in(message(7, A))
    jobs = await open_queue(LEASE_S).take(1)
    await database.close_database()
    await database.open_database(database_url, opened)
    queue = open_queue(LEASE_S)
    assert await queue.take(1) == [], "its lease still holds"
    async with queue.running():
        again = await queue.take(1)
    assert [job.capture_id for job in again] == [jobs[0].capture_id]
    assert again[0].attempt == 2
