"""What the chat page looks at: chats, messages, files, the bot's calls, live events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from playground import people
from playground.bot_api import BotApi
from playground.demo import PAGES
from playground.people import NotThere
from playground.play_common import chat_row, number, optional
from playground.records import Json
from playground.security import FILE_HEADERS

_HEARTBEAT_S = 15.0
_INLINE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "text/plain", "text/html", "application/pdf")


class Looking:
    """Endpoints that change nothing."""

    def __init__(self, bot_api: BotApi) -> None:
        self.bot_api = bot_api
        self.world = bot_api.world

    async def state(self, request: Request) -> Response:
        """Everything the page's left side shows, for one person (`as`) or for all."""
        person = optional(request.query_params.get("as"), "as")
        world = self.world
        if person is not None:
            people.person_of(world, person)
        shown = [chat for chat in world.chats.values() if person is None or person in chat.members]
        address = str(request.base_url).rstrip("/")
        demo = [{"title": page.title, "url": f"{address}/play/demo/{page.name}"} for page in PAGES]
        return JSONResponse(
            {
                "bot": world.bot,
                "people": list(world.people.values()),
                "chats": [chat_row(self.world, chat) for chat in shown if chat.migrated_to is None],
                "demo": demo,
                "privacy": world.privacy,
            }
        )

    async def list_messages(self, request: Request) -> Response:
        """Messages of a chat, oldest first: those behind `after_id`, or the last ones before `before_id`."""
        chat = people.chat_of(self.world, request.path_params["chat"])
        query = request.query_params
        after, before = optional(query.get("after_id"), "after_id"), optional(query.get("before_id"), "before_id")
        limit = min(optional(query.get("limit"), "limit") or 50, 200)
        found = [
            message
            for message in self.world.messages(chat.id)
            if (after is None or message.id > after) and (before is None or message.id < before)
        ]
        found = found[:limit] if after is not None and before is None else found[-limit:]
        return JSONResponse({"messages": [self.world.show_to_people(message) for message in found]})

    async def requests(self, request: Request) -> Response:
        """The bot's calls."""
        since = optional(request.query_params.get("since"), "since") or 0
        return JSONResponse({"requests": self.bot_api.log.since(since)})

    async def commands(self, request: Request) -> Response:
        """The bot's commands for a chat, a person and a language, as a menu offers them: the closest scope wins."""
        chat = people.chat_of(self.world, number(request.query_params.get("chat"), "chat"))
        person = optional(request.query_params.get("as"), "as")
        language = request.query_params.get("language", "")[:2]
        everywhere = "all_private_chats" if chat.type == "private" else "all_group_chats"
        of_admins = [{"type": "all_chat_administrators"}] if person in chat.admins else []
        scopes: list[Json] = [
            {"type": "chat", "chat_id": chat.id}, *of_admins, {"type": everywhere}, {"type": "default"},
        ]  # fmt: skip
        for scope in scopes:
            for code in (language, ""):
                found = self.world.journal.get("commands", json.dumps([scope, code], sort_keys=True))
                if found:
                    return JSONResponse({"commands": found})
        return JSONResponse({"commands": []})

    async def file(self, request: Request) -> Response:
        """A file as people open it: never trusted, whatever it says it is."""
        file = self.world.files.find(request.path_params["file_id"])
        if file is None:
            raise NotThere("There is no such file.")
        download = "download" in request.query_params or file.media_type not in _INLINE_TYPES
        kind = file.media_type if file.media_type in _INLINE_TYPES else "application/octet-stream"
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        return FileResponse(
            Path(self.world.files.folder, file.path),
            media_type=kind,
            filename=file.name,
            content_disposition_type="attachment" if download else "inline",
            headers=FILE_HEADERS,
        )

    async def events(self, request: Request) -> Response:
        """What happens, as server-sent events."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=headers)

    async def _stream(self) -> AsyncIterator[str]:
        with self.world.events.listen() as queue:
            yield "retry: 1000\n\n"
            while True:
                try:
                    line = await asyncio.wait_for(queue.get(), _HEARTBEAT_S)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if line is None:
                    return
                yield f"data: {line}\n\n"
