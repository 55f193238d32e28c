"""Updates that Telegram brings to an address of ours. One is acknowledged when its handlers are done with it."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import Application, ContextTypes

from bot import metrics
from bot.polling import ALLOWED_UPDATES
from storage import room
from storage.database import StorageUnavailable

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1_000_000
"""An update is some kilobytes; the longest text of a message is 4096 characters."""
HANDLERS_S = 50.0
"""Telegram gives an answer a minute. What takes longer is brought again, and intake repeats nothing."""
MAX_CONNECTIONS = 40
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
LOOK_S = 60.0
"""How often Telegram is asked whether it still brings updates here: who polls takes the address away."""

Deliver = Callable[[bytes, str | None], Awaitable[int]]
Context = ContextTypes.DEFAULT_TYPE


@dataclass
class WebhookDoor:
    """Where updates come in, shared by whoever listens there and by the bot behind it."""

    url: str
    """As Telegram is told it."""
    secret: str
    deliver: Deliver | None = field(default=None)
    """Takes a body and the secret that came with it, and gives the HTTP status to answer; None until the bot serves."""


class Webhook:
    """Has updates processed that are delivered, until cancelled."""

    def __init__(self, application: Application[Any, Any, Any, Any, Any, Any], door: WebhookDoor) -> None:
        self._application = application
        self._door = door
        self._handling = 0
        self._idle = asyncio.Event()
        self._unstored: set[int] = set()
        """Ids of updates whose handlers found the database out of reach: Telegram brings them again."""

    async def run(self) -> None:
        """Tells Telegram the address, and takes what comes."""
        self._door.deliver = self.deliver
        try:
            await self._register()
            while True:
                await asyncio.sleep(LOOK_S)
                await self._look()
        finally:
            self._door.deliver = None

    async def _look(self) -> None:
        try:
            known = await self._application.bot.get_webhook_info()
        except TelegramError as error:
            log.info("Telegram does not say where it brings updates: %s", error.message)
            return
        if known.url != self._door.url:
            why = "another address was set" if known.url else "another program has polled with this token"
            log.warning("Telegram did not bring updates here any more (%s); it is told WEBHOOK_URL again", why)
            await self._register()

    async def _register(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._application.bot.set_webhook(
                    self._door.url,
                    secret_token=self._door.secret,
                    allowed_updates=ALLOWED_UPDATES,
                    max_connections=MAX_CONNECTIONS,
                    drop_pending_updates=False,
                )
            except TelegramError as error:
                log.warning("Telegram does not take WEBHOOK_URL (%s); again in %.0f s", error.message, pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
            else:
                return

    async def deliver(self, body: bytes, secret: str | None) -> int:
        """Has one update processed. 200: it is done with; 401, 400: it is none of Telegram's; 503: bring it again."""
        if secret is None or not hmac.compare_digest(secret.encode("utf-8", "replace"), self._door.secret.encode()):
            return 401
        try:
            update = Update.de_json(json.loads(body), self._application.bot)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            log.warning("something that is no update was delivered with the right secret")
            return 400
        self._handling += 1
        self._idle.clear()
        task = asyncio.create_task(self._process(update), name=f"update-{update.update_id}")
        task.add_done_callback(self._done)
        done, _ = await asyncio.wait({task}, timeout=HANDLERS_S)
        return 200 if done and update.update_id not in self._unstored else 503

    async def _process(self, update: Update) -> None:
        metrics.note_update(update)
        self._unstored.discard(update.update_id)
        handling = self._application.process_update(update)
        try:
            await self._application.update_processor.process_update(update, handling)
        except StorageUnavailable as error:  # even the chat's turn is not to be had
            log.error("update %d was not begun: %s", update.update_id, error)
            self._unstored.add(update.update_id)
        finally:
            handling.close()

    def _done(self, _task: asyncio.Task[None]) -> None:
        self._handling -= 1
        if not self._handling:
            self._idle.set()

    async def on_error(self, update: object, context: Context) -> None:
        """What a handler raised. PTB gives it here and goes on as if the update had been handled."""
        number = update.update_id if isinstance(update, Update) else 0
        log.error("update %d was not handled", number, exc_info=context.error)
        if isinstance(context.error, StorageUnavailable):
            self._unstored.add(number)
            if isinstance(update, Update) and update.effective_chat:
                room.could_not_store(update.effective_chat.id, context.error)

    async def close(self, grace_s: float) -> None:
        """Waits for the handlers under way; to be called when `run` has ended."""
        if self._handling:
            try:
                await asyncio.wait_for(self._idle.wait(), grace_s)
            except TimeoutError:
                log.info("%d updates were not done with in time; they will come again", self._handling)
