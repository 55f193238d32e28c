"""Who was seen in which chat: where to look for somebody's archives. Whether they are members now, Telegram says."""

from __future__ import annotations

from storage import clock
from storage.database import reading, writing_in_chat
from storage.models import Archive, Membership, Sharer

MAX_CHATS = 30
"""Of one person, those where they were seen last: each is asked for by an inline query."""


@writing_in_chat
async def seen(chat_id: int, user_id: int) -> None:
    """Remembers that somebody wrote in a chat."""
    await Membership.update_or_create(
        chat_id=chat_id, user_id=user_id, defaults={"member": True, "checked_ms": clock.now_ms()}
    )


@writing_in_chat
async def left(chat_id: int, user_id: int) -> None:
    """Remembers that somebody is no longer in a chat."""
    await Membership.filter(chat_id=chat_id, user_id=user_id).update(member=False, checked_ms=clock.now_ms())


@reading
async def chats(user_id: int) -> list[int]:
    """The chats with an archive that somebody may be a member of: their own, where they wrote, where they shared."""
    wrote = (
        await Membership.filter(user_id=user_id).order_by("-checked_ms").limit(MAX_CHATS).values("chat_id", "member")
    )
    shared = (
        await Sharer.filter(person_id=user_id)
        .order_by("-id")
        .limit(MAX_CHATS)
        .values_list("archive__chat_id", flat=True)
    )
    gone = {row["chat_id"] for row in wrote if not row["member"]}
    ids = dict.fromkeys([user_id, *(row["chat_id"] for row in wrote), *(int(str(chat_id)) for chat_id in shared)])
    there = await Archive.filter(chat_id__in=list(ids)).values_list("chat_id", flat=True)
    kept = {int(str(chat_id)) for chat_id in there}
    return [chat_id for chat_id in ids if chat_id in kept and chat_id not in gone][:MAX_CHATS]
