"""Finds links by their tags, and lists the tags."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Sequence

from storage import views
from storage.database import reading, rows
from storage.models import Archive, Tag
from storage.records import LinkView, Page, TagCount
from storage.tagging import tag_key

__all__ = ["links_with_tags", "list_tags", "tag_key"]

MAX_SUGGESTIONS = 3
_COMPARED_TAGS = 1000
"""Of an archive's tags, the most used: so many are compared with a misspelt one."""


@reading
async def links_with_tags(chat_id: int, names: Sequence[str], page: int = 1, per_page: int = 10) -> Page[LinkView]:
    """The links of the chat that carry all of the tags, newest first; near names when there are none."""
    keys = list(dict.fromkeys(key for key in map(tag_key, names) if key))
    archive = await Archive.get_or_none(chat_id=chat_id)
    if archive is None or not keys:
        return views.page((), 0, 1, per_page)
    # The rarest first: the others are only looked up for its links.
    tags = await Tag.filter(archive_id=archive.id, key__in=keys, count__gt=0).order_by("count", "id")
    if len(tags) < len(keys):
        missing = [key for key in keys if key not in {tag.key for tag in tags}]
        return views.page((), 0, 1, per_page, await _near(archive.id, missing))
    source = (
        "FROM link_tags t JOIN links l ON l.id = t.link_id WHERE t.tag_id = ? AND l.deleted_at IS NULL"
        + " AND EXISTS (SELECT 1 FROM link_tags o WHERE o.tag_id = ? AND o.link_id = t.link_id)" * (len(tags) - 1)
    )
    values = [tag.id for tag in tags]
    total = tags[0].count
    if len(tags) > 1:
        total = int((await rows(f"SELECT count(*) AS n {source}", values))[0]["n"])
    number = min(max(page, 1), views.pages(total, per_page))
    found = await rows(
        f"SELECT t.link_id AS id {source} ORDER BY t.link_id DESC LIMIT ? OFFSET ?",
        [*values, per_page, (number - 1) * per_page],
    )
    return views.page(tuple(await views.links([int(row["id"]) for row in found])), total, number, per_page)


@reading
async def list_tags(chat_id: int, prefix: str = "", page: int = 1, per_page: int = 30) -> Page[TagCount]:
    """The tags of the chat that begin so, the most used first."""
    archive = await Archive.get_or_none(chat_id=chat_id)
    if archive is None:
        return views.page((), 0, 1, per_page)
    wanted = Tag.filter(archive_id=archive.id, count__gt=0)
    if key := tag_key(prefix):
        wanted = wanted.filter(key__startswith=key)
    total = await wanted.count()
    number = min(max(page, 1), views.pages(total, per_page))
    found = await wanted.order_by("-count", "key").limit(per_page).offset((number - 1) * per_page)
    counts = tuple(TagCount(name=tag.name, count=tag.count) for tag in found)
    near = await _near(archive.id, [key]) if key and not total else ()
    return views.page(counts, total, number, per_page, near)


async def _near(archive_id: int, keys: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Tags whose names are like these, the nearest first, with their counts."""
    tags = await Tag.filter(archive_id=archive_id, count__gt=0).order_by("-count").limit(_COMPARED_TAGS)
    by_key = {tag.key: tag for tag in tags}

    def compare() -> list[str]:
        found: dict[str, None] = {}
        for key in keys:
            # Half of a name of two characters is one wrong character.
            found.update(dict.fromkeys(difflib.get_close_matches(key, by_key, MAX_SUGGESTIONS, 0.5)))
        return list(found)

    near = await asyncio.to_thread(compare)
    return tuple((by_key[key].name, by_key[key].count) for key in near[:MAX_SUGGESTIONS])
