"""The figures of the whole bot, for its owners: sums alone, nothing of what anybody keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from storage import clock
from storage.database import reading, rows
from storage.models import Admitted, Archive, Asking, Capture, Link, Outbox


@dataclass(frozen=True)
class Numbers:
    """All of it now; `failures` are verdicts of the last 24 hours with how often they came."""

    archives: int
    links: int
    bytes: int
    captured_today: int
    failures: tuple[tuple[str, int], ...]
    waiting: int
    idle: int
    """Of those that wait: imported ones, for which nobody does."""
    running: int
    oldest_wait_s: float
    """Of those for which somebody waits."""
    undelivered: int
    guests: int
    asking: int
    blocked: int


@reading
async def numbers() -> Numbers:
    """Counts everything."""
    now = clock.now()
    since = now - timedelta(days=1)
    ended = await rows(
        "SELECT verdict, COUNT(*) AS n FROM captures WHERE state = 'ended' AND ended_at > ? GROUP BY verdict "
        "ORDER BY n DESC, verdict",
        [since],
    )
    good = ("ok", "not_html")
    waiting = Capture.filter(state="queued")
    oldest = await waiting.filter(priority__gte=0).order_by("id").first()
    size = await rows("SELECT COALESCE(SUM(bytes_kept), 0) AS n FROM archives")
    return Numbers(
        archives=await Archive.all().count(),
        links=await Link.filter(deleted_at__isnull=True).count(),
        bytes=int(size[0]["n"]),
        captured_today=sum(int(row["n"]) for row in ended if row["verdict"] in good),
        failures=tuple((str(row["verdict"]), int(row["n"])) for row in ended if row["verdict"] not in good),
        waiting=await waiting.count(),
        idle=await waiting.filter(priority__lt=0).count(),
        running=await Capture.filter(state="running").count(),
        oldest_wait_s=max(0.0, (now - oldest.requested_at).total_seconds()) if oldest else 0.0,
        undelivered=await Outbox.filter(pending=True).count(),
        guests=await Admitted.all().count(),
        asking=await Asking.filter(state="asked").count(),
        blocked=await Asking.filter(state="blocked").count(),
    )
