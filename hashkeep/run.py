"""`hashkeep run`: opens storage, starts the capture pool and the bot, and closes them in the other order."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from bot.app import TokenRefused, serve
from bot.settings import BotServices, BotSettings
from bot.webhook import WebhookDoor
from capture.given_copies import CopyTaker
from capture.jobs import CaptureLoop, JobSettings
from capture.pdf_on_demand import PdfMaker
from capture.pool import SEARCHABLE, CapturePool
from capture.records import CaptureOptions
from hashkeep.blobs import own_blobs
from hashkeep.boundary import Boundary, find_boundary, pool_settings
from hashkeep.caretaker import caretaker
from hashkeep.chromium import find_chromium
from hashkeep.data_dir import only_one
from hashkeep.logs import configure_logging, log_what_nobody_catches, secrets_of
from hashkeep.settings import Settings, WrongSettings
from storage import database, members
from storage.blobs import BlobStore
from storage.queue.embedded import EmbeddedQueue
from storage.quotas import Quota

log = logging.getLogger(__name__)

LEASE_S = 30.0
"""How long a capture stays taken without a sign of life; renewed three times as often."""

READY_LINE = "Hashkeep is running"


async def run_until_stopped(settings: Settings, announcement: str = "") -> int:
    """Runs until SIGTERM or SIGINT and returns the exit status (0: stopped as asked)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    configure_logging(settings.log_level, settings.log_json, secrets_of(settings))
    log_what_nobody_catches()
    with only_one(settings.data_dir):
        boundary = await _prepare(settings)
        async with (
            _storage(settings) as blobs,
            caretaker(settings.data_dir, settings.database, blobs),
            _captures(settings, boundary, blobs) as (pdfs, copies),
        ):
            await _serve(settings, blobs, pdfs, copies, stop, announcement)
    log.info("stopped")
    return 0


async def _prepare(settings: Settings) -> Boundary:
    """Makes the scratch folder, closes what is ours to other users, and sees to the boundary. Raises WrongSettings."""
    os.umask(0o077)
    _close_to_others(settings.data_dir)
    # What lies there is of captures that no longer run: they are taken back later and begin anew.
    await asyncio.to_thread(shutil.rmtree, settings.scratch, ignore_errors=True)
    settings.scratch.mkdir(parents=True, exist_ok=True)
    settings.scratch.chmod(SEARCHABLE)
    return await find_boundary(settings, settings.scratch)


def _close_to_others(data_dir: Path) -> None:
    """The archive is for this user alone: not for other people here, and not for the users that root gives workers."""
    for path in (*data_dir.glob("*.sqlite3*"), data_dir / "blobs"):
        with suppress(FileNotFoundError, PermissionError):  # another owner has decided otherwise
            path.chmod(0o700 if path.is_dir() else 0o600)


@asynccontextmanager
async def _storage(settings: Settings) -> AsyncIterator[BlobStore]:
    await database.open_database(settings.database, settings.data_dir)
    try:
        yield await own_blobs(settings)
    finally:
        await database.close_database()


@asynccontextmanager
async def _captures(
    settings: Settings, boundary: Boundary, blobs: BlobStore
) -> AsyncIterator[tuple[PdfMaker, CopyTaker]]:
    queue = EmbeddedQueue(LEASE_S, Quota(settings.quota_links_per_day, settings.quota_megabytes))
    await queue.take_back_all()
    job_settings = JobSettings(
        workers=settings.capture_workers,
        timeout_s=settings.capture_timeout,
        scratch_dir=settings.scratch,
        options=_options(settings),
        lease_s=LEASE_S,
    )
    async with CapturePool(pool_settings(settings, boundary, settings.scratch, settings.capture_workers)) as pool:
        loop = asyncio.create_task(CaptureLoop(queue, pool, blobs, job_settings).run(), name="captures")
        loop.add_done_callback(_stop_if_broken)
        try:
            shared = (pool, blobs, settings.scratch, job_settings.options)
            yield PdfMaker(*shared), CopyTaker(*shared)
        finally:
            loop.cancel()
            with suppress(asyncio.CancelledError):
                await loop


def _options(settings: Settings) -> CaptureOptions:
    return CaptureOptions(
        chromium_path=str(find_chromium(settings)),
        pdf=settings.capture_pdf == "always",
        consent=settings.capture_consent,
        max_resource_bytes=settings.capture_resource_megabytes * 1_000_000,
        max_original_bytes=settings.capture_file_megabytes * 1_000_000,
        max_recorded_bytes=settings.capture_total_megabytes * 1_000_000,
    )


def _stop_if_broken(task: asyncio.Task[None]) -> None:
    """A capture loop that ended by an error ends the program: a supervisor starts it anew, nothing hides it."""
    if not task.cancelled() and task.exception():
        log.critical("the capture loop failed", exc_info=task.exception())
        os.kill(os.getpid(), signal.SIGTERM)


async def _serve(
    settings: Settings,
    blobs: BlobStore,
    pdfs: PdfMaker,
    copies: CopyTaker,
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
    door = None
    if settings.webhook_url and settings.webhook_secret:
        door = WebhookDoor(settings.webhook_url, settings.webhook_secret.get_secret_value())
    services = BotServices(
        webhook=door,
        address_rule=settings.address_rule,
        blobs=blobs,
        scratch_dir=settings.scratch,
        transfers_dir=settings.data_dir.absolute() / "transfers",
        # With `always`, pages kept before that can still be asked for.
        make_pdf=None if settings.capture_pdf == "off" else pdfs.make,
        take_copy=copies.take,
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
        async with _listening(settings, blobs, door):
            await serve(bot_settings, services, ready, stop)
    except TokenRefused as error:
        raise WrongSettings(str(error)) from None


@asynccontextmanager
async def _listening(settings: Settings, blobs: BlobStore, door: WebhookDoor | None) -> AsyncIterator[None]:
    """Serves LISTEN and METRICS_LISTEN, where they are set."""
    address, apart = settings.listen_address, settings.metrics_address
    async with AsyncExitStack() as servers:
        if address or apart:
            from hashkeep import web  # most have no use for a web server
        if address:
            looks = {"database": database.answers, "files": blobs.answers}
            app = web.make_app(looks, door, with_metrics=apart is None)
            await servers.enter_async_context(web.listening("LISTEN", *address, app))
        if apart:
            await servers.enter_async_context(web.listening("METRICS_LISTEN", *apart, web.make_metrics_app()))
        yield
