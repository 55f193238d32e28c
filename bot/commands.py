"""Commands: read what was asked, call one verb, answer with one message."""

from __future__ import annotations

import logging
import re
import unicodedata
from dataclasses import replace

from telegram import Chat, Message, MessageEntity, ReactionTypeEmoji, Update, User
from telegram.ext import ContextTypes

from bot import lists, menu, metrics
from bot.access import MembershipUnknown
from bot.background import Call
from bot.callbacks import FILE_KINDS, ListPress, carries
from bot.card_buttons import ALL_FILES, offered, offers_keyboard
from bot.card_lines import title_of
from bot.desk import Desk
from bot.intake import read, thread_of
from bot.lists import Answer
from bot.replied import is_ours, links_replied_to
from bot.shapes import Button
from bot.words import Words, spoken, words
from capture.log_numbers import concerning
from storage import archive, members, outbox
from storage.records import IncomingMessage

log = logging.getLogger(__name__)

Context = ContextTypes.DEFAULT_TYPE
FILE_LINK = re.compile(rf"({'|'.join((*FILE_KINDS, ALL_FILES))})-(\d{{1,15}})(?:-(\d{{1,15}}))?")
_COMMAND: list[str | None] = [MessageEntity.BOT_COMMAND]
DEEP_LINK = re.compile(rf"{FILE_LINK.pattern}|claim-.+")


def argument(message: Message) -> str:
    """What stands behind the command, in one line."""
    parts = (message.text or "").split(maxsplit=1)
    return " ".join(parts[1].split()) if len(parts) == 2 else ""


def command(message: Message) -> str | None:
    """The command that a message begins with, as written: `/show` or `/show@somebot`; None for other words."""
    return _command(message.parse_entities(_COMMAND))


def _command(found: dict[MessageEntity, str]) -> str | None:
    return next((text for entity, text in found.items() if entity.offset == 0), None)


def _saves(message: Message, username: str) -> bool:
    """Whether a text or a caption begins with `/save`, to no bot by name or to this one."""
    found = command(message) or _command(message.parse_caption_entities(_COMMAND)) or ""
    return found.casefold() in ("/save", f"/save@{username}".casefold())


def _mentions(message: Message, username: str) -> bool:
    """Whether the bot is spoken to by its name."""
    mention: list[str | None] = [MessageEntity.MENTION]
    found = message.parse_entities(mention) or message.parse_caption_entities(mention)
    return any(text.casefold() == f"@{username}".casefold() for text in found.values())


