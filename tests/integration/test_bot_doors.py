"""Strangers ask, the owner decides; and what only the owner may see of the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from storage import askings, members
from storage.askings import Wish
from storage.models import Admitted, Archive, Asking, Link
from tests.harness import ALICE, BOB, CAROL, XIAOLIN, Message, text_of, until
from tests.integration.bot_bench import Bench, running_bench

pytestmark = pytest.mark.asyncio(loop_scope="module")
BOT = 7_000_000_001


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    folder = tmp_path_factory.mktemp("doors")
    async with running_bench(folder, access="invited", owner_ids=(ALICE,)) as running:
        await running.chat.answer(await running.chat.say("/start"), "Send me a link")
        yield running


async def newest(bench: Bench, person: int, has: str) -> Message:
    """The last message of the bot's in somebody's private chat that says this."""

    async def look() -> Message | None:
        found = [m for m in await bench.chat.messages(person) if m["from"]["id"] == BOT and has in text_of(m)]
        return found[-1] if found else None

    return await until(look, f"{has!r} for {person}")


async def changed(bench: Bench, message: Message, has: str) -> Message:
    async def look() -> Message | None:
        now = await bench.chat.again(message)
        return now if has in text_of(now) else None

    return await until(look, f"{has!r}")


async def test_a_stranger_asks_once_and_is_let_in(bench: Bench) -> None:
    for n in range(3):
        await bench.chat.say(f"https://carols{n}.example/", chat=CAROL, person=CAROL)
    assert "Its owner has been asked" in text_of(await newest(bench, CAROL, "the people it was set up for"))
    asked = await newest(bench, ALICE, "would like to use this bot")
    assert "Carol" in text_of(asked)
    questions = [m for m in await bench.chat.messages(ALICE) if "would like to" in text_of(m)]
    assert len(questions) == 1
    await bench.chat.press(asked, "Allow")
    await changed(bench, asked, "is served now")
    await newest(bench, CAROL, "Send me a link")
    message = await bench.chat.say("https://carols.example/", chat=CAROL, person=CAROL)
    assert await bench.chat.reaction(message) == "👀"

    await bench.chat.press(await bench.chat.again(asked), "Withdraw")
    await changed(bench, asked, "not served any more")
    assert not await Admitted.filter(chat_id=CAROL).exists()
    await bench.chat.press(await bench.chat.again(asked), "Allow")
    await changed(bench, asked, "is served now")


async def test_one_who_is_put_off_and_one_who_is_blocked(bench: Bench) -> None:
    await bench.chat.say("https://bobs.example/", chat=BOB, person=BOB)
    asked = await newest(bench, ALICE, "Bob")
    await bench.chat.press(asked, "Not now")
    later = await changed(bench, asked, "may ask again tomorrow")
    await bench.chat.press(later, "Allow")
    await changed(bench, asked, "is served now")

    await bench.chat.say("https://lins.example/", chat=XIAOLIN, person=XIAOLIN)
    assert "已询问主人" in text_of(await newest(bench, XIAOLIN, "只为特定的人"))
    asked = await newest(bench, ALICE, "小林")
    await bench.chat.press(asked, "Block")
    await changed(bench, asked, "will not be asked about again")
    blocked = await bench.chat.say("/admin")
    figures = await bench.chat.answer(blocked, "blocked: 1", 10)
    await bench.chat.press(figures, "Who is blocked")
    listed = await changed(bench, figures, "小林")
    await bench.chat.press(listed, "Unblock 1")
    await changed(bench, figures, "Blocked: 0")


async def test_a_group_of_a_stranger_is_asked_about(bench: Bench) -> None:
    made = await bench.chat.api(
        "POST", "/chats", json={"as": XIAOLIN, "title": "Sketchers", "type": "group", "members": [XIAOLIN]}
    )
    chat_id = int(made["id"] if "id" in made else made["chat"]["id"])
    await bench.chat.api("POST", f"/chats/{chat_id}/members", json={"as": XIAOLIN, "action": "add", "user": BOT})
    asked = await newest(bench, ALICE, "Sketchers")
    assert "小林" in text_of(asked)
    await bench.chat.press(asked, "Allow")
    await changed(bench, asked, "is served now")
    message = await bench.chat.say("https://sketch.example/", chat=chat_id, person=XIAOLIN)
    assert await bench.chat.reaction(message) == "👀"

    for action, gone in (("remove", True), ("add", False)):
        body = {"as": XIAOLIN, "action": action, "user": BOT}
        await bench.chat.api("POST", f"/chats/{chat_id}/members", json=body)

        async def noted(gone: bool = gone) -> bool:
            return ((await Archive.get(chat_id=chat_id)).left_at is not None) == gone

        await until(noted, f"the archive to know: gone {gone}")


async def group_of(bench: Bench, title: str, person: int, *others: int) -> int:
    """A new group that the person adds the bot to."""
    body = {"as": person, "title": title, "type": "group", "members": [person, *others]}
    chat_id = int((await bench.chat.api("POST", "/chats", json=body))["id"])
    await add_bot(bench, chat_id, person)
    return chat_id


async def add_bot(bench: Bench, chat_id: int, person: int) -> None:
    await bench.chat.api("POST", f"/chats/{chat_id}/members", json={"as": person, "action": "add", "user": BOT})


async def refused(bench: Bench, chat_id: int, person: int) -> Message:
    """The one sentence that a chat is told in a day: it answers the person's link."""
    await bench.chat.say(f"https://refused-in{chat_id}.example/", chat=chat_id, person=person)
    return await newest(bench, chat_id, "the people it was set up for")


