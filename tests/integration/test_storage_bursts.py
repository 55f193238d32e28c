"""A flood of one person's messages has few answers; nothing of it is lost."""

from __future__ import annotations

from pathlib import Path

from storage import archive, outbox, tags
from storage.models import Card, Link, Outbox
from tests.integration.storage_factories import CHAT, Clock, card, message, run_all

PAGE = "https://example.org/{}"


async def cards_of(first: int, count: int, **more: int) -> list[int | None]:
    """Takes so many messages with a link each in, and gives the card of each."""
    taken = [await archive.take_in(message(n, PAGE.format(n), **more)) for n in range(first, first + count)]
    assert all(intake.kept == 1 and intake.changed for intake in taken)
    return [intake.card_id for intake in taken]


async def test_ten_messages_have_a_card_each_and_the_rest_share(opened: Path) -> None:
    ids = await cards_of(1, 45)
    assert len(set(ids[:10])) == 10
    assert len(set(ids)) == 11, "20 links join the tenth card, 20 the next, and so on"
    assert [len((await card(card_id)).links) for card_id in dict.fromkeys(ids[9:])] == [20, 16]
    assert await Link.all().count() == 45
    assert await Outbox.filter(kind="card").count() == 11, "no more than these are ever sent"
    assert len(await run_all()) == 45


async def test_a_message_that_joined_is_seen_again_and_edited(opened: Path) -> None:
    ids = await cards_of(1, 12)
    again = await archive.take_in(message(12, PAGE.format(12)))
    assert (again.card_id, again.changed) == (ids[11], False)
    edited = await archive.take_in(message(12, PAGE.format(12), PAGE.format("more"), tags=("late",)))
    assert edited.card_id == ids[11]
    view = await card(ids[11])
    assert [link.url for link in view.links] == [PAGE.format(n) for n in (10, 11, 12, "more")]
    assert view.links[2].tags == ("late",)
    assert await Card.all().count() == 12, "one row for each message, so that none is taken for new"


async def test_others_and_the_patient_have_their_own_cards(opened: Path, moved: Clock) -> None:
    group = {"chat_id": -100, "sender_id": 1}
    flood = await cards_of(1, 11, **group)
    assert flood[10] == flood[9]
    assert (await cards_of(12, 1, chat_id=-100, sender_id=2))[0] not in flood
    assert (await cards_of(13, 1, chat_id=CHAT, sender_id=1))[0] not in flood
    moved.forward(11)
    assert (await cards_of(14, 1, **group))[0] not in flood
    for n in range(20, 40):
        moved.forward(1.1)
        ids = await cards_of(n, 1, **group)
        assert ids[0] not in flood
        flood += ids


async def test_a_burst_in_one_topic_is_not_answered_in_another(opened: Path) -> None:
    flood = await cards_of(1, 11, thread_id=5)
    elsewhere = await cards_of(12, 2, thread_id=6)
    assert elsewhere[0] not in flood
    assert elsewhere[1] == elsewhere[0], "it shares the card that is there"
    assert (await card(elsewhere[0])).thread_id == 6
    assert (await cards_of(14, 1, thread_id=5))[0] == flood[10]


async def test_the_shared_card_is_due_like_any_other(opened: Path, moved: Clock) -> None:
    ids = await cards_of(1, 13)
    await run_all()
    moved.forward(6)
    due: list[int | None] = []
    while rows := await outbox.due():
        for row in rows:
            due.append(row.card_id)
            await outbox.sent(row, 100 + len(due), "text", "digest")
    assert sorted(filter(None, due)) == sorted({card_id for card_id in ids if card_id})


async def test_tags_of_a_burst_stay_with_their_own_messages(opened: Path) -> None:
    for number in range(1, 14):
        await archive.take_in(message(number, f"https://example.org/{number}", tags=(f"tag{number}",)))
    for number in range(1, 14):
        found = await tags.links_with_tags(CHAT, [f"tag{number}"])
        assert [row.number for row in found.rows] == [number]
