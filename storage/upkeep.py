"""Tags kept in order: put on and taken off single links; renamed, merged and removed on all of them, with a way back.

What an undo needs is in the deed's payload: `had` are the links that carried the tag, `gained` those that got the
other one by it, `touched` the tags for which a later deed has to be undone first.
"""

# ruff: noqa: S608 - what is put into SQL text here are marks; values are parameters

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from storage import branches, cards, deeds, link_deeds, signals
from storage.database import execute, ints, marks, reading, rows, writing_in_chat
from storage.deeds import Actor
from storage.models import Archive, Deed, Link, LinkTag, Tag, TagAlias
from storage.tagging import moved, put_tags, recount, resolve, shown_name, tag_key, take_off

AT_ONCE = 10_000
"""Ids in one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535. With 500 a merge took four times as long."""


@dataclass(frozen=True)
class TagFound:
    """A tag that a command names."""

    tag_id: int
    name: str
    count: int
    """Links that carry it and are not deleted."""


@dataclass(frozen=True)
class Done:
    """A deed that was done."""

    deed_id: int
    count: int
    """How many links it concerned."""
    name: str
    """The tag or link it was about."""
    other: str = ""
    """What the tag became."""


async def retag(
    chat_id: int, link_ids: Sequence[int], add: Sequence[str], remove: Sequence[str], by: Actor | None = None
) -> bool:
    """Puts tags on links of the chat and takes others off; False when nothing was to change.

    Whoever does it can undo it for a day.
    """
    changed = await _retag(chat_id, link_ids, add, remove, by)
    if changed:
        signals.outbox.set()
    return changed


@writing_in_chat
async def _retag(
    chat_id: int, link_ids: Sequence[int], add: Sequence[str], remove: Sequence[str], by: Actor | None
) -> bool:
    archive = await Archive.get_or_none(chat_id=chat_id)
    if archive is None:
        return False
    own = Link.filter(id__in=list(link_ids), archive_id=archive.id, deleted_at__isnull=True)
    ids = ints(await own.values_list("id", flat=True))
    before = await link_deeds.pairs_of(ids)
    removed = await take_off(archive.id, ids, remove)
    added = await put_tags(archive.id, ids, add)
    if by is not None:
        await link_deeds.note_tags(archive.id, before, await link_deeds.pairs_of(ids), by)
    await cards.make_due(await cards.of_links(dict.fromkeys([*removed, *added])))
    return bool(removed or added)


@reading
async def tag(chat_id: int, name: str) -> TagFound | None:
    """The tag that a name leads to in the chat; None when no link ever had it."""
    found = await _tag(chat_id, name)
    return TagFound(found.id, found.name, found.count) if found else None


async def _tag(chat_id: int, name: str) -> Tag | None:
    archive, key = await Archive.get_or_none(chat_id=chat_id), tag_key(name)
    return (await resolve(archive.id, [key])).get(key) if archive and key else None


async def rename(chat_id: int, old: str, new: str, by: Actor, kind: deeds.Kind = "rename") -> Done | None:
    """Gives a tag another name, or merges it into the tag that has that name; None when there is no such tag.

    The old name leads to the tag from then on. Tags below it (`old/…`) follow, except when it moves below itself.
    Cards that can be seen follow, older ones when they are next sent.
    """
    done = await _rename(chat_id, old, new, by, kind)
    signals.outbox.set()
    return done


@writing_in_chat
async def _rename(chat_id: int, old: str, new: str, by: Actor, kind: deeds.Kind) -> Done | None:
    archive, old_key, key = await Archive.get_or_none(chat_id=chat_id), tag_key(old), tag_key(new)
    if archive is None or not old_key or not key:
        return None
    tag = (await resolve(archive.id, [old_key])).get(old_key)
    old_key = tag.key if tag else old_key
    children = await branches.below(archive.id, old_key)
    if tag is None and (not children or branches.is_below(key, old_key)):
        return None
    concerned = await branches.count(archive.id, old_key)
    said = [tag.name if tag else shown_name(old), shown_name(new)]
    parts: list[dict[str, object]] = []
    if tag is not None:
        payload, said[1] = await _rename_one(tag, key, new, kind)
        parts.append(payload)
        if branches.is_below(said[1], old_key):
            children, concerned = [], tag.count
    for child in children:
        if name := moved(child.key, child.name, old_key, said[1]):
            parts.append((await _rename_one(child, tag_key(name), name, "rename"))[0])
    touched = list(dict.fromkeys(i for part in parts for i in deeds.ids(part, "touched")))
    payload = parts[0] if len(parts) == 1 else {"parts": parts, "touched": touched}
    deed_id = await deeds.note(archive.id, kind, {**payload, "said": said}, by)
    await cards.refresh_recent(chat_id, touched)
    return Done(deed_id, concerned, *said)


