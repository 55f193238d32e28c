"""What the bot does where a server, a person or another program does not do the expected."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.harness import ALICE, BOB, CAROL, CHANNEL, GROUP, TOKEN, XIAOLIN, Message, text_of, until
from tests.integration.bot_bench import Bench, running_bench

pytestmark = pytest.mark.asyncio(loop_scope="module")
DISCUSSION = -1001000000004


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory, fresh_database: str) -> AsyncIterator[Bench]:
    async with running_bench(tmp_path_factory.mktemp("manners"), on=fresh_database) as running:
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
        assert "请稍后再试" in text_of(await bench.chat.answer(asked))
    finally:
        await bench.chat.api("DELETE", "/faults")


async def test_help_is_in_the_language_of_the_one_who_asks(bench: Bench) -> None:
    await kept(bench, "https://english.example/", "The group speaks English")
    for command in ("/help", "/start"):
        asked = await bench.chat.say(command, chat=GROUP, person=XIAOLIN)
        assert "标签" in text_of(await bench.chat.answer(asked))
    asked = await bench.chat.say("/tag unknown", chat=GROUP, person=XIAOLIN)
    assert "No links" in text_of(await bench.chat.answer(asked)), "a group's lists are in its own language"


async def test_a_forwarded_card_is_the_link_and_not_its_host(bench: Bench) -> None:
    url = "https://forwarded.example/page"
    card = await kept(bench, url, "Forwarded", chat=ALICE)
    path, source = f"/chats/{GROUP}/messages", {"chat": ALICE, "message_id": card["message_id"]}
    sent = await bench.chat.api("POST", path, json={"as": ALICE, "forward": source})
    await bench.captured(url, "Forwarded")
    answer = await bench.chat.card(sent["messages"][0], 15)
    assert text_of(answer).startswith("Forwarded\nforwarded.example · ")


async def test_again_that_fails_is_told_and_the_older_picture_stays(bench: Bench) -> None:
    url = "https://again.example/"
    card = await kept(bench, url, "Once there")
    await bench.chat.press(card, "Again")
    await bench.failed(url, "unreachable", "connection_refused")

    async def told() -> Message | None:
        now = await bench.chat.again(card)
        return now if "Tried again: refused the connection" in text_of(now) else None

    now = await until(told, "the card to say that it failed", 15)
    assert "photo" in now
    assert "Once there" in text_of(now)
    await bench.chat.press(now, "Again")
    await bench.captured(url, "There again")

    async def well() -> bool:
        words = text_of(await bench.chat.again(card))
        return words.startswith("There again\n2 captures, since") and "Tried" not in words

    await until(well, "the card to show the new capture", 15)


async def test_a_deleted_link_that_is_posted_again_comes_back_on_its_older_card(bench: Bench) -> None:
    url = "https://comes-back.example/"
    card = await kept(bench, url, "Comes back")
    await bench.chat.press(card, "Delete")

    async def deleted() -> bool:
        return "Deleted by" in text_of(await bench.chat.again(card))

    await until(deleted, "the card to say that it is deleted", 10)
    await bench.chat.card(await bench.chat.say(url, chat=GROUP, person=BOB), 15)

    async def back() -> bool:
        return "Comes back" in text_of(await bench.chat.again(card))

    await until(back, "the older card to show it again", 10)


async def test_a_command_that_does_not_exist_is_told_in_private_only(bench: Bench) -> None:
    asked = await bench.chat.say("/frobnicate", chat=XIAOLIN, person=XIAOLIN)
    assert "没有这个命令" in text_of(await bench.chat.answer(asked))
    in_group = await bench.chat.say("/frobnicate", chat=GROUP)
    await bench.chat.answer(await bench.chat.say("/help", chat=GROUP))
    replies = [a.get("reply_to_message", {}).get("message_id") for a in await bench.chat.answers(in_group)]
    assert in_group["message_id"] not in replies


@pytest.mark.parametrize("number", ["１", "#1", "01"])
async def test_a_number_may_be_written_in_several_ways(bench: Bench, number: str) -> None:
    card = await kept(bench, f"https://numbers.example/{ord(number[0])}", "By number", chat=BOB, person=BOB)
    assert "photo" in card
    assert "photo" in await bench.chat.card(await bench.chat.say(f"/show {number}", chat=BOB, person=BOB), 15)


async def test_a_number_that_no_link_has_is_named(bench: Bench) -> None:
    for number in ("0", "99999999999"):
        asked = await bench.chat.say(f"/show {number}", chat=BOB, person=BOB)
        assert number in text_of(await bench.chat.answer(asked, "no link", 10))


async def test_a_channel_and_its_discussion_group_have_one_card(bench: Bench) -> None:
    post = await bench.chat.say("https://posted.example/ #news", chat=CHANNEL)
    await bench.captured("https://posted.example/", title="Posted once")
    card = await bench.chat.card(post)
    assert "Posted once" in text_of(card)
    # The copies of the post and of the card have reached the bot when what is said behind them is answered.
    said = await bench.chat.say("/tags", chat=DISCUSSION)
    answer = await bench.chat.answer(said)
    assert "No tags yet" in text_of(answer), "the copy of the post was kept in the discussion group as well"
    own = [m for m in await bench.chat.messages(DISCUSSION) if m.get("from", {}).get("is_bot")]
    assert [m["message_id"] for m in own] == [answer["message_id"]]
    assert [m for m in await bench.chat.messages(CHANNEL) if m.get("reply_markup")] == [await bench.chat.again(card)]


async def test_a_subscriber_changes_nothing_that_all_see_and_gets_the_files_elsewhere(bench: Bench) -> None:
    url = "https://for-all.example/"
    post = await bench.chat.say(url, chat=CHANNEL)
    await bench.captured(url, title="For all")
    card = await bench.chat.card(post)
    await bench.chat.press(card, "Again")
    await bench.captured(url, title="For all")

    async def has_versions() -> Message | None:
        now = await bench.chat.again(card)
        return now if "Versions" in str(now.get("reply_markup")) else None

    card = await until(has_versions, "the card with two captures")
    link_id = str(card["reply_markup"]).split("'d:")[1].split(":")[0]
    last = (await bench.chat.messages(CHANNEL))[-1]["message_id"]
    for label in ("Edit", "Versions"):
        answer = await bench.chat.press(card, label, person=BOB)
        assert answer["text"] == "Only admins can do this here.", label
        assert answer["show_alert"]
    path = f"/chats/{CHANNEL}/messages/{card['message_id']}/press"
    for data in (f"v:{link_id}:1:1", "s:1", "p:l:1", "k:l:1"):
        answer = await bench.chat.api("POST", path, json={"as": BOB, "data": data, "forged": True})
        assert answer["text"] == "Only admins can do this here.", data
    sent = await bench.chat.api("POST", path, json={"as": BOB, "data": f"g:{link_id}:html", "forged": True})
    assert sent["url"].endswith(f"?start=html-{link_id}")
    away = await bench.chat.press(card, "Files", person=BOB)
    assert away["url"].endswith(f"?start=files-{link_id}")
    assert await bench.chat.again(card) == card, "the channel's card is as it was"
    assert not await bench.chat.messages(CHANNEL, last)

    asked = await bench.chat.api("POST", "/start", json={"as": BOB, "parameter": f"files-{link_id}"})
    offered = await bench.chat.answer(asked, "For all", 10)
    places = [button["url"].split("start=")[1] for row in offered["reply_markup"]["inline_keyboard"] for button in row]
    assert places == [f"html-{link_id}", f"screenshot-{link_id}"]
    asked = await bench.chat.api("POST", "/start", json={"as": CAROL, "parameter": f"files-{link_id}"})
    assert "not for you" in text_of(await bench.chat.answer(asked)), "who is not in the channel"

    await bench.chat.press(card, "Files")

    async def is_turned() -> bool:
        return "Full picture" in str((await bench.chat.again(card)).get("reply_markup"))

    await until(is_turned, "an admin's press to turn it")
