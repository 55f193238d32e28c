"""Whether there is room on the disk for more captures, and which chats have to hear that there is not."""

from __future__ import annotations

import errno
import logging
import shutil
import sqlite3
from pathlib import Path

from storage import signals

log = logging.getLogger(__name__)

MIN_ROOM_BYTES = 200_000_000
"""With less than that nothing is captured: a large page takes as much for a while, and the database needs the rest,
so that links are still taken in when captures wait."""

_DISK_FULL = "53100"
"""PostgreSQL's word for it."""

_folders: set[Path] = set()
_short = False
unstored: set[int] = set()
"""Chats of which a message could not be taken in: the database itself had no room. Telegram keeps it meanwhile."""


def watch(folder: Path) -> None:
    """Counts a folder among those that need room."""
    _folders.add(folder)


def forget() -> None:
    """Begins anew, with no folder: a database is opened."""
    global _short
    _folders.clear()
    unstored.clear()
    _short = False


def look() -> bool:
    """Whether some folder is short of room now; tells whoever waits for a change."""
    global _short
    short = [folder for folder in _folders if _free_bytes(folder) < MIN_ROOM_BYTES]
    changed = bool(short) != _short
    if changed:
        if short:
            log.error("No space left: %s has less than %d MB free. Captures wait.", short[0], MIN_ROOM_BYTES // 10**6)
        else:
            log.warning("There is space again. Captures go on.")
    _short = bool(short)
    if changed or _short or unstored:
        signals.room.set()
    if not _short:
        unstored.clear()
    return _short


def free_bytes() -> int | None:
    """What is free where there is least; None where no folder needs any."""
    return min(map(_free_bytes, _folders), default=None)


def is_short() -> bool:
    """What the last look found."""
    return _short


def could_not_store(chat_id: int, error: BaseException) -> None:
    """A message of the chat could not be taken in for that reason; if it is the disk, the chat is told."""
    if is_full(error):
        unstored.add(chat_id)
        signals.room.set()


def is_full(error: BaseException) -> bool:
    """Whether an error says that the disk, or one's share of it, is full."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if getattr(seen, "sqlstate", None) == _DISK_FULL:
            return True
        if getattr(seen, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            return True
        inner = seen.args[0] if seen.args and isinstance(seen.args[0], BaseException) else None
        seen = inner or seen.__cause__
    return "No space left on device" in str(error)  # the blob store's errors have no number


def _free_bytes(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return MIN_ROOM_BYTES  # it is not there; whoever needs it says so
