"""What all that sends has in common: where to, in reply to what, with which keyboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground import utf16
from playground.context import Context, refusal_of
from playground.errors import bad_request
from playground.formatting import Formatted, caption, format_text
from playground.keyboards import force_reply, inline_keyboard
from playground.records import Chat, Json, Message
from playground.seed import GENERAL_TOPIC
from playground.telling import copy_to_discussion, origin_of


@dataclass(frozen=True)
class Place:
    """Where a message goes."""

    chat: Chat
    thread: int | None
    reply_to: int | None
    extra: Json
    """Fields that the place adds: quote, external_reply."""


def place(ctx: Context) -> Place:
    """Where the call's message goes; 400 or 403 when it cannot."""
    chat = ctx.joined_chat()
    if chat.type == "channel" and chat.bot_status != "administrator":
        raise bad_request("need administrator rights in the channel chat")
    wanted = ctx.params.get("message_thread_id") or None
    replied, extra = _replied(ctx, chat)
    thread = _thread(ctx, chat, wanted, replied)
    return Place(chat, thread, replied.id if replied else None, extra)


def _thread(ctx: Context, chat: Chat, wanted: int | None, replied: Message | None) -> int | None:
    if chat.is_forum:
        if wanted is None:
            return replied.thread if replied else None
        topic = chat.topic(wanted)
        if topic is None or wanted == GENERAL_TOPIC:  # the general topic is the one without an id
            raise bad_request("message thread not found")
        if topic.is_closed and chat.bot_status != "administrator":
            raise bad_request("TOPIC_CLOSED")
        return wanted
    if wanted is not None:
        root = ctx.world.message(chat.id, wanted)
        if chat.type != "supergroup" or root is None:
            raise bad_request("message thread not found")
        return wanted
    return reply_thread(chat, replied)


def reply_thread(chat: Chat, replied: Message | None) -> int | None:
    """In a supergroup replies belong to the thread of the message they began with; in a forum to its topic."""
    if replied is None or chat.type != "supergroup":
        return None
    return replied.thread if chat.is_forum or replied.thread is not None else replied.id


def _replied(ctx: Context, chat: Chat) -> tuple[Message | None, Json]:
    wanted: Json | None = ctx.params.get("reply_parameters")
    if wanted is None:
        return None, {}
    other = ctx.find_chat(wanted["chat_id"]) if "chat_id" in wanted else chat
    message = ctx.world.message(other.id, wanted["message_id"])
    if message is None or refusal_of(other):
        if wanted.get("allow_sending_without_reply") and other is chat:
            return None, {}
        raise bad_request("message to be replied not found")
    extra = _quote(wanted, message)
    if other is chat:
        return message, extra
    external = {
        "origin": origin_of(ctx.world, message),
        "chat": ctx.world.chat_json(other),
        "message_id": message.id,
    }
    return None, {**extra, "external_reply": external}


def _quote(wanted: Json, message: Message) -> Json:
    if not wanted.get("quote"):
        return {}
    text = message.body.get("text") or message.body.get("caption") or ""
    at = text.find(wanted["quote"])
    if at < 0:
        raise bad_request("QUOTE_TEXT_INVALID")
    return {"quote": {"text": wanted["quote"], "position": utf16.length(text[:at]), "is_manual": True}}


def post(ctx: Context, where: Place, content: Json, **more: Any) -> Message:
    """Puts the bot's message into the chat."""
    chat, world = where.chat, ctx.world
    sender = {"sender_chat": world.chat_json(chat)} if chat.type == "channel" else {"from": world.bot_user()}
    params = ctx.params
    options: Json = {}
    if params.get("protect_content"):
        options["has_protected_content"] = True
    if params.get("message_effect_id"):
        options["effect_id"] = params["message_effect_id"]
    markup = inline_keyboard(params.get("reply_markup"))
    if markup:
        options["reply_markup"] = markup
    body = {**where.extra, **content, **options, **more}
    asks = force_reply(params.get("reply_markup"))
    message = world.add(chat, sender, body, by_bot=True, reply_to=where.reply_to, thread=where.thread, asks=asks)
    copy_to_discussion(world, message)
    return message


def formatted_caption(ctx: Context, given: Json) -> Formatted:
    """The caption that a call or an InputMedia brings."""
    text = given.get("caption") or ""
    mode, entities = given.get("parse_mode"), given.get("caption_entities")
    return caption(format_text(text, mode, entities, ctx.world.user))
