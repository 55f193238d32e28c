"""The people, the chats and their messages; what is written here is on disk before it is told."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playground import seed
from playground.events import Events
from playground.files import Files
from playground.formatting import Formatted
from playground.journal import Journal
from playground.records import Chat, Json, Message
from playground.updates import Updates


class World:
    """One playground: one bot, its people and chats."""

    def __init__(self, folder: Path, bot_id: int) -> None:
        self.journal = Journal(folder / "playground.sqlite3")
        self.events = Events()
        self.files = Files(folder / "files", self.journal)
        self.updates = Updates(self.journal)
        self.bot = seed.bot(bot_id)
        self.bot["can_read_all_group_messages"] = not self.journal.get("setting", "privacy", False)
        self.people: dict[int, Json] = {person["id"]: person for person in seed.PEOPLE}
        self.chats = {int(key): Chat.from_json(body) for key, body in self.journal.all("chat")}
        self._messages: dict[int, dict[int, Message]] = {chat_id: {} for chat_id in self.chats}
        found = sorted((body["chat_id"], body["id"], body) for _, body in self.journal.all("message"))
        for chat_id, message_id, body in found:
            self._messages[chat_id][message_id] = Message.from_json(body)
        self._private_counter: int = self.journal.get("setting", "private_counter", 0)
        if not self.chats:
            seed.fill(self)

    # People and chats

    def user(self, user_id: int) -> Json | None:
        """A person or the bot as `Message.from` shows them."""
        if user_id == self.bot["id"]:
            return self.bot_user()
        return self.people.get(user_id)

    def bot_user(self) -> Json:
        """The bot as `Message.from` shows it."""
        return {name: self.bot[name] for name in ("id", "is_bot", "first_name", "username")}

    @property
    def privacy(self) -> bool:
        """Whether the bot sees only what is meant for it in groups."""
        return not self.bot["can_read_all_group_messages"]

    def set_privacy(self, on: bool) -> None:
        """Switches privacy mode."""
        self.bot["can_read_all_group_messages"] = not on
        self.journal.put("setting", "privacy", on)

    def chat_json(self, chat: Chat) -> Json:
        """A chat as `Message.chat` shows it."""
        if chat.type == "private":
            person = self.people[chat.id]
            names: Json = {name: person[name] for name in ("first_name", "last_name", "username") if name in person}
            return {"id": chat.id, **names, "type": "private"}
        body: Json = {"id": chat.id, "title": chat.title}
        if chat.username:
            body["username"] = chat.username
        body["type"] = chat.type
        if chat.is_forum:
            body["is_forum"] = True
        return body

    def add_chat(self, chat: Chat) -> Chat:
        """A new chat."""
        self.chats[chat.id] = chat
        self._messages.setdefault(chat.id, {})
        self.save_chat(chat)
        return chat

    def save_chat(self, chat: Chat) -> None:
        """Keeps what changed in a chat and tells the pages."""
        self.journal.put("chat", chat.id, chat.to_json())
        self.events.tell("chat", chat_id=chat.id)

    def new_chat_id(self, kind: str) -> int:
        """The next free id of a group, supergroup or channel."""
        if kind == "group":
            return min([-1000, *(i for i in self.chats if -1_000_000_000 < i < 0)]) - 1
        return min(-1001000000004, *self.chats) - 1

    # Messages

    def next_id(self, chat: Chat) -> int:
        """The next message id. Private chats and basic groups share a counter, as the bot sees them."""
        if chat.type in ("private", "group"):
            self._private_counter += 1
            self.journal.put("setting", "private_counter", self._private_counter)
            return self._private_counter
        chat.last_message_id += 1
        self.journal.put("chat", chat.id, chat.to_json())
        return chat.last_message_id

    def message(self, chat_id: int, message_id: int) -> Message | None:
        """A message that is there."""
        return self._messages.get(chat_id, {}).get(message_id)

    def messages(self, chat_id: int) -> Iterable[Message]:
        """The messages of a chat, oldest first."""
        return self._messages.get(chat_id, {}).values()

    def last_message(self, chat_id: int) -> Message | None:
        """The newest message of a chat."""
        return next(reversed(self._messages.get(chat_id, {}).values()), None)

    def add(self, chat: Chat, sender: Json, content: Json, **where: Any) -> Message:
        """A new message: `sender` has `from` or `sender_chat`, `content` what it says; `where` as in `Message`."""
        message_id = self.next_id(chat)
        body = {
            "message_id": message_id,
            **sender,
            "chat": self.chat_json(chat),
            "date": int(time.time()),
            **content,
        }
        message = Message(chat.id, message_id, body, **where)
        self._messages[chat.id][message_id] = message
        self._keep(message)
        self.events.tell("message", chat_id=chat.id, message=self.show_to_people(message))
        return message

    def changed(self, message: Message, edited: bool = True) -> None:
        """Keeps a message that was changed in place."""
        if edited:
            message.body["edit_date"] = int(time.time())
        self._keep(message)
        self.events.tell("edited", chat_id=message.chat_id, message=self.show_to_people(message))

    def react(self, message: Message, who: int, emoji: list[str]) -> list[str]:
        """Replaces somebody's reactions; gives the former ones."""
        before = [r["emoji"] for r in message.reactions if r["from"] == who]
        others = [r for r in message.reactions if r["from"] != who]
        message.reactions = others + [{"emoji": e, "from": who} for e in emoji]
        self._keep(message)
        self.events.tell("reaction", chat_id=message.chat_id, message_id=message.id, reactions=message.reactions)
        return before

    def remove(self, message: Message) -> None:
        """Deletes a message."""
        del self._messages[message.chat_id][message.id]
        self.journal.remove("message", f"{message.chat_id}:{message.id}")
        self.events.tell("deleted", chat_id=message.chat_id, message_ids=[message.id])

    def _keep(self, message: Message) -> None:
        self.journal.put("message", f"{message.chat_id}:{message.id}", message.to_json())

    # How messages are shown

    def show(self, message: Message, nested: bool = False) -> Json:
        """A message as the bot sees it; the one it replies to is looked up, as it is now."""
        chat = self.chats[message.chat_id]
        body = {**message.body, "chat": self.chat_json(chat)}
        if message.thread is not None:
            body["message_thread_id"] = message.thread
            if chat.is_forum:
                body["is_topic_message"] = True
        # A message of a topic that replies to nothing is shown as a reply to the topic's first one.
        reply_to = message.reply_to or (message.thread if chat.is_forum else None)
        if not nested and reply_to not in (None, message.id) and (replied := self.message(chat.id, reply_to)):
            body["reply_to_message"] = self.show(replied, nested=True)
        if "pinned_message" in body and isinstance(body["pinned_message"], int):
            pinned = self.message(chat.id, body["pinned_message"])
            gone = {"chat": self.chat_json(chat), "message_id": body["pinned_message"], "date": 0}
            body["pinned_message"] = self.show(pinned, nested=True) if pinned else gone
        return body

    def show_to_people(self, message: Message) -> Json:
        """A message with its reactions, for the chat page; and whether it asks for a reply."""
        asks = {"force_reply": message.asks} if message.asks else {}
        return {**self.show(message), "reactions": message.reactions, **asks}

    def stop_waiting(self) -> None:
        """Ends long polls and event streams."""
        self.events.close()
        self.updates.close()

    def close(self) -> None:
        """Ends what waits and closes the files."""
        self.stop_waiting()
        self.journal.close()


def text_content(formatted: Formatted, as_caption: bool = False) -> Json:
    """A text or caption as part of a message."""
    text, entities = ("caption", "caption_entities") if as_caption else ("text", "entities")
    content: Json = {}
    if formatted.text:
        content[text] = formatted.text
    if formatted.entities:
        content[entities] = formatted.entities
    return content
