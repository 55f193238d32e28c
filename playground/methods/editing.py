"""editMessageText, …Caption, …Media, …ReplyMarkup; deleteMessage, deleteMessages."""

from __future__ import annotations

import time

from playground.context import Context
from playground.errors import bad_request
from playground.formatting import format_text, message_text
from playground.keyboards import inline_keyboard
from playground.methods.media import media_content
from playground.methods.posting import formatted_caption
from playground.methods.registry import method
from playground.records import Chat, Json, Message
from playground.telling import edit_in_discussion
from playground.world import World, text_content

_DELETABLE_S = 48 * 3600
_TEXT = ("text", "entities", "link_preview_options")
_CAPTION = ("caption", "caption_entities", "show_caption_above_media")
_FILES = ("photo", "video", "document", "audio", "animation", "voice", "video_note")
_CONTENT = (*_TEXT, *_CAPTION, *_FILES, "has_media_spoiler")
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


def _editable(ctx: Context) -> Message:
    """The bot's own message that is to be edited."""
    if "inline_message_id" in ctx.params:
        raise bad_request("MESSAGE_ID_INVALID")
    message = ctx.own_message(ctx.joined_chat(), "edit")
    if not message.by_bot or not any(name in message.body for name in _CONTENT):
        raise bad_request("message can't be edited")
    return message


def _replace(ctx: Context, message: Message, names: tuple[str, ...], content: Json, new_file: bool = False) -> Json:
    """Gives the message new content and keyboard; 400 when that changes nothing (a new upload is always a change)."""
    markup = inline_keyboard(ctx.params.get("reply_markup"))
    body = {name: value for name, value in message.body.items() if name not in (*names, "reply_markup")}
    body |= content
    if markup:
        body["reply_markup"] = markup
    if body == message.body and not new_file:
        raise bad_request(_NOT_MODIFIED)
    message.body = body
    ctx.world.changed(message)
    edit_in_discussion(ctx.world, message)
    return ctx.world.show(message)


@method("editMessageText")
async def edit_text(ctx: Context) -> Json:
    """New text for a text message."""
    message, params = _editable(ctx), ctx.params
    formatted = format_text(params.get("text") or "", params.get("parse_mode"), params.get("entities"), ctx.world.user)
    content = text_content(message_text(formatted))
    if "text" not in message.body:
        raise bad_request("there is no text in the message to edit")
    if "link_preview_options" in params:
        content["link_preview_options"] = params["link_preview_options"]
    return _replace(ctx, message, _TEXT, content)


@method("editMessageCaption")
async def edit_caption(ctx: Context) -> Json:
    """New caption for a photo or another file."""
    message = _editable(ctx)
    content = text_content(formatted_caption(ctx, ctx.params), as_caption=True)
    if not any(name in message.body for name in _FILES):
        raise bad_request("there is no caption in the message to edit")
    if ctx.params.get("show_caption_above_media") and "caption" in content:
        content["show_caption_above_media"] = True
    return _replace(ctx, message, _CAPTION, content)


@method("editMessageMedia")
async def edit_media(ctx: Context) -> Json:
    """Another file in place of the file or the text (since Bot API 10)."""
    message = _editable(ctx)
    media: Json = ctx.params["media"]
    if "media_group_id" in message.body and media["type"] not in message.body:
        raise bad_request("message can't be edited")
    content = await media_content(ctx, media["type"], "media", media)
    return _replace(ctx, message, _CONTENT, content, media["media"].startswith("attach://"))


@method("editMessageReplyMarkup")
async def edit_reply_markup(ctx: Context) -> Json:
    """Another keyboard, or none."""
    return _replace(ctx, _editable(ctx), (), {})


@method("deleteMessage")
async def delete_message(ctx: Context) -> bool:
    """Deletes the bot's own message, or anybody's where the bot may."""
    chat = ctx.joined_chat()
    message = ctx.own_message(chat, "delete")
    if not _deletable(chat, message):
        raise bad_request("message can't be deleted for everyone")
    remove(ctx.world, message)
    return True


@method("deleteMessages")
async def delete_messages(ctx: Context) -> bool:
    """Deletes up to 100 messages; what is not there or may not be deleted is passed over."""
    chat = ctx.joined_chat()
    ids: list[int] = ctx.params["message_ids"]
    if not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > 100:
        raise bad_request("too many message identifiers specified")
    for message_id in ids:
        message = ctx.world.message(chat.id, message_id)
        if message and _deletable(chat, message):
            remove(ctx.world, message)
    return True


def _deletable(chat: Chat, message: Message) -> bool:
    if chat.bot_status == "administrator":
        return True
    young = time.time() - message.body["date"] < _DELETABLE_S
    return young and (message.by_bot or chat.type == "private")


def remove(world: World, message: Message) -> None:
    """Deletes a message and unpins it."""
    chat = world.chats[message.chat_id]
    world.remove(message)
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
        world.save_chat(chat)
