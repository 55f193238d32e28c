"""What the processes below write to standard error, as lines of our log, each with the captures that it is about."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from capture.log_numbers import concerned, concerning
from capture.process_log import Line, read_line

log = logging.getLogger(__name__)

MAX_LOGGED_CHARACTERS = 2000
MAX_LINES_OF_JOB = 100
MAX_OTHER_LINES = 200
"""In a minute."""

REMEMBERED_JOBS = 64
"""Ended ones, whose last lines may arrive behind their results."""


@dataclass
class _Job:
    captures: tuple[int, ...]
    ended: bool = False
    lines: int = 0


class LogFromBelow:
    """Knows the jobs under way, so that a line need only say of which of them it is."""

    def __init__(self) -> None:
        self._jobs: dict[int, _Job] = {}
        self._minute = 0.0
        self._others = 0

    def begin(self, number: int) -> None:
        """A job begins; it is about what the caller is about."""
        self._jobs[number] = _Job(concerned())

    def end(self, number: int) -> None:
        """A job is over."""
        self._jobs[number].ended = True
        ended = [each for each, job in self._jobs.items() if job.ended]
        for each in ended[:-REMEMBERED_JOBS]:
            del self._jobs[each]

    async def read(self, stream: asyncio.StreamReader) -> None:
        """Logs what comes until it ends; a flood is cut."""
        while True:
            try:
                raw = await stream.readline()
            except ValueError:
                continue  # longer than any line of ours
            if not raw:
                return
            self._tell(read_line(raw))

    def _tell(self, line: Line) -> None:
        job = self._jobs.get(line.job)
        if job is None:
            # Nobody says whose it is: it may be of any that is under way.
            captures = tuple(sorted({each for job in self._jobs.values() if not job.ended for each in job.captures}))
            number, most, rest = self._count_other(), MAX_OTHER_LINES, "lines in a minute"
        else:
            captures, job.lines = job.captures, job.lines + 1
            number, most, rest = job.lines, MAX_LINES_OF_JOB, "lines of one capture"
        with concerning(*captures):
            if number <= most:
                log.log(line.level, "below: %s", line.text[:MAX_LOGGED_CHARACTERS])
            elif number == most + 1:
                log.warning("below: more than %d %s; the rest is left out", most, rest)

    def _count_other(self) -> int:
        if time.monotonic() - self._minute > 60:
            self._minute, self._others = time.monotonic(), 0
        self._others += 1
        return self._others
