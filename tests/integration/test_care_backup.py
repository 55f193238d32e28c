"""Verify, backup and restore: nothing is lost unseen, and nothing is answered twice."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from capture.wacz_check import wacz_fault
from storage import archive, checking, database, identity, outbox, saving, tags
from storage.blobs import BlobStore, key
from storage.captures import EndedArtifact
from storage.queue.engine import open_queue
from storage.queue.fleet import FleetQueue
from storage.saved_database import NoBackup, SavedDatabase
from storage.saved_postgres import dumped
from tests.integration.blob_places import Place
from tests.integration.storage_factories import CHAT, LEASE_S, good, message, only_due, run_all
from tests.postgres import Postgres

pytestmark = pytest.mark.parametrize(
    ("database_url", "place"), [("sqlite", "folder"), ("sqlite", "bucket"), ("postgres", "bucket")], indirect=True
)


def path_of(folder: Path, sha256: str) -> Path:
    return folder / "blobs" / sha256[:2] / sha256[2:4] / sha256


async def kept(opened: Path, place: Place, number: int, content: str, kind: str = "preview") -> str:
    """A link with a captured file; gives the name of its blob."""
    file = opened / "file"
    file.write_text(content)
    ref = await place.store.put_file(file)
    await archive.take_in(message(number, f"https://example.org/{number}", tags=("foxes",)))
    await run_all(good(f"Page {number}", artifacts=(EndedArtifact(kind, ref, "image/jpeg", 10, 10),)))
    return ref.sha256


class Homes:
    """The open archive as backups see it, and empty places that it can be restored into."""

    def __init__(self, url: str, data_dir: Path, postgres: Postgres | None, tmp: Any, held: ExitStack) -> None:
        self.here = saving.database_of(url, data_dir)
        self._postgres, self._tmp, self._held = postgres, tmp, held

    def new(self, *, seen: bool = False) -> tuple[str, Path]:
        """URL and data folder of an empty one; or of one that somebody has looked at."""
        folder = self._tmp.mktemp("new")
        if self._postgres is None:
            return database.SQLITE_URL, folder
        if seen:
            return self._held.enter_context(self._postgres.database()), folder
        name = f"test_{secrets.token_hex(6)}"
        self._held.callback(self._postgres.drop, name)
        return self._postgres.create(name), folder

    def new_saved(self) -> SavedDatabase:
        """An empty one as backups see it."""
        return saving.database_of(*self.new())


@pytest.fixture
def homes(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Homes]:
    postgres = None if database_url == database.SQLITE_URL else request.getfixturevalue("postgres")
    with ExitStack() as held:
        yield Homes(database_url, tmp_path, postgres, tmp_path_factory, held)


async def found(opened: Path, blobs: BlobStore, fault: Callable[[Path], str | None] = wacz_fault) -> list[str]:
    return [line async for line in checking.check(blobs, opened, fault)]


async def test_a_whole_archive_is_clean(opened: Path, place: Place) -> None:
    told: list[tuple[int, int]] = []
    for number in (1, 2, 3):
        await kept(opened, place, number, f"content {number}")
    lines = [line async for line in checking.check(place.store, opened, wacz_fault, lambda *n: told.append(n))]
    assert lines == []
    assert told == [(1, 3), (2, 3), (3, 3)]


async def test_every_kind_of_fault_is_named_by_its_hash(opened: Path, place: Place) -> None:
    missing = await kept(opened, place, 1, "missing")
    damaged = await kept(opened, place, 2, "damaged")
    broken = await kept(opened, place, 3, "no zip", kind="wacz")
    place.remove(key(missing))
    place.write(key(damaged), b"DAMAGED")

    @database.writing
    async def miscount() -> None:
        await database.execute("UPDATE tags SET count = 7")

    await miscount()
    lines = sorted(await found(opened, place.store))
    assert sorted(line.split(":")[0] for line in lines) == sorted(
        [key(missing), key(damaged), key(broken), f"tag foxes in chat {CHAT}"]
    )
    text = "\n".join(lines)
    assert f"{key(missing)}: it is missing (preview of link 1 in chat {CHAT})" in text
    assert f"{key(damaged)}: it is damaged (preview of link 2 in chat {CHAT})" in text
    assert f"{key(broken)}: as a WACZ it is broken: it cannot be read" in text
    assert "it counts 7 links and has 3" in text


async def test_a_file_that_nothing_names_is_a_finding_once_it_is_old(opened: Path, place: Place, moved: object) -> None:
    file = opened / "file"
    file.write_text("nobody's")
    ref = await place.store.put_file(file)
    assert await found(opened, place.store) == []
    moved.forward(2 * 3600)  # type: ignore[attr-defined]
    assert [line.split(":")[0] for line in await found(opened, place.store)] == [key(ref.sha256)]


async def test_there_and_back(
    opened: Path, place: Place, homes: Homes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    hashes = [await kept(opened, place, number, f"content {number}") for number in (1, 2)]
    folder = tmp_path_factory.mktemp("elsewhere") / "backup"
    saved = await saving.back_up(homes.here, place.store, folder, "hashkeep test")
    assert (saved.copied, saved.named, saved.faults) == (2, 2, ())
    assert {path.name for path in folder.iterdir()} == {homes.here.file, "blobs", "backup.json"}
    assert (folder / homes.here.file).stat().st_mode & 0o077 == 0, "for this user alone"

    await database.close_database()
    url, new = homes.new()
    other = place.another()
    restored = await saving.restore(folder, saving.database_of(url, new), other.store)
    assert (restored.copied, restored.faults) == (2, ())
    await database.open_database(url, new)
    page = await tags.links_with_tags(CHAT, ["foxes"])
    assert [row.title for row in page.rows] == ["Page 2", "Page 1"]
    assert [await other.store.read(sha256) for sha256 in hashes] == [b"content 1", b"content 2"]
    assert await found(new, other.store) == []


async def test_what_is_restored_belongs_to_the_same_archive(
    opened: Path, place: Place, homes: Homes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await kept(opened, place, 1, "text")
    name = await identity.archive_id()
    assert name == await identity.archive_id()
    folder, other = tmp_path_factory.mktemp("backup"), place.another().store
    await saving.back_up(homes.here, place.store, folder, "x")
    seen = saving.database_of(*homes.new(seen=True))
    await saving.restore(folder, seen, other)
    assert other.owner == name


async def test_a_second_backup_copies_what_is_new_and_drops_what_is_gone(
    opened: Path, place: Place, homes: Homes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("backup")
    old = await kept(opened, place, 1, "old")
    await saving.back_up(homes.here, place.store, folder, "x")
    untouched = path_of(folder, old).stat().st_mtime_ns
    new = await kept(opened, place, 2, "new")
    moved_from = next(file for kind, file in saving.FILES.items() if kind != homes.here.kind)
    (folder / moved_from).write_bytes(b"of the time before a move")
    saved = await saving.back_up(homes.here, place.store, folder, "x")
    assert not (folder / moved_from).exists()
    assert (saved.copied, saved.named, saved.bytes) == (1, 2, 3)
    assert path_of(folder, old).stat().st_ino
    assert untouched

    @database.writing
    async def forget() -> None:
        await database.execute("DELETE FROM artifacts WHERE sha256 = ?", [old])

    await forget()
    await saving.back_up(homes.here, place.store, folder, "x")
    assert not path_of(folder, old).exists()
    assert path_of(folder, new).exists()


async def test_an_interrupted_backup_leaves_the_one_before_whole_and_goes_on(
    opened: Path, place: Place, homes: Homes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("backup")
    await kept(opened, place, 1, "one")
    await saving.back_up(homes.here, place.store, folder, "x")
    before = (folder / homes.here.file).read_bytes()
    for number in (2, 3):
        await kept(opened, place, number, f"more {number}")

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await saving.back_up(homes.here, place.store, folder, "x", stop)
    assert (folder / homes.here.file).read_bytes() == before
    half = folder / "blobs" / (key("ab" * 32) + "#1")
    half.parent.mkdir(parents=True)
    half.touch()
    os.utime(half, (0, 0))
    assert (await saving.restore(folder, homes.new_saved(), place.another().store)).faults == (), (
        "what it holds is whole"
    )
    saved = await saving.back_up(homes.here, place.store, folder, "x")
    assert saved.named == 3
    assert saved.copied < 2, "what was copied before the interruption is not copied again"
    assert not half.exists(), "what was being copied when it was killed"


async def test_an_interrupted_restore_goes_on(
    opened: Path, place: Place, homes: Homes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, (url, new) = tmp_path_factory.mktemp("backup"), homes.new()
    there = saving.database_of(url, new)
    for number in (1, 2, 3):
        await kept(opened, place, number, f"content {number}")
    await saving.back_up(homes.here, place.store, folder, "x")

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    other = place.another()
    with pytest.raises(KeyboardInterrupt):
        await saving.restore(folder, there, other.store, stop)
    await there.check_empty()  # no bot can take it for an archive
    restored = await saving.restore(folder, there, other.store)
    assert restored.named == 3
    assert restored.copied < 2, "what was copied before is not copied again"
    with pytest.raises(NoBackup, match="holds an archive already"):
        await saving.restore(folder, there, other.store)


async def test_what_is_missing_or_damaged_is_said_and_the_rest_is_saved(
    opened: Path, place: Place, homes: Homes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    missing, damaged = await kept(opened, place, 1, "missing"), await kept(opened, place, 2, "damaged")
    whole = await kept(opened, place, 3, "whole")
    place.remove(key(missing))
    place.write(key(damaged), b"DAMAGED")
    folder = tmp_path_factory.mktemp("backup")
    saved = await saving.back_up(homes.here, place.store, folder, "x")
    assert sorted(saved.faults) == sorted([f"{key(missing)}: it is missing", f"{key(damaged)}: it is damaged"])
    assert path_of(folder, whole).exists()
    assert not path_of(folder, damaged).exists()


async def counted(homes: Homes, folder: Path) -> tuple[int, list[int]]:
    """The number of links in a backup, and what its tags count."""
    if homes.here.kind == "sqlite":
        with closing(sqlite3.connect(folder / homes.here.file)) as copy:
            links = copy.execute("SELECT count(*) FROM links").fetchone()[0]
            return links, [row[0] for row in copy.execute("SELECT count FROM tags")]
    found = [each async for each in dumped(folder / homes.here.file, "links", "tags")]
    return sum(table == "links" for table, _ in found), [int(row["count"]) for table, row in found if table == "tags"]


async def test_a_backup_is_of_one_moment_while_others_write(
    opened: Path, place: Place, homes: Homes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("backup")
    stop = asyncio.Event()

    async def write() -> int:
        number = 0
        while not stop.is_set():
            number += 1
            await archive.take_in(message(number, f"https://example.org/{number}", tags=("foxes", "reading")))
        return number

    writer = asyncio.create_task(write())
    for _ in range(5):
        await saving.back_up(homes.here, place.store, folder, "x")
        links, counts = await counted(homes, folder)
        assert counts in ([links, links], [])
    stop.set()
    assert await writer > 0


async def test_after_a_restore_nothing_is_answered_a_second_time(
    opened: Path, place: Place, homes: Homes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await kept(opened, place, 1, "answered")
    due = await only_due()
    await outbox.sent(due, 50, "text", "digest")
    await archive.take_in(message(2, "https://example.org/2"))
    await outbox.notice(CHAT, {"text": "an answer to a command"})
    folder, (url, new) = tmp_path_factory.mktemp("backup"), homes.new()
    await saving.back_up(homes.here, place.store, folder, "x")
    await database.close_database()
    await saving.restore(folder, saving.database_of(url, new), place.another().store)
    await database.open_database(url, new)
    queue = open_queue(LEASE_S)
    if isinstance(queue, FleetQueue):
        await queue.sweep()  # as each fleet does now and then: the backup holds no jobs
    assert len(await run_all()) == 1, "what waited to be captured still is"
    taken = await archive.take_in(message(2, "https://example.org/2"))
    assert not taken.changed, "Telegram may send the message once more"
    assert await outbox.due() == []
    await archive.take_in(message(3, "https://example.org/2"))
    assert (await only_due()).kind == "card", "a new message is answered as ever"


@pytest.mark.parametrize("where", ["full", "inside", "the same", "a file"])
async def test_a_folder_that_is_something_else_is_left_alone(
    opened: Path, place: Place, homes: Homes, tmp_path_factory: pytest.TempPathFactory, where: str
) -> None:
    await kept(opened, place, 1, "text")
    folder = tmp_path_factory.mktemp("other")
    if where == "full":
        (folder / "letters.txt").write_text("dear")
    elif where == "a file":
        folder = folder / "file"
        folder.write_text("dear")
    else:
        folder = opened / "blobs" / "backup" if where == "inside" else opened
    with pytest.raises(NoBackup):
        await saving.back_up(homes.here, place.store, folder, "x")


async def test_a_restore_never_overwrites_and_takes_only_a_whole_backup(
    opened: Path, place: Place, homes: Homes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await kept(opened, place, 1, "text")
    folder, empty = tmp_path_factory.mktemp("backup"), tmp_path_factory.mktemp("empty")
    with pytest.raises(NoBackup, match=r"backup\.json"):
        await saving.restore(empty, homes.new_saved(), place.another().store)
    await saving.back_up(homes.here, place.store, folder, "x")
    with pytest.raises(NoBackup, match="holds an archive already"):
        await saving.restore(folder, homes.here, place.another().store)
    with pytest.raises(NoBackup, match="holds files already"):
        await saving.restore(folder, homes.new_saved(), place.store)
    told = json.loads((folder / "backup.json").read_text())
    elsewhere = next(kind for kind in saving.FILES if kind != homes.here.kind)
    (folder / "backup.json").write_text(json.dumps({**told, "database": elsewhere}))
    with pytest.raises(NoBackup, match="migrate-storage"):
        await saving.restore(folder, homes.new_saved(), place.another().store)
    (folder / "backup.json").write_text(json.dumps({**told, "format": 2}))
    with pytest.raises(NoBackup, match="newer"):
        await saving.restore(folder, homes.new_saved(), place.another().store)
