"""`hashkeep run`: opens storage, starts the capture pool and the bot, and closes them in the other order."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.app import TokenRefused, serve
from bot.settings import BotServices, BotSettings, MakePdf, TakeCopy
from bot.webhook import WebhookDoor
from capture.errands import ErrandAsker
from hashkeep.boundary import Boundary
from hashkeep.capturing import capturing, clear_scratch, prepare, queue_of
from hashkeep.caretaker import caretaker
from hashkeep.data_dir import only_one
from hashkeep.listening import listening
from hashkeep.logs import configure_logging, log_what_nobody_catches, secrets_of
from hashkeep.opening import opened
from hashkeep.readiness import Readiness
from hashkeep.settings import Settings, WrongSettings
from hashkeep.worker_command import check_fleet
from storage import members
from storage.blobs import BlobStore
from storage.queue import Queue
from storage.quotas import Quota

log = logging.getLogger(__name__)

READY_LINE = "Hashkeep is running"


async def run_until_stopped(settings: Settings, announcement: str = "", *, with_captures: bool = True) -> int:
    """Runs until SIGTERM or SIGINT and returns the exit status (0: stopped as asked).

    Without captures it is the chat side of a fleet: `hashkeep worker` opens the pages.
    """
    if not with_captures:
        check_fleet(settings, "hashkeep run --no-capture")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    configure_logging(settings.log_level, settings.log_json, secrets_of(settings))
    log_what_nobody_catches()
    door = None
    if settings.webhook_url and settings.webhook_secret:
        door = WebhookDoor(settings.webhook_url, settings.webhook_secret.get_secret_value())
    with only_one(settings.data_dir):
        async with listening(settings, door) as readiness:
            boundary = await prepare(settings) if with_captures else None
            if boundary is None:
                await asyncio.to_thread(clear_scratch, settings)
            async with opened(settings, stop, readiness) as blobs:
                if blobs is not None:
                    await _run(settings, boundary, blobs, readiness, door, stop, announcement)
    log.info("stopped")
    return 0


async def _run(
    settings: Settings,
    boundary: Boundary | None,
    blobs: BlobStore,
    readiness: Readiness,
    door: WebhookDoor | None,
    stop: asyncio.Event,
    announcement: str,
) -> None:
    queue = queue_of(settings)
    async with (
        caretaker(settings.data_dir, settings.database, blobs),
        _services(settings, boundary, blobs, queue) as (make_pdf, take_copy),
        readiness.asking(blobs, queue),
    ):
        await _serve(settings, blobs, door, make_pdf, take_copy, stop, announcement)


@asynccontextmanager
async def _services(
    settings: Settings, boundary: Boundary | None, blobs: BlobStore, queue: Queue
) -> AsyncIterator[tuple[MakePdf, TakeCopy]]:
    """Who makes PDFs and looks at readers' copies: our own workers, which capture as well, or those of the fleet."""
    if boundary is None:
        asker = ErrandAsker(blobs)
        yield asker.make_pdf, asker.take_copy
        return
    async with capturing(settings, boundary, blobs, queue) as work:
        yield work.pdfs.make, work.copies.take


async def _serve(
    settings: Settings,
    blobs: BlobStore,
    door: WebhookDoor | None,
    make_pdf: MakePdf,
    take_copy: TakeCopy,
    stop: asyncio.Event,
    announcement: str,
) -> None:
    assert settings.bot_token is not None
    bot_settings = BotSettings(
        token=settings.bot_token.get_secret_value(),
        base_url=settings.bot_api_url,
        proxy=settings.bot_proxy.get_secret_value() if settings.bot_proxy else None,
        access=settings.access,
        owner_ids=settings.owner_ids,
        allowed_ids=settings.allowed_ids,
        default_language=settings.default_language,
        quota=Quota(settings.quota_links_per_day, settings.quota_megabytes),
    )
    services = BotServices(
        webhook=door,
        address_rule=settings.address_rule,
        blobs=blobs,
        scratch_dir=settings.scratch,
        transfers_dir=settings.data_dir.absolute() / "transfers",
        # With `always`, pages kept before that can still be asked for.
        make_pdf=None if settings.capture_pdf == "off" else make_pdf,
        take_copy=take_copy,
    )

    async def ready(username: str) -> None:
        print(announcement or f"{READY_LINE} as @{username}. Stop it with Ctrl-C.", flush=True)
        if settings.access == "invited" and not settings.owner_ids and not await members.owners():
            link = f"https://t.me/{username}?start=claim-{await members.claim_token()}"
            print(
                f"Nobody owns this bot yet. Open this link in Telegram to become its owner: {link}",
                flush=True,
            )

    try:
        await serve(bot_settings, services, ready, stop)
    except TokenRefused as error:
        raise WrongSettings(str(error)) from None
