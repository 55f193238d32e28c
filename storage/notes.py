"""What people say of a link: its note, and the title that they gave it. Both are found by searching."""

from __future__ import annotations

from dataclasses import replace

from storage import cards, search_sqlite, signals
from storage.database import writing
from storage.models import Link, Share
from storage.search_sqlite import Doc

MAX_NOTE_CHARACTERS = 1000
MAX_TITLE_CHARACTERS = 300


async def set_note(chat_id: int, link_id: int, note: str | None) -> bool:
    """Notes something on a link of the chat, or with None nothing any more; False when there is no such link."""
    done = await _change(chat_id, link_id, note=note[:MAX_NOTE_CHARACTERS] if note else None)
    signals.outbox.set()
    return done


async def set_title(chat_id: int, link_id: int, title: str | None) -> bool:
    """Calls a link something else than its page does, or with None what the page says; False as above."""
    done = await _change(chat_id, link_id, given_title=title[:MAX_TITLE_CHARACTERS] if title else None)
    signals.outbox.set()
    return done


@writing
async def _change(chat_id: int, link_id: int, **changes: str | None) -> bool:
    link = await Link.get_or_none(id=link_id, archive__chat_id=chat_id, deleted_at__isnull=True)
    if link is None:
        return False
    await Link.filter(id=link_id).update(**changes)
    await index_said(link_id)
    await cards.make_due(await cards.of_links([link_id]))
    return True


async def index_said(link_id: int) -> None:
    """Makes what people say of the link now findable, and nothing of what they said before. In a transaction."""
    link = await Link.get(id=link_id)
    docs = await search_sqlite.get([link_id])
    doc = replace(docs[link_id], words="", said_text="")
    words = [share.words for share in await Share.filter(link_id=link_id).order_by("id")]
    for said in (*words, link.note, link.given_title):
        doc = doc.with_share(link.url, said) if said else doc
    if not doc.said_text:
        doc = replace(doc.with_share(link.url, ""))
    await search_sqlite.put(link.archive_id, {link_id: doc if doc != Doc() else docs[link_id]}, replacing=[link_id])
