"""Pages behind another proxy, and pages with listed hosts, opened in the browser as a person shares them."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from unittest.mock import patch

import pytest_asyncio

from bot.verdicts import sentence
from bot.words import words
from capture.address import AddressRule
from capture.egress_blocklist import Blocklist
from capture.egress_dns import Resolver
from capture.egress_next_hop import parse_next_hop
from capture.pool import CapturePool, PoolSettings
from capture.records import CaptureOptions, CaptureRequest, CaptureResult, Verdict
from hashkeep.chromium import find_chromium
from hashkeep.settings import Settings
from tests.harness import processes_below
from tests.next_hops import Hop, running_hop
from tests.unit.bot_factories import capture as view

PUBLIC = "93.184.216.34"
LISTED = Blocklist(["ads.example", "track.example", "clicks.example", "loop.example"])
PAGES = {
    "/page": """<!doctype html><title>A page</title><h1>A page</h1><p>With words, and a tracker.</p>
        <img src="/own.svg"><img src="http://ads.example/pixel.svg"><img src="https://track.example/pixel.svg">""",
    "/inside": """<!doctype html><title>Curious</title><h1>Curious</h1><p>It looks about.</p>
        <img src="http://10.0.0.1/"><img src="http://127.0.0.1/"><img src="http://inside.example/">""",
    # From loopback, which a browser trusts enough to ask the person at all.
    "/asks": """<!doctype html><title>not yet</title><h1>Asks</h1><p>For all that a page can ask for.</p><script>
        (async () => {
          const said = {};
          for (const name of ["geolocation", "notifications", "camera", "microphone", "midi", "clipboard-read",
              "persistent-storage", "local-fonts", "idle-detection", "window-management"])
            said[name] = await navigator.permissions.query({name}).then(p => p.state, e => "none");
          said.asked = await Notification.requestPermission();
          const answered = [() => "yes", () => "no"];
          said.placed = await new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, no))
            .then(...answered);
          said.filmed = await navigator.mediaDevices.getUserMedia({video: true, audio: true}).then(...answered);
          said.kept = await navigator.storage.persist();
          document.title = JSON.stringify(said);
        })();</script>""",
    "/own.svg": "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90'><rect width='90' height='90'/></svg>",
}
REDIRECTS = {
    "/short": "http://track.example/step",
    "/step": "http://clicks.example/last",
    "/last": "http://news.example/page",
    "/loop": "http://loop.example/loop",
}


def look_up(host: str) -> tuple[str, ...]:
    return ("10.0.0.1",) if host == "inside.example" else (PUBLIC,)


def what_processes_were_told() -> dict[int, bytes]:
    found = {}
    for pid in processes_below(os.getpid()):
        with suppress(OSError):
            found[pid] = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
    return found


class World:
    """Every name of the public web leads to one small site, through a next hop and by no other way."""

    def __init__(self, hop: Hop, pool: CapturePool, folder: Path) -> None:
        self.hop = hop
        self.port = 0
        self.told: dict[int, bytes] = {}
        """By process, while a page loaded: environment and command line."""
        self.asked: list[str] = []
        self._pool = pool
        self._folder = folder
        self._number = 0

    async def take(self, url: str) -> CaptureResult:
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir()
        chromium = str(find_chromium(Settings(_env_file=None)))
        request = CaptureRequest(
            capture_id=str(self._number), url=url, scratch=folder, deadline_s=60,
            options=CaptureOptions(chromium_path=chromium),
        )  # fmt: skip
        return await self._pool.capture(request)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                path = head.split(" ")[1]
                host = next(line[6:] for line in head.split("\r\n") if line.startswith("Host: "))
                self.asked.append(f"{host}{path}")
                if path == "/own.svg":
                    self.told = what_processes_were_told()
                kind = "image/svg+xml" if path.endswith(".svg") else "text/html"
                more = f"Location: {REDIRECTS[path]}\r\n" if path in REDIRECTS else ""
                body = PAGES.get(path, "").encode()
                status = "302 Found" if more else "200 OK" if body else "404 Not Found"
                words = f"HTTP/1.1 {status}\r\n{more}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(words.encode() + body)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def running(folder: Path, kind: str) -> AsyncIterator[World]:
    (folder / "scratch").mkdir()
    worlds: list[World] = []
    server = await asyncio.start_server(lambda r, w: worlds[0].serve(r, w), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running_hop("http" if kind == "http" else "socks5", port, ("me", "secret-word")) as hop:
        settings = PoolSettings(
            1, "spawn", folder / "scratch", AddressRule(f"127.0.0.1:{port}"), blocked=LISTED,
            next_hop=parse_next_hop(hop.address("me:secret-word")),
        )  # fmt: skip
        with patch("capture.pool.Resolver", lambda threads: Resolver(threads, look_up)):
            pool = CapturePool(settings)
        async with pool:
            worlds.append(World(hop, pool, folder))
            worlds[0].port = port
            yield worlds[0]
    server.close()


@pytest_asyncio.fixture(params=["http", "socks5"])
async def world(tmp_path: Path, request: object) -> AsyncIterator[World]:
    async with running(tmp_path, getattr(request, "param", "http")) as there:
        yield there


async def test_a_machine_without_a_direct_way_keeps_pages(world: World) -> None:
    page = await world.take("http://news.example/page")
    assert (page.verdict, page.title) == (Verdict.OK, "A page")
    assert "news.example/own.svg" in world.asked
    assert {place.split(":")[0] for place in world.hop.asked} == {PUBLIC}
    assert len(world.told) >= 4, "supervisor, worker, driver, browser"
    assert not [pid for pid, words in world.told.items() if b"secret-word" in words]
    # The trackers: refused, counted, and no refusal of policy.
    assert page.denied == 0
    assert [note for note in page.notes if note.startswith("blocklist:")] == ["blocklist:2"]
    assert not [asked for asked in world.asked if asked.startswith(("ads.", "track."))]

    curious = await world.take("http://news.example/inside")
    assert (curious.verdict, curious.denied) == (Verdict.OK, 3)
    assert not [place for place in world.hop.asked if not place.startswith(PUBLIC)]

    world.hop.mood = "hangs_up"
    lost = await world.take("http://news.example/page")
    assert (lost.verdict, lost.error and lost.error.code) == (Verdict.UNREACHABLE, "next_hop_silent")
    assert told(lost) == ("The proxy through which this bot opens pages does not answer.",
                          "机器人打开网页所用的代理没有回应。")  # fmt: skip
    world.hop.mood = "refuses"
    lost = await world.take("https://news.example/page")
    assert told(lost) == ("The proxy through which this bot opens pages refuses news.example.",
                          "机器人打开网页所用的代理拒绝访问 news.example。")  # fmt: skip


async def test_a_listed_host_that_a_person_shares_is_opened(tmp_path: Path) -> None:
    async with running(tmp_path, "http") as world:
        page = await world.take("http://ads.example/page")
        assert (page.verdict, page.title) == (Verdict.OK, "A page")
        assert "blocklist:1" in page.notes, "the other tracker is none that was shared"

        # As in a newsletter, whose links lead over those who count the clicks.
        page = await world.take("http://news.example/short")
        assert (page.verdict, page.final_url) == (Verdict.OK, "http://news.example/page")
        assert [step.url for step in page.redirects][1:] == ["http://track.example/step", "http://clicks.example/last"]
        assert "blocklist:1" in page.notes, "those it led over are open in this capture, others are not"

        circle = await world.take("http://news.example/loop")
        assert (circle.verdict, circle.error and circle.error.code) == (Verdict.UNREACHABLE, "too_many_redirects")


async def test_whatever_a_page_asks_for_it_is_denied(tmp_path: Path) -> None:
    async with running(tmp_path, "http") as world:
        page = await world.take(f"http://127.0.0.1:{world.port}/asks")
    assert page.title
    said = json.loads(page.title)
    assert said.pop("kept") is False
    assert set(said.values()) <= {"denied", "no", "none"}, said
    assert (said["asked"], said["placed"], said["filmed"], said["geolocation"]) == ("denied", "no", "no", "denied")


def told(result: CaptureResult) -> tuple[str, ...]:
    """What the person in the chat reads."""
    assert result.error
    shown = view(result.verdict.value, (), error_code=result.error.code, http_status=None)
    lines = (sentence(shown, "news.example", words(language)) for language in ("en", "zh"))
    return tuple("".join(piece if isinstance(piece, str) else piece.text for piece in line) for line in lines)
