"""Telegram as a fleet sees it, in one process and quick: a strict Bot API server, and updates brought to webhooks.

The playground's server shows everything to people and writes it all down; this one is for thousands of messages. It
knows the methods that answering a link needs and no others, keeps numbers, owners and keyboards of messages as the real
one does (private chats share a counter, each supergroup has its own), and brings updates again until they are taken.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.harness import TOKEN

Json = dict[str, Any]
Params = dict[str, str]

SECRET = "a-secret-of-the-webhook-0123456789"
CONNECTIONS = 40
"""Updates that are brought at the same time; of one chat one after the other."""
ANSWER_S = 60.0
AGAIN_S = 0.5
"""After a delivery that failed."""

BOT = {"id": int(TOKEN.partition(":")[0]), "is_bot": True, "first_name": "Hashkeep", "username": "hashkeep_bot"}
_ME = {**BOT, "can_join_groups": True, "can_read_all_group_messages": True, "supports_inline_queries": True}
_SAME = "message is not modified: specified new message content and reply markup are exactly the same"


class Refused(Exception):
    """What the server answers instead of a result: its code and its words."""

    def __init__(self, words: str, code: int = 400) -> None:
        super().__init__(words)
        self.code = code


@dataclass
class Sent:
    """A message of somebody who writes to the bot, and what came of it."""

    chat_id: int
    message_id: int
    text: str
    asked_at: float = 0.0
    """When it was brought for the first time (time.monotonic, as everything here)."""
    tries: int = 0
    taken_at: float = 0.0
    """When a replica said 200."""
    seen_at: float = 0.0
    """When the bot's reaction came."""
    answered_at: float = 0.0
    """When a message that replies to it was finished: it has a keyboard."""
    replies: list[int] = field(default_factory=list)
    """The bot's messages that reply to it."""


@dataclass
class Said:
    """A message of the bot."""

    chat_id: int
    message_id: int
    kind: str
    text: str
    keyboard: str
    reply_to: int | None
    edits: int = 0


