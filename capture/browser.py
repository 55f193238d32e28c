"""Chromium: how it is started, found by its own DevTools port, and ended whatever it does."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Playwright, async_playwright

from capture.records import CaptureOptions

log = logging.getLogger(__name__)

START_TIMEOUT_S = 20.0
CALL_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 4.0

FLAGS = (
    # A second DevTools listener beside Playwright's pipe, on loopback: the recorder's own connection.
    "--remote-debugging-port=0",
    # WebRTC would go round the proxy. The headless shell honours the first spelling only, the full browser the second.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    # With a proxy Chromium resolves nothing itself; WebRTC would still try to.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--no-pings",
    # No window but the page's own: two hundred of them leave its picture no time. Only the headless shell knows it.
    "--block-new-web-contents",
    # Bounds the JavaScript heap; the memory of the whole tree is bounded by the supervisor.
    "--js-flags=--max-old-space-size=512",
)
UNWANTED_FLAGS = ["--disable-popup-blocking", "--disable-ipc-flooding-protection", "--enable-unsafe-swiftshader"]
"""Playwright's defaults that help a test and a hostile page alike."""

KEPT_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH")
"""Chromium inherits only these: what the process knows otherwise is none of a page's business."""


@dataclass(frozen=True)
class Browser:
    """A running Chromium."""

    playwright_browser: PlaywrightBrowser
    endpoint: str
    """WebSocket address of its own DevTools port, on loopback."""
    pid: int
    user_agent: str
    """What pages are told: that of the ordinary browser, as the headless one is refused by many sites."""


@asynccontextmanager
async def open_browser(options: CaptureOptions) -> AsyncIterator[Browser]:
    """Starts Chromium and ends it at the end, by force if it does not listen.

    It resolves no names: that is the proxy's work. Raises playwright's Error, TimeoutError or OSError if it does not
    start.
    """
    playwright = await async_playwright().start()
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            started = await _launch(playwright, options)
        try:
            yield started
        finally:
            await _end(started)
    finally:
        with suppress(TimeoutError, PlaywrightError):
            await asyncio.wait_for(playwright.stop(), CLOSE_TIMEOUT_S)


async def _launch(playwright: Playwright, options: CaptureOptions) -> Browser:
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    browser = await playwright.chromium.launch(
        executable_path=options.chromium_path,
        chromium_sandbox=options.sandbox,
        args=list(FLAGS),
        ignore_default_args=UNWANTED_FLAGS,
        env={**environment, "LANG": "C.UTF-8"},
        timeout=START_TIMEOUT_S * 1000,
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
    )
    try:
        session = await browser.new_browser_cdp_session()
        processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
        pid = int(next(process["id"] for process in processes if process["type"] == "browser"))
        endpoint = await _endpoint(pid)
    except BaseException:
        await browser.close()
        raise
    major = browser.version.split(".")[0]
    agent = f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
    return Browser(playwright_browser=browser, endpoint=endpoint, pid=pid, user_agent=agent)


async def _endpoint(pid: int) -> str:
    """The address that Chromium wrote into its profile folder, whose name stands in its command line."""
    words = await asyncio.to_thread(_command_line, pid)
    prefix = "--user-data-dir="
    profile = next((word.removeprefix(prefix) for word in words if word.startswith(prefix)), None)
    if profile is None:
        raise OSError(f"Chromium ({pid}) runs without a profile folder")
    path = Path(profile) / "DevToolsActivePort"
    while len(lines := _lines(path)) < 2:  # bounded by the caller's time
        await asyncio.sleep(0.01)
    return f"ws://127.0.0.1:{int(lines[0])}{lines[1].strip()}"


def _lines(path: Path) -> list[str]:
    """Of a file that may not be there yet, or be there and still empty."""
    return path.read_text().split("\n") if path.exists() else []


def _command_line(pid: int) -> list[str]:
    if Path("/proc/self/cmdline").exists():
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    listed = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return listed.stdout.split()


async def _end(browser: Browser) -> None:
    """Closes Chromium; one that hangs is killed with its process group (Playwright starts it as the leader of one)."""
    try:
        await asyncio.wait_for(browser.playwright_browser.close(), CLOSE_TIMEOUT_S)
    except (TimeoutError, PlaywrightError):
        log.warning("Chromium (%d) did not close and is killed", browser.pid)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(browser.pid, signal.SIGKILL)


_DRAWN = """text => {
  const draw = character => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 64;
    const pen = canvas.getContext('2d');
    pen.font = '40px sans-serif';
    pen.fillText(character, 4, 48);
    return canvas.toDataURL();
  };
  const none = draw(' '), missing = new Set([draw('\\u{10FFFD}'), draw('\\u{E0FFF}'), draw('\\u0378')]);
  return [...text].every(character => !missing.has(draw(character)) && draw(character) !== none);
}"""


async def glyphs_rendered(browser: Browser, text: str) -> bool:
    """Whether each character of the text has a picture of its own, and not the box of a missing one."""
    async with asyncio.timeout(CALL_TIMEOUT_S * 2):
        page = await browser.playwright_browser.new_page()
        try:
            return bool(await page.evaluate(_DRAWN, text))
        finally:
            await page.close()
