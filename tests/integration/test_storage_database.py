"""Opening: the schema comes up to date, all or nothing, and a newer database is left alone."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest
import pytest_asyncio
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import AlterModelOptions

from storage import archive, database, outbox, search, tags
from storage import sqlite as particulars
from tests.integration.storage_factories import CHAT, card, counters_are_right, message, only_sqlite, run_all, scalar

FIRST_SCHEMA = Path(__file__).with_name("first_schema.sql")


@pytest_asyncio.fixture
async def old(tmp_path: Path) -> AsyncIterator[Path]:
    """A data folder with a database of the first schema."""
    connection = sqlite3.connect(tmp_path / "hashkeep.sqlite3")
    connection.executescript(FIRST_SCHEMA.read_text())
    connection.close()
    yield tmp_path
    await database.close_database()


async def test_an_old_database_is_migrated_and_nothing_is_lost(old: Path) -> None:
    await database.open_database("sqlite://", old)
    page = await tags.links_with_tags(CHAT, ["foxes"])
    assert [row.number for row in page.rows] == [3, 2, 1]
    assert page.rows[-1].title == "Foxes & Links"
    assert page.rows[-1].captures_count == 1
    assert await archive.card_of(CHAT, 500) is not None
    assert await counters_are_right()
    assert len(await run_all()) == 1, "what waited is still captured"
    taken = await archive.take_in(message(9, "https://example.org/a", words="https://example.org/a with new words"))
    assert (await card(taken.card_id)).links[0].repost
    assert (await search.search(CHAT, "new words")).total == 1


async def test_a_migration_that_fails_leaves_the_old_schema(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("storage.migrations.0002_search.SQLITE", ("CREATE TABLE half (id INTEGER)", "CREATE nonsense"))
        with pytest.raises(Exception, match="syntax"):
            await database.open_database("sqlite://", old)
    before = sqlite3.connect(old / "hashkeep.sqlite3")
    assert before.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    assert before.execute("SELECT count(*) FROM tortoise_migrations").fetchone() == (1,)
    before.close()
    await database.open_database("sqlite://", old)
    assert (await tags.links_with_tags(CHAT, ["foxes"])).total == 3


async def test_a_newer_database_is_refused(opened: Path, database_url: str) -> None:
    @database.writing
    async def newer() -> None:
        await database.execute(
            "INSERT INTO tortoise_migrations(app, name, applied_at) VALUES ('storage', '9999_future', '2030-01-01')"
        )

    await newer()
    await database.close_database()
    with pytest.raises(database.DatabaseTooNew, match="9999_future"):
        await database.open_database(database_url, opened)


async def test_the_migrations_make_the_tables_of_the_models(tmp_path: Path) -> None:
    apps = {"storage": {"models": ["storage.models"], "migrations": "storage.migrations"}}
    config = {"connections": particulars.connections(tmp_path / "none.sqlite3"), "apps": apps}
    async with TortoiseContext() as context:
        await context.init(config=config)
        assert context.apps is not None
        changes = await MigrationAutodetector(context.apps, apps).changes()
    # The first lines of the models' docstrings count as options of their tables for Tortoise; they make no SQL.
    missing = [op for change in changes for op in change.operations if not isinstance(op, AlterModelOptions)]
    assert missing == []


@only_sqlite
async def test_settings_of_the_database(opened: Path) -> None:
    @database.writing
    async def pragma(name: str) -> object:
        return (await database.rows(f"PRAGMA {name}"))[0]

    assert await pragma("foreign_keys") == {"foreign_keys": 1}
    assert await pragma("journal_mode") == {"journal_mode": "wal"}
    assert await pragma("synchronous") == {"synchronous": 2}
    assert await scalar("PRAGMA query_only") == 1


@only_sqlite
async def test_a_locked_database_is_an_oserror(opened: Path) -> None:
    @database.writing
    async def be_impatient() -> None:
        await database.rows("PRAGMA busy_timeout = 50")

    await be_impatient()
    other = await asyncio.to_thread(sqlite3.connect, opened / "hashkeep.sqlite3", check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(database.StorageUnavailable, match="locked"):
        await archive.take_in(message(1, "https://example.org/"))
    other.rollback()
    other.close()
    assert (await archive.take_in(message(1, "https://example.org/"))).changed


async def test_a_folder_that_cannot_be_used_is_an_oserror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiosqlite.core.LOG, "debug", lambda *_: time.sleep(0.02))  # its threads are slow to end
    (tmp_path / "hashkeep.sqlite3").mkdir()
    with pytest.raises(OSError, match="open"):
        await database.open_database("sqlite://", tmp_path)
    left = [thread.name for thread in threading.enumerate() if "_connection_worker" in thread.name]
    assert not left, "would meet a closed loop at its end"


async def test_closing_waits_for_what_is_under_way(opened: Path, database_url: str) -> None:
    task = asyncio.create_task(archive.take_in(message(1, "https://example.org/")))
    await asyncio.sleep(0)
    task.cancel()
    await database.close_database()
    await database.open_database(database_url, opened)
    assert not (await archive.take_in(message(1, "https://example.org/"))).changed
    assert await outbox.due() == []
