"""What has to reach Telegram, when, and that nothing of it is lost or said twice."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from storage import archive, captures, outbox, tags
from storage.models import Artifact
from storage.queue.engine import open_queue
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
    run_all,
)

pytestmark = pytest.mark.usefixtures("opened")

A, B, C = (f"https://example.org/{letter}" for letter in "abc")


async def deliver(message_id: int = 500) -> int | None:
    due = await only_due()
    await outbox.sent(due, message_id, "text", "digest")
    return due.card_id


async def test_a_status_card_is_due_after_five_seconds(moved: Clock) -> None:
    taken = await archive.take_in(message(1, A))
    assert await outbox.due() == []
    moved.forward(4)
    assert await outbox.due() == []
    moved.forward(1.1)
    assert (await only_due()).card_id == taken.card_id


async def test_a_result_before_that_is_due_at_once_and_alone() -> None:
    taken = await archive.take_in(message(1, A))
    await run_all()
    assert await deliver() == taken.card_id
    assert await outbox.due() == []
    view = await card(taken.card_id)
    assert (view.sent_message_id, view.sent_form, view.sent_digest) == (500, "text", "digest")
    assert await archive.card_of(CHAT, 500) == taken.card_id
    assert await archive.card_of(OTHER_CHAT, 500) is None


async def test_a_status_card_is_followed_by_the_result(moved: Clock) -> None:
    await archive.take_in(message(1, A))
    moved.forward(6)
    await deliver()
    assert await outbox.due() == []
    await run_all()
    assert (await only_due()).version == 2


async def test_results_of_several_links_do_not_hurry_before_the_status_card(moved: Clock) -> None:
    await archive.take_in(message(1, A, B))
    queue = open_queue(LEASE_S)
    first, second = await queue.take(2)
    await captures.finish(first, good())
    assert await outbox.due() == []
    moved.forward(6)
    await deliver()
    await captures.finish(second, good())
    await only_due()


async def test_edits_while_others_are_under_way_are_gathered(moved: Clock) -> None:
    await archive.take_in(message(1, A, "https://b.example/", "https://c.example/"))
    first, second, third = await open_queue(LEASE_S).take(3)
    moved.forward(6)
    await deliver()
    await captures.finish(first, good())
    assert await outbox.due() == []
    moved.forward(3.1)
    await deliver()
    await captures.finish(second, good())
    await captures.finish(third, good())
    await only_due()


async def test_something_new_during_a_delivery_makes_it_due_again() -> None:
    taken = await archive.take_in(message(1, A))
    await run_all()
    under_way = await only_due()
    await archive.take_in(message(1, A, tags=("late",)))
    await outbox.sent(under_way, 500, "text", "digest")
    again = await only_due()
    assert (again.card_id, again.version) == (taken.card_id, under_way.version + 1)
    await outbox.done(again)
    assert await outbox.due() == []


async def test_with_more_to_send_the_version_stays_due() -> None:
    taken = await archive.take_in(message(1, A, B))
    await run_all()
    due = await only_due()
    await outbox.sent(due, 500, "text", "digest", more=True)
    assert taken.card_id is not None
    await outbox.album_sent(taken.card_id)
    view = await card(taken.card_id)
    await outbox.documents_sent(taken.card_id, [view.links[0].link_id])
    again = await only_due()
    view = await card(taken.card_id)
    assert (view.sent_message_id, view.album_sent, view.documents_sent) == (500, True, True)
    assert view.documents_sent_of == (view.links[0].link_id,)
    await outbox.done(again)
    assert await outbox.due() == []


async def test_one_row_a_chat_and_none_of_busy_ones() -> None:
    for number in (1, 2):
        await outbox.notice(CHAT, {"text": str(number)})
    await outbox.notice(OTHER_CHAT, {"text": "other"})
    assert [due.payload["text"] for due in await outbox.due()] == ["1", "other"]
    assert [due.chat_id for due in await outbox.due(busy_chats={CHAT})] == [OTHER_CHAT]
    assert len(await outbox.due(limit=1)) == 1


async def test_notices_and_documents_are_gone_when_done() -> None:
    notice_id = await outbox.notice(CHAT, {"text": "hello", "reply_to": 3})
    due = await only_due()
    assert (due.outbox_id, due.kind, due.payload) == (notice_id, "notice", {"text": "hello", "reply_to": 3})
    await outbox.done(due)
    await outbox.document(CHAT, {"link_id": 1, "kind": "html"})
    due = await only_due()
    assert due.kind == "document"
    await outbox.drop(due, "no such chat")
    assert await outbox.due() == []


async def test_a_retry_waits_counts_and_is_not_hurried(moved: Clock) -> None:
    await archive.take_in(message(1, A))
    await run_all()
    due = await only_due()
    await outbox.retry(due, 10, "502")
    await archive.take_in(message(1, A, tags=("late",)))
    assert await outbox.due() == []
    moved.forward(10.1)
    again = await only_due()
    assert again.attempts == 1
    await outbox.done(again)
    assert await outbox.due() == []


async def test_a_dropped_card_comes_back_with_something_new() -> None:
    await archive.take_in(message(1, A))
    await run_all()
    await outbox.drop(await only_due(), "bad request")
    assert await outbox.due() == []
    await archive.take_in(message(1, A, tags=("late",)))
    await only_due()


async def test_a_parked_chat_gets_nothing_until_it_speaks() -> None:
    await outbox.notice(CHAT, {"text": "hello"})
    await outbox.park(CHAT, "blocked")
    await outbox.notice(OTHER_CHAT, {"text": "other"})
    assert [due.chat_id for due in await outbox.due()] == [OTHER_CHAT]
    await outbox.unpark(OTHER_CHAT)
    await outbox.unpark(CHAT)
    assert [due.chat_id for due in await outbox.due()] == [CHAT, OTHER_CHAT]


async def test_a_held_chat_waits_as_a_whole(moved: Clock) -> None:
    await outbox.notice(CHAT, {"text": "hello"})
    await outbox.hold(CHAT, 30)
    await outbox.notice(CHAT, {"text": "again"})
    assert await outbox.due() == []
    moved.forward(31)
    assert (await only_due()).payload["text"] == "hello"


async def test_waiting_ends_when_woken() -> None:
    await outbox.due()
    waiting = asyncio.create_task(outbox.wait(30))
    await asyncio.sleep(0)
    await outbox.notice(CHAT, {"text": "hello"})
    async with asyncio.timeout(5):
        await waiting


async def test_waiting_ends_when_the_next_row_falls_due() -> None:
    await outbox.notice(CHAT, {"text": "hello"})
    due = await only_due()
    await outbox.retry(due, 0.2, "500")
    async with asyncio.timeout(5):
        while not await outbox.due():
            await outbox.wait(30)


async def test_waiting_does_not_spin_over_a_row_of_a_busy_chat() -> None:
    await outbox.notice(CHAT, {"text": "hello"})
    await outbox.due()
    await outbox.due(busy_chats={CHAT})
    await outbox.wait(0)
    started = time.monotonic()
    await outbox.wait(0.3)
    assert time.monotonic() - started >= 0.29


async def test_deleting_and_undoing_is_told_on_every_card_and_kept_in_the_counters() -> None:
    first = await archive.take_in(message(1, A, tags=("foxes",)))
    await run_all()
    await deliver(500)
    second = await archive.take_in(message(2, A))
    await deliver(501)
    link = (await card(first.card_id)).links[0]
    assert await archive.delete_link(CHAT, link.link_id, "Bob")
    assert not await archive.delete_link(CHAT, link.link_id, "Bob")
    told = {await deliver(500), await deliver(501)}
    assert told == {first.card_id, second.card_id}
    gone = await archive.link(CHAT, link.link_id)
    assert gone is not None
    assert gone.deleted_by == "Bob"
    assert await archive.show(CHAT, link.number, reply_to=None, thread_id=None, language="en") is None
    assert not await archive.recapture(CHAT, link.link_id, first.card_id)
    assert await archive.undo_delete(CHAT, link.link_id)
    assert not await archive.undo_delete(CHAT, link.link_id)
    await deliver(500)
    back = await archive.link(CHAT, link.link_id)
    assert back is not None
    assert back.deleted_by is None
    assert back.tags == ("foxes",)


async def test_a_deleted_link_posted_again_comes_back_with_its_number() -> None:
    taken = await archive.take_in(message(1, A, B))
    await run_all()
    link = (await card(taken.card_id)).links[1]
    await archive.delete_link(CHAT, link.link_id, "Bob")
    assert not (await archive.take_in(message(1, A, B))).changed
    gone = await archive.link(CHAT, link.link_id)
    assert gone is not None
    assert gone.deleted_by == "Bob", "the old message seen again brings nothing back"
    again = await archive.take_in(message(2, B))
    back = (await card(again.card_id)).links[0]
    assert (back.link_id, back.number, back.deleted_by, back.repost) == (link.link_id, 2, None, True)


async def test_a_tag_put_on_a_deleted_link_counts_when_the_link_comes_back() -> None:
    taken = await archive.take_in(message(1, A, tags=("foxes",)))
    link = (await card(taken.card_id)).links[0]
    await archive.delete_link(CHAT, link.link_id, "Bob")
    await archive.take_in(message(1, A, tags=("foxes", "late")))
    assert await counters_are_right()
    await archive.undo_delete(CHAT, link.link_id)
    assert await counters_are_right()
    assert [tag.count for tag in (await tags.list_tags(CHAT)).rows] == [1, 1]


async def test_show_makes_a_card_that_is_due_at_once() -> None:
    await archive.take_in(message(1, A))
    card_id = await archive.show(CHAT, 1, reply_to=77, thread_id=5, language="zh")
    due = await only_due()
    assert due.card_id == card_id
    view = await card(card_id)
    assert (view.reply_to_message_id, view.thread_id, view.language) == (77, 5, "zh")
    assert view.links[0].capture is not None
    assert view.links[0].capture.state == "queued"
    again = await archive.show(CHAT, 1, reply_to=77, thread_id=5, language="zh")
    assert again != card_id
    for number in (0, -1, 2, 2**40):
        assert await archive.show(CHAT, number, reply_to=None, thread_id=None, language="en") is None


async def test_a_card_that_showed_a_failure_learns_of_a_later_success() -> None:
    first = await archive.take_in(message(1, A))
    await run_all(failed())
    await deliver(500)
    second = await archive.take_in(message(2, A))
    await run_all(good("At last"))
    assert {await deliver(500), await deliver(501)} == {first.card_id, second.card_id}
    assert (await card(first.card_id)).links[0].title == "At last"


async def test_file_ids_are_remembered_by_kind() -> None:
    await outbox.remember_file_id("a" * 64, "photo", "P1")
    await outbox.remember_file_id("a" * 64, "photo", "P2")
    await outbox.remember_file_id("a" * 64, "document", "D")
    assert await outbox.file_id("a" * 64, "photo") == "P2"
    await outbox.forget_file_id("a" * 64, "photo")
    assert await outbox.file_id("a" * 64, "photo") is None
    assert await outbox.file_id("a" * 64, "document") == "D"


async def test_a_capture_that_ends_while_a_card_is_read_is_not_shown_without_its_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = await archive.take_in(message(1, A))
    (job,) = await open_queue(LEASE_S).take(1)
    read, waiting = Artifact.filter, [job]

    class Slow:
        """The question for the artifacts: just after its answer the capture ends."""

        def __init__(self, *_: Any, **wanted: Any) -> None:
            self._wanted = wanted

        def order_by(self, *fields: str) -> Any:
            return self._found(*fields)

        async def _found(self, *fields: str) -> list[Artifact]:
            monkeypatch.setattr(Artifact, "filter", read)
            found = await read(**self._wanted).order_by(*fields)
            assert await captures.finish(waiting.pop(), good())
            return found

    monkeypatch.setattr(Artifact, "filter", Slow)
    shown = (await card(taken.card_id)).links[0].capture
    assert shown is not None
    assert not waiting
    assert shown.state != "ended" or shown.artifacts
    shown = (await card(taken.card_id)).links[0].capture
    assert shown is not None
    assert (shown.state, bool(shown.artifacts)) == ("ended", True)


async def test_a_card_that_does_not_exist() -> None:
    assert await outbox.card(12345) is None
