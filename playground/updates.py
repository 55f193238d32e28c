"""The bot's updates: kept until it confirms them, for a day at most."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from playground.errors import ApiError
from playground.journal import Journal
from playground.records import Json

KEPT_S = 24 * 3600.0
# An answer to these is worthless later: the real server drops them when nobody fetched them in time.
_SHORT_LIVES_S = {"callback_query": 150.0, "inline_query": 30.0}
_NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_FIRST_ID = 100_000_001
MAX_POLL_S = 50


@dataclass(frozen=True)
class _Waiting:
    update: Json
    expires: float


class Updates:
    """A queue on disk. An update is handed out again and again until a call asks for those behind it."""

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.time) -> None:
        self._journal = journal
        self._clock = clock
        self._waiting = {
            int(key): _Waiting(**body) for key, body in sorted(journal.all("update"), key=lambda x: int(x[0]))
        }
        self._next_id: int = journal.get("setting", "next_update_id", _FIRST_ID)
        self.allowed: list[str] = journal.get("setting", "allowed_updates", [])
        self._changed = asyncio.Event()
        self._poller: asyncio.Future[None] | None = None
        self._closed = False

    def add(self, kind: str, content: Json) -> int | None:
        """Puts an update into the queue and gives its id; None when the bot did not ask for its kind."""
        if not self._wanted(kind):
            return None
        update_id, self._next_id = self._next_id, self._next_id + 1
        expires = self._clock() + _SHORT_LIVES_S.get(kind, KEPT_S)
        self._waiting[update_id] = _Waiting({"update_id": update_id, kind: content}, expires)
        self._journal.put("setting", "next_update_id", self._next_id)
        self._journal.put("update", update_id, {"update": self._waiting[update_id].update, "expires": expires})
        self._changed.set()
        return update_id

    def _wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in _NOT_BY_DEFAULT

    def allow(self, kinds: list[str] | None) -> None:
        """Which kinds the bot wants from now on; None leaves it as it was."""
        if kinds is not None and kinds != self.allowed:
            self.allowed = kinds
            self._journal.put("setting", "allowed_updates", kinds)

    def pending(self) -> list[Json]:
        """All that is not confirmed, the oldest first."""
        self._changed.clear()
        now = self._clock()
        for update_id in [key for key, waiting in self._waiting.items() if waiting.expires < now]:
            self.confirm(update_id)
        return [waiting.update for waiting in self._waiting.values()]

    def confirm(self, update_id: int) -> None:
        """Forgets one update."""
        if self._waiting.pop(update_id, None):
            self._journal.remove("update", update_id)

    def forget_all(self) -> None:
        """Forgets everything that waits."""
        for update_id in list(self._waiting):
            self.confirm(update_id)

    async def wait(self, timeout_s: float) -> None:
        """Returns when something was added since the last look at `pending`, at the latest after the time."""
        try:
            await asyncio.wait_for(self._changed.wait(), timeout_s)
        except TimeoutError:
            return

    async def get(self, offset: int, limit: int, timeout_s: int) -> list[Json]:
        """Confirms what lies before `offset`, then gives what waits; 409 when another call takes its place."""
        self._confirm_before(offset)
        if self._poller and not self._poller.done():
            self._poller.set_result(None)
        mine = self._poller = asyncio.get_running_loop().create_future()
        give_up = time.monotonic() + min(timeout_s, MAX_POLL_S)
        try:
            while not (found := self.pending()[:limit]) and not self._closed:
                rest = give_up - time.monotonic()
                if rest <= 0:
                    break
                waiting = asyncio.ensure_future(self.wait(rest))
                await asyncio.wait({waiting, mine}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                if mine.done():
                    raise ApiError(
                        409,
                        "Conflict: terminated by other getUpdates request;"
                        " make sure that only one bot instance is running",
                    )
            return found
        finally:
            if not mine.done():
                mine.set_result(None)

    def close(self) -> None:
        """Ends the call that waits, as if its time were over."""
        self._closed = True
        self._changed.set()

    def _confirm_before(self, offset: int) -> None:
        ids = sorted(self._waiting)
        ids = ids[:offset] if offset < 0 else [update_id for update_id in ids if update_id < offset]
        for update_id in ids:
            self.confirm(update_id)
