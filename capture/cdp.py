"""A connection to Chromium's DevTools port that belongs to us alone, beside Playwright's."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidMessage, WebSocketException

Message = dict[str, Any]
"""A JSON object as the DevTools protocol sends it."""

MAX_MESSAGE_BYTES = 256 * 1024 * 1024
"""One message of Chromium's: the largest body that is asked for, in base64, and then some."""

CONNECT_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 1.0


class ConnectionLost(Exception):
    """Chromium's DevTools connection is gone: the browser died, or it was closed."""


class CallFailed(Exception):
    """Chromium answered a call with an error."""


class Connection:
    """Calls to, and events from, every target of one browser. Sessions are flat: one socket for all of them.

    `on_event(method, params, session)` is called for each event, in their order, and must neither block nor raise.
    """

    def __init__(self, endpoint: str, on_event: Callable[[str, Message, str], None]) -> None:
        self._endpoint = endpoint
        self._on_event = on_event
        self._ids = itertools.count(1)
        self._waiting: dict[int, tuple[asyncio.Future[Message], str]] = {}
        """Unanswered calls, with the session each was made in."""
        self._outgoing: asyncio.Queue[str] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._socket: ClientConnection | None = None
        self.lost = False
        """True once the connection is gone; every call then fails at once."""

    async def __aenter__(self) -> Self:
        try:
            # No Origin header (Chromium refuses those), and never through a proxy of the environment.
            self._socket = await connect(
                self._endpoint,
                compression=None,
                max_size=MAX_MESSAGE_BYTES,
                open_timeout=CONNECT_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                ping_interval=None,
                proxy=None,
            )
        except (OSError, TimeoutError, InvalidHandshake, InvalidMessage) as error:
            self.lost = True
            raise ConnectionLost(str(error)) from error
        self._tasks = [
            asyncio.create_task(self._read(self._socket), name="cdp-read"),
            asyncio.create_task(self._write(self._socket), name="cdp-write"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection; Chromium lets go of every target that it held for us. May be called twice."""
        self._give_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket:
            with suppress(OSError, TimeoutError, WebSocketException):
                await asyncio.wait_for(self._socket.close(), CLOSE_TIMEOUT_S * 2)

    def post(self, method: str, params: Message | None = None, session: str = "") -> asyncio.Future[Message]:
        """Sends a call without waiting; the future gets its result, CallFailed or ConnectionLost."""
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        # Many calls are made for their effect only: an error nobody looks at is not worth a warning.
        future.add_done_callback(_look_at_error)
        if self.lost:
            future.set_exception(ConnectionLost(method))
            return future
        number = next(self._ids)
        message: Message = {"id": number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        self._waiting[number] = future, session
        self._outgoing.put_nowait(json.dumps(message))
        return future

    async def call(
        self, method: str, params: Message | None = None, session: str = "", *, timeout_s: float = 5.0
    ) -> Message:
        """Sends a call and waits for its result. Raises CallFailed, ConnectionLost or TimeoutError."""
        future = self.post(method, params, session)
        async with asyncio.timeout(timeout_s):  # wait_for of Python 3.11 may swallow the end of a step's time
            return await future

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._dispatch(json.loads(text))
        except (OSError, WebSocketException, ValueError):
            pass  # the end of the connection is told to whoever waits, just below
        finally:
            self._give_up()

    async def _write(self, socket: ClientConnection) -> None:
        with suppress(OSError, WebSocketException):
            while True:
                await socket.send(await self._outgoing.get())

    def _dispatch(self, message: Message) -> None:
        number = message.get("id")
        if number is None:
            if message["method"] == "Target.detachedFromTarget":
                self._end_session(message["params"]["sessionId"])
            self._on_event(message["method"], message.get("params", {}), message.get("sessionId", ""))
            return
        future, _ = self._waiting.pop(number, (None, ""))
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(CallFailed(str(message["error"].get("message", ""))))
        else:
            future.set_result(message.get("result", {}))

    def _end_session(self, session: str) -> None:
        """A target has gone, and with it whoever would have answered: Chromium does not say so of each call."""
        for number in [number for number, (_, asked) in self._waiting.items() if asked == session]:
            future, _ = self._waiting.pop(number)
            if not future.done():
                future.set_exception(CallFailed("the target is gone"))

    def _give_up(self) -> None:
        self.lost = True
        waiting, self._waiting = self._waiting, {}
        for future, _ in waiting.values():
            if not future.done():
                future.set_exception(ConnectionLost("the DevTools connection is gone"))


def _look_at_error(future: asyncio.Future[Message]) -> None:
    if not future.cancelled():
        future.exception()
