"""What a worker runs for `hashkeep doctor`: no page, but a look at the browser and at what holds its renderers."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

from capture import process_table
from capture.browser import Browser, glyphs_rendered, open_browser
from capture.records import CaptureRequest, CaptureResult, Verdict

__all__ = ["SAMPLES", "capture", "open_browser"]

SAMPLES = {"Latin": "Ag", "Chinese": "汉字", "Japanese": "かな", "Korean": "한글", "emoji": "🦊"}
_CALL_S = 10.0


async def capture(
    request: CaptureRequest, browser: Browser, progress: Callable[[str], None] | None = None
) -> CaptureResult:
    """Looks, and puts what it found into the result's title as JSON.

    `missing`: names of SAMPLES that have no glyphs; `confined`: whether renderers are in Chromium's sandbox, null where
    the system does not say; `uid`: of the browser.
    """
    async with asyncio.timeout(_CALL_S):
        page = await browser.playwright_browser.new_page()
        confined = await asyncio.to_thread(renderers_confined, browser.pid)
        await page.close()
    missing = [name for name, text in SAMPLES.items() if not await glyphs_rendered(browser, text)]
    found = {"missing": missing, "confined": confined, "uid": os.geteuid()}
    return CaptureResult(url=request.url, verdict=Verdict.OK, title=json.dumps(found))


def renderers_confined(browser: int) -> bool | None:
    """Whether each renderer below the browser's process has a system call filter and process ids of its own.

    None where no renderer is to be seen, or the system does not tell (anything but Linux).
    """
    rows = process_table.below(process_table.read_table(), browser)
    found = [_status(row.pid) for row in rows if "--type=renderer" in _command_line(row.pid)]
    if not found:
        return None
    return all(status.get("Seccomp") == "2" and len(status.get("NSpid", "").split()) > 1 for status in found)


def _status(pid: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " ")
    except OSError:
        return ""
