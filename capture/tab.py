"""The one page of a capture, and ways to ask it things that it can neither falsify nor hold up."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

from playwright.async_api import BrowserContext, CDPSession, Download, Frame, Page
from playwright.async_api import Error as PlaywrightError

from capture.browser import Browser
from capture.cdp import CallFailed, Connection, ConnectionLost, Message
from capture.recording import REDIRECTS
from capture.records import CaptureRequest

WORLD = "hashkeep"
"""Name of the isolated world our functions run in: the page's own changes to built-ins do not reach it."""

OPEN_TIMEOUT_S = 8.0
CLOSE_TIMEOUT_S = 4.0
CALL_TIMEOUT_S = 4.0
MAX_VISITED = 100

_WORLD_GONE = re.compile(r"(?i)cannot find (context|default execution)|context was destroyed|uniqueContextId not found")


_REFRESH = re.compile(r"\s*([0-4])(?:\.\d*)?\s*[;,]\s*\S")
REFRESH_MARGIN_S = 1.5


class TabLost(Exception):
    """The page crashed, or the browser is gone."""


class PreparesContext(Protocol):
    """Something to be done to a context before it has a page."""

    async def __call__(self, context: BrowserContext) -> None: ...


class Tab:
    """A page with a DevTools session that was opened before anything was loaded (opened later it may never answer)."""

    def __init__(self, page: Page, session: CDPSession) -> None:
        self.page = page
        self.closed_cleanly = True
        self.crashed = False
        self.scripts_stopped = False
        self.downloads: asyncio.Queue[Download] = asyncio.Queue()
        """The file that the address turned out to be; anything further that a page offers is refused."""
        self._session = session
        self._short_way: tuple[Connection, str] | None = None
        self._unanswered: set[asyncio.Future[Message]] = set()
        self.frame_id = ""
        """Of the main frame, which is also its target's."""
        self._max_bytes = 0
        self._refusing = False
        self.status: int | None = None
        """Of the last answer to the navigation."""
        self.leads_nowhere = ""
        """The scheme that the last redirect led to, when it is none of a page: `mailto`, `intent`, …"""
        self.too_large = False
        """The document said it was larger than allowed, and was refused."""
        self.visited: list[str] = []
        """Addresses that the main frame has shown, in order; bounded."""
        self._leaving_until = 0.0
        self._world: int | None = None
        page.on("framenavigated", self._on_navigated)
        page.on("crash", self._on_crash)
        page.on("close", self._on_crash)
        page.on("download", self._on_download)

    def speak_over(self, connection: Connection, session: str) -> None:
        """From now on commands go straight to Chromium: through Playwright's driver each is read and written twice."""
        self._short_way = connection, session

    def _on_crash(self, _: Page) -> None:
        self.crashed = True
        for future in self._unanswered:  # nobody else would tell them
            if not future.done():
                future.set_exception(TabLost("crashed"))

    def _on_navigated(self, frame: Frame) -> None:
        if frame.parent_frame is None and len(self.visited) < MAX_VISITED and frame.url.startswith("http"):
            self.visited.append(frame.url)

    async def _on_download(self, download: Download) -> None:
        if self.downloads.empty():
            self.downloads.put_nowait(download)
        else:
            with suppress(PlaywrightError):
                await download.cancel()

    async def watch_documents(self, max_bytes: int) -> None:
        """Looks at each document's headers before the browser does.

        Sound and film are handed over as files (Chromium's own player fetches only what it plays), and a document that
        says it is larger than `max_bytes` is refused.
        """
        self._max_bytes = max_bytes
        self.frame_id = (await self.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        self._session.on("Fetch.requestPaused", self._on_paused)
        pattern = {"resourceType": "Document", "requestStage": "Response"}
        await self.send("Fetch.enable", {"patterns": [pattern]})

    @property
    def is_leaving(self) -> bool:
        """Whether the document's `Refresh` header leads on in a moment."""
        return time.monotonic() < self._leaving_until

    async def has_download(self, within_s: float = 2.0) -> bool:
        """Whether the navigation turned out to be a file; waits for its beginning."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                self.downloads.put_nowait(await self.downloads.get())
        return not self.downloads.empty()

    async def watch_no_more(self) -> None:
        """From here on frames come without a look: each would cost two messages."""
        await self.send("Fetch.disable")

    @asynccontextmanager
    async def no_new_pictures(self) -> AsyncIterator[None]:
        """Refuses pictures and fonts that are asked for meanwhile; scripts and what they fetch go on.

        Chromium lays a page out one pixel wide for a moment when it is photographed beyond its window, and asks for
        what a phone would show.
        """
        patterns = [{"resourceType": kind, "requestStage": "Request"} for kind in ("Image", "Media", "Font")]
        self._refusing = True
        await self.send("Fetch.enable", {"patterns": patterns})
        try:
            yield
        finally:
            with suppress(TimeoutError, PlaywrightError, TabLost):
                await self.send("Fetch.disable")
            self._refusing = False

    async def _on_paused(self, paused: dict[str, Any]) -> None:
        if self._refusing:
            with suppress(TimeoutError, PlaywrightError, TabLost):
                refusal = {"requestId": paused["requestId"], "errorReason": "Aborted"}
                await self.send("Fetch.failRequest", refusal)
            return
        headers = paused.get("responseHeaders", [])
        values = {h["name"].lower(): h["value"] for h in headers}
        size = values.get("content-length", "")
        method, params = "Fetch.continueRequest", {"requestId": paused["requestId"]}
        is_main = paused.get("frameId") == self.frame_id
        if is_main:
            self.status = paused.get("responseStatusCode")
            if found := _REFRESH.match(values.get("refresh", "")):
                self._leaving_until = time.monotonic() + int(found[1]) + REFRESH_MARGIN_S
            self.leads_nowhere = _other_scheme(values.get("location", "")) if self.status in REDIRECTS else ""
        if is_main and size.isdecimal() and int(size) > self._max_bytes:
            self.too_large = True
            method, params["errorReason"] = "Fetch.failRequest", "Aborted"
        elif is_main and values.get("content-type", "").lower().startswith(("audio/", "video/")):
            kept = [h for h in headers if h["name"].lower() != "content-disposition"]
            params["responseHeaders"] = [*kept, {"name": "Content-Disposition", "value": "attachment"}]
            params["responseCode"] = paused["responseStatusCode"]
            method = "Fetch.continueResponse"
        with suppress(TimeoutError, PlaywrightError, TabLost):
            await self.send(method, params)

    async def send(self, method: str, params: dict[str, Any] | None = None, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        """One DevTools command. Raises TimeoutError, TabLost, or playwright's Error."""
        if self.crashed:
            raise TabLost(method)
        if self._short_way and not method.startswith("Fetch."):  # those belong to the session that hears the events
            return await self._send_straight(*self._short_way, method, params, timeout_s)
        async with asyncio.timeout(timeout_s):
            return await self._session.send(method, params)

    async def _send_straight(
        self, connection: Connection, session: str, method: str, params: Message | None, timeout_s: float
    ) -> Message:
        future = connection.post(method, params, session)
        self._unanswered.add(future)
        try:
            async with asyncio.timeout(timeout_s):  # wait_for of Python 3.11 may swallow the end of a step's time
                return await future
        except CallFailed as error:
            raise PlaywrightError(str(error)) from None
        except ConnectionLost as error:
            raise TabLost(str(error)) from None
        finally:
            self._unanswered.discard(future)

    async def ask(self, function: str, *arguments: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:
        """Calls a JavaScript function in the isolated world of the main frame and gives its (awaited) value.

        Raises TimeoutError, TabLost, or playwright's Error.
        """
        try:
            return await self._call(function, arguments, timeout_s)
        except PlaywrightError as error:
            if not _WORLD_GONE.search(str(error)):
                raise
        self._world = None  # the page went elsewhere
        return await self._call(function, arguments, timeout_s)

    async def _call(self, function: str, arguments: tuple[Any, ...], timeout_s: float) -> Any:
        if self._world is None:
            self._world = await self._new_world(timeout_s)
        answer = await self.send(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": function,
                "executionContextId": self._world,
                "arguments": [{"value": argument} for argument in arguments],
                "returnByValue": True,
                "awaitPromise": True,
            },
            timeout_s,
        )
        if "exceptionDetails" in answer:
            raise PlaywrightError(str(answer["exceptionDetails"].get("exception", {}).get("description", ""))[:500])
        return answer["result"].get("value")

    async def _new_world(self, timeout_s: float) -> int:
        params = {"frameId": self.frame_id, "worldName": WORLD}
        return cast(int, (await self.send("Page.createIsolatedWorld", params, timeout_s))["executionContextId"])

    async def stop_scripts(self) -> None:
        """Ends a script that does not end by itself; none runs from then on."""
        self.scripts_stopped = True
        for method, params in (
            ("Emulation.setScriptExecutionDisabled", {"value": True}),
            ("Runtime.terminateExecution", {}),
        ):
            with suppress(TimeoutError, PlaywrightError, TabLost):
                await self.send(method, params, 2.0)


@asynccontextmanager
async def open_tab(request: CaptureRequest, browser: Browser, prepare: PreparesContext) -> AsyncIterator[Tab]:
    """A new context with one page, strict and without permissions; popups are closed.

    Raises TimeoutError or playwright's Error if the browser gives none.
    """
    options = request.options
    async with asyncio.timeout(OPEN_TIMEOUT_S):
        context = await browser.playwright_browser.new_context(
            viewport={"width": options.viewport_width_px, "height": options.viewport_height_px},
            proxy={"server": request.proxy} if request.proxy else None,
            user_agent=browser.user_agent,
            service_workers="block",
            accept_downloads=True,
            permissions=[],
            reduced_motion="reduce",
            ignore_https_errors=False,
        )
    tab: Tab | None = None
    try:
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            await prepare(context)
            page = await context.new_page()
            tab = Tab(page, await context.new_cdp_session(page))
            await tab.watch_documents(options.max_original_bytes)
        async with _closing_popups(context, page):
            yield tab
    finally:
        try:
            await asyncio.wait_for(context.close(), CLOSE_TIMEOUT_S)
        except (TimeoutError, PlaywrightError):
            if tab:
                tab.closed_cleanly = False


@asynccontextmanager
async def _closing_popups(context: BrowserContext, own: Page) -> AsyncIterator[None]:
    """Closes every other page as it opens. One task does it, so that a flood of them stays bounded."""
    opened: asyncio.Queue[Page] = asyncio.Queue()

    async def close_all() -> None:
        while True:
            popup = await opened.get()
            with suppress(TimeoutError, PlaywrightError):
                await asyncio.wait_for(popup.close(), CLOSE_TIMEOUT_S)

    def on_page(page: Page) -> None:
        if page is not own:
            opened.put_nowait(page)

    context.on("page", on_page)
    closer = asyncio.create_task(close_all(), name="close-popups")
    try:
        yield
    finally:
        context.remove_listener("page", on_page)
        closer.cancel()
        with suppress(asyncio.CancelledError):
            await closer


def _other_scheme(location: str) -> str:
    scheme = location.partition(":")[0].strip().lower()
    return scheme if re.fullmatch(r"[a-z][a-z0-9+.-]{0,39}", scheme) and scheme not in ("http", "https") else ""


@cache
def script(name: str) -> str:
    """The text of a JavaScript file that lies beside this module."""
    return (Path(__file__).parent / name).read_text("utf-8")
