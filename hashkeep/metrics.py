"""What /metrics says: the counters of both sides, and what the database and the system say at the moment of asking."""

from __future__ import annotations

import asyncio
import logging
import os

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge, generate_latest

from capture.process_table import below, memory_bytes, read_table
from hashkeep.patience import within
from storage import room
from storage.numbers import numbers

log = logging.getLogger(__name__)

CONTENT_TYPE = CONTENT_TYPE_LATEST

LOOK_S = 3.0
"""How long is waited for the database: Prometheus itself waits for ten seconds."""

OF_DATABASE = CollectorRegistry()
"""What the database says; left out where it says nothing."""

WAITING = Gauge("hashkeep_queue_waiting", "Captures that wait", registry=OF_DATABASE)
IDLE = Gauge(
    "hashkeep_queue_idle", "Of the captures that wait: imported ones, for which nobody waits", registry=OF_DATABASE
)
RUNNING = Gauge("hashkeep_queue_running", "Captures under way", registry=OF_DATABASE)
OLDEST = Gauge(
    "hashkeep_queue_oldest_seconds",
    "How long the first capture that somebody waits for has waited",
    registry=OF_DATABASE,
)
UNDELIVERED = Gauge(
    "hashkeep_outbox_pending", "Cards, notices and files on their way to Telegram", registry=OF_DATABASE
)
ARCHIVES = Gauge("hashkeep_archives", "Archives", registry=OF_DATABASE)
LINKS = Gauge("hashkeep_links", "Links that are not deleted", registry=OF_DATABASE)
KEPT = Gauge(
    "hashkeep_kept_bytes",
    "The sizes of all files of all archives; what several share counts for each",
    registry=OF_DATABASE,
)
DATABASE = Gauge("hashkeep_database_answers", "Whether the database gave its figures in time: 1 or 0")
MEMORY = Gauge("hashkeep_memory_bytes", "Memory of the main process, and of supervisor, workers and browsers", ["part"])
PROCESSES = Gauge("hashkeep_processes", "Processes of Hashkeep, browsers included")
FREE = Gauge("hashkeep_free_bytes", "Free space where there is least of it; below 200 MB captures wait")


async def exposition(*, is_open: bool) -> bytes:
    """All figures in Prometheus' text format; those that this process knows by itself are there in any case.

    `is_open`: whether there is a database to ask.
    """
    await asyncio.to_thread(_look_at_this_machine)
    answers = is_open and await _ask_the_database()
    DATABASE.set(answers)
    return generate_latest(REGISTRY) + (generate_latest(OF_DATABASE) if answers else b"")


async def _ask_the_database() -> bool:
    try:
        found = await within(LOOK_S, numbers())
    except OSError as error:
        log.warning("no figures of the database: %s", error)
        return False
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
    return True


def _look_at_this_machine() -> None:
    tree = below(read_table(), os.getpid())
    MEMORY.labels("main").set(memory_bytes(tree[:1]))
    MEMORY.labels("below").set(memory_bytes(tree[1:]))
    PROCESSES.set(len(tree))
    free = room.free_bytes()
    if free is not None:
        FREE.set(free)
