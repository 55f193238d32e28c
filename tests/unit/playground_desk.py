"""A playground without its sockets: calls of a bot, doings of people, the updates that follow."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image

from playground import methods, people
from playground.answers import Answers
from playground.context import Context
from playground.errors import ApiError
from playground.people import Writing
from playground.records import Json, Message
from playground.requests import Upload
from playground.schema import check_call, check_value, schema
from playground.webhook import Webhook
from playground.world import World

BOT = 7_000_000_001
ALICE, BOB, XIAOLIN, CAROL = 1001, 1002, 1003, 1004
GROUP, FORUM, CHANNEL, DISCUSSION = -1001000000001, -1001000000002, -1001000000003, -1001000000004


def picture(width: int = 640, height: int = 480, kind: str = "JPEG") -> bytes:
    """A picture of that size."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#345678").save(out, kind)
    return out.getvalue()


class Desk:
    """One playground, the bot's and the people's side of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World(folder, BOT)
        self.answers = Answers()
        self.webhook = Webhook(self.world.journal, self.world.updates)

    async def call(self, method: str, files: dict[str, bytes] | None = None, **params: Any) -> Any:
        """What the server answers; objects are sent as JSON, as a client does. Checked against the API's data."""
        given = {
            name: json.dumps(value) if isinstance(value, (dict, list)) else value for name, value in params.items()
        }
        uploads = {name: Upload(f"{name}.jpg", "image/jpeg", data) for name, data in (files or {}).items()}
        checked = check_call(method, given)
        context = Context(self.world, method, self.answers, self.webhook, "http://x", checked, uploads)
        result = await methods.run(method, context)
        check_value(schema()["returns"][method], result, method)
        return result

    async def refusal(self, method: str, files: dict[str, bytes] | None = None, **params: Any) -> str:
        """The text with which a call is refused."""
        try:
            result = await self.call(method, files, **params)
        except ApiError as refused:
            return refused.description
        raise AssertionError(f"{method} was not refused: {result}")

    def say(self, text: str, chat: int = ALICE, person: int = ALICE, **more: Any) -> Message:
        """A person writes."""
        writing = Writing(person, text, **more)
        return people.write(self.world, chat, writing, people.prepare(self.world, writing))[0]

    def updates(self) -> list[Json]:
        """What waits for the bot, each checked against the API's data; it is confirmed by that."""
        found = self.world.updates.pending()
        for update in found:
            check_value("Update", update)
            self.world.updates.confirm(update["update_id"])
        return found

    def restarted(self) -> Desk:
        """The same playground after its process ended."""
        self.world.close()
        return Desk(self.folder)
