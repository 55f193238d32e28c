"""What the handlers share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from telegram import Bot, CallbackQuery, Chat, InlineKeyboardMarkup, Message, ReactionTypeEmoji, User
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.access import Access, Membership, MembershipUnknown
from bot.background import Background, Call
from bot.card_lines import Setting
from bot.intake import chat_kind, thread_of
from bot.lists import Answer, plain
from bot.markup import Piece, clean
from bot.rights import Rights
from bot.sending import NO_PREVIEW
from bot.settings import BotServices, BotSettings
from bot.shapes import Keyboard, markup
from bot.words import Words, spoken, words
from storage import archive, choices, outbox


@dataclass
class Desk:
    """The bot, what it knows of itself, and what it works with."""

    bot: Bot
    settings: BotSettings
    services: BotServices
    access: Access
    membership: Membership
    background: Background = field(default_factory=Background)
    rights: Rights = field(init=False)

    def __post_init__(self) -> None:
        self.rights = Rights(self.membership, self.settings.owner_ids)

    def language_of(self, person: User | None) -> str:
        """The person's language, if we speak it, otherwise the default."""
        return spoken(person.language_code if person else None, self.settings.default_language)

    async def reads_all(self) -> bool:
        """Whether groups' messages reach us without our being an admin; asked anew, for BotFather can change it."""
        try:
            me = await self.bot.get_me()
        except TelegramError:
            me = self.bot.bot
        return bool(me.can_read_all_group_messages)

    async def reads(self, chat_id: int) -> bool:
        """Whether the messages of a chat that we are in reach us."""
        try:
            return await self.membership.is_admin(chat_id, self.bot.id) or await self.reads_all()
        except MembershipUnknown:
            return await self.reads_all()

    async def words_for(self, chat: Chat, person: User | None) -> Words:
        """The chat's language, kept so that a group's answers do not flip; before it has one, the person's."""
        if chat.type == Chat.PRIVATE and person:
            chosen = (await choices.of_chat(chat.id)).language
            return words(self.language_of(person) if chosen == "auto" else chosen)
        return words(await archive.language(chat.id) or self.language_of(person))

    async def say(self, message: Message, key: str, **values: str | int | Piece) -> None:
        """Answers with one of our sentences, in the chat's language."""
        texts = await self.words_for(message.chat, message.from_user)
        await self.reply(message, plain(texts[key], **values))

    async def ensure_archive(self, message: Message) -> None:
        """Makes the archive of a chat that wants to set something up before its first link."""
        chat = message.chat
        name = clean(chat.effective_name or "")
        await choices.choose(chat.id, chat_kind(chat), name, self.language_of(message.from_user))

    def react(self, message: Message, emoji: str) -> None:
        """Acknowledges by a reaction, beside everything else: a chat can restrict them, and then there is none."""
        self.react_to(message.chat_id, message.message_id, emoji)

    def react_to(self, chat_id: int, message_id: int, emoji: str) -> None:
        """The same, where there is no update with the message."""
        call = Call(self.bot.set_message_reaction, chat_id, message_id, ReactionTypeEmoji(emoji))
        self.background.start("the reaction", call)

    def answer(self, query: CallbackQuery, text: str = "") -> None:
        """Ends the waiting at a button that was pressed, with a word that goes by itself if there is one."""
        self.background.start("the answer to a press", Call(query.answer, text or None))

    def alert(self, query: CallbackQuery, text: str) -> None:
        """The same with words that the one who pressed, and nobody else, sees and has to put away; none if empty."""
        self.background.start("the answer to a press", Call(query.answer, text or None, show_alert=bool(text)))

    def send_away(self, query: CallbackQuery, address: str) -> None:
        """Opens the private chat of the one who pressed, in their Telegram alone."""
        self.background.start("the answer to a press", Call(query.answer, url=address))

    def setting(self, texts: Words) -> Setting:
        """What rendering a card needs."""
        return Setting(texts, self.bot.username, datetime.now(UTC), self.services.make_pdf is not None)

    def edit(self, query: CallbackQuery, answer: Answer) -> None:
        """Puts an answer in the place of the message below which a button was pressed."""
        call = Call(
            query.edit_message_text,
            answer.text,
            parse_mode=ParseMode.HTML,
            link_preview_options=NO_PREVIEW,
            reply_markup=markup(answer.keyboard),
        )
        self._edit(query, "an edit after a press", call)

    def edit_keyboard(self, query: CallbackQuery, keyboard: Keyboard) -> None:
        """Puts other buttons below the message of the one that was pressed."""
        rows: InlineKeyboardMarkup | None = markup(keyboard)
        self._edit(query, "changing buttons", Call(query.edit_message_reply_markup, rows))

    def _edit(self, query: CallbackQuery, what: str, call: Call) -> None:
        if query.message is not None:
            self.background.edit(query.message.chat.id, query.message.message_id, what, call)

    async def reply(self, message: Message, answer: Answer) -> None:
        """Puts the answer to a command into the outbox; from there it is sent, whatever happens to us."""
        keyboard = markup(answer.keyboard)
        await outbox.notice(
            message.chat_id,
            {
                "text": answer.text,
                "reply_to": message.message_id,
                "thread_id": thread_of(message),
                "reply_markup": keyboard.to_dict() if keyboard else None,
            },
        )
