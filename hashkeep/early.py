"""The first second, in which all that happens is that modules are imported: a signal ends it without a word.

It imports next to nothing itself.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

STAYING = frozenset({"run", "worker"})
"""Commands that end with status 0 when they are asked to, sooner or later."""
INTERRUPTED = 130


def begin() -> None:
    """Until the command sees to signals by itself."""
    if _stays():
        _take(signal.SIGTERM)
    _take(signal.SIGINT)


def end() -> None:
    """Gives Ctrl-C back to Python; commands that stay have ways of their own to take it, and are not there yet."""
    if not _stays() and signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def deafen() -> None:
    """At the end of a command that stays: who asks a second time gets the same status."""
    if _stays():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)


def _stays() -> bool:
    return next((word for word in sys.argv[1:] if not word.startswith("-")), "") in STAYING


def _take(number: signal.Signals) -> None:
    if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
        signal.signal(number, _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(0 if _stays() else INTERRUPTED)
