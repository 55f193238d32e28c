"""Content-addressed files: bytes named by their SHA-256, kept once, checked when read. Where they lie is a store's."""

from __future__ import annotations

import asyncio
import hashlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from storage.records import BlobRef

if TYPE_CHECKING:
    from obstore import ObjectMeta

CHUNK_BYTES = 1 << 20
_LIBRARY = "Generic LocalFileSystem error: "

Pieces = Callable[[], AsyncGenerator[bytes, None]]
"""Gives the bytes of a blob from their beginning, each time it is called; raises at their end if they are wrong."""

IsNamed = Callable[[str], Awaitable[bool]]
"""Whether a row names the blob."""


class BlobDamaged(OSError):
    """The bytes of a blob are not those that its name promises."""


class BlobsAway(OSError):
    """The store cannot be reached, or does not do its work just now: nothing is known to be lost, waiting helps."""


@dataclass(frozen=True)
class Blob:
    """A file of the store as it lies there; its bytes have not been looked at."""

    sha256: str
    size_bytes: int
    changed_at: datetime
    """When it was written, or asked for again."""


class BlobStore(ABC):
    """The blobs of an archive. Everything raises OSError (FileNotFoundError, BlobDamaged, BlobsAway) when it cannot."""

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store
        self.owner: str | None = None
        """Whose blobs are written here, where that can be noted: a sweep of another archive leaves them alone."""

    async def put_file(self, path: Path) -> BlobRef:
        """Keeps a copy of a file and gives its name; the same bytes are kept once.

        When it returns, the blob is whole and lasting, and young enough not to be swept before a row names it.
        """
        sha256, size_bytes = await asyncio.to_thread(_digest, path)
        # Hashed a second time while it is read: whoever wrote the file may still be able to change it.
        await self._keep(sha256, size_bytes, lambda: _checked(path, sha256))
        return BlobRef(sha256=sha256, size_bytes=size_bytes)

    async def read(self, sha256: str) -> bytes:
        """The bytes of a blob. Raises BlobDamaged or FileNotFoundError."""
        return b"".join([piece async for piece in self.pieces(sha256)])

    async def copy_to(self, sha256: str, path: Path) -> None:
        """Writes the bytes of a blob to a file, piece by piece. Raises BlobDamaged or FileNotFoundError.

        A file of damaged bytes, or of a part of them, is not left behind.
        """
        async with aclosing(self.pieces(sha256)) as pieces:
            first = await anext(pieces, b"")
            try:
                with path.open("wb") as file:
                    await asyncio.to_thread(file.write, first)
                    async for piece in pieces:
                        await asyncio.to_thread(file.write, piece)
            except BaseException:
                path.unlink(missing_ok=True)
                raise

    async def copy_from(self, source: BlobStore, sha256: str, size_bytes: int) -> bool:
        """Takes a blob over from another store; False if it is here already, of that size.

        Raises what `copy_to` raises.
        """
        return await self._keep(sha256, size_bytes, lambda: source.pieces(sha256))

    async def pieces(self, sha256: str) -> AsyncGenerator[bytes, None]:
        """The bytes of a blob, piece by piece. Raises BlobDamaged, at their end, or FileNotFoundError."""
        found = hashlib.sha256()
        async with aclosing(self._stream(key(sha256))) as pieces:
            async for piece in pieces:
                found.update(piece)
                yield piece
        if found.hexdigest() != sha256:
            raise BlobDamaged(f"blob {sha256} is damaged")

    @abstractmethod
    async def answers(self) -> bool:
        """Whether the store can be used just now; it raises OSError where that tells more."""

    async def listed(self) -> AsyncGenerator[Blob, None]:
        """Everything that is kept, in no order. Files of other names are left out."""
        with self._errors():
            async for some in obstore.list(self._store):
                for found in some:
                    name = str(found["path"]).rpartition("/")[2]
                    if is_name(name) and found["path"] == key(name):
                        yield Blob(name, int(found["size"]), self._changed_at(found))

    @abstractmethod
    async def remove_unnamed(self, sha256: str, before: datetime, is_named: IsNamed) -> bool:
        """Removes a blob that no row names, unless it was written or asked for since `before`; says whether it went.

        Somebody may be keeping the same bytes just now, and has them when `put_file` returns.
        """

    @abstractmethod
    async def finish_removals(self, is_named: IsNamed) -> None:
        """Ends what a killed `remove_unnamed` left half done."""

    async def clear_staging(self) -> None:
        """Removes what killed writers left behind, where they leave anything. Raises OSError."""
        return

    @abstractmethod
    async def _keep(self, sha256: str, size_bytes: int, pieces: Pieces) -> bool:
        """Sees to it that the blob is here, of that size, lasting and young; says whether it had to be written."""

    async def _stream(self, path: str) -> AsyncGenerator[bytes, None]:
        with self._errors():
            result = await obstore.get_async(self._store, path)
            async for piece in result.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(piece)

    def _changed_at(self, found: ObjectMeta) -> datetime:
        return found["last_modified"].astimezone(UTC)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Makes OSErrors of the library's own."""
        try:
            yield
        except BaseError as error:
            raise OSError(f"{self}: {first_line(error).removeprefix(_LIBRARY)}") from error


def key(sha256: str) -> str:
    """Where a blob lies in its store; ValueError for what is no blob's name."""
    if not is_name(sha256):
        raise ValueError("not the name of a blob")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def is_name(text: str) -> bool:
    """Whether it is a SHA-256 as we write it."""
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def first_line(error: BaseException) -> str:
    """What the library says, without its own data structures."""
    return (str(error).strip() or repr(error)).splitlines()[0]


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return digest.hexdigest(), file.tell()


async def _checked(path: Path, sha256: str) -> AsyncGenerator[bytes, None]:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            found.update(chunk)
            yield chunk
    if found.hexdigest() != sha256:
        raise BlobDamaged(f"{path.name} changed while it was being kept")
