"""An engine without a browser: what it does stands in the path of the address. For the pool's tests."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from capture.records import Artifact, ArtifactKind, CaptureError, CaptureOptions, CaptureRequest, CaptureResult, Verdict

Progress = Callable[[str], None]


class Connection:
    """As much of Playwright's browser as a worker asks for."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    def is_connected(self) -> bool:
        return self.process.returncode is None


class Browser:
    """A process of its own session that ends with its pipe, as Chromium does."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.playwright_browser = Connection(process)
        self.pid = process.pid


@asynccontextmanager
async def open_browser(options: CaptureOptions) -> AsyncIterator[Browser]:
    process = await asyncio.create_subprocess_exec(
        options.chromium_path, stdin=asyncio.subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield Browser(process)
    finally:
        process.kill()
        await process.wait()


async def capture(request: CaptureRequest, browser: Browser, progress: Progress | None = None) -> CaptureResult:
    if progress:
        progress("open")
    what = urlsplit(request.url).path.strip("/").split("/")
    return await globals()[f"do_{what[0]}"](request, browser, *what[1:])


def result(request: CaptureRequest, title: object = "", verdict: Verdict = Verdict.OK, **more: object) -> CaptureResult:
    (request.scratch / "text.md").write_text("words")
    artifact = Artifact(kind=ArtifactKind.TEXT, path="text.md", media_type="text/markdown", size_bytes=1)
    fields = {"artifacts": (artifact,), **more}
    return CaptureResult(url=request.url, verdict=verdict, title=str(title), **fields)  # type: ignore[arg-type]


async def do_ok(request: CaptureRequest, browser: Browser, *rest: str) -> CaptureResult:
    return result(request, os.getpid())


async def do_timeout(request: CaptureRequest, browser: Browser) -> CaptureResult:
    return result(request, os.getpid(), Verdict.TIMEOUT)


async def do_wait(request: CaptureRequest, browser: Browser, *rest: str) -> CaptureResult:
    """Tells that it runs and waits until it may go on."""
    told = request.scratch / "told"
    told.write_text(json.dumps([os.getpid(), browser.playwright_browser.process.pid]))
    told.rename(request.scratch / "running")
    while not (request.scratch / "go").exists():
        await asyncio.sleep(0.02)
    return result(request, os.getpid())


async def do_hang(request: CaptureRequest, browser: Browser) -> CaptureResult:
    while True:  # not even asyncio has a say any more
        pass


async def do_hog(request: CaptureRequest, browser: Browser, megabytes: str, *rest: str) -> CaptureResult:
    held = [os.urandom(1_000_000) for _ in range(int(megabytes))]
    await asyncio.sleep(60)
    return result(request, len(held))


async def do_crash(request: CaptureRequest, browser: Browser) -> CaptureResult:
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError("still alive")


async def do_raise(request: CaptureRequest, browser: Browser) -> CaptureResult:
    raise RuntimeError("the engine is broken")


async def do_lose(request: CaptureRequest, browser: Browser) -> CaptureResult:
    browser.playwright_browser.process.kill()
    await browser.playwright_browser.process.wait()
    return result(request)


async def do_print(request: CaptureRequest, browser: Browser) -> CaptureResult:
    print('{"id":1,"result":{"verdict":"ok"}}')
    os.write(1, b"stray words\n")
    await (await asyncio.create_subprocess_exec("echo", "of a child")).wait()
    return result(request, "printed")


async def do_flood(request: CaptureRequest, browser: Browser) -> CaptureResult:
    """Writes far more to the log than anybody reads."""
    for number in range(20_000):
        os.write(2, b"flood %d " % number + b"x" * 200 + b"\n")
    return result(request, "flooded")


async def do_garble(request: CaptureRequest, browser: Browser) -> CaptureResult:
    """Writes nonsense to the channel itself."""
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if os.readlink(link).startswith("socket:"):
                os.write(int(link.name), b"\x00not json\n")
    return result(request)


async def do_brood(request: CaptureRequest, browser: Browser, number: str) -> CaptureResult:
    """Leaves processes behind that have their own session and no parent of ours."""
    script = "import os,time\nif os.fork(): os._exit(0)\nos.setsid()\ntime.sleep(1000)"
    for _ in range(int(number)):
        await (await asyncio.create_subprocess_exec(sys.executable, "-c", script)).wait()
    return result(request)


async def do_swarm(request: CaptureRequest, browser: Browser, number: str) -> CaptureResult:
    """Starts many processes and waits."""
    started = [subprocess.Popen(["sleep", "1000"], start_new_session=True) for _ in range(int(number))]
    await asyncio.sleep(60)
    return result(request, len(started))


async def do_inherit(request: CaptureRequest, browser: Browser) -> CaptureResult:
    """Says what this process got."""
    open_files = []
    for name in os.listdir("/proc/self/fd"):
        try:
            open_files.append(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            continue
    told = {"environment": dict(os.environ), "files": open_files, "folder": os.getcwd(), "modules": sorted(sys.modules)}
    (request.scratch / "told.json").write_text(json.dumps(told))
    artifact = Artifact(kind=ArtifactKind.ORIGINAL, path="told.json", media_type="application/json", size_bytes=1)
    return result(request, os.getpid(), artifacts=(artifact,))


async def do_forge(request: CaptureRequest, browser: Browser, how: str) -> CaptureResult:
    """Names a file that is none of its own."""
    path = request.scratch / "page.html"
    if how == "symlink":
        path.symlink_to("/etc/passwd")
    elif how == "hardlink":
        (request.scratch / "other").write_text("x")
        path.hardlink_to(request.scratch / "other")
    elif how == "folder":
        path.mkdir()
    elif how == "fifo":
        os.mkfifo(path)
    name = {"outside": "../page.html", "absolute": "/etc/passwd"}.get(how, "page.html")
    artifact = Artifact(kind=ArtifactKind.HTML, path=name, media_type="text/html", size_bytes=1)
    return result(request, artifacts=(artifact,))


async def do_visit(request: CaptureRequest, browser: Browser, *rest: str) -> CaptureResult:
    """Asks the address itself for its page, and waits for as long as that takes."""
    assert request.proxy
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(request.proxy).port)
    writer.write(f"GET {request.url} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return result(request, os.getpid()) if answer else result(request, "nothing", Verdict.UNREACHABLE)


async def do_fetch(request: CaptureRequest, browser: Browser) -> CaptureResult:
    """One request through the proxy; the query is the address."""
    assert request.proxy
    url = urlsplit(request.url).query
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(request.proxy).port)
    writer.write(f"GET {url} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
    try:
        answer = await reader.read()
    except ConnectionResetError:
        answer = b""
    writer.close()
    if not answer:
        error = CaptureError(code="connection_lost", message="ERR_EMPTY_RESPONSE")
        return CaptureResult(url=request.url, final_url=url, verdict=Verdict.UNREACHABLE, error=error)
    return result(request, "fetched", final_url=url)
