"""Tags, rules, notes and undo from the chat message to the answer, in a group of two languages."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from storage import archive, choices
from tests.harness import ALICE, BOB, CAROL, CHANNEL, GROUP, XIAOLIN, text_of, until
from tests.integration.bot_bench import Bench, running_bench

pytestmark = pytest.mark.asyncio(loop_scope="module")
_serial = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory, fresh_database: str) -> AsyncIterator[Bench]:
    async with running_bench(tmp_path_factory.mktemp("upkeep"), on=fresh_database) as running:
        yield running


async def kept(bench: Bench, words: str = "", chat: int = GROUP, person: int = ALICE, title: str = "A page") -> Any:
    """A link that has its card; gives the card's message."""
    url = f"https://kept{next(_serial)}.example/"
    message = await bench.chat.say(f"{url} {words}", chat=chat, person=person)
    await bench.captured(url, title=title)
    return await bench.chat.card(message)


def number_of(card: Any) -> int:
    """The number at the end of a card's line of facts."""
    facts = next(line for line in text_of(card).splitlines() if " · " in line)
    return int(facts.rsplit(" ", 1)[1])


async def answer_to(bench: Bench, words: str, chat: int = GROUP, person: int = ALICE, **more: Any) -> Any:
    """The answer in words: in a private chat a file of an earlier card may come before it."""
    message = await bench.chat.say(words, chat=chat, person=person, **more)

    async def look() -> Any:
        return next((a for a in await bench.chat.answers(message) if "document" not in a), None)

    return await until(look, f"an answer to {words!r}")


async def becomes(bench: Bench, message: Any, has: str, has_not: str = "\0") -> Any:
    async def look() -> Any:
        now = await bench.chat.again(message)
        words = text_of(now)
        return now if has in words and has_not not in words else None

    return await until(look, f"{has!r} and not {has_not!r}")


