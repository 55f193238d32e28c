"""What this process and all processes below it have used, read from /proc (Linux)."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.harness import ROOT

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Processor and wall seconds of a page, or of many together."""

    cpu_s: float
    wall_s: float


def measure(command: list[str], env: dict[str, str]) -> Cost:
    """Runs the command; its processor time includes every process below it, orphans too (a subreaper waits for them).

    Call `prctl(PR_SET_CHILD_SUBREAPER)` first.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run(command, cwd=ROOT, env=env, check=False, stdout=subprocess.DEVNULL)  # what is missing is seen later
    wall_s = time.monotonic() - started
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall_s)


def below(root: int, leave_out: frozenset[int] = frozenset()) -> list[int]:
    """The process ids of `root` and everything below it, but for the trees of those left out."""
    children: dict[int, list[int]] = defaultdict(list)
    for pid, fields in _stats().items():
        children[int(fields[1])].append(pid)
    found, open_ends = [], [root]
    while open_ends:
        pid = open_ends.pop()
        if pid not in leave_out:
            found.append(pid)
            open_ends += children[pid]
    return found


def cpu_s(leave_out: frozenset[int] = frozenset()) -> float:
    """Processor seconds of this process, of those below it, and of those that have ended and were waited for below."""
    stats = _stats()
    used = time.process_time()
    for pid in below(os.getpid(), leave_out):
        if pid != os.getpid() and pid in stats:
            used += _clock_s(pid) + (int(stats[pid][13]) + int(stats[pid][14])) / _TICKS
    return used


def used_s(root: int) -> float:
    """Processor seconds of a process, of those below it, and of those below it that have ended."""
    stats = _stats()
    return sum(sum(int(stats[pid][n]) for n in (11, 12, 13, 14)) / _TICKS for pid in below(root) if pid in stats)


def memory_bytes(pids: list[int]) -> int:
    """Resident memory of these processes; what several share is counted once (PSS)."""
    return sum(_pss(pid) for pid in pids)


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # it has ended
    return 0


def _clock_s(pid: int) -> float:
    """In nanoseconds, where /proc counts hundredths of a second (the clock id is made as clock_getcpuclockid does)."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def _stats() -> dict[int, list[bytes]]:
    """The fields of each process's stat from the state on (proc(5): field 3 is the first here)."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                text = Path("/proc", entry, "stat").read_bytes()
            except OSError:
                continue
            found[int(entry)] = text[text.rfind(b")") + 2 :].split()
    return found
