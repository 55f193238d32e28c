"""What becomes of a capture whose worker died over it, whichever engine handed it out."""

from __future__ import annotations

from storage import captures, cards
from storage.captures import EndedCapture
from storage.database import execute, writing
from storage.models import Capture
from storage.queue import MAX_CRASHES, jobs
from storage.records import Job
from storage.views import GOOD


@writing
async def note(job: Job, reason: str) -> None:
    """Ends the capture or, after a crash that is not yet the third, queues it again; nothing if its lease is lost."""
    capture = await Capture.get_or_none(id=job.capture_id, state="running", lease=job.lease)
    if capture is None:
        return
    if reason == "deadline":
        await _give_up(capture, EndedCapture(verdict="timeout", error_code="deadline"))
    elif reason == "memory":
        await _give_up(capture, EndedCapture(verdict="crashed", error_code="memory"))
    else:
        await count(capture)


async def count(capture: Capture) -> None:
    """One more crash of a running capture. Inside a transaction."""
    capture.crashes += 1
    await Capture.filter(id=capture.id).update(crashes=capture.crashes)
    if capture.crashes >= MAX_CRASHES:
        await _give_up(capture, EndedCapture(verdict="crashed", error_code="browser_crashed"))
    else:
        await execute(
            "UPDATE captures SET state = 'queued', lease = NULL, lease_until_ms = NULL WHERE id = ?", [capture.id]
        )
        await jobs.again(capture.id)


async def _give_up(capture: Capture, ended: EndedCapture) -> None:
    held = Job(capture.id, capture.lease or "", capture.attempt, 0, capture.url, capture.host)
    await captures.end(held, ended)
    await cards.make_due(await cards.of_capture(capture.id, capture.link_id, GOOD))
