"""Sweeping: what is over its time goes, with its files; nothing that a row names ever does."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hashkeep.data_dir import caring
from storage import archive, choices, forgetting, garbage, search, tags
from storage.blobs import key
from storage.captures import EndedArtifact
from storage.deeds import Actor
from storage.models import Archive, Artifact, Card, Link
from storage.records import BlobRef
from tests.integration.blob_places import FolderPlace, Place
from tests.integration.storage_factories import CHAT, Clock, counters_are_right, good, message, run_all, scalar

DAY_S = 86_400.0


async def kept(opened: Path, place: Place, message_id: int, url: str, content: str, kind: str = "preview") -> str:
    """A link with a good capture of one file, which was written hours ago; gives the name of its blob."""
    file = opened / "file"
    file.write_text(content)
    ref = await place.store.put_file(file)
    taken = await archive.take_in(message(message_id, url, tags=("foxes",), words=f"{url} #foxes {content}"))
    assert taken.queued == 1
    await run_all(good(content, artifacts=(EndedArtifact(kind, ref, "image/jpeg", 10, 10),), text=content))
    place.make_old(ref.sha256)
    return ref.sha256


async def test_a_deleted_link_goes_after_a_week_with_all_that_is_its(opened: Path, place: Place, moved: Clock) -> None:
    going = await kept(opened, place, 1, "https://example.org/going", "going")
    staying = await kept(opened, place, 2, "https://example.org/staying", "staying")
    link = await Link.get(number=1)
    await archive.delete_link(CHAT, link.id, "Alice")
    moved.forward(6.9 * DAY_S)
    assert (await garbage.sweep(place.store)).links == 0
    assert await archive.undo_delete(CHAT, link.id), "until then it comes back"
    await archive.delete_link(CHAT, link.id, "Alice")
    moved.forward(7.1 * DAY_S)

    told: list[garbage.Swept] = []
    swept = await garbage.sweep(place.store, tell=told.append)

    assert (swept.links, swept.blobs, swept.bytes) == (1, 1, len("going"))
    assert told[-1] == swept
    assert not place.has(going)
    assert await place.store.read(staying) == b"staying"
    assert [row.number for row in (await tags.links_with_tags(CHAT, ["foxes"])).rows] == [2]
    assert (await search.search(CHAT, "going")).total == 0
    assert (await search.search(CHAT, "staying")).total == 1
    assert await scalar("SELECT count(*) FROM search_docs") == 1
    assert await scalar("SELECT bytes_kept FROM archives") == len("staying")
    assert await Card.all().count() == 1, "an empty card answers nothing any more"
    assert await counters_are_right()
    again = await archive.take_in(message(3, "https://example.org/going"))
    assert again.queued == 1
    assert (await Link.get(number=3)).url == "https://example.org/going", "a number is never given twice"


async def test_what_a_person_forgot_goes_when_they_can_undo_it_no_more(
    opened: Path, place: Place, moved: Clock
) -> None:
    await kept(opened, place, 1, "https://example.org/a", "text")
    await forgetting.forget(CHAT, Actor(1001, "Alice"))
    moved.forward(0.9 * DAY_S)
    assert (await garbage.sweep(place.store)).links == 0
    moved.forward(0.2 * DAY_S)
    assert (await garbage.sweep(place.store)).links == 1
    assert await Link.all().count() == 0


async def test_a_dry_run_counts_and_removes_nothing(opened: Path, place: Place, moved: Clock) -> None:
    sha256 = await kept(opened, place, 1, "https://example.org/a", "text")
    await archive.delete_link(CHAT, (await Link.get(number=1)).id, "Alice")
    moved.forward(8 * DAY_S)
    orphan = opened / "orphan"
    orphan.write_text("nobody's")
    ref = await place.store.put_file(orphan)
    swept = await garbage.sweep(place.store, dry_run=True)
    assert (swept.links, swept.blobs) == (1, 1)
    assert await Link.all().count() == 1
    assert place.has(sha256)
    assert place.has(ref.sha256)


async def test_the_same_bytes_of_another_link_stay(opened: Path, place: Place, moved: Clock) -> None:
    await kept(opened, place, 1, "https://example.org/a", "the same")
    sha256 = await kept(opened, place, 2, "https://example.org/b", "the same")
    await archive.delete_link(CHAT, (await Link.get(number=1)).id, "Alice")
    moved.forward(8 * DAY_S)
    swept = await garbage.sweep(place.store)
    assert (swept.links, swept.blobs) == (1, 0)
    assert await place.store.read(sha256) == b"the same"


async def test_a_young_file_that_nothing_names_yet_stays(opened: Path, place: Place) -> None:
    file = opened / "file"
    file.write_text("on its way")
    ref = await place.store.put_file(file)
    assert (await garbage.sweep(place.store)).blobs == 0
    place.make_old(ref.sha256)
    assert await place.store.put_file(file) == ref, (
        "asked for again: it is young again, as a row may be about to name it"
    )
    assert (await garbage.sweep(place.store)).blobs == 0
    place.make_old(ref.sha256)
    assert (await garbage.sweep(place.store)).blobs == 1
    assert not place.has(ref.sha256)


async def test_bytes_that_are_kept_anew_while_they_go_are_there_afterwards(opened: Path, place: Place) -> None:
    file = opened / "file"
    file.write_text("just now")
    ref = await place.store.put_file(file)
    place.make_old(ref.sha256)
    keeping: list[asyncio.Task[BlobRef]] = []

    async def kept_meanwhile(_sha256: str) -> bool:
        keeping.append(asyncio.create_task(place.store.put_file(file)))
        waits = asyncio.create_task(place.waits.wait())
        await asyncio.wait({*keeping, waits}, return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()
        return False

    await place.store.remove_unnamed(ref.sha256, datetime.now(UTC) - timedelta(hours=1), kept_meanwhile)
    assert await keeping[0] == ref
    assert await place.store.read(ref.sha256) == b"just now"
    place.make_old(ref.sha256)

    async def named_meanwhile(_sha256: str) -> bool:
        return True

    assert not await place.store.remove_unnamed(ref.sha256, datetime.now(UTC), named_meanwhile)
    assert await place.store.read(ref.sha256) == b"just now"
    assert place.keys() == [key(ref.sha256)]


async def test_a_sweep_that_was_killed_half_way_is_ended_by_the_next(opened: Path, place: Place) -> None:
    named = await kept(opened, place, 1, "https://example.org/a", "named")
    file = opened / "file"
    file.write_text("unnamed")
    unnamed = (await place.store.put_file(file)).sha256
    for sha256 in (named, unnamed):
        place.make_old(sha256)
        place.leave_half_removed(sha256)
    await garbage.sweep(place.store)
    assert await place.store.read(named) == b"named"
    assert place.keys() == [key(named)]


async def test_a_chat_that_keeps_files_for_some_days_keeps_the_newest_good_capture(
    opened: Path, place: Place, moved: Clock
) -> None:
    first = await kept(opened, place, 1, "https://example.org/a", "first")
    await choices.choose(CHAT, "private", "Alice", "en", keep_days=30)
    moved.forward(10 * DAY_S)
    second = await kept(opened, place, 2, "https://example.org/a", "second")
    moved.forward(25 * DAY_S)
    swept = await garbage.sweep(place.store)
    assert (swept.artifacts, swept.blobs) == (1, 1)
    assert not place.has(first)
    moved.forward(1000 * DAY_S)
    assert (await garbage.sweep(place.store)).artifacts == 0
    assert await place.store.read(second) == b"second"
    link = (await tags.links_with_tags(CHAT, ["foxes"])).rows[0]
    assert link.captures_count == 1
    assert link.title == "second"


async def test_an_archive_whose_chat_sent_the_bot_away_goes_after_a_month(
    opened: Path, place: Place, moved: Clock
) -> None:
    sha256 = await kept(opened, place, 1, "https://example.org/a", "text")
    other = await archive.take_in(message(1, "https://example.org/b", chat_id=-100, chat_kind="supergroup"))
    assert other.queued == 1
    await Archive.filter(chat_id=CHAT).update(left_at=moved())
    moved.forward(29 * DAY_S)
    assert (await garbage.sweep(place.store)).archives == 0
    moved.forward(2 * DAY_S)
    swept = await garbage.sweep(place.store)
    assert (swept.archives, swept.blobs) == (1, 1)
    assert not place.has(sha256)
    assert [row.chat_id for row in await Archive.all()] == [-100]
    assert await Artifact.all().count() == 0
    assert await scalar("SELECT count(*) FROM search_docs") == 1
    assert await scalar("SELECT count(*) FROM outbox WHERE chat_id = ?", CHAT) == 0


async def test_what_killed_writers_and_looks_left_goes(opened: Path, database_url: str, moved: Clock) -> None:
    place = FolderPlace(opened / "blobs")
    half, no_blob = key("ab" * 32) + "#1", "ab/cd/notes#1"
    place.write(half, b"half a bl")
    place.write(no_blob, b"something else")
    (opened / "verify-ab12_cd3").mkdir()
    await garbage.sweep(place.store)
    assert place.keys() == [half, no_blob], "somebody may be writing it"
    moved.forward(3601)
    async with caring(opened, database_url):
        await garbage.sweep(place.store)
    assert place.keys() == [no_blob]
    assert not list(opened.glob("verify-*"))
