"""The bot in this process, against a playground: captures are ended by the test instead of a browser."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PIL import Image

from bot import ratelimit
from bot.app import serve
from bot.settings import BotServices, BotSettings, MakePdf
from capture.address import AddressRule
from storage import captures, database
from storage.blobs import BlobStore
from storage.blobs_folder import FolderBlobs
from storage.captures import EndedArtifact, EndedCapture
from storage.queue.embedded import EmbeddedQueue
from storage.records import BlobRef, Job
from tests.harness import TOKEN, Chat, running_playground, until
from tests.migrated import put_archive
from tests.quick_product import QUICK_S


@dataclass
class Bench:
    """A running bot, its chat, and the hand that ends its captures."""

    chat: Chat
    data: Path
    blobs: BlobStore
    settings: dict[str, Any] = field(default_factory=dict)
    make_pdf: MakePdf | None = None
    queue: EmbeddedQueue = field(default_factory=lambda: EmbeddedQueue(lease_s=60))
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    opened: dict[str, Job] = field(default_factory=dict)

    async def start(self) -> None:
        """Starts the bot and waits until it is ready."""
        scratch = self.data / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        fields: dict[str, Any] = {
            "token": TOKEN, "base_url": self.chat.address, "proxy": None, "access": "open",
            "owner_ids": (), "allowed_ids": (), "default_language": "en", **self.settings,
        }  # fmt: skip
        settings = BotSettings(**fields)
        services = BotServices(AddressRule("127.0.0.1"), self.blobs, scratch, make_pdf=self.make_pdf)
        self.stop, ready = asyncio.Event(), asyncio.Event()

        async def is_ready(_: str) -> None:
            ready.set()

        self.task = asyncio.create_task(serve(settings, services, is_ready, self.stop))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({self.task, waiting}, timeout=15, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.task.done():
            self.task.result()
        assert ready.is_set(), "the bot does not start"

    async def end(self) -> None:
        """Stops the bot as a signal does."""
        self.stop.set()
        if self.task:
            await asyncio.wait_for(self.task, 30)

    async def job(self, url: str) -> Job:
        """The capture of that address, taken from the queue."""

        async def look() -> Job | None:
            for job in await self.queue.take(20):
                self.opened[job.url] = job
            return self.opened.pop(url, None)

        return await until(look, f"a capture of {url}")

    async def captured(
        self, url: str, title: str = "A page", size: tuple[int, int] = (1280, 1600), **more: Any
    ) -> None:
        """Ends the capture of an address well, with a picture of that size and an offline page."""
        job = await self.job(url)
        picture = io.BytesIO()
        Image.effect_noise((64, 64), 90).resize(size).convert("RGB").save(picture, "JPEG", quality=60)
        html = f"<!doctype html><title>{title}</title><p>{os.urandom(8).hex()}"
        artifacts = (
            EndedArtifact("screenshot", await self.blob(picture.getvalue()), "image/jpeg", *size),
            EndedArtifact("preview", await self.blob(picture.getvalue() + b"\0"), "image/jpeg", *size),
            EndedArtifact("html", await self.blob(html.encode()), "text/html"),
        )
        fields: dict[str, Any] = {
            "verdict": "ok", "http_status": 200, "title": title, "artifacts": artifacts, "text": title, **more,
        }  # fmt: skip
        assert await captures.finish(job, EndedCapture(**fields))

    async def failed(self, url: str, verdict: str, error_code: str | None = None) -> None:
        """Ends the capture of an address with nothing to show."""
        job = await self.job(url)
        assert await captures.finish(job, EndedCapture(verdict, error_code, elapsed_s=3.0))

    async def blob(self, content: bytes) -> BlobRef:
        """Keeps bytes as a blob."""
        path = self.data / "blob"
        await asyncio.to_thread(path.write_bytes, content)
        return await self.blobs.put_file(path)


@asynccontextmanager
async def running_bench(
    folder: Path, make_pdf: MakePdf | None = None, *, on: str = database.SQLITE_URL, **settings: Any
) -> AsyncIterator[Bench]:
    """A bot with a playground and a database of its own. A chat need not wait for its turn to be told something."""
    async with running_playground(folder / "chats") as chat:
        data = folder / "archive"
        await asyncio.to_thread(put_archive, data)
        await database.open_database(on, data)
        bench = Bench(chat, data, FolderBlobs(data / "blobs"), settings, make_pdf)
        try:
            with patch.multiple(ratelimit, PERSON_EVERY_S=QUICK_S, GROUP_EVERY_S=QUICK_S):
                await bench.start()
                yield bench
                await bench.end()
        finally:
            if bench.task and not bench.task.done():
                bench.task.cancel()
                await asyncio.gather(bench.task, return_exceptions=True)
            await database.close_database()
