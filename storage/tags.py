"""Lists an archive's tags, and the links that carry some."""

from __future__ import annotations

from collections.abc import Sequence

from storage import search, views
from storage.database import reading
from storage.models import Archive, Tag
from storage.query import All, Query
from storage.query import Tag as TagName
from storage.records import LinkView, Page, TagCount
from storage.search_names import near_names
from storage.tagging import tag_key

__all__ = ["links_with_tags", "list_tags", "tag_key"]

HIGHEST = "\U0010ffff"
"""Behind every character."""


async def links_with_tags(chat_id: int, names: Sequence[str], page: int = 1, per_page: int = 10) -> Page[LinkView]:
    """The links of the chat that carry all of the tags, newest first; near names when there are none."""
    wanted = tuple(dict.fromkeys(TagName(key, name) for name in names if (key := tag_key(name))))
    if not wanted:
        return views.page((), 0, 1, per_page)
    tree = All(wanted) if len(wanted) > 1 else wanted[0]
    return await search.find(chat_id, Query(" ".join(names), tree), page=page, per_page=per_page)


@reading
async def list_tags(chat_id: int, prefix: str = "", page: int = 1, per_page: int = 30) -> Page[TagCount]:
    """The tags of the chat that begin so, the most used first."""
    archive = await Archive.get_or_none(chat_id=chat_id)
    if archive is None:
        return views.page((), 0, 1, per_page)
    wanted = Tag.filter(archive_id=archive.id, count__gt=0)
    if key := tag_key(prefix):
        # Between two keys: an index can tell, which it cannot for a pattern.
        wanted = wanted.filter(key__gte=key, key__lt=key + HIGHEST)
    total = await wanted.count()
    number = min(max(page, 1), views.pages(total, per_page))
    found = await wanted.order_by("-count", "key").limit(per_page).offset((number - 1) * per_page)
    counts = tuple(TagCount(name=tag.name, count=tag.count) for tag in found)
    near = await near_names(archive.id, [key]) if key and not total else ()
    return views.page(counts, total, number, per_page, near)
