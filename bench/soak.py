"""Two thousand captures in a row by one worker with real browsers: does anything grow?

`python -m bench.soak [--captures N] [--out DIR]` prints a table, and writes `soak.csv` and `soak.svg`. What is counted:
memory, processes and open descriptors of the worker and everything below it and of the chat side, files in the
worker's own folder, and connections to the database.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import tempfile
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median

from bench import tree
from bench.cost import site_process
from bench.fleet import _servers
from bench.machine import machine
from tests.replicas import Replicas, running_replicas
from tests.telegram import running_telegram

CAPTURES = 2000
AHEAD = 20
"""Messages that wait at a time: the worker always has something to do, and nothing is measured but its work."""
LOOK_S = 3.0
CHATS = 50
BINS = 40
ENDED = "SELECT count(*) FROM captures WHERE state = 'ended'"


@dataclass(frozen=True)
class Look:
    """What there is at one moment."""

    captures: int
    """That have ended so far."""
    worker_mb: float
    chat_side_mb: float
    worker_processes: int
    worker_descriptors: int
    chat_side_descriptors: int
    scratch_files: int
    connections: int


TOLD = {
    "worker_mb": "memory of the worker, supervisor, page workers and browsers (MB)",
    "chat_side_mb": "memory of the chat side (MB)",
    "worker_processes": "processes of the worker",
    "worker_descriptors": "open descriptors of the worker's processes",
    "chat_side_descriptors": "open descriptors of the chat side",
    "scratch_files": "files in the worker's own folder",
    "connections": "connections to the database",
}


async def soak(captures: int, most_s: float) -> list[Look]:
    """Runs it, and gives what was seen."""
    give_up = time.monotonic() + most_s
    looks: list[Look] = []
    with tempfile.TemporaryDirectory(prefix="hashkeep-soak-") as name:
        async with _servers(Path(name)) as (postgres, s3), running_telegram() as telegram:
            fleet = Replicas(telegram, postgres, s3, Path(name) / "soak", "soak", LOG_LEVEL="WARNING")
            with site_process() as (urls, _):
                async with running_replicas(fleet, 1, 1, module="hashkeep", EGRESS_ALLOW="127.0.0.1"):
                    written, looked_at = 0, 0.0
                    while (
                        done := sum(1 for sent in telegram.sent.values() if sent.answered_at)
                    ) < captures and time.monotonic() < give_up:
                        while written < min(captures, done + AHEAD):
                            url = f"{urls[written % len(urls)]}?{written}"
                            telegram.write(-1001000000000 - written % CHATS, 5000 + written // CHATS % 50, url)
                            written += 1
                        if time.monotonic() - looked_at > LOOK_S:
                            looked_at = time.monotonic()
                            looks.append(await asyncio.to_thread(_look, fleet, done))
                        await asyncio.sleep(0.2)
            good = fleet.number("SELECT count(*) FROM captures WHERE verdict = 'ok'")
            print(f"{fleet.number(ENDED)} captures, {good} of them good", flush=True)
    return looks


def _look(fleet: Replicas, done: int) -> Look:
    worker, chat_side = (tree.below(fleet.products[name].pid) for name in ("worker-0", "replica-0"))
    return Look(
        captures=done,
        worker_mb=tree.memory_bytes(worker) / 1e6,
        chat_side_mb=tree.memory_bytes(chat_side) / 1e6,
        worker_processes=len(worker),
        worker_descriptors=sum(map(_descriptors, worker)),
        chat_side_descriptors=sum(map(_descriptors, chat_side)),
        scratch_files=sum(len(files) for _, _, files in os.walk(fleet.products["worker-0"].data)),
        connections=fleet.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"),
    )


def _descriptors(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0  # it has ended


def table(looks: list[Look]) -> list[str]:
    """The second tenth against the last: the first is for warming up."""
    tenth = looks[-1].captures / 10
    early = [look for look in looks if tenth <= look.captures < 2 * tenth]
    late = [look for look in looks if look.captures >= 9 * tenth]
    lines = [
        f"| median (highest) | captures {tenth:.0f} to {2 * tenth:.0f} | the last {tenth:.0f} |",
        "| --- | --- | --- |",
    ]
    for name, words in TOLD.items():
        cells = [
            f"{median(getattr(look, name) for look in some):.0f} ({max(getattr(look, name) for look in some):.0f})"
            for some in (early, late)
        ]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return lines


def plot(looks: list[Look]) -> str:
    """A small picture for each figure: its median over the captures, from zero up."""
    last = looks[-1].captures or 1
    width, height, left = 640, 96, 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{len(TOLD) * height}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for place, (name, words) in enumerate(TOLD.items()):
        bins: dict[int, list[float]] = {}
        for look in looks:
            bins.setdefault(min(look.captures * BINS // last, BINS - 1), []).append(getattr(look, name))
        points = [(number, median(values)) for number, values in sorted(bins.items())]
        top = max(value for _, value in points) or 1
        base, room = (place + 1) * height - 12, height - 40
        line = " ".join(
            f"{left + number * (width - 2 * left) / (BINS - 1):.1f},{base - value / top * room:.1f}"
            for number, value in points
        )
        parts.append(
            f'<text x="{left}" y="{place * height + 16}">{words}: up to {top:.0f}</text>'
            f'<line x1="{left}" x2="{width - left}" y1="{base}" y2="{base}" stroke="#ccc"/>'
            f'<polyline points="{line}" fill="none" stroke="#2a6fb0" stroke-width="1.5"/>'
        )
    return "".join([*parts, "</svg>\n"])


def main() -> None:
    """Runs it and writes down what was seen."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--captures", type=int, default=CAPTURES)
    parser.add_argument("--minutes", type=float, default=120, help="it ends after so long, whatever was reached")
    parser.add_argument("--out", type=Path, default=Path(".local/bench"))
    given = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    looks = asyncio.run(soak(given.captures, given.minutes * 60))
    given.out.mkdir(parents=True, exist_ok=True)
    with (given.out / "soak.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [each.name for each in fields(Look)])
        writer.writeheader()
        writer.writerows(map(asdict, looks))
    (given.out / "soak.svg").write_text(plot(looks))
    print(*table(looks), sep="\n", flush=True)


if __name__ == "__main__":
    main()
