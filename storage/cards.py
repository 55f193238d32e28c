"""Cards while they are made and become due: the parts that several verbs share, inside their transactions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tortoise.expressions import F, Q

from storage import clock
from storage.database import ints, rows
from storage.models import Card, CardLink, LinkTag, Outbox

STATUS_AFTER_MS = 5_000
"""Captures that end sooner are answered by their result alone; later, a status card comes first."""

EDIT_PAUSE_MS = 3_000
"""Between two edits of a card while captures are under way: Telegram allows a group about 20 messages a minute."""

MAX_CARDS_OF_LINK = 20
"""How many cards of a link, the newest, follow a change. Older ones are scrolled away and would only cost edits."""

MAX_RECENT = 50
"""Of a chat's newest cards, so many are looked at when a tag changes on many links: what lies above is scrolled away,
and editing ten thousand cards would shut the chat for a day."""

RECENT_PAUSE_MS = 3_000
"""Between two edits of such cards: about 20 a minute."""

UNDER_WAY = ("queued", "running")


async def enter(card: Card, due_ms: int) -> None:
    """Puts a new card into the outbox. Until its captures have ended it is due five seconds after its making."""
    due_ms = min(due_ms, clock.now_ms() + STATUS_AFTER_MS)  # the card's time is the wall clock's, which may be ahead
    await Outbox.create(chat_id=card.chat_id, kind="card", card_id=card.id, not_before_ms=due_ms)


async def make_due(card_ids: Collection[int]) -> None:
    """Gives cards something new to say.

    While captures are under way a card waits: for its first results five seconds from its making, for more of them
    a little after it was last sent. A delivery that waits before its next try, or is due sooner, is left so.
    """
    if not card_ids:
        return
    now = clock.now_ms()
    busy = set(
        await CardLink.filter(card_id__in=list(card_ids), capture__state__in=UNDER_WAY).values_list(
            "card_id", flat=True
        )
    )
    entries = {row.card_id: row for row in await Outbox.filter(card_id__in=list(card_ids))}
    for card in await Card.filter(id__in=list(card_ids)).order_by("id"):
        row = entries.get(card.id)
        if row is None:
            continue  # from before a restore: it has been answered since
        due_ms = now
        if card.id in busy:
            if card.sent_ms is None:
                due_ms = max(now, min(clock.to_ms(card.created_at), now) + STATUS_AFTER_MS)
            else:
                due_ms = max(now, min(card.sent_ms, now) + EDIT_PAUSE_MS)
        if row.pending:
            due_ms = row.not_before_ms if row.attempts else min(due_ms, row.not_before_ms)
        await Outbox.filter(id=row.id).update(version=F("version") + 1, pending=True, not_before_ms=due_ms)


async def of_links(link_ids: Iterable[int]) -> list[int]:
    """The newest cards on which the links stand and that can still be sent or edited."""
    found: list[int] = []
    for link_id in link_ids:
        newest = await rows(
            "SELECT p.card_id FROM card_links p "
            "JOIN cards c ON c.id = p.card_id JOIN archives a ON a.id = c.archive_id "
            "WHERE p.link_id = ? AND c.chat_id = a.chat_id ORDER BY p.id DESC LIMIT ?",
            [link_id, MAX_CARDS_OF_LINK],
        )
        found.extend(int(row["card_id"]) for row in newest)
    return list(dict.fromkeys(found))


async def refresh_recent(chat_id: int, tag_ids: Collection[int]) -> None:
    """Makes those of the chat's newest cards due, one after the other, whose links carry one of the tags."""
    places = await _recent(chat_id)
    pairs = await LinkTag.filter(link_id__in=list({link_id for _, link_id in places})).values_list("link_id", "tag_id")
    wanted = set(tag_ids)
    await _refresh(places, {int(link_id) for link_id, tag_id in pairs if int(tag_id) in wanted})


async def refresh_links(chat_id: int, link_ids: Collection[int]) -> None:
    """Makes those of the chat's newest cards due, one after the other, on which one of the links stands."""
    await _refresh(await _recent(chat_id), set(link_ids))


async def _recent(chat_id: int) -> list[tuple[int, int]]:
    """The chat's newest cards, the last one first, each with every link on it."""
    found = await rows(
        "SELECT n.id, p.link_id FROM "
        "(SELECT c.id, c.sent_message_id FROM cards c WHERE c.chat_id = ? AND c.sent_message_id IS NOT NULL "
        "ORDER BY c.sent_message_id DESC LIMIT ?) n "
        "JOIN card_links p ON p.card_id = n.id ORDER BY n.sent_message_id DESC, p.id",
        [chat_id, MAX_RECENT],
    )
    return [(int(row["id"]), int(row["link_id"])) for row in found]


async def _refresh(places: Sequence[tuple[int, int]], link_ids: Collection[int]) -> None:
    await make_due_in_turn(list(dict.fromkeys(card_id for card_id, link_id in places if link_id in link_ids)))


async def make_due_in_turn(card_ids: Sequence[int]) -> None:
    """Gives many cards something new to say, one after the other, so that a group's other messages are not held up."""
    now = clock.now_ms()
    for place, card_id in enumerate(card_ids):
        await Outbox.filter(card_id=card_id, pending=False).update(not_before_ms=now + place * RECENT_PAUSE_MS)
        await Outbox.filter(card_id=card_id).update(version=F("version") + 1, pending=True)


async def of_capture(capture_id: int, link_id: int, good: tuple[str, ...]) -> list[int]:
    """The cards for which the end of a capture is news: its own, and those that had nothing good to show."""
    own = await rows(
        "SELECT p.card_id FROM card_links p "
        "JOIN cards c ON c.id = p.card_id JOIN archives a ON a.id = c.archive_id "
        "WHERE p.capture_id = ? AND c.chat_id = a.chat_id",
        [capture_id],
    )
    newest = await of_links([link_id])
    wanting = (
        await CardLink.filter(link_id=link_id, card_id__in=newest)
        .filter(Q(capture_id__isnull=True) | ~Q(capture__verdict__in=good) | Q(capture__verdict__isnull=True))
        .values_list("card_id", flat=True)
    )
    return list(dict.fromkeys(ints([*(row["card_id"] for row in own), *wanting])))
