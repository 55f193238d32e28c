"""What listens on LISTEN: whether we live, whether we can work, figures, and the way in for Telegram's updates."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.webhook import MAX_BODY_BYTES, WebhookDoor
from hashkeep import metrics
from hashkeep.patience import outwait_the_left, within
from hashkeep.readiness import Look, Readiness
from hashkeep.settings import WrongSettings

log = logging.getLogger(__name__)

LOOK_S = 2.5
END_S = 3.0
KEEP_ALIVE_S = 130
"""Longer than reverse proxies keep a connection that is idle (Caddy 120 s, nginx 60 s): who closes first must be they,
as a request that is just then on its way is lost."""
PROOF_HEADER = "X-Telegram-Bot-Api-Secret-Token"


def make_app(readiness: Readiness, door: WebhookDoor | None, *, with_metrics: bool) -> Starlette:
    """The routes."""

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_: Request) -> Response:
        looks = readiness.looks
        if not looks:
            return JSONResponse({"ready": False, "why": readiness.why}, 503)
        found = dict(zip(looks, await asyncio.gather(*map(_look, looks.values())), strict=True))
        return JSONResponse(found, 200 if all(found.values()) else 503)

    routes = [Route("/healthz", alive), Route("/readyz", ready)]
    if with_metrics:
        routes.append(_metrics(readiness))
    if door is not None:
        routes.append(Route(urlsplit(door.url).path or "/", _updates(door), methods=["POST"]))
    return Starlette(routes=routes)


def make_metrics_app(readiness: Readiness) -> Starlette:
    """The figures alone, for an address of their own."""
    return Starlette(routes=[_metrics(readiness)])


def _metrics(readiness: Readiness) -> Route:
    async def figures(_: Request) -> Response:
        return Response(await metrics.exposition(is_open=bool(readiness.looks)), media_type=metrics.CONTENT_TYPE)

    return Route("/metrics", figures)


async def _look(look: Look) -> bool:
    try:
        return await within(LOOK_S, look())
    except OSError as error:
        log.warning("not ready: %s", error or "no answer")
        return False


def _updates(door: WebhookDoor) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Response:
        if door.deliver is None:
            return Response(status_code=503)
        body = b""
        with suppress(ClientDisconnect):
            async for piece in request.stream():
                body += piece
                if len(body) > MAX_BODY_BYTES:
                    return Response(status_code=413)
            return Response(status_code=await door.deliver(body, request.headers.get(PROOF_HEADER)))
        return Response(status_code=400)

    return receive


class _Server(uvicorn.Server):
    """Leaves the signals to us."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes none."""
        yield


@asynccontextmanager
async def listening(name: str, host: str, port: int, app: Starlette) -> AsyncIterator[None]:
    """Serves the app until the end of the block. Raises WrongSettings where that cannot be had."""
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, lifespan="off", server_header=False,
        timeout_graceful_shutdown=round(END_S), timeout_keep_alive=KEEP_ALIVE_S, limit_concurrency=512,
        h11_max_incomplete_event_size=32_768,
    )  # fmt: skip
    server = _Server(config)
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        reason = error.strerror or str(error)
        raise WrongSettings(f"{name}: {host}:{port} cannot be listened on ({reason}). Take another.") from None
    task = asyncio.create_task(server.serve([bound]), name="web")
    try:
        yield
    finally:
        server.should_exit = True
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(task, END_S + 1)
        bound.close()
        await outwait_the_left(END_S)
