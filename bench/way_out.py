"""What the way out and the containment cost, and what a blocklist saves: the same engine with and without, in turn.

"Without" is the engine in one process with its browser, no proxy, no sandbox, no supervisor. "With" is what the product
does: a proxy for each capture in the main process, a supervisor, a worker with a user of its own, the sandbox, checked
results. Both are warm when measuring begins, and still run when it ends: starting and stopping is in neither.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from unittest.mock import patch

from bench.pages import make_pages
from capture.browser import open_browser
from capture.egress_blocklist import load_blocklist
from capture.egress_dns import Resolver
from capture.engine import capture
from capture.pool import CapturePool
from capture.records import CaptureOptions, CaptureRequest, CaptureResult, Verdict
from hashkeep.boundary import find_boundary, pool_settings
from hashkeep.chromium import find_chromium
from hashkeep.settings import load_settings
from tests.harness import ROOT, Site, environment, processes_below, running_site

PAGES = 10
ROUNDS = 3
TRACKERS = 8
DEADLINE_S = 60.0

Take = Callable[[CaptureRequest], Awaitable[CaptureResult]]


@dataclass(frozen=True)
class Cost:
    """Of one page, its processes all together."""

    cpu_s: float
    wall_s: float
    bytes_down: float


@dataclass(frozen=True)
class Pair:
    """One round: a further page, with and without what is measured."""

    with_it: Cost
    without: Cost


# What runs in a process of its own


def _request(folder: Path, number: int, url: str, chromium: str) -> CaptureRequest:
    scratch = folder / str(number)
    scratch.mkdir()
    options = CaptureOptions(chromium_path=chromium, sandbox=False)
    return CaptureRequest(capture_id=str(number), url=url, scratch=scratch, deadline_s=DEADLINE_S, options=options)


async def _take(take: Take, folder: Path, urls: list[str], chromium: str) -> None:
    """One page to warm up, then all of them; writes down what they cost."""
    requests = [_request(folder, number, url, chromium) for number, url in enumerate([urls[0], *urls])]
    await take(requests[0])
    cpu_s, began, bytes_down = _cpu_s(), time.monotonic(), 0
    for request in requests[1:]:
        result = await take(request)
        if result.verdict is not Verdict.OK:
            raise SystemExit(f"{result.url} ended {result.verdict.value}: {result.error}")
        bytes_down += result.bytes_down
    cost = _cpu_s() - cpu_s, time.monotonic() - began, bytes_down
    (folder / "cost").write_text(json.dumps([each / len(urls) for each in cost]))


def _cpu_s() -> float:
    """Of this process and all below it so far, those that ended and were waited for among them."""
    ticks = 0
    for pid in (os.getpid(), *processes_below(os.getpid())):
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


async def without_containment(folder: Path, urls: list[str]) -> None:
    """The engine alone."""
    chromium = str(find_chromium(load_settings()))
    async with open_browser(CaptureOptions(chromium_path=chromium, sandbox=False)) as browser:
        await _take(lambda request: capture(request, browser), folder, urls, chromium)


async def with_containment(folder: Path, urls: list[str], blocklist: Path | None) -> None:
    """The product's pool. Every name leads to the site on loopback, so that a page can have foreign hosts."""
    settings = load_settings()
    boundary = await find_boundary(settings, folder)
    blocked = load_blocklist([blocklist]) if blocklist else ()
    made = replace(pool_settings(settings, boundary, folder, 1), blocked=blocked)
    with patch("capture.pool.Resolver", lambda threads: Resolver(threads, lambda _: ("127.0.0.1",))):
        pool = CapturePool(made)
    async with pool:
        await _take(pool.capture, folder, urls, str(find_chromium(settings)))


# What compares


