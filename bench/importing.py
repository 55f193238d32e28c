"""From an update to its reaction while 10 000 links are imported: whether those who write notice it."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from pathlib import Path

from tests.harness import ALICE, GROUP, Chat, Message, running_playground, running_product, text_of, until

LINKS = 10_000
MESSAGES = 100


async def _latency_s(chat: Chat, n: int) -> float:
    started = time.monotonic()
    message = await chat.say(f"https://{n}.message.invalid/ #bench", chat=GROUP)
    while not any(m.get("reactions") for m in await chat.messages(GROUP, message["message_id"] - 1)):
        await asyncio.sleep(0.005)
    return time.monotonic() - started


async def _latencies(chat: Chat, first: int, busy: asyncio.Task[float] | None) -> list[float]:
    """The sorted latencies of a hundred messages, or of as many as there is time for while the import runs."""
    found: list[float] = []
    for n in range(MESSAGES):
        if busy and busy.done():
            break
        found.append(await _latency_s(chat, first + n))
    return sorted(found)


async def _question(chat: Chat) -> Message:
    """A file of links is sent, as people who come from elsewhere do, and looked through."""
    lines = [
        f"https://site{n % 500}.import.invalid/{n},Title {n} of a page,{1_500_000_000 + n},a|tag{n % 300}"
        for n in range(LINKS)
    ]
    body = "\n".join(["url,title,time_added,tags", *lines]).encode()
    form = {"data": {"as": str(ALICE), "as_files": "1"}, "files": {"file": ("pocket.csv", body)}}
    sent = (await chat.api("POST", f"/chats/{ALICE}/messages", **form))["messages"][0]

    async def look() -> Message | None:
        return next((m for m in await chat.answers(sent) if "Import" in str(m.get("reply_markup", ""))), None)

    return await until(look, "the question", timeout_s=120)


async def _import_s(chat: Chat, question: Message) -> float:
    started = time.monotonic()

    async def look() -> bool:
        return bool(re.search(r"links imported", text_of(await chat.again(question))))

    await until(look, "the end of the import", timeout_s=900, every_s=0.25)
    return time.monotonic() - started


async def bench_importing() -> list[str]:
    """Gives the lines of a table with p50, p99 and the largest in milliseconds, before and during the import."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running_playground(Path(folder) / "chats") as chat,
            running_product(chat, Path(folder) / "archive", LOG_LEVEL="WARNING", QUOTA_LINKS_PER_DAY="100000"),
        ):
            before = await _latencies(chat, 0, None)
            question = await _question(chat)
            await chat.press(question, "Import")
            running = asyncio.create_task(_import_s(chat, question))
            during = await _latencies(chat, MESSAGES, running)
            seconds = await running
    return [
        "| update → 👀 | nothing else, ms | while importing, ms |",
        "| --- | --- | --- |",
        f"| p50 | {_ms(before, 0.5)} | {_ms(during, 0.5)} |",
        f"| p99 | {_ms(before, 0.99)} | {_ms(during, 0.99)} |",
        f"| largest of {len(before)} and {len(during)} | {_ms(before, 1)} | {_ms(during, 1)} |",
        "",
        f"{LINKS} links imported in {seconds:.0f} s, {LINKS / seconds:.0f} a second, with people writing meanwhile.",
    ]


def _ms(ordered: list[float], part: float) -> str:
    return f"{ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000:.0f}"
