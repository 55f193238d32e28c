"""The way back from what was done, each deed once and in its time."""

from __future__ import annotations

import asyncio
from typing import Literal

from storage import cards, clock, deeds, forgetting, link_deeds, signals, transfers_undoing, upkeep
from storage.database import writing_in_chat
from storage.deletion import mark_deleted
from storage.models import Deed, Link

Outcome = Literal["undone", "already", "late", "blocked", "changed"]
"""`blocked`: something done later to the same tag has to be undone first. `changed`: the same was changed again since,
and stays; the deed is over."""

PAUSE_S = 0.01
"""Between two steps of a long way back: others write meanwhile."""


async def undo(chat_id: int, deed_id: int) -> Outcome | None:
    """Undoes a deed of the chat; None for other chats' ids. Pressed twice, it is undone once."""
    while (outcome := await _undo(chat_id, deed_id)) == "more":
        await asyncio.sleep(PAUSE_S)
    signals.outbox.set()
    return outcome


@writing_in_chat
async def _undo(chat_id: int, deed_id: int) -> Outcome | Literal["more"] | None:
    outcome: Outcome = "undone"
    deed = await Deed.get_or_none(id=deed_id, archive__chat_id=chat_id)
    if deed is None:
        return None
    if deed.undone_at is not None:
        return "already"
    if deed.undo_until_ms <= clock.now_ms():
        return "late"
    if deed.kind in deeds.OF_TAGS:
        if await deeds.later_of_tags(deed):
            return "blocked"
        await upkeep.undo(deed, chat_id)
    elif deed.kind == "forget":
        await forgetting.undo(deed)
    elif deed.kind == "import":
        if await transfers_undoing.take_back(deed):
            return "more"
    elif deed.kind in deeds.OF_LINKS:
        outcome = "undone" if await link_deeds.take_back(deed) else "changed"
    elif not await _bring_back(deed):
        return "late"
    await Deed.filter(id=deed_id).update(undone_at=clock.now())
    return outcome


async def _bring_back(deed: Deed) -> bool:
    """False when whoever shared the links has forgotten them since: nobody else brings these back."""
    link_ids = deeds.ids(deed.payload, "links")
    links = await Link.filter(id__in=link_ids, deleted_at__isnull=False)
    if await forgetting.deeds_of(links):
        return False
    for link in links:
        await mark_deleted(link, None)
    await cards.make_due(await cards.of_links(link_ids))
    return True
