"""An unmodified python-telegram-bot against the playground's server as a process, and browsers kept out."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from PIL import Image
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputMediaDocument,
    InputMediaPhoto,
    InputTextMessageContent,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.ext import Application, ApplicationBuilder, CallbackQueryHandler, MessageHandler, filters

from bot.ratelimit import seconds
from tests.harness import ALICE, BOB, CHANNEL, FORUM, GROUP, TOKEN, XIAOLIN, Chat, running_playground, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go:1")]])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    async with running_playground(tmp_path_factory.mktemp("chats")) as running:
        await running.say("hello")
        yield running


def application(chat: Chat, token: str = TOKEN) -> Application[Any, Any, Any, Any, Any, Any]:
    builder = ApplicationBuilder().token(token)
    return builder.base_url(f"{chat.address}/bot").base_file_url(f"{chat.address}/file/bot").build()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(chat: Chat) -> AsyncIterator[Bot]:
    async with application(chat).bot as made:
        yield made


@asynccontextmanager
async def polling(chat: Chat) -> AsyncIterator[asyncio.Queue[Update]]:
    """A bot that polls, hands on what it gets, and answers presses."""
    got: asyncio.Queue[Update] = asyncio.Queue()
    app = application(chat)

    async def take(update: Update, _: Any) -> None:
        got.put_nowait(update)

    async def answer(update: Update, _: Any) -> None:
        assert update.callback_query
        await update.callback_query.answer(f"You said {update.callback_query.data}", show_alert=True)

    app.add_handler(CallbackQueryHandler(answer))
    app.add_handler(MessageHandler(filters.ALL, take))
    async with app:
        await app.start()
        assert app.updater
        await app.updater.start_polling(allowed_updates=Update.ALL_TYPES, drop_pending_updates=True)
        yield got
        await app.updater.stop()
        await app.stop()


def picture(width: int = 1280, height: int = 1600, colour: str = "#345678") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG")
    return out.getvalue()


async def test_polling_pressing_and_editing(chat: Chat) -> None:
    async with polling(chat) as got:
        await chat.say("look at http://a.org #reading", chat=GROUP, person=BOB)
        update = await asyncio.wait_for(got.get(), 20)
        message = update.message
        assert message
        assert message.parse_entities() == {
            message.entities[0]: "http://a.org",
            message.entities[1]: "#reading",
        }
        assert await message.set_reaction("👀")
        card = await message.reply_html("<b>Kept</b>", reply_markup=KEYBOARD, do_quote=True, disable_notification=True)
        assert card.reply_to_message
        assert card.reply_to_message.message_id == message.message_id
        path = f"/chats/{GROUP}/messages/{card.message_id}"
        shown = await chat.api("POST", f"{path}/press", json={"as": BOB, "data": "go:1"})
        assert (shown["text"], shown["show_alert"]) == ("You said go:1", True)
        seen = (await chat.messages(GROUP, message.message_id - 1))[0]
        assert seen["reactions"] == [{"emoji": "👀", "from": 7_000_000_001}]
        await chat.api(
            "PATCH", f"/chats/{GROUP}/messages/{message.message_id}", json={"as": BOB, "text": "http://b.org"}
        )
        edited = await asyncio.wait_for(got.get(), 20)
        assert edited.edited_message
        assert edited.edited_message.text == "http://b.org"


async def test_uploads_come_back_byte_for_byte(bot: Bot) -> None:
    sent = await bot.send_document(ALICE, "<p>页</p>".encode(), filename="页 面.html", caption="x")
    assert sent.document
    assert (sent.document.file_name, sent.document.mime_type) == ("页 面.html", "text/html")
    file = await sent.document.get_file()
    assert bytes(await file.download_as_bytearray()) == "<p>页</p>".encode()
    again = await bot.send_document(ALICE, sent.document.file_id)
    assert again.document
    assert again.document.file_unique_id == sent.document.file_unique_id


async def test_albums_and_media_edits(bot: Bot) -> None:
    photos = await bot.send_media_group(
        GROUP, [InputMediaPhoto(picture(colour=c), caption=c, parse_mode="HTML") for c in ("red", "blue")]
    )
    assert len({m.media_group_id for m in photos}) == 1
    assert photos[0].photo[-1].width == 1280
    text = await bot.send_message(GROUP, "wait", link_preview_options=LinkPreviewOptions(is_disabled=True))
    media = InputMediaPhoto(picture(), caption="<i>done</i>", parse_mode="HTML")
    edited = await bot.edit_message_media(media, chat_id=GROUP, message_id=text.message_id, reply_markup=KEYBOARD)
    assert isinstance(edited, Message)
    assert edited.caption == "done"
    assert edited.reply_markup == KEYBOARD
    by_id = InputMediaPhoto(photos[0].photo[-1].file_id)
    await bot.edit_message_media(by_id, chat_id=GROUP, message_id=text.message_id)
    documents = await bot.send_media_group(GROUP, [InputMediaDocument(b"1", filename="1"), InputMediaDocument(b"2")])
    assert documents[0].document


async def test_the_rest_that_a_bot_calls_at_its_start(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.username, me.can_read_all_group_messages) == ("hashkeep_bot", True)
    scope = BotCommandScopeAllGroupChats()
    await bot.set_my_commands([BotCommand("tag", "按标签查找")], scope=scope, language_code="zh")
    assert (await bot.get_my_commands(scope, "zh"))[0].description == "按标签查找"
    await bot.set_my_description("关于", language_code="zh")
    assert (await bot.get_my_description("zh")).description == "关于"
    assert (await bot.get_chat_member(GROUP, ALICE)).status == "creator"
    assert (await bot.get_chat(FORUM)).is_forum
    assert len(await bot.get_chat_administrators(CHANNEL)) == 2
    assert (await bot.get_webhook_info()).url == ""
    assert await bot.send_chat_action(ALICE, "upload_photo")


async def test_refusals_are_the_clients_own_exceptions(chat: Chat, bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r'(?i)can\'t parse entities: unsupported start tag "x" at byte offset 0'):
        await bot.send_message(ALICE, "<x>", parse_mode="HTML")
    with pytest.raises(BadRequest, match=r"(?i)message to be replied not found"):
        await bot.send_message(ALICE, "x", reply_parameters=ReplyParameters(9999))
    with pytest.raises(BadRequest, match=r"(?i)photo_invalid_dimensions"):
        await bot.send_photo(ALICE, picture(100, 2001))
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(XIAOLIN, "x")
    with pytest.raises(BadRequest, match='has no parameter "colour"'):
        await bot.send_message(ALICE, "x", api_kwargs={"colour": "red"})
    with pytest.raises(InvalidToken):
        async with application(chat, "7000000001:AAwrong").bot:
            pass


async def test_faults_on_demand(chat: Chat, bot: Bot) -> None:
    await chat.fault("sendMessage", "429", retry_after=3)
    with pytest.raises(RetryAfter) as flood:
        await bot.send_message(ALICE, "x")
    assert seconds(flood.value) == 3
    await chat.fault("sendMessage", "502")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(ALICE, "x")
    await chat.fault("sendMessage", "drop")
    with pytest.raises(NetworkError, match="disconnected"):
        await bot.send_message(ALICE, "never sent")
    await chat.fault("sendMessage", "drop_after")
    with pytest.raises(NetworkError, match="disconnected"):
        await bot.send_message(ALICE, "sent all the same")
    await chat.fault("sendMessage", "blocked", chat_id=ALICE)
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(ALICE, "x")
    texts = [m.get("text") for m in await chat.messages(ALICE)]
    assert "sent all the same" in texts
    assert "never sent" not in texts
    failed = [r["error"] for r in await chat.requests("sendMessage") if not r["ok"]]
    assert "Too Many Requests: retry after 3" in failed
    assert "connection dropped" in failed


async def test_two_pollers_conflict(chat: Chat, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(offset=2**40, timeout=20))
    async with application(chat).bot as other:

        async def ended() -> bool:
            await other.get_updates(offset=2**40, timeout=0)
            return first.done()

        await until(ended, "the first poll to end")
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await first


async def test_a_query_typed_at_the_bot_is_answered_and_sent(chat: Chat, bot: Bot) -> None:
    await bot.get_updates(offset=-1, allowed_updates=Update.ALL_TYPES)
    asked = asyncio.create_task(chat.api("POST", "/inline", json={"as": BOB, "chat": GROUP, "query": "fox"}))

    async def query() -> Update | None:
        return next((u for u in await bot.get_updates(timeout=1) if u.inline_query), None)

    update = await until(query, "the query")
    assert update.inline_query
    assert (update.inline_query.query, update.inline_query.chat_type) == ("fox", "supergroup")
    content = InputTextMessageContent("<b>Foxes</b> http://a.org", parse_mode="HTML")
    await update.inline_query.answer([InlineQueryResultArticle("1", "Foxes", content)])
    offered = await asked
    choice = {"as": BOB, "query_id": offered["query_id"], "result_id": "1"}
    sent = (await chat.api("POST", f"/chats/{GROUP}/inline", json=choice))["messages"][0]
    assert sent["text"] == "Foxes http://a.org"
    assert sent["via_bot"]["username"] == "hashkeep_bot"


class Hook:
    """A webhook that refuses as often as told."""

    def __init__(self, refuse: int) -> None:
        self.refuse = refuse
        self.got: asyncio.Queue[tuple[dict[str, str], dict[str, Any]]] = asyncio.Queue()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in head[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        status = "500 No" if self.refuse > 0 else "200 OK"
        self.refuse -= 1
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        self.got.put_nowait((headers, body))


async def test_a_webhook_is_tried_until_it_takes_an_update(chat: Chat, bot: Bot) -> None:
    hook = Hook(refuse=1)
    server = await asyncio.start_server(hook.serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="s3cret", drop_pending_updates=True)
        with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
            await bot.get_updates()
        await chat.say("by webhook")
        first = await asyncio.wait_for(hook.got.get(), 20)
        second = await asyncio.wait_for(hook.got.get(), 20)
        assert first == second, "what was refused comes again"
        assert first[0]["x-telegram-bot-api-secret-token"] == "s3cret"
        assert first[1]["message"]["text"] == "by webhook"

        async def delivered() -> bool:
            return (await bot.get_webhook_info()).pending_update_count == 0

        await until(delivered, "the update to count as delivered")
        await bot.delete_webhook()
        assert (await bot.get_webhook_info()).url == ""


async def test_events_are_streamed(chat: Chat) -> None:
    async with httpx.AsyncClient(timeout=30) as http, http.stream("GET", f"{chat.address}/play/api/events") as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "retry: 1000"
        await chat.say("live")
        async for line in lines:
            if line.startswith("data: ") and '"message"' in line:
                event = json.loads(line.removeprefix("data: "))
                break
    assert (event["type"], event["message"]["text"]) == ("message", "live")


async def test_files_are_served_without_rights(chat: Chat, bot: Bot) -> None:
    sent = await bot.send_document(ALICE, b"<script>x</script>", filename="x.html")
    assert sent.document
    async with httpx.AsyncClient(base_url=chat.address) as http:
        answer = await http.get(f"/play/api/files/{sent.document.file_id}")
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"
        svg = await bot.send_document(ALICE, b"<svg/>", filename="x.svg")
        assert svg.document
        answer = await http.get(f"/play/api/files/{svg.document.file_id}")
        assert answer.headers["content-disposition"].startswith("attachment")
        page = await http.get("/")
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_other_sites_are_refused(chat: Chat) -> None:
    async with httpx.AsyncClient(base_url=chat.address) as http:
        for headers in ({"host": "rebound.example"}, {"origin": "http://evil.example"}):
            answer = await http.get("/play/api/state", headers=headers)
            assert answer.status_code == 403


@pytest.mark.parametrize("name", ["english", "chinese", "gallery"])
async def test_demo_pages_and_their_pictures(chat: Chat, name: str) -> None:
    state = await chat.api("GET", "/state", params={"as": ALICE})
    page = next(d for d in state["demo"] if d["url"].endswith(name))
    async with httpx.AsyncClient(base_url=chat.address) as http:
        html = (await http.get(page["url"])).text
        assert f"<title>{page['title']}</title>" in html
        drawn = await http.get("/play/demo/pictures/photo-3.jpg")
        assert Image.open(io.BytesIO(drawn.content)).size == (1200, 800)
        assert (await http.get("/play/demo/nothing")).status_code == 404
        assert (await http.get("/play/demo/pictures/photo-99.jpg")).status_code == 404


async def start(data: Path) -> tuple[asyncio.subprocess.Process, Chat]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "playground", "--port", "0", "--data", str(data), "--token", TOKEN,
        stdout=asyncio.subprocess.PIPE, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert process.stdout
    return process, Chat((await process.stdout.readline()).decode().split()[1])


async def test_a_killed_server_has_lost_nothing(tmp_path: Path) -> None:
    process, chat = await start(tmp_path)
    message = await chat.say("http://a.org", photos=1)
    process.kill()
    await process.wait()
    await chat.close()
    process, chat = await start(tmp_path)
    async with application(chat).bot as bot:
        (update,) = await bot.get_updates()
        assert update.message
        assert update.message.message_id == message["message_id"]
        file = await update.message.photo[-1].get_file()
        assert Image.open(io.BytesIO(bytes(await file.download_as_bytearray()))).size == (1280, 853)
        waiting = asyncio.create_task(bot.get_updates(offset=update.update_id + 1, timeout=30))
        await asyncio.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0, "a long poll does not hold it up"
        await asyncio.wait([waiting], timeout=20)
        assert waiting.done()
        waiting.exception()
    await chat.close()
