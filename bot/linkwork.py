"""Commands about one link, by its number or in reply to its card: `/note`, `/title`, `/recapture`, `/delete`."""

from __future__ import annotations

from telegram import Message, Update
from telegram.ext import ContextTypes

from bot import lists, names
from bot.access import MembershipUnknown
from bot.asking import MOST_CHARACTERS, Asking
from bot.commands import argument
from bot.desk import Desk
from bot.intake import thread_of
from bot.lists import Answer
from bot.markup import inert
from bot.names import NOTHING
from bot.permissions import Deed
from bot.questions import Questions
from bot.replied import is_ours, links_replied_to
from bot.rights import Actor, by, writer
from bot.sending import Place
from storage import archive, choices, notes
from storage.quotas import ArchiveFull
from storage.records import LinkView

Context = ContextTypes.DEFAULT_TYPE


class LinkWork:
    """The handlers."""

    def __init__(self, desk: Desk, questions: Questions) -> None:
        self._desk = desk
        self._questions = questions
        self._asking = Asking(desk)

    async def find(self, message: Message, number: int | None, usage: str) -> LinkView | None:
        """The link of that number or, without one, of the message replied to; who asked is told when there is none."""
        if number is not None:
            link = await archive.numbered(message.chat_id, number)
            if link is None:
                await self._desk.say(message, "list.no_number", number=number)
            return link
        found = await links_replied_to(message)
        if len(found) > 1:
            listed = ", ".join(str(link.number) for link in found)
            await self._desk.say(message, "list.which", numbers=listed)
        elif not found:
            await self._desk.say(message, "answer.gone" if await is_ours(message.reply_to_message) else usage)
        return found[0] if len(found) == 1 else None

    async def _allowed(self, message: Message, deed: Deed, link: LinkView) -> Actor | None:
        actor = writer(message)
        try:
            if actor and await self._desk.rights.may(deed, message.chat, actor, link):
                return actor
            await self._desk.say(message, await self._desk.rights.refusal(deed, message.chat))
        except MembershipUnknown:
            await self._desk.say(message, "answer.telegram_away")
        return None

    async def note(self, update: Update, context: Context) -> None:
        """`/note 12 words`."""
        await self._words(update, "note")

    async def title(self, update: Update, context: Context) -> None:
        """`/title 12 words`."""
        await self._words(update, "title")

    async def _words(self, update: Update, what: Deed) -> None:
        message = update.effective_message
        if message is None:
            return
        usage = "usage.note" if what == "note" else "usage.title"
        replied = await links_replied_to(message)
        if not replied and await is_ours(message.reply_to_message):
            await self._desk.say(message, "answer.gone")
            return
        asked = names.numbered_in_reply(_behind_command(message), [link.number for link in replied])
        link = await self.find(message, asked.number, usage)
        actor = await self._allowed(message, what, link) if link else None
        if link is None or actor is None:
            return
        if not asked.words:
            texts = await self._desk.words_for(message.chat, message.from_user)
            place = Place(message.chat_id, thread_of(message), message.message_id)
            self._asking.send(place, "note" if what == "note" else "title", link, actor, texts)
            return
        words = None if asked.words in NOTHING else asked.words
        most = MOST_CHARACTERS["note" if what == "note" else "title"]
        if words and len(words) > most:
            await self._desk.say(message, "usage.too_long", max=most)
            return
        change = notes.set_note if what == "note" else notes.set_title
        await change(message.chat_id, link.link_id, words, by(actor))
        if asked.number is None:
            self._desk.react(message, "👌")
        else:
            kept, removed = ("said.note", "said.no_note") if what == "note" else ("said.title", "said.no_title")
            key = removed if words is None else kept
            await self._desk.say(message, key, number=link.number, words=inert(words or "", 200))

    async def recapture(self, update: Update, context: Context) -> None:
        """`/recapture 12`: a new card for it, or in a reply to a card that one."""
        message = update.effective_message
        if message is None:
            return
        asked = names.numbered(argument(message))
        link = await self.find(message, asked.number, "usage.recapture")
        if link is None or await self._allowed(message, "recapture", link) is None:
            return
        if not (await choices.of_chat(message.chat_id)).captures(link.host):
            await self._desk.say(message, "refused.never_host", host=inert(link.host))
            return
        original = message.reply_to_message
        card_id = await archive.card_of(message.chat_id, original.message_id) if original else None
        on_card = card_id if asked.number is None else None
        try:
            queued = await archive.recapture(message.chat_id, link.link_id, on_card, self._desk.settings.quota)
        except ArchiveFull as full:
            await self._desk.say(message, "refused.full", max=full.megabytes)
            return
        if on_card is not None:
            self._desk.react(message, "👌" if queued else "🤷")
            return
        texts = await self._desk.words_for(message.chat, message.from_user)
        shown = await archive.show(
            message.chat_id,
            link.number,
            reply_to=message.message_id,
            thread_id=thread_of(message),
            language=texts.language,
        )
        if not (queued or shown):
            await self._desk.say(message, "list.no_number", number=link.number)

    async def delete(self, update: Update, context: Context) -> None:
        """`/delete 12`: hidden at once, with the way back in the answer and on its cards."""
        message = update.effective_message
        if message is None:
            return
        asked = names.numbered(argument(message))
        if asked.words:
            await self._desk.say(message, "usage.delete")
            return
        link = await self.find(message, asked.number, "usage.delete")
        actor = await self._allowed(message, "delete", link) if link else None
        if link is None or actor is None:
            return
        who = by(actor)
        deed_id = await archive.delete_link(message.chat_id, link.link_id, who.name, who.id)
        texts = await self._desk.words_for(message.chat, message.from_user)
        if deed_id is None:
            await self._desk.say(message, "answer.gone")
            return
        text = lists.plain(texts["done.delete"], number=link.number, title=inert(link.title or link.host, 80))
        await self._desk.reply(message, Answer(text.text, ((self._questions.undo_button(deed_id, texts),),)))


def _behind_command(message: Message) -> str:
    """All that stands behind the command: a note may be longer than a query, and have lines."""
    parts = (message.text or "").split(maxsplit=1)
    return parts[1] if len(parts) == 2 else ""
