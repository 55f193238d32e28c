"""Isolated worlds in the frames of a page, for notices that stand in one of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Error as PlaywrightError

from capture.recorder import Recorder
from capture.tab import Tab

WORLD = "hashkeep-consent"


@dataclass(frozen=True)
class FramePlace:
    """An isolated world in a frame of the page."""

    send: Callable[[str, dict[str, Any]], Awaitable[Any]]
    world: int

    async def ask(self, function: str, *arguments: Any, timeout_s: float) -> Any:
        """Calls a JavaScript function there, as `Tab.ask` does in the page itself."""
        call = {
            "functionDeclaration": function,
            "executionContextId": self.world,
            "arguments": [{"value": argument} for argument in arguments],
            "returnByValue": True,
            "awaitPromise": True,
        }
        async with asyncio.timeout(timeout_s):
            answer = await self.send("Runtime.callFunctionOn", call)
        if "exceptionDetails" in answer:
            raise PlaywrightError(str(answer["exceptionDetails"].get("exception", {}).get("description", ""))[:500])
        return answer["result"].get("value")


async def place_in(number: int, tab: Tab, recorder: Recorder) -> FramePlace | None:
    """A world in the n-th frame of the page's document, None if it has gone.

    Frames of another process are reached through the recorder's connection. Raises TimeoutError, playwright's Error,
    or what `capture.cdp` raises.
    """
    main = (await tab.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
    world = await tab.send("Page.createIsolatedWorld", {"frameId": main, "worldName": WORLD})
    element = await tab.send(
        "Runtime.evaluate",
        {
            "expression": f"document.querySelectorAll('iframe')[{number}]",
            "contextId": world["executionContextId"],
        },
    )
    if not (object_id := element["result"].get("objectId")):
        return None
    node = (await tab.send("DOM.describeNode", {"objectId": object_id}))["node"]
    if not (frame_id := node.get("frameId")):
        return None
    other = next((t for t in recorder.targets.values() if t.kind == "iframe" and t.target_id == frame_id), None)
    send: Callable[[str, dict[str, Any]], Awaitable[Any]] = tab.send
    if other:
        session = other.session
        send = lambda method, params: recorder.connection.call(method, params, session)  # noqa: E731
    inside = await send("Page.createIsolatedWorld", {"frameId": frame_id, "worldName": WORLD})
    return FramePlace(send, inside["executionContextId"])
