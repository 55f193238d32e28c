"""Order within a chat, limits, what errors mean, names of files, whom a caption means."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Chat, Document, Message, MessageEntity, Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.background import Background, Call
from bot.delivery import LONGEST_PAUSE_S, pause_s
from bot.filenames import file_name, stem
from bot.order import ChatOrder
from bot.ratelimit import ChatRateLimiter
from bot.transfers import ImportCaption
from bot.troubles import Trouble, trouble


def update(chat_id: int, number: int) -> Update:
    return Update(number, message=Message(number, datetime.now(UTC), Chat(chat_id, Chat.GROUP)))


async def test_updates_of_a_chat_keep_their_order_and_chats_do_not_wait_for_each_other() -> None:
    done: list[str] = []
    gate = asyncio.Event()

    async def slow(name: str) -> None:
        await gate.wait()
        done.append(name)

    async def quick(name: str) -> None:
        done.append(name)

    async with ChatOrder() as order:
        first = asyncio.create_task(order.process_update(update(-1, 1), slow("message")))
        await asyncio.sleep(0)
        second = asyncio.create_task(order.process_update(update(-1, 2), quick("its edit")))
        await order.process_update(update(-2, 3), quick("another chat"))
        assert done == ["another chat"]
        gate.set()
        await asyncio.gather(first, second)
        assert done == ["another chat", "message", "its edit"]
        assert not order._locks, "a chat that is quiet costs nothing"


async def test_edits_of_a_message_keep_their_order_and_what_was_overtaken_is_given_up() -> None:
    shown: list[str] = []
    gate = asyncio.Event()

    async def slow(page: str) -> None:
        await gate.wait()
        shown.append(page)

    async def quick(page: str) -> None:
        shown.append(page)

    background = Background()
    background.edit(1, 5, "page 2", Call(slow, "2"))
    await asyncio.sleep(0)
    background.edit(1, 5, "page 3", Call(quick, "3"))
    background.edit(1, 5, "page 4", Call(quick, "4"))
    background.edit(1, 6, "another message", Call(quick, "other"))
    background.start("a reaction", Call(quick, "reaction"))
    while len(shown) < 2:
        await asyncio.sleep(0)
    assert sorted(shown) == ["other", "reaction"], "an edit overtook the one before it"
    gate.set()
    await background.close(5)
    assert shown[2:] == ["2", "4"]
    assert not background._edits, "a message that is quiet costs nothing"


async def test_an_edit_that_waits_for_its_next_try_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.background.PAUSE_S", 0.05)
    shown: list[str] = []

    async def edit(page: str) -> None:
        if page == "old":
            refused.set()
            raise NetworkError("not now")
        shown.append(page)

    refused, background = asyncio.Event(), Background()
    background.edit(1, 5, "the old page", Call(edit, "old"))
    await refused.wait()
    refused.clear()
    background.edit(1, 5, "the new page", Call(edit, "new"))
    await background.close(5)
    assert shown == ["new"]
    assert not refused.is_set(), "the old page was tried again"


async def call(limiter: ChatRateLimiter, endpoint: str, chat_id: int, error: Exception | None = None) -> float:
    """Seconds until the call was made."""
    started = time.monotonic()
    made: list[float] = []

    async def callback(*_: Any, **__: Any) -> bool:
        made.append(time.monotonic() - started)
        if error:
            raise error
        return True

    await limiter.process_request(callback, (), {}, endpoint, {"chat_id": chat_id}, None)
    return made[0]


async def test_reactions_are_free_and_sends_are_not() -> None:
    limiter = ChatRateLimiter()
    for _ in range(5):
        assert await call(limiter, "sendMessage", 1) < 0.1
    assert await call(limiter, "setMessageReaction", 1) < 0.1
    assert await call(limiter, "sendMessage", 2) < 0.1, "another chat does not wait"
    assert await call(limiter, "editMessageText", 1) > 0.5


async def test_a_429_holds_its_chat_alone_and_is_told_to_the_caller() -> None:
    limiter = ChatRateLimiter()
    with pytest.raises(RetryAfter):
        await call(limiter, "sendPhoto", -1, RetryAfter(1))
    assert await call(limiter, "sendMessage", -2) < 0.1
    assert 0.8 < await call(limiter, "sendMessage", -1) < 2


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (RetryAfter(3), Trouble.WAIT),
        (ChatMigrated(-5), Trouble.MOVED),
        (Forbidden("Forbidden: bot was blocked by the user"), Trouble.SHUT),
        (BadRequest("Not enough rights to send text messages to the chat"), Trouble.SHUT),
        (BadRequest("Chat not found"), Trouble.SHUT),
        (BadRequest("Message to be replied not found"), Trouble.NO_REPLY),
        (BadRequest("Message thread not found"), Trouble.NO_THREAD),
        (BadRequest("Message to edit not found"), Trouble.NO_MESSAGE),
        (BadRequest("Message is not modified: specified new message content …"), Trouble.SAME),
        (BadRequest("Wrong file identifier/HTTP URL specified"), Trouble.STALE_FILE),
        (BadRequest("Photo_invalid_dimensions"), Trouble.BAD_PHOTO),
        (BadRequest("Image_process_failed"), Trouble.BAD_PHOTO),
        (BadRequest("Can't parse entities: …"), Trouble.HOPELESS),
        (NetworkError("Request Entity Too Large (413)"), Trouble.TOO_LARGE),
        (NetworkError("Internal Server Error (500)"), Trouble.PASSING),
        (NetworkError("httpx.ReadError: "), Trouble.PASSING),
        (TimedOut(), Trouble.PASSING),
        (InvalidToken("Not Found"), Trouble.PASSING),
    ],
)
def test_what_an_error_means(error: Any, what: Trouble) -> None:
    assert trouble(error) is what


def test_pauses_grow_to_a_limit() -> None:
    assert [pause_s(n) for n in range(4)] == [1, 2, 4, 8]
    assert pause_s(1000) == LONGEST_PAUSE_S


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("title", "kind", "media_type", "url", "name"),
    [
        ("Offline: a page/with \\ odd name?", "html", "text/html", "", "Offline a page with odd name.html"),
        ("江南春色 · 网页快照", "html", "text/html", "", "江南春色 · 网页快照.html"),
        ("../../etc/passwd", "text", "text/markdown", "", "etc passwd.md"),
        ("CON", "html", "text/html", "", "page CON.html"),
        ("", "html", "text/html", "", "page.html"),
        ("paper.pdf", "original", "application/pdf", "", "paper.pdf"),
        ("data", "original", "", "https://e.example/x.csv?y", "data.csv"),
        ("data", "original", "", "https://e.example/x.exe", "data.bin"),
        ("data", "original", "application/octet-stream", "https://e.example/x.zip", "data.bin"),
        ("letter.docx", "original", _WORD, "", "letter.docx"),
        ("shot", "screenshot", "image/png", "", "shot.png"),
    ],
)
def test_file_names(title: str, kind: str, media_type: str, url: str, name: str) -> None:
    assert file_name(title, kind, media_type, url) == name


@pytest.mark.parametrize(
    ("media_type", "suffix"),
    [
        ("text/html", ".txt"),
        ("text/javascript", ".txt"),
        ("text/x-python", ".txt"),
        ("application/xhtml+xml", ".txt"),
        ("application/xml", ".txt"),
        ("application/hta", ".bin"),
        ("image/svg+xml", ".txt"),
        ("application/x-msdos-program", ".bin"),
        ("application/java-archive", ".bin"),
        ("application/x-sh", ".bin"),
        ("application/x-shellscript", ".bin"),
    ],
)
def test_no_file_is_handed_out_under_a_name_that_a_program_runs(media_type: str, suffix: str) -> None:
    assert file_name("page", "original", media_type, "https://e.example/page.com") == f"page{suffix}"


@given(st.text(max_size=400))
def test_file_names_are_safe_everywhere(title: str) -> None:
    name = stem(title)
    assert name
    assert len(name.encode()) <= 160
    assert not set(name) & set('/\\:*?"<>|\0\n')
    assert not name.startswith(".")
    assert not name.endswith((".", " "))


@pytest.mark.parametrize(
    ("caption", "ours"),
    [
        ("/import", True),
        ("/Import now", True),
        ("/import@Hashkeep_Bot", True),
        ("/import@other_bot", False),
        ("/important", False),
    ],
)
def test_a_caption_imports_only_where_no_other_bot_is_meant(caption: str, ours: bool) -> None:
    group = Chat(-1001, "supergroup")
    command = MessageEntity("bot_command", 0, len(caption.split()[0]))
    document = Document("file", "unique")
    message = Message(1, datetime.now(UTC), group, document=document, caption=caption, caption_entities=[command])
    message.set_bot(SimpleNamespace(username="hashkeep_bot"))  # type: ignore[arg-type]
    assert ImportCaption().filter(message) is ours
