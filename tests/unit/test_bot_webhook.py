"""An update that is delivered is acknowledged when it is stored, and not before."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from telegram import Update
from telegram.error import NetworkError

from bot import webhook
from bot.order import ChatOrder
from bot.webhook import Webhook, WebhookDoor
from storage.database import StorageUnavailable

SECRET = "s" * 32


class Server:
    """Stands in for the Application."""

    def __init__(self, handler: Callable[[Update], Awaitable[None]]) -> None:
        self.bot = self
        self.update_processor = ChatOrder()
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.refusals = 0
        self.on_error: Any = None
        self._handler = handler

    async def set_webhook(self, url: str, **more: Any) -> bool:
        if self.refusals:
            self.refusals -= 1
            raise NetworkError("away")
        self.told.append((url, more))
        return True

    async def process_update(self, update: Update) -> None:
        try:
            await self._handler(update)
        except Exception as error:  # noqa: BLE001 - as PTB does
            await self.on_error(update, type("Context", (), {"error": error}))


def made(handler: Callable[[Update], Awaitable[None]]) -> tuple[Server, Webhook, WebhookDoor]:
    server = Server(handler)
    door = WebhookDoor("https://bot.example.org/t", SECRET)
    taken = Webhook(server, door)  # type: ignore[arg-type]
    server.on_error = taken.on_error
    return server, taken, door


def body(number: int) -> bytes:
    return json.dumps({"update_id": number}).encode()


async def test_done_with_is_200_and_out_of_reach_is_503_until_it_is_stored() -> None:
    reachable = False

    async def handle(_: Update) -> None:
        if not reachable:
            raise StorageUnavailable("the disk is full")

    _, taken, _ = made(handle)
    assert await taken.deliver(body(7), SECRET) == 503
    reachable = True
    assert await taken.deliver(body(7), SECRET) == 200


async def test_a_handler_that_fails_otherwise_would_fail_again(caplog: pytest.LogCaptureFixture) -> None:
    async def handle(_: Update) -> None:
        raise RuntimeError("a mistake of ours")

    _, taken, _ = made(handle)
    assert await taken.deliver(body(7), SECRET) == 200
    assert "update 7 was not handled" in caplog.text


async def test_one_that_takes_long_is_not_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "HANDLERS_S", 0.05)
    gate, handled = asyncio.Event(), 0

    async def handle(_: Update) -> None:
        nonlocal handled
        await gate.wait()
        handled += 1

    _, taken, _ = made(handle)
    assert await taken.deliver(body(7), SECRET) == 503
    gate.set()
    await taken.close(5)
    assert handled == 1


@pytest.mark.parametrize("secret", [None, "", "S" * 32, SECRET + "s", "ü"])
async def test_without_the_secret_nothing_is_read(secret: str | None) -> None:
    async def handle(_: Update) -> None:
        raise AssertionError("handled")

    _, taken, _ = made(handle)
    assert await taken.deliver(body(1), secret) == 401


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b'"x"', b"null", b"{}", b'{"update_id": 1, "message": 5}'])
async def test_what_is_no_update_is_refused(content: bytes) -> None:
    async def handle(_: Update) -> None:
        raise AssertionError("handled")

    _, taken, _ = made(handle)
    assert await taken.deliver(content, SECRET) == 400


async def test_telegram_is_told_the_address_until_it_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "FIRST_PAUSE_S", 0.001)

    async def handle(_: Update) -> None:
        """Nothing."""

    server, taken, door = made(handle)
    server.refusals = 2
    task = asyncio.create_task(taken.run())
    while not server.told:
        await asyncio.sleep(0)
    assert door.deliver is not None
    url, more = server.told[0]
    assert (url, more["secret_token"], more["drop_pending_updates"]) == (door.url, SECRET, False)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert door.deliver is None, "from now on: bring it again"
