"""setMessageReaction, answerCallbackQuery, pins."""

from __future__ import annotations

from playground import utf16
from playground.addresses import checked_link
from playground.context import Context
from playground.errors import bad_request
from playground.methods.posting import Place, post
from playground.methods.registry import method
from playground.records import Chat
from playground.schema import reactions
from playground.telling import content_of

_ALERT_LENGTH = 200
_VARIATION = "\ufe0f"


@method("setMessageReaction")
async def set_message_reaction(ctx: Context) -> bool:
    """The bot's one reaction to a message, or none."""
    chat = ctx.joined_chat()
    message = ctx.own_message(chat, "react")
    wanted = ctx.params.get("reaction", [])
    if len(wanted) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emoji = [reaction.get("emoji", "").replace(_VARIATION, "") for reaction in wanted]
    allowed = reactions() if chat.reactions is None else reactions() & set(chat.reactions)
    if any(e not in allowed for e in emoji) or not content_of(message.body):
        raise bad_request("REACTION_INVALID")
    me = ctx.world.bot["id"]
    if not emoji and not any(reaction["from"] == me for reaction in message.reactions):
        raise bad_request("REACTION_EMPTY")
    ctx.world.react(message, me, emoji)
    return True


@method("answerCallbackQuery")
async def answer_callback_query(ctx: Context) -> bool:
    """What the person who pressed a button sees."""
    params = ctx.params
    if utf16.length(params.get("text", "")) > _ALERT_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    url = params.get("url")
    if url and not _is_own_link(ctx, url):
        raise bad_request("URL_INVALID")
    answer = {
        "text": params.get("text") or None,
        "show_alert": bool(params.get("show_alert")),
        "url": url or None,
        "answered": True,
    }
    ctx.answers.give(params["callback_query_id"], answer)
    ctx.world.events.tell("answer", callback_query_id=params["callback_query_id"], **answer)
    return True


def _is_own_link(ctx: Context, url: str) -> bool:
    """Without a game a button may open only the bot itself."""
    return checked_link(url).lower().startswith(f"https://t.me/{ctx.world.bot['username']}?start")


def _pinnable(ctx: Context) -> Chat:
    chat = ctx.joined_chat()
    if chat.is_group and chat.bot_status != "administrator":
        raise bad_request("not enough rights to manage pinned messages in the chat")
    return chat


@method("pinChatMessage")
async def pin_chat_message(ctx: Context) -> bool:
    """Pins a message and says so in the chat."""
    chat = _pinnable(ctx)
    message = ctx.own_message(chat, "pin")
    if message.id in chat.pinned:
        raise bad_request("CHAT_NOT_MODIFIED")
    chat.pinned.append(message.id)
    ctx.world.save_chat(chat)
    ctx.params = {}
    post(ctx, Place(chat, message.thread if chat.is_forum else None, None, {}), {"pinned_message": message.id})
    return True


@method("unpinChatMessage")
async def unpin_chat_message(ctx: Context) -> bool:
    """Unpins a message, the last pinned one if none is named."""
    chat = _pinnable(ctx)
    message_id = ctx.params.get("message_id") or next(reversed(chat.pinned), None)
    if message_id not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(message_id)
    ctx.world.save_chat(chat)
    return True


@method("unpinAllChatMessages")
async def unpin_all_chat_messages(ctx: Context) -> bool:
    """Unpins all."""
    chat = _pinnable(ctx)
    chat.pinned.clear()
    ctx.world.save_chat(chat)
    return True
