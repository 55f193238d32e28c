"""Looking everything through: whether every file that a row names is there and whole, and every file has such a row."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from storage import clock
from storage.abreast import abreast
from storage.blobs import BlobDamaged, BlobStore, key
from storage.database import Dialect, dialect, reading, rows
from storage.garbage import GRACE, is_named

AT_ONCE = 500
WACZ = "wacz"
_COPIES = "verify-"

Tell = Callable[[int, int], None]
FileFault = Callable[[Path], str | None]


@dataclass(frozen=True)
class Named:
    """A blob and one of the rows that name it."""

    sha256: str
    size_bytes: int
    kind: str
    number: int
    chat_id: int

    def __str__(self) -> str:
        return f"{self.kind} of link {self.number} in chat {self.chat_id}"


async def check(
    blobs: BlobStore, scratch: Path, wacz_fault: FileFault, tell: Tell = lambda *_: None
) -> AsyncIterator[str]:
    """Gives a line for each thing that is wrong; `tell` hears how many files of how many have been read.

    `wacz_fault` looks at the inside of a WACZ, of which a copy is laid into `scratch`.
    Raises StorageUnavailable or OSError.
    """
    for line in await _database_faults():
        yield line
    await blobs.clear_staging()
    done, total, last = 0, await count_named(), ""
    while some := await named_after(last):
        async with aclosing(abreast(lambda blob: _fault(blobs, blob, scratch, wacz_fault), some)) as faults:
            async for blob, fault in faults:
                if fault:
                    yield f"{key(blob.sha256)}: {fault} ({blob})"
                done += 1
                tell(done, total)
        last = some[-1].sha256
    before = clock.now() - GRACE
    async for kept in blobs.listed():
        if kept.changed_at < before and not await is_named(kept.sha256):
            yield f"{key(kept.sha256)}: nothing names it any more; hashkeep gc removes it"


def clear_copies(scratch: Path) -> None:
    """Removes what killed looks left in `scratch`. Nobody else may be looking there."""
    for folder in scratch.glob(f"{_COPIES}????????"):
        shutil.rmtree(folder, ignore_errors=True)


async def _fault(blobs: BlobStore, blob: Named, scratch: Path, wacz_fault: FileFault) -> str | None:
    with tempfile.TemporaryDirectory(dir=scratch, prefix=_COPIES) as folder:
        path = Path(folder) / blob.kind
        try:
            await blobs.copy_to(blob.sha256, path)
        except FileNotFoundError:
            return "it is missing"
        except BlobDamaged:
            return "it is damaged"
        size = path.stat().st_size
        if size != blob.size_bytes:
            return f"it has {size} bytes, and its row says {blob.size_bytes}"
        if blob.kind != WACZ:
            return None
        fault = await asyncio.to_thread(wacz_fault, path)
        return f"as a WACZ it is broken: {fault}" if fault else None


@reading
async def count_named() -> int:
    """How many blobs rows name."""
    found = await rows("SELECT COUNT(DISTINCT sha256) AS n FROM artifacts")
    return int(found[0]["n"])


@reading
async def named_after(sha256: str, limit: int = AT_ONCE) -> list[Named]:
    """Blobs that rows name, in the order of their names, from the one after `sha256` on."""
    found = await rows(
        "SELECT a.sha256, a.size_bytes, a.kind, l.number, r.chat_id FROM artifacts a "
        "JOIN captures c ON c.id = a.capture_id JOIN links l ON l.id = c.link_id "
        "JOIN archives r ON r.id = l.archive_id "
        "WHERE a.id IN (SELECT MIN(id) FROM artifacts WHERE sha256 > ? GROUP BY sha256 ORDER BY sha256 LIMIT ?) "
        "ORDER BY a.sha256",
        [sha256, limit],
    )
    return [Named(**row) for row in found]


@reading
async def _database_faults() -> list[str]:
    faults = [f"database: {fault}" for fault in await _file_faults()] if dialect() is Dialect.SQLITE else []
    wrong = await rows(
        "SELECT * FROM (SELECT t.name, t.count, r.chat_id, (SELECT COUNT(*) FROM link_tags n "
        "JOIN links l ON l.id = n.link_id WHERE n.tag_id = t.id AND l.deleted_at IS NULL) AS found "
        "FROM tags t JOIN archives r ON r.id = t.archive_id) q WHERE count <> found"
    )
    for row in wrong:
        faults.append(
            f"tag {row['name']} in chat {row['chat_id']}: it counts {row['count']} links and has {row['found']}"
        )
    return faults


async def _file_faults() -> list[str]:
    """What is wrong with SQLite's file; PostgreSQL's are its server's own affair."""
    broken = await rows("SELECT quick_check AS problem FROM pragma_quick_check WHERE quick_check <> 'ok'")
    loose = await rows('SELECT DISTINCT "table" AS name FROM pragma_foreign_key_check')
    return [
        *(str(row["problem"]) for row in broken),
        *(f"{row['name']} has rows that point to nothing" for row in loose),
    ]
