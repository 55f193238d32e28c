"""What the three ways to start a worker cost, and what a worker gets from above by each of them."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal, cast, get_args

from bench.pages import make_pages
from capture import process_table
from capture.address import AddressRule
from capture.pool import CapturePool, PoolSettings
from capture.process_start import StartMethod
from capture.records import CaptureOptions, CaptureRequest
from hashkeep.chromium import find_chromium
from hashkeep.settings import load_settings
from tests.harness import Site, running_site

ROUNDS = 5
LOOKER = "bench.processes_engine"
Methods = tuple[Literal["spawn", "forkserver", "fork"], ...]


@dataclass(frozen=True)
class Told:
    """What one round gave."""

    start_s: float
    """From the request to a worker that has it, with the supervisor running and nothing warm."""
    warm_s: float
    """The same with a warm worker waiting."""
    first_s: float
    """From nothing at all (no supervisor) to the result of a first real page."""
    next_s: float
    """A further page."""
    resident_mb: float
    private_mb: float
    helper_mb: float
    """Private memory of the supervisor and of the fork server."""
    descriptors: int
    variables: int
    modules: int


def bench_processes() -> list[str]:
    """Gives the lines of a table: a row a start method, medians of five rounds in turn."""
    methods = cast(Methods, get_args(StartMethod))
    rounds: dict[str, list[Told]] = {method: [] for method in methods}
    with running_site() as site:
        page = make_pages(site, 1)[0]
        for n in range(ROUNDS + 1):
            for method in methods:
                told = asyncio.run(_measure(method, site, page))
                if n:  # the first round warms the file cache
                    rounds[method].append(told)
    lines = [
        "| start method | first page, from nothing | a further page | worker with the request: cold | warm "
        "| worker: resident / its own | supervisor and helper, own | descriptors | variables | modules at its start |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    return lines + [_row(method, told) for method, told in rounds.items()]


def _row(method: str, told: list[Told]) -> str:
    def middle(name: str) -> float:
        return median(getattr(each, name) for each in told)

    return (
        f"| `{method}` | {middle('first_s'):.2f} s | {middle('next_s'):.2f} s | {middle('start_s') * 1000:.0f} ms "
        f"| {middle('warm_s') * 1000:.0f} ms | {middle('resident_mb'):.0f} / {middle('private_mb'):.0f} MB "
        f"| {middle('helper_mb'):.0f} MB | {middle('descriptors'):.0f} | {middle('variables'):.0f} "
        f"| {middle('modules'):.0f} |"
    )


async def _measure(method: Literal["spawn", "forkserver", "fork"], site: Site, page: str) -> Told:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        first_s, next_s = await _pages(method, folder, page)
        return await _look(method, folder, site, first_s, next_s)


def _settings(method: Literal["spawn", "forkserver", "fork"], folder: Path, name: str, **more: Any) -> PoolSettings:
    scratch = folder / name
    scratch.mkdir()
    return PoolSettings(1, method, scratch, AddressRule("127.0.0.1"), **more)


async def _pages(method: Literal["spawn", "forkserver", "fork"], folder: Path, page: str) -> tuple[float, float]:
    """Seconds of a first and of a third page, as a person waits for them."""
    chromium = str(find_chromium(load_settings()))
    took = []
    async with CapturePool(_settings(method, folder, "pages")) as pool:
        for n in range(3):
            began = time.monotonic()
            await pool.capture(_request(folder / f"page-{n}", page, chromium))
            took.append(time.monotonic() - began)
    return took[0], took[2]


async def _look(
    method: Literal["spawn", "forkserver", "fork"], folder: Path, site: Site, first_s: float, next_s: float
) -> Told:
    """A worker that opens nothing, and says when it was there and what it has got."""
    said = []
    async with CapturePool(_settings(method, folder, "look", engine=LOOKER)) as pool:
        supervisor = (await pool.describe_supervisor())["pid"]
        for n in range(2):
            began = time.time()
            result = await pool.capture(_request(folder / f"look-{n}", site.url("/"), "/bin/true"))
            found = json.loads(result.description or "{}")
            said.append({**found, "after_s": found["at"] - began})
        rows = process_table.below(process_table.read_table(), supervisor)
        helpers = [row.pid for row in rows if row.pid != said[0]["pid"]]
        helper_mb = sum(_memory_mb(pid)[1] for pid in helpers)
        resident_mb, private_mb = _memory_mb(said[0]["pid"])
    return Told(
        start_s=said[0]["after_s"], warm_s=said[1]["after_s"], first_s=first_s, next_s=next_s,
        resident_mb=resident_mb, private_mb=private_mb, helper_mb=helper_mb, descriptors=said[0]["descriptors"],
        variables=said[0]["variables"], modules=said[0]["modules"],
    )  # fmt: skip


def _request(scratch: Path, url: str, chromium: str) -> CaptureRequest:
    scratch.mkdir()
    options = CaptureOptions(chromium_path=chromium)
    return CaptureRequest(capture_id=scratch.name, url=url, scratch=scratch, deadline_s=60, options=options)


def _memory_mb(pid: int) -> tuple[float, float]:
    """Resident, and of that what the process shares with no other."""
    sizes = {"Rss": 0, "Private_Clean": 0, "Private_Dirty": 0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name = line.partition(":")[0]
        if name in sizes:
            sizes[name] = int(line.split()[1])
    return sizes["Rss"] / 1024, (sizes["Private_Clean"] + sizes["Private_Dirty"]) / 1024


if __name__ == "__main__":
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("\n".join(bench_processes()))
