"""Stores what a capture left in its scratch folder, and waits with it while there is nowhere to store it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from pathlib import Path

from capture.records import Artifact, CaptureResult
from storage import captures, room
from storage.blobs import BlobsAway, BlobStore
from storage.captures import EndedArtifact, EndedCapture
from storage.database import StorageUnavailable
from storage.records import Job

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 15.0
ROUND_S = 600.0
"""All files are stored and named within so long: unnamed, they are swept after a while."""

MAX_SEARCH_TEXT_BYTES = 1_000_000


async def store(blobs: BlobStore, job: Job, result: CaptureResult, scratch: Path, elapsed_s: float) -> bool:
    """Keeps the files and ends the capture; False when its lease was lost meanwhile.

    While the blob store or the database is away it tries again and again, for as long as it is not cancelled: the page
    is not opened a second time. Raises OSError where waiting does not help, or takes up room that is missing.
    """
    pauses = _pauses()
    while True:
        began = time.monotonic()
        try:
            # Each time from the beginning: what is kept already costs a look, and becomes young again.
            ended = await _ended(blobs, result, scratch, elapsed_s)
            if time.monotonic() - began < ROUND_S:
                return await captures.finish(job, ended)
        except (BlobsAway, StorageUnavailable) as error:
            no_room = isinstance(error, StorageUnavailable) and room.is_full(error)
            if no_room or await asyncio.to_thread(room.look):
                raise
            log.warning("capture %d waits to be stored: %s", job.capture_id, error)
        await asyncio.sleep(next(pauses))


def _pauses() -> Iterator[float]:
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


async def _ended(blobs: BlobStore, result: CaptureResult, scratch: Path, elapsed_s: float) -> EndedCapture:
    artifacts = tuple([await _kept(blobs, artifact, scratch) for artifact in result.artifacts])
    text = ""
    if result.visible_text_path:
        text = await asyncio.to_thread(_read_text, scratch / result.visible_text_path)
    return EndedCapture(
        verdict=result.verdict.value,
        error_code=result.error.code if result.error else None,
        http_status=result.http_status,
        final_url=result.final_url,
        title=result.title,
        lang=result.lang,
        description=result.description,
        media_type=result.media_type,
        artifacts=artifacts,
        text=text,
        notes=result.notes,
        timings_s=result.timings_s,
        requests=result.requests,
        bytes_down=result.bytes_down,
        denied=result.denied,
        elapsed_s=elapsed_s,
        metadata=result.metadata(),
    )


async def _kept(blobs: BlobStore, artifact: Artifact, scratch: Path) -> EndedArtifact:
    return EndedArtifact(
        kind=artifact.kind.value,
        blob=await blobs.put_file(scratch / artifact.path),
        media_type=artifact.media_type,
        width_px=artifact.width_px,
        height_px=artifact.height_px,
    )


def _read_text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MAX_SEARCH_TEXT_BYTES).decode("utf-8", "replace")
