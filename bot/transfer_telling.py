"""Tells of an import or an export in one message, which is edited as it goes on."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot import transfer_texts
from bot.desk import Desk
from bot.lists import Answer
from bot.ratelimit import seconds
from bot.sending import Place, Sender
from bot.shapes import markup
from bot.troubles import Trouble, trouble
from bot.words import words
from storage import transfers
from storage.transfers import TransferView

log = logging.getLogger(__name__)

TELL_EVERY_S = 5.0
"""Between two edits that tell how far it is: a group takes about twenty messages a minute."""

LONGEST_PAUSE_S = 60.0


class Telling:
    """Says things in transfers' messages."""

    def __init__(self, desk: Desk) -> None:
        self._sender = Sender(desk.bot, desk.services)

    async def tell(self, view: TransferView, answer: Answer, must: bool = False) -> None:
        """Says it in the transfer's one message, which is sent the first time. What must arrive is tried again."""
        pause_s = 1.0
        while True:
            try:
                await self._say(view, answer)
                return
            except RetryAfter as error:
                wait_s = seconds(error)
            except TelegramError as error:
                is_passing = isinstance(error, NetworkError) and not isinstance(error, BadRequest)
                if not (must and is_passing):
                    log.info("transfer %d could not be told of: %s", view.transfer_id, error.message)
                    return
                wait_s = pause_s
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            if not must:
                return
            await asyncio.sleep(wait_s)

    async def _say(self, view: TransferView, answer: Answer) -> None:
        keyboard = markup(answer.keyboard)
        view = await transfers.find(view.transfer_id) or view  # its group may have become a supergroup meanwhile
        if view.message_id is not None:
            try:
                await self._sender.edit_text(view.chat_id, view.message_id, answer.text, keyboard)
                return
            except TelegramError as error:
                if trouble(error) is not Trouble.NO_MESSAGE:
                    raise
        place = Place(view.chat_id, view.thread_id, view.reply_to)
        # Shielded: a message that was sent and not noted down would be sent again.
        await asyncio.shield(asyncio.create_task(self._send(view, place, answer.text, keyboard)))

    async def _send(self, view: TransferView, place: Place, text: str, keyboard: Any) -> None:
        message = await self._sender.text(place, text, keyboard)
        await transfers.note(view.transfer_id, message_id=message.message_id)


class Teller:
    """Tells how far one transfer is, now and then, in tasks that end before its last words."""

    def __init__(self, telling: Telling, view: TransferView) -> None:
        self._telling = telling
        self._view = view
        self._told_at = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """The first words."""
        text = transfer_texts.working(self._view, self._view.done, words(self._view.language))
        await self._telling.tell(self._view, text)
        self._told_at = time.monotonic()

    def progress(self, done: int) -> None:
        """So much is done."""
        if time.monotonic() - self._told_at < TELL_EVERY_S or (self._task and not self._task.done()):
            return
        self._told_at = time.monotonic()
        text = transfer_texts.working(self._view, done, words(self._view.language))
        self._task = asyncio.create_task(self._telling.tell(self._view, text))

    async def settle(self) -> None:
        """Waits for what is being told, so that it does not come after the last words."""
        if self._task:
            await asyncio.gather(self._task, return_exceptions=True)
