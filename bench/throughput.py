"""Pages a second of the whole product's capturing, by the number of workers; and what it holds in memory.

The pool is the real one: proxies, supervisor, workers with users of their own, checked results. Workers are warm.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bench import tree
from bench.cost import chromium, site_process
from capture.address import AddressRule
from capture.pool import SEARCHABLE, CapturePool
from capture.records import USABLE, CaptureOptions, CaptureRequest
from hashkeep.boundary import find_boundary, pool_settings
from hashkeep.settings import load_settings

WORKERS = (1, 2, 3, 4)
TIMES = 3
"""How often each of the ten pages is kept for one figure."""
FLAT_CAPTURES = 300
LOOK_S = 0.1


@asynccontextmanager
async def _pool(workers: int, folder: Path, *, captures_per_worker: int = 50) -> AsyncIterator[CapturePool]:
    os.chmod(folder, SEARCHABLE)
    settings = load_settings()
    boundary = await find_boundary(settings, folder)
    made = pool_settings(settings, boundary, folder, workers)
    made = replace(made, rule=AddressRule("127.0.0.0/8"), captures_per_worker=captures_per_worker)
    async with CapturePool(made) as pool:
        yield pool


async def _keep(pool: CapturePool, url: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        request = CaptureRequest(
            capture_id="bench", url=url, scratch=Path(scratch), deadline_s=60,
            options=CaptureOptions(chromium_path=chromium()),
        )  # fmt: skip
        result = await pool.capture(request)
    assert result.verdict in USABLE, result


async def _rate(workers: int, urls: list[str], site: int) -> tuple[float, float]:
    """Pages a second, and processor seconds a page."""
    with tempfile.TemporaryDirectory(prefix="hashkeep-bench-") as name:
        async with _pool(workers, Path(name)) as pool:
            await asyncio.gather(*(_keep(pool, url, Path(name)) for url in urls[:3] * workers))
            await asyncio.sleep(1.0)
            waiting = list(urls * TIMES)
            count = len(waiting)
            began, before = time.monotonic(), tree.cpu_s(frozenset({site}))

            async def one_after_the_other() -> None:
                while waiting:
                    await _keep(pool, waiting.pop(), Path(name))

            await asyncio.gather(*(one_after_the_other() for _ in range(workers)))
            wall_s = time.monotonic() - began
            cpu_s = tree.cpu_s(frozenset({site})) - before
    return count / wall_s, cpu_s / count


async def _throughput() -> list[str]:
    lines = [
        f"The whole product, {os.cpu_count()} cores, all artifacts:",
        "",
        "| workers | pages a second | CPU s a page | cores in use |",
        "| --- | --- | --- | --- |",
    ]
    with site_process() as (urls, site):
        for workers in WORKERS:
            rate, cpu_s = await _rate(workers, urls, site)
            lines.append(f"| {workers} | {rate:.2f} | {cpu_s:.2f} | {rate * cpu_s:.1f} |")
    return lines


async def _peak(pool: CapturePool, url: str, folder: Path, site: int) -> int:
    """The most that everything below this process holds while the page is kept (bytes)."""
    capture = asyncio.create_task(_keep(pool, url, folder))
    peak = 0
    while not capture.done():
        held = [pid for pid in tree.below(os.getpid(), frozenset({site})) if pid != os.getpid()]
        peak = max(peak, tree.memory_bytes(held))
        await asyncio.wait({capture}, timeout=LOOK_S)
    await capture
    return peak


async def _memory(captures: int) -> list[str]:
    """One worker, never renewed."""
    peaks: list[int] = []
    with site_process() as (urls, site), tempfile.TemporaryDirectory(prefix="hashkeep-bench-") as name:
        async with _pool(1, Path(name), captures_per_worker=captures * 2) as pool:
            for n in range(captures):
                peaks.append(await _peak(pool, urls[n % len(urls)], Path(name), site))
    tenth = max(len(peaks) // 10, len(urls))
    first, last = max(peaks[tenth : 2 * tenth]), max(peaks[-tenth:])
    return [
        f"Memory of supervisor, worker and browser (PSS) over {captures} captures by one worker that is never renewed:",
        "",
        "| | MB |",
        "| --- | --- |",
        f"| highest during one capture | {max(peaks) / 1e6:.0f} |",
        f"| the lightest page's peak | {min(peaks[-tenth:]) / 1e6:.0f} |",
        f"| highest of captures {tenth} to {2 * tenth} | {first / 1e6:.0f} |",
        f"| highest of the last {tenth} | {last / 1e6:.0f} ({last / first:.2f} of that) |",
    ]


def bench_throughput() -> list[str]:
    """Gives the lines of a table: pages a second by the number of workers."""
    return asyncio.run(_throughput())


def bench_memory(captures: int = FLAT_CAPTURES) -> list[str]:
    """Gives the lines of a table: the peak of a capture, and whether it stays the same over many."""
    return asyncio.run(_memory(captures))
