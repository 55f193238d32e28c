"""`python -m bench.peers [PAGE…]`: what others cost and keep of the same pages, beside Hashkeep.

They are set up by deploy/peers.sh and run as their manuals say, each with one browser for all pages, one page at a
time. Neither scrolls by itself. Prints a Markdown table: processor and wall seconds a page, start-up included, and how
many of the test site's marks are there.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from bench.tree import Cost, measure
from capture.records import Artifact, ArtifactKind, CaptureResult, Verdict
from tests.harness import ROOT, environment
from tests.site import PAGES, Page, Place, Site, serving, site_files
from tests.site.checks import Miss, Taken, check_html, check_screenshot, expected, start_url
from tests.site.taking import CHROMIUM, viewer

_PR_SET_CHILD_SUBREAPER = 36
PEERS = ROOT / ".local" / "peers"
LEFT_OUT = {"hung-script", "stuck-document", "infinite-scroll", "dialogs", "popups", "frame-dead", "stuck-picture"}
"""Pages at which a peer would wait until its own time-out: they would decide the mean."""

Command = Callable[[list[str], Path], list[str]]


@dataclass(frozen=True)
class Peer:
    """A program. `command` makes it keep these addresses in that folder; `kept` are the files of the n-th, from 0."""

    name: str
    command: Command
    kept: Callable[[int], dict[ArtifactKind, str]]


def shot_scraper(urls: list[str], out: Path) -> list[str]:
    """All shots in one call, one browser."""
    shots = [{"url": url, "output": str(out / f"{n}.jpg"), "quality": 80, "width": 1280} for n, url in enumerate(urls)]
    (out / "shots.yml").write_text(json.dumps(shots))  # JSON is YAML
    return [str(PEERS / "venv/bin/shot-scraper"), "multi", str(out / "shots.yml")]


def single_file(urls: list[str], out: Path) -> list[str]:
    """All pages in one call, one browser; by its own account as it works best, with lazy pictures loaded."""
    listed = out / "urls.txt"
    listed.write_text("".join(f"{url} --filename-template={n}.html\n" for n, url in enumerate(urls)))
    return [
        str(PEERS / "node/node_modules/.bin/single-file"), f"--urls-file={listed}", f"--output-directory={out}",
        f"--browser-executable-path={CHROMIUM}", "--browser-arg=--no-sandbox", "--max-parallel-workers=1",
    ]  # fmt: skip


def bare(urls: list[str], out: Path) -> list[str]:
    """The limit: Playwright itself, scrolled."""
    return [sys.executable, "-m", "bench.bare", str(out), "1", *urls]


def ours(urls: list[str], out: Path) -> list[str]:
    """All artifacts, without a bot."""
    return [sys.executable, "-m", "hashkeep", "capture", "--json", "--concurrency", "1", "--out", str(out), *urls]


def _picture(n: int) -> dict[ArtifactKind, str]:
    return {ArtifactKind.SCREENSHOT: f"{n}.jpg"}


def _file(n: int) -> dict[ArtifactKind, str]:
    return {ArtifactKind.HTML: f"{n}.html"}


def _both(n: int) -> dict[ArtifactKind, str]:
    return {ArtifactKind.SCREENSHOT: f"{n + 1}/screenshot.jpg", ArtifactKind.HTML: f"{n + 1}/page.html"}


ALL = (
    Peer("bare Playwright, scrolled: picture", bare, _picture),
    Peer("shot-scraper: picture", shot_scraper, _picture),
    Peer("single-file-cli: one file", single_file, _file),
    Peer("Hashkeep: picture, preview, one file, WACZ, text", ours, _both),
)


def browsers_folder() -> Path:
    """A folder in which Playwright finds the Chromium that is installed, under the name that it looks for."""
    folder = PEERS / "browsers"
    told = subprocess.run(
        [PEERS / "venv/bin/playwright", "install", "--dry-run", "--only-shell", "chromium"],
        env=environment(PLAYWRIGHT_BROWSERS_PATH=str(folder)), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    places = [Path(line.split(":", 1)[1].strip()) for line in told.splitlines() if "Install location" in line]
    for place in places:
        program = place / "chrome-headless-shell-linux64" / "chrome-headless-shell"
        if "headless" in place.name and not program.exists():
            program.parent.mkdir(parents=True, exist_ok=True)
            program.symlink_to(CHROMIUM)
            (place / "INSTALLATION_COMPLETE").touch()
    return folder


def ordinary_pages() -> list[Page]:
    """Pages of which everybody ought to keep all."""
    return [p for p in PAGES.values() if p.html and p.verdict is Verdict.OK and p.name not in LEFT_OUT]


@contextmanager
def site_beside() -> Iterator[Site]:
    """The test site in a thread of its own, while other programs are waited for here."""
    begun, ended = threading.Event(), asyncio.Event()
    rooms: list[tuple[asyncio.AbstractEventLoop, Site]] = []

    async def run() -> None:
        async with serving(site_files()) as site:
            rooms.append((asyncio.get_running_loop(), site))
            begun.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    begun.wait()
    loop, site = rooms[0]
    try:
        yield site
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


async def check(peer: Peer, site: Site, pages: Sequence[Page], out: Path) -> list[Miss]:
    """What is missing of the marks in what the peer wrote."""
    misses = []
    async with viewer() as browser:
        for n, page in enumerate(pages):
            files = peer.kept(n)
            kept = tuple(
                Artifact(kind=kind, path=name, media_type="", size_bytes=0)
                for kind, name in files.items()
                if _is_whole(out / name)
            )
            result = CaptureResult(url=start_url(site, page), verdict=Verdict.OK, artifacts=kept)
            taken = Taken(page, result, out, (), site.hosts)
            if ArtifactKind.HTML in files:
                misses += await check_html(taken, browser)
            if ArtifactKind.SCREENSHOT in files:
                misses += check_screenshot(taken)
    return misses


def _is_whole(path: Path) -> bool:
    """Whether a file is there and, if it is to be a picture, is one: Chromium gives empty ones above its limit."""
    if path.suffix != ".jpg" or not path.exists():
        return path.exists()
    try:
        with Image.open(path):
            return True
    except UnidentifiedImageError:
        return False


def row(peer: Peer, cost: Cost, pages: Sequence[Page], misses: Sequence[Miss]) -> str:
    """A line of the table."""
    places = [_PLACES[kind] for kind in peer.kept(0)]
    wanted = sum(expected(page, place) for page in pages for place in places)
    lost = [m for m in misses if "asked for" not in m.what and "in the file" not in m.what and "shows," not in m.what]
    return (
        f"| {peer.name} | {cost.cpu_s / len(pages):.2f} | {cost.wall_s / len(pages):.2f} "
        f"| {wanted - len(lost)} of {wanted} | {len(misses) - len(lost)} |"
    )


_PLACES = {ArtifactKind.HTML: Place.HTML, ArtifactKind.SCREENSHOT: Place.SCREENSHOT}


def bench_peers(names: Sequence[str] = ()) -> list[str]:
    """Runs each over the pages and gives the lines of a table; the misses go to standard error."""
    pages = [PAGES[name] for name in names] or ordinary_pages()
    if not (PEERS / ".ready-all").exists():
        sys.exit("Run deploy/peers.sh first.")
    # Browsers that their program leaves behind are ours to wait for, and count.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    env = environment(
        CHROMIUM=CHROMIUM, PLAYWRIGHT_BROWSERS_PATH=str(browsers_folder()), CHROMIUM_PATH=CHROMIUM,
        EGRESS_ALLOW="127.0.0.0/8, ::1", CAPTURE_SANDBOX="off",
    )  # fmt: skip
    lines = [
        f"{len(pages)} pages of the test site, each for one difficulty; one at a time, nobody in a sandbox:",
        "",
        "| program | CPU s a page | wall s a page | marks | other faults |",
        "| --- | --- | --- | --- | --- |",
    ]
    with site_beside() as site:
        for peer in ALL:
            with tempfile.TemporaryDirectory(prefix="hashkeep-peers-") as folder:
                out = Path(folder)
                cost = measure(peer.command([start_url(site, page) for page in pages], out), env)
                misses = asyncio.run(check(peer, site, pages, out))
            lines.append(row(peer, cost, pages, misses))
            print("\n".join(f"{peer.name}: {miss}" for miss in misses), file=sys.stderr)
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="names of pages; all ordinary ones if none is given")
    print("\n".join(bench_peers(parser.parse_args().pages)))
