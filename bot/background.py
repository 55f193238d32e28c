"""Small calls to Telegram that an update's handler starts and need not wait for: reactions, answers to presses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.ratelimit import seconds

log = logging.getLogger(__name__)

TRIES = 3
PAUSE_S = 0.5
LONGEST_WAIT_S = 10.0


class Background:
    """Owns those calls. What they say is worth a few tries and no more: nothing that must arrive goes this way."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._edits: dict[tuple[int, int], asyncio.Task[None]] = {}
        """The newest edit of each message that is being edited."""

    def start(self, what: str, call: Call) -> None:
        """Makes the call by itself; `what` names it in the log if it is refused."""
        self._own(asyncio.create_task(_few_tries(what, call), name=what))

    def edit(self, chat_id: int, message_id: int, what: str, call: Call) -> None:
        """The same for an edit of a message: after the one before it, which is given up if it has not got through.

        Whoever presses twice in a hurry sees in the end what they pressed last.
        """
        place = (chat_id, message_id)
        task = asyncio.create_task(self._in_turn(place, self._edits.get(place), what, call), name=what)
        self._edits[place] = task
        self._own(task)

    async def _in_turn(self, place: tuple[int, int], before: asyncio.Task[None] | None, what: str, call: Call) -> None:
        task = asyncio.current_task()
        try:
            if before is not None:
                await asyncio.wait({before})
            await _few_tries(what, call, lambda: self._edits.get(place) is task)
        finally:
            if self._edits.get(place) is task:
                del self._edits[place]

    def _own(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, grace_s: float) -> None:
        """Gives what is under way a last moment, then ends it."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Call:
    """A call that can be made again: a bound method with its arguments."""

    def __init__(self, method: Any, *args: Any, **keywords: Any) -> None:
        self._method, self._args, self._keywords = method, args, keywords

    def __call__(self) -> Coroutine[Any, Any, Any]:
        result: Coroutine[Any, Any, Any] = self._method(*self._args, **self._keywords)
        return result


async def _few_tries(what: str, call: Call, is_wanted: Callable[[], bool] = lambda: True) -> None:
    for n in range(1, TRIES + 1):
        if not is_wanted():
            return
        try:
            await call()
            return
        except RetryAfter as error:
            pause_s = seconds(error)
            if pause_s > LONGEST_WAIT_S:
                break
        except (BadRequest, Forbidden) as error:
            # REACTION_INVALID, a message deleted meanwhile, a query too old, an edit that changes nothing …
            log.debug("%s was refused: %s", what, error.message)
            return
        except NetworkError as error:
            log.debug("%s did not get through: %s", what, error.message)
            pause_s = PAUSE_S * n
        except TelegramError as error:
            log.warning("%s failed: %s", what, error.message)
            return
        if n < TRIES:
            await asyncio.sleep(pause_s)
    log.info("%s was given up", what)
