"""What a method of the Bot API works with."""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.answers import Answers
from playground.errors import ApiError, bad_request, forbidden
from playground.records import Chat, Json, Message
from playground.requests import Upload
from playground.webhook import Webhook
from playground.world import World


@dataclass
class Context:
    """A checked call: its parameters, the files that came along, and the playground's parts."""

    world: World
    method: str
    answers: Answers
    webhook: Webhook
    address: str
    """The server's own, for links to files."""
    params: Json = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def chat(self) -> Chat:
        """The chat the call is about, whether the bot is in it or not; 400 when there is none."""
        return self.find_chat(self.params.get("chat_id"))

    def find_chat(self, chat_id: int | str | None) -> Chat:
        """A chat by id or @username; 400 when there is none, or when it became a supergroup."""
        if chat_id is None or chat_id == "":
            raise bad_request("chat_id is empty")
        chat = self.world.chats.get(chat_id) if isinstance(chat_id, int) else self._by_name(chat_id)
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
        return chat

    def _by_name(self, name: str) -> Chat | None:
        if name.startswith("@"):
            for chat in self.world.chats.values():
                if chat.username and chat.username.lower() == name[1:].lower():
                    return chat
        return None

    def joined_chat(self) -> Chat:
        """The chat the call is about; 403 when the bot is not in it."""
        chat = self.chat()
        refusal = refusal_of(chat)
        if refusal:
            raise refusal
        return chat

    def own_message(self, chat: Chat, what: str) -> Message:
        """The message that `message_id` names; 400 "message to edit not found" for `what` = "edit"."""
        message_id = self.params.get("message_id")
        if not message_id:
            raise bad_request("message identifier is not specified")
        message = self.world.message(chat.id, message_id)
        if message is None:
            raise bad_request(f"message to {what} not found")
        return message


def refusal_of(chat: Chat) -> ApiError | None:
    """Why the bot may not write to a chat."""
    if chat.bot_member:
        return None
    if chat.type == "private":
        if chat.bot_status == "kicked":
            return forbidden("bot was blocked by the user")
        return forbidden("bot can't initiate conversation with a user")
    if chat.bot_status == "kicked":
        return forbidden(f"bot was kicked from the {chat.type} chat")
    return forbidden(f"bot is not a member of the {chat.type} chat")
