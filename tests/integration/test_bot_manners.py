"""What the bot does where a server, a person or another program does not do the expected."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.harness import ALICE, BOB, GROUP, TOKEN, XIAOLIN, Message, text_of
from tests.integration.bot_bench import Bench, running_bench

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with running_bench(tmp_path_factory.mktemp("manners")) as running:
        yield running


async def kept(bench: Bench, url: str, title: str, chat: int = GROUP, person: int = ALICE) -> Message:
    """The card of a link that was captured well."""
    message = await bench.chat.say(url, chat=chat, person=person)
    await bench.captured(url, title)
    return await bench.chat.card(message, 15)


async def test_a_webhook_left_by_another_program_keeps_nothing_from_us(bench: Bench) -> None:
    await bench.end()
    async with httpx.AsyncClient() as http:
        hook = await http.get(
            f"{bench.chat.address}/bot{TOKEN}/setWebhook", params={"url": "https://elsewhere.example/hook"}
        )
    assert hook.json()["ok"]
    await bench.start()
    asked = await bench.chat.say("/help", chat=BOB, person=BOB)
    await bench.chat.answer(asked, "/search", 10)


async def test_a_press_is_answered_when_telegram_does_not_say_who_pressed(bench: Bench) -> None:
    card = await kept(bench, "https://pressed.example/", "Pressed")
    await bench.chat.fault("getChatMember", "drop", times=10)
    try:
        answer = await bench.chat.press(card, "Delete", person=BOB)
    finally:
        await bench.chat.api("DELETE", "/faults")
    assert "try again" in answer["text"]
    assert answer["show_alert"] is True
    refused = await bench.chat.press(card, "Delete", person=BOB)
    assert "Only the one who shared it" in refused["text"], "what was not known was remembered"


async def test_a_deep_link_is_answered_when_telegram_does_not_say_who_follows_it(bench: Bench) -> None:
    card = await kept(bench, "https://followed.example/", "Followed")
    parameter = str(card["reply_markup"]).split("start=")[1].split("'")[0]
    await bench.chat.fault("getChatMember", "500", times=10)
    try:
        asked = await bench.chat.api("POST", "/start", json={"as": XIAOLIN, "parameter": parameter})
        assert "请稍后再试" in text_of(await bench.chat.answer(asked, timeout_s=10))
    finally:
        await bench.chat.api("DELETE", "/faults")


async def test_help_is_in_the_language_of_the_one_who_asks(bench: Bench) -> None:
    await kept(bench, "https://english.example/", "The group speaks English")
    for command in ("/help", "/start"):
        asked = await bench.chat.say(command, chat=GROUP, person=XIAOLIN)
        assert "标签" in text_of(await bench.chat.answer(asked, timeout_s=10))
    asked = await bench.chat.say("/tag unknown", chat=GROUP, person=XIAOLIN)
    assert "No links" in text_of(await bench.chat.answer(asked, timeout_s=10)), (
        "a group's lists are in its own language"
    )
