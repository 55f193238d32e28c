"""Runs imports and exports to their end, beside everything else: in small steps, each a short transaction."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path

from storage import choices, clock, signals, transfers, transfers_export, transfers_import, transfers_setup
from storage.blobs import BlobDamaged, BlobStore
from storage.captures import EndedArtifact
from storage.database import marks, reading, rows
from storage.formats.file_kinds import fits
from storage.formats.package import Package
from storage.formats.reading import MAX_PACKAGE_BYTES
from storage.formats.records import ArtifactRecord, CaptureRecord, ExportFormat, LinkRecord
from storage.formats.writing import Writer
from storage.models import Archive
from storage.quotas import DEFAULT, Quota, room_bytes
from storage.transfers_copies import Copy, Entry
from storage.transfers_export import AT_ONCE
from storage.transfers_staging import Prepared, entries, header_of, keys, numbers

BATCH = 10
PAUSE_S = 0.01
"""Between two batches, or as long as the batch took if that was more: a message that came meanwhile is taken in first,
and half of the time belongs to others."""

MAX_TEXT_BYTES = 1_000_000
UPLOAD_NAME = "upload"
Progress = Callable[[int], None]


async def run_import(
    transfer_id: int, root: Path, blobs: BlobStore, progress: Progress | None = None, quota: Quota = DEFAULT
) -> bool:
    """Imports what is staged, from where it was left; False when it was stopped. Raises BadFile or OSError."""
    view = await transfers.find(transfer_id)
    if view is None:
        return False
    folder = transfers.folder_of(root, transfer_id)
    offset = int(view.payload.get("offset", 0))
    package = None
    if view.payload.get("has_files"):
        package = await asyncio.to_thread(Package, folder / UPLOAD_NAME, MAX_PACKAGE_BYTES)
    try:
        if not offset:
            keep = await keeps_numbers(view.of_chat_id, folder)
            await transfers.note(transfer_id, payload={"keep_numbers": keep})
        source = entries(folder, offset)
        done = view.done
        waiting: list[tuple[Prepared, int]] = []
        while waiting := waiting or await asyncio.to_thread(lambda: list(islice(source, BATCH))):
            started = time.monotonic()
            room = await _room_bytes(view.archive_id, quota)
            is_full = room <= 0
            ready: list[Entry] = []
            # Where the files of a batch might fill the archive, it is looked at again before the next ones.
            while waiting and (is_full or room > 0):
                prepared, offset = waiting.pop(0)
                entry = await _entry(prepared, None if is_full else package, blobs, folder)
                room -= entry.size_bytes
                ready.append(entry)
            if not await transfers_import.take_batch(transfer_id, ready, offset, is_full):
                return False
            done += len(ready)
            signals.captures.set()
            if progress:
                progress(done)
            await asyncio.sleep(max(PAUSE_S, time.monotonic() - started))
        header = await asyncio.to_thread(header_of, folder)
        await transfers_setup.take_header(transfer_id, header)
        await _note_known(transfer_id, header.links)
    finally:
        if package:
            package.close()
    return await transfers.move(transfer_id, "running", "done")


async def _note_known(transfer_id: int, links: int) -> None:
    """Of so many different links those that the import did not make were there, however often the file names them."""
    view = await transfers.find(transfer_id)
    if view and links:
        await transfers.note(transfer_id, payload={"known": max(0, links - int(view.payload.get("new", 0)))})


@reading
async def _room_bytes(archive_id: int, quota: Quota) -> int:
    archive = await Archive.get(id=archive_id)
    return room_bytes(archive, choices.parse(archive.settings), quota)


async def _entry(prepared: Prepared, package: Package | None, blobs: BlobStore, folder: Path) -> Entry:
    copies = [await _copy(record, package, blobs, folder) for record in prepared.link.captures]
    return Entry(prepared, tuple(copies))


async def _copy(record: CaptureRecord, package: Package | None, blobs: BlobStore, folder: Path) -> Copy:
    """A capture with its files out of the ZIP. What is not in it, or is not what it says, stays away."""
    if package is None:
        return Copy(record, absent=record.artifacts)
    kept: list[EndedArtifact] = []
    absent: list[ArtifactRecord] = []
    text = ""
    target = folder / "file"
    for artifact in record.artifacts:
        if await asyncio.to_thread(_fetch, package, artifact, target):
            if artifact.kind == "text":
                text = await asyncio.to_thread(_text, target)
            kept.append(
                EndedArtifact(
                    artifact.kind,
                    await blobs.put_file(target),
                    artifact.media_type,
                    artifact.width_px,
                    artifact.height_px,
                )
            )
        else:
            absent.append(artifact)
    await asyncio.to_thread(target.unlink, missing_ok=True)
    return Copy(record, tuple(kept), tuple(absent), text)


def _fetch(package: Package, artifact: ArtifactRecord, target: Path) -> bool:
    return package.copy(artifact, target) and fits(artifact.kind, artifact.media_type, target)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MAX_TEXT_BYTES).decode("utf-8", "replace")


async def count_new(chat_id: int, folder: Path) -> int:
    """How many of the staged links the chat does not have yet."""
    new = 0
    seen: set[int] = set()
    source = keys(folder)
    while chunk := await asyncio.to_thread(lambda: list(islice(source, 500))):
        fresh = [key for key in dict.fromkeys(chunk) if hash(key) not in seen]
        seen.update(map(hash, fresh))
        new += len(fresh) - await _there(chat_id, fresh)
        await asyncio.sleep(0)
    return new


@reading
async def _there(chat_id: int, wanted: list[str]) -> int:
    if not wanted:
        return 0
    found = await rows(
        "SELECT count(*) AS n FROM links l JOIN archives a ON a.id = l.archive_id "  # noqa: S608 - marks
        f"WHERE a.chat_id = ? AND l.deleted_at IS NULL AND l.key IN ({marks(wanted)})",
        [chat_id, *wanted],
    )
    return int(found[0]["n"])


async def keeps_numbers(chat_id: int, folder: Path) -> bool:
    """Whether the numbers of the staged file can stay: the chat keeps nothing yet, or only another part of it.

    Then the links that are there have the very numbers that the file gives them, or all of the file comes behind them.
    """
    last = await _last_number(chat_id)
    if not last:
        return True
    goes_on, all_behind = False, True
    source = numbers(folder)
    while chunk := await asyncio.to_thread(lambda: list(islice(source, 500))):
        there = await _numbers_there(chat_id, [key for key, _ in chunk])
        if any(number is None or there.get(key, number) != number for key, number in chunk):
            return False
        goes_on = goes_on or bool(there)
        all_behind = all_behind and all(number is not None and number > last for _, number in chunk)
        await asyncio.sleep(0)
    return goes_on or all_behind


@reading
async def _last_number(chat_id: int) -> int:
    found = await rows("SELECT last_number FROM archives WHERE chat_id = ?", [chat_id])
    return int(found[0]["last_number"]) if found else 0


@reading
async def _numbers_there(chat_id: int, wanted: list[str]) -> dict[str, int]:
    found = await rows(
        "SELECT l.key, l.number FROM links l JOIN archives a ON a.id = l.archive_id "  # noqa: S608 - marks
        f"WHERE a.chat_id = ? AND l.key IN ({marks(wanted)})",
        [chat_id, *wanted],
    )
    return {row["key"]: row["number"] for row in found}


class TooLarge(Exception):
    """The export would come in more parts than anybody wants; `size_bytes` is what it has."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"{size_bytes} bytes")
        self.size_bytes = size_bytes


