"""A group became a supergroup: its archive follows, and what the new chat has gathered meanwhile is joined to it."""

from __future__ import annotations

from storage import fulltext, moving_choices, search, sharers
from storage.database import execute, writing
from storage.models import (
    Admitted,
    Archive,
    Asking,
    Capture,
    Card,
    CardLink,
    Chat,
    Link,
    LinkTag,
    Membership,
    Outbox,
    Piece,
    Share,
    Tag,
    TagAlias,
    Transfer,
)
from storage.notes import MAX_NOTE_CHARACTERS
from storage.tagging import resolve


@writing
async def follow(old_chat_id: int, new_chat_id: int) -> None:
    """See storage.archive.follow_migration; wakes nobody."""
    await _move_rights(old_chat_id, new_chat_id)
    await _move_members(old_chat_id, new_chat_id)
    await _move_outbox(old_chat_id, new_chat_id)
    archive = await Archive.get_or_none(chat_id=old_chat_id)
    if archive is None:
        return
    newer = await Archive.get_or_none(chat_id=new_chat_id)
    if newer is not None:
        await _join(archive, newer)
    await Archive.filter(id=archive.id).update(chat_id=new_chat_id, chat_kind="supergroup")


async def _move_rights(old_chat_id: int, new_chat_id: int) -> None:
    admitted = await Admitted.get_or_none(chat_id=old_chat_id)
    if admitted is not None:
        defaults = {"by_user_id": admitted.by_user_id, "since": admitted.since}
        await Admitted.get_or_create(chat_id=new_chat_id, defaults=defaults)
        await admitted.delete()
    # A block follows the group, whoever has asked for the new chat meanwhile.
    if await Asking.filter(chat_id=old_chat_id, state="blocked").exists():
        await Asking.filter(chat_id=new_chat_id).delete()
        await Admitted.filter(chat_id=new_chat_id).delete()
    if await Asking.filter(chat_id=new_chat_id).exists():
        await Asking.filter(chat_id=old_chat_id).delete()
    else:
        await execute("UPDATE askings SET chat_id = ? WHERE chat_id = ?", [new_chat_id, old_chat_id])


async def _move_members(old_chat_id: int, new_chat_id: int) -> None:
    """Whoever was seen in the old chat can look into the archive from elsewhere as before."""
    await execute(
        "UPDATE memberships SET chat_id = ? WHERE chat_id = ? "
        "AND NOT EXISTS (SELECT 1 FROM memberships o WHERE o.chat_id = ? AND o.user_id = memberships.user_id)",
        [new_chat_id, old_chat_id, new_chat_id],
    )
    await Membership.filter(chat_id=old_chat_id).delete()


async def _move_outbox(old_chat_id: int, new_chat_id: int) -> None:
    """What was not sent yet goes to the new chat, where the message that it answers does not exist.

    Cards in the old chat can be edited no more, therefore nothing of them is due.
    """
    in_old = Card.filter(chat_id=old_chat_id)
    sent = await in_old.filter(sent_message_id__isnull=False).values_list("id", flat=True)
    await Outbox.filter(card_id__in=list(sent)).update(pending=False)
    await in_old.filter(sent_message_id__isnull=True).update(
        chat_id=new_chat_id, message_id=None, media_group_id=None, reply_to=None, thread_id=None
    )
    for row in await Outbox.filter(chat_id=old_chat_id, pending=True):
        row.chat_id = new_chat_id
        row.payload = {key: value for key, value in row.payload.items() if key not in ("reply_to", "thread_id")}
        await row.save(update_fields=["chat_id", "payload"])
    # What tells of imports and exports is sent anew: the message in the old chat can be edited no more.
    await Transfer.filter(chat_id=old_chat_id).update(
        chat_id=new_chat_id, message_id=None, reply_to=None, thread_id=None
    )
    await Chat.filter(chat_id=old_chat_id).delete()


