"""Telegram Desktop's export of a chat (`result.json`): every link with its words, person, time and hashtags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from storage.formats.json_reader import JsonReader
from storage.formats.ours import MAX_ID, MAX_URL_CHARS, names
from storage.formats.records import BadFile, Header, LinkRecord, ShareRecord
from storage.formats.text import MAX_NAME_CHARS, MAX_WORDS_CHARS, lines, moment, number, one_line
from storage.urls import taken_apart

MAX_LINKS_OF_MESSAGE = 100
MAX_CHATS_NAMED = 20
_FROM = re.compile(r"(user|channel|chat)([0-9]{1,18})")
_OLD_KINDS = ("user", "chat", "channel")
"""By the bits above 32 of the plain numbers that exports had until 2021."""
_SUPERGROUPS = ("supergroup", "channel")


@dataclass
class _Chat:
    """What is learnt of a chat as its export is read: its own fields come before its messages."""

    title: str = ""
    kind: str = ""
    raw_id: int | None = None
    """As the export has it."""
    topics: dict[int, int] = field(default_factory=dict)
    """Of each message of a topic, the topic."""
    is_forum: bool = False

    @property
    def bare_id(self) -> int | None:
        """The id without what tells kinds apart; for supergroups exports had that in it until 2021."""
        is_old = self.raw_id is not None and self.raw_id >> 32 == 2 and self.kind.endswith(_SUPERGROUPS)
        return self.raw_id & 0xFFFFFFFF if is_old and self.raw_id else self.raw_id

    @property
    def chat_id(self) -> int | None:
        """The chat's id as bots know it. In other chats than supergroups each account counts messages for itself."""
        if self.bare_id is None or not self.kind.endswith(_SUPERGROUPS):
            return None
        return -1_000_000_000_000 - self.bare_id

    @property
    def bot_id(self) -> int | None:
        """The id that bots know it by. Groups, supergroups and people are counted apart, so that bare ids meet."""
        if self.bare_id is None or self.chat_id:
            return self.chat_id
        return -self.bare_id if self.kind.endswith("_group") else self.bare_id


def read(reader: JsonReader, header: Header, own_id: int | None, wanted: str | int | None) -> Iterator[LinkRecord]:
    """The links of an export of one chat, or of the chat that is wanted (by id or name) of a whole account's.

    `own_id` is the bot's: what it said itself is left out. Raises BadFile: `several_chats` when none is wanted.
    """
    chat = _Chat()
    several: list[_Chat] = []
    for name in reader.members():
        match name:
            case "name" | "type" | "id":
                _learn(chat, name, reader.value())
            case "messages" if reader.kind() == "[":
                _tell(chat, header)
                yield from _messages(reader, chat, own_id, header)
            case "chats" | "left_chats" if reader.kind() == "{":
                yield from _account(reader, header, own_id, wanted, several)
    if several and not header.title:
        code = "no_such_chat" if isinstance(wanted, str) else "several_chats"
        raise BadFile(code, f"{len(several)} chats: {_named(several)}")


def _account(
    reader: JsonReader, header: Header, own_id: int | None, wanted: str | int | None, several: list[_Chat]
) -> Iterator[LinkRecord]:
    for name in reader.members():
        if name != "list" or reader.kind() != "[":
            continue
        for _ in reader.elements():
            chat = _Chat()
            for part in reader.members():
                if part in ("name", "type", "id"):
                    _learn(chat, part, reader.value())
                elif part == "messages" and reader.kind() == "[":
                    several.append(chat)
                    if _is_wanted(chat, wanted):
                        fitting = [other for other in several if _is_wanted(other, wanted)]
                        if any(other.bot_id != chat.bot_id for other in fitting):
                            raise BadFile("several_chats", f"{len(fitting)} chats: {_named(fitting)}")
                        _tell(chat, header)
                        yield from _messages(reader, chat, own_id, header)


def _is_wanted(chat: _Chat, wanted: str | int | None) -> bool:
    """By the very id that bots know it by; by what somebody types, also by its id in the export or by its name."""
    if wanted is None:
        return False
    if isinstance(wanted, int):
        return wanted == chat.bot_id
    typed = wanted.strip()
    return typed in (str(chat.bot_id), str(chat.bare_id)) or typed.casefold() == chat.title.casefold()


