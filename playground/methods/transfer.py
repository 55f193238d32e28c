"""forwardMessage, copyMessage and their plurals."""

from __future__ import annotations

import itertools
import secrets
from typing import Any

from playground.context import Context, refusal_of
from playground.errors import ApiError, bad_request
from playground.methods.posting import formatted_caption, place, post
from playground.methods.registry import method
from playground.records import Json, Message
from playground.telling import content_of, origin_of
from playground.world import text_content


def _source(ctx: Context, message_id: int, verb: str) -> Message:
    chat = ctx.find_chat(ctx.params.get("from_chat_id"))
    refusal = refusal_of(chat)
    if refusal:
        raise refusal
    message = ctx.world.message(chat.id, message_id)
    if message is None:
        raise bad_request(f"message to {verb} not found")
    if not _is_content(message) or message.body.get("has_protected_content"):
        raise bad_request(f"message can't be {'forwarded' if verb == 'forward' else 'copied'}")
    return message


def _is_content(message: Message) -> bool:
    return any(name in message.body for name in ("text", "photo", "document", "video", "audio", "voice", "animation",
                                                 "sticker", "video_note"))  # fmt: skip


def _sources(ctx: Context, verb: str) -> list[Message]:
    """Several messages in ascending order; those that cannot be are passed over."""
    ids: list[int] = ctx.params["message_ids"]
    if not ids or len(ids) > 100:
        raise bad_request("wrong number of message identifiers specified")
    if any(later <= earlier for earlier, later in itertools.pairwise(ids)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    found = []
    problem: ApiError | None = None
    for message_id in ids:
        try:
            found.append(_source(ctx, message_id, verb))
        except ApiError as refused:
            problem = refused
    if not found and problem:
        raise problem
    return found


def _forwarded(ctx: Context, message: Message, **more: Any) -> Message:
    content = {**content_of(message.body), "forward_origin": origin_of(ctx.world, message), **more}
    return post(ctx, place(ctx), content)


def _groups(messages: list[Message]) -> list[Json]:
    """Albums stay albums, under a new id."""
    names: dict[str, str] = {}
    result = []
    for message in messages:
        group = message.body.get("media_group_id")
        if group and group not in names:
            names[group] = str(secrets.randbelow(9 * 10**16) + 10**16)
        result.append({"media_group_id": names[group]} if group else {})
    return result


@method("forwardMessage")
async def forward_message(ctx: Context) -> Json:
    """Forwards one message."""
    return ctx.world.show(_forwarded(ctx, _source(ctx, ctx.params["message_id"], "forward")))


@method("forwardMessages")
async def forward_messages(ctx: Context) -> list[Json]:
    """Forwards several messages; gives their new ids."""
    sources = _sources(ctx, "forward")
    pairs = zip(sources, _groups(sources), strict=True)
    return [{"message_id": _forwarded(ctx, message, **group).id} for message, group in pairs]


@method("copyMessage")
async def copy_message(ctx: Context) -> Json:
    """Sends the same content again, with another caption if one is given."""
    message = _source(ctx, ctx.params["message_id"], "copy")
    content = content_of(message.body)
    if "caption" in ctx.params and "text" not in content:
        content = {name: value for name, value in content.items() if not name.startswith("caption")}
        content |= text_content(formatted_caption(ctx, ctx.params), as_caption=True)
    return {"message_id": post(ctx, place(ctx), content).id}


@method("copyMessages")
async def copy_messages(ctx: Context) -> list[Json]:
    """Sends the same content of several messages again."""
    sources = _sources(ctx, "copy")
    result = []
    for message, group in zip(sources, _groups(sources), strict=True):
        content = content_of(message.body)
        if ctx.params.get("remove_caption"):
            content = {name: value for name, value in content.items() if not name.startswith("caption")}
        result.append({"message_id": post(ctx, place(ctx), {**content, **group}).id})
    return result
