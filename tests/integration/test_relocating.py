"""An archive that moves: from SQLite and a folder to PostgreSQL and a bucket, and back, the same in every row."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from capture.wacz_check import wacz_fault
from storage import (
    archive,
    checking,
    choices,
    database,
    identity,
    outbox,
    relocating,
    saved_sqlite,
    search,
    storable,
    tables,
    tags,
)
from storage.blobs import key
from storage.captures import EndedArtifact
from storage.models import Capture, Share
from storage.queue.embedded import EmbeddedQueue
from storage.relocating import Home
from storage.saved_database import NoBackup
from storage.saving import Tell
from tests.integration.blob_places import BucketPlace, FolderPlace, Place
from tests.integration.storage_factories import CHAT, LEASE_S, counters_are_right, good, message, run_all
from tests.migrated import put_archive
from tests.postgres import Postgres
from tests.s3 import S3Server


@dataclass
class World:
    """Where archives can be."""

    tmp: Path
    postgres: Postgres
    s3: S3Server
    held: ExitStack

    def on_disk(self, name: str) -> tuple[Home, Place]:
        """SQLite and a folder."""
        place = FolderPlace(self.tmp / name / "blobs")
        return Home(database.SQLITE_URL, self.tmp / name, place.store), place

    def in_fleet(self) -> tuple[Home, Place]:
        """PostgreSQL and a bucket."""
        place = BucketPlace(self.s3)
        return Home(self.held.enter_context(self.postgres.database()), self.tmp / "unused", place.store), place


@pytest.fixture
def world(tmp_path: Path, postgres: Postgres, s3: S3Server) -> Iterator[World]:
    with ExitStack() as held:
        yield World(tmp_path, postgres, s3, held)


@pytest_asyncio.fixture
async def old(world: World) -> AsyncIterator[tuple[Home, Place]]:
    """An archive on a disk with something in every table."""
    put_archive(world.tmp / "old")
    home, place = world.on_disk("old")
    await database.open_database(home.database_url, home.data_dir)
    try:
        await fill(home, place)
    finally:
        await database.close_database()
    fill_the_rest(home)
    yield home, place


async def fill(home: Home, place: Place) -> None:
    """What people do, with one capture under way at the end."""
    for number, title in enumerate(("Foxes", "狐狸", "A page"), 1):
        file = home.data_dir / "file"
        file.write_text(f"content {number}")
        ref = await place.store.put_file(file)
        await archive.take_in(message(number, f"https://example.org/{number}", tags=("foxes",), words=f"see {title}"))
        artifacts = (EndedArtifact("preview", ref, "image/jpeg", 10, 10),)
        await run_all(good(title, artifacts=artifacts, text=f"Text of {title}", metadata={"b": 1, "a": [1.5, "狐"]}))
    await outbox.sent((await outbox.due())[0], 50, "text", "digest")
    await choices.choose(CHAT, "private", "Alice", "en", keep_days=30)
    await archive.delete_link(CHAT, 3, "Alice")
    await identity.archive_id()
    await archive.take_in(message(9, "https://example.org/9", "https://example.org/10"))
    assert len(await EmbeddedQueue(LEASE_S).take(1)) == 1


def fill_the_rest(home: Home) -> None:
    """A row for each table that has none, by the database's own word on it, and texts that are hard to keep."""
    with closing(sqlite3.connect(home.data_dir / saved_sqlite.FILE)) as connection, connection:
        for name in schema_of(connection):
            if connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]:
                continue
            keys = {row[3]: row[2] for row in connection.execute(f"PRAGMA foreign_key_list({name})")}
            columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
            values = [
                connection.execute(f"SELECT MIN(id) FROM {keys[column]}").fetchone()[0]
                if column in keys
                else made_up(kind)
                for _, column, kind, *_ in columns
            ]
            connection.execute(f"INSERT INTO {name} VALUES ({','.join('?' * len(values))})", values)
        connection.execute("UPDATE shares SET words = 'a' || char(0) || 'b' WHERE id = 1")
        connection.execute("""UPDATE deeds SET payload = '{"a":"x\\u0000\\ud83ey","n":1.0}' WHERE id = 1""")
        connection.execute("DELETE FROM shares WHERE id = (SELECT MAX(id) FROM shares)")
        connection.execute("UPDATE cards SET merged_into_id = (SELECT MAX(id) FROM cards) WHERE id = 1")


def made_up(kind: str) -> object:
    """A value for a column."""
    if "INT" in kind:
        return 1
    return {"TIMESTAMP": "2026-11-28 10:00:00+00:00", "JSON": '{"a":["狐",true]}', "REAL": 1.5}.get(kind, "狐 text")


