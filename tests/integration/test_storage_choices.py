"""What a chat chose is honoured when its messages are taken in and its cards are made."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from storage import archive, choices, database, topics, upkeep
from storage.archive import take_in
from storage.choices import Choices
from storage.models import Archive, Capture, Card, Link
from storage.views import links as views_of
from tests.integration.storage_factories import CHAT, OTHER_CHAT, card, failed, good, message, run_all

pytestmark = pytest.mark.usefixtures("opened")
A, B = "https://a.example/", "https://b.example/"


async def chosen(chat_id: int = CHAT, **changes: Any) -> Choices:
    return await choices.choose(chat_id, "supergroup", "Reading circle", "en", **changes)


async def tags_of(url: str) -> set[str]:
    link = await Link.get(url=url)
    return set((await views_of([link.id]))[0].tags)


async def test_only_what_differs_from_the_defaults_is_stored() -> None:
    await chosen(quiet=True)
    await chosen(keep="tagged")
    await chosen(quiet=False)
    assert (await Archive.get(chat_id=CHAT)).settings == {"keep": "tagged"}
    assert await choices.of_chat(CHAT) == Choices(keep="tagged")
    assert await choices.of_chat(OTHER_CHAT) == Choices()


async def test_a_value_that_no_setting_has_changes_nothing() -> None:
    await chosen(quiet=True)
    with pytest.raises(ValidationError):
        await chosen(keep="sometimes")
    assert await choices.of_chat(CHAT) == Choices(quiet=True)


async def test_links_are_kept_with_a_tag_only() -> None:
    await chosen(keep="tagged")
    bare = await take_in(message(1, A))
    assert (bare.card_id, bare.changed, bare.wanted) == (None, False, False)
    assert await Link.all().count() == 0
    assert (await take_in(message(2, A, tags=("fox",)))).wanted
    assert (await take_in(message(3, B, asked=True))).wanted, "/save and a mention always keep"
    assert (await take_in(message(1, A, tags=("late",)))).wanted, "the tag came by an edit"


async def test_links_are_kept_when_asked_only() -> None:
    await chosen(keep="asked")
    assert not (await take_in(message(1, A, tags=("fox",)))).wanted
    assert (await take_in(message(1, A, tags=("fox",), asked=True))).wanted
    await take_in(message(1, A, B, tags=("fox",)))
    assert await Link.all().count() == 2, "the edit of a message that was kept adds to it"


async def test_refused_addresses_of_unwanted_messages_are_not_spoken_of() -> None:
    await chosen(keep="tagged")
    assert (await take_in(message(1, notes=[("private_address", "10.0.0.1")]))).card_id is None


async def test_default_tags_come_to_new_links_once() -> None:
    await chosen(default_tags=("Inbox", "two words"))
    await take_in(message(1, A, tags=("fox",)))
    assert await tags_of(A) == {"fox", "Inbox", "two words"}
    link = await Link.get(url=A)
    await upkeep.retag(CHAT, [link.id], [], ["inbox", "two words"])
    await take_in(message(2, A))
    assert await tags_of(A) == {"fox"}, "a posting again brought back what was taken off"


async def test_hosts_that_are_never_captured_are_kept_all_the_same() -> None:
    await chosen(never_hosts=("bank.example",))
    intake = await take_in(message(1, "https://my.bank.example:8443/", A))
    assert intake.queued == 1
    assert [row.host for row in await Capture.all()] == ["a.example"]
    assert await Link.all().count() == 2
    assert len((await card(intake.card_id)).links) == 2


async def test_cards_go_to_the_topic_that_was_chosen() -> None:
    await chosen(cards_thread_id=7)
    elsewhere = await Card.get(id=(await take_in(message(1, A, thread_id=5))).card_id)
    assert (elsewhere.thread_id, elsewhere.reply_to) == (7, None), "a reply cannot cross topics"
    there = await Card.get(id=(await take_in(message(2, B, thread_id=7))).card_id)
    assert (there.thread_id, there.reply_to) == (7, 2)


async def test_topics_are_ignored_or_have_a_tag() -> None:
    await chosen()
    await topics.choose(CHAT, 5, ignored=True)
    await topics.choose(CHAT, 6, default_tag="birds")
    assert not (await take_in(message(1, A, thread_id=5, tags=("fox",)))).wanted
    assert (await take_in(message(2, A, thread_id=5, asked=True))).wanted
    await take_in(message(3, B, thread_id=6))
    assert await tags_of(B) == {"birds"}
    assert await tags_of(A) == set()
    assert await topics.of_topic(CHAT, 6) == topics.TopicChoices(default_tag="birds")
    assert await topics.of_topic(OTHER_CHAT, 6) == topics.TopicChoices()


async def test_a_quiet_chat_and_pages_below_are_told_to_the_card() -> None:
    await chosen(quiet=True, offline_in_groups=True)
    intake = await take_in(message(1, A, chat_kind="supergroup"))
    view = await card(intake.card_id)
    assert (view.is_quiet, view.pages_below) == (True, True)
    shown = await archive.show(CHAT, 1, reply_to=None, thread_id=None, language="en")
    assert not (await card(shown)).is_quiet, "what somebody asks for is shown"


async def test_the_language_of_new_cards_follows() -> None:
    await chosen(language="zh")
    assert (await card((await take_in(message(1, A))).card_id)).language == "zh"
    assert await archive.language(CHAT) == "zh"


async def test_versions_are_opened_each_as_it_was() -> None:
    await take_in(message(1, A))
    await run_all(good("First"))
    link = await Link.get(url=A)
    for ended in (good("Second"), failed("unreachable")):
        await archive.recapture(CHAT, link.id, None)
        await run_all(ended)
    versions = await archive.versions(CHAT, link.id)
    assert [(version.verdict, version.shows) for version in versions] == [
        ("unreachable", False), ("ok", True), ("ok", True),
    ]  # fmt: skip
    newest = await archive.link(CHAT, link.id)
    assert newest
    assert newest.capture
    assert newest.capture.title == "Second", "a failed capture hid a good one"
    oldest = versions[-1].capture_id
    opened = await archive.show_version(CHAT, link.id, oldest, reply_to=None, thread_id=None, language="en")
    shown = (await card(opened)).links[0]
    assert shown.capture
    assert (shown.capture.title, shown.pinned, shown.captures_count) == ("First", True, 2)
    assert await archive.pinned_on(CHAT, opened or 0, link.id) == oldest
    for wrong in ((OTHER_CHAT, link.id, oldest), (CHAT, link.id + 1, oldest), (CHAT, link.id, oldest + 99)):
        assert await archive.show_version(*wrong, reply_to=None, thread_id=None, language="en") is None
    assert await archive.versions(OTHER_CHAT, link.id) == []
    assert await archive.link(CHAT, link.id, oldest + 99) is None


@database.writing
async def store(stored: dict[str, object]) -> None:
    await Archive.filter(chat_id=CHAT).update(settings=stored)


async def test_what_another_version_stored_does_not_stop_a_message() -> None:
    await chosen()
    await store({"keep": "by moonlight", "quiet": 7, "default_tags": "x"})
    assert (await take_in(message(1, A))).queued == 1
