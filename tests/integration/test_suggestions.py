"""A card of a new link without tags offers tags of this archive that fit; one press takes one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from storage import archive, captures, suggesting
from storage.queue.engine import open_queue
from tests.harness import ALICE, BOB, GROUP, Message, text_of, until
from tests.integration.bot_bench import Bench, running_bench
from tests.integration.storage_factories import CHAT, LEASE_S, OTHER_CHAT, card, good, message


async def keep(number: int, url: str, *names: str, title: str, text: str = "", chat_id: int = CHAT) -> list[str]:
    """Keeps a link and gives the names that its card offers."""
    taken = await archive.take_in(message(number, url, tags=names, chat_id=chat_id))
    (job,) = await open_queue(LEASE_S).take(1)
    assert await captures.finish(job, good(title, text=text))
    return [name for _, name in (await card(taken.card_id)).links[0].suggestions]


@pytest.mark.usefixtures("opened")
async def test_words_of_title_address_and_page() -> None:
    await keep(1, "https://a.example/1", "foxes", "网页快照", "a/python", title="One")
    await keep(2, "https://b.example/2", "unrelated", title="Two")
    assert await keep(3, "https://c.example/3", title="All about Foxes") == ["foxes"]
    assert await keep(4, "https://d.example/python/4", title="Untitled") == ["a/python"]
    assert await keep(5, "https://e.example/5", title="江南的网页快照与其他") == ["网页快照"]
    assert await keep(6, "https://f.example/6", title="X", text="foxes and more foxes") == ["foxes"]
    assert await keep(7, "https://g.example/7", title="Foxtrot", text="once foxes") == [], (
        "no part of a word, no mere hint"
    )


@pytest.mark.usefixtures("opened")
async def test_habits_of_a_site_and_no_more_than_three() -> None:
    for number in range(1, 4):
        await keep(number, f"https://news.example/{number}", "news", "daily", title=f"N{number}")
    offered = await keep(4, "https://news.example/4", title="Something")
    assert set(offered) == {"news", "daily"}
    await keep(5, "https://x.example/5", "foxes", "badgers", title="T")
    assert len(await keep(6, "https://news.example/6", title="foxes badgers")) == 3


@pytest.mark.usefixtures("opened")
async def test_nothing_for_links_with_tags_reposts_and_other_archives() -> None:
    await keep(1, "https://a.example/1", "foxes", title="One")
    assert await keep(2, "https://b.example/2", "own", title="Foxes") == []
    assert await keep(3, "https://c.example/3", title="Foxes", chat_id=OTHER_CHAT) == []
    await keep(4, "https://d.example/4", title="Foxes")
    again = await archive.take_in(message(5, "https://d.example/4"))
    assert (await card(again.card_id)).links[0].suggestions == ()
    assert await suggesting.name_of(OTHER_CHAT, 1) is None
    assert await suggesting.name_of(CHAT, 1) == "foxes"


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with running_bench(tmp_path) as running:
        yield running


async def with_offer(bench: Bench, message: Message) -> Message:
    async def look() -> Message | None:
        answers = await bench.chat.answers(message)
        return next((a for a in answers if "+ #foxes" in str(a.get("reply_markup"))), None)

    return await until(look, "an offer")


@pytest.mark.asyncio
async def test_one_press_takes_the_tag(bench: Bench) -> None:
    await bench.chat.say("https://example.org/1 #foxes", chat=GROUP)
    await bench.captured("https://example.org/1", "One")
    message = await bench.chat.say("https://example.com/2", chat=GROUP)
    await bench.captured("https://example.com/2", "More of Foxes")
    shown = await with_offer(bench, message)
    await bench.chat.press(shown, "+ #foxes", person=BOB)

    async def look() -> Message | None:
        now = await bench.chat.again(shown)
        return now if "#foxes" in text_of(now) and "+ #" not in str(now["reply_markup"]) else None

    await until(look, "the tag on the card")
    found = await bench.chat.say("/tag foxes", chat=GROUP)
    assert "2 links" in text_of(await bench.chat.answer(found, "2 links"))
    # Another chat's tag, pressed with made-up data, is none.
    own = await bench.chat.say("https://example.com/3", chat=ALICE)
    await bench.captured("https://example.com/3", "Foxes")
    card_here = await bench.chat.card(own)
    path = f"/chats/{ALICE}/messages/{card_here['message_id']}/press"
    answer = await bench.chat.api("POST", path, json={"as": ALICE, "data": "w:3:3:1", "forged": True})
    assert answer["show_alert"]
