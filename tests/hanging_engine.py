"""The engine as it is, but for a part that is stopped (as a debugger stops it) when a capture comes to a step.

The address says which and when, behind a `#`: see `address`. It is stopped before the engine goes on.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from capture import engine
from capture.browser import Browser, open_browser
from capture.records import CaptureRequest, CaptureResult
from tests.harness import processes_below
from tests.kills import victim

__all__ = ["address", "capture", "open_browser", "parts"]


def address(url: str, who: str, step: str) -> str:
    """The address of a page during whose capture that part stops at that step."""
    return f"{url}#{urlencode({'who': who, 'step': step})}" if who else url


def parts(who: str, below: dict[int, str]) -> list[int]:
    """The processes of a part, among those below one."""
    pid = victim("browser" if who == "all of chromium" else who, below)
    return [pid, *(processes_below(pid) if who == "all of chromium" else ())]


async def capture(
    request: CaptureRequest, browser: Browser, progress: Callable[[str], None] | None = None
) -> CaptureResult:
    """As capture.engine.capture."""
    told = dict(parse_qsl(urlsplit(request.url).fragment))

    def tell(step: str) -> None:
        if progress:
            progress(step)
        if step == told.get("step"):
            for pid in [os.getpid()] if told["who"] == "worker" else parts(told["who"], processes_below(os.getpid())):
                os.kill(pid, signal.SIGSTOP)

    return await engine.capture(request, browser, tell)
