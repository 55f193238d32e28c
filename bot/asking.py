"""What no button can hold, a note, a title or tags: the button asks for it, and the reply to that question is taken.

A question is known again by its own words, so that nothing has to be remembered and it works after a restart.
"""

from __future__ import annotations

import re
import string
from functools import cache
from typing import Literal, cast, get_args

from telegram import CallbackQuery, Chat, ForceReply, Message, Update
from telegram.ext import ContextTypes, filters

from bot import names
from bot.access import MembershipUnknown
from bot.background import Call
from bot.callbacks import CardPress
from bot.card_lines import title_of
from bot.commands import command
from bot.desk import Desk
from bot.intake import thread_of
from bot.markup import Piece, inert, phrase, title_piece, to_html
from bot.names import NOTHING
from bot.permissions import Deed
from bot.rights import Actor, by, presser, writer
from bot.sending import NO_PREVIEW, Place
from bot.words import LANGUAGES, Words, words
from storage import archive, deeds, notes, upkeep
from storage.records import LinkView

Context = ContextTypes.DEFAULT_TYPE
Wanted = Literal["note", "title", "tags"]
WANTED: tuple[Wanted, ...] = get_args(Wanted)
TITLE_CHARACTERS = 60
MOST_CHARACTERS: dict[Wanted, int] = {"note": notes.MAX_NOTE_CHARACTERS, "title": notes.MAX_TITLE_CHARACTERS}
_DEEDS: dict[Wanted, Deed] = {"note": "note", "title": "title", "tags": "tag"}


def question(wanted: Wanted, link: LinkView, asked: Piece | None, texts: Words) -> str:
    """The question in HTML; in a group it names whom it asks, for Telegram then lets nobody else answer by itself."""
    title = title_piece(title_of(link), link.url, characters=TITLE_CHARACTERS)
    line = phrase(texts[f"asking.{wanted}"], number=link.number, title=title)
    return to_html([phrase(texts["asking.to"], name=asked, question=line) if asked else line])


def question_in(text: str) -> tuple[Wanted, int] | None:
    """What a message of the bot asks for, and of the link with which number; None when it is no question."""
    for wanted in WANTED:
        for language in LANGUAGES:
            if found := _pattern(language, wanted).fullmatch(text):
                return wanted, int(found["number"])
    return None


@cache
def _pattern(language: str, wanted: Wanted) -> re.Pattern[str]:
    texts = words(language)
    whole = _with_holes(texts[f"asking.{wanted}"], {"number": r"(?P<number>[0-9]{1,10})", "title": ".*"})
    in_group = _with_holes(texts["asking.to"], {"name": ".*?", "question": ""})
    # Lazy in front: a title that holds the words of a question is no question.
    return re.compile(f"(?:{in_group})??{whole}", re.DOTALL)


def _with_holes(template: str, holes: dict[str, str]) -> str:
    parts = string.Formatter().parse(template)
    return "".join(re.escape(literal) + (holes[name] if name else "") for literal, name, _, _ in parts)


def _cancels(message: Message) -> bool:
    bot = message.get_bot()
    return (command(message) or "").casefold() in ("/cancel", f"/cancel@{bot.username}".casefold())


class Asked(filters.MessageFilter):
    """A reply in words to one of these questions, or `/cancel`; any other command does what it does."""

    def filter(self, message: Message) -> bool:
        """A question is the bot's own; whoever writes the same words asks nothing."""
        asked = message.reply_to_message
        if asked is None or not message.text or asked.from_user is None or (command(message) and not _cancels(message)):
            return False
        return asked.from_user.id == message.get_bot().id and question_in(asked.text or "") is not None


class Asking:
    """Asks, and takes the replies."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ask(self, query: CallbackQuery, chat: Chat, press: CardPress, link: LinkView, texts: Words) -> None:
        """Note, Title or Tags was pressed below a card."""
        wanted = cast(Wanted, press.action)
        person = presser(query.from_user)
        try:
            may = await self._desk.rights.may(_DEEDS[wanted], chat, person, link)
        except MembershipUnknown:
            self._desk.alert(query, texts["answer.telegram_away"])
            return
        if not may:
            self._desk.alert(query, texts["answer.admins_only"])
            return
        self._desk.answer(query)
        message = query.message
        thread_id = thread_of(message) if isinstance(message, Message) else None
        place = Place(chat.id, thread_id, message.message_id if message else None)
        self.send(place, wanted, link, person, texts)

    def send(self, place: Place, wanted: Wanted, link: LinkView, person: Actor, texts: Words) -> None:
        """Puts the question, in a group to that person alone."""
        asked = (
            Piece(inert(person.name).text, href=f"tg://user?id={person.id}") if place.chat_id < 0 < person.id else None
        )
        call = Call(
            self._desk.bot.send_message,
            text=question(wanted, link, asked, texts),
            parse_mode="HTML",
            link_preview_options=NO_PREVIEW,
            reply_markup=ForceReply(selective=True, input_field_placeholder=texts[f"asking.field_{wanted}"]),
            **place.keywords(),
        )
        self._desk.background.start("a question for words", call)

    async def answer(self, update: Update, context: Context) -> None:
        """The reply: done to the link, acknowledged by a reaction, and the question goes."""
        message = update.effective_message
        asked = message.reply_to_message if message else None
        found = question_in(asked.text or "") if asked else None
        if message is None or asked is None or found is None:
            return
        if _cancels(message):
            self._done(message, asked, "👌")
            return
        wanted, number = found
        link = await archive.numbered(message.chat_id, number)
        if link is None:
            await self._desk.say(message, "list.no_number", number=number)
            return
        actor = writer(message)
        try:
            may = actor is not None and await self._desk.rights.may(_DEEDS[wanted], message.chat, actor, link)
        except MembershipUnknown:
            await self._desk.say(message, "answer.telegram_away")
            return
        if actor is None or not may:
            await self._desk.say(message, "refused.admins")
            return
        text = (message.text or "").strip()
        most = MOST_CHARACTERS.get(wanted, len(text))
        if len(text) > most:
            await self._desk.say(message, "usage.too_long", max=most)
            return
        changed = await _do(wanted, message.chat_id, link.link_id, text, by(actor))
        self._done(message, asked, "👌" if changed else "🤷")

    def _done(self, message: Message, asked: Message, emoji: str) -> None:
        self._desk.react(message, emoji)
        # A message that asked for a reply can be edited by no bot.
        self._desk.background.start("the answered question", Call(asked.delete))


async def _do(wanted: Wanted, chat_id: int, link_id: int, text: str, person: deeds.Actor) -> bool:
    if wanted == "tags":
        found = names.listed(text)
        return await upkeep.retag(chat_id, [link_id], found.add, found.remove, person)
    given = None if text in NOTHING else text
    change = notes.set_note if wanted == "note" else notes.set_title
    return await change(chat_id, link_id, given, person)
