"""PDFs that are made when somebody asks for one: from the kept offline page, in a worker, without any network."""

from __future__ import annotations

import asyncio
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from capture.log_numbers import concerning
from capture.pool import CapturePool, WorkerDied
from capture.records import ArtifactKind, CaptureOptions, CaptureRequest
from storage import captures
from storage.blobs import BlobDamaged, BlobStore
from storage.captures import EndedArtifact
from storage.records import CaptureView

log = logging.getLogger(__name__)

DEADLINE_S = 30.0
HTML_NAME = "page.html"


@dataclass(frozen=True)
class PdfMaker:
    """Makes the PDF of a capture and keeps it with the capture's other files."""

    pool: CapturePool
    blobs: BlobStore
    scratch_dir: Path
    options: CaptureOptions

    async def make(self, capture: CaptureView) -> bool:
        """Whether the capture has its PDF now; it has none if it has no offline page, or one that cannot be printed.

        Raises OSError if files or rows cannot be written.
        """
        html = capture.artifact(ArtifactKind.HTML)
        return html is not None and await self.make_of(capture.capture_id, html.blob.sha256, capture.final_url)

    async def make_of(self, capture_id: int, html_sha256: str, final_url: str | None) -> bool:
        """The same, for whoever has only this of the capture: its number, its offline page, its address."""
        scratch = self.scratch_dir / f"pdf-{capture_id}"
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
        await asyncio.to_thread(scratch.mkdir, parents=True)
        try:
            await self.blobs.copy_to(html_sha256, scratch / HTML_NAME)
            with concerning(capture_id):
                return await self._print(capture_id, final_url, scratch)
        except (WorkerDied, BlobDamaged) as error:
            log.warning("no PDF of capture %d: %s", capture_id, error)
            return False
        finally:
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)

    async def _print(self, capture_id: int, final_url: str | None, scratch: Path) -> bool:
        request = CaptureRequest(
            capture_id=f"pdf-{capture_id}",
            url=final_url or "http://kept.invalid/",
            scratch=scratch,
            deadline_s=DEADLINE_S,
            options=self.options,
            kept_html=HTML_NAME,
        )
        result = await self.pool.capture(request)
        pdf = result.artifact(ArtifactKind.PDF)
        if pdf is None:
            log.warning("no PDF of capture %d: %s", capture_id, result.error)
            return False
        blob = await self.blobs.put_file(scratch / pdf.path)
        await captures.add_artifact(capture_id, EndedArtifact(ArtifactKind.PDF.value, blob, pdf.media_type))
        return True
