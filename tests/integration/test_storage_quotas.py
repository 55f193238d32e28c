"""What an archive may take: so many new links a day, so many megabytes; and nothing that was kept is lost by it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from storage import archive, captures, choices
from storage.captures import EndedArtifact
from storage.models import Archive, Capture, Link
from storage.quotas import ArchiveFull, Quota
from storage.records import BlobRef
from tests.integration.storage_factories import CHAT, Clock, card, good, message, run_all

FEW = Quota(links_per_day=3, megabytes=10)
HOUR_S = 3600.0


def urls(first: int, count: int) -> list[str]:
    return [f"https://example.org/{n}" for n in range(first, first + count)]


async def test_links_above_the_day_are_not_kept_and_the_card_says_when_there_is_room(
    opened: Path, moved: Clock
) -> None:
    first = await archive.take_in(message(1, *urls(1, 2), sent_at=moved()), FEW)
    assert first.kept == 2
    moved.forward(2 * HOUR_S)
    taken = await archive.take_in(message(2, *urls(3, 3), sent_at=moved()), FEW)
    assert (taken.kept, taken.queued) == (1, 1)
    assert await Link.all().count() == 3
    view = await card(taken.card_id)
    assert [link.url for link in view.links] == ["https://example.org/3"]
    free_at = (await Link.get(number=1)).first_shared_at
    free_at += timedelta(days=1, minutes=1)
    assert [(note.code, note.value) for note in view.notes] == [("quota_links", f"2 3 {free_at:%Y-%m-%dT%H:%M}")]

    none = await archive.take_in(message(3, *urls(6, 1), sent_at=moved()), FEW)
    assert (none.kept, none.changed) == (0, True), "it is answered, and not acknowledged"
    known = await archive.take_in(message(4, "https://example.org/1", sent_at=moved()), FEW)
    assert known.kept == 1
    assert (await card(known.card_id)).notes == (), "what is here already is no new link"

    moved.forward(22.1 * HOUR_S)
    later = await archive.take_in(message(5, *urls(7, 3), sent_at=moved()), FEW)
    assert later.kept == 2, "two of the first day are older than a day now"


async def test_an_edit_of_a_refused_message_tries_again(opened: Path, moved: Clock) -> None:
    await archive.take_in(message(1, *urls(1, 3), sent_at=moved()), FEW)
    refused = await archive.take_in(message(2, *urls(4, 1), sent_at=moved()), FEW)
    assert not (await archive.take_in(message(2, *urls(4, 1), sent_at=moved()), FEW)).changed
    moved.forward(25 * HOUR_S)
    again = await archive.take_in(message(2, *urls(4, 1), sent_at=moved()), FEW)
    assert (again.card_id, again.kept) == (refused.card_id, 1)


async def test_an_archive_that_is_full_keeps_links_and_captures_no_page(opened: Path) -> None:
    await archive.take_in(message(1, *urls(1, 1)), FEW)
    big = EndedArtifact("screenshot", BlobRef("cd" * 32, 10_000_000), "image/jpeg")
    await run_all(good(artifacts=(big,)))
    assert (await Archive.get(chat_id=CHAT)).bytes_kept == 10_000_000
    taken = await archive.take_in(message(2, *urls(2, 1)), FEW)
    assert (taken.kept, taken.queued) == (1, 0)
    view = await card(taken.card_id)
    assert [(note.code, note.value) for note in view.notes] == [("quota_full", "10")]
    assert view.links[0].capture is None
    with pytest.raises(ArchiveFull):
        await archive.recapture(CHAT, view.links[0].link_id, taken.card_id, FEW)
    await choices.choose(CHAT, "private", "Alice", "en", quota_megabytes=11)
    assert await archive.recapture(CHAT, view.links[0].link_id, taken.card_id, FEW)


async def test_an_owner_gives_an_archive_another_quota(opened: Path) -> None:
    await choices.choose(CHAT, "private", "Alice", "en", quota_links_per_day=0)
    none = await archive.take_in(message(1, *urls(1, 2)), FEW)
    assert none.kept == 0
    assert [(note.code, note.value) for note in (await card(none.card_id)).notes] == [("quota_none", "2")]
    await choices.choose(CHAT, "private", "Alice", "en", quota_links_per_day=5)
    assert (await archive.take_in(message(2, *urls(1, 5)), FEW)).kept == 5


async def test_below_a_lowered_quota_there_is_room_when_enough_of_the_day_is_over(opened: Path, moved: Clock) -> None:
    for n in range(1, 4):
        await archive.take_in(message(n, *urls(n, 1), sent_at=moved()), FEW)
        moved.forward(HOUR_S)
    await choices.choose(CHAT, "private", "Alice", "en", quota_links_per_day=2)
    refused = await archive.take_in(message(4, *urls(4, 1), sent_at=moved()), FEW)
    free_at = (await Link.get(number=2)).first_shared_at + timedelta(days=1, minutes=1)
    assert [note.value for note in (await card(refused.card_id)).notes] == [f"1 2 {free_at:%Y-%m-%dT%H:%M}"]
    moved.forward(22 * HOUR_S + 120)
    assert (await archive.take_in(message(5, *urls(5, 1), sent_at=moved()), FEW)).kept == 1


async def test_an_archive_that_may_hold_nothing_captures_nothing_again(opened: Path) -> None:
    taken = await archive.take_in(message(1, *urls(1, 1)), FEW)
    await run_all(good(artifacts=()))
    link = (await card(taken.card_id)).links[0]
    await choices.choose(CHAT, "private", "Alice", "en", quota_megabytes=0)
    with pytest.raises(ArchiveFull):
        await archive.recapture(CHAT, link.link_id, taken.card_id, FEW)


async def test_a_pdf_that_is_made_later_counts_once(opened: Path) -> None:
    await archive.take_in(message(1, *urls(1, 1)), FEW)
    await run_all(good(artifacts=()))
    capture = await Capture.get()
    for size in (300, 500):
        await captures.add_artifact(capture.id, EndedArtifact("pdf", BlobRef("ef" * 32, size), "application/pdf"))
    assert (await Archive.get(chat_id=CHAT)).bytes_kept == 500
