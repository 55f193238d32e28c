"""What time it is: one place, so that tests can move it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current moment, aware, UTC."""
    return datetime.now(UTC)


def to_ms(moment: datetime) -> int:
    """A moment as whole milliseconds since 1970, the form in which due times and leases are stored."""
    return round(moment.timestamp() * 1000)


def now_ms() -> int:
    """The current moment in milliseconds since 1970."""
    return to_ms(now())
