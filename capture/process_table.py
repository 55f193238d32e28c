"""The system's processes: who is below whom, how much memory a tree holds, and ending all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Container, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Row:
    """One process. `started` makes it unmistakable when its pid is used again (0 where the system does not say)."""

    pid: int
    parent: int
    started: int
    rss_bytes: int
    zombie: bool


Table = dict[int, Row]


def read_table(skipped: Container[int] = ()) -> Table:
    """All processes of the system but those with the given pids (where each has to be looked at by itself)."""
    rows = _from_proc(skipped) if sys.platform == "linux" else _from_ps()
    return {row.pid: row for row in rows}


def _from_proc(skipped: Container[int]) -> Iterable[Row]:
    for name in os.listdir(_PROC):
        if name.isdigit() and int(name) not in skipped and (row := _row(int(name))):
            yield row


def _row(pid: int) -> Row | None:
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            text = file.read(4096)
    except OSError:
        return None
    # Behind the command's name, which may hold anything: state, parent, …; see proc(5) for the positions.
    fields = text[text.rfind(b")") + 2 :].split()
    return Row(pid, int(fields[1]), int(fields[19]), int(fields[21]) * _PAGE_BYTES, fields[0] in b"ZX")


def _from_ps() -> Iterable[Row]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss=,state="], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        pid, parent, rss_kb, state = line.split()
        yield Row(int(pid), int(parent), 0, int(rss_kb) * 1024, state.startswith("Z"))


def below(table: Table, root: int) -> list[Row]:
    """The process and everything below it, parents first; zombies hold nothing and are left out."""
    children: dict[int, list[Row]] = {}
    for row in table.values():
        children.setdefault(row.parent, []).append(row)
    found = [table[root]] if root in table else []
    for row in found:  # grows as it is read
        found.extend(children.get(row.pid, ()))
    return [row for row in found if not row.zombie]


def memory_bytes(rows: Iterable[Row]) -> int:
    """What the processes hold together: all that is theirs alone, and shared pages once.

    The sum of resident sizes would count Chromium's program, which all its processes map, six times over.
    """
    own = shared = 0
    for row in rows:
        common = _shared_bytes(row.pid)
        own += max(row.rss_bytes - common, 0)
        shared = max(shared, common)
    return own + shared


def _shared_bytes(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb", buffering=0) as file:
            return int(file.read(4096).split()[2]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0


def kill(rows: Iterable[Row]) -> None:
    """SIGKILL to each of the processes that still is the one that was listed."""
    for row in rows:
        with suppress(ProcessLookupError, PermissionError):
            _kill_one(row)


def _kill_one(row: Row) -> None:
    if not hasattr(os, "pidfd_open"):
        os.kill(row.pid, signal.SIGKILL)
        return
    # The handle keeps the pid from being used again between the look and the signal.
    handle = os.pidfd_open(row.pid)
    try:
        now = _row(row.pid)
        if now and now.started == row.started:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    finally:
        os.close(handle)


def with_environment(marker: str) -> list[Row]:
    """The processes that were started with the text in their environment, where the system tells (Linux)."""
    found = []
    for row in read_table().values():
        with suppress(OSError):
            if marker.encode() in Path(f"/proc/{row.pid}/environ").read_bytes() and not row.zombie:
                found.append(row)
    return found
