"""The end of the program, with the status that it means to end with.

The blob store's library works in threads of its own, written in Rust. One that wants the interpreter while that shuts
down is ended in the middle of Rust's frames, and takes the whole process with it: SIGABRT, status -6. It asks for the
interpreter a moment after its last answer, so a command that ends soon after has even chances. `os._exit` leaves the
interpreter alone; it comes when all that Python does at its end is done.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

FAILED = 1

_status = FAILED


def prepare() -> None:
    """Before anything else that registers work for the end: what comes first is done last."""
    atexit.register(_leave)


def with_status(code: object) -> None:
    """Sets the status, as SystemExit names it: None is 0, and what is no number has been printed and means 1."""
    global _status
    _status = 0 if code is None else code if isinstance(code, int) else FAILED


def _leave() -> None:
    status = _status
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # a pipe that nobody reads any more
            status = status or FAILED
    os._exit(status)


@contextmanager
def interruptible() -> Iterator[None]:
    """Lets SIGTERM end the command as Ctrl-C does: in order, with nothing left running."""

    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
