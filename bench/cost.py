"""Processor seconds and wall seconds a page: ours and a bare Playwright screenshot, in turn, in one run."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.pages import make_pages
from hashkeep.chromium import find_chromium
from hashkeep.settings import load_settings
from tests.harness import ROOT, environment, running_site

_PR_SET_CHILD_SUBREAPER = 36
PAGES = 10
ROUNDS = 3
AT_ONCE = 2


@dataclass(frozen=True)
class Cost:
    """Of one whole command with all its processes."""

    cpu_s: float
    wall_s: float


def measure(command: list[str], env: dict[str, str]) -> Cost:
    """Runs the command; its processor time includes every process below it, orphans too (we reap them)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    wall_s = time.monotonic() - started
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall_s)


def per_page(many: Cost, one: Cost) -> Cost:
    """The cost of a further page: start-up is in both runs and falls out."""
    more = PAGES * 3 - 1
    return Cost((many.cpu_s - one.cpu_s) / more, (many.wall_s - one.wall_s) / more)


def bench_cost() -> list[str]:
    """Gives the lines of a table: a page's cost, ours and the limit's, with the ratio of each round."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    chromium = str(find_chromium(load_settings()))
    rounds: list[tuple[Cost, Cost]] = []
    with running_site() as site, tempfile.TemporaryDirectory() as folder:
        urls = make_pages(site, PAGES)
        env = environment(CHROMIUM=chromium, CHROMIUM_PATH=chromium, EGRESS_ALLOW="127.0.0.1", DATA_DIR=folder)

        def bare(pages: list[str]) -> Cost:
            return measure([sys.executable, "-m", "bench.bare", folder, str(AT_ONCE), *pages], env)

        def ours(pages: list[str]) -> Cost:
            out = str(Path(folder) / "out")
            command = [sys.executable, "-m", "hashkeep", "capture", "--json", "--out", out]
            return measure([*command, "--concurrency", str(AT_ONCE), *pages], env)

        for n in range(ROUNDS + 1):
            pair = (
                per_page(ours(urls * 3), ours(urls[:1])),
                per_page(bare(urls * 3), bare(urls[:1])),
            )
            if n:  # the first round warms the file cache
                rounds.append(pair)
    ratios = sorted(o.cpu_s / b.cpu_s for o, b in rounds)
    walls = sorted(o.wall_s / b.wall_s for o, b in rounds)
    return [
        "| a page, warm | CPU s | wall s | pages a minute |",
        "| --- | --- | --- | --- |",
        _row("bare full-page screenshot", [b for _, b in rounds]),
        _row("Hashkeep: picture, preview, offline page, text", [o for o, _ in rounds]),
        "",
        f"CPU ratio, median of {ROUNDS}: {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}); "
        f"wall ratio: {median(walls):.2f} ({walls[0]:.2f} to {walls[-1]:.2f}); {AT_ONCE} pages at once",
    ]


def _row(name: str, costs: list[Cost]) -> str:
    cpu = median(c.cpu_s for c in costs)
    wall = median(c.wall_s for c in costs)
    return f"| {name} | {cpu:.2f} | {wall:.2f} | {60 / wall:.0f} |"