def schema_of(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """Tables and their columns, but for those of the index and of the history."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    own = [name for (name,) in found if not name.startswith(("sqlite_", "search_", tables.HISTORY))]
    return {name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for name in own}


def dumped(home: Home) -> dict[str, list[dict[str, object]]]:
    """Every row of a database on the disk, as another database can keep it."""
    with closing(sqlite3.connect(home.data_dir / saved_sqlite.FILE)) as connection:
        connection.row_factory = sqlite3.Row
        names = [*schema_of(connection), tables.SEARCH, "sqlite_sequence"]
        return {
            name: sorted((kept(dict(row)) for row in connection.execute(f"SELECT * FROM {name}")), key=str)
            for name in names
        }


def kept(row: dict[str, object]) -> dict[str, object]:
    """The row without what a move changes on purpose."""
    if row.get("state") == "running":
        row |= {"state": "queued", "lease": None, "lease_until_ms": None}
    return {name: plain(value) for name, value in row.items()}


def plain(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.startswith(("[", "{")):
        return json.dumps(json.loads(storable.json(value)), sort_keys=True).replace("1.0", "1")
    return storable.text(value)


async def move(source: Home, target: Home, tell: Tell = lambda *_: None) -> int:
    await relocating.prepare(source, target)
    saved = await relocating.move_blobs(source, target, lambda *_: None)
    assert saved.faults == ()
    await relocating.move_rows(source, target, tell)
    return saved.copied


async def test_there_and_back_everything_is_the_same(world: World, old: tuple[Home, Place]) -> None:
    source, place = old
    fleet, bucket = world.in_fleet()
    before = dumped(source)
    assert all(before.values()), "a table without a row shows nothing"
    assert await move(source, fleet) == 3
    assert dumped(source) == before, "the source is only read"

    back, folder = world.on_disk("new")
    assert await move(fleet, back) == 3
    assert dumped(back) == before
    assert bucket.keys() == folder.keys() == place.keys()


async def test_what_has_moved_to_a_fleet_lives(world: World, old: tuple[Home, Place]) -> None:
    fleet, _ = world.in_fleet()
    await move(old[0], fleet)
    await database.open_database(fleet.database_url, fleet.data_dir)
    try:
        assert (await search.search(CHAT, "foxes")).total == 1
        assert (await search.search(CHAT, "狐狸 text")).total == 1
        assert [row.number for row in (await tags.links_with_tags(CHAT, ["foxes"])).rows] == [2, 1]
        assert await counters_are_right()
        assert [line async for line in checking.check(fleet.blobs, world.tmp, wacz_fault)] == []
        assert (await archive.take_in(message(9, "https://example.org/9"))).queued == 0, "the message was taken in"
        new = await archive.take_in(message(20, "https://example.org/20", tags=("foxes",)))
        assert new.queued == 1
        share = await Share.all().order_by("-id").first()
        assert share
        assert share.id > 5, "not the number of the one that was deleted last"
        assert [capture.state for capture in await Capture.filter(state__not="ended")] == ["queued"] * 3
    finally:
        await database.close_database()


async def test_an_interrupted_move_leaves_nothing_half_done_and_goes_on(
    world: World, old: tuple[Home, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relocating, "TELL_EVERY", 1)
    fleet, _ = world.in_fleet()
    await relocating.prepare(old[0], fleet)

    class Enough(Exception):
        pass

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise Enough

    with pytest.raises(Enough):
        await relocating.move_blobs(old[0], fleet, stop)
    with pytest.raises(Enough):
        await relocating.move_rows(old[0], fleet, lambda done, total: stop(2 if done == total - 1 else 0, total))
    assert await move(old[0], fleet) < 2, "what was copied before is not copied again"
    with pytest.raises(NoBackup, match="holds an archive already"):
        await move(old[0], fleet)


async def test_a_move_that_is_cancelled_ends(
    world: World, old: tuple[Home, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relocating, "TELL_EVERY", 1)
    fleet, _ = world.in_fleet()
    await relocating.prepare(old[0], fleet)
    begun, go_on, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

    def tell(_done: int, _total: int) -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(10)

    task = asyncio.create_task(relocating.move_rows(old[0], fleet, tell))
    await begun.wait()
    task.cancel()
    loop.call_soon(go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await task
    await relocating.prepare(old[0], fleet)  # which refuses what is full


async def test_places_that_an_archive_cannot_be_moved_to(world: World, old: tuple[Home, Place]) -> None:
    fleet, bucket = world.in_fleet()
    bucket.write(key("ab" * 32), b"somebody else's")
    with pytest.raises(NoBackup, match="files of something else"):
        await relocating.move_blobs(old[0], fleet, lambda *_: None)
    empty, _ = world.on_disk("empty")
    with pytest.raises(NoBackup, match="There is no archive"):
        await relocating.prepare(empty, fleet)
    await database.open_database(fleet.database_url, fleet.data_dir)
    with pytest.raises(NoBackup, match="Another Hashkeep is running on the database that it is moved to"):
        await relocating.prepare(old[0], fleet)
    await database.close_database()
    with closing(sqlite3.connect(old[0].data_dir / saved_sqlite.FILE)) as connection, connection:
        connection.execute(f"DELETE FROM {tables.HISTORY} WHERE id = (SELECT MAX(id) FROM {tables.HISTORY})")
    with pytest.raises(NoBackup, match="another version"):
        await relocating.prepare(old[0], fleet)


async def test_what_is_damaged_is_said_and_the_rest_moves(world: World, old: tuple[Home, Place]) -> None:
    source, place = old
    fleet, bucket = world.in_fleet()
    damaged, missing, whole = place.keys()
    place.write(damaged, b"DAMAGED")
    place.remove(missing)
    saved = await relocating.move_blobs(source, fleet, lambda *_: None)
    assert sorted(saved.faults) == sorted([f"{damaged}: it is damaged", f"{missing}: it is missing"])
    assert bucket.keys() == [whole]


def test_no_table_is_left_behind(migrated: Path, postgres: Postgres) -> None:
    described = {table.name: {column.name for column in table.columns} for table in tables.tables()}
    with closing(sqlite3.connect(migrated / saved_sqlite.FILE)) as connection:
        assert schema_of(connection) == described
    with postgres.database() as url, postgres.connect(url.rpartition("/")[2]) as connection:
        found = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        ).fetchall()
    there: dict[str, set[str]] = {}
    for name, column in found:
        there.setdefault(name, set()).add(column)
    of_the_queue = {name for name in there if name.startswith("procrastinate_")} | {"queue_engine", "errands"}
    assert {name: there[name] for name in set(there) - of_the_queue - {tables.SEARCH, tables.HISTORY}} == described
