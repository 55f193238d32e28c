"""Keeps our calls within what Telegram takes: about one a second in a chat, 20 a minute in a group, 30 in all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

_CHARGED = ("send", "edit", "copy", "forward")
_FREE = frozenset({"sendChatAction"})
_MAX_CHATS = 4096

PERSON_EVERY_S, GROUP_EVERY_S = 1.0, 3.0
"""How far apart two messages to a chat are once its burst is used up."""


class _Bucket:
    """Lets `burst` calls through at once and then one every `every_s` seconds."""

    def __init__(self, burst: int, every_s: float) -> None:
        self._slack_s = (burst - 1) * every_s
        self._every_s = every_s
        self.free_at = 0.0
        """When all of the burst is there again (time.monotonic)."""

    def wait_s(self, now: float) -> float:
        return max(0.0, self.free_at - self._slack_s - now)

    def take(self, now: float) -> None:
        self.free_at = max(self.free_at, now) + self._every_s


class ChatRateLimiter(BaseRateLimiter[None]):
    """Sends and edits wait for their chat's turn; reactions, getters and answers to presses are free.

    After a 429 the whole chat waits as long as it was told. The error itself goes to the caller, who keeps what was to
    be said in the outbox: nothing is repeated here.
    """

    def __init__(self) -> None:
        self._chats: dict[int, _Bucket] = {}
        self._all = _Bucket(burst=30, every_s=1 / 30)
        self._not_before: dict[int, float] = {}

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> Any:
        """Makes the call when its chat may speak."""
        chat_id = _chat_id(data)
        if chat_id is None or endpoint in _FREE or not endpoint.startswith(_CHARGED):
            return await callback(*args, **kwargs)
        await self.turn(chat_id)
        now = time.monotonic()
        self._bucket(chat_id).take(now)
        self._all.take(now)
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as error:
            self._not_before[chat_id] = time.monotonic() + seconds(error)
            raise

    async def turn(self, chat_id: int) -> None:
        """Waits until the chat may speak. Whoever waits here first reads what to say afterwards, so it is new."""
        while wait_s := self._wait_s(chat_id, time.monotonic()):
            await asyncio.sleep(wait_s)

    def _wait_s(self, chat_id: int, now: float) -> float:
        told = max(0.0, self._not_before.get(chat_id, 0.0) - now)
        return max(told, self._bucket(chat_id).wait_s(now), self._all.wait_s(now))

    def _bucket(self, chat_id: int) -> _Bucket:
        if chat_id not in self._chats:
            if len(self._chats) >= _MAX_CHATS:
                self._forget(time.monotonic())
            self._chats[chat_id] = _Bucket(15, GROUP_EVERY_S) if chat_id < 0 else _Bucket(5, PERSON_EVERY_S)
        return self._chats[chat_id]

    def _forget(self, now: float) -> None:
        self._chats = {chat: bucket for chat, bucket in self._chats.items() if bucket.free_at > now}
        self._not_before = {chat: at for chat, at in self._not_before.items() if at > now}


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks us to wait; PTB gives a timedelta, as `bot/__init__.py` asks it to."""
    value = error.retry_after
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _chat_id(data: dict[str, Any]) -> int | None:
    chat_id = data.get("chat_id")
    return chat_id if isinstance(chat_id, int) else None
