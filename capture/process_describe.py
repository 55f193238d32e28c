"""What a process of ours has got, by its own account: asked of the supervisor, whose emptiness makes `fork` sound."""

from __future__ import annotations

import os
import sys
import threading

from capture.process_channel import Message


def description() -> Message:
    """This process as a message: what a fork of it would inherit.

    `threads`: their number; `modules`: their full names; `environment`: the names of its variables; `descriptors`:
    what each leads to, by number, where the system tells (Linux).
    """
    return {
        "pid": os.getpid(),
        "threads": _threads(),
        "modules": sorted(sys.modules),
        "environment": sorted(os.environ),
        "descriptors": _descriptors(),
    }


def _threads() -> int:
    """Those that no Python code started are counted as well."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def _descriptors() -> dict[str, str]:
    found = {}
    for number in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []:
        try:
            found[number] = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue  # with which the folder itself was listed
    return found