async def test_a_blocked_group_is_not_served_whoever_is_in_it_until_the_owner_says_so(bench: Bench) -> None:
    await members.admit(BOB, ALICE)
    chat_id = await group_of(bench, "Gossip", XIAOLIN, BOB)
    asked = await newest(bench, ALICE, "Gossip")
    await bench.chat.press(asked, "Block")
    await changed(bench, asked, "will not be asked about again")
    said = await refused(bench, chat_id, BOB)

    body = {"as": XIAOLIN, "action": "remove", "user": BOT}
    await bench.chat.api("POST", f"/chats/{chat_id}/members", json=body)
    await add_bot(bench, chat_id, BOB)
    await bench.chat.say("https://added-once-more.example/", chat=chat_id, person=BOB)
    path = f"/chats/{chat_id}/messages/{said['message_id']}/press"
    answer = await bench.chat.api("POST", path, json={"as": BOB, "data": "n", "forged": True})
    assert "the people it was set up for" in answer["text"], "it came back by being added once more"
    grown = int((await bench.chat.api("POST", f"/chats/{chat_id}/upgrade", json={"as": XIAOLIN}))["id"])
    await refused(bench, grown, BOB)

    figures = await bench.chat.answer(await bench.chat.say("/admin"), "blocked: 1", 10)
    await bench.chat.press(figures, "Who is blocked")
    await bench.chat.press(await changed(bench, figures, "Gossip"), "Unblock 1")
    await changed(bench, figures, "Blocked: 0")
    message = await bench.chat.say("https://gossip.example/", chat=grown, person=BOB)
    assert await bench.chat.reaction(message) == "👀"
    kept = await Link.filter(archive__chat_id__in=[chat_id, grown]).values_list("host", flat=True)
    assert kept == ["gossip.example"], "what was said while it was blocked"


async def test_an_owner_who_adds_the_bot_to_a_blocked_group_lifts_the_block(bench: Bench) -> None:
    chat_id = await group_of(bench, "Regretted", XIAOLIN, ALICE)
    asked = await newest(bench, ALICE, "Regretted")
    await bench.chat.press(asked, "Block")
    await changed(bench, asked, "will not be asked about again")
    body = {"as": XIAOLIN, "action": "remove", "user": BOT}
    await bench.chat.api("POST", f"/chats/{chat_id}/members", json=body)
    await add_bot(bench, chat_id, ALICE)
    message = await bench.chat.say("https://regretted.example/", chat=chat_id, person=XIAOLIN)
    assert await bench.chat.reaction(message) == "👀"


