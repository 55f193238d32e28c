"""A reader's own copy: an HTML page, a PDF or a picture, as a file in answer to a card or with the link beside it."""

from __future__ import annotations

from telegram import Chat, Message, MessageEntity, Update
from telegram.ext import ContextTypes, filters

from bot.commands import Commands
from bot.desk import Desk
from bot.intake import entity_texts, find, thread_of
from bot.markup import inert
from bot.replied import is_ours, links_replied_to
from bot.transfer_runner import TransferRunner
from bot.transfers import Transfers
from bot.upkeep import allowed
from storage import archive, giving, transfers
from storage.quotas import ArchiveFull
from storage.records import LinkView

Context = ContextTypes.DEFAULT_TYPE
_LINKS: list[str | None] = [MessageEntity.URL, MessageEntity.TEXT_LINK]
_ENDINGS = (".html", ".htm", ".xhtml", ".mhtml", ".pdf", ".jpg", ".jpeg", ".png", ".webp", ".gif")
MAX_AT_ONCE = 20
"""Copies of one chat that wait or are being looked at."""


class CopyAnswer(filters.MessageFilter):
    """A file that answers a message, without links of its own."""

    def filter(self, message: Message) -> bool:
        """What it answers is looked up later; a command in the caption is not a copy."""
        captions = message.parse_caption_entities([*_LINKS, MessageEntity.BOT_COMMAND])
        return message.document is not None and message.reply_to_message is not None and not captions


class CopyWithLink(filters.MessageFilter):
    """A file that may be a copy, with a link in its caption."""

    def filter(self, message: Message) -> bool:
        """By its name alone: whatever else people send with links beside it is a message like any other."""
        if message.document is None or not message.parse_caption_entities(_LINKS):
            return False
        return (message.document.file_name or "").lower().endswith(_ENDINGS)


class Copies:
    """The handlers."""

    def __init__(self, desk: Desk, commands: Commands, imports: Transfers, runner: TransferRunner) -> None:
        self._desk = desk
        self._commands = commands
        self._imports = imports
        self._runner = runner

    async def answer(self, update: Update, context: Context) -> None:
        """A file in answer to a card, or to a message that shared a link; in answer to anything else it is not ours."""
        message = update.effective_message
        links = await links_replied_to(message) if message else []
        if message is None:
            return
        if not links and await is_ours(message.reply_to_message):
            await self._desk.say(message, "answer.gone")
        elif not links:
            if message.chat.type == Chat.PRIVATE:  # between the two of us every file is meant for the bot
                await self._imports.file(update, context)
        elif len(links) > 1:
            await self._desk.say(message, "copy.several")
        else:
            await self._begin(message, links[0])

    async def with_link(self, update: Update, context: Context) -> None:
        """The link is kept like any other, and the file is a copy of its page."""
        message = update.effective_message
        if message is None:
            return
        await self._commands.message(update, context)
        found = find(entity_texts(message), self._desk.services.address_rule).links
        if len(found) == 1:
            link = await archive.by_key(message.chat_id, found[0].key)
            if link is not None:
                await self._begin(message, link)

    async def _begin(self, message: Message, link: LinkView) -> None:
        document = message.document
        actor = await allowed(self._desk, message, "give_copy")
        if actor is None or document is None or self._desk.services.take_copy is None:
            return
        try:
            await giving.check_room(message.chat_id, self._desk.settings.quota)
        except ArchiveFull as full:
            await self._desk.say(message, "refused.full", max=full.megabytes)
            return
        texts = await self._desk.words_for(message.chat, message.from_user)
        view = await transfers.make(
            message.chat_id,
            "copy",
            "",
            "running",
            {
                "file_id": document.file_id,
                "file_name": inert(document.file_name or "?", 60).text,
                "link_id": link.link_id,
                "by_name": inert(actor.name).text,
            },
            chat_id=message.chat_id,
            thread_id=thread_of(message),
            reply_to=message.message_id,
            person_id=actor.id,
            language=texts.language,
            at_once=MAX_AT_ONCE,
        )
        if view is None:
            await self._desk.say(message, "copy.busy")
        else:
            self._runner.start(view)
