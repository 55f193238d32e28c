"""Pictures of files that Chromium downloads instead of showing them: out of a film, and the first lines of a text.

Chromium plays or prints the very file that it has just downloaded; nothing is fetched again.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import html
import re
from pathlib import Path

from playwright.async_api import Page

from capture.sniff import decoded, is_text, type_by_content
from capture.tab import script

FRAME_TIMEOUT_S = 8.0
MAX_PICTURE_BYTES = 8_000_000
MAX_LINES = 60
_HEAD_BYTES = 16
_LINES_BYTES = 20_000
_SHEET = (
    "<style>body{margin:0}pre{margin:0;padding:24px;background:#fff;color:#111;font:20px/1.4 monospace;"
    "white-space:pre-wrap;overflow-wrap:anywhere;box-sizing:border-box;width:fit-content;min-width:640px;"
    "max-width:1280px}</style>"
)


async def is_film(path: Path) -> bool:
    """Whether a file begins like one that Chromium may play: by its content, whatever it was called."""
    head = await asyncio.to_thread(_head, path)
    return head[4:8] == b"ftyp" or head.startswith((b"\x1aE\xdf\xa3", b"OggS"))


def _head(path: Path, size: int = _HEAD_BYTES) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


async def lines_of(path: Path) -> str:
    """The first lines of a text, "" if it is none."""
    head = await asyncio.to_thread(_head, path, _LINES_BYTES)
    if type_by_content(head) or not (is_text(head) or _is_chinese(head)):
        return ""
    return "\n".join(line[:200] for line in decoded(head, "").splitlines()[:MAX_LINES])


def _is_chinese(head: bytes) -> bool:
    """Whether it is text in one of the older charsets."""
    return b"\0" not in head and len(re.findall(r"[\u4e00-\u9fff]", decoded(head, ""))) * 5 > len(head)


async def picture_of_lines(page: Page, lines: str) -> bytes:
    """A JPEG of a sheet of text. Raises TimeoutError or playwright's Error."""
    async with asyncio.timeout(FRAME_TIMEOUT_S):
        await page.set_content(f"{_SHEET}<pre>{html.escape(lines)}</pre>")
        return await page.locator("pre").screenshot(type="jpeg", quality=90)


async def frame_of(page: Page, path: Path) -> bytes | None:
    """A JPEG of a moment near the film's beginning; None if it shows nothing (sound alone, a codec that is not there).

    The page must hold nothing: it is given a player of its own, and reads the file from the disk without any network.
    Raises TimeoutError or playwright's Error.
    """
    async with asyncio.timeout(FRAME_TIMEOUT_S):
        await page.set_content("<input type=file><video muted></video>")
        await page.set_input_files("input", path)
        drawn = await page.evaluate(script("film.js"))
    try:
        picture = base64.b64decode(str(drawn or ""), validate=True)
    except binascii.Error:
        return None
    return picture if 0 < len(picture) <= MAX_PICTURE_BYTES else None
