"""Content-addressed files: bytes named by their SHA-256, kept once, checked when read."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore

from storage.records import BlobRef

CHUNK_BYTES = 1 << 20
_GOING = ".going"


class BlobDamaged(OSError):
    """The bytes of a blob are not those that its name promises."""


@dataclass(frozen=True)
class Blob:
    """A file of the store as it lies there; its bytes have not been looked at."""

    sha256: str
    size_bytes: int
    changed_at: datetime
    """When it was written, or asked for again."""


class BlobStore:
    """The blobs in a folder. Everything raises OSError (FileNotFoundError, BlobDamaged) when it cannot."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._root = root
        self._store = LocalStore(root)

    async def put_file(self, path: Path) -> BlobRef:
        """Keeps a copy of a file and gives its name; the same bytes are kept once.

        When it returns, the blob is whole and on the disk, so that a row may name it.
        """
        sha256, size_bytes = await asyncio.to_thread(_digest, path)
        ref = BlobRef(sha256=sha256, size_bytes=size_bytes)
        if not await self._is_there(sha256, size_bytes):
            with _as_os_error():
                # Hashed a second time: whoever wrote the file may still be able to change it.
                await obstore.put_async(self._store, _key(sha256), _checked(path, sha256), max_concurrency=1)
            await asyncio.to_thread(self._sync, sha256)
        return ref

    async def read(self, sha256: str) -> bytes:
        """The bytes of a blob. Raises BlobDamaged or FileNotFoundError."""
        with _as_os_error():
            result = await obstore.get_async(self._store, _key(sha256))
            data = bytes(await result.bytes_async())
        if await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest()) != sha256:
            raise BlobDamaged(f"blob {sha256} is damaged")
        return data

    async def copy_to(self, sha256: str, path: Path) -> None:
        """Writes the bytes of a blob to a file, piece by piece. Raises BlobDamaged or FileNotFoundError.

        A file of damaged bytes is not left behind.
        """
        found = hashlib.sha256()
        with _as_os_error():
            result = await obstore.get_async(self._store, _key(sha256))
            with path.open("wb") as file:
                async for chunk in result.stream(min_chunk_size=CHUNK_BYTES):
                    found.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
        if found.hexdigest() != sha256:
            path.unlink()
            raise BlobDamaged(f"blob {sha256} is damaged")

    async def copy_from(self, source: BlobStore, sha256: str, size_bytes: int) -> bool:
        """Takes a blob over from another store; False if it is here already, of that size.

        Raises what `copy_to` raises.
        """
        if await self._is_there(sha256, size_bytes):
            return False
        arriving = self._root / f"{sha256}.arriving"
        await source.copy_to(sha256, arriving)
        path = self._root / _key(sha256)
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(arriving.replace, path)
        await asyncio.to_thread(self._sync, sha256)
        return True

    async def answers(self) -> bool:
        """Whether files can be written just now."""
        return await asyncio.to_thread(os.access, self._root, os.W_OK | os.X_OK)

    async def listed(self) -> AsyncIterator[Blob]:
        """Everything that is kept, in no order. Files of other names are left out."""
        with _as_os_error():
            async for some in obstore.list(self._store):
                for found in some:
                    name = str(found["path"]).rpartition("/")[2]
                    if _is_name(name) and found["path"] == _key(name):
                        yield Blob(name, int(found["size"]), found["last_modified"].astimezone(UTC))

    async def remove_unnamed(self, sha256: str, before: datetime, is_named: Callable[[str], Awaitable[bool]]) -> bool:
        """Removes a blob that no row names, unless it was written or asked for since `before`; says whether it went.

        Somebody may be keeping the same bytes just now. So it is taken away first and looked at then: whoever comes
        before finds it and makes it young, whoever comes after writes it anew.
        """
        path = self._root / _key(sha256)
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

    async def finish_removals(self, is_named: Callable[[str], Awaitable[bool]]) -> None:
        """Ends what a killed `remove_unnamed` left half done."""
        for aside in await asyncio.to_thread(lambda: list(self._root.glob(f"*/*/*{_GOING}"))):
            path = aside.with_name(aside.name.removesuffix(_GOING))
            if await is_named(path.name):
                await asyncio.to_thread(_put_back, aside, path)
            else:
                await asyncio.to_thread(aside.unlink)

    async def _is_there(self, sha256: str, size_bytes: int) -> bool:
        """Whether the blob is kept already; makes it young, so that it is not swept before a row names it."""

        def touch() -> bool:
            path = self._root / _key(sha256)
            try:
                os.utime(path)
                return path.stat().st_size == size_bytes
            except FileNotFoundError:
                return False

        return await asyncio.to_thread(touch)

    def _sync(self, sha256: str) -> None:
        """A row that names the blob is synced when it is committed; the blob is no worse."""
        path = self._root / _key(sha256)
        for target in (path, path.parent, path.parent.parent, self._root):
            handle = os.open(target, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _is_name(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def _put_back(aside: Path, path: Path) -> None:
    """Unless the same bytes were written anew meanwhile."""
    with suppress(FileExistsError):
        os.link(aside, path)
    aside.unlink()


def _key(sha256: str) -> str:
    if not _is_name(sha256):
        raise ValueError("not the name of a blob")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return digest.hexdigest(), file.tell()


async def _checked(path: Path, sha256: str) -> AsyncIterator[bytes]:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            found.update(chunk)
            yield chunk
    if found.hexdigest() != sha256:
        raise BlobDamaged(f"{path.name} changed while it was being kept")


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except NotFoundError as error:
        raise FileNotFoundError(str(error)) from error
    except BaseError as error:
        raise OSError(str(error)) from error