async def _join(archive: Archive, newer: Archive) -> None:
    """Moves all of the newer archive into the older one, whose numbers people know."""
    await _join_tags(archive, newer)
    await moving_choices.join(archive, newer)
    await sharers.join(archive.id, newer.id)
    for link in await Link.filter(archive_id=newer.id).order_by("id"):
        twin = await Link.get_or_none(archive_id=archive.id, key=link.key)
        docs = await fulltext.get([link.id])
        if twin is None:
            archive.last_number += 1
            await Link.filter(id=link.id).update(archive_id=archive.id, number=archive.last_number)
            await fulltext.put(archive.id, docs, replacing=docs.keys())
        else:
            await _join_link(twin, link)
    await Capture.filter(archive_id=newer.id).update(archive_id=archive.id)
    await Card.filter(archive_id=newer.id).update(archive_id=archive.id)
    await Transfer.filter(archive_id=newer.id).update(archive_id=archive.id)
    await Archive.filter(id=archive.id).update(last_number=archive.last_number)
    await Archive.filter(id=newer.id).delete()
    await execute(
        "UPDATE tags SET count = (SELECT count(*) FROM link_tags t JOIN links l ON l.id = t.link_id "
        "WHERE t.tag_id = tags.id AND l.deleted_at IS NULL) WHERE archive_id = ?",
        [archive.id],
    )


async def _join_tags(archive: Archive, newer: Archive) -> None:
    """Makes all tags those of the older archive; their counters are counted anew in the end.

    Where both have chosen or made something of the same name, the older archive's stays.
    """
    for alias in await TagAlias.filter(archive_id=newer.id):
        if not await resolve(archive.id, [alias.key]):
            await TagAlias.filter(id=alias.id).update(archive_id=archive.id)
    for tag in await Tag.filter(archive_id=newer.id):
        twin = (await resolve(archive.id, [tag.key])).get(tag.key)
        if twin is None:
            await Tag.filter(id=tag.id).update(archive_id=archive.id)
        else:
            await LinkTag.filter(tag_id=tag.id).update(tag_id=twin.id)
            await TagAlias.filter(tag_id=tag.id).update(tag_id=twin.id)
            await Tag.filter(id=tag.id).delete()


async def _join_link(twin: Link, link: Link) -> None:
    """Gives the older link all that the newer one of the same key has, and removes the newer one."""
    for share in await Share.filter(link_id=link.id).order_by("id"):
        docs = await fulltext.get([twin.id])
        doc = docs[twin.id].with_share(twin.url, share.words)
        await fulltext.put(twin.archive_id, {twin.id: doc}, replacing=[twin.id])
    await Share.filter(link_id=link.id).update(link_id=twin.id)
    await Capture.filter(link_id=link.id).update(link_id=twin.id)
    await CardLink.filter(link_id=link.id).update(link_id=twin.id, repost=True)
    await Piece.filter(link_id=link.id).update(link_id=twin.id)
    await execute(
        "UPDATE link_tags SET link_id = ? WHERE link_id = ? "
        "AND NOT EXISTS (SELECT 1 FROM link_tags o WHERE o.tag_id = link_tags.tag_id AND o.link_id = ?)",
        [twin.id, link.id, twin.id],
    )
    await fulltext.forget([link.id])
    changes: dict[str, object] = {
        "title": twin.title or link.title,
        "given_title": twin.given_title or link.given_title,
        "note": _both(twin.note, link.note),
    }
    if link.deleted_at is None:
        changes |= {"deleted_at": None, "deleted_by": None}
    await Link.filter(id=twin.id).update(**changes)
    await Link.filter(id=link.id).delete()
    await search.renew([twin.id])


def _both(note: str | None, other: str | None) -> str | None:
    notes = dict.fromkeys(text for text in (note, other) if text)
    return "\n".join(notes)[:MAX_NOTE_CHARACTERS] or None
