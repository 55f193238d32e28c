"""The worker pool with the real engine: Chromium's only way out is the proxy, and it ends with whoever is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest

from capture.address import AddressRule
from capture.pool import CapturePool, PoolSettings, WorkerDied
from capture.records import ArtifactKind, CaptureOptions, CaptureRequest, CaptureResult, Verdict
from hashkeep.chromium import find_chromium
from hashkeep.settings import Settings
from tests.harness import ROOT, Site, alive, environment, processes_below, running_site, until
from tests.kills import GONE_WITHIN_S, below_us

METHODS: list[Literal["spawn", "forkserver", "fork"]] = ["spawn", "forkserver", "fork"]


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@asynccontextmanager
async def inside() -> AsyncIterator[list[str]]:
    """A server that no page may reach, and what reached it all the same."""
    reached: list[str] = []

    def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(str(writer.get_extra_info("peername")))
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.2", 0)
    reached_at = server.sockets[0].getsockname()[1]
    reached.append(f"127.0.0.2:{reached_at}")  # where it is, for the page
    try:
        yield reached
    finally:
        server.close()


def options() -> CaptureOptions:
    chromium = find_chromium(Settings(_env_file=None))  # type: ignore[call-arg]
    return CaptureOptions(chromium_path=str(chromium))


@asynccontextmanager
async def pool(
    tmp_path: Path, method: Literal["spawn", "forkserver", "fork"] = "spawn", memory_bytes: int = 1_500_000_000
) -> AsyncIterator[CapturePool]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    settings = PoolSettings(2, method, scratch, AddressRule("127.0.0.1"), memory_bytes=memory_bytes)
    async with CapturePool(settings) as running:
        yield running


async def take(running: CapturePool, url: str, folder: Path, deadline_s: float = 30) -> CaptureResult:
    folder.mkdir()
    return await running.capture(
        CaptureRequest(capture_id="1", url=url, scratch=folder, deadline_s=deadline_s, options=options())
    )


async def ended(pids: dict[int, str]) -> None:
    async def look() -> bool:
        return not alive(pids)

    await until(look, f"the end of {alive(pids)}", timeout_s=GONE_WITHIN_S)


async def opened(site: Site, path: str) -> None:
    async def look() -> bool:
        return path in site.hits

    await until(look, f"{path} to be opened", 20)


@pytest.mark.parametrize("method", METHODS)
async def test_two_pages_with_one_warm_browser(tmp_path: Path, site: Site, method: Literal["spawn"]) -> None:
    async with pool(tmp_path, method) as running:
        first = await take(running, site.page("/one", "One"), tmp_path / "1")
        second = await take(running, site.page("/two", "Two"), tmp_path / "2")
    assert (first.verdict, first.title, second.verdict, second.title) == (Verdict.OK, "One", Verdict.OK, "Two")
    shot = first.artifact(ArtifactKind.SCREENSHOT)
    assert shot
    assert shot.size_bytes == (tmp_path / "1" / shot.path).stat().st_size > 0
    assert first.bytes_down >= len(site.pages["/one"][2])


async def test_a_page_reaches_nothing_inside(tmp_path: Path, site: Site) -> None:
    async with inside() as reached, pool(tmp_path) as running:
        there = reached.pop()
        ways = f"""<img src="http://{there}/img"><iframe src="http://{there}/frame"></iframe>
            <link rel=stylesheet href="https://{there}/css"><link rel=preconnect href="http://{there}">
            <img src="/redirect"><script>
              fetch("http://{there}/fetch", {{mode: "no-cors"}}).catch(() => 0);
              navigator.sendBeacon("http://{there}/beacon", "x");
              try {{ new WebSocket("ws://{there}/socket") }} catch (e) {{}}
              new EventSource("http://{there}/events");
              new Worker(URL.createObjectURL(new Blob(['fetch("http://{there}/worker").catch(() => 0)'])));
              try {{ const peer = new RTCPeerConnection({{iceServers: [{{urls: "stun:{there}"}}]}});
                peer.createDataChannel("x"); peer.createOffer().then(o => peer.setLocalDescription(o)) }} catch (e) {{}}
            </script>"""
        result = await take(running, site.page("/ways", "Ways in", ways), tmp_path / "1")
        assert result.verdict is Verdict.OK
        assert result.denied >= 6
        assert reached == []


async def test_a_page_that_cannot_be_fetched_says_why(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        closed = unused.getsockname()[1]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"GET /redirect " in await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:81/\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    here = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    expected = {
        f"{here}/redirect": ("refused", "private_address"),
        f"{here}/hangs-up": ("unreachable", "connection_lost"),
        f"http://127.0.0.1:{closed}/": ("unreachable", "connection_refused"),
        f"https://127.0.0.1:{closed}/": ("unreachable", "connection_refused"),
        "http://nothing.invalid/": ("unreachable", "no_such_host"),
        "https://nothing.invalid/": ("unreachable", "no_such_host"),
        "https://127.0.0.2:82/": ("refused", "private_address"),
    }
    found = {}
    async with pool(tmp_path) as running:
        for number, url in enumerate(expected):
            result = await take(running, url, tmp_path / str(number))
            assert not result.artifacts
            found[url] = (result.verdict.value, result.error.code if result.error else None)
    server.close()
    assert found == expected


@pytest.mark.parametrize(
    ("who", "method"),
    [
        *[("supervisor", method) for method in METHODS],
        ("worker", "spawn"),
    ],
)
async def test_whoever_is_killed_the_rest_ends_and_the_next_page_is_captured(
    tmp_path: Path, site: Site, method: Literal["spawn"], who: str
) -> None:
    site.page("/held", "Held")
    gate = site.hold("/held")
    async with pool(tmp_path, method) as running:
        capture = asyncio.create_task(take(running, site.url("/held"), tmp_path / "1"))
        await opened(site, "/held")
        below = below_us()
        # The topmost of its kind; a forked worker has its parent's command line.
        ours = sorted(pid for pid, words in below.items() if "-m capture." in words)
        os.kill({"supervisor": ours[0], "worker": ours[-1]}[who], signal.SIGKILL)
        with pytest.raises(WorkerDied):
            await capture
        gate.set()
        supervised = {pid: words for pid, words in below.items() if pid not in ours or pid == ours[-1]}
        await ended(below if who == "supervisor" else supervised)
        assert (await take(running, site.page("/next", "Next"), tmp_path / "2")).title == "Next"


@pytest.mark.parametrize("method", METHODS)
async def test_nothing_outlives_a_killed_main_process(tmp_path: Path, site: Site, method: str) -> None:
    site.page("/held", "Held")
    site.hold("/held")
    (tmp_path / "capture").mkdir()
    (tmp_path / "scratch").mkdir()
    request = CaptureRequest(
        capture_id="1", url=site.url("/held"), scratch=tmp_path / "capture", deadline_s=30, options=options()
    )
    program = textwrap.dedent("""
        import asyncio, json, sys
        from pathlib import Path
        from capture.address import AddressRule
        from capture.pool import CapturePool, PoolSettings
        from capture.records import CaptureRequest

        async def main(told):
            settings = PoolSettings(1, told["method"], Path(told["scratch"]), AddressRule("127.0.0.1"))
            async with CapturePool(settings) as pool:
                await pool.capture(CaptureRequest.model_validate(told["request"]))

        asyncio.run(main(json.loads(sys.argv[1])))
    """)
    told = {"method": method, "scratch": str(tmp_path / "scratch"), "request": request.model_dump(mode="json")}
    main = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, json.dumps(told), cwd=ROOT, env=environment()
    )
    await opened(site, "/held")
    below = processes_below(main.pid)
    assert any("headless-shell" in words for words in below.values())
    main.kill()
    await main.wait()
    await ended(below)
    assert not list((tmp_path / "scratch").glob("workers-*/*/*/tmp/*")), "the browser's profile lies around"


async def test_a_page_that_eats_memory_ends_alone(tmp_path: Path, site: Site) -> None:
    hog = site.page("/hog", "Hog", "<script>const a=[]; for(;;) a.push(new Uint8Array(5e7).fill(1))</script>")
    # A browser with an ordinary page holds 350 MB. The hog has to pass the limit before its scripts are stopped (4 s).
    async with pool(tmp_path, memory_bytes=700_000_000) as running:
        good = asyncio.create_task(take(running, site.page("/good", "Good"), tmp_path / "1"))
        try:
            ended_as = (await take(running, hog, tmp_path / "2", 25)).verdict.value
        except WorkerDied as death:
            ended_as = death.reason
        assert ended_as == "memory"
        assert (await good).verdict is Verdict.OK
