"""Takes captures of the pages with the real engine, as a worker does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser as ViewerBrowser
from playwright.async_api import async_playwright

from capture.address import AddressRule
from capture.browser import Browser, open_browser
from capture.egress import EgressProxy
from capture.engine import capture
from capture.records import CaptureOptions, CaptureRequest, Verdict
from tests.site import Page, Site, serving, site_files
from tests.site.checks import Miss, Taken, check_all, start_url
from tests.site.sameness import check_same

CHROMIUM = os.environ.get("CHROMIUM_PATH", "/usr/lib/chromium/chromium-headless-shell")
DEADLINE_S = 60.0


@dataclass
class Studio:
    """A running site, and a browser that looks at what came of it."""

    site: Site
    viewer: ViewerBrowser
    folder: Path
    options: CaptureOptions

    async def take(self, page: Page, browser: Browser, name: str = "") -> Taken:
        """One capture, through the proxy that every capture goes through, in a folder of that name."""
        scratch = self.folder / (name or page.name)
        scratch.mkdir()
        self.site.forget(page.name)
        async with EgressProxy(AddressRule("127.0.0.0/8, ::1")) as proxy:
            request = CaptureRequest(
                capture_id=page.name,
                url=start_url(self.site, page),
                scratch=scratch,
                deadline_s=DEADLINE_S,
                proxy=proxy.url,
                options=self.options,
            )
            result = await capture(request, browser)
        return Taken(page, result, scratch, tuple(self.site.asked_of(page.name)), self.site.hosts)

    async def take_all(
        self, pages: Sequence[Page], at_once: int = 2, *, twice: bool = False
    ) -> list[tuple[Taken, list[Miss]]]:
        """Takes and checks pages side by side; gives them in their order.

        With `twice`, a second capture of each is held against the first.
        """
        waiting = list(reversed(pages))
        ended: dict[str, tuple[Taken, list[Miss]]] = {}

        async def work() -> None:
            # As in a worker, a browser makes one capture at a time, and none after it was lost.
            while waiting:
                async with open_browser(self.options) as browser:
                    lost = False
                    while waiting and not lost:
                        taken = await self.take(waiting.pop(), browser)
                        lost = taken.result.verdict is Verdict.CRASHED
                        misses = await check_all(taken, self.viewer)
                        if twice and not lost:
                            again = await self.take(taken.page, browser, f"{taken.page.name}.again")
                            misses += check_same(taken, again)
                        ended[taken.page.name] = taken, misses

        await asyncio.gather(*(work() for _ in range(at_once)))
        return [ended[page.name] for page in pages]


@asynccontextmanager
async def viewer(*flags: str, proxy: str | None = None) -> AsyncIterator[ViewerBrowser]:
    """A plain browser to look at things with."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            chromium_sandbox=os.geteuid() != 0,
            args=list(flags),
            proxy={"server": proxy} if proxy else None,
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def studio(folder: Path) -> AsyncIterator[Studio]:
    """Everything that a round of captures needs."""
    options = CaptureOptions(chromium_path=CHROMIUM, sandbox=os.geteuid() != 0)
    async with serving(site_files()) as site, viewer() as looking:
        yield Studio(site, looking, folder, options)
