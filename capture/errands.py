"""Errands of the chat side, where that has no workers of its own: PDFs that are asked for, and readers' own copies.

`ErrandAsker` is the chat side's end: it says what it wants and waits for the outcome. `ErrandLoop` runs where captures
run, and does it. Files go by the blob store, both ways.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from capture.given_copies import HEAD_BYTES, CopyTaker, given_type
from capture.pdf_on_demand import PdfMaker
from capture.pool import CapturePool
from capture.records import ArtifactKind
from storage import signals
from storage.blobs import BlobDamaged, BlobStore
from storage.database import StorageUnavailable
from storage.giving import Giver
from storage.queue import errands
from storage.queue.errands import Errand, Kind
from storage.queue.worker import Worker, some_alive
from storage.records import CaptureView

log = logging.getLogger(__name__)

PDF_PATIENCE_S = 120.0
COPY_PATIENCE_S = 180.0
"""How long somebody is let wait: an errand comes after the captures under way, and takes up to a minute itself."""

NOBODY_S = 10.0
"""How long there may be nobody to do it: those who capture may just be starting."""

LOOK_S = 2.0
"""How often the outcome is looked for when nothing is heard of it."""

IDLE_LOOK_S = 5.0
PAUSE_S = 5.0
BUSY_PAUSE_S = 1.0
"""A process that is busy lets others be first for so long."""


class ErrandAsker:
    """Has things done by those who capture."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    async def make_pdf(self, capture: CaptureView) -> bool:
        """Whether the capture has its PDF now; see capture.pdf_on_demand.PdfMaker. Raises StorageUnavailable."""
        html = capture.artifact(ArtifactKind.HTML)
        if html is None:
            return False
        data: dict[str, object] = {
            "capture_id": capture.capture_id,
            "sha256": html.blob.sha256,
            "final_url": capture.final_url,
        }
        return await self._have("pdf", data, PDF_PATIENCE_S) == "made"

    async def take_copy(self, giver: Giver, path: Path, name: str) -> str:
        """See capture.given_copies.CopyTaker; besides, `nobody` when there is no process to look at it.

        Raises StorageUnavailable, or OSError if the file cannot be handed over.
        """
        with path.open("rb") as file:
            if given_type(file.read(HEAD_BYTES)) is None:
                return "wrong_type"
        blob = await self._blobs.put_file(path)
        data: dict[str, object] = {"giver": asdict(giver), "sha256": blob.sha256, "name": name}
        return await self._have("copy", data, COPY_PATIENCE_S) or "nobody"

    async def _have(self, kind: Kind, data: dict[str, object], patience_s: float) -> str | None:
        errand_id = await errands.ask(kind, data, patience_s)
        try:
            outcome = await self._wait(errand_id, patience_s)
        except asyncio.CancelledError:
            with suppress(OSError):
                await errands.withdraw(errand_id)
            raise
        if outcome is None:
            log.warning("nobody has done an errand (%s) in time; is there a `hashkeep worker`?", kind)
            with suppress(OSError):
                await errands.withdraw(errand_id)
        return outcome

    async def _wait(self, errand_id: int, patience_s: float) -> str | None:
        began = seen = time.monotonic()
        while True:
            try:
                outcome = await errands.outcome(errand_id)
                if outcome is not None:
                    return outcome
                somebody = await some_alive()
            except StorageUnavailable:
                somebody = True  # nobody can be asked just now; the errand lies in the database
            now = time.monotonic()
            seen = now if somebody else seen
            if now - seen > NOBODY_S or now - began > patience_s:
                return None
            await signals.wait(signals.errands, LOOK_S)


@dataclass(frozen=True)
class ErrandLoop:
    """Does errands, one at a time, for as long as it is not cancelled."""

    worker: Worker
    pool: CapturePool
    blobs: BlobStore
    pdfs: PdfMaker
    copies: CopyTaker
    scratch_dir: Path

    async def run(self) -> None:
        """Takes and does errands until cancelled; what is under way then is handed back."""
        while True:
            if self.pool.is_full:
                await asyncio.sleep(BUSY_PAUSE_S)
            try:
                errand = await errands.take(self.worker)
            except OSError as error:
                log.warning("errands could not be looked for: %s", error)
                await asyncio.sleep(PAUSE_S)
                continue
            if errand is None:
                await signals.wait(signals.errands, IDLE_LOOK_S)
            else:
                await self._do(errand)

    async def _do(self, errand: Errand) -> None:
        try:
            outcome = await self._outcome(errand)
        except asyncio.CancelledError:
            with suppress(Exception):
                async with asyncio.timeout(PAUSE_S):
                    await errands.give_back(errand)
            raise
        except (BlobDamaged, FileNotFoundError) as error:
            log.warning("an errand (%s) cannot be done: %s", errand.kind, error)
            outcome = "unreadable"
        except OSError as error:
            log.warning("an errand (%s) waits: %s", errand.kind, error)
            await asyncio.sleep(PAUSE_S)
            await self._hand_back(errand)
            return
        except Exception:
            log.exception("an errand (%s) failed", errand.kind)
            outcome = "unreadable"
        try:
            await errands.end(errand, outcome)
        except OSError as error:
            log.warning("the outcome of an errand could not be written: %s", error)
            await self._hand_back(errand)  # done twice is done once

    async def _hand_back(self, errand: Errand) -> None:
        while True:
            try:
                await errands.give_back(errand)
            except OSError:
                await asyncio.sleep(PAUSE_S)
            else:
                return

    async def _outcome(self, errand: Errand) -> str:
        data = errand.data
        if errand.kind == "pdf":
            made = await self.pdfs.make_of(data["capture_id"], data["sha256"], data["final_url"])
            return "made" if made else "none"
        folder = self.scratch_dir / f"errand-{errand.errand_id}"
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        await asyncio.to_thread(folder.mkdir, parents=True)
        try:
            await self.blobs.copy_to(data["sha256"], folder / "copy")
            return await self.copies.take(Giver(**data["giver"]), folder / "copy", data["name"])
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
