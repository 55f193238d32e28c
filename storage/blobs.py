"""Content-addressed files: bytes named by their SHA-256, kept once, checked when read."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore

from storage.records import BlobRef

CHUNK_BYTES = 1 << 20


class BlobDamaged(OSError):
    """The bytes of a blob are not those that its name promises."""


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
        if await self._size(sha256) != size_bytes:
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

    async def _size(self, sha256: str) -> int | None:
        with suppress(FileNotFoundError), _as_os_error():
            meta = await obstore.head_async(self._store, _key(sha256))
            return int(meta["size"])
        return None

    def _sync(self, sha256: str) -> None:
        """A row that names the blob is synced when it is committed; the blob is no worse."""
        path = self._root / _key(sha256)
        for target in (path, path.parent, path.parent.parent, self._root):
            handle = os.open(target, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _key(sha256: str) -> str:
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
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
