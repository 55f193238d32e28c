"""Plays page.wacz back with the site gone: in pywb as a proxy, and in ReplayWeb.page's own player, in a real browser.

The programs are set up by `make test`, or by `deploy/peers.sh replay`.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from playwright.async_api import BrowserContext, Frame, ViewportSize
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
VIEWPORT: ViewportSize = {"width": 1280, "height": 800}

Opener = Callable[[Tab, Taken], Awaitable[Callable[[], Frame | None] | None]]


def check_set_up() -> None:
    """Raises AssertionError if the players are not there."""
    assert (PEERS / ".ready-replay").exists(), "pywb and ReplayWeb.page's player are missing: deploy/peers.sh replay"


async def play_in_pywb(takings: Sequence[Taken], folder: Path) -> list[Miss]:
    """All archives as one collection behind pywb's proxy; the browser opens the pages' own addresses."""
    takings, misses = _playable(takings, Place.REPLAY)
    if not takings:
        return misses
    async with _pywb(takings, folder) as proxy, viewer(proxy=proxy) as browser:
        context = await browser.new_context(viewport=VIEWPORT)

        async def open_page(tab: Tab, taken: Taken) -> None:
            await tab.goto(taken.result.url, wait_until="commit")

        return misses + await _look_at_all(context, takings, Place.REPLAY, open_page)


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
    takings, misses = _playable(takings, Place.PLAYER)
    package = PEERS / "player"
    files: dict[str, Answer | Callable[[Asked], Answer]] = {
        "/ui.js": Answer((package / "ui.js").read_bytes(), "text/javascript"),
        "/replay/sw.js": Answer((package / "sw.js").read_bytes(), "text/javascript"),
    }
    for taken in takings:
        archive = (taken.folder / "page.wacz").read_bytes()
        files[f"/{taken.page.name}.wacz"] = partial(_part_of, archive)
        files[f"/{taken.page.name}.html"] = Answer(_player_page(taken).encode())
    files["/register.html"] = Answer(_REGISTER.encode())
    async with serving(files) as site, viewer() as browser:
        context = await browser.new_context(viewport=VIEWPORT)
        # Beforehand and once: a page that the service worker does not control yet shows nothing.
        first = await context.new_page()
        await first.goto(site.url("/register.html"))
        await first.wait_for_function("window.isReady")

        async def open_page(tab: Tab, taken: Taken) -> Callable[[], Frame | None]:
            for _ in range(3):  # the player's first frame sometimes overtakes its service worker, and stays empty
                await tab.goto(site.url(f"/{taken.page.name}.html"))
                with suppress(AssertionError):
                    await until(partial(_has_begun, tab), "the archived page", 3)
                    break
            return partial(_played, tab)

        misses += await _look_at_all(context, takings, Place.PLAYER, open_page)
        known = {"/favicon.ico"}
        strange = {a.path for a in site.asked if a.path not in files and not a.path.startswith("/replay/")} - known
    return misses + [Miss("(all)", "player", f"{path} was asked of the real server") for path in sorted(strange)]


_REGISTER = """<!doctype html><title>Register</title><script>
  navigator.serviceWorker.register('/replay/sw.js', {scope: '/replay/'}).then(found => {
    const worker = found.installing ?? found.waiting ?? found.active;
    const look = () => window.isReady ||= worker.state === 'activated';
    worker.addEventListener('statechange', look);
    look();
  });</script>"""


def _main_url(taken: Taken) -> str:
    """Where the archive says that one should begin."""
    with zipfile.ZipFile(taken.folder / "page.wacz") as package:
        return str(json.loads(package.read("datapackage.json"))["mainPageUrl"])


def _player_page(taken: Taken) -> str:
    return (
        "<!doctype html><title>Replay</title><body style='margin:0'><script src='/ui.js'></script>"
        f"<replay-web-page source='/{taken.page.name}.wacz' url='{_main_url(taken)}' replayBase='/replay/'"
        " embed='replayonly' style='display:block;height:100vh'></replay-web-page>"
    )


def _played(tab: Tab) -> Frame | None:
    """The frame in which the archived page is."""
    return next((frame for frame in tab.frames if "mp_/" in frame.url), None)


async def _has_begun(tab: Tab) -> bool:
    return _played(tab) is not None


def _part_of(archive: bytes, asked: Asked) -> Answer:
    """The player reads an archive by ranges."""
    wanted = asked.headers.get("range", "")
    if not wanted.startswith("bytes="):
        return Answer(archive, "application/wacz", headers=(("Accept-Ranges", "bytes"),))
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start = int(first) if first else max(0, len(archive) - int(last))
    end = min(int(last), len(archive) - 1) if first and last else len(archive) - 1
    headers = (("Accept-Ranges", "bytes"), ("Content-Range", f"bytes {start}-{end}/{len(archive)}"))
    return Answer(archive[start : end + 1], "application/wacz", 206, headers)


def _playable(takings: Sequence[Taken], place: Place) -> tuple[list[Taken], list[Miss]]:
    """Those that are to come back, and a miss for each that has no archive."""
    wanted = [taken for taken in takings if taken.page.replays and any(marks(taken.page, place))]
    there = [taken for taken in wanted if taken.path(ArtifactKind.WACZ)]
    return there, [taken.miss(PLAYER_NAMES[place], "no archive") for taken in wanted if taken not in there]


async def _look_at_all(
    context: BrowserContext, takings: Sequence[Taken], place: Place, open_page: Opener
) -> list[Miss]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(taken: Taken) -> list[Miss]:
        async with gate:
            return await _look_at(context, taken, place, open_page)

    return [miss for found in await asyncio.gather(*map(one, takings)) for miss in found]


async def _look_at(context: BrowserContext, taken: Taken, place: Place, open_page: Opener) -> list[Miss]:
    player = PLAYER_NAMES[place]
    words, colours = marks(taken.page, place)
    tab = await context.new_page()
    try:
        tab.on("dialog", lambda dialog: dialog.dismiss())
        try:
            frame = await open_page(tab, taken)
            sight = await look_over(tab, words, colours, PATIENCE_S, frame)
        except PlaywrightError as error:
            return [taken.miss(player, str(error).splitlines()[0])]
        return [taken.miss(player, f"{mark.label} {mark.value}") for mark in sight.lacks([*words, *colours])]
    finally:
        await tab.close()


PLAYER_NAMES = {Place.REPLAY: "pywb", Place.PLAYER: "player"}
PLAYERS = {"pywb": play_in_pywb, "player": play_in_player}
