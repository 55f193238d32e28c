"""What a chat keeps: messages taken in, links shown, captured again, deleted and brought back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import captures, cards, choices, clock, deeds, forgetting, intake, moving, signals, views
from storage.database import ints, reading, writing_in_chat
from storage.deeds import Actor
from storage.deletion import mark_deleted
from storage.models import Archive, Capture, Card, CardLink, Link, Piece, Share
from storage.quotas import DEFAULT, ArchiveFull, Quota, full_at
from storage.records import IncomingMessage, Intake, LinkView
from storage.views import OnCard

MAX_VERSIONS = 40
"""Captures of a link that are listed, the newest."""


@dataclass(frozen=True)
class Version:
    """One ended capture of a link."""

    capture_id: int
    ended_at: datetime
    verdict: str | None
    shows: bool
    """It kept something."""


async def take_in(message: IncomingMessage, quota: Quota = DEFAULT) -> Intake:
    """Takes a message in, in one transaction: archive, links, shares, tags with counters, card, captures.

    A message seen again (an edit, a redelivery, the next of an album) adds what is new and repeats nothing.
    New links above the quota are not kept, and a note on the card says so; of an archive that is full, links are kept
    and their pages are not captured. When it returns, everything is stored. Raises StorageUnavailable.
    """
    taken = await intake.take_in(message, quota)
    if taken.queued:
        signals.captures.set()
    if taken.changed:
        signals.outbox.set()
    return taken


async def show(chat_id: int, number: int, *, reply_to: int | None, thread_id: int | None, language: str) -> int | None:
    """Makes a card for the link of that number, due at once, and gives its id; None when there is no such link."""
    card_id = await _show(chat_id, number, reply_to, thread_id, language)
    signals.outbox.set()
    return card_id


@writing_in_chat
async def _show(chat_id: int, number: int, reply_to: int | None, thread_id: int | None, language: str) -> int | None:
    if not 0 < number < 2**31:
        return None
    link = await Link.get_or_none(archive__chat_id=chat_id, number=number, deleted_at__isnull=True)
    if link is None:
        return None
    now = clock.now()
    card = await Card.create(
        archive_id=link.archive_id,
        chat_id=chat_id,
        reply_to=reply_to,
        thread_id=thread_id,
        language=language,
        created_at=now,
    )
    under_way = await Capture.filter(link_id=link.id, state__in=cards.UNDER_WAY).first()
    await CardLink.create(card=card, link=link, repost=True, capture=under_way)
    await cards.enter(card, clock.to_ms(now))
    return int(card.id)


async def show_version(
    chat_id: int, link_id: int, capture_id: int, *, reply_to: int | None, thread_id: int | None, language: str
) -> int | None:
    """Makes a card that shows that one capture of the link, and gives its id; None for other chats' ids."""
    card_id = await _show_version(chat_id, link_id, capture_id, reply_to, thread_id, language)
    signals.outbox.set()
    return card_id


@writing_in_chat
async def _show_version(
    chat_id: int, link_id: int, capture_id: int, reply_to: int | None, thread_id: int | None, language: str
) -> int | None:
    capture = await Capture.get_or_none(
        id=capture_id, link_id=link_id, state="ended", link__archive__chat_id=chat_id, link__deleted_at__isnull=True
    )
    if capture is None:
        return None
    now = clock.now()
    card = await Card.create(
        archive_id=capture.archive_id,
        chat_id=chat_id,
        reply_to=reply_to,
        thread_id=thread_id,
        language=language,
        created_at=now,
    )
    await CardLink.create(card=card, link_id=link_id, capture=capture, repost=True, pinned=True)
    await cards.enter(card, clock.to_ms(now))
    return int(card.id)


@reading
async def versions(chat_id: int, link_id: int) -> list[Version]:
    """The ended captures of a link of the chat, the newest first."""
    ended = Capture.filter(link_id=link_id, link__archive__chat_id=chat_id, link__deleted_at__isnull=True)
    return [
        Version(row.id, row.ended_at or row.requested_at, row.verdict, row.shows)
        for row in await ended.filter(state="ended").order_by("-id").limit(MAX_VERSIONS)
    ]


