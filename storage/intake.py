"""One message into the archive, in one transaction. `storage.archive.take_in` is the verb; these are its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from storage import bursts, captures, cards, choices, clock, forgetting, fulltext, habits, quotas, sharers
from storage.choices import Choices
from storage.database import CHAT, hold, ints, writing_beside
from storage.models import Archive, Capture, Card, CardLink, Link, Share
from storage.quotas import Quota, Room
from storage.records import FoundLink, IncomingMessage, Intake, IntakeNote
from storage.search_docs import Doc
from storage.tagging import put_tags
from storage.views import GOOD

STALE_AFTER = timedelta(hours=24)
"""A link posted again is captured again when its last good capture is older."""


@writing_beside
async def take_in(message: IncomingMessage, quota: Quota) -> Intake:
    """See storage.archive.take_in; wakes nobody."""
    await hold(CHAT, message.chat_id)
    card = await _known_card(message)
    if not message.links and not message.notes and (card is None or not message.tags):
        return Intake(card_id=None, changed=False, queued=0)
    known = await Archive.get_or_none(chat_id=message.chat_id)
    chosen = choices.parse(known.settings) if known else choices.DEFAULTS
    if card is None and not await habits.wants(known, chosen, message):
        return Intake(card_id=None, changed=False, queued=0, wanted=False)
    archive = await _archive(message)
    room = await quotas.room(archive, chosen, quota)
    links, new, refused = await _links(archive, message, room.links)
    free_at = await quotas.free_at(archive, room) if refused else None
    message = _with_notes(message, room, refused, free_at, len(links))
    sharer = sharers.Person(message.sender_id, message.sender_name, message.sender_username)
    anew = await forgetting.start_anew(links, message.sender_id, sharer, message.sent_at)
    shared = await _shares(archive, message, links, new)
    made = False
    if card is None:
        card = await bursts.card_to_join(message, habits.card_place(chosen, message)[0])
        own = await _make_card(archive, chosen, message, card)
        made, card = card is None, card or own
    on_card = [] if made else ints(await CardLink.filter(card_id=card.id).values_list("link_id", flat=True))
    added = [link for link in links if link.id not in on_card]
    full = room.full_at_megabytes is not None
    queued, waited_for = await _put_on_card(card, chosen, added, new, anew, full=full)
    # On the one card of a burst the other links are other messages': the tags are not said of them.
    answered = [] if await bursts.is_shared(card) else on_card
    tagged_ids = list(dict.fromkeys((*answered, *(link.id for link in links))))
    tagged = await put_tags(archive.id, tagged_ids, message.tags, new)
    await habits.tag_new(archive, chosen, message, [link for link in links if link.id in new | anew])
    noted = await _notes(card, message)
    changed = bool(made or added or shared or tagged or noted)
    if made:
        await cards.enter(card, clock.to_ms(card.created_at) + (cards.STATUS_AFTER_MS if waited_for else 0))
    if changed:
        restored = [link.id for link in added if link.deleted_at]
        older = await cards.of_links([*(link_id for link_id in tagged if link_id not in new), *restored])
        await cards.make_due([card_id for card_id in {*older, card.id} if not (made and card_id == card.id)])
    return Intake(card_id=card.id, changed=changed, queued=queued, kept=len(links), captures=waited_for)


def _with_notes(
    message: IncomingMessage, room: Room, refused: int, free_at: datetime | None, kept: int
) -> IncomingMessage:
    """The message with what the quota makes of it to be told."""
    notes = list(message.notes)
    if refused and free_at:
        free_at += timedelta(minutes=1)  # minutes are told, and nobody shall come back some seconds too soon
        notes.append(IntakeNote("quota_links", f"{refused} {room.links_per_day} {free_at:%Y-%m-%dT%H:%M}"))
    elif refused:
        notes.append(IntakeNote("quota_none", str(refused)))
    if kept and room.full_at_megabytes is not None:
        notes.append(IntakeNote("quota_full", str(room.full_at_megabytes)))
    return replace(message, notes=tuple(notes))


async def _known_card(message: IncomingMessage) -> Card | None:
    card = await Card.get_or_none(chat_id=message.chat_id, message_id=message.message_id)
    if card is None and message.media_group_id:
        card = await Card.filter(chat_id=message.chat_id, media_group_id=message.media_group_id).first()
    if card is not None and card.merged_into_id is not None:
        card = await Card.get(id=card.merged_into_id)
    return card


async def _archive(message: IncomingMessage) -> Archive:
    archive, made = await Archive.get_or_create(
        chat_id=message.chat_id,
        defaults={
            "chat_kind": message.chat_kind,
            "title": message.chat_title,
            "language": message.language,
            "created_at": clock.now(),
        },
    )
    now = (message.chat_title, message.chat_kind, archive.language or message.language)
    if not made and (archive.title, archive.chat_kind, archive.language) != now:
        archive.title, archive.chat_kind, archive.language = now
        await archive.save(update_fields=["title", "chat_kind", "language"])
    return archive


async def _links(archive: Archive, message: IncomingMessage, room: int) -> tuple[list[Link], set[int], int]:
    """The links of the message in their order, those that were not there made, as far as there is room for them.

    Gives the ids of those that were made as well, and how many were refused.
    """
    wanted: dict[str, FoundLink] = {}
    for found in message.links:
        wanted.setdefault(found.key, found)
    if not wanted:
        return [], set(), 0
    known = {link.key: link for link in await Link.filter(archive_id=archive.id, key__in=list(wanted))}
    wanting = [found for key, found in wanted.items() if key not in known]
    missing = wanting[: max(room, 0)]
    refused = len(wanting) - len(missing)
    if not missing:
        return [known[key] for key in wanted if key in known], set(), refused
    first_number = archive.last_number + 1
    archive.last_number += len(missing)
    await archive.save(update_fields=["last_number"])
    await Link.bulk_create(
        [
            Link(
                archive_id=archive.id,
                number=number,
                url=found.url,
                key=found.key,
                host=found.host,
                first_shared_at=message.sent_at,
                first_shared_by=message.sender_name,
                first_sharer_id=message.sender_id,
            )
            for number, found in enumerate(missing, first_number)
        ]
    )
    made = await Link.filter(archive_id=archive.id, number__gte=first_number)
    known.update({link.key: link for link in made})
    return [known[key] for key in wanted if key in known], {link.id for link in made}, refused


async def _shares(archive: Archive, message: IncomingMessage, links: Sequence[Link], new: set[int]) -> bool:
    """Notes the posting of each link and makes its words findable; False when all of it was known."""
    ids = [link.id for link in links]
    here = {"chat_id": message.chat_id, "message_id": message.message_id}
    known: dict[int, str] = {}
    if len(new) < len(ids):
        known = {share.link_id: share.words for share in await Share.filter(link_id__in=ids, **here)}
    unknown = [link for link in links if link.id not in known]
    reworded = [link for link in links if link.id in known and known[link.id] != message.words]
    if unknown:
        await Share.bulk_create(
            [
                Share(
                    link_id=link.id,
                    thread_id=message.thread_id,
                    person_id=message.sender_id,
                    person_name=message.sender_name,
                    words=message.words,
                    source=message.source,
                    shared_at=message.sent_at,
                    **here,
                )
                for link in unknown
            ]
        )
        await sharers.note(
            archive.id, [sharers.Person(message.sender_id, message.sender_name, message.sender_username)]
        )
    if reworded:
        await Share.filter(link_id__in=[link.id for link in reworded], **here).update(words=message.words)
    findable = [*unknown, *reworded]
    if findable:
        docs = await fulltext.get([link.id for link in findable if link.id not in new])
        await fulltext.put(
            archive.id,
            {link.id: docs.get(link.id, Doc()).with_share(link.url, message.words) for link in findable},
            replacing=docs.keys(),
        )
    return bool(unknown)


async def _make_card(archive: Archive, chosen: Choices, message: IncomingMessage, joins: Card | None) -> Card:
    thread_id, reply_to = habits.card_place(chosen, message)
    return await Card.create(
        archive_id=archive.id,
        chat_id=message.chat_id,
        message_id=message.message_id,
        media_group_id=message.media_group_id,
        sender_id=message.sender_id,
        merged_into=joins,
        reply_to=reply_to,
        thread_id=thread_id,
        language=archive.language,
        created_at=clock.now(),
        notes=[[note.code, note.value] for note in message.notes],
    )


async def _put_on_card(
    card: Card, chosen: Choices, added: Sequence[Link], new: set[int], anew: set[int], *, full: bool
) -> tuple[int, tuple[int, ...]]:
    """Puts links on the card, brings deleted ones back, queues what has to be captured.

    Gives how many captures it queued, and all that these links wait for.
    """
    if not added:
        return 0, ()
    for link in added:
        if link.deleted_at:
            await forgetting.bring_back(link)
    newest = await _newest_captures([link.id for link in added if link.id not in new])
    wanting = [link for link in added if link.id not in newest or _is_wanting(newest[link.id])]
    wanted = [link for link in wanting if chosen.captures(link.host) and not full]
    own = await captures.ask(card.archive_id, wanted, clock.now())
    own.update({link_id: last.id for link_id, last in newest.items() if last.state in cards.UNDER_WAY})
    await captures.hasten([link_id for link_id, last in newest.items() if last.priority < 0])
    await CardLink.bulk_create(
        [
            CardLink(card_id=card.id, link_id=link.id, capture_id=own.get(link.id), repost=link.id not in new | anew)
            for link in added
        ]
    )
    return len(wanted), tuple(own.values())


async def _newest_captures(link_ids: Sequence[int]) -> dict[int, Capture]:
    if not link_ids:
        return {}
    return {capture.link_id: capture for capture in await Capture.filter(link_id__in=list(link_ids)).order_by("id")}


def _is_wanting(newest: Capture) -> bool:
    if newest.state in cards.UNDER_WAY:
        return False
    return newest.verdict not in GOOD or newest.ended_at is None or newest.ended_at < clock.now() - STALE_AFTER


async def _notes(card: Card, message: IncomingMessage) -> bool:
    """Adds the notes that the card does not have. Of the quota there is one: the newest."""
    new = [[note.code, note.value] for note in message.notes if [note.code, note.value] not in card.notes]
    if new:
        newest = {code for code, _ in new if code.startswith("quota")}
        card.notes = [*(note for note in card.notes if note[0] not in newest), *new]
        await card.save(update_fields=["notes"])
    return bool(new)
