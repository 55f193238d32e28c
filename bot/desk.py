"""What the handlers share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from telegram import Bot, Chat, Message, User

from bot.access import Access, Membership
from bot.background import Background
from bot.cards import Setting
from bot.intake import thread_of
from bot.lists import Answer
from bot.settings import BotServices, BotSettings
from bot.shapes import markup
from bot.words import Words, spoken, words
from storage import archive, outbox


@dataclass
class Desk:
    """The bot, what it knows of itself, and what it works with."""

    bot: Bot
    settings: BotSettings
    services: BotServices
    access: Access
    membership: Membership
    background: Background = field(default_factory=Background)

    def language_of(self, person: User | None) -> str:
        """The person's language, if we speak it, otherwise the default."""
        return spoken(person.language_code if person else None, self.settings.default_language)

    async def words_for(self, chat: Chat, person: User | None) -> Words:
        """The chat's language, kept so that a group's answers do not flip; before it has one, the person's."""
        kept = None if chat.type == Chat.PRIVATE and person else await archive.language(chat.id)
        return words(kept or self.language_of(person))

    def setting(self, texts: Words) -> Setting:
        """What rendering a card needs."""
        return Setting(texts, self.bot.username, datetime.now(UTC), self.services.make_pdf is not None)

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
