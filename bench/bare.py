"""The limit: bare Playwright, warm: load, scroll, full-page JPEG. `python -m bench.bare FOLDER AT_ONCE URL…`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser, async_playwright

_SCROLL = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight * 0.9) {
    scrollTo({top: y, behavior: 'instant'});
    await new Promise(done => setTimeout(done, 50));
  }
  scrollTo(0, 0);
}"""


async def shoot(
    browser: Browser, url: str, path: Path, before_end: Callable[[], Awaitable[object]] | None = None
) -> None:
    """One page: a full-page picture and nothing else. `before_end` is called while the page is still there."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    await page.goto(url, wait_until="load")
    await page.evaluate(_SCROLL)
    await page.screenshot(path=path, full_page=True, type="jpeg", quality=80)
    if before_end:
        await before_end()
    await context.close()


async def main(folder: Path, urls: list[str], at_once: int) -> None:
    gate = asyncio.Semaphore(at_once)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], chromium_sandbox=os.geteuid() != 0
        )

        async def one(n: int, url: str) -> None:
            async with gate:
                await shoot(browser, url, folder / f"{n}.jpg")

        await asyncio.gather(*(one(n, url) for n, url in enumerate(urls)))
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[3:], int(sys.argv[2])))
