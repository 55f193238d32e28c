"""From an update to its reaction while two captures run: how long a person waits for the 👀."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench.pages import make_pages
from tests.harness import ALICE, GROUP, Chat, running_playground, running_product, running_site

MESSAGES = 120
LOAD = 40


async def _latency_s(chat: Chat, text: str) -> float:
    started = time.monotonic()
    message = await chat.say(text)
    while not any(m.get("reactions") for m in await chat.messages(ALICE, message["message_id"] - 1)):
        await asyncio.sleep(0.005)
    return time.monotonic() - started


async def bench_acknowledge() -> list[str]:
    """Gives the lines of a table with p50, p99 and the largest, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder, running_site() as site:
        urls = make_pages(site, LOAD)
        async with (
            running_playground(Path(folder) / "chats") as chat,
            running_product(chat, Path(folder) / "archive", LOG_LEVEL="WARNING"),
        ):
            for first in range(0, LOAD, 20):
                await chat.say(" ".join(urls[first : first + 20]), chat=GROUP)
            seconds = sorted([await _latency_s(chat, f"{site.url(f'/{n}')} #bench") for n in range(MESSAGES)])
    return [
        "| update → 👀, two captures running | ms |",
        "| --- | --- |",
        f"| p50 | {seconds[MESSAGES // 2] * 1000:.0f} |",
        f"| p99 | {seconds[int(MESSAGES * 0.99)] * 1000:.0f} |",
        f"| largest of {MESSAGES} | {seconds[-1] * 1000:.0f} |",
    ]