async def _rename_one(tag: Tag, key: str, new: str, kind: deeds.Kind) -> tuple[dict[str, object], str]:
    """One tag alone; gives what an undo needs, and the name that it has now."""
    name = shown_name(new)
    target = (await resolve(tag.archive_id, [key])).get(key) if kind == "merge" else None
    if target is None or target.id == tag.id:
        # The tag takes the name itself: of one that gave its links away, whose row is still there, or a free one.
        target = await Tag.get_or_none(archive_id=tag.archive_id, key=key)
    if target is None or target.id == tag.id:
        payload = await _give_name(tag, key, name)
    else:
        name = target.name if kind == "merge" else name
        payload = await _move_links(tag, target, name)
    return payload, name


async def _give_name(tag: Tag, key: str, name: str) -> dict[str, object]:
    """A free name: the tag keeps its links, the old name becomes an alias."""
    payload: dict[str, object] = {"tag": tag.id, "key": tag.key, "name": tag.name, "new": key}
    payload["freed"] = await _free_name(tag.archive_id, key)
    await Tag.filter(id=tag.id).update(key=key, name=name)
    if key != tag.key:
        await TagAlias.create(archive_id=tag.archive_id, key=tag.key, tag_id=tag.id)
    freed = deeds.number(payload, "freed")
    return {**payload, "touched": [tag.id, *([freed] if freed else [])]}


async def _free_name(archive_id: int, key: str) -> int | None:
    """The name is a tag's own now and leads nowhere else; gives the tag to which it led."""
    alias = await TagAlias.get_or_none(archive_id=archive_id, key=key)
    if alias is None:
        return None
    await alias.delete()
    return alias.tag_id


async def _move_links(tag: Tag, target: Tag, name: str) -> dict[str, object]:
    """Every link of the tag carries the target instead; the tag's name and aliases lead to the target."""
    had = await links_with(tag.id)
    with_target = set(await links_with(target.id))
    await put(target.id, target.archive_id, [link_id for link_id in had if link_id not in with_target])
    await LinkTag.filter(tag_id=tag.id).delete()
    freed = await _free_name(tag.archive_id, target.key)
    repointed = ints(await TagAlias.filter(tag_id=tag.id).values_list("id", flat=True))
    await TagAlias.filter(tag_id=tag.id).update(tag_id=target.id)
    await TagAlias.create(archive_id=tag.archive_id, key=tag.key, tag_id=target.id)
    await Tag.filter(id=target.id).update(name=name)
    await recount([tag.id, target.id])
    return {
        "tag": tag.id,
        "into": target.id,
        "into_name": target.name,
        "had": had,
        "gained": [link_id for link_id in had if link_id not in with_target],
        "repointed": repointed,
        "freed": freed,
        "touched": [tag.id, target.id, *([freed] if freed else [])],
    }


async def untag(chat_id: int, name: str, by: Actor) -> Done | None:
    """Takes a tag off every link that has it; None when there is no such tag."""
    done = await _untag(chat_id, name, by)
    signals.outbox.set()
    return done


@writing_in_chat
async def _untag(chat_id: int, name: str, by: Actor) -> Done | None:
    tag = await _tag(chat_id, name)
    if tag is None:
        return None
    had = await links_with(tag.id)
    await cards.refresh_recent(chat_id, [tag.id])
    await LinkTag.filter(tag_id=tag.id).delete()
    await recount([tag.id])
    payload: dict[str, object] = {"tag": tag.id, "had": had, "touched": [tag.id], "said": [tag.name]}
    deed_id = await deeds.note(tag.archive_id, "untag", payload, by)
    return Done(deed_id, tag.count, tag.name)


