"""What was done and can be undone: noted with all that the way back needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from tortoise.queryset import QuerySet

from storage import clock
from storage.database import reading
from storage.models import Deed, Link

Kind = Literal["rename", "merge", "untag", "delete", "forget", "rule", "import", "note", "title", "tags"]

HOUR_MS = 3_600_000
UNDO_MS = 24 * HOUR_MS
UNDO_DELETE_MS = 7 * 24 * HOUR_MS
"""A deleted link can be brought back for a week."""

OF_TAGS: tuple[Kind, ...] = ("rename", "merge", "untag", "rule")
OF_LINKS: tuple[Kind, ...] = ("note", "title", "tags")
"""What people do to single links all the time: each takes back their own; see storage.link_deeds."""


@dataclass(frozen=True)
class Actor:
    """Who does something: kept with it, shown with it."""

    id: int | None
    name: str


@dataclass(frozen=True)
class DeedView:
    """Something done, for whoever wants to undo it."""

    deed_id: int
    kind: Kind
    payload: dict[str, object]
    person_id: int | None
    undone: bool
    in_time: bool
    """It can be undone still."""

    @property
    def said(self) -> list[str]:
        """The names or the number that it was about, to speak of it."""
        return [str(name) for name in cast("list[str]", self.payload.get("said") or [])]

    @property
    def link_ids(self) -> list[int]:
        """The links that it deleted."""
        return ids(self.payload, "links")


async def note(archive_id: int, kind: Kind, payload: dict[str, object], by: Actor, undo_ms: int = UNDO_MS) -> int:
    """Writes a deed down, inside the transaction that does it, and gives its id."""
    now = clock.now()
    deed = await Deed.create(
        archive_id=archive_id,
        kind=kind,
        payload=payload,
        person_id=by.id,
        person_name=by.name,
        done_at=now,
        undo_until_ms=clock.to_ms(now) + undo_ms,
    )
    return int(deed.id)


@reading
async def find(chat_id: int, deed_id: int) -> DeedView | None:
    """A deed of the chat; None for other chats' ids."""
    deed = await Deed.get_or_none(id=deed_id, archive__chat_id=chat_id)
    return _view(deed) if deed else None


@reading
async def latest(chat_id: int, limit: int = 20) -> list[DeedView]:
    """The newest deeds of the chat that can be undone still, whoever did them, the last one first."""
    found = _standing(chat_id).exclude(kind__in=list(OF_LINKS))
    return [_view(deed) for deed in await found.order_by("-id").limit(limit)]


@reading
async def latest_of(chat_id: int, person_id: int) -> DeedView | None:
    """What this person did last in the chat and can be undone still."""
    own = _standing(chat_id).filter(person_id=person_id)
    deed = await own.order_by("-id").first()
    return _view(deed) if deed else None


def _standing(chat_id: int) -> QuerySet[Deed]:
    return Deed.filter(archive__chat_id=chat_id, undone_at__isnull=True, undo_until_ms__gt=clock.now_ms())


async def later_of_tags(deed: Deed) -> Deed | None:
    """The first deed after this one that touched one of the same tags and stands: it has to be undone before."""
    touched = set(ids(deed.payload, "touched"))
    later = Deed.filter(archive_id=deed.archive_id, id__gt=deed.id, undone_at__isnull=True, kind__in=list(OF_TAGS))
    for other in await later.order_by("-id"):
        if touched & set(ids(other.payload, "touched")):
            return other
    return None


async def mark_undone(archive_id: int, link_id: int) -> None:
    """A link was brought back by its card: a deletion of which all is back needs no undo. In its transaction."""
    recent = Deed.filter(archive_id=archive_id, kind="delete", undone_at__isnull=True, undo_until_ms__gt=clock.now_ms())
    for deed in await recent.order_by("-id").limit(100):
        links = ids(deed.payload, "links")
        if link_id in links and not await Link.filter(id__in=links, deleted_at__isnull=False).exists():
            await Deed.filter(id=deed.id).update(undone_at=clock.now())


def ids(payload: dict[str, object], name: str) -> list[int]:
    """A list of ids in a payload; empty when it has none."""
    return [int(value) for value in cast("list[int]", payload.get(name) or [])]


def number(payload: dict[str, object], name: str) -> int | None:
    """An id in a payload."""
    value = payload.get(name)
    return int(value) if isinstance(value, int) else None


def _view(deed: Deed) -> DeedView:
    return DeedView(
        deed_id=deed.id,
        kind=cast(Kind, deed.kind),
        payload=deed.payload,
        person_id=deed.person_id,
        undone=deed.undone_at is not None,
        in_time=deed.undo_until_ms > clock.now_ms(),
    )
