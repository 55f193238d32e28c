"""Finds links: by tags, by words in titles, URLs, notes, messages and pages, by whatever a query says of them."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from storage import fulltext, search_names, snippets, views
from storage.database import reading, rows
from storage.models import Archive, Link, Share
from storage.query import Bare, Query, Text, parse
from storage.records import LinkView, Page
from storage.search_docs import Doc
from storage.search_plan import COUNTED, Known, Sql, plan, title_plan

BEST = 3
"""So many of the links with all the words in their titles come before the newest."""


@dataclass(frozen=True)
class Found:
    """A page of ids, and how many links there are."""

    ids: tuple[int, ...]
    total: int
    page: int
    more: bool = False


async def search(
    chat_id: int, text: str, page: int = 1, per_page: int = 10, *, bare: Bare = "word", asker_id: int | None = None
) -> Page[LinkView]:
    """The links that a query asks for, from its text; see `find`. Raises query.Mistake."""
    return await find(chat_id, parse(text, bare), asker_id=asker_id, page=page, per_page=per_page)


@reading
async def find(
    chat_id: int, query: Query, *, asker_id: int | None = None, page: int = 1, per_page: int = 10
) -> Page[LinkView]:
    """The links of the chat that the query asks for: newest first, before them the best of those found by words.

    `asker_id` is who `by:me` is. Raises query.Mistake when somebody is named who has shared nothing here.
    """
    archive = await Archive.get_or_none(chat_id=chat_id)
    if archive is None:
        return views.page((), 0, 1, per_page)
    known = await search_names.known(archive, query, asker_id)
    found = await find_ids(query, known, page, per_page)
    if not found.ids:
        near = await search_names.unknown_names(archive.id, known)
        return views.page((), 0, 1, per_page, near)
    shown = await in_context(query, await views.links(found.ids))
    return replace(views.page(tuple(shown), found.total, found.page, per_page), more=found.more)


async def find_ids(query: Query, known: Known, page: int, per_page: int) -> Found:
    """A page of the links; the last one when there are not so many."""
    ways = plan(query.tree, known)
    if ways.total is not None:
        page = min(max(page, 1), views.pages(ways.total, per_page))
        return Found(await _ids(ways.newest(per_page, (page - 1) * per_page)), ways.total, page)
    # All that are listed at once: counting them would cost as much again.
    newest = await _ids(ways.newest(COUNTED + 1))
    more = len(newest) > COUNTED
    found = _best_first(await _best(query, known, () if more else newest) if newest else (), newest)[:COUNTED]
    page = min(max(page, 1), views.pages(len(found), per_page))
    return Found(found[(page - 1) * per_page : page * per_page], len(found), page, more)


def _best_first(best: tuple[int, ...], newest: tuple[int, ...]) -> tuple[int, ...]:
    return (*best, *(link_id for link_id in newest if link_id not in best))


def begins_with_words(query: Query) -> bool:
    """Whether its links are listed by the full-text index, which knows all archives alike."""
    return title_plan(query.tree, Known(0, 0)) is not None


async def newest_ids(query: Query, known: Known, limit: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The best and the newest of the links, not counted; the best can be among the newest."""
    return await _best(query, known), await _ids(plan(query.tree, known).newest(limit))


async def _best(query: Query, known: Known, among: tuple[int, ...] = ()) -> tuple[int, ...]:
    in_title = title_plan(query.tree, known, among)
    return await _ids(in_title.newest(BEST)) if in_title else ()


async def _ids(sql: Sql) -> tuple[int, ...]:
    return tuple(int(row["id"]) for row in await rows(sql.text, sql.values))


async def in_context(query: Query, links: Sequence[LinkView]) -> list[LinkView]:
    """The links with a few words of where the query's words stand: in a note, a message, or the page."""
    words = [(leaf.words, leaf.phrase) for leaf, wanted in query.leaves() if wanted and isinstance(leaf, Text)]
    wanted = snippets.pattern(words)
    if wanted is None or not links:
        return list(links)
    ids = [link.link_id for link in links]
    pages = await fulltext.shown(ids)
    said: dict[int, list[str]] = defaultdict(list)
    for link in await Link.filter(id__in=ids, note__isnull=False).values("id", "note"):
        said[link["id"]].append(link["note"])
    for share in await Share.filter(link_id__in=ids).order_by("-id").limit(20 * len(ids)).values("link_id", "words"):
        said[share["link_id"]].append(_without_addresses(share["words"]))

    def texts_of(link: LinkView) -> list[str]:
        """Without what is the title, which is shown anyway: a bookmark's words often are."""
        return [text for text in (*said[link.link_id], pages.get(link.link_id, "")) if text != link.title]

    def look() -> list[LinkView]:
        return [replace(link, context=_context(texts_of(link), wanted)) for link in links]

    return await asyncio.to_thread(look)


def _context(texts: Sequence[str], wanted: re.Pattern[str]) -> snippets.Context:
    """Where the most of the words are, the first of equals."""
    found = [snippets.context(text, wanted) for text in texts if text]
    return max(found, key=lambda pieces: len({text.casefold() for text, hit in pieces if hit}), default=())


_ADDRESS = re.compile(r"\S+://\S+")


def _without_addresses(words: str) -> str:
    """What somebody wrote around the links."""
    return " ".join(_ADDRESS.sub(" ", words).split())


async def renew(link_ids: Sequence[int]) -> None:
    """Makes findable what is said of links now, inside the transaction that changed a title, a note or a posting."""
    docs = await fulltext.get(link_ids)
    said: dict[int, list[str]] = defaultdict(list)
    for share in await Share.filter(link_id__in=list(link_ids)).order_by("id").values("link_id", "words"):
        said[share["link_id"]].append(share["words"])
    by_archive: dict[int, dict[int, Doc]] = defaultdict(dict)
    for link in await Link.filter(id__in=list(link_ids)):
        doc = docs[link.id].said(link.url, said[link.id], link.title or "", link.given_title or "", link.note or "")
        by_archive[link.archive_id][link.id] = doc
    for archive_id, renewed in by_archive.items():
        await fulltext.put(archive_id, renewed, replacing=renewed)