async def undo(deed: Deed, chat_id: int) -> None:
    """The way back from a rename, a merge, an untag or a rule's tags, inside the transaction of `undoing.undo`."""
    payload = deed.payload
    if deed.kind == "rule":
        for gained_id, links in zip(deeds.ids(payload, "tags"), _lists(payload), strict=True):
            await _take(gained_id, links)
        await recount(deeds.ids(payload, "tags"))
    else:
        for part in reversed(cast("list[dict[str, object]]", payload.get("parts") or [payload])):
            await _undo_one(deed, part)
    await cards.refresh_recent(chat_id, deeds.ids(payload, "touched"))


async def _undo_one(deed: Deed, payload: dict[str, object]) -> None:
    tag_id = deeds.number(payload, "tag") or 0
    if "into" in payload:
        await _move_back(deed, payload, tag_id)
    elif "key" in payload:
        await _name_back(deed, payload, tag_id)
    else:
        await put(tag_id, deed.archive_id, deeds.ids(payload, "had"))
        await recount([tag_id])


def _lists(payload: dict[str, object]) -> list[list[int]]:
    gained = payload.get("gained")
    return [[int(i) for i in links] for links in gained] if isinstance(gained, list) else []


async def _move_back(deed: Deed, payload: dict[str, object], tag_id: int) -> None:
    into = deeds.number(payload, "into") or 0
    tag = await Tag.get(id=tag_id)
    await TagAlias.filter(archive_id=deed.archive_id, key=tag.key).delete()
    await TagAlias.filter(id__in=deeds.ids(payload, "repointed")).update(tag_id=tag_id)
    await _take(into, deeds.ids(payload, "gained"))
    await put(tag_id, deed.archive_id, deeds.ids(payload, "had"))
    target = await Tag.get(id=into)
    await Tag.filter(id=into).update(name=str(payload.get("into_name") or target.name))
    await _lead_again(deed.archive_id, target.key, payload)
    await recount([tag_id, into])


async def _name_back(deed: Deed, payload: dict[str, object], tag_id: int) -> None:
    key = str(payload["key"])
    await TagAlias.filter(archive_id=deed.archive_id, key=key).delete()
    await Tag.filter(id=tag_id).update(key=key, name=str(payload["name"]))
    await _lead_again(deed.archive_id, str(payload["new"]), payload)


async def _lead_again(archive_id: int, key: str, payload: dict[str, object]) -> None:
    freed = deeds.number(payload, "freed")
    if freed and await Tag.filter(id=freed).exists():
        await TagAlias.get_or_create(archive_id=archive_id, key=key, defaults={"tag_id": freed})


async def links_with(tag_id: int) -> list[int]:
    """The ids of all links with the tag, deleted ones included."""
    found = await rows("SELECT link_id FROM link_tags WHERE tag_id = ? ORDER BY link_id", [tag_id])
    return [int(row["link_id"]) for row in found]


async def lacking(chat_id: int, link_ids: Sequence[int], keys: Collection[str]) -> list[int]:
    """Those of the links that do not have all of the tags with these keys."""
    archive = await Archive.get_or_none(chat_id=chat_id)
    tags = {tag.id for tag in (await resolve(archive.id, keys)).values()} if archive else set()
    has: Counter[int] = Counter()
    for some in _portions(link_ids):
        pairs = await LinkTag.filter(link_id__in=some, tag_id__in=list(tags)).values_list("link_id", flat=True)
        has.update(ints(pairs))
    return [link_id for link_id in link_ids if has[link_id] < len(keys)]


def _portions(link_ids: Sequence[int]) -> Iterator[list[int]]:
    return (list(link_ids[start : start + AT_ONCE]) for start in range(0, len(link_ids), AT_ONCE))


async def put(tag_id: int, archive_id: int, link_ids: Sequence[int]) -> None:
    """Puts the tag on those of the links that exist still and do not have it; counters are left to the caller."""
    for some in _portions(link_ids):
        await execute(
            f"INSERT INTO link_tags (tag_id, link_id) SELECT ?, l.id FROM links l WHERE l.id IN ({marks(some)}) "
            "AND l.archive_id = ? AND NOT EXISTS "
            "(SELECT 1 FROM link_tags o WHERE o.tag_id = ? AND o.link_id = l.id) ORDER BY l.id",
            [tag_id, *some, archive_id, tag_id],
        )


async def _take(tag_id: int, link_ids: Sequence[int]) -> None:
    for some in _portions(link_ids):
        await execute(f"DELETE FROM link_tags WHERE tag_id = ? AND link_id IN ({marks(some)})", [tag_id, *some])
