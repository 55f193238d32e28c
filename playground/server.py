"""The server as one ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from playground import demo, play_api
from playground.answers import Answers
from playground.bot_api import BotApi
from playground.faults import Faults
from playground.security import PAGE_HEADERS, Guard
from playground.webhook import Webhook
from playground.world import World

STATIC = Path(__file__).with_name("static")


class _Number(Convertor[int]):
    """A whole number; a chat's may be negative."""

    regex = "-?[0-9]{1,19}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", _Number())


class _PageFiles(StaticFiles):
    """The page's own files, with its policy."""

    def file_response(self, *args: Any, **keywords: Any) -> Response:
        response = super().file_response(*args, **keywords)
        response.headers.update(PAGE_HEADERS)
        return response


class _Cutter:
    """Lets a fault on demand cut the connection: `scope["playground.cut"]`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)  # uvicorn's
        if scope["type"] == "http" and transport is not None:
            scope["playground.cut"] = transport.abort
        await self.app(scope, receive, send)


class Server:
    """A playground: its world and the application that serves it."""

    def __init__(self, folder: Path, token: str, allowed_hosts: frozenset[str] = frozenset()) -> None:
        self.world = World(folder, int(token.partition(":")[0]))
        self.webhook = Webhook(self.world.journal, self.world.updates)
        self.bot_api = BotApi(self.world, token, Answers(), self.webhook, Faults())
        bot_path = "/bot{token}/{method}"
        routes = [
            Route(bot_path, self.bot_api.call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self.bot_api.file),
            Mount("/play/api", routes=play_api.routes(self.bot_api)),
            Mount("/play/demo", routes=demo.routes()),
            Mount("/play/static", _PageFiles(directory=STATIC, check_dir=False)),
            Route("/", self._page),
            Route("/favicon.ico", self._icon),
        ]
        app = Starlette(
            routes=routes,
            lifespan=self._life,
            exception_handlers={404: _not_found, 405: _not_found, 500: _broken},
        )
        self.app: ASGIApp = _Cutter(Guard(app, allowed_hosts))

    @contextlib.asynccontextmanager
    async def _life(self, _: Starlette) -> AsyncIterator[None]:
        delivering = asyncio.create_task(self.webhook.run())
        try:
            yield
        finally:
            delivering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await delivering
            self.world.close()

    async def _page(self, _: Request) -> Response:
        return FileResponse(STATIC / "index.html", headers=PAGE_HEADERS)

    async def _icon(self, _: Request) -> Response:
        icon = STATIC / "icon.svg"
        return FileResponse(icon, headers=PAGE_HEADERS) if icon.exists() else Response(status_code=204)


async def _not_found(_: Request, error: Exception) -> Response:
    return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)


async def _broken(_: Request, error: Exception) -> Response:
    """A fault of ours, which the log tells in full; the bot gets what the real server would say."""
    return JSONResponse({"ok": False, "error_code": 500, "description": "Internal Server Error"}, 500)
