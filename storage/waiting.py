"""What is waiting to be captured: for `/queue`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import reading
from storage.models import Capture

MAX_NAMED = 10


@dataclass(frozen=True)
class WaitingLink:
    """A link whose page is not captured yet."""

    number: int
    host: str
    running: bool
    since: datetime


@dataclass(frozen=True)
class Waiting:
    """A chat's part of the queue."""

    queued: int
    running: int
    elsewhere: int
    """What other chats have in the queue, queued and running."""
    first: tuple[WaitingLink, ...]
    """The first of this chat's, at most ten, those under way before the others."""


@reading
async def of_chat(chat_id: int) -> Waiting:
    """The chat's captures that are under way, and how many other chats have."""
    under_way = Capture.filter(state__in=["running", "queued"])
    here = under_way.filter(archive__chat_id=chat_id)
    first = await here.order_by("-state", "-priority", "id").limit(MAX_NAMED).select_related("link")
    return Waiting(
        queued=await here.filter(state="queued").count(),
        running=await here.filter(state="running").count(),
        elsewhere=await under_way.exclude(archive__chat_id=chat_id).count(),
        first=tuple(
            WaitingLink(row.link.number, row.link.host, row.state == "running", row.requested_at) for row in first
        ),
    )
