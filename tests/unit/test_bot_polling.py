"""Updates are confirmed when they have been handled, and nothing of a server's bad day is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from telegram import Update
from telegram.error import Conflict, NetworkError

from bot import polling
from bot.order import ChatOrder
from bot.polling import Polling
from storage.database import StorageUnavailable

Handler = Callable[[Update], Awaitable[None]]


class Server:
    """Stands in for the Application: gives updates as the Bot API does, and notes what was confirmed."""

    def __init__(self, handler: Handler, *answers: Any) -> None:
        self.bot = self
        self.update_processor = ChatOrder()
        self.offsets: list[int | None] = []
        self.webhooks_left = 0
        self.on_error: Any = None
        self.nothing_more = asyncio.Event()
        self._handler = handler
        self._answers = list(answers)

    async def get_updates(self, offset: int | None, **_: Any) -> tuple[Update, ...]:
        self.offsets.append(offset)
        if not self._answers:
            self.nothing_more.set()
            await asyncio.Event().wait()
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return tuple(Update(number) for number in answer)

    async def delete_webhook(self, drop_pending_updates: bool) -> bool:
        assert not drop_pending_updates, "what waits would be lost"
        self.webhooks_left += 1
        return True

    async def process_update(self, update: Update) -> None:
        try:
            await self._handler(update)
        except StorageUnavailable as error:
            await self.on_error(update, type("Context", (), {"error": error}))


async def run(server: Server) -> Polling:
    loop = Polling(server)  # type: ignore[arg-type]
    server.on_error = loop.on_error
    task = asyncio.create_task(loop.run())
    await asyncio.wait_for(server.nothing_more.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await loop.close(1)
    return loop


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_PAUSE_S", "LONGEST_PAUSE_S", "STORAGE_PAUSE_S"):
        monkeypatch.setattr(polling, name, 0.01)


async def test_an_update_is_confirmed_after_its_handler() -> None:
    seen: list[str] = []

    async def handle(update: Update) -> None:
        await asyncio.sleep(0)
        seen.append(f"handled {update.update_id} at {len(server.offsets)}")

    server = Server(handle, [5, 6])
    await run(server)
    assert sorted(seen) == ["handled 5 at 1", "handled 6 at 1"]
    assert server.offsets == [None, 7]


async def test_a_server_that_is_away_is_asked_again_from_the_same_place() -> None:
    handled: list[int] = []

    async def handle(update: Update) -> None:
        handled.append(update.update_id)

    server = Server(handle, [1], NetworkError("Bad Gateway"), Conflict("another"), [2])
    await run(server)
    assert handled == [1, 2]
    assert server.offsets == [None, 2, 2, 2, 3]
    assert server.webhooks_left == 0


async def test_a_webhook_that_another_program_has_left_is_taken_away() -> None:
    handled: list[int] = []

    async def handle(update: Update) -> None:
        handled.append(update.update_id)

    told = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    server = Server(handle, Conflict(told), [4])
    await run(server)
    assert server.webhooks_left == 1
    assert handled == [4]


async def test_an_update_is_handled_again_when_the_database_was_out_of_reach() -> None:
    tries: list[int] = []

    async def handle(update: Update) -> None:
        tries.append(len(server.offsets))
        if len(tries) < 3:
            raise StorageUnavailable("disk is full")

    server = Server(handle, [9])
    await run(server)
    assert tries == [1, 1, 1], "it was confirmed before it was stored"
    assert server.offsets == [None, 10]


async def test_one_slow_handler_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "HANDLERS_S", 0.05)
    monkeypatch.setattr(polling, "SLOW_HANDLER_PAUSE_S", 0.01)
    gate = asyncio.Event()
    handled: list[int] = []

    async def handle(update: Update) -> None:
        if update.update_id == 1:
            await gate.wait()
        handled.append(update.update_id)
        if update.update_id == 3:
            gate.set()

    server = Server(handle, [1], [1, 2], [1, 2], [1, 2, 3], [4])
    server.update_processor = SideBySide()
    loop = Polling(server)  # type: ignore[arg-type]
    task = asyncio.create_task(loop.run())
    await asyncio.wait_for(server.nothing_more.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await loop.close(1)
    assert sorted(handled) == [1, 2, 3, 4], "one was lost, or handled twice"
    assert server.offsets[:4] == [None, 1, 1, 1], "it was confirmed before it was handled"
    assert server.offsets[-1] == 5


class SideBySide(ChatOrder):
    """Updates without a chat are of one queue; here they are not to wait for each other."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        await coroutine