def buttons(message: Any) -> list[str]:
    return [b["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for b in row]


async def test_a_reply_to_the_card_puts_tags_on_and_takes_them_off(bench: Bench) -> None:
    card = await kept(bench, "#one")
    reply = await bench.chat.say('#two -#one #a/b #"two words"', chat=GROUP, person=BOB, reply_to=card["message_id"])
    assert await bench.chat.reaction(reply) == "👌"
    now = text_of(await becomes(bench, card, "#two", "#one"))
    assert "#a/b" in now
    assert "#two words" in now
    nothing = await bench.chat.say("-#neverthere", chat=GROUP, person=BOB, reply_to=card["message_id"])
    assert await bench.chat.reaction(nothing) == "🤷"


async def test_a_reply_to_the_message_itself_does_too(bench: Bench) -> None:
    url = f"https://own{next(_serial)}.example/"
    message = await bench.chat.say(url, chat=GROUP)
    await bench.captured(url)
    card = await bench.chat.card(message)
    await bench.chat.say("＃网页", chat=GROUP, person=BOB, reply_to=message["message_id"])
    await becomes(bench, card, "#网页")


async def test_in_privacy_mode_replies_to_the_card_are_enough(bench: Bench) -> None:
    card = await kept(bench, "#seen")
    await bench.chat.api("POST", "/privacy", json={"on": True})
    try:
        reply = await bench.chat.say("#private/yes -#seen", chat=GROUP, person=BOB, reply_to=card["message_id"])
        assert await bench.chat.reaction(reply) == "👌"
        await becomes(bench, card, "#private/yes", "#seen")
    finally:
        await bench.chat.api("POST", "/privacy", json={"on": False})


async def test_talk_below_a_card_changes_nothing(bench: Bench) -> None:
    card = await kept(bench, "#still")
    await bench.chat.say("I like #this very much", chat=GROUP, person=BOB, reply_to=card["message_id"])
    await bench.chat.say("-#still", chat=GROUP, person=BOB, reply_to=card["message_id"])
    assert "#this" not in text_of(await becomes(bench, card, "", "#still"))


async def test_rename_is_asked_back_done_once_and_undone(bench: Bench) -> None:
    card = await kept(bench, "#foxs")
    await kept(bench, "#foxs")
    asked = await answer_to(bench, "/rename foxs foxes")
    assert "2 links" in text_of(asked)
    assert buttons(asked) == ["Rename", "Cancel"]
    assert "alert" in str(await bench.chat.press(asked, "Rename", person=BOB)), "a member renamed"
    said = await asyncio.gather(*(bench.chat.press(asked, "Rename") for _ in range(3)))
    assert str(said).count("decided already") == 2, "it was done more than once"
    done = await becomes(bench, asked, "#foxs is now #foxes")
    assert buttons(done) == ["Undo"]
    await becomes(bench, card, "#foxes")
    old = await answer_to(bench, "/tag foxs")
    assert "2 links" in text_of(old), "the old name no longer works"
    await bench.chat.press(done, "Undo")
    await becomes(bench, done, "has its name again")
    await becomes(bench, card, "#foxs")


async def test_tags_below_are_told_of_and_follow(bench: Bench) -> None:
    card = await kept(bench)
    await bench.chat.say("#tree #tree/oak #tree/ash", chat=GROUP, reply_to=card["message_id"])
    await becomes(bench, card, "#tree/ash")
    asked = await answer_to(bench, "/rename tree wood")
    assert "1 link will show it" in text_of(asked)
    assert "The 2 tags below it follow." in text_of(asked)
    await bench.chat.press(asked, "Rename")
    done = await becomes(bench, asked, "#tree is now #wood")
    await becomes(bench, card, "#wood/oak", "#tree")
    await bench.chat.press(done, "Undo")
    await becomes(bench, card, "#tree/oak", "#wood")


async def test_merge_in_chinese(bench: Bench) -> None:
    card = await kept(bench, "#网叶", chat=XIAOLIN, person=XIAOLIN)
    await kept(bench, "#网页", chat=XIAOLIN, person=XIAOLIN)
    asked = await answer_to(bench, "/merge 网叶 到 网页", chat=XIAOLIN, person=XIAOLIN)
    assert "1 个链接" in text_of(asked)
    assert buttons(asked) == ["合并", "取消"]
    await bench.chat.press(asked, "合并", person=XIAOLIN)
    await becomes(bench, asked, "已合并到 #网页")
    await becomes(bench, card, "#网页", "#网叶")
    undone = await answer_to(bench, "/undo", chat=XIAOLIN, person=XIAOLIN)
    assert "#网叶" in text_of(undone)
    await becomes(bench, card, "#网叶")


async def test_what_is_asked_after_a_press_speaks_as_whoever_pressed(bench: Bench) -> None:
    card = await kept(bench, chat=XIAOLIN, person=XIAOLIN, title="江南的雨")
    made = await answer_to(bench, '/rule "江南 雨" #天气', chat=XIAOLIN, person=XIAOLIN)
    await bench.chat.press(made, "旧链接", XIAOLIN)

    async def asked() -> Any:
        rest = await bench.chat.messages(XIAOLIN, made["message_id"])
        return next((m for m in rest if "1 个链接" in text_of(m)), None)

    question_back = await until(asked, "the question")
    assert buttons(question_back) == ["应用", "取消"]
    await bench.chat.press(question_back, "应用", XIAOLIN)
    await becomes(bench, card, "#天气")


async def test_cancel_changes_nothing(bench: Bench) -> None:
    await kept(bench, "#staying")
    asked = await answer_to(bench, "/untag staying")
    assert buttons(asked) == ["Remove", "Cancel"]
    await bench.chat.press(asked, "Cancel")
    assert buttons(await becomes(bench, asked, "Nothing was changed")) == []
    assert "1 link" in text_of(await answer_to(bench, "/tag staying"))


@pytest.mark.parametrize("command", ["/rename a b", "/merge a into b", "/untag a", "/rule host:x.example #a"])
async def test_members_of_a_group_are_refused_without_buttons(bench: Bench, command: str) -> None:
    refused = await answer_to(bench, command, person=BOB)
    assert "Only admins" in text_of(refused)
    assert buttons(refused) == []


async def test_what_is_not_understood_says_how(bench: Bench) -> None:
    for command in ("/rename", "/merge a", "/untag", "/rule host:x", "/note", "/title", "/delete", "/recapture"):
        assert command.split()[0] in text_of(await answer_to(bench, command))
    assert "No links with #nosuchtag" in text_of(await answer_to(bench, "/rename nosuchtag other"))


async def test_what_would_change_nothing_is_not_asked_back(bench: Bench) -> None:
    card = await kept(bench, "#sametag #onceused")
    for command in ("/rename sametag sametag", "/merge sametag into SameTag"):
        answer = await answer_to(bench, command)
        assert "#sametag is that tag already" in text_of(answer)
        assert buttons(answer) == []
    assert buttons(await answer_to(bench, "/rename sametag SameTag")) == ["Rename", "Cancel"]
    await bench.chat.say("-#onceused #onceuse", chat=GROUP, reply_to=card["message_id"])
    await becomes(bench, card, "#onceuse", "#onceused")
    for command in ("/untag onceused", "/rename onceused other"):
        answer = text_of(await answer_to(bench, command))
        assert "No links with #onceused. Did you mean #onceuse (1)" in answer


async def test_what_is_too_long_is_refused_and_not_cut(bench: Bench) -> None:
    number = number_of(await kept(bench, title="Of few words"))
    long = "long" * 300
    for command in (f"/rename a {long}", f"/untag {long}", f"/rule host:x.example #{long}", f"/title {number} {long}"):
        assert "That is too long" in text_of(await answer_to(bench, command))
    hosts = ", ".join(f"host-number-{n}.of-a-long-list.example" for n in range(20))
    assert "host-number-19.of-a-long-list.example" in text_of(await answer_to(bench, f"/settings never {hosts}"))
    assert "too many" in text_of(await answer_to(bench, f"/settings never {hosts} one-more.example"))
    await answer_to(bench, "/settings never nowhere.example")


async def test_a_rule_for_new_and_old_links(bench: Bench) -> None:
    chat = CAROL
    await kept(bench, chat=chat, person=CAROL, title="Old fox")
    made = await answer_to(bench, '/rule "fox" #animals', chat=chat, person=CAROL)
    assert "Rule 1" in text_of(made)
    assert "Of what is here already, 1 link would get tags by it." in text_of(made)
    card = await kept(bench, chat=chat, person=CAROL, title="A new FOX")
    await becomes(bench, card, "#animals")
    await bench.chat.press(made, "Old links", person=CAROL)

    async def look() -> Any:
        messages = await bench.chat.messages(CAROL, made["message_id"])
        return next((m for m in messages if "Apply" in buttons(m)), None)

    asked = await until(look, "the question")
    assert "1 link" in text_of(asked)
    await bench.chat.press(asked, "Apply", person=CAROL)
    await becomes(bench, asked, "Rule 1 was applied to 1 link")
    listed = await answer_to(bench, "/rule", chat=chat, person=CAROL)
    assert "#animals" in text_of(listed)
    await bench.chat.press(listed, "✕ 1", person=CAROL)
    await becomes(bench, listed, "no rules")
    assert "no rule 1" in text_of(await answer_to(bench, "/rule -1", chat=chat, person=CAROL))
    await answer_to(bench, "/rule page #pages", chat=chat, person=CAROL)
    assert "rule is gone" in str(await bench.chat.press(made, "Old links", person=CAROL)), "another rule was meant"
    await bench.chat.press(await answer_to(bench, "/rule", chat=chat, person=CAROL), "✕ 1", person=CAROL)


async def test_note_and_title_by_number_and_by_reply(bench: Bench) -> None:
    card = await kept(bench, title="Its own title")
    number = number_of(card)
    assert "Noted on" in text_of(await answer_to(bench, f"/note {number} read this @all", person=BOB))
    await becomes(bench, card, "read this @all")
    reply = await bench.chat.say("/title Called by people", chat=GROUP, person=BOB, reply_to=card["message_id"])
    assert await bench.chat.reaction(reply) == "👌"
    await becomes(bench, card, "Called by people", "Its own title")
    shown = await answer_to(bench, f"/show {number}")
    assert "read this" in text_of(shown)
    assert "1 link" in text_of(await answer_to(bench, "/search read this"))
    await answer_to(bench, f"/note {number} -")
    await becomes(bench, card, "Called by people", "read this")


async def test_a_note_in_a_reply_may_begin_with_a_number(bench: Bench) -> None:
    other, card = await kept(bench, title="Another"), await kept(bench, title="Replied to")
    words = f"{number_of(other)} reasons to read this"
    reply = await bench.chat.say(f"/note {words}", chat=GROUP, reply_to=card["message_id"])
    assert await bench.chat.reaction(reply) == "👌"
    await becomes(bench, card, words)
    await bench.chat.say("/title 1984", chat=GROUP, reply_to=card["message_id"])
    await becomes(bench, card, "1984", "Replied to")
    await bench.chat.press(await bench.chat.again(card), "Delete")
    await becomes(bench, card, "Deleted by Alice")
    late = await answer_to(bench, f"/note {number_of(other)} too late", reply_to=card["message_id"])
    assert "was deleted" in text_of(late)
    assert "reasons" not in text_of(await bench.chat.again(other))


async def test_a_reply_to_the_card_of_a_deleted_link_is_told_so(bench: Bench) -> None:
    card = await kept(bench, title="No longer here")
    await answer_to(bench, "/delete", reply_to=card["message_id"])
    await becomes(bench, card, "Deleted by Alice")
    for words in ("#late", "-#late", "/delete", "/recapture", "/show", "/title late"):
        assert text_of(await answer_to(bench, words, reply_to=card["message_id"])) == "This link was deleted.", words
    sent = await bench.chat.api(
        "POST",
        f"/chats/{GROUP}/messages",
        data={"as": str(BOB), "as_files": "1", "reply_to": str(card["message_id"])},
        files={"file": ("copy.html", b"<!doctype html><title>Late</title><p>words")},
    )
    assert text_of(await bench.chat.answer(sent["messages"][0])) == "This link was deleted."


async def test_a_number_chooses_between_the_links_of_a_card(bench: Bench) -> None:
    urls = [f"https://several{next(_serial)}.example/" for _ in range(2)]
    message = await bench.chat.say(" ".join(urls), chat=GROUP)
    for url in urls:
        await bench.captured(url, title=f"Of {url[8:-1]}")
    card = await becomes(bench, await bench.chat.card(message), urls[1][8:-1])

    async def noted() -> list[int]:  # a card is seen a moment before its number is noted
        return sorted(link.number for link in await archive.links_of_message(GROUP, card["message_id"]))

    first, second = await until(noted, "the card to be known")
    asked = await bench.chat.say("/title 999999 pages", chat=GROUP, reply_to=card["message_id"])
    assert f"{first}, {second}" in text_of(await bench.chat.answer(asked, "several links"))
    await bench.chat.say(f"/title {second} Chosen of two", chat=GROUP, reply_to=card["message_id"])
    await becomes(bench, card, "Chosen of two")


async def test_delete_by_number_and_undo_by_command(bench: Bench) -> None:
    card = await kept(bench, "#gone", title="Soon gone")
    number = number_of(card)
    assert "Only the one who shared" in text_of(await answer_to(bench, f"/delete {number}", person=BOB))
    deleted = await answer_to(bench, f"/delete {number}")
    assert str(number) in text_of(deleted)
    assert buttons(deleted) == ["Undo"]
    await becomes(bench, card, "Deleted by Alice")
    nothing = await answer_to(bench, "/undo", person=XIAOLIN)
    assert "nothing here that you can undo" in text_of(nothing)
    assert str(number) in text_of(await answer_to(bench, "/undo"))
    await becomes(bench, card, "Soon gone")


async def test_a_refusal_says_who_may(bench: Bench) -> None:
    card = await kept(bench, person=BOB, title="Not his to delete")
    number = number_of(card)
    deleted = await answer_to(bench, f"/delete {number}")
    by_card = await becomes(bench, card, "Deleted by Alice")
    assert "can bring it back" in str(await bench.chat.press(by_card, "Undo", person=XIAOLIN))
    await bench.chat.press(deleted, "Undo")
    await becomes(bench, card, "Not his to delete")
    await choices.choose(GROUP, "supergroup", "Foxes", "en", who_deletes="admins")
    try:
        assert "Only admins" in text_of(await answer_to(bench, f"/delete {number}", person=BOB))
        assert "Only admins" in str(await bench.chat.press(await bench.chat.again(card), "Delete", person=BOB))
    finally:
        await choices.choose(GROUP, "supergroup", "Foxes", "en", who_deletes="poster")


async def test_in_a_channel_nobody_has_links_of_their_own(bench: Bench) -> None:
    assert "cannot be done" in text_of(await answer_to(bench, "/forget", chat=CHANNEL))


async def test_a_reply_stands_for_the_number(bench: Bench) -> None:
    card = await kept(bench, person=BOB, title="Bob's own")
    deleted = await answer_to(bench, "/delete", person=BOB, reply_to=card["message_id"])
    await becomes(bench, card, "Deleted by Bob")
    await bench.chat.press(deleted, "Undo", person=BOB)
    await becomes(bench, card, "Bob's own")


async def test_recapture_by_number_makes_a_new_card(bench: Bench) -> None:
    url = f"https://again{next(_serial)}.example/"
    message = await bench.chat.say(url, chat=GROUP)
    await bench.captured(url, title="First")
    number = number_of(await bench.chat.card(message))
    asked = await bench.chat.say(f"/recapture {number}", chat=GROUP, person=BOB)
    await bench.captured(url, title="Second")
    assert "Second" in text_of(await bench.chat.answer(asked, "Second"))


async def test_forget_is_for_the_person_alone(bench: Bench) -> None:
    card = await kept(bench, "#bobs", person=BOB)
    await kept(bench, "#alices")
    asked = await answer_to(bench, "/forget", person=BOB)
    assert buttons(asked) == ["Delete", "Cancel"]
    refused = await bench.chat.press(asked, "Delete")
    assert "Only the one who asked" in str(refused)
    await bench.chat.press(asked, "Delete", person=BOB)
    done = await becomes(bench, asked, "Deleted what you shared")
    await becomes(bench, card, "Deleted by Bob")
    assert "1 link" in text_of(await answer_to(bench, "/tag alices"))
    for undo in (done, await bench.chat.again(card)):
        assert "can bring it back" in str(await bench.chat.press(undo, "Undo")), "an admin did what is Bob's alone"
    await bench.chat.press(done, "Undo", person=BOB)
    await becomes(bench, card, "#bobs")
    assert "Nothing here was shared by you" in text_of(await answer_to(bench, "/forget", chat=BOB, person=BOB))


async def test_whoever_forgot_a_link_may_bring_it_back_by_its_card(bench: Bench) -> None:
    card = await kept(bench, person=BOB, title="Back by its card")
    asked = await answer_to(bench, "/forget", person=BOB)
    await bench.chat.press(asked, "Delete", person=BOB)
    deleted = await becomes(bench, card, "Deleted by Bob")
    await bench.chat.press(deleted, "Undo", person=BOB)
    await becomes(bench, card, "Back by its card")


async def test_the_queue_says_what_waits(bench: Bench) -> None:
    assert "Nothing" in text_of(await answer_to(bench, "/queue", chat=BOB, person=BOB))
    url = f"https://waits{next(_serial)}.example/"
    await bench.chat.reaction(await bench.chat.say(url, chat=BOB, person=BOB))
    waiting = text_of(await answer_to(bench, "/queue", chat=BOB, person=BOB))
    assert url[8:-1] in waiting
    assert "waiting: 1" in waiting
    await bench.captured(url)


async def question(bench: Bench, card: Any, label: str, asks: str, person: int = ALICE, edit: str = "Edit") -> Any:
    """Presses Edit and a button of it below a card; gives the bot's question."""
    await bench.chat.press(await bench.chat.again(card), edit, person)

    async def opened() -> Any:
        now = await bench.chat.again(card)
        return now if label in buttons(now) else None

    await bench.chat.press(await until(opened, f"the button {label!r}"), label, person)
    chat = card["chat"]["id"]

    async def asked() -> Any:
        rest = await bench.chat.messages(chat, card["message_id"])
        return next((m for m in rest if m.get("force_reply") and asks in text_of(m)), None)

    return await until(asked, f"a question with {asks!r}")


async def test_a_note_and_a_title_are_asked_for_by_buttons(bench: Bench) -> None:
    card = await kept(bench, "#asked", title="Foxes 12, and more.")
    number = number_of(card)
    asked = await question(bench, card, "Note", f"note for {number}", person=BOB)
    assert asked["force_reply"]["selective"], "everybody in the group was asked"
    assert {e["user"]["id"] for e in asked["entities"] if e["type"] == "text_mention"} == {BOB}
    reply = await bench.chat.say("read it\ntwice", chat=GROUP, person=BOB, reply_to=asked["message_id"])
    assert await bench.chat.reaction(reply) == "👌"
    await becomes(bench, card, "read it")
    gone = [m for m in await bench.chat.messages(GROUP) if m["message_id"] == asked["message_id"]]
    assert not gone or await until_gone(bench, asked)
    asked = await question(bench, card, "Title", f"title for {number}")
    await bench.chat.say("All about foxes", chat=GROUP, reply_to=asked["message_id"])
    await becomes(bench, card, "All about foxes")
    asked = await question(bench, card, "Tags", f"tags for {number}")
    await bench.chat.say("den, -asked #a/b", chat=GROUP, reply_to=asked["message_id"])
    now = text_of(await becomes(bench, card, "#den", "#asked"))
    assert "#a/b" in now
    asked = await question(bench, card, "Note", f"note for {number}")
    await bench.chat.say("-", chat=GROUP, reply_to=asked["message_id"])
    await becomes(bench, card, "All about foxes", "read it")
    await bench.chat.press(await bench.chat.again(card), "Edit")


async def test_a_command_is_no_answer_to_a_question_for_words(bench: Bench) -> None:
    card = await kept(bench, title="Without a note")
    number = number_of(card)
    asked = await question(bench, card, "Note", f"note for {number}")
    reply = await bench.chat.say("/export", chat=GROUP, reply_to=asked["message_id"])
    assert "file" in text_of(await bench.chat.answer(reply, "as which kind of file"))
    cancelled = await bench.chat.say("/cancel", chat=GROUP, reply_to=asked["message_id"])
    assert await bench.chat.reaction(cancelled) == "👌"
    assert await until_gone(bench, asked)
    shown = text_of(await answer_to(bench, f"/show {number}"))
    assert "/cancel" not in shown
    assert "/export" not in shown


async def until_gone(bench: Bench, message: Any) -> bool:
    async def look() -> bool | None:
        rest = await bench.chat.messages(message["chat"]["id"], message["message_id"] - 1)
        return message["message_id"] not in {m["message_id"] for m in rest} or None

    return await until(look, "the question to go")


async def test_a_question_for_words_in_chinese(bench: Bench) -> None:
    card = await kept(bench, "#问", chat=XIAOLIN, person=XIAOLIN, title="江南（春）")
    asked = await question(bench, card, "备注", "写什么备注", person=XIAOLIN, edit="编辑")
    await bench.chat.say("很好看", chat=XIAOLIN, person=XIAOLIN, reply_to=asked["message_id"])
    await becomes(bench, card, "很好看")


async def test_the_words_of_a_question_ask_nothing_in_somebodys_own_message(bench: Bench) -> None:
    card = await kept(bench, title="Untouched")
    fake = await bench.chat.say(
        f"Reply with a note for {number_of(card)}, x. A - takes it away.", chat=GROUP, person=BOB
    )
    await bench.chat.say("written by a trick", chat=GROUP, person=BOB, reply_to=fake["message_id"])
    last = await answer_to(bench, f"/show {number_of(card)}")
    assert "trick" not in text_of(await becomes(bench, last, "Untouched"))


async def test_tags_that_belong_to_no_link_are_answered_where_they_are_meant_for_us(bench: Bench) -> None:
    await kept(bench, "#lonely")
    told = await answer_to(bench, "-#lonely", person=BOB)
    assert "Which link?" in text_of(told)
    await bench.chat.press(told, "#lonely", BOB)
    await becomes(bench, told, "#lonely · 1 link")
    talk = await bench.chat.say("so tired", chat=GROUP, person=BOB)
    below = await answer_to(bench, "-#lonely", person=BOB, reply_to=talk["message_id"])
    assert "Which link?" in text_of(below)
    said = await bench.chat.say("#lonely", chat=GROUP, person=BOB)
    after = await answer_to(bench, "/show 999999", person=BOB)
    assert [m["message_id"] for m in await bench.chat.answers(said)] == [after["message_id"]], "people may talk in tags"
    assert "Which link?" in text_of(await answer_to(bench, "#lonely", chat=ALICE))


async def test_words_without_a_link_are_answered_in_private_alone(bench: Bench) -> None:
    await kept(bench, chat=ALICE, title="A quiet marsh")
    told = await answer_to(bench, "quiet marsh", chat=ALICE)
    assert "no link in that" in text_of(told)
    await bench.chat.press(told, "Search")
    await becomes(bench, told, "A quiet marsh")
    said = await bench.chat.say("hello everybody", chat=GROUP)
    after = await answer_to(bench, "/show 999999")
    assert [m["message_id"] for m in await bench.chat.answers(said)] == [after["message_id"]]


async def test_a_command_without_words_asks_for_them(bench: Bench) -> None:
    card = await kept(bench, title="Without words")
    asked = await answer_to(bench, f"/note {number_of(card)}", person=BOB)
    assert "note for" in text_of(asked)
    assert asked["force_reply"]["input_field_placeholder"] == "A note"
    await bench.chat.say("said afterwards", chat=GROUP, person=BOB, reply_to=asked["message_id"])
    await becomes(bench, card, "said afterwards")
    titled = await answer_to(bench, "/title", person=BOB, reply_to=card["message_id"])
    await bench.chat.say("Called afterwards", chat=GROUP, person=BOB, reply_to=titled["message_id"])
    await becomes(bench, card, "Called afterwards")


async def test_undo_knows_notes_titles_and_tags_and_says_what_is_back(bench: Bench) -> None:
    card = await kept(bench, "#keep", title="Its own name")
    number, reply = number_of(card), {"chat": GROUP, "person": BOB, "reply_to": card["message_id"]}
    for words in ("/note first words", "/note second words", "/title Bob's name", "#new -#keep"):
        assert await bench.chat.reaction(await bench.chat.say(words, **reply)) == "👌"
    await becomes(bench, card, "#new", "#keep")
    other = await kept(bench, person=ALICE)
    await answer_to(bench, f"/note {number_of(other)} of somebody else's")
    said = [text_of(await answer_to(bench, "/undo", person=BOB)) for _ in range(4)]
    assert said == [
        f"Undone on {number}: #keep on again, #new off again.",
        f"Undone: {number} has its page's title again.",
        f"Undone: the note of {number} is again: first words",
        f"Undone: {number} has no note again.",
    ]
    now = text_of(await becomes(bench, card, "#keep", "#new"))
    assert "Its own name" in now
    assert "words" not in now
    await becomes(bench, other, "of somebody else's")


async def test_undo_in_chinese_leaves_what_somebody_else_has_changed_since(bench: Bench) -> None:
    card = await kept(bench, "#旧", chat=XIAOLIN, person=XIAOLIN, title="江南")
    number = number_of(card)
    asked = await question(bench, card, "标签", "加什么标签", person=XIAOLIN, edit="编辑")
    await bench.chat.say("新", chat=XIAOLIN, person=XIAOLIN, reply_to=asked["message_id"])
    await becomes(bench, card, "#新")
    undone = text_of(await answer_to(bench, "/undo", chat=XIAOLIN, person=XIAOLIN))
    assert undone == f"已撤销（{number}）：#新 已去掉。"
    await becomes(bench, card, "#旧", "#新")
    group = await kept(bench, title="Ours")
    await answer_to(bench, f"/note {number_of(group)} mine", person=BOB)
    await answer_to(bench, f"/note {number_of(group)} no, mine")
    left = text_of(await answer_to(bench, "/undo", person=BOB))
    assert left == f"{number_of(group)} was changed again since, and stays as it is."
    await becomes(bench, group, "no, mine")
