"""Which captures a log line is about: set once at the beginning of a task, in every line that it and its own write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_captures: ContextVar[tuple[int, ...]] = ContextVar("captures", default=())


def concerned() -> tuple[int, ...]:
    """The numbers of the captures that whatever runs now is about."""
    return _captures.get()


def concern(*captures: int) -> None:
    """From now on this task is about these captures, and so are the tasks and threads that it starts."""
    _captures.set(captures)


@contextmanager
def concerning(*captures: int) -> Iterator[None]:
    """For the time of the block it is about these captures, and about no others."""
    token = _captures.set(captures)
    try:
        yield
    finally:
        _captures.reset(token)
