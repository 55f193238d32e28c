"""Reads a Bot API call in every form in which it may come: query, form, multipart, JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from playground.errors import ApiError, bad_request

MAX_UPLOAD_BYTES = 50_000_000
_MAX_BODY_BYTES = MAX_UPLOAD_BYTES + 1_000_000


@dataclass(frozen=True)
class Upload:
    """A file of a multipart request."""

    name: str
    media_type: str
    data: bytes


@dataclass
class Call:
    """A method call as it came: parameters not checked yet, and the files that came along by their part's name."""

    given: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)


async def read_call(request: Request) -> Call:
    """The parameters and files of a call; 400 or 413 for a body that cannot be read."""
    if int(request.headers.get("content-length") or 0) > _MAX_BODY_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    call = Call(given=dict(request.query_params))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        call.given.update(await _json(request))
    elif kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        await _form(request, call)
    return call


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        raise bad_request("can't parse JSON object") from None
    if not isinstance(body, dict):
        raise bad_request("object expected as request")
    return body


async def _form(request: Request, call: Call) -> None:
    try:
        async with request.form(max_files=100, max_fields=1000) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    data = await value.read(MAX_UPLOAD_BYTES + 1)
                    if len(data) > MAX_UPLOAD_BYTES:
                        raise ApiError(413, "Request Entity Too Large")
                    call.uploads[name] = Upload(value.filename or name, value.content_type or "", data)
                else:
                    call.given[name] = value
    except MultiPartException as problem:
        raise bad_request(f"can't parse form data: {problem.message}") from None