class Commands:
    """The handlers of all commands, and of messages with links, which need none."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def message(self, update: Update, context: Context) -> None:
        """Any message with links: stored first, acknowledged then."""
        message = update.effective_message
        if message is None:
            return
        incoming = self._read(message)
        edited = update.edited_message is not None or update.edited_channel_post is not None
        if message.caption and not edited and _saves(message, self._desk.bot.username):
            await self.save(update, context)  # PTB's handlers of commands look at texts alone
        elif incoming.links or incoming.notes:
            await self._take_in(incoming, edited)
        elif update.message is not None and message.chat.type == Chat.PRIVATE and message.text:
            await self._no_link(message)

    async def _no_link(self, message: Message) -> None:
        """Words in private that hold no link, or a command that is none: silence would leave one wondering."""
        if command(message):
            await self._say(message, "usage.unknown")
            return
        texts = await self._words(message)
        press = ListPress("page", "search", 1, " ".join((message.text or "").split()))
        keyboard = ((Button(texts["button.search"], press),),) if carries(press) else ()
        await self._desk.reply(message, Answer(lists.plain(texts["usage.no_link"]).text, keyboard))

    def _read(self, message: Message) -> IncomingMessage:
        desk = self._desk
        found = read(message, desk.services.address_rule, desk.language_of(message.from_user), desk.bot.id)
        asked = _mentions(message, desk.bot.username) or _saves(message, desk.bot.username)
        return replace(found, asked=True) if asked else found

    async def _take_in(self, incoming: IncomingMessage, edited: bool = False) -> None:
        intake = await archive.take_in(incoming, self._desk.settings.quota)
        if intake.changed:
            metrics.note_refusals(incoming.notes)
        with concerning(*intake.captures):
            log.info(
                "message %d of %d: %d links kept, %d captures queued",
                incoming.message_id, incoming.chat_id, intake.kept, intake.queued,
            )  # fmt: skip
        if intake.kept and (intake.changed or not edited):
            eyes = ReactionTypeEmoji("👀")
            call = Call(self._desk.bot.set_message_reaction, incoming.chat_id, incoming.message_id, eyes)
            self._desk.background.start("the reaction", call)

    async def save(self, update: Update, context: Context) -> None:
        """`/save` in reply to a message with links, or before a link: for groups whose messages the bot cannot read."""
        message = update.effective_message
        if message is None:
            return
        own = self._read(message)
        original = message.reply_to_message
        target = own if own.links or own.notes or original is None else self._read(original)
        if target.links or target.notes:
            tags = tuple(dict.fromkeys((*target.tags, *own.tags)))
            await self._take_in(replace(target, tags=tags, asked=True))
        else:
            await self._say(message, "usage.save")

    async def start(self, update: Update, context: Context) -> None:
        """First words; in private also what a deep link asks for."""
        message, person = update.effective_message, update.effective_user
        if message is None:
            return
        parameter = argument(message)
        texts = await self._first_words(message, person)
        if message.chat.type != Chat.PRIVATE or person is None:
            await self._desk.reply(message, lists.plain(texts["start.group"]))
        elif parameter.startswith("claim-"):
            # With OWNER_IDS there is an owner, and a claim link of the time before is worth nothing.
            token = parameter.removeprefix("claim-")
            won = not self._desk.settings.owner_ids and await members.claim(token, person.id, person.full_name)
            await self._say(message, "answer.claimed" if won else "answer.claim_refused")
            if won:
                await menu.announce(self._desk)
        elif file_link := FILE_LINK.fullmatch(parameter):
            version = int(file_link[3]) if file_link[3] else None
            await self._send_file(message, person.id, file_link[1], int(file_link[2]), version)
        else:
            await self._desk.reply(message, lists.welcome(texts))

    async def _send_file(
        self, message: Message, person_id: int, kind: str, link_id: int, version: int | None = None
    ) -> None:
        """A file of another chat's link goes to members of that chat; for others it does not exist."""
        chat_id = await archive.link_chat(link_id)
        link = None
        try:
            if chat_id is not None and await self._may_see(chat_id, person_id):
                link = await archive.link(chat_id, link_id, version)
        except MembershipUnknown:
            await self._say(message, "answer.telegram_away")
            return
        makes_pdfs = self._desk.services.make_pdf is not None
        kinds = [] if link is None or link.deleted_by is not None else offered(link.capture, makes_pdfs)
        if link is not None and kind == ALL_FILES and kinds:
            setting = self._desk.setting(await self._words(message))
            await self._desk.reply(message, lists.offers(title_of(link), link.url, offers_keyboard(link, setting)))
            return
        if kind not in kinds:
            await self._say(message, "answer.not_found")
            return
        payload: dict[str, object] = {"of_chat": chat_id, "link_id": link_id, "kind": kind, "capture_id": version}
        await outbox.document(message.chat_id, {**payload, "reply_to": message.message_id})

    async def _may_see(self, chat_id: int, person_id: int) -> bool:
        desk = self._desk
        return await desk.access.serves(chat_id, person_id) and await desk.membership.is_member(chat_id, person_id)

    async def help(self, update: Update, context: Context) -> None:
        """All that there is, one line each."""
        message = update.effective_message
        if message:
            texts = await self._first_words(message, update.effective_user)
            await self._desk.reply(message, lists.plain(texts["help.text"]))

    async def show(self, update: Update, context: Context) -> None:
        """`/show 12`: the card of a link, by its number or in reply to a message that shared it."""
        message = update.effective_message
        if message is None:
            return
        text, texts = unicodedata.normalize("NFKC", argument(message)).lstrip("#"), await self._words(message)
        replied = await links_replied_to(message) if not text else []
        if len(replied) == 1:
            text = str(replied[0].number)
        elif not text and not replied and await is_ours(message.reply_to_message):
            await self._say(message, "answer.gone")
            return
        if not re.fullmatch(r"[0-9]{1,18}", text):
            await self._say(message, "usage.show")
            return
        shown = await archive.show(
            message.chat_id,
            int(text),
            reply_to=message.message_id,
            thread_id=thread_of(message),
            language=texts.language,
        )
        if shown is None:
            await self._desk.reply(message, lists.plain(texts["list.no_number"], number=int(text)))

    async def _first_words(self, message: Message, person: User | None) -> Words:
        """First words and help are for the one who asks, in a group too; in private in the language chosen there."""
        language = spoken(person.language_code if person else None, "")
        if language and message.chat.type != Chat.PRIVATE:
            return words(language)
        return await self._words(message)

    async def _words(self, message: Message) -> Words:
        return await self._desk.words_for(message.chat, message.from_user)

    async def _say(self, message: Message, key: str) -> None:
        await self._desk.reply(message, lists.plain((await self._words(message))[key]))
