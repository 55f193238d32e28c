"""For `bench.processes`: what a worker runs that opens nothing, with the real engine's modules imported."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import capture.process_engine  # as a worker of the product has it
from capture.process_describe import description
from capture.records import CaptureOptions, CaptureRequest, CaptureResult, Verdict

_AT_IMPORT = len(sys.modules)


class Browser:
    """As much of one as a worker looks at."""

    def __init__(self, pid: int) -> None:
        self.playwright_browser = self
        self.pid = pid

    def is_connected(self) -> bool:
        return True


@asynccontextmanager
async def open_browser(options: CaptureOptions) -> AsyncIterator[Browser]:
    process = await asyncio.create_subprocess_exec("sleep", "1000")
    yield Browser(process.pid)
    process.kill()
    await process.wait()


async def capture(
    request: CaptureRequest, browser: Browser, progress: Callable[[str], None] | None = None
) -> CaptureResult:
    """Says when it was reached and what this process has got, of which asyncio's own descriptors are no news."""
    at = time.time()
    told: dict[str, Any] = description()
    opened = [what for what in told["descriptors"].values() if not what.startswith(("anon_inode:", "/proc/"))]
    found = {
        "at": at, "pid": os.getpid(), "descriptors": len(opened), "variables": len(told["environment"]),
        "modules": _AT_IMPORT,
    }  # fmt: skip
    return CaptureResult(url=request.url, verdict=Verdict.OK, description=json.dumps(found))
