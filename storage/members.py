"""Whom the bot serves when it is not open to everybody: its owners, and the chats that they have let in."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection

from storage import clock
from storage.database import reading, writing
from storage.models import Admitted, Asking, Owner, Setting

_CLAIM = "claim_token"


@reading
async def owners() -> list[int]:
    """The Telegram ids of those who have claimed the bot."""
    return [owner.user_id for owner in await Owner.all().order_by("since")]


@writing
async def claim_token() -> str:
    """The secret of the claim link; made once."""
    row, _ = await Setting.get_or_create(key=_CLAIM, defaults={"value": secrets.token_urlsafe(24)})
    return row.value


@writing
async def claim(token: str, user_id: int, name: str) -> bool:
    """Makes the first one with the right token the owner; True for the owner, however often they try."""
    row = await Setting.get_or_none(key=_CLAIM)
    if row is None or not hmac.compare_digest(row.value.encode(), token.encode()):
        return False
    if not await Owner.exists():
        await Owner.create(user_id=user_id, name=name, since=clock.now())
    return await Owner.filter(user_id=user_id).exists()


@writing
async def admit(chat_id: int, by_user_id: int) -> None:
    """Lets a chat in, also one that was blocked: only owners get so far with it."""
    await Asking.filter(chat_id=chat_id, state="blocked").delete()
    await Admitted.get_or_create(chat_id=chat_id, defaults={"by_user_id": by_user_id, "since": clock.now()})


@writing
async def withdraw(chat_id: int) -> None:
    """Serves the chat no longer."""
    await Admitted.filter(chat_id=chat_id).delete()


@reading
async def admitted(ids: Collection[int]) -> bool:
    """Whether one of these chats or people has been let in."""
    return bool(ids) and await Admitted.filter(chat_id__in=list(ids)).exists()