class Export:
    """Writes one archive (or what one person shared in it) into a folder."""

    def __init__(
        self,
        chat_id: int,
        form: ExportFormat,
        blobs: BlobStore,
        *,
        person_id: int | None = None,
        max_part_bytes: int | None = None,
        max_parts: int | None = None,
    ) -> None:
        self.done = 0
        self.left_out: list[tuple[int, int]] = []
        """(number, bytes) of files that are larger than a part."""
        self.damaged = 0
        self._chat_id, self._person_id, self._form, self._blobs = chat_id, person_id, form, blobs
        self._max_part_bytes, self._max_parts = max_part_bytes, max_parts

    async def run(
        self, folder: Path, stem: str, progress: Progress | None = None, at: datetime | None = None
    ) -> list[Path]:
        """Writes and gives the files. Raises TooLarge, or OSError; FileNotFoundError when the chat keeps nothing."""
        header = await transfers_export.header_of(self._chat_id, self._person_id)
        if header is None:
            raise FileNotFoundError("the chat has no archive")
        writer = Writer(folder, stem, self._form, header, at or clock.now(), self._max_part_bytes)
        try:
            after = 0
            while found := await transfers_export.links(self._chat_id, self._person_id, after):
                for link in found:
                    await self._write(writer, link, folder)
                    if self._max_parts and len(writer.parts) > self._max_parts:
                        raise TooLarge(await transfers_export.size_bytes(self._chat_id, self._person_id))
                after = found[-1].number or 0
                self.done += len(found)
                if progress:
                    progress(self.done)
                if len(found) < AT_ONCE:
                    break
            self.left_out = writer.left_out
            return await asyncio.to_thread(writer.close)
        except BaseException:
            await asyncio.to_thread(writer.abandon)
            raise

    async def _write(self, writer: Writer, link: LinkRecord, folder: Path) -> None:
        if self._form != "zip":
            writer.write(link)
            return
        there = await self._fetch(link, folder)
        try:
            await asyncio.to_thread(writer.write, link, lambda artifact, path: _moved(there, artifact, path))
        finally:
            for path in there.values():
                await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _fetch(self, link: LinkRecord, folder: Path) -> dict[str, Path]:
        """The link's files out of the blob store: those of its own captures, whatever else it names."""
        wanted = {artifact.sha256: artifact for capture in link.captures for artifact in capture.artifacts}
        if not wanted:
            return {}
        owned = await transfers_export.owned(self._chat_id, list(wanted))
        there: dict[str, Path] = {}
        for sha256 in owned:
            if self._max_part_bytes and wanted[sha256].size_bytes > self._max_part_bytes:
                there[sha256] = folder / ".too-large"  # the writer notes it, and does not ask for it
                continue
            path = folder / f".blob-{sha256[:16]}"
            try:
                await self._blobs.copy_to(sha256, path)
                there[sha256] = path
            except (BlobDamaged, FileNotFoundError):
                self.damaged += 1
        return there


def _moved(there: dict[str, Path], artifact: ArtifactRecord, target: Path) -> bool:
    path = there.get(artifact.sha256)
    if path is None or not path.exists():
        return False
    path.replace(target)
    return True


def empty(folder: Path) -> None:
    """Makes a folder that holds nothing."""
    remove(folder)
    folder.mkdir(parents=True)


def remove(folder: Path) -> None:
    """Removes the files of a transfer that is over."""
    shutil.rmtree(folder, ignore_errors=True)


def clean(root: Path, wanted: set[int]) -> None:
    """Removes the folders of transfers that are over."""
    for path in root.glob("[0-9]*"):
        if path.name.isdigit() and int(path.name) not in wanted:
            remove(path)
