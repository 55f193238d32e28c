"""The tags that a card offers for a link without any: one press takes one."""

from __future__ import annotations

from telegram import CallbackQuery, Chat

from bot.access import MembershipUnknown
from bot.callbacks import SuggestedPress
from bot.desk import Desk
from bot.rights import by, presser
from bot.words import Words
from storage import archive, suggesting, upkeep


class Suggestions:
    """Handles the presses."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def press(self, query: CallbackQuery, chat: Chat, press: SuggestedPress, texts: Words) -> None:
        """Puts the tag on the link; its cards then show it in the place of the offers."""
        try:
            may = await self._desk.rights.may("take_suggestion", chat, presser(query.from_user))
        except MembershipUnknown:
            self._desk.alert(query, texts["answer.telegram_away"])
            return
        link = await archive.link(chat.id, press.link_id)
        name = await suggesting.name_of(chat.id, press.tag_id)
        if link is None or link.deleted_by is not None or name is None:
            self._desk.alert(query, texts["answer.not_found"])
        elif not may:
            self._desk.alert(query, texts["answer.admins_only"])
        else:
            await upkeep.retag(chat.id, [press.link_id], [name], [], by(presser(query.from_user)))
            self._desk.answer(query)
