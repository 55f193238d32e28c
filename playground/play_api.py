"""`/play/api`: what the chat page, and tests, do on the people's side."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from playground import inline, membership, people
from playground.bot_api import BotApi
from playground.demo import PAGES
from playground.errors import ApiError
from playground.keyboards import buttons_of
from playground.people import NotThere, Refused, Writing
from playground.records import Chat, Json
from playground.requests import MAX_UPLOAD_BYTES, Upload
from playground.security import FILE_HEADERS

_ANSWER_S = 15.0
_HEARTBEAT_S = 15.0
_INLINE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "text/plain", "text/html", "application/pdf")

Endpoint = Callable[[Request], Awaitable[Response]]


def _number(value: Any, what: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refused(f"{what} must be a number.") from None


def _optional(value: Any, what: str) -> int | None:
    return None if value in (None, "", 0, "0") else _number(value, what)


async def _body(request: Request) -> Json:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise Refused("The request is no JSON.") from None
    if not isinstance(body, dict):
        raise Refused("The request must be an object.")
    return body


def _kindly(endpoint: Endpoint) -> Endpoint:
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


class PlayApi:
    """The people's side of the server."""

    def __init__(self, bot_api: BotApi) -> None:
        self.bot_api = bot_api
        self.world = bot_api.world

    def routes(self) -> list[Route]:
        """All addresses, without their common prefix."""
        one = "/chats/{chat:number}/messages/{message:number}"
        table: list[tuple[str, str, Endpoint]] = [
            ("GET", "/state", self.state),
            ("GET", "/chats/{chat:number}/messages", self.list_messages),
            ("POST", "/chats/{chat:number}/messages", self.write),
            ("PATCH", one, self.edit),
            ("DELETE", one, self.delete),
            ("POST", f"{one}/press", self.press),
            ("POST", "/start", self.start),
            ("POST", "/chats", self.new_chat),
            ("POST", "/chats/{chat:number}/members", self.members),
            ("POST", "/chats/{chat:number}/topics", self.new_topic),
            ("POST", "/chats/{chat:number}/upgrade", self.upgrade),
            ("POST", "/inline", self.inline_query),
            ("POST", "/chats/{chat:number}/inline", self.inline_choice),
            ("POST", "/privacy", self.privacy),
            ("POST", "/faults", self.order_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/requests", self.requests),
            ("GET", "/commands", self.commands),
            ("GET", "/files/{file_id}", self.file),
            ("GET", "/events", self.events),
        ]
        return [Route(path, _kindly(endpoint), methods=[verb]) for verb, path, endpoint in table]

    # Looking

    async def state(self, request: Request) -> Response:
        """Everything the page's left side shows, for one person (`as`) or for all."""
        person = _optional(request.query_params.get("as"), "as")
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
                "chats": [self._chat(chat) for chat in shown if chat.migrated_to is None],
                "demo": demo,
                "privacy": world.privacy,
            }
        )

    def _chat(self, chat: Chat) -> Json:
        last = self.world.last_message(chat.id)
        title = self.world.people[chat.id]["first_name"] if chat.type == "private" else chat.title
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
            "last_message": self.world.show_to_people(last) if last else None,
        }

    async def list_messages(self, request: Request) -> Response:
        """Messages of a chat, oldest first: those behind `after_id`, or the last ones before `before_id`."""
        chat = people.chat_of(self.world, request.path_params["chat"])
        query = request.query_params
        after, before = _optional(query.get("after_id"), "after_id"), _optional(query.get("before_id"), "before_id")
        limit = min(_optional(query.get("limit"), "limit") or 50, 200)
        found = [
            message
            for message in self.world.messages(chat.id)
            if (after is None or message.id > after) and (before is None or message.id < before)
        ]
        found = found[:limit] if after is not None and before is None else found[-limit:]
        return JSONResponse({"messages": [self.world.show_to_people(message) for message in found]})

    async def requests(self, request: Request) -> Response:
        """The bot's calls."""
        since = _optional(request.query_params.get("since"), "since") or 0
        return JSONResponse({"requests": self.bot_api.log.since(since)})

    async def commands(self, request: Request) -> Response:
        """The bot's commands for a chat and a language, as a menu offers them: the closest scope wins."""
        chat = people.chat_of(self.world, _number(request.query_params.get("chat"), "chat"))
        language = request.query_params.get("language", "")[:2]
        everywhere = "all_private_chats" if chat.type == "private" else "all_group_chats"
        scopes: list[Json] = [{"type": "chat", "chat_id": chat.id}, {"type": everywhere}, {"type": "default"}]
        for scope in scopes:
            for code in (language, ""):
                found = self.world.journal.get("commands", json.dumps([scope, code], sort_keys=True))
                if found:
                    return JSONResponse({"commands": found})
        return JSONResponse({"commands": []})

    # Doing

    async def write(self, request: Request) -> Response:
        """A person's message."""
        if request.headers.get("content-type", "").startswith("multipart/"):
            async with request.form(max_files=10) as form:
                writing = await _writing_of_form(form)
        else:
            writing = _writing_of_json(await _body(request))
        messages = await asyncio.to_thread(people.prepare, self.world, writing)
        sent = people.write(self.world, request.path_params["chat"], writing, messages)
        return JSONResponse({"messages": [self.world.show_to_people(message) for message in sent]})

    async def edit(self, request: Request) -> Response:
        """A person changes a message of theirs."""
        body = await _body(request)
        text = str(body.get("text") or body.get("caption") or "")
        person = _number(body.get("as"), "as")
        path = request.path_params
        message = people.edit(self.world, path["chat"], path["message"], person, text, body.get("entities") or [])
        return JSONResponse(self.world.show_to_people(message))

    async def delete(self, request: Request) -> Response:
        """A person deletes a message."""
        body = await _body(request)
        person = _number(body.get("as") or request.query_params.get("as"), "as")
        people.delete(self.world, request.path_params["chat"], request.path_params["message"], person)
        return JSONResponse({"deleted": True})

    async def press(self, request: Request) -> Response:
        """A person presses a button; answers what they see."""
        body = await _body(request)
        world, path = self.world, request.path_params
        chat = people.chat_of(world, path["chat"])
        person = people.person_of(world, _number(body.get("as"), "as"))
        message = world.message(chat.id, path["message"])
        if message is None or person["id"] not in chat.members:
            raise NotThere("There is no such message.")
        data = str(body.get("data") or "")
        known = [button.get("callback_data") for button in buttons_of(message.body)]
        if data not in known and not body.get("forged"):
            raise NotThere("The message has no such button.")
        question = self.bot_api.answers.ask()
        world.updates.add(
            "callback_query",
            {
                "id": question,
                "from": person,
                "message": world.show(message),
                "chat_instance": str(abs(chat.id) * 1_000_003),
                "data": data,
            },
        )
        answer = await self.bot_api.answers.wait(question, _ANSWER_S)
        return JSONResponse(answer or {"text": None, "show_alert": False, "url": None, "answered": False})

    async def start(self, request: Request) -> Response:
        """A person follows a t.me link to the bot, or presses its Start button."""
        body = await _body(request)
        person, parameter = _number(body.get("as"), "as"), str(body.get("parameter") or "")
        people.person_of(self.world, person)
        writing = Writing(person, f"/start {parameter}".strip())
        sent = people.write(self.world, person, writing, people.prepare(self.world, writing))
        return JSONResponse(self.world.show_to_people(sent[0]))

    async def members(self, request: Request) -> Response:
        """Somebody is added, removed, promoted …"""
        body = await _body(request)
        person, user = _number(body.get("as"), "as"), _number(body.get("user", body.get("as")), "user")
        chat = membership.change(self.world, request.path_params["chat"], person, str(body.get("action")), user)
        return JSONResponse(self._chat(chat))

    async def new_chat(self, request: Request) -> Response:
        """A new group or channel."""
        body = await _body(request)
        members = [_number(member, "members") for member in body.get("members") or []]
        chat = membership.new_group(
            self.world, _number(body.get("as"), "as"), str(body.get("title") or ""),
            str(body.get("type") or "supergroup"), members, bool(body.get("is_forum")),
        )  # fmt: skip
        return JSONResponse(self._chat(chat))

    async def new_topic(self, request: Request) -> Response:
        """A new topic."""
        body = await _body(request)
        person = _number(body.get("as"), "as")
        topic = membership.new_topic(self.world, request.path_params["chat"], person, str(body.get("name") or ""))
        return JSONResponse({"id": topic.id, "name": topic.name})

    async def upgrade(self, request: Request) -> Response:
        """A basic group becomes a supergroup."""
        person = _number((await _body(request)).get("as"), "as")
        return JSONResponse(self._chat(membership.upgrade(self.world, request.path_params["chat"], person)))

    async def inline_query(self, request: Request) -> Response:
        """A person types `@bot words`; answers what the bot offers."""
        body = await _body(request)
        person = people.person_of(self.world, _number(body.get("as"), "as"))
        chat = people.chat_of(self.world, _number(body.get("chat") or person["id"], "chat"))
        question = inline.ask(self.bot_api, person, chat, str(body.get("query") or ""), str(body.get("offset") or ""))
        answer = await self.bot_api.answers.wait(question, _ANSWER_S)
        return JSONResponse({"query_id": question, "results": [], "answered": answer is not None, **(answer or {})})

    async def inline_choice(self, request: Request) -> Response:
        """A person chooses one of the results."""
        body = await _body(request)
        person = _number(body.get("as"), "as")
        result = inline.result_of(self.bot_api, str(body.get("query_id")), str(body.get("result_id")))
        thread = _optional(body.get("thread_id"), "thread_id")
        sent = inline.choose(self.bot_api, request.path_params["chat"], person, result, thread)
        return JSONResponse({"messages": [self.world.show_to_people(sent)]})

    # The workshop

    async def privacy(self, request: Request) -> Response:
        """Privacy mode on or off."""
        self.world.set_privacy(bool((await _body(request)).get("on")))
        return JSONResponse({"privacy": self.world.privacy})

    async def order_fault(self, request: Request) -> Response:
        """The next calls of a method are to fail."""
        try:
            self.bot_api.faults.order(await _body(request))
        except (TypeError, ValueError) as problem:
            raise Refused(f"That is no fault that can be ordered: {problem}") from None
        return JSONResponse({"ordered": True})

    async def clear_faults(self, request: Request) -> Response:
        """No more faults."""
        self.bot_api.faults.clear()
        return JSONResponse({"cleared": True})

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


def _writing_of_json(body: Json) -> Writing:
    return Writing(
        person=_number(body.get("as"), "as"),
        text=str(body.get("text") or body.get("caption") or ""),
        entities=list(body.get("entities") or []),
        thread=_optional(body.get("thread_id"), "thread_id"),
        reply_to=_optional(body.get("reply_to"), "reply_to"),
        forward=body.get("forward"),
        photos=min(_optional(body.get("photos"), "photos") or 0, 10),
    )


async def _writing_of_form(form: FormData) -> Writing:
    uploads = []
    for _, value in form.multi_items():
        if isinstance(value, UploadFile):
            data = await value.read(MAX_UPLOAD_BYTES + 1)
            if len(data) > MAX_UPLOAD_BYTES:
                raise Refused("A file may have 50 MB at most.")
            uploads.append(Upload(value.filename or "file", value.content_type or "", data))
    return Writing(
        person=_number(form.get("as"), "as"),
        text=str(form.get("caption") or form.get("text") or ""),
        thread=_optional(form.get("thread_id"), "thread_id"),
        reply_to=_optional(form.get("reply_to"), "reply_to"),
        uploads=uploads,
        as_files=form.get("as_files") in ("1", "true", "on"),
    )
