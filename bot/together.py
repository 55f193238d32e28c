"""The buttons of a card of several links that are about all of them: try again, delete, undo."""

from __future__ import annotations

from telegram import CallbackQuery, Chat

from bot.access import MembershipUnknown
from bot.callbacks import AllPress
from bot.cards import may_try_again
from bot.desk import Desk
from bot.permissions import Deed
from bot.rights import by, presser
from bot.words import Words
from storage import archive, choices, forgetting, outbox
from storage.quotas import ArchiveFull
from storage.records import CardView, LinkView


class Together:
    """Handles the presses: each is done to those links that it fits and that the presser may do it to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def press(self, query: CallbackQuery, chat: Chat, press: AllPress, texts: Words) -> None:
        """Looks the card up in the chat of the press and does it; a refusal is an alert."""
        card = await outbox.card(press.card_id)
        if card is None or card.chat_id != chat.id:
            self._desk.alert(query, texts["answer.not_found"])
            return
        try:
            if press.action == "again":
                await self._again(query, chat, card, texts)
            elif press.action == "delete":
                await self._delete(query, chat, card, texts)
            else:
                await self._undo(query, chat, card, texts)
        except MembershipUnknown:
            self._desk.alert(query, texts["answer.telegram_away"])

    async def _again(self, query: CallbackQuery, chat: Chat, card: CardView, texts: Words) -> None:
        if not await self._desk.rights.may("recapture", chat, presser(query.from_user)):
            self._desk.alert(query, texts["answer.admins_only"])
            return
        chosen = await choices.of_chat(chat.id)
        failed = [link for link in card.links if may_try_again(link)]
        wanted = [link for link in failed if chosen.captures(link.host)]
        if failed and not wanted:
            self._desk.alert(query, texts["answer.never_host"])
            return
        queued = False
        try:
            for link in wanted:
                queued |= await archive.recapture(chat.id, link.link_id, card.card_id, self._desk.settings.quota)
        except ArchiveFull as full:
            self._desk.alert(query, texts["answer.full"].format(max=full.megabytes))
        else:
            self._desk.answer(query, texts["answer.queued_all" if queued else "answer.under_way"])

    async def _delete(self, query: CallbackQuery, chat: Chat, card: CardView, texts: Words) -> None:
        living = [link for link in card.links if link.deleted_by is None]
        allowed = await self._allowed("delete", query, chat, living)
        if living and not allowed:
            self._desk.alert(query, texts[await self._desk.rights.refusal("delete", chat)])
            return
        who = by(presser(query.from_user))
        await archive.delete_links(chat.id, [link.link_id for link in allowed], who.name, who.id)
        self._desk.answer(query)

    async def _undo(self, query: CallbackQuery, chat: Chat, card: CardView, texts: Words) -> None:
        """What somebody forgot only they bring back; the rest whoever may."""
        deleted = [link for link in card.links if link.deleted_by is not None]
        forgot = {link.link_id: await forgetting.by_whom(chat.id, link.link_id) for link in deleted}
        others = [link for link in deleted if forgot[link.link_id] is None]
        own = [link for link in deleted if forgot[link.link_id] == query.from_user.id]
        allowed = [*own, *await self._allowed("undo_delete", query, chat, others)]
        if deleted and not allowed:
            refusal = await self._desk.rights.refusal("undo_delete", chat) if others else "answer.forgot_refused"
            self._desk.alert(query, texts[refusal])
            return
        for link in allowed:
            await archive.undo_delete(chat.id, link.link_id, query.from_user.id)
        self._desk.answer(query)

    async def _allowed(self, deed: Deed, query: CallbackQuery, chat: Chat, links: list[LinkView]) -> list[LinkView]:
        person = presser(query.from_user)
        return [link for link in links if await self._desk.rights.may(deed, chat, person, link)]
