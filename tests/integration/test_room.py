"""The disk is full: how it is recognised, who is told, and that what has been sent is noted in the end."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from psycopg.errors import DiskFull
from tortoise.exceptions import OperationalError

from storage import archive, captures, database, outbox, room, shortage, signals
from storage.database import StorageUnavailable
from storage.queue.worker import Worker
from tests.integration.storage_factories import CHAT, OTHER_CHAT, card, good, message, only_due, run_all


def of_sqlite(code: int) -> StorageUnavailable:
    inner = sqlite3.OperationalError("database or disk is full")
    inner.sqlite_errorcode = code
    outer = StorageUnavailable("full")
    outer.__cause__ = inner
    return outer


def of_postgres(inner: Exception) -> StorageUnavailable:
    outer = StorageUnavailable("full")
    outer.__cause__ = OperationalError(inner)
    return outer


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (of_sqlite(sqlite3.SQLITE_FULL), True),
        (OSError("Generic LocalFileSystem error: No space left on device (os error 28)"), True),
        (of_postgres(DiskFull("无法扩展文件")), True),
        (of_sqlite(sqlite3.SQLITE_BUSY), False),
        (OSError(errno.EACCES, "Permission denied"), False),
        (StorageUnavailable("database is locked"), False),
    ],
)
def test_a_full_disk_is_told_from_other_troubles(error: OSError, full: bool) -> None:
    assert room.is_full(error) is full


async def test_who_waits_is_known_and_space_is_noticed(opened: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await archive.take_in(message(1, "https://example.org/"))
    assert await captures.waiting_chats() == {CHAT}
    assert not room.look()
    signals.room.clear()
    monkeypatch.setattr(room, "MIN_ROOM_BYTES", 1 << 60)
    assert room.look()
    assert signals.room.is_set()
    room.could_not_store(OTHER_CHAT, OSError(errno.ENOSPC, "full"))
    room.could_not_store(-5, OSError(errno.EACCES, "not ours"))
    assert room.unstored == {OTHER_CHAT}
    signals.room.clear()
    monkeypatch.undo()
    assert not room.look()
    assert signals.room.is_set(), "whoever tells people has to know that it is over"
    assert not room.unstored
    await run_all(good())
    assert await captures.waiting_chats() == set()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_fleet_is_short_of_room_when_all_who_live_are(opened: Path) -> None:
    one, other = Worker(), Worker()
    assert not await shortage.captures_wait(), "nobody captures: that is not for want of room"
    for each in (one, other):
        await each.say_alive()
    assert await one.say_room(short=True)
    assert not await one.say_room(short=True), "the others know it"
    assert not await shortage.captures_wait(), "the other one has room"
    assert await other.say_room(short=True)
    assert await shortage.captures_wait()
    assert await other.say_room(short=False)
    assert not await shortage.captures_wait()
    await other.leave()
    assert await shortage.captures_wait()
    await one.leave()
    assert not await shortage.captures_wait()
    third = Worker()
    await third.say_alive()
    assert await third.say_room(short=False)
    assert await database.rows("SELECT key FROM settings WHERE key LIKE 'no room %'") == []


async def test_a_card_that_was_sent_is_noted_as_soon_as_there_is_space(
    opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted = await archive.take_in(message(1, "https://example.org/"))
    await run_all(good())
    due = await only_due()
    troubles = [StorageUnavailable("database or disk is full")] * 2
    note = outbox._sent

    async def sent(*args: Any) -> None:
        if troubles:
            raise troubles.pop()
        await note(*args)

    monkeypatch.setattr(outbox, "_sent", sent)
    monkeypatch.setattr(database, "WRITE_PAUSE_S", 0)
    async with asyncio.timeout(30):
        await outbox.sent(due, 77, "text", "digest")
    assert not troubles
    assert (await card(posted.card_id)).sent_message_id == 77
    assert await outbox.due() == []
