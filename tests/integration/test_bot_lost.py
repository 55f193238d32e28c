"""An answer whose way back broke off is in the chat, and is not said again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from storage import outbox
from storage.models import Outbox
from tests.harness import ALICE, BOB, CAROL, GROUP, XIAOLIN, text_of, until
from tests.integration.bot_bench import Bench, running_bench

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory, fresh_database: str) -> AsyncIterator[Bench]:
    async with running_bench(tmp_path_factory.mktemp("lost"), on=fresh_database) as running:
        yield running


async def documents(bench: Bench, message: dict[str, Any]) -> list[dict[str, Any]]:
    return [a for a in await bench.chat.answers(message) if "document" in a]


async def test_a_card_that_arrived_is_not_sent_again(bench: Bench) -> None:
    url = "https://example.org/arrived"
    await bench.chat.fault("sendPhoto", "drop_after")
    message = await bench.chat.say(url)
    await bench.captured(url, "It arrived")
    await until(lambda: documents(bench, message), "the page below the card")
    cards = [a for a in await bench.chat.answers(message) if "photo" in a]
    assert [text_of(card).split("\n")[0] for card in cards] == ["It arrived"]
    # And it is known: what is new is said on it.
    await bench.chat.say("#found", reply_to=cards[0]["message_id"])

    async def tagged() -> bool:
        return "#found" in text_of(await bench.chat.again(cards[0]))

    await until(tagged, "the tag on the card")


async def test_in_a_group_others_speak_meanwhile(bench: Bench) -> None:
    url = "https://example.org/busy-group"
    await bench.chat.fault("sendPhoto", "drop_after", chat_id=GROUP)
    message = await bench.chat.say(url, chat=GROUP, person=ALICE)
    for n in range(3):
        await bench.chat.say(f"{n} words of others", chat=GROUP, person=BOB)
    await bench.captured(url, "A busy group")
    await bench.chat.card(message, 15)
    await bench.chat.say("/show 9999", chat=GROUP, person=XIAOLIN)  # is answered behind it

    async def answered() -> bool:
        return any(
            "9999" in text_of(m) for m in await bench.chat.messages(GROUP, message["message_id"]) if "photo" not in m
        )

    await until(answered, "an answer")
    assert len([a for a in await bench.chat.answers(message) if "photo" in a]) == 1


async def test_a_status_card_that_arrived_becomes_the_card(bench: Bench) -> None:
    url = "https://example.org/status"
    await bench.chat.fault("sendMessage", "drop_after", chat_id=BOB)
    message = await bench.chat.say(url, chat=BOB, person=BOB)
    status = await bench.chat.answer(message, "Keeping example.org", 15)
    await bench.captured(url, "From status to card")
    card = await bench.chat.card(message, 20)
    assert card["message_id"] == status["message_id"]
    assert len([a for a in await bench.chat.answers(message) if "document" not in a]) == 1


async def test_in_private_other_peoples_chats_take_the_numbers_between(bench: Bench) -> None:
    url = "https://example.org/far-away"
    for method in ("sendMessage", "sendPhoto"):  # the status, or the card at once
        await bench.chat.fault(method, "drop_after", chat_id=BOB)
    message = await bench.chat.say(url, chat=BOB, person=BOB)
    for n in range(25):
        await bench.chat.say(f"/nothing {n}", chat=CAROL, person=CAROL)
    await bench.captured(url, "Far away")
    card = await bench.chat.card(message, 15)
    assert card["message_id"] > message["message_id"] + 25
    await until(lambda: documents(bench, message), "the page below the card")
    answers = [a for a in await bench.chat.answers(message) if a.get("reply_to_message")]
    assert len([a for a in answers if a["reply_to_message"]["message_id"] == message["message_id"]]) == 1


async def test_in_private_an_answer_is_found_far_behind_what_was_heard_of(bench: Bench) -> None:
    """While much waits to be heard, a message gets a number far behind the newest one that is known."""
    url = "https://example.org/unheard"
    message = await bench.chat.say(url, chat=BOB, person=BOB)
    for n in range(70):
        await bench.chat.say(f"/nothing {n}", chat=CAROL, person=CAROL)
    for method in ("sendMessage", "sendPhoto"):  # the status, or the card at once
        await bench.chat.fault(method, "drop_after", chat_id=BOB)
    await bench.captured(url, "Unheard of")

    async def broken_off() -> int:
        return await Outbox.filter(chat_id=BOB, sending__isnull=False, attempts__gt=0).update(sending_after=None)

    await until(broken_off, "a try that broke off")
    card = await bench.chat.card(message, 30)
    assert card["message_id"] > message["message_id"] + 70
    await until(lambda: documents(bench, message), "the page below the card")
    answers = [a for a in await bench.chat.answers(message) if a.get("reply_to_message")]
    assert len([a for a in answers if a["reply_to_message"]["message_id"] == message["message_id"]]) == 1


async def test_what_another_replica_writes_down_meanwhile_is_not_sent_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its turn went with the database while it sent; it writes the end down while its successor begins to look."""
    url = "https://example.org/written-down"
    last_said = outbox.last_said

    async def written_down_first(chat_id: int) -> int | None:
        for row in await Outbox.filter(chat_id=CAROL, sending__isnull=False):
            (due,) = [due for due in await outbox.due(100) if due.outbox_id == row.id]
            (card,) = [a for a in await bench.chat.answers(message) if "photo" in a]
            await outbox.sent(due, card["message_id"], "photo", "", more=True)
            moments.append(card["message_id"])
        return await last_said(chat_id)

    moments: list[int] = []
    await bench.chat.fault("sendPhoto", "drop_after", chat_id=CAROL)
    message = await bench.chat.say(url, chat=CAROL, person=CAROL)
    monkeypatch.setattr(outbox, "last_said", written_down_first)
    await bench.captured(url, "Written down")
    await until(lambda: documents(bench, message), "the page below the card")
    assert moments == [card["message_id"] for card in await bench.chat.answers(message) if "photo" in card]


async def test_an_answer_to_a_command_and_a_page_come_once(bench: Bench) -> None:
    await bench.chat.fault("sendMessage", "drop_after", chat_id=XIAOLIN)
    message = await bench.chat.say("/help", chat=XIAOLIN, person=XIAOLIN)
    await bench.chat.answer(message)
    url = "https://example.org/page-once"
    await bench.chat.fault("sendDocument", "drop_after", chat_id=XIAOLIN)
    link = await bench.chat.say(url, chat=XIAOLIN, person=XIAOLIN)
    await bench.captured(url, "One page")
    await until(lambda: documents(bench, link), "the page")
    last = await bench.chat.say("/tags", chat=XIAOLIN, person=XIAOLIN)
    await bench.chat.answer(last)  # what is before it in the chat's order has been delivered
    assert len(await documents(bench, link)) == 1
    assert len([a for a in await bench.chat.answers(message) if a["message_id"] < link["message_id"]]) == 1


async def test_what_never_arrived_is_sent(bench: Bench) -> None:
    url = "https://example.org/dropped"
    await bench.chat.fault("sendPhoto", "drop")
    message = await bench.chat.say(url)
    await bench.captured(url, "Dropped before")
    card = await bench.chat.card(message, 25)
    assert "photo" in card
