"""Who somebody is in a chat, asked of Telegram only as far as the table of permissions needs it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from telegram import Chat, Message, User

from bot.access import Membership
from bot.intake import chat_kind
from bot.markup import inert
from bot.permissions import Deed, place_of, who_may
from storage import choices, deeds, members
from storage.choices import Choices
from storage.records import LinkView


@dataclass(frozen=True)
class Actor:
    """Somebody who wants to do something in a chat."""

    id: int
    """The person's; a channel's or group's where one writes as that."""
    name: str
    wrote_here: bool = False
    """By a message in the chat: whoever can write there is in it. A press does not prove that."""
    as_chat: bool = False
    """Writes in the chat's own name: an anonymous admin, or whoever posts in a channel."""


def writer(message: Message) -> Actor | None:
    """Who wrote the message; None for what nobody wrote."""
    if message.sender_chat:
        chat = message.sender_chat
        name = message.author_signature or chat.effective_name or ""
        return Actor(chat.id, name, wrote_here=True, as_chat=chat.id == message.chat_id)
    person = message.from_user
    return Actor(person.id, person.full_name, wrote_here=True) if person else None


def presser(person: User) -> Actor:
    """Who pressed a button."""
    return Actor(person.id, person.full_name)


def by(actor: Actor) -> deeds.Actor:
    """Whoever does it, as storage keeps them."""
    return deeds.Actor(actor.id, inert(actor.name).text)


class Rights:
    """Answers one question: may they? Raises MembershipUnknown when Telegram does not say who they are."""

    def __init__(self, membership: Membership, owner_ids: Collection[int]) -> None:
        self._membership = membership
        self._owner_ids = frozenset(owner_ids)

    async def may(self, deed: Deed, chat: Chat, actor: Actor, link: LinkView | None = None) -> bool:
        """Whether the actor may do that in the chat (to that link of it)."""
        chosen = await choices.of_chat(chat.id)
        return await self.may_by(chosen, deed, chat, actor, link.first_sharer_id if link else None)

    async def may_by(
        self, chosen: Choices, deed: Deed, chat: Chat, actor: Actor, first_sharer_id: int | None = None
    ) -> bool:
        """The same with settings that are at hand, and with who shared the link first."""
        enough = who_may(deed, place_of(chat_kind(chat)), chosen)
        if "owner" in enough and await self.is_owner(actor.id):
            return True
        if not enough - {"owner"}:
            return False
        if not (actor.wrote_here or await self._membership.is_member(chat.id, actor.id)):
            return False
        if "member" in enough or ("poster" in enough and first_sharer_id == actor.id):
            return True
        return "admin" in enough and (actor.as_chat or await self._membership.is_admin(chat.id, actor.id))

    async def refusal(self, deed: Deed, chat: Chat) -> str:
        """The key of the sentence for whoever may not: it says who may."""
        enough = who_may(deed, place_of(chat_kind(chat)), await choices.of_chat(chat.id))
        if not enough:
            return "refused.nobody"
        if "poster" in enough and deed in ("delete", "undo_delete"):
            return "answer.delete_refused" if deed == "delete" else "answer.undelete_refused"
        return "refused.admins"

    async def is_owner(self, person_id: int) -> bool:
        """Whether somebody owns the bot: by OWNER_IDS or, without these, by having claimed it."""
        return person_id in self._owner_ids or (not self._owner_ids and person_id in await members.owners())
