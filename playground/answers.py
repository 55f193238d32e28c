"""Button presses and inline queries that wait for the bot's answer."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field

from playground.errors import bad_request
from playground.records import Json

VALID_S = 150.0


@dataclass
class _Asked:
    at: float
    future: asyncio.Future[Json] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Answers:
    """Questions by id. A restart of the server makes every open one too old, as time does."""

    def __init__(self) -> None:
        self._asked: dict[str, _Asked] = {}

    def ask(self) -> str:
        """A new question's id."""
        now = time.monotonic()
        self._asked = {key: asked for key, asked in self._asked.items() if now - asked.at < VALID_S}
        question = str(secrets.randbelow(9 * 10**17) + 10**17)
        self._asked[question] = _Asked(now)
        return question

    def give(self, question: str, answer: Json) -> None:
        """The bot's answer; 400 when the question is unknown, answered or too old."""
        asked = self._asked.get(question)
        if asked is None or time.monotonic() - asked.at > VALID_S or asked.future.done():
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        asked.future.set_result(answer)

    async def wait(self, question: str, timeout_s: float) -> Json | None:
        """The answer; None when there is none in time. A later one is still taken."""
        try:
            return await asyncio.wait_for(asyncio.shield(self._asked[question].future), timeout_s)
        except TimeoutError:
            return None

    def given(self, question: str) -> Json | None:
        """The answer that was given; None when there is none."""
        asked = self._asked.get(question)
        return asked.future.result() if asked and asked.future.done() else None
