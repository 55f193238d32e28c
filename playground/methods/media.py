"""Files in calls: uploaded, attached, or sent again by their id; and what a message shows of them."""

from __future__ import annotations

import asyncio

from playground.context import Context
from playground.errors import bad_request
from playground.methods.posting import formatted_caption
from playground.photos import variants
from playground.records import Json, StoredFile
from playground.world import text_content

_DETAILS = ("width", "height", "duration", "length")
_MORE = ("performer", "title", "emoji")


async def stored(ctx: Context, kind: str, field: str, given: Json) -> StoredFile:
    """The file that a parameter or a field of an InputMedia means; 400 when there is none."""
    value = given.get(field)
    name = field
    if isinstance(value, str) and value.startswith("attach://"):
        name = value.removeprefix("attach://")
    elif value:
        return ctx.world.files.again(value, kind)
    upload = ctx.uploads.get(name)
    if upload is None:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    if kind == "photo":
        pictures = await asyncio.to_thread(variants, upload.data)
        return ctx.world.files.keep_photo(pictures)
    details = {name: given[name] for name in _DETAILS if name in given}
    if "length" in details:
        details["width"] = details.pop("length")
    more = {name: given[name] for name in _MORE if name in given}
    return ctx.world.files.add(kind, upload.data, upload.name, upload.media_type, **details, more=more)


async def media_content(ctx: Context, kind: str, field: str, given: Json) -> Json:
    """A file with its caption, as part of a message."""
    file = await stored(ctx, kind, field, given)
    content = {**ctx.world.files.shown(file), **text_content(formatted_caption(ctx, given), as_caption=True)}
    if given.get("has_spoiler"):
        content["has_media_spoiler"] = True
    if given.get("show_caption_above_media") and "caption" in content:
        content["show_caption_above_media"] = True
    return content
