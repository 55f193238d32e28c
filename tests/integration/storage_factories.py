"""Messages, captures and deliveries with sensible defaults, for tests of the storage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import captures, database, outbox
from storage.captures import EndedArtifact, EndedCapture
from storage.queue.engine import open_queue
from storage.records import BlobRef, CardView, Due, FoundLink, IncomingMessage, IntakeNote, Job
from storage.urls import comparison_key, display_host

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is SQLite's own."""

CHAT, OTHER_CHAT = 1001, 1002
LEASE_S = 30.0


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def forward(self, seconds: float) -> None:
        self.offset += timedelta(seconds=seconds)


def found(url: str) -> FoundLink:
    """A link as the bot finds it in a message."""
    return FoundLink(url=url, key=comparison_key(url), host=display_host(url))


def message(message_id: int, *urls: str, **more: Any) -> IncomingMessage:
    """A message of Alice's in her private chat."""
    words = more.pop("words", " ".join(urls))
    notes = tuple(IntakeNote(code, value) for code, value in more.pop("notes", ()))
    fields: dict[str, Any] = {
        "chat_id": CHAT,
        "chat_kind": "private",
        "chat_title": "Alice",
        "thread_id": None,
        "sender_id": 1001,
        "sender_name": "Alice",
        "language": "en",
        "sent_at": datetime.now(UTC),
        **more,
    }
    return IncomingMessage(
        message_id=message_id, words=words, links=tuple(found(url) for url in urls), notes=notes, **fields
    )


def good(title: str = "A page", **more: Any) -> EndedCapture:
    """A capture that ended well."""
    fields: dict[str, Any] = {"verdict": "ok", "title": title, "artifacts": (artifact("preview"),), **more}
    return EndedCapture(**fields)


def failed(verdict: str = "unreachable", **more: Any) -> EndedCapture:
    """A capture that ended badly."""
    return EndedCapture(verdict=verdict, **more)


def artifact(kind: str, sha256: str = "ab" * 32) -> EndedArtifact:
    """One file of a capture."""
    return EndedArtifact(kind, BlobRef(sha256, 100), "image/jpeg", 1280, 800)


async def run_all(ended: EndedCapture | None = None) -> list[Job]:
    """Takes every queued capture and ends it."""
    queue = open_queue(LEASE_S)
    jobs: list[Job] = []
    while taken := await queue.take(10):
        for job in taken:
            assert await captures.finish(job, ended or good())
        jobs += taken
    return jobs


async def card(card_id: int | None) -> CardView:
    """A card that must be there."""
    assert card_id is not None
    view = await outbox.card(card_id)
    assert view is not None
    return view


async def only_due(**keywords: Any) -> Due:
    """The one thing that is due."""
    rows = await outbox.due(**keywords)
    assert len(rows) == 1, rows
    return rows[0]


async def scalar(sql: str, *values: Any) -> Any:
    """The first value that SQL gives."""
    rows = await database.rows(sql, list(values))
    return next(iter(rows[0].values())) if rows else None


async def counters_are_right() -> bool:
    """Whether every tag's counter equals a count of its links that are not deleted."""
    wrong = await database.rows(
        "SELECT t.name, t.count, (SELECT count(*) FROM link_tags x JOIN links l ON l.id = x.link_id "
        "WHERE x.tag_id = t.id AND l.deleted_at IS NULL) AS live FROM tags t"
    )
    return all(row["count"] == row["live"] for row in wrong)
