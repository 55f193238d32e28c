"""Copies that readers give: captures of a link that opened no page, and say who gave them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from storage import captures, cards, choices, clock, signals
from storage.captures import EndedCapture
from storage.database import CHAT, hold, reading, writing_beside
from storage.models import Archive, Capture, Link
from storage.quotas import ArchiveFull, Quota, full_at
from storage.records import Job

_GIFT = "gift"
"""In a capture's metadata: which gift it is, so that none is taken twice."""

_LEASE_MS = 60_000
"""Nobody ever sees it: the capture ends in the transaction that makes it."""


@dataclass(frozen=True)
class Giver:
    """Who gives a copy of which link."""

    chat_id: int
    link_id: int
    url: str
    name: str
    person_id: int | None
    mark: str
    """Tells this gift from others: of its message or its transfer."""


@reading
async def check_room(chat_id: int, quota: Quota) -> None:
    """Raises ArchiveFull when the chat's archive takes no more copies."""
    archive = await Archive.get_or_none(chat_id=chat_id)
    reached = full_at(archive, choices.parse(archive.settings), quota) if archive else None
    if reached is not None:
        raise ArchiveFull(reached)


async def give(giver: Giver, ended: EndedCapture) -> bool:
    """Adds the copy to the link's captures; False when there is no such link (any more)."""
    kept = await _give(giver, ended)
    signals.outbox.set()
    return kept


@writing_beside
async def _give(giver: Giver, ended: EndedCapture) -> bool:
    await hold(CHAT, giver.chat_id)
    link = await Link.get_or_none(id=giver.link_id, archive__chat_id=giver.chat_id, deleted_at__isnull=True)
    if link is None:
        return False
    for earlier in await Capture.filter(link_id=link.id, given_by__isnull=False):
        if earlier.metadata.get(_GIFT) == giver.mark:
            return True  # the program ended before it could be noted that this was done
    ended = replace(ended, metadata={**ended.metadata, _GIFT: giver.mark})
    lease = secrets.token_hex(16)
    capture = await Capture.create(
        link_id=link.id,
        archive_id=link.archive_id,
        url=link.url,
        host=link.host[:512],
        state="running",
        attempt=1,
        lease=lease,
        lease_until_ms=clock.now_ms() + _LEASE_MS,
        requested_at=clock.now(),
        given_by=giver.name,
        given_by_id=giver.person_id,
    )
    await captures.finish(Job(capture.id, lease, 1, giver.chat_id, link.url, link.host), ended)
    await cards.make_due(await cards.of_links([link.id]))
    return True
