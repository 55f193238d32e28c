"""The folder that a worker gets for one capture, and how its files come out of it.

The worker may be anything by the time it answers, and may have a user of its own. So it writes into a folder of its
own, and what it names is moved out before it is looked at: what has been looked at, it can no longer replace.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from capture.process_user import is_root


class BadFile(Exception):
    """What was named is no file of the capture; the message says why."""


@asynccontextmanager
async def lent_folder(below: Path, name: str, scratch: Path) -> AsyncIterator[Path]:
    """A folder for one capture, with copies of the files that lie in `scratch`; removed at the end. Raises OSError."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=f"{name}-", dir=below))
    try:
        await asyncio.to_thread(_copy_files, scratch, folder)
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _copy_files(scratch: Path, folder: Path) -> None:
    for path in scratch.iterdir():
        if path.is_file() and not path.is_symlink():
            shutil.copyfile(path, folder / path.name)


def take(name: str, lent: Path, scratch: Path) -> int:
    """Moves a file from the lent folder into the capture's own, and gives its size.

    A regular file of its own: no link of either kind, no folder, no device. Raises BadFile, or OSError if it cannot be
    moved (a full disk).
    """
    to = scratch / name
    try:
        os.replace(lent / name, to)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise BadFile(f"{name} is missing") from None
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(lent / name, to)
    found = to.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        with suppress(OSError):
            to.unlink()
        raise BadFile(f"{name} is no regular file of its own")
    if is_root():
        os.chown(to, os.geteuid(), os.getegid(), follow_symlinks=False)
    return found.st_size


def _copy(source: Path, to: Path) -> None:
    """For folders on two file systems. What is opened is looked at, whatever the name leads to a moment later."""
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOENT, errno.ENXIO, errno.EACCES):
            raise
        raise BadFile(f"{source.name} cannot be read") from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise BadFile(f"{source.name} is no regular file of its own")
        with open(handle, "rb", closefd=False) as file, to.open("wb") as copy:
            shutil.copyfileobj(file, copy)
    finally:
        os.close(handle)
