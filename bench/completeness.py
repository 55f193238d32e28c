"""`python -m bench.completeness [PAGE…]`: captures the test site with the real engine and prints what is missing.

With `--replay`, what was captured is also played back by pywb and by ReplayWeb.page's player, with the site gone. With
`--looks`, each offline page is held against the live picture; with `--twice`, two captures of each page are compared.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.site import PAGES, Page, Place
from tests.site.checks import Miss, Taken, expected
from tests.site.likeness import check_looks
from tests.site.taking import studio

ARTIFACTS = ("result", "loaded", "wacz", "screenshot", "html", "text", "main")
REPLAYS = {"pywb": Place.REPLAY, "player": Place.PLAYER}


def counts_of(pages: Sequence[Page], takings: Sequence[Taken]) -> dict[str, int]:
    """How many things each artifact is asked for."""
    places = {"screenshot": Place.SCREENSHOT, "html": Place.HTML, "text": Place.TEXT, "main": Place.MAIN}
    counts = {name: sum(expected(page, place) for page in pages) for name, place in places.items()}
    counts["result"] = len(pages)
    counts["loaded"] = sum(len(page.needed) for page in pages)
    counts["looks"] = counts["same"] = sum(page.html for page in pages)
    counts["wacz"] = sum(len(taken.asked) for taken in takings)
    for name, place in REPLAYS.items():
        counts[name] = sum(expected(page, place) for page in pages)
    return counts


def table(counts: dict[str, int], misses: Sequence[Miss], artifacts: Sequence[str]) -> list[str]:
    """Lines of a Markdown table."""
    missing = Counter(miss.artifact for miss in misses)
    lines = ["| artifact | asked for | missing | pages with a miss |", "| --- | --- | --- | --- |"]
    for name in artifacts:
        pages = {miss.page for miss in misses if miss.artifact == name}
        lines.append(f"| {name} | {counts[name]} | {missing[name]} | {len(pages)} |")
    return lines


async def run(
    pages: Sequence[Page], folder: Path, at_once: int, replays: Sequence[str], *, looks: bool, twice: bool
) -> tuple[list[str], list[Miss]]:
    """Captures, checks and plays back; gives the table and the misses."""
    began = time.monotonic()
    more = ["same"] if twice else []
    async with studio(folder) as rooms:
        ended = await rooms.take_all(pages, at_once, twice=twice)
        takings = [taken for taken, _ in ended]
        misses = [miss for _, found in ended for miss in found]
        if looks:
            more.append("looks")
            misses += await check_looks(takings, rooms.viewer)
    seconds = time.monotonic() - began
    print(f"{len(pages)} pages captured and checked in {seconds:.0f} s, {at_once} at once", file=sys.stderr)
    if replays:
        from tests.site.replaying import PLAYERS, check_set_up

        check_set_up()
        for name in replays:
            began = time.monotonic()
            misses += await PLAYERS[name](takings, folder)
            print(f"played back by {name} in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return table(counts_of(pages, takings), misses, [*ARTIFACTS, *more, *replays]), misses


def main() -> int:
    """Parses the command line, runs, prints. Exit status 1: something is missing."""
    parser = argparse.ArgumentParser(prog="python -m bench.completeness", description=__doc__)
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="names of pages; all of them if none is given")
    parser.add_argument("--replay", action="append", choices=[*REPLAYS], default=[])
    parser.add_argument("--looks", action="store_true")
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--out", type=Path, help="an empty folder in which the captures stay")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.pages if name not in PAGES]
    if unknown:
        parser.error(f"no such page: {', '.join(unknown)}; there are {', '.join(PAGES)}")
    pages = [PAGES[name] for name in arguments.pages] or list(PAGES.values())
    with tempfile.TemporaryDirectory(prefix="hashkeep-completeness-") as scratch:
        folder = arguments.out or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        lines, misses = asyncio.run(
            run(pages, folder, arguments.at_once, arguments.replay, looks=arguments.looks, twice=arguments.twice)
        )
    print("\n".join([*lines, "", *map(str, misses)]))
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
