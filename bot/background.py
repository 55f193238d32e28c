"""Small calls to Telegram that an update's handler starts and need not wait for: reactions, answers to presses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
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

    def start(self, what: str, call: Call) -> None:
        """Makes the call by itself; `what` names it in the log if it is refused."""
        task = asyncio.create_task(_few_tries(what, call), name=what)
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


async def _few_tries(what: str, call: Call) -> None:
    for n in range(1, TRIES + 1):
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
