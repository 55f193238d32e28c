"""A batch of an import, in one short transaction: what is there already is added to, and nothing is there twice."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tortoise.expressions import F

from storage import cards, forgetting, quotas, rules, sharers, signals
from storage.database import CHAT, hold, ints, writing_beside
from storage.formats.records import ShareRecord
from storage.models import Archive, Link, LinkTag, Share, Tag, Transfer
from storage.tagging import ensure, tag_key
from storage.transfers_copies import Entry, Merged, put_copies, put_words, queue_pages
from storage.transfers_undoing import with_numbers

MAX_GAP = 100_000
"""How far a number of the file may be from the last one of the archive, to be kept."""
MAX_KEPT_NUMBER = 1_000_000_000
"""Above it no number of a file is kept: databases count to twice as many."""


async def take_batch(transfer_id: int, batch: Sequence[Entry], offset: int, is_full: bool = False) -> bool:
    """Writes a batch and how far the import has come; False when the import is to run no longer.

    `offset` is the place in the staged file behind the batch. Into an archive that is full links come without captures.
    Cards of links that were there follow as far as somebody may see them.
    """
    goes_on = await _take_batch(transfer_id, batch, offset, is_full)
    signals.outbox.set()
    return goes_on


@writing_beside
async def _take_batch(transfer_id: int, batch: Sequence[Entry], offset: int, is_full: bool) -> bool:
    for chat_id in ints(await Transfer.filter(id=transfer_id).values_list("archive__chat_id", flat=True)):
        await hold(CHAT, chat_id)
    transfer = await Transfer.get_or_none(id=transfer_id, state="running").select_related("archive")
    if transfer is None:
        return False
    before: Any = transfer.payload
    if before.get("offset", 0) >= offset:
        return True  # it was written before the program ended
    archive = transfer.archive
    last_number = archive.last_number
    merged = _merge(batch)
    links, new = await _links(archive, transfer, merged)
    await _shares(archive, transfer, merged, links, new)
    await _tags(archive, merged, links)
    await rules.apply_to(archive.id, [links[key] for key in new])
    await put_copies(archive, merged, links)
    await put_words(archive, merged, links, new)
    fresh = set(new)
    await cards.refresh_links(archive.chat_id, [link.id for key, link in links.items() if key not in fresh])
    if before.get("capture", True) and not is_full:
        await queue_pages(archive, links, new)
    transfer.payload = {
        **before,
        "offset": offset,
        "new": before.get("new", 0) + len(new),
        "known": before.get("known", 0) + len(merged) - len(new),
        "made": with_numbers(before.get("made", []), last_number, archive.last_number),
        "full": before.get("full", False) or is_full,
    }
    transfer.done += len(batch)
    await transfer.save(update_fields=["payload", "done"])
    return True


def _merge(batch: Sequence[Entry]) -> dict[str, Merged]:
    merged: dict[str, Merged] = {}
    for entry in batch:
        link = entry.prepared.link
        one = merged.setdefault(entry.prepared.key, Merged(entry.prepared))
        one.shares += link.shares
        one.tags.update(dict.fromkeys(link.tags))
        one.copies += entry.copies
        one.title = one.title or link.title
        one.given_title = one.given_title or link.given_title
        one.note = one.note or link.note
    for one in merged.values():
        # Nothing is said of any posting: then it was posted by whoever imports it.
        one.shares = one.shares or [ShareRecord()]
    return merged


async def _links(
    archive: Archive, transfer: Transfer, merged: Mapping[str, Merged]
) -> tuple[dict[str, Link], list[str]]:
    """The links by key, those that were not there made, and the keys of these."""
    known = {link.key: link for link in await Link.filter(archive_id=archive.id, key__in=list(merged))}
    for key, link in known.items():
        await _fill(link, merged[key], transfer)
    new = [key for key in merged if key not in known]
    if new:
        made = [_new_link(archive, transfer, merged[key]) for key in new]
        await Link.bulk_create(made)
        await archive.save(update_fields=["last_number"])
        found = await Link.filter(archive_id=archive.id, key__in=new)
        known.update({link.key: link for link in found})
    return known, new


def _new_link(archive: Archive, transfer: Transfer, one: Merged) -> Link:
    first = _first(one, transfer)
    wanted = one.entry.link.number if transfer.payload.get("keep_numbers") else None
    highest = min(archive.last_number + MAX_GAP, MAX_KEPT_NUMBER)
    is_free = wanted is not None and archive.last_number < wanted <= highest
    archive.last_number = wanted if wanted is not None and is_free else archive.last_number + 1
    return Link(
        archive_id=archive.id,
        number=archive.last_number,
        url=one.entry.link.url,
        key=one.entry.key,
        host=one.entry.host,
        title=one.title,
        given_title=one.given_title,
        note=one.note,
        first_shared_at=first.when,
        first_shared_by=first.who,
        first_sharer_id=first.who_id,
    )


def _first(one: Merged, transfer: Transfer) -> ShareRecord:
    return min((_told(share, transfer) for share in one.shares), key=lambda share: share.when or transfer.made_at)


def _told(share: ShareRecord, transfer: Transfer) -> ShareRecord:
    """The share with what the file does not say: then it was whoever imports it, before the links of today."""
    when = share.when or transfer.made_at - quotas.DAY
    if share.who:
        return replace(share, when=when)
    name = str(transfer.payload.get("by_name") or "?")
    return replace(share, who=name, who_id=transfer.person_id, when=when)


async def _fill(link: Link, one: Merged, transfer: Transfer) -> None:
    """What a link that was there does not have yet, and who shared it first if that was earlier than known."""
    if link.deleted_at:
        told = _first(one, transfer)
        sharer = sharers.Person(told.who_id, told.who)
        await forgetting.start_anew([link], transfer.person_id, sharer, told.when or transfer.made_at)
        await forgetting.bring_back(link)
    changes: dict[str, Any] = {}
    for name in ("title", "given_title", "note"):
        if getattr(link, name) is None and getattr(one, name):
            changes[name] = getattr(one, name)
    dated = [share for share in one.shares if share.when]
    first = _first(replace(one, shares=dated), transfer) if dated else None
    if first and first.when and first.when < link.first_shared_at:
        changes |= {"first_shared_at": first.when, "first_shared_by": first.who, "first_sharer_id": first.who_id}
    if changes:
        await Link.filter(id=link.id).update(**changes)
        link.update_from_dict(changes)


async def _shares(
    archive: Archive, transfer: Transfer, merged: Mapping[str, Merged], links: Mapping[str, Link], new: Sequence[str]
) -> None:
    known: dict[int, set[tuple[object, ...]]] = defaultdict(set)
    fresh = set(new)
    old = [link.id for key, link in links.items() if key not in fresh]
    if old:
        for row in await Share.filter(link_id__in=old):
            known[row.link_id] |= {*_marks(row), _moment(row)}
    rows: list[Share] = []
    for key, one in merged.items():
        link = links[key]
        for share in one.shares:
            if share.when is None and key not in fresh:
                continue  # nothing is said of a posting
            row = _share_row(archive, transfer, link, _told(share, transfer))
            # A file that does not say who it was (bookmarks) may tell of a posting that is known by its moment alone.
            marks = _marks(row) if share.who else {*_marks(row), _moment(row)}
            if not marks & known[link.id]:
                known[link.id] |= {*_marks(row), _moment(row)}
                rows.append(row)
    if rows:
        await Share.bulk_create(rows)
        await sharers.note(archive.id, [sharers.Person(row.person_id, row.person_name) for row in rows])


def _marks(row: Share) -> set[tuple[object, ...]]:
    """By what a posting is known again: its message, or who said what when."""
    said = " ".join(row.words.split())
    return {("id", row.message_id), ("said", row.person_id or row.person_name, int(row.shared_at.timestamp()), said)}


def _moment(row: Share) -> tuple[object, ...]:
    return "at", int(row.shared_at.timestamp())


def _share_row(archive: Archive, transfer: Transfer, link: Link, share: ShareRecord) -> Share:
    """A row of the archive's chat. Only the chat's own messages keep their ids; others get one that no message has.

    That is below zero, by which the quotas know what a file has brought.
    """
    assert share.when
    of_chat = share.chat_id or transfer.payload.get("from_chat")
    is_here = share.message_id is not None and of_chat == archive.chat_id
    said = f"{share.who_id or share.who}\n{int(share.when.timestamp())}\n{share.words}"
    digest = hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=7).digest()
    return Share(
        link_id=link.id,
        chat_id=archive.chat_id,
        message_id=share.message_id if is_here else -1 - int.from_bytes(digest),
        thread_id=share.thread_id if is_here else None,
        person_id=share.who_id,
        person_name=share.who,
        words=share.words,
        source=share.source,
        shared_at=share.when,
    )


async def _tags(archive: Archive, merged: Mapping[str, Merged], links: Mapping[str, Link]) -> None:
    names = dict.fromkeys(name for one in merged.values() for name in one.tags if tag_key(name))
    if not names:
        return
    by_name: dict[str, Tag] = {}
    for name, tag in zip(names, await _each(archive.id, list(names)), strict=True):
        by_name[name] = tag
    wanted = {
        (by_name[name].id, links[key].id): None for key, one in merged.items() for name in one.tags if name in by_name
    }
    there = {
        (pair.tag_id, pair.link_id)
        for pair in await LinkTag.filter(
            tag_id__in=list({tag_id for tag_id, _ in wanted}), link_id__in=list({link_id for _, link_id in wanted})
        )
    }
    added = [pair for pair in wanted if pair not in there]
    await LinkTag.bulk_create([LinkTag(tag_id=tag_id, link_id=link_id) for tag_id, link_id in added])
    for tag_id, growth in Counter(tag_id for tag_id, _ in added).items():
        await Tag.filter(id=tag_id).update(count=F("count") + growth)


async def _each(archive_id: int, names: Sequence[str]) -> list[Tag]:
    """The tag of each name; two spellings of one have the same."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(tag_key(name), name)
    tags = await ensure(archive_id, first.values())
    if len(tags) == len(first):
        by_key = dict(zip(first, tags, strict=True))
    else:  # aliases lead several names to one tag
        by_key = {key: (await ensure(archive_id, [name]))[0] for key, name in first.items()}
    return [by_key[tag_key(name)] for name in names]
