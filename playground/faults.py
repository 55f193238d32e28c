"""Faults on demand: what a network and a busy server do to a bot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from playground.errors import ApiError, DropConnection, bad_request, forbidden
from playground.records import Json

KINDS = ("slow", "429", "500", "502", "504", "drop", "drop_after", "blocked", "kicked", "400", "401", "403")


@dataclass
class Fault:
    """The next `times` calls of a method (all methods: `*`) fail, in one chat or in all."""

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1
    """Seconds: what a 429 says, how long a slow call takes."""
    chat_id: int | None = None
    description: str = ""

    def strikes(self, method: str, chat_id: object) -> bool:
        """Whether it is meant for the call."""
        same_chat = self.chat_id is None or str(self.chat_id) == str(chat_id)
        return self.times > 0 and self.method.lower() in ("*", method.lower()) and same_chat


class Faults:
    """Those that were ordered, in their order."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def order(self, body: Json) -> Fault:
        """Orders one; ValueError says what is wrong with it."""
        fault = Fault(**{**body, "kind": str(body.get("kind", "")), "method": str(body.get("method") or "*")})
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        self._ordered.append(fault)
        return fault

    def clear(self) -> None:
        """Takes all back."""
        self._ordered.clear()

    def take(self, method: str, chat_id: object) -> Fault | None:
        """The fault that strikes this call, if any; it has then struck once."""
        for fault in self._ordered:
            if fault.strikes(method, chat_id):
                fault.times -= 1
                if fault.times <= 0:
                    self._ordered.remove(fault)
                return fault
        return None


async def strike(fault: Fault) -> None:
    """Raises what the fault does to a call before anything else is done; a slow call is done after a while."""
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.retry_after)
        case "429":
            raise ApiError(429, f"Too Many Requests: retry after {fault.retry_after}", retry_after=fault.retry_after)
        case "500":
            raise ApiError(500, fault.description or "Internal Server Error")
        case "502":
            raise ApiError(502, fault.description or "Bad Gateway")
        case "504":
            raise ApiError(504, fault.description or "Gateway Timeout")
        case "drop":
            raise DropConnection
        case "blocked":
            raise forbidden(fault.description or "bot was blocked by the user")
        case "kicked":
            raise forbidden(fault.description or "bot was kicked from the supergroup chat")
        case "403":
            raise forbidden(fault.description or "not enough rights to send text messages to the chat")
        case "401":
            raise ApiError(401, fault.description or "Unauthorized")
        case "400":
            raise bad_request(fault.description or "not enough rights to send text messages to the chat")
