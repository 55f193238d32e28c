"""Many messages of one person within seconds are answered by few cards, so that a chat is not flooded by answers."""

from __future__ import annotations

from datetime import timedelta

from storage import clock
from storage.models import Card, CardLink
from storage.records import IncomingMessage

MESSAGES = 10
"""So many have a card each."""
WITHIN = timedelta(seconds=10)
LINKS_A_CARD = 20
"""A card that has so many takes no more: the next message begins another one."""
_LOOK_BACK = 40


async def card_to_join(message: IncomingMessage, thread_id: int | None) -> Card | None:
    """The card in the topic that answers for this message as well; None when it gets its own."""
    since = clock.now() - WITHIN
    recent = (
        await Card.filter(chat_id=message.chat_id, message_id__isnull=False)
        .order_by("-message_id")
        .limit(_LOOK_BACK)
        .only("id", "sender_id", "created_at", "merged_into_id", "thread_id")
    )
    theirs = [card for card in recent if card.sender_id == message.sender_id and card.created_at > since]
    if message.sender_id is None or len(theirs) < MESSAGES:
        return None
    last = max((card for card in theirs if card.thread_id == thread_id), key=lambda card: card.id, default=None)
    if last is None:
        return None
    card_id = last.merged_into_id or last.id
    if await CardLink.filter(card_id=card_id).count() + len(message.links) > LINKS_A_CARD:
        return None
    return await Card.get(id=card_id)


async def is_shared(card: Card) -> bool:
    """Whether the card answers for several messages."""
    return card.merged_into_id is not None or await Card.filter(merged_into_id=card.id).exists()
