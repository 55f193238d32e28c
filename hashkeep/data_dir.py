"""Who may use a data folder just now: one bot, and one command that cares for the archive."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hashkeep.settings import WrongSettings


class Busy(OSError):
    """Another command cares for the same archive."""


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Holds the data folder: a second Hashkeep on it would take the first one's captures for abandoned."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = os.open(data_dir / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise WrongSettings(
            f"DATA_DIR: {data_dir} cannot be written to ({error.strerror}). Write the path of a folder that can."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise WrongSettings(f"DATA_DIR: another Hashkeep is running on {data_dir.absolute()}. Stop it first.") from None
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def caring(data_dir: Path) -> Iterator[None]:
    """Holds the archive against other commands that care for it: a sweep must not take what a backup is about to copy.

    Raises Busy or OSError.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = os.open(data_dir / ".care", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Busy(f"Another backup, verify or gc is at work on {data_dir}. Wait for its end.") from None
    finally:
        os.close(lock)
