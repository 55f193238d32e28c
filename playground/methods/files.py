"""getFile, getUserProfilePhotos."""

from __future__ import annotations

from playground.context import Context
from playground.errors import bad_request
from playground.files import DOWNLOAD_BYTES
from playground.methods.registry import method
from playground.records import Json


@method("getFile")
async def get_file(ctx: Context) -> Json:
    """Where a file can be downloaded."""
    file = ctx.world.files.find(ctx.params["file_id"])
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if file.size > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }


@method("getUserProfilePhotos")
async def get_user_profile_photos(ctx: Context) -> Json:
    """Nobody here has a picture."""
    if ctx.world.user(ctx.params["user_id"]) is None:
        raise bad_request("user not found")
    return {"total_count": 0, "photos": []}
