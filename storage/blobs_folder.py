"""Blobs in a folder of this machine."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
from obstore.store import LocalStore

from storage import clock
from storage.blobs import BlobStore, IsNamed, Pieces, is_name, key

STAGING = timedelta(hours=1)
"""A file in the making that was not written to for so long has lost its writer."""
_GOING = ".going"


class FolderBlobs(BlobStore):
    """The blobs in a folder, which is made where it is missing."""

    def __init__(self, root: Path) -> None:
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(f"{root} cannot be the folder of files: {error.strerror}") from error
        self._root = root
        super().__init__(LocalStore(root))

    def __str__(self) -> str:
        return str(self._root.absolute())

    async def answers(self) -> bool:
        """Whether files can be written just now."""
        return await asyncio.to_thread(os.access, self._root, os.W_OK | os.X_OK)

    async def remove_unnamed(self, sha256: str, before: datetime, is_named: IsNamed) -> bool:
        """As of BlobStore. The file is taken away first and looked at then.

        Whoever keeps the same bytes comes before, finds it and makes it young, or comes after and writes it anew.
        """
        path = self._path(sha256)
        aside = path.with_name(path.name + _GOING)
        try:
            await asyncio.to_thread(path.rename, aside)
        except FileNotFoundError:
            return False
        young = datetime.fromtimestamp(aside.stat().st_mtime, UTC) >= before
        if young or await is_named(sha256):
            await asyncio.to_thread(_put_back, aside, path)
            return False
        await asyncio.to_thread(aside.unlink)
        return True

    async def finish_removals(self, is_named: IsNamed) -> None:
        """Ends what a killed `remove_unnamed` left half done."""
        for aside in await asyncio.to_thread(lambda: list(self._root.glob(f"*/*/*{_GOING}"))):
            path = aside.with_name(aside.name.removesuffix(_GOING))
            if await is_named(path.name):
                await asyncio.to_thread(_put_back, aside, path)
            else:
                await asyncio.to_thread(aside.unlink)

    async def clear_staging(self) -> None:
        """The library writes a blob under its name with `#` and a number behind it, and renames it at the end."""
        await asyncio.to_thread(self._clear_staging, (clock.now() - STAGING).timestamp())

    def _clear_staging(self, before: float) -> None:
        for path in self._root.glob("*/*/*#*"):
            name, _, number = path.name.partition("#")
            with suppress(FileNotFoundError):
                if is_name(name) and number.isdecimal() and path.stat().st_mtime < before:
                    path.unlink()

    async def _keep(self, sha256: str, size_bytes: int, pieces: Pieces) -> bool:
        if await asyncio.to_thread(self._touch, sha256, size_bytes):
            return False
        with self._errors():
            await obstore.put_async(self._store, key(sha256), pieces(), max_concurrency=1)
        await asyncio.to_thread(self._sync, sha256)
        return True

    def _touch(self, sha256: str, size_bytes: int) -> bool:
        """Whether the blob is kept already; makes it young, so that it is not swept before a row names it."""
        path = self._path(sha256)
        try:
            os.utime(path)
            return path.stat().st_size == size_bytes
        except FileNotFoundError:
            return False

    def _sync(self, sha256: str) -> None:
        """A row that names the blob is synced when it is committed; the blob is no worse."""
        path = self._path(sha256)
        for target in (path, path.parent, path.parent.parent, self._root):
            handle = os.open(target, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _path(self, sha256: str) -> Path:
        return self._root / key(sha256)


def _put_back(aside: Path, path: Path) -> None:
    """Unless the same bytes were written anew meanwhile."""
    with suppress(FileExistsError):
        os.link(aside, path)
    aside.unlink()
