"""What people say of a link: its note, and the title that they gave it. Both are found by searching."""

from __future__ import annotations

from storage import cards, link_deeds, search, signals
from storage.database import writing_in_chat
from storage.deeds import Actor
from storage.link_deeds import FIELDS, What
from storage.models import Link

MAX_NOTE_CHARACTERS = 1000
MAX_TITLE_CHARACTERS = 300


async def set_note(chat_id: int, link_id: int, note: str | None, by: Actor | None = None) -> bool:
    """Notes something on a link of the chat, or with None nothing any more; False when there is no such link.

    Whoever does it can undo it for a day.
    """
    done = await _change(chat_id, link_id, "note", note[:MAX_NOTE_CHARACTERS] if note else None, by)
    signals.outbox.set()
    return done


async def set_title(chat_id: int, link_id: int, title: str | None, by: Actor | None = None) -> bool:
    """Calls a link something else than its page does, or with None what the page says; otherwise as `set_note`."""
    done = await _change(chat_id, link_id, "title", title[:MAX_TITLE_CHARACTERS] if title else None, by)
    signals.outbox.set()
    return done


@writing_in_chat
async def _change(chat_id: int, link_id: int, what: What, new: str | None, by: Actor | None) -> bool:
    link = await Link.get_or_none(id=link_id, archive__chat_id=chat_id, deleted_at__isnull=True)
    if link is None:
        return False
    if by is not None:
        await link_deeds.note_words(link, what, new, by)
    await Link.filter(id=link_id).update(**{FIELDS[what]: new})
    await search.renew([link_id])
    await cards.make_due(await cards.of_links([link_id]))
    return True
