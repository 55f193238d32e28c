"""A reader's own copy of a page (HTML, PDF, a picture): opened in a worker that reaches nothing, kept as a capture."""

from __future__ import annotations

import asyncio
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from capture.given_proxy import GivenProxy
from capture.pool import CapturePool, WorkerDied
from capture.records import ArtifactKind, CaptureOptions, CaptureRequest, CaptureResult
from storage import giving
from storage.blobs import BlobStore
from storage.captures import EndedArtifact, EndedCapture

log = logging.getLogger(__name__)

DEADLINE_S = 60.0
MAX_TEXT_BYTES = 1_000_000
HEAD_BYTES = 4096
Outcome = Literal["kept", "gone", "wrong_type", "unreadable"]
_KEPT = frozenset({ArtifactKind.SCREENSHOT, ArtifactKind.PREVIEW, ArtifactKind.HTML, ArtifactKind.TEXT,
                   ArtifactKind.PDF, ArtifactKind.ORIGINAL})  # fmt: skip
"""Not the WACZ: it would tell of an address that is none."""
_DAMAGED = frozenset({"image_unreadable", "pdf_unreadable"})


def given_type(head: bytes) -> str | None:
    """The media type of a file that can be a copy, by its first bytes; None for any other file."""
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    for mark, media_type in _PICTURES:
        if head.startswith(mark):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", "replace")
    start = text.lstrip("\ufeff\u00ef\u00bb\u00bf \t\r\n").lower()
    while start.startswith("<!--") and "-->" in start:
        start = start.partition("-->")[2].lstrip()
    return "text/html" if start.startswith(("<!doctype html", "<html", "<head", "<body", "<!-- saved")) else None


_PICTURES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF8", "image/gif"))


@dataclass(frozen=True)
class CopyTaker:
    """Takes copies that people give."""

    pool: CapturePool
    blobs: BlobStore
    scratch_dir: Path
    options: CaptureOptions

    async def take(self, giver: giving.Giver, path: Path, name: str) -> Outcome:
        """Keeps the file as a capture of the giver's link. Raises OSError if files or rows cannot be written."""
        with path.open("rb") as file:
            media_type = given_type(file.read(HEAD_BYTES))
        if media_type is None:
            return "wrong_type"
        scratch = self.scratch_dir / f"given-{giver.link_id}-{giver.mark}"
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
        await asyncio.to_thread(scratch.mkdir, parents=True)
        try:
            return await self._take(giver, path, media_type, name, scratch)
        except WorkerDied as error:
            log.warning("a given copy could not be opened: %s", error)
            return "unreadable"
        finally:
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)

    async def _take(self, giver: giving.Giver, path: Path, media_type: str, name: str, scratch: Path) -> Outcome:
        request = CaptureRequest(
            capture_id=scratch.name,
            url="http://given.invalid/",
            shown_as=giver.url,
            scratch=scratch,
            deadline_s=DEADLINE_S,
            options=self.options.model_copy(update={"consent": "leave"}),
        )
        declared = media_type
        if media_type == "text/html" and await asyncio.to_thread(_is_utf8, path):
            declared = "text/html; charset=utf-8"  # many a saved page does not say so; any other is left to guess
        result = await self.pool.capture_given(request, GivenProxy(path, declared, name))
        needed = ArtifactKind.HTML if media_type == "text/html" else ArtifactKind.ORIGINAL
        if result.artifact(needed) is None or _DAMAGED & set(result.notes):
            log.warning("a given copy could not be read: %s %s", result.verdict, result.error)
            return "unreadable"
        return "kept" if await giving.give(giver, await self._ended(result, media_type, scratch)) else "gone"

    async def _ended(self, result: CaptureResult, media_type: str, scratch: Path) -> EndedCapture:
        artifacts = [
            EndedArtifact(
                artifact.kind.value,
                await self.blobs.put_file(scratch / artifact.path),
                artifact.media_type,
                artifact.width_px,
                artifact.height_px,
            )
            for artifact in result.artifacts
            if artifact.kind in _KEPT
        ]
        text = ""
        if result.visible_text_path:
            text = await asyncio.to_thread(_text, scratch / result.visible_text_path)
        return EndedCapture(
            verdict="ok" if media_type == "text/html" else "not_html",
            title=None if media_type.startswith("image/") else result.title,  # a camera's name for it says nothing
            lang=result.lang,
            description=result.description,
            media_type=media_type,
            artifacts=tuple(artifacts),
            text=text,
            notes=tuple(note for note in result.notes if note.startswith("height_cut")),
            timings_s=result.timings_s,
            elapsed_s=sum(result.timings_s.values()),
        )


def _is_utf8(path: Path) -> bool:
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MAX_TEXT_BYTES).decode("utf-8", "replace")
