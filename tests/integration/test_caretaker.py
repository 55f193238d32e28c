"""Care is one process's work at a time, on one machine or in a fleet."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from hashkeep.caretaker import sweep_if_due
from hashkeep.data_dir import Busy, caring
from hashkeep.own_folder import own_folder, remove_left
from storage import archive, database
from storage.models import Link
from tests.integration.blob_places import FolderPlace
from tests.integration.storage_factories import CHAT, Clock, message

DAY_S = 86_400.0


async def test_of_all_processes_one_sweeps_and_once_a_day(opened: Path, database_url: str, moved: Clock) -> None:
    here = opened
    elsewhere = opened if database_url == database.SQLITE_URL else opened / "another machine's"
    blobs = FolderPlace(opened / "blobs").store
    await archive.take_in(message(1, "https://example.org/a"))
    await archive.delete_link(CHAT, (await Link.get()).id, "Alice")
    moved.forward(8 * DAY_S)

    did = [await sweep_if_due(folder, database_url, blobs) for folder in (here, elsewhere, here)]
    assert did == [True, False, False]
    assert await Link.all().count() == 0
    moved.forward(1.1 * DAY_S)
    async with caring(here, database_url):
        assert not await sweep_if_due(elsewhere, database_url, blobs), "a backup is at work"
    assert await asyncio.wait_for(sweep_if_due(elsewhere, database_url, blobs), 10)


async def test_who_cares_keeps_others_from_it_on_every_machine(opened: Path, database_url: str) -> None:
    elsewhere = opened if database_url == database.SQLITE_URL else opened / "another machine's"
    async with caring(opened, database_url):
        with pytest.raises(Busy, match="Wait for its end"):
            async with caring(elsewhere, database_url):
                pass
    async with caring(elsewhere, database_url):
        pass


async def test_folders_of_killed_commands_go_after_a_day(opened: Path, database_url: str) -> None:
    blobs = FolderPlace(opened / "blobs").store
    old, young = opened / ".hashkeep-old", opened / ".hashkeep-young"
    for folder in (old, young):
        (folder / "staging").mkdir(parents=True)
    day_ago = time.time() - 1.1 * DAY_S
    with own_folder(opened) as held:
        for folder in (old, held):
            os.utime(folder, (day_ago, day_ago))
        assert remove_left(opened, dry_run=True) == 1
        await sweep_if_due(opened, database_url, blobs)
        assert [folder.exists() for folder in (old, young, held)] == [False, True, True]
    assert not held.exists()


async def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be reached"):
        async with caring(tmp_path, "psycopg://nobody@127.0.0.1:1/none"):
            pass
