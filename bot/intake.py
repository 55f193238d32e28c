"""A message → its links and tags → storage, and only then the 👀."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import (
    Chat,
    Message,
    MessageEntity,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginUser,
)

from bot.markup import clean, cut
from capture.address import AddressRule
from storage.records import GENERAL, ChatKind, FoundLink, IncomingMessage, IntakeNote
from storage.urls import comparison_key, display_host, taken_apart, without_credentials

MAX_LINKS = 20
"""Links kept of one message; the others are named in its card."""

NOTE_CHARACTERS = 80
_LINKS = (MessageEntity.URL, MessageEntity.TEXT_LINK)
_MINUS = re.compile(r"(?:^|[\s,，、])[-−–－]$")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
"""`example.com:8080/` has a port, not a scheme."""


@dataclass(frozen=True)
class Found:
    """What the entities of a message hold, in their order."""

    links: tuple[FoundLink, ...]
    tags: tuple[str, ...]
    notes: tuple[IntakeNote, ...]


def read(message: Message, rule: AddressRule, language: str, own_id: int | None = None) -> IncomingMessage:
    """The message cut down to what is kept: links and hashtags from its entities (never by searching the text).

    `own_id` is the bot's: of its own cards and lists, forwarded or saved, the titles' links count and not the bare
    hosts beside them, which Telegram takes for links as well.
    """
    entities = entity_texts(message)
    if own_id is not None and _is_by(message, own_id):
        entities = [(kind, text) for kind, text in entities if kind != MessageEntity.URL]
    found = find(entities, rule)
    return IncomingMessage(
        chat_id=message.chat_id,
        chat_kind=chat_kind(message.chat),
        chat_title=clean(message.chat.effective_name or ""),
        message_id=message.message_id,
        thread_id=thread_of(message),
        sender_id=_sender_id(message),
        sender_name=_sender_name(message),
        language=language,
        words=message.text or message.caption or "",
        sent_at=message.date,
        links=found.links,
        tags=found.tags,
        notes=found.notes,
        media_group_id=message.media_group_id,
        sender_username=_sender_username(message),
        source=_source(message),
        is_forum=bool(message.chat.is_forum),
    )


def entity_texts(message: Message) -> list[tuple[str, str]]:
    """(type, text or target) of the links and hashtags of a text or caption, in the order of their places."""
    wanted: list[str | None] = [*_LINKS, MessageEntity.HASHTAG]
    parsed = message.parse_entities(wanted) or message.parse_caption_entities(wanted)
    whole = message.text or message.caption or ""
    meant = {entity: text for entity, text in parsed.items() if not _is_taken_off(whole, entity)}
    ordered = sorted(meant.items(), key=lambda item: item[0].offset)
    return [part for entity, text in ordered for part in _meant(entity, text)]


def _meant(entity: MessageEntity, text: str) -> list[tuple[str, str]]:
    if entity.type != MessageEntity.URL:
        return [(entity.type, entity.url or text)]
    addresses, tags = taken_apart(text)
    return [*((entity.type, address) for address in addresses), *((MessageEntity.HASHTAG, tag) for tag in tags)]


def _is_taken_off(text: str, entity: MessageEntity) -> bool:
    """`-#tag`: Telegram sees a hashtag, people mean that it goes."""
    before = text.encode("utf-16-le")[: entity.offset * 2].decode("utf-16-le", "replace")
    return entity.type == MessageEntity.HASHTAG and bool(_MINUS.search(before))


def find(entities: list[tuple[str, str]], rule: AddressRule) -> Found:
    """Sorts what the entities say into links to keep, tags, and notes about the rest."""
    links: dict[str, FoundLink] = {}
    tags: dict[str, None] = {}
    notes: dict[IntakeNote, None] = {}
    for kind, text in entities:
        if kind == MessageEntity.HASHTAG:
            name = text.lstrip("#＃").split("@")[0]
            if name:
                tags[name] = None
            continue
        url, had_credentials = without_credentials(_with_scheme(text))
        refusal = rule.refusal(url)
        if refusal:
            notes[IntakeNote(refusal, _named(url, refusal))] = None
            continue
        key = comparison_key(url)
        if key not in links and len(links) >= MAX_LINKS:
            notes[IntakeNote("too_many", _shortened(url))] = None
            continue
        links.setdefault(key, FoundLink(url=url, key=key, host=display_host(url)))
        if had_credentials:
            notes[IntakeNote("credentials_removed", display_host(url))] = None
    return Found(tuple(links.values()), tuple(tags), tuple(notes))


def _with_scheme(text: str) -> str:
    """Telegram takes `example.com` for a link as well; like its own apps we open it by http."""
    text = text.strip()
    return text if _SCHEME.match(text) else f"http://{text}"


def _named(url: str, refusal: str) -> str:
    """What to call an address that is not kept: its host, or the beginning of it."""
    if refusal == "private_address":
        return cut(display_host(url), NOTE_CHARACTERS)
    return _shortened(re.sub(r"//[^/?#]*@", "//", url))


def _shortened(url: str) -> str:
    return cut(clean(re.sub(r"^https?://", "", url, flags=re.IGNORECASE)), NOTE_CHARACTERS)


def chat_kind(chat: Chat) -> ChatKind:
    """The chat's kind in our words."""
    match chat.type:
        case Chat.PRIVATE:
            return "private"
        case Chat.GROUP:
            return "group"
        case Chat.CHANNEL:
            return "channel"
        case _:
            return "supergroup"


def thread_of(message: Message) -> int | None:
    """The forum topic. In other groups the field names a thread of replies, which an answer must not name."""
    thread_id = message.message_thread_id if message.is_topic_message else None
    return None if thread_id == GENERAL else thread_id


def topic_of(message: Message) -> int | None:
    """The forum topic for which something can be chosen: General as well, which `thread_of` does not name."""
    thread_id = thread_of(message)
    return GENERAL if thread_id is None and message.chat.is_forum else thread_id


def _source(message: Message) -> str | None:
    """The channel or chat that a forwarded message is from; what people write elsewhere is theirs."""
    match message.forward_origin:
        case MessageOriginChannel(chat=chat):
            name = chat.effective_name
        case MessageOriginChat(sender_chat=chat):
            name = chat.effective_name
        case _:
            return None
    return cut(clean(name or ""), 64) or None


def _is_by(message: Message, user_id: int) -> bool:
    origin = message.forward_origin
    if isinstance(origin, MessageOriginUser):
        return origin.sender_user.id == user_id
    return origin is None and message.from_user is not None and message.from_user.id == user_id


def _sender_id(message: Message) -> int | None:
    """Who shared it: an anonymous admin and a channel write as a chat."""
    if message.sender_chat:
        return message.sender_chat.id
    return message.from_user.id if message.from_user else None


def _sender_username(message: Message) -> str | None:
    if message.sender_chat:
        return message.sender_chat.username
    return message.from_user.username if message.from_user else None


def _sender_name(message: Message) -> str:
    if message.sender_chat:
        name = message.author_signature or message.sender_chat.effective_name or ""
    else:
        name = message.from_user.full_name if message.from_user else ""
    return cut(clean(name), 64) or "?"
