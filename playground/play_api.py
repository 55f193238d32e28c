"""`/play/api`: the people's side of the server, and the workshop: privacy mode, faults."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.bot_api import BotApi
from playground.people import Refused
from playground.play_common import Endpoint, body, kindly
from playground.play_doing import Doing
from playground.play_looking import Looking


class Workshop:
    """Endpoints that bend the world."""

    def __init__(self, bot_api: BotApi) -> None:
        self.bot_api = bot_api
        self.world = bot_api.world

    async def privacy(self, request: Request) -> Response:
        """Privacy mode on or off."""
        self.world.set_privacy(bool((await body(request)).get("on")))
        return JSONResponse({"privacy": self.world.privacy})

    async def order_fault(self, request: Request) -> Response:
        """The next calls of a method are to fail."""
        try:
            self.bot_api.faults.order(await body(request))
        except (TypeError, ValueError) as problem:
            raise Refused(f"That is no fault that can be ordered: {problem}") from None
        return JSONResponse({"ordered": True})

    async def clear_faults(self, request: Request) -> Response:
        """No more faults."""
        self.bot_api.faults.clear()
        return JSONResponse({"cleared": True})


def routes(bot_api: BotApi) -> list[Route]:
    """All addresses, without their common prefix."""
    looking, doing, workshop = Looking(bot_api), Doing(bot_api), Workshop(bot_api)
    chat = "/chats/{chat:number}"
    message = f"{chat}/messages/{{message:number}}"
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", "/state", looking.state),
        ("GET", f"{chat}/messages", looking.list_messages),
        ("POST", f"{chat}/messages", doing.write),
        ("PATCH", message, doing.edit),
        ("DELETE", message, doing.delete),
        ("POST", f"{message}/press", doing.press),
        ("POST", f"{message}/reactions", doing.react),
        ("POST", "/start", doing.start),
        ("POST", "/chats", doing.new_chat),
        ("POST", f"{chat}/members", doing.members),
        ("POST", f"{chat}/settings", doing.settings),
        ("POST", f"{chat}/topics", doing.new_topic),
        ("POST", f"{chat}/upgrade", doing.upgrade),
        ("POST", "/inline", doing.inline_query),
        ("POST", f"{chat}/inline", doing.inline_choice),
        ("POST", "/privacy", workshop.privacy),
        ("POST", "/faults", workshop.order_fault),
        ("DELETE", "/faults", workshop.clear_faults),
        ("GET", "/requests", looking.requests),
        ("GET", "/commands", looking.commands),
        ("GET", "/files/{file_id}", looking.file),
        ("GET", "/events", looking.events),
    ]
    return [Route(path, kindly(endpoint), methods=[verb]) for verb, path, endpoint in table]
