"""getMe, getUpdates, webhooks."""

from __future__ import annotations

from playground.context import Context
from playground.errors import ApiError, bad_request
from playground.methods.registry import method
from playground.records import Json
from playground.schema import schema

_MAX_UPDATES = 100


@method("getMe")
async def get_me(ctx: Context) -> Json:
    """The bot."""
    return ctx.world.bot


@method("getUpdates")
async def get_updates(ctx: Context) -> list[Json]:
    """Long polling."""
    params = ctx.params
    if ctx.webhook.url:
        raise ApiError(
            409,
            "Conflict: can't use getUpdates method while webhook is active;"
            " use deleteWebhook to delete the webhook first",
        )
    limit = params.get("limit", _MAX_UPDATES)
    if not 1 <= limit <= _MAX_UPDATES:
        limit = _MAX_UPDATES
    ctx.world.updates.allow(_allowed(ctx))
    return await ctx.world.updates.get(params.get("offset", 0), limit, max(params.get("timeout", 0), 0))


def _allowed(ctx: Context) -> list[str] | None:
    wanted: list[str] | None = ctx.params.get("allowed_updates")
    if wanted is None:
        return None
    known = schema()["types"]["Update"]
    for kind in wanted:
        if kind not in known or kind == "update_id":
            raise bad_request(f'parameter "allowed_updates": there is no update type "{kind}"')
    return wanted


@method("setWebhook")
async def set_webhook(ctx: Context) -> bool:
    """From now on updates are posted to the address."""
    params = ctx.params
    if "certificate" in ctx.uploads or params.get("certificate"):
        raise ApiError(501, "Not Implemented: the playground takes no certificates")
    ctx.webhook.set(params.get("url", ""), params.get("secret_token", ""), params.get("max_connections", 40))
    ctx.world.updates.allow(_allowed(ctx))
    if params.get("drop_pending_updates"):
        ctx.world.updates.forget_all()
    return True


@method("deleteWebhook")
async def delete_webhook(ctx: Context) -> bool:
    """From now on updates are to be fetched."""
    ctx.webhook.set("")
    if ctx.params.get("drop_pending_updates"):
        ctx.world.updates.forget_all()
    return True


@method("getWebhookInfo")
async def get_webhook_info(ctx: Context) -> Json:
    """The webhook and how it fares."""
    return ctx.webhook.info()
