"""The full-text index of the database that is open."""

# ruff: noqa: S608 - what is put into SQL text here are marks; values are parameters

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from storage import search_postgres, search_sqlite
from storage.database import Dialect, dialect, marks, rows
from storage.search_docs import Doc, Fulltext, shown_text


def index() -> Fulltext:
    """The full-text index of the database that is open."""
    return search_sqlite.INDEX if dialect() is Dialect.SQLITE else search_postgres.INDEX


async def get(link_ids: Sequence[int]) -> dict[int, Doc]:
    """What the index has of links; an empty document for those that it does not know."""
    if not link_ids:
        return {}
    found = await rows(
        "SELECT link_id, title, url, words, body, said_text, page_text, page_shown "
        f"FROM search_docs WHERE link_id IN ({marks(link_ids)})",
        link_ids,
    )
    known = {int(row.pop("link_id")): Doc(**row) for row in found}
    return {link_id: known.get(link_id, Doc()) for link_id in link_ids}


async def put(archive_id: int, docs: Mapping[int, Doc], replacing: Collection[int]) -> None:
    """Writes what is found of links, inside the transaction that changed them; `replacing` what was there of some."""
    await index().put(archive_id, docs, replacing)


async def forget(link_ids: Collection[int]) -> None:
    """Removes links from the index, inside the transaction that removes them."""
    await index().forget(link_ids)


async def shown(link_ids: Sequence[int]) -> dict[int, str]:
    """The texts of pages as they are, by link."""
    if not link_ids:
        return {}
    sql = f"SELECT link_id, page_shown FROM search_docs WHERE link_id IN ({marks(link_ids)})"
    return {int(row["link_id"]): shown_text(row["page_shown"]) for row in await rows(sql, link_ids)}
