"""What people do in their chats: write, forward, edit, delete, press, come and go."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from playground import samples
from playground.formatting import caption, format_text, message_text
from playground.methods.posting import reply_thread
from playground.records import Chat, Json, Message
from playground.requests import Upload
from playground.schema import reactions
from playground.seed import GENERAL_TOPIC
from playground.telling import (
    content_of,
    copy_to_discussion,
    edit_in_discussion,
    origin_of,
    sender_of,
    tell_bot,
    tell_membership,
)
from playground.world import World, text_content


class Refused(Exception):
    """What a person may not do; the message is for people."""


class NotThere(Refused):
    """A chat, person or message that does not exist."""


@dataclass(frozen=True)
class Writing:
    """What a person sends."""

    person: int
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    thread: int | None = None
    reply_to: int | None = None
    forward: Json | None = None
    photos: int = 0
    uploads: list[Upload] = field(default_factory=list)
    as_files: bool = False
    """Pictures are sent as documents."""
    anonymous: bool = False
    """An administrator writes as the group."""


def chat_of(world: World, chat_id: int) -> Chat:
    """The chat; `NotThere`."""
    chat = world.chats.get(chat_id)
    if chat is None:
        raise NotThere(f"There is no chat {chat_id}.")
    return chat


def person_of(world: World, person: int) -> Json:
    """The person; `NotThere`."""
    if person not in world.people:
        raise NotThere(f"There is no person {person}.")
    return world.people[person]


def _writer(world: World, chat: Chat, person: int) -> None:
    person_of(world, person)
    if person not in chat.members or chat.migrated_to is not None:
        raise Refused("Only members can write here.")
    if chat.type == "channel" and person not in chat.admins:
        raise Refused("Only administrators can post in a channel.")


def react(world: World, chat_id: int, message_id: int, person: int, emoji: list[str]) -> Message:
    """A person's reactions to a message; a bot hears of them in private chats and where it is an administrator."""
    chat, message = _own(world, chat_id, message_id, person)
    if person not in chat.members or any(e not in reactions() for e in emoji):
        raise Refused("Members can react, with the emoji that Telegram offers.")
    before = world.react(message, person, emoji)
    if chat.type == "private" or chat.bot_status == "administrator":
        update = {
            "chat": world.chat_json(chat),
            "message_id": message.id,
            "user": world.user(person),
            "date": int(time.time()),
            "old_reaction": [{"type": "emoji", "emoji": e} for e in before],
            "new_reaction": [{"type": "emoji", "emoji": e} for e in emoji],
        }
        if chat.bot_member and before != emoji:
            world.updates.add("message_reaction", update)
    return message


def _open_private(world: World, chat: Chat) -> None:
    """A person who writes to the bot for the first time, or again, lets it answer."""
    if chat.type == "private" and not chat.bot_member:
        before, chat.bot_status = chat.bot_status, "member"
        world.save_chat(chat)
        if before == "kicked":
            tell_membership(world, chat, chat.id, world.bot["id"], before, "member")


def write(world: World, chat_id: int, writing: Writing, contents: list[Json]) -> list[Message]:
    """Sends what the person wrote (see `prepare`); an album is several messages. `Refused` when it cannot be sent."""
    chat = chat_of(world, chat_id)
    _writer(world, chat, writing.person)
    if writing.anonymous and not (chat.is_group and writing.person in chat.admins):
        raise Refused("Only a group's administrators can write as the group.")
    replied = _replied(world, chat, writing.reply_to)
    thread = _thread(chat, writing.thread, replied)
    _open_private(world, chat)
    group = {"media_group_id": str(secrets.randbelow(9 * 10**16) + 10**16)} if len(contents) > 1 else {}
    where: dict[str, Any] = {"reply_to": replied.id if replied else None, "thread": thread}
    sender = sender_of(world, chat, writing.person, writing.anonymous)
    messages = [world.add(chat, sender, {**content, **group}, **where) for content in contents]
    for message in messages:
        tell_bot(world, message)
        copy_to_discussion(world, message)
    return messages


def _replied(world: World, chat: Chat, message_id: int | None) -> Message | None:
    if message_id is None:
        return None
    message = world.message(chat.id, message_id)
    if message is None:
        raise NotThere(f"There is no message {message_id} to reply to.")
    return message


def _thread(chat: Chat, wanted: int | None, replied: Message | None) -> int | None:
    if not chat.is_forum or wanted is None:
        return reply_thread(chat, replied)
    topic = chat.topic(wanted)
    if topic is None:
        raise NotThere(f"There is no topic {wanted}.")
    return None if topic.id == GENERAL_TOPIC else topic.id


def prepare(world: World, writing: Writing) -> list[Json]:
    """What the messages will say, their pictures scaled; may run in a thread. 400 for what cannot be sent."""
    if writing.forward:
        source = world.message(int(writing.forward["chat"]), int(writing.forward["message_id"]))
        if source is None:
            raise NotThere("There is no such message to forward.")
        return [{**content_of(source.body), "forward_origin": origin_of(world, source)}]
    formatted = format_text(writing.text, None, writing.entities, world.user, check_links=False)
    files = [world.files.add_photo(samples.photo(n)) for n in range(writing.photos)]
    shown = [world.files.shown(file) for file in files]
    shown += [_shown(world, upload, writing.as_files) for upload in writing.uploads]
    if not shown:
        return [text_content(message_text(formatted))]
    shown[0] |= text_content(caption(formatted), as_caption=True)  # an album's caption is on its first message
    return shown


def _shown(world: World, upload: Upload, as_file: bool) -> Json:
    if upload.media_type.startswith("image/") and upload.media_type != "image/svg+xml" and not as_file:
        return world.files.shown(world.files.add_photo(upload.data))
    return world.files.shown(world.files.add("document", upload.data, upload.name, upload.media_type))


def _own(world: World, chat_id: int, message_id: int, person: int) -> tuple[Chat, Message]:
    chat = chat_of(world, chat_id)
    person_of(world, person)
    message = world.message(chat_id, message_id)
    if message is None:
        raise NotThere(f"There is no message {message_id}.")
    return chat, message


def edit(world: World, chat_id: int, message_id: int, person: int, text: str, entities: list[Json]) -> Message:
    """Changes a person's own message, text or caption."""
    chat, message = _own(world, chat_id, message_id, person)
    posted = chat.type == "channel" and person in chat.admins
    if message.by_bot or not (posted or message.body.get("from", {}).get("id") == person):
        raise Refused("One can edit only one's own messages.")
    as_caption = "text" not in message.body
    formatted = format_text(text, None, entities, world.user, check_links=False)
    content = text_content(caption(formatted) if as_caption else message_text(formatted), as_caption)
    old = {"text", "entities", "caption", "caption_entities"}
    message.body = {**{name: value for name, value in message.body.items() if name not in old}, **content}
    world.changed(message)
    tell_bot(world, message, edited=True)
    edit_in_discussion(world, message)
    return message


def delete(world: World, chat_id: int, message_id: int, person: int) -> None:
    """Deletes a message; the bot is not told, as in Telegram."""
    chat, message = _own(world, chat_id, message_id, person)
    mine = message.body.get("from", {}).get("id") == person
    if not (mine or chat.type == "private" or person in chat.admins):
        raise Refused("Only administrators can delete other people's messages.")
    if message_id in chat.pinned:
        chat.pinned.remove(message_id)
        world.save_chat(chat)
    world.remove(message)
