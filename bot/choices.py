"""`/settings`: a chat's settings by buttons, and by words what no button can hold."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from telegram import CallbackQuery, Chat, Message, Update
from telegram.ext import ContextTypes

from bot import choices_texts, names
from bot.access import MembershipUnknown
from bot.callbacks import SettingPress
from bot.choices_texts import VALUES, Shown
from bot.commands import argument
from bot.desk import Desk
from bot.intake import chat_kind, topic_of
from bot.markup import clean
from bot.names import NOTHING, NotUnderstood, TooMuch, checked, host_name, tokens
from bot.permissions import Deed, place_of
from bot.rights import presser
from bot.upkeep import allowed, not_understood
from bot.words import Words
from storage import choices, topics
from storage.choices import MAX_DAYS, MAX_NAMES, Choices
from storage.tagging import tag_key

Context = ContextTypes.DEFAULT_TYPE
_BY_WORDS = {
    "tags": "tags", "tag": "tags", "标签": "tags", "默认标签": "tags",
    "never": "never", "不抓取": "never",
    "days": "days", "天数": "days", "保留": "days",
    "topic": "topic", "话题": "topic",
}  # fmt: skip

_DAYS = re.compile(r"(?i)([0-9]{1,6})\s*(?:天|日|days?|d)?")


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
        text, thread_id, asked = argument(message), topic_of(message), None
        if text:
            try:
                asked = _read(text, await choices.of_chat(message.chat_id))
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
            self._desk.alert(query, texts["answer.telegram_away"])
            return
        if not may or not isinstance(message, Message):
            self._desk.alert(query, texts["answer.admins_only"])
            return
        thread_id = topic_of(message)
        try:
            if press.value:
                await self._set(chat, press, thread_id)
        except KeyError:
            self._desk.alert(query, texts["answer.expired"])
            return
        self._desk.answer(query)
        shown = await self._shown(chat, thread_id)
        if press.name == "language":
            texts = await self._desk.words_for(chat, query.from_user)
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


def _read(text: str, stands: Choices) -> _Asked:
    """`tags #a #b`, `never bank.example`, `days 90`, `topic #tag`. Raises NotUnderstood for anything else.

    A `-` before a name takes it out of what stands, `-` or `none` alone takes everything away.
    """
    head, _, rest = text.partition(" ")
    name = _BY_WORDS.get(head.casefold())
    match name:
        case "tags":
            return _Asked(name, {"default_tags": _tags(rest, stands.default_tags)})
        case "never":
            return _Asked(name, {"never_hosts": _hosts(rest, stands.never_hosts)})
        case "topic":
            return _Asked(name, {"default_tag": _tag(rest)})
        case "days":
            return _Asked(name, {"keep_days": _days(rest)})
        case _:
            raise NotUnderstood(text)


def _tags(text: str, stand: tuple[str, ...]) -> tuple[str, ...]:
    asked = names.listed("" if _is_none(text) else text)
    if not (asked.add or asked.remove or _is_none(text)):
        raise NotUnderstood(text)
    kept = {tag_key(name): name for name in (*(stand if asked.remove else ()), *map(checked, asked.add))}
    for name in asked.remove:
        kept.pop(tag_key(name), None)
    return _few(tuple(kept.values()))


def _hosts(text: str, stand: tuple[str, ...]) -> tuple[str, ...]:
    found = [] if _is_none(text) else tokens(text)
    hosts = [(host_name(token.name), token.minus) for token in found]
    if not (found or _is_none(text)) or not all(host for host, _ in hosts):
        raise NotUnderstood(text)
    add = [host for host, minus in hosts if host and not minus]
    gone = [host for host, minus in hosts if minus]
    kept = dict.fromkeys((*(stand if gone else ()), *add))
    return _few(tuple(host for host in kept if host not in gone))


def _tag(text: str) -> str | None:
    if _is_none(text):
        return None
    asked = names.listed(text)
    if len(asked.add) + len(asked.remove) != 1:
        raise NotUnderstood(text)
    return checked(asked.add[0]) if asked.add else None


def _days(text: str) -> int:
    days = _DAYS.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if days is None or int(days[1]) > MAX_DAYS:
        raise NotUnderstood(text)
    return int(days[1])


def _is_none(text: str) -> bool:
    return text.strip().casefold() in (*NOTHING, "none", "无")


def _few(found: tuple[str, ...]) -> tuple[str, ...]:
    if len(found) > MAX_NAMES:
        raise TooMuch("usage.too_many", MAX_NAMES)
    return found
