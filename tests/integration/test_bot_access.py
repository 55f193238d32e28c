"""Whom the bot serves, and how it tells the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from storage import archive, members
from tests.harness import ALICE, BOB, CAROL, CHANNEL, FORUM, GROUP, XIAOLIN, text_of, until
from tests.integration.bot_bench import Bench, running_bench

pytestmark = pytest.mark.asyncio(loop_scope="module")
BOT = 7_000_000_001


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory, fresh_database: str) -> AsyncIterator[Bench]:
    async with running_bench(
        tmp_path_factory.mktemp("access"), on=fresh_database, access="invited", allowed_ids=(BOB,)
    ) as running:
        yield running


async def group(bench: Bench, title: str, person: int, *others: int) -> int:
    """A new group that the person adds the bot to."""
    made = await bench.chat.api(
        "POST", "/chats", json={"as": person, "title": title, "type": "group", "members": [person, *others]}
    )
    chat_id = int(made["id"] if "id" in made else made["chat"]["id"])
    await bench.chat.api("POST", f"/chats/{chat_id}/members", json={"as": person, "action": "add", "user": BOT})
    return chat_id


async def bots_words(bench: Bench, chat_id: int) -> list[str]:
    return [text_of(m) for m in await bench.chat.messages(chat_id) if m.get("from", {}).get("id") == BOT]


async def some_words(bench: Bench, chat_id: int, has: str) -> None:
    async def look() -> bool:
        return any(has in words for words in await bots_words(bench, chat_id))

    await until(look, f"{has!r} in {chat_id}")


async def test_a_stranger_is_told_once_and_nothing_is_kept(bench: Bench) -> None:
    for n in range(3):
        await bench.chat.say(f"https://stranger{n}.example/", chat=CAROL, person=CAROL)
    await some_words(bench, CAROL, "the people it was set up for")
    served = await bench.chat.say("https://bobs.example/", chat=BOB, person=BOB)
    assert await bench.chat.reaction(served) == "👀"
    assert len(await bots_words(bench, CAROL)) == 1
    assert await archive.language(CAROL) is None, "something of a stranger was kept"


async def test_a_group_where_nobody_is_served_is_left_in_peace(bench: Bench) -> None:
    await bench.chat.say("just talking", chat=GROUP)
    await bench.chat.say("https://nobody1.example/", chat=GROUP)
    await bench.chat.say("https://nobody2.example/", chat=GROUP, person=ALICE)
    await some_words(bench, GROUP, "the people it was set up for")
    assert len(await bots_words(bench, GROUP)) == 1


async def test_a_group_that_a_served_person_adds_it_to_is_served(bench: Bench) -> None:
    chat_id = await group(bench, "Bob's friends", BOB, CAROL)
    await some_words(bench, chat_id, "/tag name finds it")
    message = await bench.chat.say("https://friends.example/", chat=chat_id, person=CAROL)
    assert await bench.chat.reaction(message) == "👀"


async def test_a_group_that_a_stranger_adds_it_to_is_not(bench: Bench) -> None:
    chat_id = await group(bench, "Strangers", CAROL, ALICE)
    message = await bench.chat.say("https://strangers.example/", chat=chat_id, person=ALICE)
    await some_words(bench, chat_id, "the people it was set up for")
    assert not message.get("reactions")


async def test_a_group_it_cannot_read_is_told_the_ways_out(bench: Bench) -> None:
    await bench.chat.api("POST", "/privacy", json={"on": True})
    try:
        chat_id = await group(bench, "Unread", BOB)
        await some_words(bench, chat_id, "/setprivacy")
        asked = await bench.chat.say("https://saved.example/ #kept", chat=chat_id, person=BOB)
        await bench.chat.say("/save", chat=chat_id, person=BOB, reply_to=asked["message_id"])
        assert await bench.chat.reaction(asked) == "👀"
    finally:
        await bench.chat.api("POST", "/privacy", json={"on": False})


async def test_a_group_that_becomes_a_supergroup_keeps_its_archive(bench: Bench) -> None:
    chat_id = await group(bench, "Growing", BOB)
    url = "https://growing.example/"
    message = await bench.chat.say(f"{url} #growing", chat=chat_id, person=BOB)
    await bench.chat.reaction(message)
    await bench.captured(url, "Before it grew")
    await bench.chat.card(message, 15)
    upgraded = await bench.chat.api("POST", f"/chats/{chat_id}/upgrade", json={"as": BOB})
    new_id = int(upgraded["id"] if "id" in upgraded else upgraded["chat"]["id"])
    asked = await bench.chat.say("/tag growing", chat=new_id, person=BOB)
    assert "Before it grew" in text_of(await bench.chat.answer(asked, "Before it grew", 15))


async def test_an_allowed_group_that_becomes_a_supergroup_is_still_served(bench: Bench) -> None:
    chat_id = await group(bench, "Allowed by its id", CAROL, ALICE)
    await bench.end()
    allowed = bench.settings["allowed_ids"]
    bench.settings["allowed_ids"] = (*allowed, chat_id)
    try:
        await bench.start()
        upgraded = await bench.chat.api("POST", f"/chats/{chat_id}/upgrade", json={"as": CAROL})
        message = await bench.chat.say("https://still.example/", chat=int(upgraded["id"]), person=ALICE)
        assert await bench.chat.reaction(message) == "👀"
    finally:
        await bench.end()
        bench.settings["allowed_ids"] = allowed
        await bench.start()


async def test_a_member_of_a_served_group_gets_its_files_in_private(bench: Bench) -> None:
    chat_id = await group(bench, "With files", BOB, ALICE)
    url = "https://members.example/"
    message = await bench.chat.say(url, chat=chat_id, person=ALICE)
    await bench.captured(url, "For members")
    card = await bench.chat.card(message, 15)
    parameter = str(card["reply_markup"]).split("start=")[1].split("'")[0]
    assert parameter.startswith("html-")

    async def pages(person: int) -> list[Any]:
        found = await bench.chat.messages(person)
        return [m for m in found if "For members" in m.get("document", {}).get("file_name", "")]

    await bench.chat.api("POST", "/start", json={"as": ALICE, "parameter": parameter})

    async def alices() -> bool:
        return bool(await pages(ALICE))

    await until(alices, "the page for Alice")
    refused = await bench.chat.api("POST", "/start", json={"as": CAROL, "parameter": parameter})
    unknown = await bench.chat.api("POST", "/start", json={"as": CAROL, "parameter": "html-999999"})
    first, second = [text_of(await bench.chat.answer(m, "not", 10)) for m in (refused, unknown)]
    assert first == second, "a stranger can tell what exists from what does not"
    assert not await pages(CAROL)


async def test_the_claim_link_makes_the_first_one_the_owner(bench: Bench) -> None:
    await bench.chat.api("POST", "/start", json={"as": ALICE, "parameter": "claim-guessed"})
    await some_words(bench, ALICE, "does not work")
    token = await members.claim_token()
    await bench.chat.api("POST", "/start", json={"as": ALICE, "parameter": f"claim-{token}"})
    await some_words(bench, ALICE, "yours now")
    await bench.chat.api("POST", "/start", json={"as": CAROL, "parameter": f"claim-{token}"})
    await some_words(bench, CAROL, "does not work")
    message = await bench.chat.say("https://owned.example/", chat=ALICE)
    assert await bench.chat.reaction(message) == "👀"
    post = await bench.chat.say("https://not.example/-hers", chat=CHANNEL)
    assert not post.get("reactions")


async def test_with_owner_ids_an_old_claim_link_is_worth_nothing(bench: Bench) -> None:
    token = await members.claim_token()
    await bench.end()
    bench.settings["owner_ids"] = (ALICE,)
    try:
        await bench.start()
        asked = await bench.chat.api("POST", "/start", json={"as": CAROL, "parameter": f"claim-{token}"})
        assert "does not work" in text_of(await bench.chat.answer(asked))
    finally:
        await bench.end()
        del bench.settings["owner_ids"]
        await bench.start()


async def test_a_refusal_stays_in_its_topic(bench: Bench) -> None:
    topics = next(c for c in (await bench.chat.api("GET", "/state"))["chats"] if c["id"] == FORUM)["topics"]
    topic = next(t["id"] for t in topics if t["id"] != 1)
    asked = await bench.chat.say("/help", chat=FORUM, person=XIAOLIN, thread_id=topic)
    refused = await bench.chat.answer(asked)
    assert refused["message_thread_id"] == topic
    assert refused["reply_to_message"]["message_id"] == asked["message_id"]


async def test_another_chats_buttons_say_not_found(bench: Bench) -> None:
    url = "https://mine.example/"
    message = await bench.chat.say(url, chat=BOB, person=BOB)
    await bench.captured(url, "Bob's own")
    card = await bench.chat.card(message, 15)
    link_id = str(card["reply_markup"]).split("'d:")[1].split(":")[0]
    alices = await bench.chat.say("/help", chat=ALICE)
    help_text = await bench.chat.answer(alices, "/search", 10)
    path = f"/chats/{ALICE}/messages/{help_text['message_id']}/press"
    for data in (f"d:{link_id}:1", f"g:{link_id}:html", f"a:{link_id}:1", "nonsense", "s:4000"):
        answer = await bench.chat.api("POST", path, json={"as": ALICE, "data": data, "forged": True})
        assert answer["show_alert"] is True, data
    assert "Bob's own" not in str(await bench.chat.messages(ALICE))


async def test_an_admin_who_is_none_any_more_has_lost_the_rights_at_once(bench: Bench) -> None:
    chat_id = await group(bench, "With admins", BOB, CAROL, ALICE)
    for user in (BOT, CAROL):
        body = {"as": BOB, "action": "promote", "user": user}
        await bench.chat.api("POST", f"/chats/{chat_id}/members", json=body)
    await bench.chat.reaction(await bench.chat.say("https://admins.example/", chat=chat_id, person=BOB))
    asked = await bench.chat.say("/settings", chat=chat_id, person=CAROL)
    assert (await bench.chat.answer(asked)).get("reply_markup"), "an admin's buttons"
    await bench.chat.api("POST", f"/chats/{chat_id}/members", json={"as": BOB, "action": "demote", "user": CAROL})
    asked = await bench.chat.say("/settings", chat=chat_id, person=CAROL)
    assert not (await bench.chat.answer(asked)).get("reply_markup")
