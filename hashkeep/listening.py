"""LISTEN and METRICS_LISTEN, where they are set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.webhook import WebhookDoor
from hashkeep.settings import Settings
from storage import database
from storage.blobs import BlobStore
from storage.queue import Queue


@asynccontextmanager
async def listening(
    settings: Settings, blobs: BlobStore, queue: Queue, door: WebhookDoor | None = None
) -> AsyncIterator[None]:
    """Serves both until the end of the block. Raises WrongSettings where an address cannot be had."""
    address, apart = settings.listen_address, settings.metrics_address
    async with AsyncExitStack() as servers:
        if address or apart:
            from hashkeep import web  # most have no use for a web server
        if address:
            looks = {"database": database.answers, "queue": queue.answers, "files": blobs.answers}
            app = web.make_app(looks, door, with_metrics=apart is None)
            await servers.enter_async_context(web.listening("LISTEN", *address, app))
        if apart:
            await servers.enter_async_context(web.listening("METRICS_LISTEN", *apart, web.make_metrics_app()))
        yield
