"""Tells chats that the machine's disk is full: once each, past the outbox, which may have no room either."""

from __future__ import annotations

import logging

from telegram.constants import ParseMode

from bot import lists
from bot.background import Call
from bot.desk import Desk
from bot.words import words
from storage import archive, captures, room, shortage, signals

log = logging.getLogger(__name__)

LOOK_S = 60.0
"""How often it is looked without a word from whoever is short of space: words between processes may be lost."""


class RoomTeller:
    """Runs until cancelled."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._told: set[int] = set()
        """Since there was room the last time."""

    async def run(self) -> None:
        """Waits for the disk to fill up, for ever."""
        while True:
            await signals.wait(signals.room, LOOK_S)
            waiting = await self._waiting()
            if waiting is None:
                self._told.clear()
                continue
            for chat_id in waiting - self._told:
                self._told.add(chat_id)
                await self._tell(chat_id)

    async def _waiting(self) -> set[int] | None:
        """The chats whose messages or captures wait for space and are told so by us; None when there is space."""
        found = set(room.unstored)
        try:
            if await shortage.captures_wait():
                return found | await captures.waiting_chats() if await shortage.is_mine_to_tell() else found
        except OSError as error:
            log.error("who waits could not be read: %s", error)
            return found
        return found or None

    async def _tell(self, chat_id: int) -> None:
        language = self._desk.settings.default_language
        try:
            language = await archive.language(chat_id) or language
        except OSError as error:
            log.error("the language of %d could not be read: %s", chat_id, error)
        text = lists.plain(words(language)["answer.no_room"]).text
        call = Call(self._desk.bot.send_message, chat_id, text, parse_mode=ParseMode.HTML, disable_notification=True)
        self._desk.background.start("word of the full disk", call)
