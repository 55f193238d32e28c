"""The owners' side: who is let in, who asks, and how the bot is doing. In an owner's private chat alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from telegram import CallbackQuery, Chat, Message, Update, User

from bot import door_texts, lists
from bot.access import MembershipUnknown
from bot.callbacks import DoorPress
from bot.commands import Context, argument
from bot.desk import Desk
from bot.intake import chat_kind
from bot.lists import Answer
from bot.markup import clean
from bot.rights import presser, writer
from bot.shapes import markup
from bot.words import FALLBACK, Words, words
from storage import archive, askings, choices, members, numbers, outbox
from storage.askings import Wish

GUESTS_A_PAGE = 8
_QUOTA = re.compile(r"(?i)quota\s+(-?\d{1,18})((?:\s+(?:links|megabytes)\s+(?:\d{1,9}|default))+)")
_LIMIT = re.compile(r"(?i)(links|megabytes)\s+(\d{1,9}|default)")


class Doors:
    """Asks the owners about strangers, does what they decide, and answers `/admin`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def knock(self, chat: Chat, person: User | None) -> bool:
        """Somebody who is not served would like to be: the owners are asked, once. False when nobody can be asked."""
        owners = await self._owners()
        if not owners or person is None:
            return False
        name = clean(chat.effective_name or person.full_name)[:100]
        wish = Wish(chat.id, person.id, name, self._desk.language_of(person))
        if await askings.ask(wish):
            for owner in owners:
                texts = words(await archive.language(owner) or self._desk.settings.default_language)
                said = door_texts.asks(wish, clean(person.full_name), texts)
                await outbox.notice(owner, {"text": said.text, "reply_markup": _keyboard(said)})
        return True

    async def _owners(self) -> list[int]:
        return list(self._desk.settings.owner_ids) or await members.owners()

    async def press(self, query: CallbackQuery, chat: Chat, press: DoorPress, texts: Words) -> None:
        """An owner pressed; for everybody else these buttons do nothing."""
        try:
            may = await self._desk.rights.may("admit", chat, presser(query.from_user))
        except MembershipUnknown:
            may = False
        if not may:
            self._desk.alert(query, texts["answer.not_found"])
            return
        answer = await self._do(press, query.from_user.id, texts)
        if answer is None:
            self._desk.alert(query, texts["answer.decided"])
        else:
            self._desk.answer(query)
            self._desk.edit(query, answer)

    async def _do(self, press: DoorPress, owner_id: int, texts: Words) -> Answer | None:
        match press.action:
            case "allow" | "later" | "block":
                return await self._decide(press, owner_id, texts)
            case "withdraw":
                name = await askings.name_of(press.number)
                await members.withdraw(press.number)
                return door_texts.withdrawn(press.number, name, texts)
            case "unblock":
                await askings.unblock(press.number)
                return await self._list("blocked", 1, texts)
            case "guests" | "blocked":
                return await self._list(press.action, max(1, press.number), texts)
            case "numbers":
                return door_texts.numbers(await numbers.numbers(), texts)

    async def _decide(self, press: DoorPress, owner_id: int, texts: Words) -> Answer | None:
        assert press.action in ("allow", "later", "block")
        wish = await askings.decide(press.number, press.action, owner_id)
        if wish is None and press.action == "allow" and await self._was_withdrawn(press.number):
            await members.admit(press.number, owner_id)
            wish = Wish(press.number, press.number, await askings.name_of(press.number), FALLBACK)
        if wish is None:
            return None
        if press.action == "allow":
            welcome = await self._welcome(wish)
            await outbox.unpark(wish.chat_id)
            await outbox.notice(wish.chat_id, {"text": welcome.text})
        return door_texts.decided(wish, press.action, texts)

    async def _was_withdrawn(self, chat_id: int) -> bool:
        """Whether somebody who never asked was let in and is no longer; a block stands until it is lifted."""
        return not (await members.admitted([chat_id]) or await askings.is_blocked(chat_id))

    async def _welcome(self, wish: Wish) -> Answer:
        """What somebody let in is told first; a group that we cannot read, how to change that."""
        theirs = words(await archive.language(wish.chat_id) or wish.language)
        if wish.chat_id > 0:
            return lists.welcome(theirs)
        return lists.plain(theirs["start.group" if await self._desk.reads(wish.chat_id) else "start.cannot_read"])

    async def _list(self, which: str, page: int, texts: Words) -> Answer:
        read = askings.guests if which == "guests" else askings.blocked
        return door_texts.listed(which, await read(page, GUESTS_A_PAGE), texts, datetime.now(UTC))

    async def admin(self, update: Update, context: Context) -> None:
        """`/admin`: figures and lists; `/admin quota CHAT links N megabytes N`. Others learn nothing of it."""
        message, actor = update.effective_message, None
        if message is not None:
            actor = writer(message)
        if message is None or actor is None:
            return
        texts = await self._desk.words_for(message.chat, message.from_user)
        if not await self._desk.rights.may("admin", message.chat, actor):
            if message.chat.type == Chat.PRIVATE:
                await self._desk.say(message, "usage.unknown")
            return
        asked = argument(message)
        if not asked:
            await self._desk.reply(message, door_texts.numbers(await numbers.numbers(), texts))
        elif found := _QUOTA.fullmatch(asked):
            await self._quota(message, int(found[1]), found[2], texts)
        else:
            await self._desk.say(message, "usage.admin")

    async def _quota(self, message: Message, chat_id: int, limits: str, texts: Words) -> None:
        """Another quota for one archive; `default` is that of the settings again."""
        fields = {"links": "quota_links_per_day", "megabytes": "quota_megabytes"}
        changes = {
            fields[name.lower()]: None if value.lower() == "default" else int(value)
            for name, value in _LIMIT.findall(limits)
        }
        if await archive.language(chat_id) is None:
            await self._desk.say(message, "admin.no_archive", chat=str(chat_id))
            return
        chat = message.chat
        chosen = await choices.choose(chat_id, chat_kind(chat), "", texts.language, **changes)
        quota = self._desk.settings.quota
        links = quota.links_per_day if chosen.quota_links_per_day is None else chosen.quota_links_per_day
        size = quota.megabytes if chosen.quota_megabytes is None else chosen.quota_megabytes
        name = await askings.name_of(chat_id)
        await self._desk.reply(message, door_texts.quota(name, links, size, texts))


def _keyboard(answer: Answer) -> dict[str, object] | None:
    keyboard = markup(answer.keyboard)
    return keyboard.to_dict() if keyboard else None
