"""A person's own: all that they shared in a chat, taken out of its archive again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from storage import cards, deeds, link_deeds, search, signals
from storage.database import reading, writing_in_chat
from storage.deeds import Actor
from storage.deletion import mark_deleted
from storage.models import Archive, Capture, Deed, Link, LinkTag, Share
from storage.sharers import Person
from storage.upkeep import Done

_SHARE_FIELDS = (
    "link_id", "chat_id", "message_id", "thread_id", "person_id", "person_name", "words", "source", "shared_at",
)  # fmt: skip


@reading
async def count(chat_id: int, person_id: int) -> int:
    """How many links of the chat the person has shared, those that others shared as well included.

    Deleted ones count while somebody could bring them back.
    """
    return len({share.link_id for share in await _shares_of(chat_id, person_id)})


async def _shares_of(chat_id: int, person_id: int) -> list[Share]:
    """All that the person shared in the chat and has not forgotten."""
    own = Share.filter(link__archive__chat_id=chat_id, person_id=person_id)
    shares = await own.order_by("id").select_related("link")
    forgotten = await deeds_of([share.link for share in shares])
    return [share for share in shares if share.link_id not in forgotten]


async def forget(chat_id: int, by: Actor) -> Done | None:
    """Deletes what the person alone shared, and takes their name and words off what others shared too, and off copies.

    None when there is nothing of theirs. It can be undone for a day; after that nothing of their words is kept.
    """
    done = await _forget(chat_id, by)
    signals.outbox.set()
    return done


@writing_in_chat
async def _forget(chat_id: int, by: Actor) -> Done | None:
    archive = await Archive.get_or_none(chat_id=chat_id)
    shares = await _shares_of(chat_id, by.id) if by.id is not None else []
    if archive is None or not shares:
        return None
    links = {share.link_id: share.link for share in shares}
    deleted: list[int] = []
    gone: list[int] = []
    firsts: list[list[Any]] = []
    taken: list[dict[str, Any]] = []
    for link_id, link in links.items():
        others = await Share.filter(link_id=link_id).exclude(person_id=by.id).order_by("shared_at", "id")
        if not others and link.deleted_at:
            gone.append(link_id)  # deleted before: from now on nobody else can undo that
            continue
        if not others:
            await mark_deleted(link, by.name)
            deleted.append(link_id)
            continue
        taken += [_stored(share) for share in shares if share.link_id == link_id]
        await Share.filter(link_id=link_id, person_id=by.id).delete()
        if link.first_sharer_id == by.id:
            firsts.append([link_id, link.first_shared_by, link.first_sharer_id])
            first = others[0]
            await Link.filter(id=link_id).update(first_shared_by=first.person_name, first_sharer_id=first.person_id)
        await search.renew([link_id])
    given = await Capture.filter(archive_id=archive.id, given_by_id=by.id).order_by("id")
    await Capture.filter(id__in=[copy.id for copy in given]).update(given_by="", given_by_id=None)
    touched = dict.fromkeys([*reversed(links), *(copy.link_id for copy in given)])
    await cards.make_due_in_turn(await cards.of_links(touched))
    copies = [[copy.id, copy.given_by] for copy in given]
    payload: dict[str, object] = {
        "links": deleted, "gone": gone, "shares": taken, "firsts": firsts, "copies": copies,
    }  # fmt: skip
    deed_id = await deeds.note(archive.id, "forget", payload, by)
    return Done(deed_id, len(links), by.name)


async def start_anew(links: Sequence[Link], by_id: int | None, sharer: Person, at: datetime) -> set[int]:
    """Links that somebody else than `by_id` forgot count as first shared now. In the transaction that keeps them.

    Of whoever forgot them nothing is left, nor tags, note and title, of which nobody knows whose they were.
    Gives the ids of these links. What people bring back of their own stays as it was.
    """
    forgotten = {link_id: deed for link_id, deed in (await deeds_of(links)).items() if deed.person_id != by_id}
    for link_id, deed in forgotten.items():
        await _settle(deed, link_id)
        await Share.filter(link_id=link_id, person_id=deed.person_id).delete()
        await LinkTag.filter(link_id=link_id).delete()
        fresh = {"note": None, "given_title": None}
        first = {"first_shared_at": at, "first_shared_by": sharer.name, "first_sharer_id": sharer.person_id}
        await Link.filter(id=link_id).update(**fresh, **first)
        next(link for link in links if link.id == link_id).update_from_dict({**fresh, **first})
        await search.renew([link_id])
    if forgotten:
        await link_deeds.forget_about(links[0].archive_id, forgotten)
    return set(forgotten)


async def bring_back(link: Link) -> None:
    """A deleted link is there again, and the deed of whoever forgot it is about it no more. In a transaction."""
    for deed in (await deeds_of([link])).values():
        await _settle(deed, link.id)
    await mark_deleted(link, None)


@reading
async def by_whom(chat_id: int, link_id: int) -> int | None:
    """Who forgot a deleted link of the chat; None for one that was just deleted, or is there."""
    links = await Link.filter(id=link_id, archive__chat_id=chat_id)
    return next((deed.person_id for deed in (await deeds_of(links)).values()), None)


async def deeds_of(links: Sequence[Link]) -> dict[int, Deed]:
    """Of links that are deleted because somebody forgot them: that deed, by link."""
    gone = {link.id for link in links if link.deleted_at}
    if not gone:
        return {}
    standing = Deed.filter(archive_id=links[0].archive_id, kind="forget", undone_at__isnull=True)
    return {link_id: deed for deed in await standing.order_by("id") for link_id in about(deed) if link_id in gone}


def about(deed: Deed) -> list[int]:
    """The links that a person forgot by this deed, and that nobody else had shared."""
    return [*deeds.ids(deed.payload, "links"), *deeds.ids(deed.payload, "gone")]


async def _settle(deed: Deed, link_id: int) -> None:
    left = {name: [n for n in deeds.ids(deed.payload, name) if n != link_id] for name in ("links", "gone")}
    deed.payload = {**deed.payload, **left}
    await deed.save(update_fields=["payload"])


def _stored(share: Share) -> dict[str, Any]:
    return {name: _plain(getattr(share, name)) for name in _SHARE_FIELDS}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


async def undo(deed: Deed) -> None:
    """Brings back what was forgotten, inside the transaction of `undoing.undo`."""
    back = deeds.ids(deed.payload, "links")
    for link in await Link.filter(id__in=back, deleted_at__isnull=False):
        await mark_deleted(link, None)
    touched = list(back)
    for stored in cast("list[dict[str, Any]]", deed.payload.get("shares") or []):
        if await Link.filter(id=stored["link_id"]).exists():
            keys = {name: stored[name] for name in ("link_id", "chat_id", "message_id")}
            rest = {name: value for name, value in stored.items() if name not in keys}
            await Share.get_or_create(
                **keys, defaults={**rest, "shared_at": datetime.fromisoformat(stored["shared_at"])}
            )
            touched.append(stored["link_id"])
    for link_id, name, person_id in cast("list[list[Any]]", deed.payload.get("firsts") or []):
        await Link.filter(id=link_id).update(first_shared_by=name, first_sharer_id=person_id)
    renewed = dict.fromkeys(touched)
    for capture_id, name in cast("list[list[Any]]", deed.payload.get("copies") or []):
        for copy in await Capture.filter(id=capture_id, given_by=""):
            await Capture.filter(id=copy.id).update(given_by=name, given_by_id=deed.person_id)
            touched.append(copy.link_id)
    for link_id in renewed:
        if await Link.filter(id=link_id).exists():
            await search.renew([link_id])
    await cards.make_due_in_turn(await cards.of_links(dict.fromkeys(touched)))
