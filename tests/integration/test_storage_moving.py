"""A group becomes a supergroup and keeps its archive."""

from __future__ import annotations

import pytest

from storage import archive, captures, members, outbox, search, tags
from storage.queue.embedded import EmbeddedQueue
from tests.integration.storage_factories import (
    LEASE_S,
    card,
    counters_are_right,
    good,
    message,
    only_due,
    run_all,
)

pytestmark = pytest.mark.usefixtures("opened")

GROUP, SUPERGROUP = -55, -1000000000055
A, B, C = (f"https://example.org/{letter}" for letter in "abc")


async def test_the_archive_follows() -> None:
    await archive.take_in(message(1, A, B, tags=("foxes",), chat_id=GROUP, chat_kind="group"))
    await run_all(good(text="words of the page"))
    await outbox.sent(await only_due(), 500, "text", "digest")
    await members.admit(GROUP, 1001)
    await archive.follow_migration(GROUP, SUPERGROUP)
    await archive.follow_migration(GROUP, SUPERGROUP)
    assert (await tags.links_with_tags(SUPERGROUP, ["foxes"])).total == 2
    assert (await tags.links_with_tags(GROUP, ["foxes"])).total == 0
    assert (await search.search(SUPERGROUP, "words")).total == 2
    assert await members.admitted([SUPERGROUP])
    assert not await members.admitted([GROUP])
    taken = await archive.take_in(message(1, C, chat_id=SUPERGROUP, chat_kind="supergroup"))
    view = await card(taken.card_id)
    assert view.links[0].number == 3, "a message number of the old chat is another message here"
    assert view.chat_kind == "supergroup"


async def test_what_was_not_sent_yet_goes_to_the_new_chat_and_old_cards_rest() -> None:
    sent = await archive.take_in(message(1, A, chat_id=GROUP))
    await run_all()
    await outbox.sent(await only_due(), 500, "text", "digest")
    waiting = await archive.take_in(message(2, B, chat_id=GROUP))
    await outbox.notice(GROUP, {"text": "hello", "reply_to": 2})
    (job,) = await EmbeddedQueue(LEASE_S).take(1)
    await archive.follow_migration(GROUP, SUPERGROUP)
    await captures.finish(job, good())
    link = (await card(sent.card_id)).links[0]
    await archive.delete_link(SUPERGROUP, link.link_id, "Bob")
    told = []
    while rows := await outbox.due():
        (due,) = rows
        assert due.chat_id == SUPERGROUP
        told.append(due.card_id or due.payload)
        await outbox.done(due)
    assert sorted(map(str, told)) == sorted(map(str, [waiting.card_id, {"text": "hello"}]))
    view = await card(waiting.card_id)
    assert (view.chat_id, view.reply_to_message_id) == (SUPERGROUP, None)


async def test_what_the_new_chat_gathered_meanwhile_is_joined() -> None:
    await archive.take_in(message(1, A, B, tags=("foxes",), chat_id=GROUP))
    await run_all(good("Old title", text="old page"))
    early = await archive.take_in(
        message(1, B, C, tags=("Foxes", "late"), chat_id=SUPERGROUP, words="said in the supergroup")
    )
    await run_all(good("New title", text="new page"))
    await archive.follow_migration(GROUP, SUPERGROUP)
    rows = {row.url: row for row in (await tags.links_with_tags(SUPERGROUP, ["foxes"])).rows}
    assert {url: row.number for url, row in rows.items()} == {A: 1, B: 2, C: 3}
    assert rows[B].tags == ("foxes", "late")
    assert rows[B].captures_count == 2
    assert [row.number for row in (await search.search(SUPERGROUP, "said")).rows] == [3, 2]
    assert [row.number for row in (await search.search(SUPERGROUP, "old page")).rows] == [2, 1]
    assert await counters_are_right()
    assert [link.number for link in (await card(early.card_id)).links] == [2, 3]
    assert (await archive.take_in(message(9, "https://example.org/d", chat_id=SUPERGROUP))).queued == 1
    assert (await search.search(SUPERGROUP, "example")).total == 4


async def test_a_chat_that_keeps_nothing_has_nothing_to_follow() -> None:
    await archive.follow_migration(GROUP, SUPERGROUP)
    assert await archive.language(SUPERGROUP) is None
