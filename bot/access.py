"""Who is served, and who is a member of what."""

from __future__ import annotations

import asyncio
import logging
import time

from telegram import Bot, ChatMember
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.settings import BotSettings
from storage import askings, members

log = logging.getLogger(__name__)

MEMBERSHIP_S = 60.0
SEEN_S = 3600.0
REFUSAL_S = 24 * 3600.0
MAX_REMEMBERED = 10_000
LOOK_S = 3.0
"""How long Telegram may take to say who somebody is: the updates of the chat behind this one wait for it."""

LOOKS = 2
_INSIDE = (ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.OWNER)
_ADMINS = (ChatMember.ADMINISTRATOR, ChatMember.OWNER)


class MembershipUnknown(Exception):
    """Telegram does not say just now who is in a chat."""


class Access:
    """Whom the bot serves: everybody, or owners, the allowed, and the chats that they let in."""

    def __init__(self, settings: BotSettings) -> None:
        self._open = settings.access == "open"
        self._fixed = frozenset((*settings.owner_ids, *settings.allowed_ids))
        self._refused_at: dict[int, float] = {}

    async def serves(self, chat_id: int, person_id: int | None) -> bool:
        """True for a chat that was let in and, unless an owner has blocked it, for a person who is served anywhere."""
        if self._open or chat_id in self._fixed:
            return True
        ids = {chat_id} if person_id is None else {chat_id, person_id}
        owners = set(await members.owners())
        if chat_id not in owners and await askings.is_blocked(chat_id):
            return False
        return bool(ids & (self._fixed | owners)) or await members.admitted(sorted(ids))

    async def may_let_in(self, chat_id: int, person_id: int) -> bool:
        """True when the group is served because this person adds the bot to it: not one that an owner has blocked."""
        return not await askings.is_blocked(chat_id) and await self.serves(person_id, person_id)

    def refusal_due(self, chat_id: int) -> bool:
        """True at most once a day for a chat: the sentence of refusal must not become a nuisance."""
        now = time.monotonic()
        if now - self._refused_at.get(chat_id, -REFUSAL_S) < REFUSAL_S:
            return False
        if len(self._refused_at) >= MAX_REMEMBERED:
            self._refused_at.clear()
        self._refused_at[chat_id] = now
        return True


class Membership:
    """Asks Telegram who somebody is in a chat, and remembers it for a minute. Raises MembershipUnknown."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._known: dict[tuple[int, int], tuple[float, bool, bool]] = {}
        self._seen_at: dict[tuple[int, int], float] = {}

    async def is_member(self, chat_id: int, person_id: int) -> bool:
        """True for whoever may read the chat now; a private chat has one member."""
        if chat_id > 0:
            return chat_id == person_id
        return (await self._look(chat_id, person_id))[0]

    async def is_admin(self, chat_id: int, person_id: int) -> bool:
        """True for admins of the chat, and for the person of a private chat."""
        if chat_id > 0:
            return chat_id == person_id
        return (await self._look(chat_id, person_id))[1]

    def forget(self, chat_id: int, person_id: int) -> None:
        """Somebody left or was removed: what was known of them is no longer true."""
        self._known.pop((chat_id, person_id), None)
        self._seen_at.pop((chat_id, person_id), None)

    def is_news(self, chat_id: int, person_id: int) -> bool:
        """True at most once in an hour for a person in a chat: that they were seen there is worth noting again."""
        now = time.monotonic()
        if now - self._seen_at.get((chat_id, person_id), -SEEN_S) < SEEN_S:
            return False
        if len(self._seen_at) >= MAX_REMEMBERED:
            self._seen_at.clear()
        self._seen_at[chat_id, person_id] = now
        return True

    async def _look(self, chat_id: int, person_id: int) -> tuple[bool, bool]:
        now = time.monotonic()
        known = self._known.get((chat_id, person_id))
        if known and now - known[0] < MEMBERSHIP_S:
            return known[1], known[2]
        member = await self._ask(chat_id, person_id)
        restricted_inside = member is not None and member.status == ChatMember.RESTRICTED and _is_inside(member)
        inside = member is not None and (member.status in _INSIDE or restricted_inside)
        admin = member is not None and member.status in _ADMINS
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        self._known[chat_id, person_id] = (now, inside, admin)
        return inside, admin

    async def _ask(self, chat_id: int, person_id: int) -> ChatMember | None:
        for _ in range(LOOKS):
            try:
                async with asyncio.timeout(LOOK_S):
                    return await self._bot.get_chat_member(chat_id, person_id)
            except (BadRequest, Forbidden) as error:
                # "User not found", or the bot is no longer there: whoever cannot be shown to be a member is none.
                log.debug("membership of %d: %s", chat_id, error.message)
                return None
            except (TelegramError, TimeoutError) as error:
                log.info("membership of %d: %s", chat_id, error or "no answer")
        raise MembershipUnknown


def _is_inside(member: ChatMember) -> bool:
    return bool(getattr(member, "is_member", False))
