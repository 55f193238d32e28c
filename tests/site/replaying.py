"""Plays page.wacz back with the site gone: in pywb as a proxy, and in ReplayWeb.page's own player, in a real browser.

The programs are set up by deploy/peers.sh.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from playwright.async_api import Browser, Frame
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page as Tab

from capture.records import ArtifactKind
from tests.harness import ROOT, environment, until
from tests.site.checks import Miss, Taken, marks
from tests.site.page import Place
from tests.site.server import Answer, Asked, serving
from tests.site.taking import viewer
from tests.site.viewing import look_over

PEERS = ROOT / ".local" / "peers"
PATIENCE_S = 6.0
"""A page that is played back has so long to get everything into sight."""
AT_ONCE = 2

Opener = Callable[[Tab, Taken], Awaitable[Callable[[], Frame | None] | None]]


def is_set_up() -> bool:
    """Whether deploy/peers.sh has run."""
    return (PEERS / ".ready").exists()


async def play_in_pywb(takings: Sequence[Taken], folder: Path) -> list[Miss]:
    """All archives as one collection behind pywb's proxy; the browser opens the pages' own addresses."""
    takings, misses = _playable(takings, "pywb")
    if not takings:
        return misses
    async with _pywb(takings, folder) as proxy, viewer(proxy=proxy) as browser:

        async def open_page(tab: Tab, taken: Taken) -> None:
            await tab.goto(taken.result.url, wait_until="commit")

        return misses + await _look_at_all(browser, takings, "pywb", open_page)


@asynccontextmanager
async def _pywb(takings: Sequence[Taken], folder: Path) -> AsyncIterator[str]:
    """A running pywb; gives its address as a proxy."""
    home = folder / "pywb"
    home.mkdir()
    archives = []
    for taken in takings:
        archives.append(home / f"{taken.page.name}.wacz")
        shutil.copy(taken.folder / "page.wacz", archives[-1])
    await _run(home, "wb-manager", "init", "site")
    await _run(home, "wb-manager", "add", "--unpack-wacz", "site", *map(str, archives))
    port = _free_port()
    with (home / "log.txt").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            PEERS / "venv/bin/wayback", "-b", "127.0.0.1", "-p", str(port), "-t", "8", "--proxy", "site",
            cwd=home, env=environment(), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            await until(partial(_listens, port), "pywb", 20)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            await process.wait()


async def _run(folder: Path, name: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        PEERS / "venv/bin" / name, *arguments,
        cwd=folder, env=environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def play_in_player(takings: Sequence[Taken], folder: Path) -> list[Miss]:
    """Each archive in `<replay-web-page>`, as somebody would embed it."""
    takings, misses = _playable(takings, "player")
    package = PEERS / "node/node_modules/replaywebpage"
    files: dict[str, Answer | Callable[[Asked], Answer]] = {
        "/ui.js": Answer((package / "ui.js").read_bytes(), "text/javascript"),
        "/replay/sw.js": Answer((package / "sw.js").read_bytes(), "text/javascript"),
    }
    for taken in takings:
        archive = (taken.folder / "page.wacz").read_bytes()
        files[f"/{taken.page.name}.wacz"] = partial(_part_of, archive)
        files[f"/{taken.page.name}.html"] = Answer(_player_page(taken).encode())
    async with serving(files) as site, viewer() as browser:

        async def open_page(tab: Tab, taken: Taken) -> Callable[[], Frame | None]:
            await tab.goto(site.url(f"/{taken.page.name}.html"))
            return partial(_played, tab)

        misses += await _look_at_all(browser, takings, "player", open_page)
        known = {"/ui.js", "/replay/sw.js", "/favicon.ico"}
        strange = {a.path for a in site.asked if a.path not in files and not a.path.startswith("/replay/")} - known
    return misses + [Miss("(all)", "player", f"{path} was asked of the real server") for path in sorted(strange)]


def _player_page(taken: Taken) -> str:
    return (
        "<!doctype html><title>Replay</title><body style='margin:0'><script src='/ui.js'></script>"
        f"<replay-web-page source='/{taken.page.name}.wacz' url='{taken.result.final_url}' replayBase='/replay/'"
        " embed='replayonly' style='display:block;height:100vh'></replay-web-page>"
    )


def _played(tab: Tab) -> Frame | None:
    """The frame in which the archived page is."""
    return next((frame for frame in tab.frames if "mp_/" in frame.url), None)


def _part_of(archive: bytes, asked: Asked) -> Answer:
    """The player reads an archive by ranges."""
    wanted = asked.headers.get("range", "")
    if not wanted.startswith("bytes="):
        return Answer(archive, "application/wacz", headers=(("Accept-Ranges", "bytes"),))
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start = int(first) if first else len(archive) - int(last)
    end = min(int(last), len(archive) - 1) if first and last else len(archive) - 1
    headers = (("Accept-Ranges", "bytes"), ("Content-Range", f"bytes {start}-{end}/{len(archive)}"))
    return Answer(archive[start : end + 1], "application/wacz", 206, headers)


def _playable(takings: Sequence[Taken], player: str) -> tuple[list[Taken], list[Miss]]:
    """Those that are to come back, and a miss for each that has no archive."""
    wanted = [taken for taken in takings if taken.page.replays and any(marks(taken.page, Place.REPLAY))]
    there = [taken for taken in wanted if taken.path(ArtifactKind.WACZ)]
    return there, [taken.miss(player, "no archive") for taken in wanted if taken not in there]


async def _look_at_all(browser: Browser, takings: Sequence[Taken], player: str, open_page: Opener) -> list[Miss]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(taken: Taken) -> list[Miss]:
        async with gate:
            return await _look_at(browser, taken, player, open_page)

    return [miss for found in await asyncio.gather(*map(one, takings)) for miss in found]


async def _look_at(browser: Browser, taken: Taken, player: str, open_page: Opener) -> list[Miss]:
    words, colours = marks(taken.page, Place.REPLAY)
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        tab = await context.new_page()
        tab.on("dialog", lambda dialog: dialog.dismiss())
        try:
            frame = await open_page(tab, taken)
            sight = await look_over(tab, words, colours, PATIENCE_S, frame)
        except PlaywrightError as error:
            return [taken.miss(player, str(error).splitlines()[0])]
        return [taken.miss(player, f"{mark.label} {mark.value}") for mark in sight.lacks([*words, *colours])]
    finally:
        await context.close()


PLAYERS = {"pywb": play_in_pywb, "player": play_in_player}
