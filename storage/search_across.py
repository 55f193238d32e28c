"""Finds links in several archives at once: all those of the chats that somebody is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage import search, search_names, views
from storage.database import reading, rows
from storage.models import Archive
from storage.query import Mistake, Query, Text
from storage.records import LinkView
from storage.search_plan import Known

MAX_PAGES = 25


@dataclass(frozen=True)
class Across:
    """A page of links of several archives."""

    rows: tuple[LinkView, ...]
    more: bool
    """There is another page."""


@reading
async def find_among(
    chat_ids: Sequence[int], query: Query | None, *, asker_id: int, page: int = 1, per_page: int = 20
) -> Across:
    """What the query asks for in these chats, those with all the words in their titles first; without one the newest.

    Raises query.Mistake when somebody is named who has shared nothing in any of them.
    """
    if not chat_ids or not 0 < page <= MAX_PAGES:
        return Across((), more=False)
    archives = await Archive.filter(chat_id__in=list(chat_ids))
    if not archives:
        return Across((), more=False)
    needed = page * per_page + 1
    ids = await _newest(archives, needed) if query is None else await _found(archives, query, asker_id, needed)
    wanted = ids[(page - 1) * per_page : page * per_page]
    shown = await views.links(wanted)
    if query is not None:
        shown = await search.in_context(query, shown)
    return Across(tuple(shown), more=len(ids) >= needed and page < MAX_PAGES)


async def _newest(archives: Sequence[Archive], limit: int) -> list[int]:
    sql = "SELECT id FROM links WHERE archive_id = ? AND deleted_at IS NULL ORDER BY id DESC LIMIT ?"
    found = [int(row["id"]) for archive in archives for row in await rows(sql, [archive.id, limit])]
    return sorted(found, reverse=True)[:limit]


async def _found(archives: Sequence[Archive], query: Query, asker_id: int, limit: int) -> list[int]:
    best: list[int] = []
    rest: list[int] = []
    for names in await _known(archives, query, asker_id):
        in_title, others = await search.newest_ids(query, names, limit)
        best += in_title
        rest += others
    best = sorted(best, reverse=True)[: search.BEST]
    return [*best, *sorted(set(rest) - set(best), reverse=True)][:limit]


async def _known(archives: Sequence[Archive], query: Query, asker_id: int) -> list[Known]:
    """What the query's names are in each archive; where somebody named has shared nothing, there is nothing."""
    leaves = [leaf for leaf, _ in query.leaves()]
    if all(isinstance(leaf, Text) for leaf in leaves) and search.begins_with_words(query):
        first, *others = archives
        return [Known(first.id, 0, others=tuple(archive.id for archive in others))]
    known: list[Known] = []
    mistake: Mistake | None = None
    for archive in archives:
        try:
            known.append(await search_names.known(archive, query, asker_id))
        except Mistake as unknown_person:
            mistake = unknown_person
    if mistake and not known:
        raise mistake
    return known
