"""When and where the captures of a round of tests/chaos.py ran, and whether one ran in two places at the same time."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

LEASE_S = 6.0
"""Of the captures in a round; Hashkeep's own lease is 30 s, and nothing else would change but the length of a round."""
AWAKE_S = 3.0
"""So long after its machine goes on, a worker that slept through its lease may need to find out and close the page."""


class Pause(NamedTuple):
    """A worker's machine stood still."""

    pids: frozenset[int]
    began: float
    ended: float


class Runs:
    """When captures were under way where, by the lines that the engine writes.

    A run is one capture in one worker process, from its first line to its last. Two runs of a capture are at the same
    time when one has a line after the other's first and before the other's last. One thing is not held against a
    worker: its machine stood still past the end of its lease, others rightly took the capture, and it could not know.
    When it goes on it may write lines for AWAKE_S more, until it has found out; it is measured how long it did. A run
    that was begun by a worker whose lease was still good is never excused, and neither is any overlap without a pause.
    """

    def __init__(self, folder: Path) -> None:
        lines: dict[int, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        for path in folder.iterdir():
            for line in path.read_text().splitlines():
                words = line.split()
                if len(words) == 3:  # the last line of one who was killed may be half written
                    lines[int(words[1])][int(words[2])].append(float(words[0]))
        self._lines = lines

    @property
    def again(self) -> int:
        """Runs beyond the first of each capture."""
        return sum(len(of_process) - 1 for of_process in self._lines.values())

    def together(self, pauses: list[Pause]) -> tuple[list[str], float]:
        """The overlaps that are not excused, and the longest that is (s)."""
        found, longest_s = [], 0.0
        for capture, by_process in self._lines.items():
            runs = sorted(by_process.items(), key=lambda run: run[1][0])
            for n, (pid, times) in enumerate(runs):
                for other, later in runs[n + 1 :]:
                    if times[-1] <= later[0]:
                        continue
                    awake_s = _awake_s(pid, times, later[0], pauses)
                    if awake_s is None or awake_s > AWAKE_S:
                        found.append(
                            f"capture {capture} ran in {pid} until {times[-1]:.2f} and in {other} from {later[0]:.2f}"
                        )
                    else:
                        longest_s = max(longest_s, awake_s)
        return found, longest_s


def _awake_s(pid: int, times: list[float], taken_at: float, pauses: list[Pause]) -> float | None:
    """How long after its pause the process still ran what others took during it; None when that is no excuse."""
    for each in pauses:
        # It slept from before the other began, for longer than any lease of it could have lasted.
        if pid in each.pids and each.began + LEASE_S * 2 / 3 <= taken_at and taken_at <= each.ended + AWAKE_S:
            return times[-1] - each.ended
    return None
