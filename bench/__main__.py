"""`make bench`: runs every benchmark and prints its table. Ratios are what holds; seconds are this machine's."""

from __future__ import annotations

import asyncio
import os
import platform

from bench.acknowledge import bench_acknowledge
from bench.cost import bench_cost


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n", flush=True)
    for lines in (asyncio.run(bench_acknowledge()), bench_cost()):
        print("\n".join(lines), end="\n\n", flush=True)


main()
