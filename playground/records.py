"""Chats, messages and files as the server keeps them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]

ANONYMOUS_ADMIN = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}


@dataclass
class Topic:
    """A forum's topic; its id is the id of the message that made it, 1 for the general one."""

    id: int
    name: str
    is_closed: bool = False


@dataclass
class Chat:
    """A chat. A person's private chat with the bot has the person's id."""

    id: int
    type: str
    title: str = ""
    username: str = ""
    is_forum: bool = False
    topics: list[Topic] = field(default_factory=list)
    members: list[int] = field(default_factory=list)
    """People in the chat, the bot not among them."""
    admins: list[int] = field(default_factory=list)
    """The first one is the owner."""
    bot_status: str = "left"
    """member, administrator, left, kicked; in a private chat `left` until the person spoke, `kicked` when blocked."""
    linked_chat_id: int | None = None
    """A channel's discussion group and the other way round."""
    migrated_to: int | None = None
    last_message_id: int = 0
    pinned: list[int] = field(default_factory=list)
    description: str = ""
    reactions: list[str] | None = None
    """The emoji allowed; None for all."""

    @property
    def bot_member(self) -> bool:
        return self.bot_status in ("member", "administrator")

    @property
    def is_group(self) -> bool:
        return self.type in ("group", "supergroup")

    def topic(self, topic_id: int) -> Topic | None:
        """The topic with the id."""
        return next((topic for topic in self.topics if topic.id == topic_id), None)

    def to_json(self) -> Json:
        """For the journal."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Json) -> Chat:
        """From the journal."""
        return cls(**{**body, "topics": [Topic(**topic) for topic in body["topics"]]})


@dataclass
class Message:
    """A message: `body` is the API's JSON without what is looked up when it is shown (see `World.show`)."""

    chat_id: int
    id: int
    body: Json
    by_bot: bool = False
    reply_to: int | None = None
    thread: int | None = None
    """The forum topic, or the message that a reply thread of a group began with."""
    reactions: list[Json] = field(default_factory=list)
    """`{"emoji": "👀", "from": person or bot id}`"""
    asks: Json | None = None
    """The ForceReply that it came with: it is for people's apps and no part of the message."""

    def to_json(self) -> Json:
        """For the journal."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Json) -> Message:
        """From the journal."""
        return cls(**body)


@dataclass(frozen=True)
class StoredFile:
    """A file on the server."""

    file_id: str
    unique_id: str
    kind: str
    """photo, document, video, audio, voice, animation, sticker, video_note, thumbnail"""
    name: str
    media_type: str
    size: int
    path: str
    """Relative to the folder of files."""
    width: int = 0
    height: int = 0
    duration: int = 0
    variants: tuple[str, ...] = ()
    """A photo's file ids from the smallest to the largest."""
    more: Json = field(default_factory=dict)
    """Other fields of its JSON, such as a title."""

    def to_json(self) -> Json:
        """For the journal."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Json) -> StoredFile:
        """From the journal."""
        return cls(**{**body, "variants": tuple(body["variants"])})
