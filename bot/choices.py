"""`/settings`: a chat's settings by buttons, and by words what no button can hold."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import CallbackQuery, Chat, Message, Update
from telegram.ext import ContextTypes

from bot import choices_texts, names
from bot.access import MembershipUnknown
from bot.background import Call
from bot.callbacks import SettingPress
from bot.choices_texts import VALUES, Shown
from bot.commands import argument
from bot.desk import Desk
from bot.intake import chat_kind, thread_of
from bot.markup import clean
from bot.names import NotUnderstood, TooMuch, checked, host_name, tokens
from bot.permissions import Deed, place_of
from bot.rights import presser
from bot.upkeep import allowed, not_understood
from bot.words import Words, words
from storage import choices, topics
from storage.choices import MAX_NAMES, Choices

Context = ContextTypes.DEFAULT_TYPE
_BY_WORDS = {
    "tags": "tags", "tag": "tags", "标签": "tags", "默认标签": "tags",
    "never": "never", "不抓取": "never",
    "days": "days", "天数": "days", "保留": "days",
    "topic": "topic", "话题": "topic",
}  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """A setting as it was written behind `/settings`."""

    name: str
    changes: dict[str, object]


class ChoicesHandlers:
    """The handlers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def settings(self, update: Update, context: Context) -> None:
        """`/settings` opens them; `/settings tags #a #b`, `never host`, `days 90`, `topic #tag` set what has names."""
        message = update.effective_message
        if message is None or await allowed(self._desk, message, "settings") is None:
            return
        await self._desk.ensure_archive(message)
        text, thread_id, asked = argument(message), thread_of(message), None
        if text:
            try:
                asked = _read(text)
            except NotUnderstood as error:
                await not_understood(self._desk, message, error, "usage.settings")
                return
            if asked.name == "topic" and thread_id is None:
                await self._desk.say(message, "usage.settings")
                return
            await self._apply(message.chat, asked, thread_id)
        texts = await self._desk.words_for(message.chat, message.from_user)
        shown = await self._shown(message.chat, thread_id)
        answer = choices_texts.opened(asked.name, shown, texts) if asked else None
        await self._desk.reply(message, answer or choices_texts.overview(shown, texts))

    async def _apply(self, chat: Chat, asked: _Asked, thread_id: int | None) -> None:
        if asked.name == "topic" and thread_id is not None:
            await topics.choose(chat.id, thread_id, **asked.changes)
        else:
            await self._choose(chat, asked.changes)

    async def _choose(self, chat: Chat, changes: dict[str, object]) -> Choices:
        name = clean(chat.effective_name or "")
        return await choices.choose(chat.id, chat_kind(chat), name, self._desk.language_of(None), **changes)

    async def _shown(self, chat: Chat, thread_id: int | None) -> Shown:
        topic = await topics.of_topic(chat.id, thread_id) if thread_id is not None else None
        return Shown(await choices.of_chat(chat.id), place_of(chat_kind(chat)), thread_id, topic)

    async def press(self, query: CallbackQuery, chat: Chat, press: SettingPress, texts: Words) -> None:
        """Opens a setting in place, or chooses a value; who may not is told by an alert."""
        message = query.message
        deed: Deed = "topic" if press.name == "topic" else "settings"
        try:
            may = await self._desk.rights.may(deed, chat, presser(query.from_user))
        except MembershipUnknown:
            self._answer(query, texts["answer.telegram_away"])
            return
        if not may or not isinstance(message, Message):
            self._answer(query, texts["answer.admins_only"])
            return
        thread_id = thread_of(message)
        try:
            if press.value:
                await self._set(chat, press, thread_id)
        except KeyError:
            self._answer(query, texts["answer.expired"])
            return
        self._answer(query)
        shown = await self._shown(chat, thread_id)
        if press.name == "language" and press.value in ("en", "zh"):
            texts = words(press.value)
        known = press.name in choices_texts.names(shown)
        self._desk.edit(
            query, choices_texts.opened(press.name, shown, texts) if known else choices_texts.overview(shown, texts)
        )

    async def _set(self, chat: Chat, press: SettingPress, thread_id: int | None) -> None:
        if press.name != "topic":
            await self._choose(chat, choices_texts.changes(press.name, press.value))
            return
        if thread_id is None or press.value not in VALUES["topic"]:
            raise KeyError(press.value)
        match press.value:
            case "here" | "anywhere":
                await self._choose(chat, {"cards_thread_id": thread_id if press.value == "here" else None})
            case "none":
                await topics.choose(chat.id, thread_id, default_tag=None)
            case _:
                await topics.choose(chat.id, thread_id, ignored=press.value == "ignored")

    def _answer(self, query: CallbackQuery, alert: str = "") -> None:
        call = Call(query.answer, alert or None, show_alert=bool(alert))
        self._desk.background.start("the answer to a press", call)


def _read(text: str) -> _Asked:
    """`tags #a #b`, `never bank.example`, `days 90`, `topic #tag`. Raises NotUnderstood for anything else."""
    head, _, rest = text.partition(" ")
    name = _BY_WORDS.get(head.casefold())
    found = [token.name for token in tokens(rest)]
    if name is None or not found:
        raise NotUnderstood(text)
    if len(found) > MAX_NAMES:
        raise TooMuch("usage.too_many", MAX_NAMES)
    match name:
        case "tags":
            return _Asked(name, {"default_tags": tuple(dict.fromkeys(map(checked, found)))})
        case "topic" if len(found) == 1:
            return _Asked(name, {"default_tag": checked(found[0])})
        case "never":
            hosts = tuple(dict.fromkeys(host for host in map(host_name, found) if host))
            if len(hosts) == len(set(found)):
                return _Asked(name, {"never_hosts": hosts})
        case "days":
            days = names.numbered(rest)
            if days.number is not None and days.number <= 36_500 and not days.words:
                return _Asked(name, {"keep_days": days.number})
    raise NotUnderstood(text)
