"""Who would like to be let in, who was, and who may not ask again: what the owners decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from storage import clock
from storage.database import reading, rows, writing
from storage.models import Admitted, Archive, Asking
from storage.records import Page

AGAIN_AFTER = timedelta(days=1)
"""Whoever was put off may ask again."""
MAX_A_DAY = 20
"""More strangers than these are told no: owners are not to be flooded."""

Decision = Literal["allow", "later", "block"]


@dataclass(frozen=True)
class Wish:
    """Somebody, or a group, that wants to be let in."""

    chat_id: int
    user_id: int
    name: str
    language: str


@dataclass(frozen=True)
class Guest:
    """A person or chat that was let in."""

    chat_id: int
    name: str
    since: datetime


@writing
async def ask(wish: Wish) -> bool:
    """Notes the wish; True when the owners should hear of it: it is new, or was put off more than a day ago."""
    now = clock.now()
    known = await Asking.exclude(state="allowed").get_or_none(chat_id=wish.chat_id)
    if known is not None and (known.state == "blocked" or known.asked_at > now - AGAIN_AFTER):
        return False
    if await Asking.filter(asked_at__gt=now - timedelta(days=1)).exclude(state="allowed").count() >= MAX_A_DAY:
        return False
    fields = {"user_id": wish.user_id, "name": wish.name, "language": wish.language, "state": "asked", "asked_at": now}
    await Asking.update_or_create(chat_id=wish.chat_id, defaults=fields)
    return True


@writing
async def decide(chat_id: int, decision: Decision, by_user_id: int) -> Wish | None:
    """Does what an owner decided; None when it was decided already. Whose admission was withdrawn is let in again.

    A block ends an admission: somebody who is served may have brought the bot to the group meanwhile.
    """
    row = await Asking.get_or_none(chat_id=chat_id)
    if row is None or row.state == "blocked" or (row.state == "later" and decision == "later"):
        return None
    if row.state == "allowed" and (decision != "allow" or await Admitted.filter(chat_id=chat_id).exists()):
        return None
    if decision == "allow":
        await Admitted.get_or_create(chat_id=chat_id, defaults={"by_user_id": by_user_id, "since": clock.now()})
    elif decision == "block":
        await Admitted.filter(chat_id=chat_id).delete()
    states = {"allow": "allowed", "block": "blocked", "later": "later"}
    await Asking.filter(chat_id=chat_id).update(state=states[decision])
    return Wish(row.chat_id, row.user_id, row.name, row.language)


@reading
async def is_blocked(chat_id: int) -> bool:
    """Whether an owner has said that a chat is not to be served."""
    return await Asking.filter(chat_id=chat_id, state="blocked").exists()


@writing
async def unblock(chat_id: int) -> bool:
    """Lets somebody ask again."""
    return bool(await Asking.filter(chat_id=chat_id, state="blocked").delete())


@reading
async def blocked(page: int = 1, per_page: int = 10) -> Page[Guest]:
    """Who may not ask again, the last one first."""
    found = Asking.filter(state="blocked")
    listed = await found.order_by("-asked_at").offset((page - 1) * per_page).limit(per_page)
    return _page(tuple(Guest(r.chat_id, r.name, r.asked_at) for r in listed), await found.count(), page, per_page)


@reading
async def guests(page: int = 1, per_page: int = 10) -> Page[Guest]:
    """Everybody who was let in, the last one first, by the names that their archives have, or that they asked by."""
    listed = await rows(
        "SELECT g.chat_id, a.title, k.name FROM admitted g LEFT JOIN archives a ON a.chat_id = g.chat_id "
        "LEFT JOIN askings k ON k.chat_id = g.chat_id "
        "ORDER BY g.since DESC, g.chat_id LIMIT ? OFFSET ?",
        [per_page, (page - 1) * per_page],
    )
    known = {row.chat_id: row.since for row in await Admitted.filter(chat_id__in=[r["chat_id"] for r in listed])}
    found = tuple(
        Guest(r["chat_id"], r["title"] or r["name"] or str(r["chat_id"]), known[r["chat_id"]]) for r in listed
    )
    return _page(found, await Admitted.all().count(), page, per_page)


def _page(found: tuple[Guest, ...], total: int, page: int, per_page: int) -> Page[Guest]:
    return Page(found, total, page, max(1, -(-total // per_page)))


@reading
async def name_of(chat_id: int) -> str:
    """What a chat is called, as far as we know."""
    archive = await Archive.get_or_none(chat_id=chat_id)
    asked = await Asking.get_or_none(chat_id=chat_id)
    return (archive and archive.title) or (asked and asked.name) or str(chat_id)
