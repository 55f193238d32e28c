"""Opens an offline copy in a browser without any boundary of ours, and tells what it asks for and what it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Dialog, async_playwright

from tests.hostile.lane import options

_WAIT_S = 0.25
"""For what starts late: a refresh of 0 s, an animation, a lazy picture."""


@dataclass
class Opened:
    """What an opened copy did."""

    asked: list[str] = field(default_factory=list)
    """Every address but the file's own and those that carry their content."""
    ran: list[str] = field(default_factory=list)
    """Every script that was compiled, and everything that only a script or a navigation can do."""
    text: str = ""


@asynccontextmanager
async def plain_browser() -> AsyncIterator[Browser]:
    """Chromium as a person has it: scripts on, no proxy, no policy."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=options().chromium_path,
            chromium_sandbox=options().sandbox,
        )
        try:
            yield browser
        finally:
            await browser.close()


async def opened(browser: Browser, file: Path) -> Opened:
    """Opens the file, moves over it, focuses and clicks nothing; waits a moment."""
    found = Opened()
    own = file.absolute().as_uri()
    context = await browser.new_context()
    page = await context.new_page()
    session = await context.new_cdp_session(page)

    def asked(event: dict[str, Any]) -> None:
        url = str(event.get("request", {}).get("url") or event.get("url", ""))
        if url != own and not url.startswith(("data:", "blob:")):
            found.asked.append(url[:200])

    def compiled(event: dict[str, Any]) -> None:
        if event.get("url"):  # the driver's own have none
            found.ran.append(f"script {event['url'][:80]} of {event.get('length')} characters")

    async def dialog(shown: Dialog) -> None:
        found.ran.append(f"dialog {shown.message}")
        await shown.dismiss()

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.webSocketCreated", asked)
    session.on("Debugger.scriptParsed", compiled)
    session.on("Debugger.scriptFailedToParse", compiled)
    for domain in ("Network", "Debugger", "Page"):
        await session.send(f"{domain}.enable")
    page.on("dialog", dialog)
    page.on("console", lambda message: found.ran.append(f"console {message.text[:200]}"))
    page.on("popup", lambda popup: found.ran.append(f"popup {popup.url}"))
    page.on("download", lambda download: found.ran.append(f"download {download.url}"))
    try:
        await page.goto(own)
        await page.mouse.move(30, 30)
        await asyncio.sleep(_WAIT_S)
        if page.url != own:
            found.ran.append(f"went to {page.url}")
        found.text = await page.inner_text("body") if await page.locator("body").count() else ""
    finally:
        await context.close()
    return found
