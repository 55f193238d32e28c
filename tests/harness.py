"""The product as its users have it: processes, a chat to speak in, pages to send. For tests and benchmarks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.migrated import put_archive

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "7000000001:AAplaygroundplaygroundplaygroundplay"
ALICE, BOB, XIAOLIN, CAROL = 1001, 1002, 1003, 1004
GROUP, FORUM, CHANNEL = -1001000000001, -1001000000002, -1001000000003
PATIENCE_S = 90.0
"""On a machine of few cores several tests run at the same time."""

T = TypeVar("T")
Message = dict[str, Any]


async def until(
    look: Callable[[], Awaitable[T | None]], what: str, timeout_s: float = PATIENCE_S, every_s: float = 0.05
) -> T:
    """Looks again and again until there is something; fails with `what` when the time is over."""
    give_up = time.monotonic() + timeout_s
    while time.monotonic() < give_up:
        found = await look()
        if found:
            return found
        await asyncio.sleep(every_s)
    raise AssertionError(f"waited {timeout_s:.0f} s for {what}")


def environment(**settings: str) -> dict[str, str]:
    """A small environment for a process of ours: a test does not depend on the caller's."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PLAYWRIGHT_BROWSERS_PATH") if name in os.environ
    }
    return {**kept, **settings}


HELD_S = 60


class Site:
    """Pages on loopback that a test makes up, and what was asked of them."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str, bytes]] = {}
        self.hits: list[str] = []
        self.held: dict[str, threading.Event] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.split("?")[0]
                site.hits.append(self.path)
                status, kind, body = site.pages.get(path, (404, "text/html; charset=utf-8", b"<h1>Not here</h1>"))
                gate = site.held.get(path)
                begun = gate and kind.startswith("text/html")
                if gate and not begun:
                    gate.wait(HELD_S)
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("Content-Type", kind)
                    if not begun:
                        self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    for _ in range(HELD_S if gate and begun else 0):
                        self.wfile.write(b" ")
                        if gate and gate.wait(1):
                            break
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def page(self, path: str, title: str, body: str = "", status: int = 200) -> str:
        """Adds an HTML page and gives its address."""
        html = (
            f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
            f"<body style='font:20px sans-serif'><h1>{title}</h1>{body or '<p>A paragraph of words to read.</p>' * 9}"
        )
        return self.file(path, "text/html; charset=utf-8", html.encode(), status)

    def file(self, path: str, kind: str, body: bytes, status: int = 200) -> str:
        """Adds a file of any type and gives its address."""
        self.pages[path] = (status, kind, body)
        return self.url(path)

    def url(self, path: str) -> str:
        """The address of a path of this site."""
        return f"http://127.0.0.1:{self.port}{path}"

    def hold(self, path: str) -> threading.Event:
        """Lets requests for the path wait until the event is set, or for HELD_S.

        Those for a page get the beginning of an answer: the rest of it is waited for twice as long as its first byte.
        """
        self.held[path] = threading.Event()
        return self.held[path]

    def close(self) -> None:
        for gate in self.held.values():
            gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def running_site() -> Iterator[Site]:
    """A site for the time of a test."""
    site = Site()
    try:
        yield site
    finally:
        site.close()


class Chat:
    """Speaks to the playground as people do."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.port = int(address.rsplit(":", 1)[1])
        self._http = httpx.AsyncClient(base_url=address, timeout=30)

    async def close(self) -> None:
        await self._http.aclose()

    async def api(self, method: str, path: str, **keywords: Any) -> Any:
        """One call of the user-side API; fails on an error status."""
        answer = await self._http.request(method, f"/play/api{path}", **keywords)
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def say(self, text: str, chat: int = ALICE, person: int = ALICE, **more: Any) -> Message:
        """Sends a message and gives it as the server keeps it."""
        sent = await self.api("POST", f"/chats/{chat}/messages", json={"as": person, "text": text, **more})
        message: Message = sent["messages"][0]
        return message

    async def messages(self, chat: int = ALICE, after: int = 0) -> list[Message]:
        """The messages of a chat behind the given one, oldest first."""
        found = await self.api("GET", f"/chats/{chat}/messages", params={"after_id": after, "limit": 200})
        return list(found["messages"])

    async def answers(self, message: Message) -> list[Message]:
        """The bot's messages that reply to the given one, and the files that follow them."""
        rest = await self.messages(message["chat"]["id"], message["message_id"])
        return [m for m in rest if m.get("from", {}).get("is_bot") or "from" not in m or m.get("sender_chat")]

    async def card(self, message: Message, timeout_s: float = PATIENCE_S) -> Message:
        """The finished card that answers the message: one with a picture, or one that says how it ended."""

        async def look() -> Message | None:
            for answer in await self.answers(message):
                replies_to = answer.get("reply_to_message", {}).get("message_id")
                if replies_to == message["message_id"] and self.finished(answer):
                    return answer
            return None

        return await until(look, f"the card of {message.get('text')!r}", timeout_s)

    @staticmethod
    def finished(answer: Message) -> bool:
        """A status card has no buttons; a card that is done has."""
        return bool(answer.get("reply_markup", {}).get("inline_keyboard"))

    async def answer(self, message: Message, has: str = "", timeout_s: float = PATIENCE_S) -> Message:
        """The first answer that contains the words."""

        async def look() -> Message | None:
            return next((a for a in await self.answers(message) if has in text_of(a)), None)

        return await until(look, f"an answer to {message.get('text')!r} with {has!r}", timeout_s)

    async def reaction(self, message: Message, timeout_s: float = 10) -> str:
        """The bot's reaction to the message."""

        async def look() -> str | None:
            for m in await self.messages(message["chat"]["id"], message["message_id"] - 1):
                if m["message_id"] == message["message_id"] and m.get("reactions"):
                    return str(m["reactions"][0]["emoji"])
            return None

        return await until(look, "a reaction", timeout_s)

    async def press(self, message: Message, label: str, person: int = ALICE) -> Any:
        """Presses the button whose text holds the label and gives what the person sees."""
        for row in message["reply_markup"]["inline_keyboard"]:
            for button in row:
                if label in button["text"]:
                    path = f"/chats/{message['chat']['id']}/messages/{message['message_id']}/press"
                    return await self.api("POST", path, json={"as": person, "data": button["callback_data"]})
        raise AssertionError(f"no button {label!r} below {text_of(message)!r}")

    async def again(self, message: Message) -> Message:
        """The message as it is now."""
        for m in await self.messages(message["chat"]["id"], message["message_id"] - 1):
            if m["message_id"] == message["message_id"]:
                return m
        raise AssertionError("the message is gone")

    async def file(self, file_id: str) -> bytes:
        """The bytes of a file."""
        answer = await self._http.get(f"/play/api/files/{file_id}")
        assert answer.status_code == 200
        return answer.content

    async def fault(self, method: str, kind: str, times: int = 1, **more: Any) -> None:
        """Lets the next calls of a method fail."""
        await self.api("POST", "/faults", json={"method": method, "kind": kind, "times": times, **more})

    async def requests(self, method: str) -> list[dict[str, Any]]:
        """The bot's calls of a method so far."""
        found = await self.api("GET", "/requests", params={"since": 0})
        rows = found["requests"] if isinstance(found, dict) else found
        return [r for r in rows if r["method"].lower() == method.lower()]


