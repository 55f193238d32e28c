"""Files that people send, fetched from Telegram to the disk piece by piece."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

import httpx
from telegram.error import BadRequest, NetworkError

from bot.desk import Desk

log = logging.getLogger(__name__)

MAX_BYTES = 2_000_000_000
"""What a Bot API server of one's own hands out; Telegram's own stops at 20 MB and says so."""

TIMEOUT_S = 60.0
TRIES = 3


class TooBig(Exception):
    """Telegram does not give a bot files of that size."""


async def download(desk: Desk, file_id: str, target: Path, max_bytes: int = MAX_BYTES) -> None:
    """Writes the file to `target`. Raises TooBig, TelegramError when it is not to be had, or OSError."""
    for n in range(1, TRIES + 1):
        try:
            await _download(desk, file_id, target, max_bytes)
            return
        except BadRequest as error:
            if "too big" in error.message.lower():
                raise TooBig from None
            raise
        except NetworkError:
            if n == TRIES:
                raise
            await asyncio.sleep(n)


async def _download(desk: Desk, file_id: str, target: Path, max_bytes: int) -> None:
    file = await desk.bot.get_file(file_id)
    if file.file_size and file.file_size > max_bytes:
        raise TooBig
    address = file.file_path or ""
    if not address.startswith(("http://", "https://")):
        # A Bot API server of one's own on the same machine gives the place on the disk.
        await asyncio.to_thread(shutil.copyfile, address, target)
        return
    try:
        async with (
            httpx.AsyncClient(proxy=desk.settings.proxy, timeout=TIMEOUT_S) as client,
            client.stream("GET", address) as answer,
        ):
            answer.raise_for_status()
            size = 0
            with target.open("wb") as out:
                async for chunk in answer.aiter_bytes(1 << 18):
                    size += len(chunk)
                    if size > max_bytes:
                        raise TooBig
                    await asyncio.to_thread(out.write, chunk)
    except httpx.HTTPError as error:
        # Not the error itself: its text has the address, and the address has the token.
        raise NetworkError(f"the file could not be fetched ({type(error).__name__})") from None
