"""Stands between Hashkeep and the Bot API server and does what that server never does: it repeats and it lies."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.harness import TOKEN

Json = dict[str, Any]
Rewrite = Callable[[Json], Json]
_FIRST_ID = 500_000
_PATIENCE_S = 20.0
_SHORT_POLL_S = 5


def as_it_is(update: Json) -> Json:
    """Changes nothing."""
    return update


@dataclass
class Relay:
    """Hands updates on with numbers of its own; everything else goes through as it is."""

    upstream: str
    rewrite: Rewrite = as_it_is
    """Changes each update on its way to Hashkeep."""
    seen: list[Json] = field(default_factory=list)
    """Every update that was handed out, once."""
    address: str = ""
    said: list[str] = field(default_factory=list)
    """The fields of every call that says something, as they came: the server cleans them before it keeps them."""
    nonsense: dict[str, list[Any]] = field(default_factory=dict)
    """By method: what the next calls are answered with in place of the server's result."""
    _queue: list[Json] = field(default_factory=list)
    _replays: list[Json] = field(default_factory=list)
    _next_id: int = _FIRST_ID
    _allowed: str = ""
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _polled: asyncio.Event = field(default_factory=asyncio.Event)
    _refusals: list[Response] = field(default_factory=list)
    _closed: bool = False
    _answers: dict[str, asyncio.Future[Json]] = field(default_factory=dict)

    def put(self, update: Json) -> Json:
        """An update that the server never made; gives it with its number."""
        numbered = {**copy.deepcopy(update), "update_id": self._next_id}
        self._next_id += 1
        self._queue.append(numbered)
        self.seen.append(numbered)
        self._more.set()
        return numbered

    async def replay(self, update: Json) -> None:
        """The same update with the same number, although it was confirmed; returns when it was taken and confirmed."""
        self._replays.append(copy.deepcopy(update))
        self._more.set()
        while self._replays:
            await asyncio.sleep(0.02)
        await self.settled()

    async def settled(self) -> None:
        """Returns when Hashkeep has confirmed all that was handed out, which it does when its handlers are done."""
        async with asyncio.timeout(_PATIENCE_S):
            for _ in range(2):  # the poll that took the last one, and the one after it
                self._polled.clear()
                self._more.set()
                await self._polled.wait()
            while self._queue:
                await asyncio.sleep(0.02)

    async def press(self, person: Json, message: Json, data: str) -> Json:
        """A press that no client would send; gives the answer that the person would see."""
        query_id = f"forged-{self._next_id}"
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._answers[query_id] = answer
        query = {"id": query_id, "from": person, "message": message, "chat_instance": "1", "data": data}
        self.put({"callback_query": query})
        return await asyncio.wait_for(answer, _PATIENCE_S)

    async def _updates(self, given: Json) -> Response:
        self._allowed = given.get("allowed_updates", "")
        offset, timeout_s = int(given.get("offset", 0)), min(float(given.get("timeout", 0)), _SHORT_POLL_S)
        self._queue = [update for update in self._queue if update["update_id"] >= offset]
        self._polled.set()
        if not (self._queue or self._replays or self._refusals or self._closed):
            self._more.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._more.wait(), timeout_s)
        if self._refusals:
            return self._refusals.pop(0)
        given_out, self._replays = [*self._replays, *self._queue], []
        return JSONResponse({"ok": True, "result": given_out})

    def close(self) -> None:
        """Ends the poll that waits."""
        self._closed = True
        self._more.set()

    async def pump(self) -> None:
        """Takes the server's updates, for ever."""
        offset = 0
        async with httpx.AsyncClient(timeout=30) as http:
            while True:
                if not self._allowed:
                    await asyncio.sleep(0.05)
                    continue
                asked = {"offset": offset, "timeout": _SHORT_POLL_S, "allowed_updates": self._allowed}
                answer = await http.post(f"{self.upstream}/bot{TOKEN}/getUpdates", data=asked)
                if not answer.json()["ok"]:
                    self._refusals.append(Response(answer.content, answer.status_code, media_type="application/json"))
                    self._more.set()
                    continue
                for update in answer.json()["result"]:
                    offset = update["update_id"] + 1
                    self.put(self.rewrite(update))

    async def __call__(self, request: Request) -> Response:
        """One call of the Bot API."""
        body, method = await request.body(), request.url.path.rpartition("/")[2]
        if method == "getUpdates":
            return await self._updates(_fields(body))
        if method == "answerCallbackQuery":
            given = _fields(body)
            waiting = self._answers.pop(given.get("callback_query_id", ""), None)
            if waiting:
                waiting.set_result(
                    {"text": given.get("text"), "show_alert": given.get("show_alert") in ("true", "True")}
                )
                return JSONResponse({"ok": True, "result": True})
        if method.startswith(("send", "edit")):
            self.said.append(_words(body, request.headers.get("content-type", "")))
        if self.nonsense.get(method):
            return JSONResponse({"ok": True, "result": self.nonsense[method].pop(0)})
        kept = {name: value for name, value in request.headers.items() if name not in ("host", "connection")}
        try:
            async with httpx.AsyncClient(timeout=60) as http:
                answer = await http.request(
                    request.method, f"{self.upstream}{request.url.path}", content=body, headers=kept
                )
        except httpx.RemoteProtocolError:  # cut by the server: so is ours, in the middle of an answer
            return Response(b"{", headers={"Content-Length": "999"})
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))


def _words(body: bytes, kind: str) -> str:
    """All of a call but the contents of its files."""
    if not kind.startswith("multipart/"):
        return unquote_plus(body.decode())
    parts = body.split(b"--" + kind.partition("boundary=")[2].strip('"').encode())
    heads = (part.partition(b"\r\n\r\n")[0] if b"filename" in part[:500] else part for part in parts)
    return "\n".join(head.decode("utf-8", "replace") for head in heads)


def _fields(body: bytes) -> dict[str, str]:
    text = body.decode()
    if text.startswith("{"):
        return {name: str(value) for name, value in json.loads(text).items()}
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


@asynccontextmanager
async def running_relay(upstream: str) -> AsyncIterator[Relay]:
    """A relay before the server at `upstream`, for the time of a test."""
    relay = Relay(upstream)

    async def call(request: Request) -> Response:
        return await relay(request)

    app = Starlette(routes=[Route("/{path:path}", call, methods=["GET", "POST"])])
    server = uvicorn.Server(
        uvicorn.Config(
            app, port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1, timeout_keep_alive=75
        )
    )
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.02)
        relay.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        pumping = tasks.create_task(relay.pump())
        try:
            yield relay
        finally:
            pumping.cancel()
            relay.close()
            server.should_exit = True
            await serving
