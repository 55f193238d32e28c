"""What the people's side of the server has in common: reading requests, refusing in words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from playground.errors import ApiError
from playground.people import NotThere, Refused
from playground.records import Chat, Json
from playground.world import World

Endpoint = Callable[[Request], Awaitable[Response]]


def number(value: Any, what: str) -> int:
    """A number of a request; `Refused` for anything else."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refused(f"{what} must be a number.") from None


def optional(value: Any, what: str) -> int | None:
    """A number that may be left out."""
    return None if value in (None, "", 0, "0") else number(value, what)


async def body(request: Request) -> Json:
    """The JSON object of a request."""
    try:
        given = json.loads(await request.body() or b"{}")
        json.dumps(given, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # no JSON, or half a surrogate pair in it
        raise Refused("The request is no JSON.") from None
    if not isinstance(given, dict):
        raise Refused("The request must be an object.")
    return given


def kindly(endpoint: Endpoint) -> Endpoint:
    """Refusals as JSON: {"error": sentence}."""

    async def wrapped(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NotThere as problem:
            return JSONResponse({"error": str(problem)}, 404)
        except Refused as problem:
            return JSONResponse({"error": str(problem)}, 403)
        except ApiError as problem:
            return JSONResponse({"error": problem.description}, 400)

    return wrapped


def chat_row(world: World, chat: Chat) -> Json:
    """A chat as the page's list shows it."""
    last = world.last_message(chat.id)
    title = world.people[chat.id]["first_name"] if chat.type == "private" else chat.title
    return {
        "id": chat.id,
        "type": chat.type,
        "title": title,
        "is_forum": chat.is_forum,
        "topics": [{"id": topic.id, "name": topic.name} for topic in chat.topics],
        "members": chat.members,
        "admins": chat.admins,
        "bot_member": chat.bot_member,
        "bot_status": chat.bot_status,
        "pinned": chat.pinned,
        "last_message": world.show_to_people(last) if last else None,
    }
