"""What time it is: one place, so that tests can move it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """The current moment by the wall clock, aware, UTC: for what people read. It jumps when somebody sets it."""
    return datetime.now(UTC)


def to_ms(moment: datetime) -> int:
    """A moment as whole milliseconds since 1970, the form in which due times and leases are stored."""
    return round(moment.timestamp() * 1000)


def _running_s() -> float:
    """Seconds by a clock that nobody sets; a suspended machine's sleep counts, where the system can tell."""
    source = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(source) if source is not None else time.monotonic()


_BEGAN, _BEGAN_S = now(), _running_s()


def steady() -> datetime:
    """The moment at which this process began, and the time that has passed since: it never jumps.

    For leases and due times: a wall clock that is set forward would end every lease, and one that is set back would
    put off every delivery.
    """
    return _BEGAN + timedelta(seconds=_running_s() - _BEGAN_S)


def now_ms() -> int:
    """The current moment in milliseconds since 1970, by the steady clock."""
    return to_ms(steady())
