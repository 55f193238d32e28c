"""The buttons below a card of several links that are about all of them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from storage import choices
from tests.harness import BOB, GROUP, XIAOLIN, text_of, until
from tests.integration.bot_bench import Bench, running_bench

pytestmark = pytest.mark.asyncio(loop_scope="module")
_serial = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory, fresh_database: str) -> AsyncIterator[Bench]:
    async with running_bench(tmp_path_factory.mktemp("together"), on=fresh_database) as running:
        yield running


def some_urls(count: int) -> list[str]:
    return [f"https://gone{next(_serial)}.example/" for _ in range(count)]


def buttons(message: Any) -> list[list[str]]:
    return [[b["text"] for b in row] for row in message.get("reply_markup", {}).get("inline_keyboard", [])]


async def becomes(bench: Bench, card: Any, offered: list[list[str]], *words: str) -> Any:
    async def look() -> Any:
        now = await bench.chat.again(card)
        return now if buttons(now) == offered and all(word in text_of(now) for word in words) else None

    return await until(look, f"{offered} and {words}")


async def test_a_card_of_links_that_all_failed_tries_those_again_that_may_be(bench: Bench) -> None:
    first, second, wall = some_urls(3)
    message = await bench.chat.say(f"{first} {second} {wall} #late", chat=GROUP, person=BOB)
    for url in (first, second):
        await bench.failed(url, "unreachable", "no_answer")
    await bench.failed(wall, "login")
    card = await bench.chat.card(message)
    assert buttons(card) == [["Try again", "Delete"]]
    assert "tried again" in str(await bench.chat.press(card, "Try again", XIAOLIN))
    await bench.captured(first, title="There after all")
    await bench.failed(second, "unreachable", "no_answer")
    number = [line for line in text_of(await _with(bench, card, "There after all")).splitlines() if "after all" in line]
    now = await becomes(bench, card, [[number[0].rpartition(" ")[2]], ["Try again"]], "There after all", "no answer")
    assert text_of(now).count("login page") == 1

    async def picture() -> Any:
        return next((a for a in await bench.chat.answers(message) if "photo" in a), None)

    assert "There after all" in text_of(await until(picture, "the picture below the card"))


async def _with(bench: Bench, card: Any, words: str) -> Any:
    async def look() -> Any:
        now = await bench.chat.again(card)
        return now if words in text_of(now) else None

    return await until(look, repr(words))


async def test_links_that_all_failed_are_deleted_and_brought_back_together(bench: Bench) -> None:
    urls = some_urls(2)
    message = await bench.chat.say(" ".join(urls), chat=GROUP, person=BOB)
    for url in urls:
        await bench.failed(url, "unreachable", "no_such_host")
    card = await bench.chat.card(message)
    assert "Only the one who shared it" in str(await bench.chat.press(card, "Delete", XIAOLIN))
    await bench.chat.press(card, "Delete", BOB)
    gone = await becomes(bench, card, [["Undo"]], "deleted")
    assert text_of(gone).count("deleted") == 2
    assert "can bring it back" in str(await bench.chat.press(gone, "Undo", XIAOLIN))
    await bench.chat.press(gone, "Undo", BOB)
    await becomes(bench, card, [["Try again", "Delete"]], "no such host")
    nothing = await bench.chat.say("/undo", chat=GROUP, person=BOB)
    assert "nothing here" in text_of(await bench.chat.answer(nothing)), "what is back by its card needs no undo"
    await bench.chat.press(await bench.chat.again(card), "Delete", BOB)
    await becomes(bench, card, [["Undo"]])
    undone = await bench.chat.say("/undo", chat=GROUP, person=BOB)
    assert "back again" in text_of(await bench.chat.answer(undone))
    await becomes(bench, card, [["Try again", "Delete"]], "no such host")


async def test_what_failed_is_tried_again_in_chinese_and_not_where_it_shall_not_be(bench: Bench) -> None:
    urls = some_urls(2)
    message = await bench.chat.say(" ".join(urls), chat=XIAOLIN, person=XIAOLIN)
    for url in urls:
        await bench.failed(url, "blank")
    card = await bench.chat.card(message)
    assert buttons(card) == [["再试一次", "删除"]]
    host = urls[0][8:-1]
    await choices.choose(XIAOLIN, "private", "Xiaolin", "zh", never_hosts=(host,))
    try:
        assert "正在重试" in str(await bench.chat.press(card, "再试一次", XIAOLIN))
        await bench.captured(urls[1], title="终于打开了")
        assert host in text_of(await _with(bench, card, "终于打开了"))
        assert "不抓取" in str(await bench.chat.press(await bench.chat.again(card), "再试一次", XIAOLIN))
    finally:
        await choices.choose(XIAOLIN, "private", "Xiaolin", "zh", never_hosts=())
