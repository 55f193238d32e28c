"""answerInlineQuery."""

from __future__ import annotations

from playground.context import Context
from playground.errors import bad_request
from playground.methods.registry import method
from playground.records import Json

_MAX_RESULTS = 50
_MAX_BYTES = 64
_SHOWN = ("results", "next_offset", "button", "cache_time", "is_personal")


@method("answerInlineQuery")
async def answer_inline_query(ctx: Context) -> bool:
    """What the person who typed @bot words may choose from."""
    params = ctx.params
    results: list[Json] = params["results"]
    if len(results) > _MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    ids = [result["id"] for result in results]
    if any(not 1 <= len(result_id.encode()) <= _MAX_BYTES for result_id in ids):
        raise bad_request("RESULT_ID_INVALID")
    if len(set(ids)) < len(ids):
        raise bad_request("RESULT_ID_DUPLICATE")
    if len(params.get("next_offset", "").encode()) > _MAX_BYTES:
        raise bad_request("NEXT_OFFSET_INVALID")
    answer: Json = {name: params[name] for name in _SHOWN if name in params}
    ctx.answers.give(params["inline_query_id"], answer)
    return True
