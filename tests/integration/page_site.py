"""A tiny web site for tests of what a page loads: exact bytes out, every request noted, any host of 127.0.0.0/8."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, async_playwright

CHROMIUM = os.environ.get("CHROMIUM_PATH", "/usr/lib/chromium/chromium-headless-shell")


@dataclass(frozen=True)
class Reply:
    """What a path answers. `hang`: after the body the connection stays open without an end."""

    body: bytes = b""
    type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    hang: bool = False


@dataclass
class Site:
    """A running site; `asked` holds (method, path with query, body) of every request that came."""

    pages: dict[str, Reply]
    port: int = 0
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.split("\r\n")
            method, target, _ = first.split(" ")
            lengths = [line.partition(":")[2] for line in lines if line.lower().startswith("content-length:")]
            body = await reader.readexactly(int(lengths[0])) if lengths else b""
            self.asked.append((method, target, body))
            reply = self.pages.get(target) or self.pages.get(target.partition("?")[0]) or Reply(b"no", status=404)
            writer.write(self._head(reply) + reply.body.replace(b"{PORT}", str(self.port).encode()))
            await writer.drain()
            if reply.hang:
                await self.stopping.wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the browser went away
        finally:
            writer.close()

    def _head(self, reply: Reply) -> bytes:
        lines = [f"HTTP/1.1 {reply.status} Whatever", f"Content-Type: {reply.type}", "Connection: close"]
        lines += [f"{name}: {value.replace('{PORT}', str(self.port))}" for name, value in reply.headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@asynccontextmanager
async def serving(pages: Mapping[str, Reply | str | bytes]) -> AsyncIterator[Site]:
    """A site with those paths; a str or bytes is an HTML page. `{PORT}` in bodies and headers is filled in."""
    site = Site({path: _reply(page) for path, page in pages.items()})
    server = await asyncio.start_server(site.answer, "0.0.0.0")
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        try:
            yield site
        finally:
            site.stopping.set()


def _reply(page: Reply | str | bytes) -> Reply:
    if isinstance(page, Reply):
        return page
    return Reply(page.encode() if isinstance(page, str) else page)


@asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[tuple[Browser, str]]:
    """A browser, and the address of its own DevTools port."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--remote-debugging-port=0", *flags], chromium_sandbox=False
        )
        try:
            yield browser, await _endpoint()
        finally:
            await browser.close()


async def _endpoint() -> str:
    async with asyncio.timeout(30):
        while True:
            for process in Path("/proc").glob("[0-9]*"):
                if found := _endpoint_of(process):
                    return found
            await asyncio.sleep(0.01)


def _endpoint_of(process: Path) -> str | None:
    try:
        words = (process / "cmdline").read_bytes().decode().split("\0")
        folder = next((w.partition("=")[2] for w in words if w.startswith("--user-data-dir=")), None)
        if not folder or any(w.startswith("--type=") for w in words) or not _is_ours(int(process.name)):
            return None
        port, path = (Path(folder) / "DevToolsActivePort").read_text().split()
    except (OSError, ValueError):
        return None
    return f"ws://127.0.0.1:{port}{path}"


def _is_ours(pid: int) -> bool:
    while pid > 1 and pid != os.getpid():
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return pid == os.getpid()
