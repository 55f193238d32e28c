"""Folders that commands have for their own time, and what is left of those that were killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".hashkeep-"
LEFT_AFTER_S = 86_400


@contextmanager
def own_folder(parent: Path) -> Iterator[Path]:
    """A folder for the time of a command, held by it; on the same disk as what comes of it."""
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # some network disks have no locks
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def remove_left(data_dir: Path, *, dry_run: bool = False) -> int:
    """Removes the folders that killed commands left more than a day ago, and says how many; none that one holds."""
    left = [path for path in data_dir.glob(f"{PREFIX}*") if path.is_dir() and _is_left(path)]
    for path in left:
        if not dry_run:
            shutil.rmtree(path, ignore_errors=True)
    return len(left)


def _is_left(path: Path) -> bool:
    try:
        if time.time() - path.stat().st_mtime < LEFT_AFTER_S:
            return False
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