class Telegram:
    """The server, its chats, and who brings updates. `pause_s` is what a message that is sent takes at most."""

    def __init__(self, pause_s: float = 0.0, seed: int = 0) -> None:
        self.sent: dict[tuple[int, int], Sent] = {}
        self.said: dict[tuple[int, int], Said] = {}
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.failed_deliveries = 0
        self.replicas: list[int] = []
        """The ports that updates are brought to, by turns, as a reverse proxy would."""
        self.port = 0
        self._pause_s = pause_s
        self._random = random.Random(seed)
        self._private = itertools.count(1)
        self._own: dict[int, itertools.count[int]] = defaultdict(lambda: itertools.count(1))
        self._updates = itertools.count(1)
        self._files: set[str] = set()
        self._turn = itertools.count()
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._chats: dict[int, asyncio.Queue[Sent | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ways: dict[int, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = defaultdict(list)

    @property
    def address(self) -> str:
        """For BOT_API_URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def webhook_url(self) -> str:
        """For WEBHOOK_URL: what the replicas share; who listens where is `replicas`."""
        return "http://127.0.0.1:1/telegram"

    # People

    def write(self, chat_id: int, person_id: int, text: str) -> Sent:
        """Somebody writes; the update is brought in its chat's turn."""
        sent = Sent(chat_id, self._next_id(chat_id), text)
        self.sent[chat_id, sent.message_id] = sent
        update = {"update_id": next(self._updates), "message": _message(sent, person_id)}
        if chat_id not in self._chats:
            self._chats[chat_id] = asyncio.Queue()
            self._own_task(self._bring_all(self._chats[chat_id]))
        self._chats[chat_id].put_nowait((sent, json.dumps(update).encode()))  # type: ignore[arg-type]
        return sent

    def _next_id(self, chat_id: int) -> int:
        return next(self._private if chat_id > 0 else self._own[chat_id])

    def _own_task(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring_all(self, waiting: asyncio.Queue[Any]) -> None:
        while True:
            sent, body = await waiting.get()
            while not sent.taken_at:
                async with self._free:
                    sent.asked_at = sent.asked_at or time.monotonic()
                    sent.tries += 1
                    if await self._bring(body):
                        sent.taken_at = time.monotonic()
                        break
                self.failed_deliveries += 1
                await asyncio.sleep(AGAIN_S)

    async def _bring(self, body: bytes) -> bool:
        port = self.replicas[next(self._turn) % len(self.replicas)]
        try:
            async with asyncio.timeout(ANSWER_S):
                status = await self._post(port, body)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            return False
        assert status == 200 or status >= 500, f"a replica answered {status}"
        return status == 200

    async def _post(self, port: int, body: bytes) -> int:
        while self._ways[port] and self._ways[port][-1][0].at_eof():  # the replica has closed it meanwhile
            self._ways[port].pop()[1].close()
        idle = self._ways[port].pop() if self._ways[port] else None
        reader, writer = idle or await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(
                b"POST /telegram HTTP/1.1\r\nHost: replica\r\nContent-Type: application/json\r\n"
                b"X-Telegram-Bot-Api-Secret-Token: %s\r\nContent-Length: %d\r\n\r\n%s"
                % (SECRET.encode(), len(body), body)
            )
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
        except BaseException:
            writer.close()
            raise
        self._ways[port].append((reader, writer))
        return int(head.split(b" ", 2)[1])

    # The server

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a bot."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(_length(head))
                status, answer = await self._answer(head, body)
                told = json.dumps(answer).encode()
                writer.write(
                    b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                    % (status, len(told), told)
                )
                await writer.drain()
        writer.close()

    async def _answer(self, head: bytes, body: bytes) -> tuple[int, Json]:
        token, _, name = head.split(b" ", 2)[1].decode().removeprefix("/bot").partition("/")
        method: Callable[[Params], Any] | None = getattr(self, f"do_{name.lower()}", None)
        self.calls[name] += 1
        try:
            if token != TOKEN:
                raise Refused("Unauthorized", 401)
            if method is None:
                raise Refused(f"Not Found: {name}", 404)
            params = _params(head, body)
            if name.startswith("send") and self._pause_s:
                await asyncio.sleep(self._random.uniform(0, self._pause_s))
            result = method(params)
            if name.startswith("send") and self._pause_s:
                # It is in the chat, and whoever sent it may not live to hear of it.
                await asyncio.sleep(self._random.uniform(0, self._pause_s))
        except Refused as error:
            self.refused[f"{name}: {error}"[:80]] += 1
            return error.code, {"ok": False, "error_code": error.code, "description": f"Bad Request: {error}"}
        return 200, {"ok": True, "result": result}

    def do_getme(self, _: Params) -> Json:
        """The bot."""
        return _ME

    def do_setmycommands(self, _: Params) -> bool:
        """The menu."""
        return True

    def do_setwebhook(self, given: Params) -> bool:
        """Both replicas name the same address and secret."""
        if (given.get("url"), given.get("secret_token")) != (self.webhook_url, SECRET):
            raise Refused("bad webhook")
        return True

    def do_getwebhookinfo(self, _: Params) -> Json:
        """Nobody takes the webhook away."""
        return {"url": self.webhook_url, "has_custom_certificate": False, "pending_update_count": 0}

    def do_setmessagereaction(self, given: Params) -> bool:
        """The 👀."""
        sent = self.sent.get((int(given["chat_id"]), int(given["message_id"])))
        if sent is None:
            raise Refused("message to react not found")
        sent.seen_at = sent.seen_at or time.monotonic()
        return True

    def do_sendchataction(self, _: Params) -> bool:
        """Typing."""
        return True

    def do_sendmessage(self, given: Params) -> Json:
        """Words."""
        return self._say("text", given, given["text"])

    def do_sendphoto(self, given: Params) -> Json:
        """A picture with words, uploaded or by its id."""
        return self._say("photo", given, given.get("caption", ""), self._file(given["photo"]))

    def do_senddocument(self, given: Params) -> Json:
        """A file."""
        return self._say("document", given, given.get("caption", ""), self._file(given["document"]))

    def do_editmessagetext(self, given: Params) -> Json:
        """Other words."""
        said = self._mine(given)
        if said.kind != "text":
            raise Refused("there is no text in the message to edit")
        return self._changed(said, "text", given["text"], given)

    def do_editmessagecaption(self, given: Params) -> Json:
        """Other words below a picture."""
        said = self._mine(given)
        if said.kind == "text":
            raise Refused("there is no caption in the message to edit")
        return self._changed(said, said.kind, given.get("caption", ""), given)

    def do_editmessagemedia(self, given: Params) -> Json:
        """A picture in place of what was there."""
        said, media = self._mine(given), json.loads(given["media"])
        file_id = self._file(media["media"])
        return self._changed(said, "photo", media.get("caption", ""), given, file_id)

    def do_editmessagereplymarkup(self, given: Params) -> Json:
        """Another keyboard."""
        said = self._mine(given)
        return self._changed(said, said.kind, said.text, given)

    def _file(self, given: str) -> str:
        if given.startswith("attach://"):
            file_id = f"file-{len(self._files)}"
            self._files.add(file_id)
            return file_id
        if given not in self._files:
            raise Refused("wrong file identifier/HTTP URL specified")
        return given

    def _mine(self, given: Params) -> Said:
        place = int(given["chat_id"]), int(given["message_id"])
        if place in self.said:
            return self.said[place]
        raise Refused("message can't be edited" if place in self.sent else "message to edit not found")

    def _say(self, kind: str, given: Params, text: str, file_id: str = "") -> Json:
        chat_id, reply = int(given["chat_id"]), json.loads(given.get("reply_parameters", "{}"))
        if not text and kind == "text":
            raise Refused("message text is empty")
        said = Said(chat_id, self._next_id(chat_id), kind, text, given.get("reply_markup", ""), reply.get("message_id"))
        self.said[chat_id, said.message_id] = said
        self._note(said, new=True)
        return self._shown(said, file_id)

    def _changed(self, said: Said, kind: str, text: str, given: Params, file_id: str = "") -> Json:
        now = kind, text, given.get("reply_markup", "")
        if now == (said.kind, said.text, said.keyboard) and not file_id:
            raise Refused(_SAME)
        said.kind, said.text, said.keyboard = now
        said.edits += 1
        self._note(said)
        return self._shown(said, file_id)

    def _note(self, said: Said, *, new: bool = False) -> None:
        sent = self.sent.get((said.chat_id, said.reply_to or 0))
        if sent is None:
            return
        if new:
            sent.replies.append(said.message_id)
        if "inline_keyboard" in said.keyboard and not sent.answered_at:
            sent.answered_at = time.monotonic()

    def _shown(self, said: Said, file_id: str) -> Json:
        shown: Json = {
            "message_id": said.message_id,
            "date": int(time.time()),
            "chat": _chat(said.chat_id),
            "from": BOT,
        }
        file = {"file_id": file_id or "file-0", "file_unique_id": f"u{file_id}"}
        if said.kind == "photo":
            shown |= {"photo": [{**file, "width": 10, "height": 10}], "caption": said.text}
        elif said.kind == "document":
            shown["document"] = file
        else:
            shown["text"] = said.text
        return shown

    async def close(self) -> None:
        """Brings nothing more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for ways in self._ways.values():
            for _, writer in ways:
                writer.close()


@asynccontextmanager
async def running_telegram(pause_s: float = 0.0, seed: int = 0) -> AsyncIterator[Telegram]:
    """A server for the time of a run."""
    telegram = Telegram(pause_s, seed)
    open_ways: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        open_ways.add(task)
        try:
            await telegram.serve(reader, writer)
        except asyncio.CancelledError:
            writer.close()
        finally:
            open_ways.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**22, backlog=512)
    telegram.port = server.sockets[0].getsockname()[1]
    try:
        yield telegram
    finally:
        server.close()
        await telegram.close()
        for task in list(open_ways):
            task.cancel()
        await asyncio.gather(*open_ways, return_exceptions=True)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def _params(head: bytes, body: bytes) -> Params:
    """The fields of a form; of an uploaded file its name alone."""
    kind = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"content-type:")), b"")
    if b"multipart/form-data" not in kind:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    found: Params = {}
    for part in body.split(b"--" + kind.partition(b"boundary=")[2].strip())[1:-1]:
        about, _, value = part.partition(b"\r\n\r\n")
        name = about.partition(b'name="')[2].partition(b'"')[0].decode()
        if b"filename=" not in about:
            found[name] = value.removesuffix(b"\r\n").decode()
        else:
            found.setdefault(name, f"attach://{name}")
    return found


def _chat(chat_id: int) -> Json:
    if chat_id > 0:
        return {"id": chat_id, "type": "private", "first_name": f"Person {chat_id}"}
    return {"id": chat_id, "type": "supergroup", "title": f"Group {-chat_id}"}


def _message(sent: Sent, person_id: int) -> Json:
    person = {"id": person_id, "is_bot": False, "first_name": f"Person {person_id}", "language_code": "en"}
    url, _, _ = sent.text.partition(" ")
    entity = {"type": "url", "offset": 0, "length": len(url)}
    return {
        "message_id": sent.message_id, "date": int(time.time()), "chat": _chat(sent.chat_id), "from": person,
        "text": sent.text, "entities": [entity, *_tags(sent.text)],
    }  # fmt: skip


def _tags(text: str) -> list[Json]:
    at = text.find("#")
    return [{"type": "hashtag", "offset": at, "length": len(text) - at}] if at > 0 else []
