"""The updates of one chat in their order, chats side by side."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from storage.turns import turn

MAX_AT_ONCE = 1024


class ChatOrder(BaseUpdateProcessor):
    """Processes an update when those of its chat before it are done.

    PTB's own `concurrent_updates` lets an edit overtake its message.
    """

    __slots__ = ("_locks", "_waiting")

    def __init__(self) -> None:
        super().__init__(MAX_AT_ONCE)
        self._locks: dict[int, asyncio.Lock] = {}
        self._waiting: dict[int, int] = defaultdict(int)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Runs the handlers of an update under its chat's lock; the lock's queue is first in, first out.

        Another replica's updates of the chat are waited for as well.
        """
        key = order_key(update)
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._waiting[key] += 1
        try:
            async with lock, turn("updates", key):
                await coroutine
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key], self._locks[key]

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""


def order_key(update: object) -> int:
    """The chat of an update, or the person where there is no chat; 0 when there is neither."""
    if not isinstance(update, Update):
        return 0
    source = update.effective_chat or update.effective_user
    return source.id if source else 0
