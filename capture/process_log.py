"""A worker's log lines on their way to the main process: one JSON object a line on standard error.

All processes below the main one share that stream, so a line says which job it is of. What else arrives there (of
Playwright's driver, of an interpreter that ends) is text.
"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass

MAX_LINE_BYTES = 3500
"""Below what a pipe takes in one piece (4096): lines of two workers never mix."""

_LEVELS = {"INFO": logging.INFO, "WARNING": logging.WARNING, "ERROR": logging.ERROR}


@dataclass(frozen=True)
class Line:
    """A line from below; of no job if `job` is 0."""

    job: int
    level: int
    text: str


class WorkerFormatter(logging.Formatter):
    """Writes records for the main process; `job` is the number of the job under way."""

    job = 0

    def format(self, record: logging.LogRecord) -> str:
        """One line, cut where it is too long."""
        text = f"{record.name}: {super().format(record)}"
        while True:
            line = json.dumps({"job": self.job, "level": record.levelname, "text": text})
            if len(line) <= MAX_LINE_BYTES:
                return line
            text = text[: len(text) * 3 // 4]


def start_worker_log() -> WorkerFormatter:
    """Sends all logging to standard error; ours from INFO on, that of libraries from WARNING on."""
    handler, formatter = logging.StreamHandler(sys.stderr), WorkerFormatter()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("capture").setLevel(logging.INFO)
    logging.getLogger("trafilatura").setLevel(logging.ERROR)  # its warnings name whole addresses
    return formatter


def read_line(raw: bytes) -> Line:
    """A line as it came. A page may have taken over who wrote it: whatever is odd about it is text."""
    text = raw.decode("utf-8", "replace").rstrip()
    try:
        told = json.loads(text) if text.startswith("{") else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("text"), str) or type(told.get("job")) is not int:
        return Line(0, logging.WARNING, text)
    return Line(told["job"], _LEVELS.get(str(told.get("level")), logging.WARNING), told["text"])
