"""PDFs that are asked for and not there yet: made beside the deliveries, so that no chat waits for one."""

from __future__ import annotations

import asyncio
import logging

from bot.settings import MakePdf
from storage import outbox
from storage.blobs import BlobsAway
from storage.records import CaptureView, Due

log = logging.getLogger(__name__)

PATIENCE_S = 300.0
"""When a request is looked at again if nothing is heard of its PDF (the program ended meanwhile)."""

AWAY_PAUSE_S = 15.0
"""How long a PDF waits for its next try while the blobs are away."""

MOST_ATTEMPTS = 3


class Pdfs:
    """Has PDFs made for rows of the outbox; a row is left for later until its PDF is there or cannot be made."""

    def __init__(self, make: MakePdf | None) -> None:
        self._make = make
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._hopeless: set[int] = set()

    @property
    def offered(self) -> bool:
        """Whether PDFs are made when they are asked for."""
        return self._make is not None

    async def ask(self, due: Due, capture: CaptureView) -> bool:
        """Has the PDF made and puts the row off until then; False when there will be none."""
        if due.outbox_id in self._tasks:
            await outbox.retry(due, PATIENCE_S, "its PDF is still being made", counted=False)
            return True
        hopeless = due.outbox_id in self._hopeless or due.attempts >= MOST_ATTEMPTS
        self._hopeless.discard(due.outbox_id)
        if self._make is None or hopeless or capture.artifact("html") is None:
            return False
        await outbox.retry(due, PATIENCE_S, "its PDF is being made")
        task = asyncio.create_task(self._run(self._make, due.outbox_id, capture), name=f"pdf-{capture.capture_id}")
        self._tasks[due.outbox_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(due.outbox_id, None))
        return True

    async def _run(self, make: MakePdf, outbox_id: int, capture: CaptureView) -> None:
        try:
            if not await self._made(make, capture):
                self._hopeless.add(outbox_id)
            await outbox.hasten(outbox_id)
        except OSError as error:
            log.error("the PDF of capture %d could not be kept: %s", capture.capture_id, error)

    async def _made(self, make: MakePdf, capture: CaptureView) -> bool:
        while True:
            try:
                return await make(capture)
            except BlobsAway as error:
                log.warning("the PDF of capture %d waits: %s", capture.capture_id, error)
                await asyncio.sleep(AWAY_PAUSE_S)

    async def close(self) -> None:
        """Stops making any; the requests are due again later."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
