"""`/bot<token>/<method>` and `/file/bot<token>/<path>`."""

from __future__ import annotations

import hmac
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from playground import methods
from playground.answers import Answers
from playground.context import Context
from playground.errors import ApiError, DropConnection, bad_request
from playground.faults import Faults, strike
from playground.records import Json
from playground.requests import Call, read_call
from playground.schema import check_call, method_name, schema
from playground.webhook import Webhook
from playground.world import World

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+\Z")
_LOG_LENGTH = 10_000
_SHOWN_CHARACTERS = 1000


@dataclass
class RequestLog:
    """The bot's calls, for tests and for the curious."""

    rows: deque[Json] = field(default_factory=lambda: deque(maxlen=_LOG_LENGTH))
    count: int = 0

    def add(self, method: str, params: Json, error: str | None) -> None:
        """Notes one call with its end."""
        self.count += 1
        short = {name: _short(value) for name, value in params.items()}
        self.rows.append({"n": self.count, "method": method, "params": short, "ok": error is None, "error": error})

    def since(self, number: int) -> list[Json]:
        """The calls behind the n-th."""
        return [row for row in self.rows if row["n"] > number]


def _short(value: Any) -> Any:
    return value[:_SHOWN_CHARACTERS] + "…" if isinstance(value, str) and len(value) > _SHOWN_CHARACTERS else value


class BotApi:
    """The bot's side of the server."""

    def __init__(self, world: World, token: str, answers: Answers, webhook: Webhook, faults: Faults) -> None:
        self.world = world
        self.answers = answers
        self.webhook = webhook
        self.faults = faults
        self.log = RequestLog()
        self._token = token

    def _authorize(self, token: str) -> None:
        if not _TOKEN.match(token):
            raise ApiError(404, "Not Found")
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise ApiError(401, "Unauthorized")

    async def call(self, request: Request) -> Response:
        """One call of a method."""
        name, call, error = request.path_params["method"], Call(), None
        try:
            self._authorize(request.path_params["token"])
            name = method_name(name)
            call = await read_call(request)
            result = await self._run(name, call, str(request.base_url))
        except ApiError as refused:
            error = refused.description
            return JSONResponse(refused.answer(), refused.code)
        except DropConnection:
            error = "connection dropped"
            return CutConnection()
        finally:
            if name != "getUpdates" or error:
                self.log.add(name, {**call.given, **{part: "(file)" for part in call.uploads}}, error)
        return JSONResponse({"ok": True, "result": result})

    async def _run(self, name: str, call: Call, address: str) -> Any:
        fault = self.faults.take(name, call.given.get("chat_id"))
        if fault:
            await strike(fault)
        _check_uploads(name, call)
        params = check_call(name, call.given)
        context = Context(self.world, name, self.answers, self.webhook, address, params, call.uploads)
        result = await methods.run(name, context)
        if fault and fault.kind == "drop_after":
            raise DropConnection  # done, but the bot will not learn of it
        return result

    async def file(self, request: Request) -> Response:
        """A file by the path that `getFile` gave."""
        try:
            self._authorize(request.path_params["token"])
            file = self.world.files.at(request.path_params["path"])
            if file is None:
                raise ApiError(404, "Not Found")
        except ApiError as refused:
            return JSONResponse(refused.answer(), refused.code)
        return FileResponse(self.world.files.folder / file.path, media_type="application/octet-stream")


class CutConnection(Response):
    """No answer: the connection is cut, by what the server put into the scope for that (see `server`)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["playground.cut"]()
        while (await receive())["type"] != "http.disconnect":
            continue


def _check_uploads(name: str, call: Call) -> None:
    """Every file must be a parameter's or be named by an `attach://`."""
    fields = schema()["methods"][name]
    text = "".join(value for value in call.given.values() if isinstance(value, str))
    for part in call.uploads:
        if "InputFile" not in fields.get(part, "") and f"attach://{part}" not in text:
            raise bad_request(f'no parameter of method {name} uses the file "{part}"')
