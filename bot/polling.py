"""Long polling that survives the server being away, and confirms an update only when its handlers are done with it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import Application, ContextTypes

from bot import metrics
from bot.ratelimit import seconds
from storage import room
from storage.database import StorageUnavailable

log = logging.getLogger(__name__)

ALLOWED_UPDATES = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CHANNEL_POST,
    Update.EDITED_CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
    Update.CHAT_MEMBER,
)
LONG_POLL_S = 50
HANDLERS_S = 10.0
"""How long the next poll waits for the handlers of these updates; later it goes on without confirming the slow ones."""

SLOW_HANDLER_PAUSE_S = 1.0
"""Between polls while a handler is slow: what is not confirmed comes at once, again and again."""

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STORAGE_PAUSE_S = 5.0

Context = ContextTypes.DEFAULT_TYPE


class Polling:
    """Gets updates and has them processed until cancelled.

    PTB's Updater confirms updates that are still being handled; a kill at that moment loses them. Intake repeats
    nothing, so here an update rather comes twice.
    """

    def __init__(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        self._application = application
        self._handling: set[asyncio.Task[None]] = set()
        self._unfinished: set[int] = set()
        """Ids of updates whose handlers are not done; the lowest is where the next poll begins."""
        self._taken: set[int] = set()
        """Ids that came already and may come again, because a lower one is not confirmed."""
        self._unstored: set[int] = set()
        """Ids of updates whose handlers found the database out of reach; they are handled again."""

    async def run(self) -> None:
        """Polls for ever."""
        offset: int | None = None
        pause_s = 0.0
        while True:
            try:
                updates = await self._application.bot.get_updates(
                    offset=offset, timeout=LONG_POLL_S, allowed_updates=ALLOWED_UPDATES
                )
            except TelegramError as error:
                pause_s = _next_pause_s(error, pause_s)
                if isinstance(error, Conflict) and "webhook" in error.message.lower():
                    await self._leave_webhook()
                await asyncio.sleep(pause_s)
                continue
            pause_s = 0.0
            new = [update for update in updates if update.update_id not in self._taken]
            if new:
                await self._handle(new)
            elif updates and self._handling:
                await asyncio.wait(self._handling, timeout=SLOW_HANDLER_PAUSE_S, return_when=asyncio.FIRST_COMPLETED)
            if updates:
                offset = min(self._unfinished, default=updates[-1].update_id + 1)
                self._taken = {number for number in self._taken if number >= offset}

    async def _leave_webhook(self) -> None:
        """Another program has had the updates sent to an address of its own. What waits there comes to us then."""
        try:
            await self._application.bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as error:
            log.info("the webhook could not be taken away: %s", error.message)

    async def _handle(self, updates: list[Update]) -> None:
        self._taken.update(update.update_id for update in updates)
        self._unfinished.update(update.update_id for update in updates)
        tasks = [asyncio.create_task(self._process(update), name=f"update-{update.update_id}") for update in updates]
        self._handling.update(tasks)
        for task in tasks:
            task.add_done_callback(self._handling.discard)
        await asyncio.wait(tasks, timeout=HANDLERS_S)
        while self._unstored:
            # With the database out of reach nothing more is taken: Telegram keeps what comes for a day.
            await asyncio.wait(tasks, timeout=HANDLERS_S)

    async def _process(self, update: Update) -> None:
        metrics.note_update(update)
        application = self._application
        try:
            while True:
                self._unstored.discard(update.update_id)
                handling = application.process_update(update)
                try:
                    await application.update_processor.process_update(update, handling)
                except StorageUnavailable as error:  # even the chat's turn is not to be had
                    log.error("update %d was not begun: %s", update.update_id, error)
                    self._unstored.add(update.update_id)
                finally:
                    handling.close()
                if update.update_id not in self._unstored:
                    return
                await asyncio.sleep(STORAGE_PAUSE_S)
        finally:
            self._unfinished.discard(update.update_id)

    async def on_error(self, update: object, context: Context) -> None:
        """What a handler raised. PTB gives it here and goes on as if the update had been handled."""
        number = update.update_id if isinstance(update, Update) else 0
        log.error("update %d was not handled", number, exc_info=context.error)
        if isinstance(context.error, StorageUnavailable):
            self._unstored.add(number)
            if isinstance(update, Update) and update.effective_chat:
                room.could_not_store(update.effective_chat.id, context.error)

    async def close(self, grace_s: float) -> None:
        """Waits for the handlers under way, then ends them; to be called when `run` has ended."""
        if self._handling:
            await asyncio.wait(self._handling, timeout=grace_s)
        for task in self._handling:
            task.cancel()
        for task in tuple(self._handling):
            with suppress(asyncio.CancelledError):
                await task


def _next_pause_s(error: TelegramError, before_s: float) -> float:
    pause_s = min(LONGEST_PAUSE_S, max(FIRST_PAUSE_S, before_s * 2))
    if isinstance(error, RetryAfter):
        pause_s = seconds(error)
    if isinstance(error, Conflict) and "webhook" in error.message.lower():
        log.warning("the updates of this token went to a webhook; it is taken away, and they come here")
    elif isinstance(error, Conflict):
        log.warning("another program polls with the same token; stop it, or take another token")
    elif isinstance(error, InvalidToken):
        log.error("the token is not taken any more; was it revoked?")
    else:
        log.info("updates: %s; again in %.1f s", error.message, pause_s)
    return pause_s