@reading
async def pinned_on(chat_id: int, card_id: int, link_id: int) -> int | None:
    """The one capture that the card shows of the link, if it is a card of the chat for an opened version."""
    place = await CardLink.get_or_none(card_id=card_id, link_id=link_id, card__archive__chat_id=chat_id, pinned=True)
    return place.capture_id if place else None


@reading
async def link(chat_id: int, link_id: int, capture_id: int | None = None) -> LinkView | None:
    """A link of the chat, deleted or not, with that capture of it where one is named; None for other chats' ids."""
    if not await Link.filter(id=link_id, archive__chat_id=chat_id).exists():
        return None
    if capture_id is not None and not await Capture.filter(id=capture_id, link_id=link_id).exists():
        return None
    found = await views.links([link_id], {link_id: OnCard(capture_id, pinned=capture_id is not None)})
    return found[0] if found else None


@reading
async def numbered(chat_id: int, number: int) -> LinkView | None:
    """The link of the chat with that number, if it is not deleted."""
    row = await Link.get_or_none(archive__chat_id=chat_id, number=number, deleted_at__isnull=True)
    found = await views.links([row.id]) if row else []
    return found[0] if found else None


@reading
async def links_of_message(chat_id: int, message_id: int) -> list[LinkView]:
    """The links that a message is about: a card of ours or what stands below it, or a message that shared them.

    Deleted ones are left out.
    """
    ids = (
        await CardLink.filter(card__chat_id=chat_id, card__sent_message_id=message_id)
        .order_by("id")
        .values_list("link_id", flat=True)
    )
    ids = ids or await Piece.filter(chat_id=chat_id, message_id=message_id).values_list("link_id", flat=True)
    if not ids:
        shared = Share.filter(chat_id=chat_id, message_id=message_id).order_by("id")
        ids = await shared.values_list("link_id", flat=True)
    own = await Link.filter(id__in=list(ids), archive__chat_id=chat_id, deleted_at__isnull=True).values_list(
        "id", flat=True
    )
    kept = set(ints(own))
    return await views.links([link_id for link_id in ints(ids) if link_id in kept])


@reading
async def by_key(chat_id: int, key: str) -> LinkView | None:
    """The link of the chat with that comparison key, if it is not deleted."""
    row = await Link.get_or_none(archive__chat_id=chat_id, key=key, deleted_at__isnull=True)
    found = await views.links([row.id]) if row else []
    return found[0] if found else None


@reading
async def link_chat(link_id: int) -> int | None:
    """The chat that keeps the link. Whoever asks must then be a member of it."""
    found = await Link.get_or_none(id=link_id).select_related("archive")
    return found.archive.chat_id if found else None


async def recapture(chat_id: int, link_id: int, card_id: int | None, quota: Quota = DEFAULT) -> bool:
    """Queues a capture of the link, which that card will show; False when one is under way or nothing to capture.

    Raises ArchiveFull.
    """
    asked = await _recapture(chat_id, link_id, card_id, quota)
    if asked:
        signals.captures.set()
        signals.outbox.set()
    return asked


@writing_in_chat
async def _recapture(chat_id: int, link_id: int, card_id: int | None, quota: Quota) -> bool:
    found = await Link.get_or_none(id=link_id, archive__chat_id=chat_id, deleted_at__isnull=True)
    if found is None:
        return False
    if await Capture.filter(link_id=link_id, state__in=cards.UNDER_WAY).exists():
        await captures.hasten([link_id])
        return False
    kept = await Archive.get(id=found.archive_id)
    if (limit := full_at(kept, choices.parse(kept.settings), quota)) is not None:
        raise ArchiveFull(limit)
    asked = await captures.ask(found.archive_id, [found], clock.now())
    if (
        card_id is not None
        and await CardLink.filter(card_id=card_id, link_id=link_id, card__archive_id=found.archive_id).exists()
    ):
        await CardLink.filter(card_id=card_id, link_id=link_id).update(capture_id=asked[link_id], pinned=False)
        await cards.make_due([card_id])
    return True