def _named(chats: list[_Chat]) -> str:
    """Some chats by name, those that share theirs by id as well."""
    titles = Counter(chat.title.casefold() for chat in chats)
    shown = (
        f"{chat.title or '?'} ({chat.bot_id})" if titles[chat.title.casefold()] > 1 else chat.title or "?"
        for chat in chats[:MAX_CHATS_NAMED]
    )
    return ", ".join(shown)


def _learn(chat: _Chat, name: str, value: object) -> None:
    if name == "name":
        chat.title = one_line(value, 255)
    elif name == "type":
        chat.kind = one_line(value, 32)
    else:
        chat.raw_id = number(value, 1, MAX_ID)


def _tell(chat: _Chat, header: Header) -> None:
    header.chat_id, header.title, header.kind = chat.chat_id, chat.title or "?", chat.kind


def _messages(reader: JsonReader, chat: _Chat, own_id: int | None, header: Header) -> Iterator[LinkRecord]:
    for _ in reader.elements():
        message = reader.value()
        if not isinstance(message, dict):
            header.skipped += 1
            continue
        message_id = number(message.get("id"), 1, 2**53)
        thread_id = _topic(message, message_id, chat)
        if message.get("type") == "message" and not _is_ours(message, own_id):
            yield from _links(message, message_id, thread_id, chat)


def _topic(message: dict[str, Any], message_id: int | None, chat: _Chat) -> int | None:
    """The topic of a message: it begins with a service message, and its messages reply to that or to one another."""
    if message.get("action") == "topic_created" and message_id:
        chat.is_forum = True
        chat.topics[message_id] = message_id
        return message_id
    if not chat.is_forum:
        return None
    thread = number(message.get("topic_id"), 1, 2**53) or chat.topics.get(
        number(message.get("reply_to_message_id"), 1, 2**53) or 0
    )
    if thread and message_id:
        chat.topics[message_id] = thread
    return thread


def _is_ours(message: dict[str, Any], own_id: int | None) -> bool:
    return own_id is not None and _person(message.get("from_id")) == own_id


def _links(message: dict[str, Any], message_id: int | None, thread_id: int | None, chat: _Chat) -> Iterator[LinkRecord]:
    words, urls, tags = _content(message)
    if not urls:
        return
    share = ShareRecord(
        who=one_line(message.get("from"), MAX_NAME_CHARS) or "?",
        who_id=_person(message.get("from_id")),
        when=moment(message.get("date_unixtime")) or moment(message.get("date")),
        words=words,
        source=one_line(message.get("forwarded_from") or message.get("saved_from"), 255) or None,
        chat_id=chat.chat_id,
        message_id=message_id if chat.chat_id else None,
        thread_id=thread_id,
    )
    for url in urls:
        yield LinkRecord(url=url, tags=tags, shares=(share,))


def _person(value: object) -> int | None:
    found = _FROM.fullmatch(value) if isinstance(value, str) else None
    if found:
        kind, bare = found[1], int(found[2])
    elif plain := number(value, 1, (len(_OLD_KINDS) << 32) - 1):
        kind, bare = _OLD_KINDS[plain >> 32], plain & 0xFFFFFFFF
    else:
        return None
    return {"user": bare, "channel": -1_000_000_000_000 - bare, "chat": -bare}[kind]


def _content(message: dict[str, Any]) -> tuple[str, list[str], tuple[str, ...]]:
    """The words, the addresses and the hashtags of a message: of its entities, as Telegram itself has found them."""
    pieces = message.get("text_entities") or message.get("text")
    if isinstance(pieces, str):
        pieces = [pieces]
    if not isinstance(pieces, list):
        return "", [], ()
    words: list[str] = []
    urls: list[Any] = []
    tags: list[str] = []
    for piece in pieces[:10_000]:
        if isinstance(piece, str):
            words.append(piece)
        elif isinstance(piece, dict) and isinstance(text := piece.get("text"), str):
            words.append(text)
            match piece.get("type"):
                case "text_link":
                    urls.append(piece.get("href"))
                case "link":
                    addresses, behind = taken_apart(text)
                    urls += addresses
                    tags += behind
                case "hashtag":
                    tags.append(text.lstrip("#＃").split("@")[0])
    said = lines("".join(words), MAX_WORDS_CHARS)
    usable = (url.strip() for url in urls if isinstance(url, str) and 0 < len(url) <= MAX_URL_CHARS)
    return said, list(dict.fromkeys(usable))[:MAX_LINKS_OF_MESSAGE], names(tags)
