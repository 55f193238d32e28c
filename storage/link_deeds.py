"""What was done to single links, a note, a title or tags: noted with the way back, and taken back.

A deed is taken back only while the link is as that deed left it. When anybody has changed the same thing again since,
theirs stands: the answer says so once, and the next `/undo` goes on to what the person did before. It is the same when
what was written is what stands there by chance, when the link was deleted, and when the tags were renamed, merged or
removed everywhere: nothing is overwritten silently, and nothing that somebody forgot comes back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal, cast

from tortoise.expressions import Q

from storage import cards, deeds, search
from storage.deeds import Actor
from storage.models import Deed, Link, LinkTag, Tag
from storage.tagging import recount

What = Literal["note", "title"]
FIELDS: dict[What, str] = {"note": "note", "title": "given_title"}
Pairs = set[tuple[int, int]]
"""Tags and the links that carry them, by id."""


async def note_words(link: Link, what: What, new: str | None, by: Actor) -> int | None:
    """Notes that a link's note or title was changed, inside the transaction that does it; None when it is the same."""
    old = cast("str | None", getattr(link, FIELDS[what]))
    if old == new:
        return None
    payload: dict[str, object] = {"link": link.id, "old": old, "new": new, "said": [str(link.number)]}
    return await deeds.note(link.archive_id, what, payload, by)


async def pairs_of(link_ids: Sequence[int]) -> Pairs:
    """The tags that links have."""
    found = await LinkTag.filter(link_id__in=list(link_ids)).values_list("tag_id", "link_id")
    return {(int(tag_id), int(link_id)) for tag_id, link_id in cast("list[tuple[Any, Any]]", found)}


async def note_tags(archive_id: int, before: Pairs, after: Pairs, by: Actor) -> int | None:
    """Notes that links got tags and lost others, inside the transaction that does it; None when nothing changed."""
    gained, lost = after - before, before - after
    if not (gained or lost):
        return None
    links = await Link.filter(id__in=list({link_id for _, link_id in gained | lost})).order_by("number")
    names = {tag.id: tag.name for tag in await Tag.filter(id__in=list({tag_id for tag_id, _ in gained | lost}))}
    payload: dict[str, object] = {
        "gained": sorted(gained),
        "lost": sorted(lost),
        "touched": sorted(names),
        "on": [names[tag_id] for tag_id in dict.fromkeys(tag_id for tag_id, _ in sorted(gained))],
        "off": [names[tag_id] for tag_id in dict.fromkeys(tag_id for tag_id, _ in sorted(lost))],
        "said": [", ".join(str(link.number) for link in links)],
    }
    return await deeds.note(archive_id, "tags", payload, by)


async def take_back(deed: Deed) -> bool:
    """Takes a deed back, inside the transaction of `undoing.undo`; False when something else was done since."""
    if await _done_again(deed):
        return False
    return await (_tags_back(deed) if deed.kind == "tags" else _words_back(deed))


async def _words_back(deed: Deed) -> bool:
    link_id, field = deeds.number(deed.payload, "link") or 0, FIELDS[cast(What, deed.kind)]
    link = await Link.get_or_none(id=link_id, archive_id=deed.archive_id, deleted_at__isnull=True)
    if link is None or getattr(link, field) != deed.payload["new"]:
        return False
    await Link.filter(id=link_id).update(**{field: deed.payload["old"]})
    await search.renew([link_id])
    await cards.make_due(await cards.of_links([link_id]))
    return True


async def _tags_back(deed: Deed) -> bool:
    gained, lost = _pairs(deed, "gained"), _pairs(deed, "lost")
    link_ids = sorted({link_id for _, link_id in gained | lost})
    living = Link.filter(id__in=link_ids, archive_id=deed.archive_id, deleted_at__isnull=True)
    there = await pairs_of(link_ids)
    if await living.count() != len(link_ids) or not gained <= there or lost & there:
        return False
    for tag_id, link_id in gained:
        await LinkTag.filter(tag_id=tag_id, link_id=link_id).delete()
    await LinkTag.bulk_create([LinkTag(tag_id=tag_id, link_id=link_id) for tag_id, link_id in sorted(lost)])
    await recount(deeds.ids(deed.payload, "touched"))
    await cards.make_due(await cards.of_links(link_ids))
    return True


async def _done_again(deed: Deed) -> bool:
    """Whether the same was done to the same link later, or to the same tags on all links, and stands."""
    ours = _marks(deed)
    later = Deed.filter(archive_id=deed.archive_id, id__gt=deed.id, undone_at__isnull=True, kind=deed.kind)
    if any(ours & _marks(other) for other in await later):
        return True
    if deed.kind != "tags":
        return False
    # What was undone since has put the tags of that time back, over what was done to them in between.
    meanwhile = Q(id__gt=deed.id, undone_at__isnull=True) | Q(id__lt=deed.id, undone_at__gt=deed.done_at)
    touched = set(deeds.ids(deed.payload, "touched"))
    of_tags = Deed.filter(meanwhile, archive_id=deed.archive_id, kind__in=list(deeds.OF_TAGS))
    return any(touched & set(deeds.ids(other.payload, "touched")) for other in await of_tags)


def _marks(deed: Deed) -> set[object]:
    """What a deed changed, to be compared."""
    if deed.kind == "tags":
        return {*_pairs(deed, "gained"), *_pairs(deed, "lost")}
    return {deeds.number(deed.payload, "link")}


def _pairs(deed: Deed, name: str) -> Pairs:
    return {(int(tag_id), int(link_id)) for tag_id, link_id in cast("list[list[int]]", deed.payload.get(name) or [])}


async def forget_about(archive_id: int, links: Collection[int]) -> None:
    """Drops the deeds about links of which nothing of the time before shall be known, inside a transaction."""
    for deed in await Deed.filter(archive_id=archive_id, kind__in=list(deeds.OF_LINKS)):
        about = {link_id for _, link_id in _pairs(deed, "gained") | _pairs(deed, "lost")}
        if (about | {deeds.number(deed.payload, "link")}) & set(links):
            await deed.delete()