class _Runner:
    """Starts this module as a command and gives what a page of it costs."""

    def __init__(self, how: str, *more: str) -> None:
        self._words = [sys.executable, "-m", "bench.way_out", *more, how]

    def __call__(self, urls: list[str]) -> Cost:
        with tempfile.TemporaryDirectory(prefix="hashkeep-way-out-") as name:
            folder = Path(name)
            folder.chmod(0o711)  # a worker with a user of its own finds its way
            subprocess.run(
                [*self._words, name, *urls], cwd=ROOT, env=environment(EGRESS_ALLOW="127.0.0.1"), check=True,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            return Cost(*json.loads((folder / "cost").read_text()))


def _in_turn(with_it: _Runner, without: _Runner, urls: list[str], rounds: int) -> list[Pair]:
    """Rounds of both, each time in the other order, after one of one page that warms the file cache."""
    with_it(urls[:1])
    without(urls[:1])
    pairs = []
    for number in range(rounds):
        if number % 2:
            first = with_it(urls)
            pairs.append(Pair(first, without(urls)))
        else:
            first = without(urls)
            pairs.append(Pair(with_it(urls), first))
    return pairs


def _ratios(pairs: list[Pair], of: Callable[[Cost], float]) -> str:
    found = sorted(of(pair.with_it) / of(pair.without) for pair in pairs)
    return f"{median(found):.2f} ({found[0]:.2f} to {found[-1]:.2f})"


def _row(name: str, costs: list[Cost], kilobytes: bool = False) -> str:
    cells = [name, f"{median(c.cpu_s for c in costs):.2f}", f"{median(c.wall_s for c in costs):.2f}"]
    if kilobytes:
        cells.append(f"{median(c.bytes_down for c in costs) / 1000:.0f}")
    return f"| {' | '.join(cells)} |"


def bench_containment(rounds: int = ROUNDS) -> list[str]:
    """Gives the lines of a table: proxy and containment against the same engine without them."""
    with running_site() as site:
        urls = make_pages(site, PAGES)
        pairs = _in_turn(_Runner("with"), _Runner("without"), urls, rounds)
    return [
        "| a page, warm, one at a time | CPU s | wall s |",
        "| --- | --- | --- |",
        _row("the engine alone: no proxy, no sandbox, no worker", [pair.without for pair in pairs]),
        _row("with its way out and its containment", [pair.with_it for pair in pairs]),
        "",
        f"ratio, median of {rounds}: CPU {_ratios(pairs, lambda c: c.cpu_s)}, "
        f"wall {_ratios(pairs, lambda c: c.wall_s)}",
    ]


def make_tracked_page(site: Site) -> list[str]:
    """Adds a page as newspapers have them: an article, and advertisers that each bring script, frame and pictures.

    Gives the hosts of the advertisers and then the address of the page.
    """
    hosts = [f"ads{n}.bench.example" for n in range(TRACKERS)]
    library = "".join(
        f"function unused{n}(a, b) {{ return [a, b, {n}].join('-') + 'some text here'; }}\n" for n in range(2000)
    )
    works = "{ let until = performance.now() + 25, n = 0; while (performance.now() < until) n++; }"
    for n, host in enumerate(hosts):
        at = f"http://{host}:{site.port}/ads/{n}"
        adds = f"""const frame = document.createElement('iframe'); frame.width = 300; frame.height = 250;
            frame.src = '{at}/frame'; document.body.append(frame);
            for (const kind of ['seen', 'sold']) new Image().src = '{at}/pixel.svg?' + kind;"""
        site.file(
            f"/ads/{n}.js", "text/javascript", f"{library}{works}addEventListener('load', () => {{ {adds} }});".encode()
        )
        site.page(f"/ads/{n}/frame", "Buy", f"<script src='{at}.js?inside'></script><img src='{at}/pixel.svg'>")
        site.file(
            f"/ads/{n}/pixel.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>"
        )
    article = make_pages(site, 3)[2]  # with six pictures
    _, kind, body = site.pages[article.removeprefix(f"http://127.0.0.1:{site.port}")]
    scripts = "".join(
        f"<script async src='http://{host}:{site.port}/ads/{n}.js'></script>" for n, host in enumerate(hosts)
    )
    return [*hosts, site.file("/tracked", kind, body + scripts.encode())]


def bench_blocklist(rounds: int = ROUNDS) -> list[str]:
    """Gives the lines of a table: a page with trackers, with and without a blocklist."""
    with running_site() as site, tempfile.TemporaryDirectory() as folder:
        *hosts, url = make_tracked_page(site)
        listed = Path(folder) / "list"
        listed.write_text("".join(f"0.0.0.0 {host}\n" for host in hosts))
        with_it, without = _Runner("with", "--blocklist", str(listed)), _Runner("with")
        pairs = _in_turn(with_it, without, [url] * (PAGES // 2), rounds)
    return [
        f"| a page with {TRACKERS} trackers | CPU s | wall s | kB down |",
        "| --- | --- | --- | --- |",
        _row("without EGRESS_BLOCKLIST", [pair.without for pair in pairs], kilobytes=True),
        _row("with it", [pair.with_it for pair in pairs], kilobytes=True),
        "",
        f"ratio, median of {rounds}: CPU {_ratios(pairs, lambda c: c.cpu_s)}, "
        f"wall {_ratios(pairs, lambda c: c.wall_s)}, bytes {_ratios(pairs, lambda c: c.bytes_down)}",
    ]


def bench_way_out(rounds: int = ROUNDS) -> list[str]:
    """Gives the lines of both tables."""
    return [*bench_containment(rounds), "", *bench_blocklist(rounds)]


def main() -> None:
    """With `with` or `without`: runs pages, for the comparison. Else compares and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.way_out", description=__doc__)
    parser.add_argument("how", nargs="?", choices=["with", "without"])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("urls", nargs="*")
    parser.add_argument("--blocklist", type=Path)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    if given.how == "with":
        asyncio.run(with_containment(given.folder, given.urls, given.blocklist))
    elif given.how == "without":
        asyncio.run(without_containment(given.folder, given.urls))
    else:
        print("\n".join(bench_way_out(given.rounds)))


if __name__ == "__main__":
    main()
