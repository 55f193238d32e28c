"""The way back from an import: the links that it made are deleted again, but for those that were posted since."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from storage import cards, deeds
from storage.database import CHAT, hold, ints, writing_beside
from storage.deletion import mark_deleted
from storage.models import Deed, Link, Share, Transfer

AT_ONCE = 100
"""Links that are deleted in one transaction: others write in between."""

Ranges = list[list[int]]
"""First and last numbers. While a batch is written nobody else gets numbers in the archive."""


def with_numbers(ranges: Ranges, before: int, after: int) -> Ranges:
    """The ranges and the numbers that came from `before` to `after`; next to the last range they lengthen it."""
    if before == after:
        return ranges
    if ranges and ranges[-1][1] == before:
        return [*ranges[:-1], [ranges[-1][0], after]]
    return [*ranges, [before + 1, after]]


@writing_beside
async def offer(transfer_id: int) -> int | None:
    """Notes an import that has ended as something to be undone, once; None when it has made no link."""
    for chat_id in ints(await Transfer.filter(id=transfer_id).values_list("archive__chat_id", flat=True)):
        await hold(CHAT, chat_id)
    transfer = await Transfer.get_or_none(id=transfer_id, kind="import")
    if transfer is None:
        return None
    made = transfer.payload.get("made")
    if not made or "deed" in transfer.payload:
        return deeds.number(transfer.payload, "deed")
    by = deeds.Actor(transfer.person_id, str(transfer.payload.get("by_name") or "?"))
    new = transfer.payload.get("new", 0)
    payload: dict[str, object] = {"said": [new], "made": made, "since": transfer.made_at.isoformat()}
    deed_id = await deeds.note(transfer.archive_id, "import", payload, by)
    await Transfer.filter(id=transfer_id).update(payload={**transfer.payload, "deed": deed_id})
    return deed_id


async def take_back(deed: Deed) -> bool:
    """Deletes some of what an import made, inside the transaction of `undoing.undo`; False when nothing is left."""
    ranges = cast(Ranges, deed.payload["made"])
    while ranges:
        first, last = ranges[0]
        found = (
            await Link.filter(archive_id=deed.archive_id, number__gte=first, number__lte=last, deleted_at__isnull=True)
            .order_by("number")
            .limit(AT_ONCE)
        )
        if not found:
            ranges = ranges[1:]
            continue
        ids = [link.id for link in found]
        since = Share.filter(
            link_id__in=ids, message_id__gt=0, shared_at__gt=datetime.fromisoformat(str(deed.payload["since"]))
        )
        posted = set(ints(await since.values_list("link_id", flat=True)))
        for link in found:
            if link.id not in posted:
                await mark_deleted(link, deed.person_name)
        await cards.make_due(await cards.of_links(ids))
        rest = [[found[-1].number + 1, last], *ranges[1:]]
        await Deed.filter(id=deed.id).update(payload={**deed.payload, "made": rest})
        return True
    return False
