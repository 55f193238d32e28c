"""What people do on the chat page: write, press, come and go."""

from __future__ import annotations

import asyncio

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from playground import inline, membership, people
from playground.bot_api import BotApi
from playground.keyboards import buttons_of
from playground.people import NotThere, Refused, Writing
from playground.play_common import body, chat_row, number, optional
from playground.records import Json
from playground.requests import MAX_UPLOAD_BYTES, Upload

_ANSWER_S = 15.0


class Doing:
    """Endpoints that a person uses."""

    def __init__(self, bot_api: BotApi) -> None:
        self.bot_api = bot_api
        self.world = bot_api.world

    async def write(self, request: Request) -> Response:
        """A person's message."""
        if request.headers.get("content-type", "").startswith("multipart/"):
            async with request.form(max_files=10) as form:
                writing = await _writing_of_form(form)
        else:
            writing = _writing_of_json(await body(request))
        messages = await asyncio.to_thread(people.prepare, self.world, writing)
        sent = people.write(self.world, request.path_params["chat"], writing, messages)
        return JSONResponse({"messages": [self.world.show_to_people(message) for message in sent]})

    async def edit(self, request: Request) -> Response:
        """A person changes a message of theirs."""
        given = await body(request)
        text = str(given.get("text") or given.get("caption") or "")
        person = number(given.get("as"), "as")
        path = request.path_params
        message = people.edit(self.world, path["chat"], path["message"], person, text, given.get("entities") or [])
        return JSONResponse(self.world.show_to_people(message))

    async def delete(self, request: Request) -> Response:
        """A person deletes a message."""
        given = await body(request)
        person = number(given.get("as") or request.query_params.get("as"), "as")
        people.delete(self.world, request.path_params["chat"], request.path_params["message"], person)
        return JSONResponse({"deleted": True})

    async def press(self, request: Request) -> Response:
        """A person presses a button; answers what they see."""
        given = await body(request)
        world, path = self.world, request.path_params
        chat = people.chat_of(world, path["chat"])
        person = people.person_of(world, number(given.get("as"), "as"))
        message = world.message(chat.id, path["message"])
        if message is None or person["id"] not in chat.members:
            raise NotThere("There is no such message.")
        data = str(given.get("data") or "")
        known = [button.get("callback_data") for button in buttons_of(message.body)]
        if data not in known and not given.get("forged"):
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

    async def react(self, request: Request) -> Response:
        """A person's reactions to a message, in place of their earlier ones."""
        given, path = await body(request), request.path_params
        emoji = [str(e) for e in given.get("emoji") or []]
        person = number(given.get("as"), "as")
        message = people.react(self.world, path["chat"], path["message"], person, emoji)
        return JSONResponse(self.world.show_to_people(message))

    async def start(self, request: Request) -> Response:
        """A person follows a t.me link to the bot, or presses its Start button."""
        given = await body(request)
        person, parameter = number(given.get("as"), "as"), str(given.get("parameter") or "")
        people.person_of(self.world, person)
        writing = Writing(person, f"/start {parameter}".strip())
        sent = people.write(self.world, person, writing, people.prepare(self.world, writing))
        return JSONResponse(self.world.show_to_people(sent[0]))

    async def members(self, request: Request) -> Response:
        """Somebody is added, removed, promoted …"""
        given = await body(request)
        person, user = number(given.get("as"), "as"), number(given.get("user", given.get("as")), "user")
        chat = membership.change(self.world, request.path_params["chat"], person, str(given.get("action")), user)
        return JSONResponse(chat_row(self.world, chat))

    async def new_chat(self, request: Request) -> Response:
        """A new group or channel."""
        given = await body(request)
        members = [number(member, "members") for member in given.get("members") or []]
        chat = membership.new_group(
            self.world, number(given.get("as"), "as"), str(given.get("title") or ""),
            str(given.get("type") or "supergroup"), members, bool(given.get("is_forum")),
        )  # fmt: skip
        return JSONResponse(chat_row(self.world, chat))

    async def settings(self, request: Request) -> Response:
        """An administrator changes a chat's title or the reactions it allows."""
        given = await body(request)
        person, title = number(given.get("as"), "as"), str(given.get("title") or "")
        chat = membership.change_settings(self.world, request.path_params["chat"], person, title, given)
        return JSONResponse(chat_row(self.world, chat))

    async def new_topic(self, request: Request) -> Response:
        """A new topic."""
        given = await body(request)
        person = number(given.get("as"), "as")
        topic = membership.new_topic(self.world, request.path_params["chat"], person, str(given.get("name") or ""))
        return JSONResponse({"id": topic.id, "name": topic.name})

    async def upgrade(self, request: Request) -> Response:
        """A basic group becomes a supergroup."""
        person = number((await body(request)).get("as"), "as")
        return JSONResponse(chat_row(self.world, membership.upgrade(self.world, request.path_params["chat"], person)))

    async def inline_query(self, request: Request) -> Response:
        """A person types `@bot words`; answers what the bot offers."""
        given = await body(request)
        person = people.person_of(self.world, number(given.get("as"), "as"))
        chat = people.chat_of(self.world, number(given.get("chat") or person["id"], "chat"))
        question = inline.ask(self.bot_api, person, chat, str(given.get("query") or ""), str(given.get("offset") or ""))
        answer = await self.bot_api.answers.wait(question, _ANSWER_S)
        return JSONResponse({"query_id": question, "results": [], "answered": answer is not None, **(answer or {})})

    async def inline_choice(self, request: Request) -> Response:
        """A person chooses one of the results."""
        given = await body(request)
        person = number(given.get("as"), "as")
        result = inline.result_of(self.bot_api, str(given.get("query_id")), str(given.get("result_id")))
        thread = optional(given.get("thread_id"), "thread_id")
        sent = inline.choose(self.bot_api, request.path_params["chat"], person, result, thread)
        return JSONResponse({"messages": [self.world.show_to_people(sent)]})


def _writing_of_json(given: Json) -> Writing:
    return Writing(
        person=number(given.get("as"), "as"),
        text=str(given.get("text") or given.get("caption") or ""),
        entities=list(given.get("entities") or []),
        thread=optional(given.get("thread_id"), "thread_id"),
        reply_to=optional(given.get("reply_to"), "reply_to"),
        forward=given.get("forward"),
        anonymous=bool(given.get("anonymous")),
        photos=min(optional(given.get("photos"), "photos") or 0, 10),
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
        person=number(form.get("as"), "as"),
        text=str(form.get("caption") or form.get("text") or ""),
        thread=optional(form.get("thread_id"), "thread_id"),
        reply_to=optional(form.get("reply_to"), "reply_to"),
        uploads=uploads,
        as_files=form.get("as_files") in ("1", "true", "on"),
    )
