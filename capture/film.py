"""A picture out of a film that was opened as the page: Chromium plays the file that it has just downloaded."""

from __future__ import annotations

import asyncio
import base64
import binascii
from pathlib import Path

from playwright.async_api import Page

from capture.tab import script

FRAME_TIMEOUT_S = 8.0
MAX_PICTURE_BYTES = 8_000_000
_HEAD_BYTES = 16


async def is_film(path: Path) -> bool:
    """Whether a file begins like one that Chromium may play: by its content, whatever it was called."""
    head = await asyncio.to_thread(_head, path)
    return head[4:8] == b"ftyp" or head.startswith((b"\x1aE\xdf\xa3", b"OggS"))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


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
