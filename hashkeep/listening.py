"""LISTEN and METRICS_LISTEN, where they are set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.webhook import WebhookDoor
from hashkeep.readiness import Readiness
from hashkeep.settings import Settings


@asynccontextmanager
async def listening(settings: Settings, door: WebhookDoor | None = None) -> AsyncIterator[Readiness]:
    """Serves both until the end of the block, before there is anything to serve: whoever watches sees that it lives.

    Raises WrongSettings where an address cannot be had.
    """
    address, apart = settings.listen_address, settings.metrics_address
    readiness = Readiness()
    async with AsyncExitStack() as servers:
        if address or apart:
            from hashkeep import web  # most have no use for a web server
        if address:
            app = web.make_app(readiness, door, with_metrics=apart is None)
            await servers.enter_async_context(web.listening("LISTEN", *address, app))
        if apart:
            app = web.make_metrics_app(readiness)
            await servers.enter_async_context(web.listening("METRICS_LISTEN", *apart, app))
        yield readiness
