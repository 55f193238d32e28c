"""Servers that tests start: a port for each, and an end with the test run."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A port of loopback that nobody listens on, from below those that the system gives to connections that go out:
    one of these may be taken by anybody before whoever asked for it listens."""
    for port in random.sample(range(20_000, 32_000), 200):
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def dies_with_us(number: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """What a child runs before its program starts, so that it ends when the test run is killed (Linux)."""
    if not hasattr(os, "setresuid"):  # not Linux
        return None
    library = ctypes.CDLL(None)

    def ask() -> None:
        library.prctl(_PR_SET_PDEATHSIG, int(number))

    return ask
