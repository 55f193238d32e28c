"""sendMessage, sendPhoto and their like, sendMediaGroup, sendChatAction."""

from __future__ import annotations

import secrets

from playground.context import Context
from playground.errors import bad_request
from playground.formatting import format_text, message_text
from playground.methods.media import media_content
from playground.methods.posting import place, post
from playground.methods.registry import method
from playground.records import Json
from playground.world import text_content

_ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
        "choose_sticker", "find_location", "record_video_note", "upload_video_note", "cancel",
    }
)  # fmt: skip
_ALBUM_SIZE = range(2, 11)
_KIND_OF_METHOD = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendVideo": "video",
    "sendAudio": "audio",
    "sendVoice": "voice",
    "sendAnimation": "animation",
    "sendSticker": "sticker",
    "sendVideoNote": "video_note",
}


@method("sendMessage")
async def send_message(ctx: Context) -> Json:
    """A text message."""
    params = ctx.params
    where = place(ctx)
    formatted = format_text(params.get("text") or "", params.get("parse_mode"), params.get("entities"), ctx.world.user)
    content = text_content(message_text(formatted))
    if "link_preview_options" in params:
        content["link_preview_options"] = params["link_preview_options"]
    return ctx.world.show(post(ctx, where, content))


@method(*_KIND_OF_METHOD)
async def send_file(ctx: Context) -> Json:
    """A photo, a document or another file."""
    kind = _KIND_OF_METHOD[ctx.method]
    where = place(ctx)
    content = await media_content(ctx, kind, kind, ctx.params)
    return ctx.world.show(post(ctx, where, content))


@method("sendMediaGroup")
async def send_media_group(ctx: Context) -> list[Json]:
    """An album."""
    where = place(ctx)
    media: list[Json] = ctx.params["media"]
    _check_album([item["type"] for item in media])
    contents = [await media_content(ctx, item["type"], "media", item) for item in media]
    group = str(secrets.randbelow(9 * 10**16) + 10**16)
    return [ctx.world.show(post(ctx, where, content, media_group_id=group)) for content in contents]


def _check_album(kinds: list[str]) -> None:
    if not kinds:
        raise bad_request("there are no messages to send")
    if len(kinds) < _ALBUM_SIZE.start:
        raise bad_request("too few messages to send as an album")
    if len(kinds) >= _ALBUM_SIZE.stop:
        raise bad_request("too many messages to send as an album")
    for kind in kinds:
        if kind in ("document", "audio") and set(kinds) != {kind}:
            raise bad_request(f"{kind} can't be mixed with other media types")


@method("sendChatAction")
async def send_chat_action(ctx: Context) -> bool:
    """ "typing …": told to the pages, kept nowhere."""
    place(ctx)
    action = ctx.params["action"]
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    ctx.world.events.tell("action", chat_id=ctx.chat().id, action=action)
    return True
