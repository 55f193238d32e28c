"""Deleting is hiding: everything stays, the counters follow."""

from __future__ import annotations

from tortoise.expressions import F

from storage import clock
from storage.models import Link, LinkTag, Tag


async def mark_deleted(link: Link, by_name: str | None) -> None:
    """Deletes the link, or without a name brings it back, inside a transaction."""
    deleting = by_name is not None
    await Link.filter(id=link.id).update(deleted_at=clock.now() if deleting else None, deleted_by=by_name)
    tag_ids = await LinkTag.filter(link_id=link.id).values_list("tag_id", flat=True)
    if tag_ids:
        await Tag.filter(id__in=list(tag_ids)).update(count=F("count") + (-1 if deleting else 1))
