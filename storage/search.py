"""Finds links by words: titles, URLs, the words around the link, the text of the page."""

from __future__ import annotations

from storage import search_sqlite, views
from storage.database import reading
from storage.models import Archive
from storage.records import LinkView, Page


@reading
async def search(chat_id: int, words: str, page: int = 1, per_page: int = 10) -> Page[LinkView]:
    """The links of the chat in which all the words are found, newest first.

    A word is found where it begins a word; two and more Chinese (Japanese) characters where they follow each other.
    """
    archive = await Archive.get_or_none(chat_id=chat_id)
    if archive is None:
        return views.page((), 0, 1, per_page)
    wanted = max(page, 1)
    ids, total = await search_sqlite.find(archive.id, words, per_page, (wanted - 1) * per_page)
    if total and not ids:
        wanted = views.pages(total, per_page)
        ids, total = await search_sqlite.find(archive.id, words, per_page, (wanted - 1) * per_page)
    return views.page(tuple(await views.links(ids)), total, wanted, per_page)
