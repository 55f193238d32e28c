"""A group becomes a supergroup and keeps its archive."""

from __future__ import annotations

import pytest

from storage import (
    archive,
    askings,
    captures,
    choices,
    deeds,
    members,
    memberships,
    notes,
    outbox,
    questions,
    rules,
    search,
    tags,
    topics,
    undoing,
)
from storage.askings import Wish
from storage.deeds import Actor
from storage.queue.engine import open_queue
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


async def test_the_name_that_a_group_was_let_in_by_follows() -> None:
    assert await askings.ask(Wish(GROUP, 1001, "Sketchers", "en"))
    assert await askings.decide(GROUP, "allow", 1002)
    await archive.follow_migration(GROUP, SUPERGROUP)
    assert [guest.name for guest in (await askings.guests()).rows] == ["Sketchers"]
    assert await askings.name_of(SUPERGROUP) == "Sketchers"


async def test_members_who_only_wrote_look_into_it_from_elsewhere_as_before() -> None:
    await archive.take_in(message(1, A, chat_id=GROUP))
    for person in (1002, 1003):
        await memberships.seen(GROUP, person)
    await memberships.left(GROUP, 1003)
    await memberships.seen(SUPERGROUP, 1003)
    await archive.follow_migration(GROUP, SUPERGROUP)
    await archive.follow_migration(GROUP, SUPERGROUP)
    assert await memberships.chats(1002) == [SUPERGROUP]
    assert await memberships.chats(1003) == [SUPERGROUP], "they were seen there since"


async def test_what_was_not_sent_yet_goes_to_the_new_chat_and_old_cards_rest() -> None:
    sent = await archive.take_in(message(1, A, chat_id=GROUP))
    await run_all()
    await outbox.sent(await only_due(), 500, "text", "digest")
    waiting = await archive.take_in(message(2, B, chat_id=GROUP))
    await outbox.notice(GROUP, {"text": "hello", "reply_to": 2})
    (job,) = await open_queue(LEASE_S).take(1)
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


async def test_what_both_chats_chose_and_did_is_joined() -> None:
    by = Actor(1001, "Alice")
    await archive.take_in(message(1, A, chat_id=GROUP))
    await rules.add(GROUP, "github.com", None, ["code"], by)
    await choices.choose(GROUP, "group", "Foxes", "en", quiet=True, never_hosts=("bank.example",))
    await archive.take_in(message(1, A, B, chat_id=SUPERGROUP))
    await rules.add(SUPERGROUP, "github.com", None, ["git"], by)
    await rules.add(SUPERGROUP, None, "red fox", ["animals"], by)
    await choices.choose(
        SUPERGROUP, "supergroup", "Foxes", "zh", quiet=False, language="zh", never_hosts=("mail.example",), keep_days=90
    )
    await topics.choose(SUPERGROUP, 7, ignored=True, default_tag="birds")
    first, second = [await link_id(SUPERGROUP, number) for number in (1, 2)]
    await notes.set_note(GROUP, await link_id(GROUP, 1), "said before")
    await notes.set_note(SUPERGROUP, first, "said after")
    await notes.set_title(SUPERGROUP, first, "Called so")
    await archive.delete_link(SUPERGROUP, second, "Alice", 1001)
    question = await questions.ask(SUPERGROUP, "untag", {"old": "x"}, 1001)
    await archive.follow_migration(GROUP, SUPERGROUP)
    found = [(rule.number, rule.host or rule.words, set(rule.tags)) for rule in await rules.of_chat(SUPERGROUP)]
    assert found == [(1, "github.com", {"code", "git"}), (2, "red fox", {"animals"})]
    chosen = await choices.of_chat(SUPERGROUP)
    assert (chosen.quiet, chosen.keep_days, chosen.language) == (True, 90, "zh")
    assert chosen.never_hosts == ("bank.example", "mail.example")
    assert await topics.of_topic(SUPERGROUP, 7) == topics.TopicChoices(True, "birds")
    link = await archive.numbered(SUPERGROUP, 1)
    assert link is not None
    assert (link.note, link.given_title) == ("said before\nsaid after", "Called so")
    assert (await search.search(SUPERGROUP, "said after")).total == 1
    assert await questions.find(SUPERGROUP, question) is not None
    assert await archive.numbered(SUPERGROUP, 2) is None
    assert await undoing.undo(SUPERGROUP, (await deeds.latest(SUPERGROUP))[0].deed_id) == "undone"
    assert await archive.numbered(SUPERGROUP, 2) is not None


async def link_id(chat_id: int, number: int) -> int:
    link = await archive.numbered(chat_id, number)
    assert link is not None
    return link.link_id