async def test_a_group_that_somebody_served_brought_meanwhile_can_still_be_blocked(bench: Bench) -> None:
    chat_id = await group_of(bench, "Two ways in", XIAOLIN, BOB)
    asked = await newest(bench, ALICE, "Two ways in")
    await members.admit(chat_id, BOB)
    await bench.chat.press(asked, "Block")
    await changed(bench, asked, "will not be asked about again")
    await refused(bench, chat_id, BOB)


async def test_a_group_that_is_let_in_and_cannot_be_read_is_told_the_ways_out(bench: Bench) -> None:
    await bench.chat.api("POST", "/privacy", json={"on": True})
    try:
        made = await bench.chat.api(
            "POST", "/chats", json={"as": XIAOLIN, "title": "Readers", "type": "group", "members": [XIAOLIN]}
        )
        chat_id = int(made["id"] if "id" in made else made["chat"]["id"])
        await bench.chat.api("POST", f"/chats/{chat_id}/members", json={"as": XIAOLIN, "action": "add", "user": BOT})
        await bench.chat.press(await newest(bench, ALICE, "Readers"), "Allow")
        await newest(bench, chat_id, "/setprivacy")
    finally:
        await bench.chat.api("POST", "/privacy", json={"on": False})


async def test_who_was_let_in_has_a_name_and_a_language_before_an_archive(bench: Bench) -> None:
    await Asking.filter(chat_id=XIAOLIN).delete()
    await Admitted.filter(chat_id=XIAOLIN).delete()
    assert await askings.ask(Wish(XIAOLIN, XIAOLIN, "小林", "zh"))
    assert await askings.decide(XIAOLIN, "allow", ALICE)
    figures = await bench.chat.answer(await bench.chat.say("/admin"), "Let in", 10)
    await bench.chat.press(figures, "Who is let in")
    listed = await changed(bench, figures, "小林")
    place = next(line for line in text_of(listed).splitlines() if "小林" in line).split(".")[0]
    await bench.chat.press(listed, f"Withdraw {place}")
    withdrawn = await changed(bench, figures, "小林 is not served any more")
    await bench.chat.press(withdrawn, "Allow")
    await changed(bench, figures, "小林 is served now")
    await newest(bench, XIAOLIN, "发一个链接给我")
    assert not await askings.decide(XIAOLIN, "allow", ALICE), "it was decided already"
    await members.withdraw(XIAOLIN)
    assert await askings.ask(Wish(XIAOLIN, XIAOLIN, "小林", "zh")), "one who was sent away may ask at once"


async def test_nobody_else_learns_of_it(bench: Bench) -> None:
    await Admitted.get_or_create(chat_id=BOB, defaults={"by_user_id": ALICE, "since": "2026-01-01T00:00:00Z"})
    plain = await bench.chat.answer(await bench.chat.say("/nonsense", chat=BOB, person=BOB))
    admin = await bench.chat.answer(await bench.chat.say("/admin", chat=BOB, person=BOB))
    assert text_of(admin) == text_of(plain), "for others the command does not exist"


async def test_an_owner_gives_one_archive_another_quota(bench: Bench) -> None:
    said = await bench.chat.say(f"/admin quota {CAROL} links 0")
    assert "0 new links a day, 5000 MB" in text_of(await bench.chat.answer(said, "a day", 10))
    refused = await bench.chat.say("https://one-more.example/", chat=CAROL, person=CAROL)
    assert "may not add links" in text_of(await bench.chat.answer(refused, "Not kept", 10))
    assert not (await bench.chat.again(refused)).get("reactions"), "what is not kept is not acknowledged"
    said = await bench.chat.say(f"/admin quota {CAROL} links default megabytes 7")
    assert "500 new links a day, 7 MB" in text_of(await bench.chat.answer(said, "a day", 10))
    said = await bench.chat.say("/admin quota 12345 links 1")
    await bench.chat.answer(said, "no archive", 10)
    said = await bench.chat.say("/admin what")
    await bench.chat.answer(said, "/admin quota", 10)
