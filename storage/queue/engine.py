"""The engine of the queue that goes with the database."""

from __future__ import annotations

from storage.database import Dialect, dialect
from storage.queue import Queue
from storage.queue.embedded import EmbeddedQueue
from storage.queue.fleet import FleetQueue
from storage.quotas import DEFAULT, Quota


def open_queue(lease_s: float, quota: Quota = DEFAULT) -> Queue:
    """SQLite's is for one process that has the database to itself, PostgreSQL's for any number of them."""
    if dialect() is Dialect.POSTGRES:
        return FleetQueue(lease_s, quota)
    return EmbeddedQueue(lease_s, quota)
