"""Looks in a chat for a message of ours whose end was not heard of, so that nothing is said twice.

Telegram has no key that would make sending a message twice the same as sending it once, and a bot cannot read a chat.
But a bot can edit what it has said, and nothing else: giving a message the keyboard that it has already changes
nothing and is answered in another way than for a message that is not there or is somebody else's. Messages of a chat
are numbered upwards, one delivery is made at a time, and the number of the last one is known: what is ours behind it
is the one that is looked for.

Supergroups and channels have numbers of their own. A bot's private chats and basic groups share one counter: there the
next number of a chat may be far away, and what is known of the others tells where to look.
"""

from __future__ import annotations

import logging
from enum import Enum, auto

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import TelegramError

from bot.troubles import Trouble, trouble
from storage import archive, outbox
from storage.records import Due

log = logging.getLogger(__name__)

MOST = 15
"""Numbers that are tried; each is a call that counts against the chat's limit."""

MOST_EMPTY = 5
"""After so many numbers in a row that no message has, there is nothing further on."""

MOST_SHARED = 300
"""Numbers that are tried where chats share them; as far as any is known to have been given, and MOST_EMPTY more.

Telegram gives a number to every message, heard of or not: while much waits to be heard, what was sent is far on.
"""

OWN_NUMBERS = -1_000_000_000_000
"""Ids from here down are supergroups' and channels'."""


class Numbers:
    """The newest number that is known of those which chats share."""

    def __init__(self) -> None:
        self._newest = 0

    def note(self, chat_id: int, message_id: int) -> None:
        """There is such a message."""
        if chat_id > OWN_NUMBERS:
            self._newest = max(self._newest, message_id)

    def begin_at(self, message_id: int) -> None:
        """What was known before this process began."""
        self._newest = max(self._newest, message_id)

    def newest(self, chat_id: int) -> int | None:
        """The newest one, for a chat that shares them."""
        return self._newest or None if chat_id > OWN_NUMBERS else None


class HeardOf(Exception):
    """Whoever sent it has written down its end after all, while it was looked for."""


class Whose(Enum):
    """Whose a message of a certain number is."""

    OURS = auto()
    OTHERS = auto()
    NOBODYS = auto()


class Lost:
    """Finds it, or not."""

    def __init__(self, bot: Bot, numbers: Numbers) -> None:
        self._bot = bot
        self._numbers = numbers
        self._tried: dict[int, int] = {}
        """How far a search had come that Telegram stopped, by row of the outbox: it goes on there."""

    async def look(self, due: Due, reply_to: int | None, keyboard: InlineKeyboardMarkup | None) -> int | None:
        """The number of the message that a delivery which broke off has left in the chat; None when there is none.

        Raises TelegramError when Telegram cannot be asked, and HeardOf.
        """
        found = await self._look(due, reply_to, keyboard)
        # A replica that lost its turn with the database writes down what it has sent as soon as it can: from then on
        # it is not behind the last message that is known.
        if found is None and not await outbox.is_unheard_of(due):
            raise HeardOf
        return found

    async def _look(self, due: Due, reply_to: int | None, keyboard: InlineKeyboardMarkup | None) -> int | None:
        last = max(await outbox.last_said(due.chat_id) or 0, reply_to or 0, due.sending_after or 0)
        if not last or await archive.is_channel(due.chat_id):
            return None  # in a channel others' posts could be edited as well
        newest, most, most_empty = await self._newest(due.chat_id), MOST, MOST_EMPTY
        if newest:  # between two of a chat there may be any number of others'
            most = most_empty = min(max(newest - last, 0) + MOST_EMPTY, MOST_SHARED)
        first = max(last, self._tried.pop(due.outbox_id, 0)) + 1
        empty = 0
        for message_id in range(first, last + 1 + most):
            try:
                whose = await self._whose(due.chat_id, message_id, keyboard)
            except TelegramError:
                # What has not been given to any message yet is to be looked at again.
                self._tried[due.outbox_id] = min(message_id - 1, newest)
                raise
            match whose:
                case Whose.OURS:
                    log.info("delivery %d: message %d is in %d already", due.outbox_id, message_id, due.chat_id)
                    return message_id
                case Whose.NOBODYS:
                    empty += 1
                case Whose.OTHERS:
                    empty = 0
            if empty == most_empty:
                break
        return None

    async def _newest(self, chat_id: int) -> int:
        """The newest number known to this process or any other, where chats share them; 0 where they do not."""
        known = self._numbers.newest(chat_id)
        return 0 if known is None else max(known, await outbox.newest_said(OWN_NUMBERS))

    async def _whose(self, chat_id: int, message_id: int, keyboard: InlineKeyboardMarkup | None) -> Whose:
        try:
            await self._bot.edit_message_reply_markup(chat_id, message_id, reply_markup=keyboard)
        except TelegramError as error:
            match trouble(error):
                case Trouble.SAME:
                    return Whose.OURS
                case Trouble.NO_MESSAGE:
                    return Whose.NOBODYS if "not found" in error.message.lower() else Whose.OTHERS
                case _:
                    raise
        return Whose.OURS
