"""How much an archive may take: so many new links a day, and so many megabytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.expressions import F, Subquery
from tortoise.queryset import QuerySet

from storage import clock
from storage.choices import Choices
from storage.models import Archive, Link, Share

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Quota:
    """What every archive has that was not given another one. A day is any 24 hours."""

    links_per_day: int = 500
    megabytes: int = 5_000


DEFAULT = Quota()


class ArchiveFull(Exception):
    """The archive has as many megabytes as it may: links are kept, and no page is captured any more."""

    def __init__(self, megabytes: int) -> None:
        super().__init__(f"the archive holds {megabytes} MB")
        self.megabytes = megabytes


@dataclass(frozen=True)
class Room:
    """What an archive may still take."""

    links: int
    links_per_day: int
    full_at_megabytes: int | None
    """The limit that is reached; None while it is not."""


async def room(archive: Archive, chosen: Choices, quota: Quota) -> Room:
    """What the archive may still take now."""
    per_day = quota.links_per_day if chosen.quota_links_per_day is None else chosen.quota_links_per_day
    return Room(per_day - await _of_today(archive).count(), per_day, full_at(archive, chosen, quota))


def full_at(archive: Archive, chosen: Choices, quota: Quota) -> int | None:
    """The number of megabytes that is reached; None while there is room."""
    return _megabytes(chosen, quota) if room_bytes(archive, chosen, quota) <= 0 else None


def room_bytes(archive: Archive, chosen: Choices, quota: Quota) -> int:
    """How many bytes there is room for; none or fewer when it is full."""
    return _megabytes(chosen, quota) * 1_000_000 - int(archive.bytes_kept)


def _megabytes(chosen: Choices, quota: Quota) -> int:
    return quota.megabytes if chosen.quota_megabytes is None else chosen.quota_megabytes


async def free_at(archive: Archive, room: Room) -> datetime | None:
    """When there is room for one more link again, of an archive that has none; None: never.

    After an owner has lowered the quota, several of today's have to be a day old first.
    """
    if room.links_per_day == 0:
        return None
    oldest = await _of_today(archive).order_by("first_shared_at").offset(max(-room.links, 0)).first()
    return (oldest.first_shared_at if oldest else clock.now()) + DAY


def _of_today(archive: Archive) -> QuerySet[Link]:
    """What was shared in the chat in the last day; what a file brought, whatever its date, is not counted."""
    since = clock.now() - DAY
    brought = Share.filter(message_id__lt=0, link__archive_id=archive.id, link__first_shared_at__gt=since)
    links = Link.filter(archive_id=archive.id, first_shared_at__gt=since)
    return links.exclude(id__in=Subquery(brought.values("link_id")))


async def weigh(archive_id: int, more_bytes: int) -> None:
    """Notes that the archive holds so many bytes more, inside the transaction that names them."""
    if more_bytes:
        await Archive.filter(id=archive_id).update(bytes_kept=F("bytes_kept") + more_bytes)
