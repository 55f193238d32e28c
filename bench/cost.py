"""What a page costs, artifact by artifact, against the limit: a bare Playwright screenshot of the whole page.

All lanes are warm and take turns page by page in one process, so that whatever else the machine does falls on all of
them alike. Processor seconds are those of the whole tree of processes; the server of the pages is left out.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from unittest import mock

from playwright.async_api import async_playwright

from bench import bare, tree
from bench.tree import Cost, measure

__all__ = ["Cost", "bench_cost", "measure", "measure_lanes"]
from capture import engine
from capture.address import AddressRule
from capture.browser import Browser, open_browser
from capture.egress import EgressProxy
from capture.recorder import Recorder
from capture.records import CaptureOptions, CaptureRequest, Verdict
from hashkeep.chromium import find_chromium
from hashkeep.settings import load_settings
from tests.harness import ROOT, environment

PAGES = 10
ROUNDS = 3
REST_S = 0.1
"""Between two pages: a browser tidies up after the answer, and that belongs to the page before."""

Keep = Callable[[str, Path], Awaitable[None]]


@dataclass(frozen=True)
class Lane:
    """One way to keep a page, with its warm browser."""

    name: str
    open: Callable[[], AsyncIterator[Keep]]


def chromium() -> str:
    """The program that all lanes run."""
    return str(find_chromium(load_settings()))


async def _bare() -> AsyncIterator[Keep]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), chromium_sandbox=os.geteuid() != 0, args=["--remote-debugging-port=0"]
        )

        async def keep(url: str, folder: Path) -> None:
            await bare.shoot(browser, url, folder / "0.jpg")

        yield keep
        await browser.close()


async def _recorded() -> AsyncIterator[Keep]:
    """The same with our recorder beside it."""
    options = _options()
    async with open_browser(options) as browser:

        async def keep(url: str, folder: Path) -> None:
            async with _recorder(browser, options) as recorder:
                await bare.shoot(browser.playwright_browser, url, folder / "0.jpg", lambda: recorder.finish(3.0))

        yield keep


@asynccontextmanager
async def _recorder(browser: Browser, options: CaptureOptions) -> AsyncIterator[Recorder]:
    limit = options.max_original_bytes
    async with Recorder(
        browser.endpoint,
        max_resource_bytes=options.max_resource_bytes,
        max_total_bytes=limit + 2 * options.max_html_bytes,
        max_document_bytes=limit,
    ) as recorder:
        yield recorder


def _options(*, pdf: bool = False) -> CaptureOptions:
    return CaptureOptions(chromium_path=chromium(), sandbox=os.geteuid() != 0, pdf=pdf)


def _engine(without: tuple[str, ...], *, proxied: bool = False, pdf: bool = False) -> Callable[[], AsyncIterator[Keep]]:
    """The engine without some of its steps."""

    async def opened() -> AsyncIterator[Keep]:
        options = _options(pdf=pdf)
        async with open_browser(options) as browser:

            async def once(url: str, folder: Path, proxy: str | None) -> None:
                request = CaptureRequest(
                    capture_id="bench", url=url, scratch=folder, deadline_s=60, proxy=proxy, options=options
                )
                with _fewer_steps(without):
                    result = await engine.capture(request, browser)
                assert result.verdict is Verdict.OK, result

            async def keep(url: str, folder: Path) -> None:
                if not proxied:
                    await once(url, folder, None)
                    return
                async with EgressProxy(AddressRule("127.0.0.0/8")) as proxy:
                    await once(url, folder, proxy.url)

            yield keep

    return opened


@contextmanager
def _fewer_steps(names: tuple[str, ...]) -> Iterator[None]:
    visit = tuple(step for step in engine.VISIT if step.name not in names)
    keeping = tuple(step for step in engine.KEEPING if step.name not in names)
    with mock.patch.object(engine, "VISIT", visit), mock.patch.object(engine, "KEEPING", keeping):
        yield


LIMIT = Lane("bare Playwright: scrolled, whole page as JPEG (the limit)", _bare)
RECORDED = Lane("the same, with our recorder beside it", _recorded)
WHOLE = Lane("Hashkeep through its proxy: all of it", _engine((), proxied=True))
LANES = (
    LIMIT,
    RECORDED,
    Lane("Hashkeep: picture and preview", _engine(("serialise", "read", "archive"))),
    Lane("+ text", _engine(("serialise", "archive"))),
    Lane("+ offline page", _engine(("archive",))),
    Lane("+ WACZ", _engine(())),
    WHOLE,
    Lane("the same with PDF", _engine((), proxied=True, pdf=True)),
)


@contextmanager
def site_process() -> Iterator[tuple[list[str], int]]:
    """The addresses of pages of mixed weight, served by a process of its own, and its id."""
    command = [sys.executable, "-m", "bench.pages", str(PAGES)]
    env = environment(PYTHONPATH=str(ROOT))
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as site:
        assert site.stdout
        try:
            yield json.loads(site.stdout.readline()), site.pid
        finally:
            site.communicate()  # its input ends, and so does it


async def measure_lanes(lanes: tuple[Lane, ...], rounds: int = ROUNDS) -> dict[str, list[list[Cost]]]:
    """The costs of each lane by name: a list a round with one for each page."""
    costs: dict[str, list[list[Cost]]] = {lane.name: [] for lane in lanes}
    with site_process() as (urls, site):
        async with AsyncExitStack() as stack:
            keeps = {lane.name: await stack.enter_async_context(asynccontextmanager(lane.open)()) for lane in lanes}
            for n in range(rounds + 1):
                for name in costs:
                    costs[name].append([])
                for url in urls if n else urls[:3]:  # the first round warms up and is thrown away
                    for name, keep in keeps.items():
                        costs[name][-1].append(await _measured(keep, url, frozenset({site})))
    return {name: found[1:] for name, found in costs.items()}


async def _measured(keep: Keep, url: str, leave_out: frozenset[int]) -> Cost:
    with tempfile.TemporaryDirectory(prefix="hashkeep-bench-") as folder:
        before, began = tree.cpu_s(leave_out), time.monotonic()
        await keep(url, Path(folder))
        wall_s = time.monotonic() - began
        await asyncio.sleep(REST_S)
        return Cost(tree.cpu_s(leave_out) - before, wall_s)


def ratios(costs: list[list[Cost]], limit: list[list[Cost]]) -> tuple[list[float], list[float]]:
    """Of each round: processor and wall time against the limit's."""
    pairs = list(zip(costs, limit, strict=True))
    return (
        sorted(sum(c.cpu_s for c in ours) / sum(c.cpu_s for c in its) for ours, its in pairs),
        sorted(sum(c.wall_s for c in ours) / sum(c.wall_s for c in its) for ours, its in pairs),
    )


def row(name: str, costs: list[list[Cost]], limit: list[list[Cost]]) -> str:
    """A line of the table; the ratios' spread is that of the rounds."""
    flat = [cost for found in costs for cost in found]
    cpu, wall = ratios(costs, limit)
    return (
        f"| {name} | {mean(c.cpu_s for c in flat):.3f} | {mean(c.wall_s for c in flat):.2f} "
        f"| {median(cpu):.2f} ({cpu[0]:.2f} to {cpu[-1]:.2f}) | {median(wall):.2f} |"
    )


def bench_cost() -> list[str]:
    """Gives the lines of a table: each artifact switched on in turn."""
    costs = asyncio.run(measure_lanes(LANES))
    return [
        f"{PAGES} pages of mixed weight (up to 12 photographs), {ROUNDS} rounds, one page at a time:",
        "",
        "| a page, warm | CPU s | wall s | CPU against the limit | wall against the limit |",
        "| --- | --- | --- | --- | --- |",
        *(row(lane.name, costs[lane.name], costs[LIMIT.name]) for lane in LANES),
    ]
