"""`make bench`: runs every benchmark and prints its table; `python -m bench NAME…` runs some.

Ratios are what holds; seconds are this machine's.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable

from bench.acknowledge import bench_acknowledge
from bench.cost import bench_cost
from bench.finding import bench_finding
from bench.importing import bench_importing
from bench.machine import machine
from bench.peers import bench_peers
from bench.processes import bench_processes
from bench.quality import bench_quality
from bench.throughput import bench_memory, bench_throughput
from bench.way_out import bench_way_out

BENCHES: dict[str, Callable[[], list[str]]] = {
    "cost": bench_cost,
    "throughput": bench_throughput,
    "way_out": bench_way_out,
    "memory": bench_memory,
    "processes": bench_processes,
    "peers": bench_peers,
    "acknowledge": lambda: asyncio.run(bench_acknowledge()),
    "importing": lambda: asyncio.run(bench_importing()),
    "finding": lambda: asyncio.run(bench_finding()),
    "quality": lambda: asyncio.run(bench_quality()),
}


def main() -> None:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHES], metavar="NAME", help=", ".join(BENCHES))
    names = parser.parse_args().names or list(BENCHES)
    print(machine(), end="\n\n", flush=True)
    for name in names:
        print(f"## {name}\n\n" + "\n".join(BENCHES[name]()), end="\n\n", flush=True)


main()
