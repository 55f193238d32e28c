"""Replies to the pictures of an album, each of which is one link's, with real pages and real files."""

from __future__ import annotations

import re

import pytest

from tests.harness import ALICE, BOB, GROUP, XIAOLIN, Chat, Message, Site, text_of, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("product")]


async def album_of(chat: Chat, message: Message, count: int) -> tuple[Message, list[Message]]:
    """The card that answers the message, and the pictures below it."""

    async def look() -> tuple[Message, list[Message]] | None:
        answers = await chat.answers(message)
        pictures = [a for a in answers if "photo" in a]
        card = next((a for a in answers if "photo" not in a and chat.finished(a)), None)
        return (card, pictures) if card and len(pictures) == count else None

    return await until(look, "the album")


async def test_tags_notes_and_deletion_by_a_picture(chat: Chat, site: Site) -> None:
    urls = [site.page(f"/album{n}", f"Picture number {n}") for n in range(3)]
    card, pictures = await album_of(chat, await chat.say(" ".join(urls), chat=GROUP), 3)
    to_second = {"chat": GROUP, "person": BOB, "reply_to": pictures[1]["message_id"]}
    for words in ("#oftwo #work/code", "/note the second one", "-#work/code"):
        assert await chat.reaction(await chat.say(words, **to_second)) == "👌"
    found = text_of(await chat.answer(await chat.say("/tag oftwo", chat=GROUP), "#oftwo"))
    assert "Picture number 1" in found
    assert "Picture number 0" not in found
    shown = text_of(await chat.answer(await chat.say("/show", **to_second), "the second one"))
    assert "Picture number 1" in shown
    assert "work/code" not in shown
    refused = await chat.say("/delete", **to_second)
    assert "Only the one who shared it" in text_of(await chat.answer(refused))
    deleted = await chat.answer(await chat.say("/delete", **{**to_second, "person": ALICE}), "Deleted")
    assert "Picture number 1" in text_of(deleted)

    async def is_crossed_out() -> bool:
        return "deleted" in text_of(await chat.again(card))

    await until(is_crossed_out, "the card to say so")


async def test_a_file_in_answer_to_a_picture_is_a_copy_of_its_page(chat: Chat, site: Site) -> None:
    urls = [site.page(f"/给{n}", f"墙后的第 {n} 页", status=403) for n in range(2)]
    message = await chat.say(" ".join(urls), chat=XIAOLIN, person=XIAOLIN)
    _, pictures = await album_of(chat, message, 2)
    number = re.findall(r"· (\d+)$", text_of(pictures[1]))[0]
    sent = await chat.api(
        "POST",
        f"/chats/{XIAOLIN}/messages",
        data={"as": str(XIAOLIN), "as_files": "1", "reply_to": str(pictures[1]["message_id"])},
        files={
            "file": ("saved.html", "<!doctype html><title>我看到的</title><p>读者保存的文字。".encode(), "text/html")
        },
    )
    assert await chat.reaction(sent["messages"][0], timeout_s=60) == "👌"
    asked = await chat.say(f"/show {number}", chat=XIAOLIN, person=XIAOLIN)
    assert "我看到的" in text_of(await chat.answer(asked, "副本由"))