async def delete_link(chat_id: int, link_id: int, by_name: str, by_id: int | None = None) -> int | None:
    """Hides a link from every list; its number and captures stay. Gives the deed's id, for an undo within a week.

    None when there was nothing to delete.
    """
    return await delete_links(chat_id, [link_id], by_name, by_id)


async def delete_links(chat_id: int, link_ids: Sequence[int], by_name: str, by_id: int | None = None) -> int | None:
    """The same for several links, as one deed."""
    deed_id = await _delete(chat_id, link_ids, Actor(by_id, by_name))
    signals.outbox.set()
    return deed_id


@writing_in_chat
async def _delete(chat_id: int, link_ids: Sequence[int], by: Actor) -> int | None:
    own = Link.filter(id__in=list(link_ids), archive__chat_id=chat_id, deleted_at__isnull=True)
    wanted = await own.order_by("number")
    if not wanted:
        return None
    for link in wanted:
        await mark_deleted(link, by.name)
    ids = [link.id for link in wanted]
    await cards.make_due(await cards.of_links(ids))
    payload: dict[str, object] = {"links": ids, "said": [", ".join(str(link.number) for link in wanted)]}
    return await deeds.note(wanted[0].archive_id, "delete", payload, by, deeds.UNDO_DELETE_MS)


async def undo_delete(chat_id: int, link_id: int, by_id: int | None = None) -> bool:
    """Brings a deleted link back. False when there was nothing to bring back, or somebody else forgot it."""
    done = await _undo_delete(chat_id, link_id, by_id)
    signals.outbox.set()
    return done


@writing_in_chat
async def _undo_delete(chat_id: int, link_id: int, by_id: int | None) -> bool:
    wanted = await Link.get_or_none(id=link_id, archive__chat_id=chat_id, deleted_at__isnull=False)
    if wanted is None:
        return False
    if await forgetting.by_whom(chat_id, link_id) not in (None, by_id):
        return False
    await forgetting.bring_back(wanted)
    await deeds.mark_undone(wanted.archive_id, link_id)
    await cards.make_due(await cards.of_links([link_id]))
    return True


async def follow_migration(old_chat_id: int, new_chat_id: int) -> None:
    """A group became a supergroup: its archive, its place among the admitted and what is unsent follow it.

    Called again, or for a chat that keeps nothing, it does nothing.
    """
    await moving.follow(old_chat_id, new_chat_id)
    signals.outbox.set()


@reading
async def card_of(chat_id: int, message_id: int) -> int | None:
    """The card that this message of ours is, or below which it stands."""
    if found := await Card.filter(chat_id=chat_id, sent_message_id=message_id).first():
        return int(found.id)
    piece = await Piece.get_or_none(chat_id=chat_id, message_id=message_id)
    return piece.card_id if piece else None


@reading
async def is_channel(chat_id: int) -> bool:
    """Whether the archive is a channel's."""
    return await Archive.filter(chat_id=chat_id, chat_kind="channel").exists()


@reading
async def language(chat_id: int) -> str | None:
    """The chat's language, which its first message has set; empty when it shall be learnt anew."""
    found = await Archive.get_or_none(chat_id=chat_id)
    return found.language if found else None


@writing_in_chat
async def note_left(chat_id: int) -> None:
    """The bot was sent away: the archive waits for it, and is swept a month later (storage.garbage)."""
    await Archive.filter(chat_id=chat_id).update(left_at=clock.now())


@writing_in_chat
async def note_back(chat_id: int) -> None:
    """The bot is in the chat again, and so is its archive."""
    await Archive.filter(chat_id=chat_id, left_at__isnull=False).update(left_at=None)