def text_of(message: Message) -> str:
    """What a person reads: the text or the caption."""
    return str(message.get("text") or message.get("caption") or "")


@asynccontextmanager
async def running_playground(data: Path) -> AsyncIterator[Chat]:
    """The playground's server as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "playground", "--port", "0", "--data", str(data), "--token", TOKEN,
        stdout=asyncio.subprocess.PIPE, cwd=ROOT, env=environment(),
    )  # fmt: skip
    assert process.stdout
    line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    assert line.startswith("ready "), f"the playground said {line!r}"
    chat = Chat(line.split()[1])
    try:
        yield chat
    finally:
        await chat.close()
        process.terminate()
        await process.wait()


class Product:
    """`hashkeep run` as a process, against a playground."""

    def __init__(self, chat: Chat, data: Path, **settings: str) -> None:
        self.data = data
        self._settings = {
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": chat.address,
            "ACCESS": "open",
            "DATA_DIR": str(data),
            "EGRESS_ALLOW": "127.0.0.1",
            **settings,
        }
        self.module = "hashkeep"
        self.words: tuple[str, ...] = ("run",)
        self.ready = "running"
        self.process: subprocess.Popen[str] | None = None
        self.log = data.parent / f"{data.name}.log"

    async def start(self) -> Product:
        """Starts it and waits until it serves."""
        self.begin()
        assert self.process
        assert self.process.stdout
        line = await asyncio.wait_for(asyncio.to_thread(self.process.stdout.readline), 60)
        if self.ready not in line:
            self.kill()
            raise AssertionError(f"it said {line!r}; log: {self.log.read_text()[-3000:]}")
        return self

    def begin(self) -> None:
        """Starts it without waiting for anything."""
        self.data.parent.mkdir(parents=True, exist_ok=True)
        made = self.data.exists() or "DATABASE_URL" in self._settings
        if not made and os.access(self.data.parent, os.W_OK):
            put_archive(self.data)
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.words],
                stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT, env=environment(**self._settings),
            )  # fmt: skip

    @property
    def kept_in(self) -> dict[str, str]:
        """The settings that say where its archives are, for commands beside it."""
        return {n: v for n, v in self._settings.items() if n in ("DATA_DIR", "DATABASE_URL", "BLOB_URL") or "AWS" in n}

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def kill(self) -> None:
        """kill -9 of the main process alone."""
        assert self.process
        self.process.kill()
        self.process.wait()
        self._close()

    async def stop(self, number: int = signal.SIGTERM, within_s: float = 30) -> int:
        """Asks it to stop and gives its exit status."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = await asyncio.wait_for(asyncio.to_thread(self.process.wait), within_s)
        self._close()
        return status

    def _close(self) -> None:
        assert self.process
        if self.process.stdout:
            self.process.stdout.close()

    def tree(self) -> dict[int, str]:
        """Every process below the main one: pid → command line."""
        assert self.process
        return processes_below(self.process.pid)


@asynccontextmanager
async def running_product(chat: Chat, data: Path, module: str = "hashkeep", **settings: str) -> AsyncIterator[Product]:
    """Hashkeep for the time of a test; whatever it left is killed at the end."""
    product = Product(chat, data, **settings)
    product.module = module
    await product.start()
    try:
        yield product
    finally:
        if product.process and product.process.poll() is None:
            await product.stop()


def processes_below(pid: int) -> dict[int, str]:
    """The descendants of a process: pid → command line."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            state, parent, *_ = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split(maxsplit=2)
            if state != "Z":
                children.setdefault(int(parent), []).append(int(name))
    found: dict[int, str] = {}
    todo = [pid]
    while todo:
        for child in children.get(todo.pop(), []):
            found[child] = _command_line(child)
            todo.append(child)
    return found


def _command_line(pid: int) -> str:
    """As it stands in `ps`; empty where there is none (any more)."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def alive(pids: dict[int, str]) -> dict[int, str]:
    """Those of the processes that still are what they were."""
    return {pid: command for pid, command in pids.items() if (now := _command_line(pid)) and now == command}
