"""What /metrics says: the counters of both sides, and what the database and the system say at the moment of asking."""

from __future__ import annotations

import asyncio
import os

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, generate_latest

from capture.process_table import below, memory_bytes, read_table
from storage import room
from storage.numbers import numbers

CONTENT_TYPE = CONTENT_TYPE_LATEST

WAITING = Gauge("hashkeep_queue_waiting", "Captures that wait")
IDLE = Gauge("hashkeep_queue_idle", "Of the captures that wait: imported ones, for which nobody waits")
RUNNING = Gauge("hashkeep_queue_running", "Captures under way")
OLDEST = Gauge("hashkeep_queue_oldest_seconds", "How long the first capture that somebody waits for has waited")
UNDELIVERED = Gauge("hashkeep_outbox_pending", "Cards, notices and files on their way to Telegram")
ARCHIVES = Gauge("hashkeep_archives", "Archives")
LINKS = Gauge("hashkeep_links", "Links that are not deleted")
KEPT = Gauge("hashkeep_kept_bytes", "The sizes of all files of all archives; what several share counts for each")
MEMORY = Gauge("hashkeep_memory_bytes", "Memory of the main process, and of supervisor, workers and browsers", ["part"])
PROCESSES = Gauge("hashkeep_processes", "Processes of Hashkeep, browsers included")
FREE = Gauge("hashkeep_free_bytes", "Free space where there is least of it; below 200 MB captures wait")


async def exposition() -> bytes:
    """All figures in Prometheus' text format. Raises StorageUnavailable."""
    found = await numbers()
    for gauge, value in (
        (WAITING, found.waiting),
        (IDLE, found.idle),
        (RUNNING, found.running),
        (OLDEST, found.oldest_wait_s),
        (UNDELIVERED, found.undelivered),
        (ARCHIVES, found.archives),
        (LINKS, found.links),
        (KEPT, found.bytes),
    ):
        gauge.set(value)
    await asyncio.to_thread(_look_at_this_machine)
    return generate_latest(REGISTRY)


def _look_at_this_machine() -> None:
    tree = below(read_table(), os.getpid())
    MEMORY.labels("main").set(memory_bytes(tree[:1]))
    MEMORY.labels("below").set(memory_bytes(tree[1:]))
    PROCESSES.set(len(tree))
    free = room.free_bytes()
    if free is not None:
        FREE.set(free)
