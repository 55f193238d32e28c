"""Before any handler: what is not for us is left alone, who is not served is told so, politely and once."""

from __future__ import annotations

import logging

from telegram import Chat, ChatMember, ChatMemberUpdated, Message, MessageEntity, Update
from telegram.constants import ParseMode
from telegram.ext import ApplicationHandlerStop

from bot import lists
from bot.background import Call
from bot.commands import DEEP_LINK, Context, argument
from bot.desk import Desk
from bot.doors import Doors
from bot.intake import thread_of
from bot.sending import Place
from storage import archive, members, memberships, outbox

log = logging.getLogger(__name__)

_OUTSIDE = (ChatMember.LEFT, ChatMember.BANNED)
_ASKING: list[str | None] = [MessageEntity.URL, MessageEntity.TEXT_LINK, MessageEntity.BOT_COMMAND]


class Gate:
    """Runs in a handler group of its own, before the others."""

    def __init__(self, desk: Desk, doors: Doors) -> None:
        self._desk = desk
        self._doors = doors

    async def check(self, update: Update, context: Context) -> None:
        """Lets an update through, or ends it here by ApplicationHandlerStop."""
        if update.my_chat_member or update.inline_query:
            return  # an inline query has no chat: those that it may look into are asked for one by one
        if update.chat_member:
            await self._member_changed(update.chat_member)
            raise ApplicationHandlerStop
        message, chat = update.effective_message, update.effective_chat
        if chat is None or (update.callback_query is None and (message is None or self._is_echo(message))):
            raise ApplicationHandlerStop
        if message and message.left_chat_member:
            self._desk.membership.forget(chat.id, message.left_chat_member.id)
            await memberships.left(chat.id, message.left_chat_member.id)
        if message and (message.migrate_to_chat_id or message.migrate_from_chat_id):
            return
        sender = update.effective_sender
        if await self._desk.access.serves(chat.id, sender.id if sender else None) or _is_deep_link(update):
            await outbox.unpark(chat.id)
            await self._note_member(update, chat)
            return
        await self._refuse(update, chat)
        raise ApplicationHandlerStop

    async def _member_changed(self, change: ChatMemberUpdated) -> None:
        """Somebody joined, left, or became an admin or none: from now on that holds. Told to bots that are admins."""
        chat_id, person = change.chat.id, change.new_chat_member.user
        self._desk.membership.forget(chat_id, person.id)
        if change.new_chat_member.status in _OUTSIDE:
            await memberships.left(chat_id, person.id)
        elif (
            _is_in_group(change.chat)
            and change.new_chat_member.status != ChatMember.RESTRICTED
            and not person.is_bot
            and await self._desk.access.serves(chat_id, None)
        ):
            await memberships.seen(chat_id, person.id)

    async def _note_member(self, update: Update, chat: Chat) -> None:
        """Whoever writes in a group or joins it can look into its archive from elsewhere: by an inline query."""
        message, person = update.message, update.effective_user
        if message is None or not _is_in_group(chat):
            return
        for newcomer in message.new_chat_members:
            self._desk.membership.forget(chat.id, newcomer.id)
            if not newcomer.is_bot:
                await memberships.seen(chat.id, newcomer.id)
        if person and message.sender_chat is None and self._desk.membership.is_news(chat.id, person.id):
            await memberships.seen(chat.id, person.id)

    def _is_echo(self, message: Message) -> bool:
        """Our own message, one sent through us inline, or the copy of a channel post in its discussion group."""
        ours = self._desk.bot.id
        return bool(
            message.is_automatic_forward
            or (message.via_bot and message.via_bot.id == ours)
            or (message.from_user and message.from_user.id == ours)
        )

    async def _refuse(self, update: Update, chat: Chat) -> None:
        """One sentence, directly, and the owners are asked; nothing is kept of what a stranger writes."""
        desk, query = self._desk, update.callback_query
        texts = await desk.words_for(chat, update.effective_user)
        if query:
            desk.background.start("a refusal", Call(query.answer, texts["answer.not_served"], show_alert=True))
            return
        message = update.effective_message
        if message and _asks(message, chat) and desk.access.refusal_due(chat.id):
            asked = await self._doors.knock(chat, update.effective_user)
            text = lists.plain(texts["answer.knocked" if asked else "answer.not_served"]).text
            place = Place(chat.id, thread_of(message), message.message_id).keywords()
            desk.background.start(
                "a refusal", Call(desk.bot.send_message, text=text, parse_mode=ParseMode.HTML, **place)
            )

    async def membership(self, update: Update, context: Context) -> None:
        """The bot was added, removed, blocked or unblocked."""
        change = update.my_chat_member
        if change is None:
            return
        chat, person = change.chat, change.from_user
        if change.new_chat_member.status in _OUTSIDE:
            await outbox.park(chat.id, "the bot was removed or blocked")
            if chat.type != Chat.PRIVATE:
                await members.withdraw(chat.id)
                await archive.note_left(chat.id)
            return
        was_outside = change.old_chat_member.status in _OUTSIDE
        if chat.type != Chat.PRIVATE and was_outside and await self._lets_in(chat.id, person.id):
            await members.admit(chat.id, person.id)
        elif chat.type != Chat.PRIVATE and was_outside and not await self._desk.access.serves(chat.id, None):
            await self._doors.knock(chat, person)
        if was_outside:
            await archive.note_back(chat.id)
        if await self._desk.access.serves(chat.id, None):
            await outbox.unpark(chat.id)
            if was_outside and chat.type in (Chat.GROUP, Chat.SUPERGROUP):
                await self._welcome(change)

    async def _lets_in(self, chat_id: int, person_id: int) -> bool:
        """An owner who adds the bot has decided it; with others who are served, a block of the group stands."""
        desk = self._desk
        return await desk.rights.is_owner(person_id) or await desk.access.may_let_in(chat_id, person_id)

    async def _welcome(self, change: ChatMemberUpdated) -> None:
        """One message for a group: what it can do, or how to let it read."""
        texts = await self._desk.words_for(change.chat, change.from_user)
        is_admin = change.new_chat_member.status == ChatMember.ADMINISTRATOR
        key = "start.group" if is_admin or await self._desk.reads_all() else "start.cannot_read"
        await outbox.notice(change.chat.id, {"text": lists.plain(texts[key]).text})

    async def migrated(self, update: Update, context: Context) -> None:
        """A group became a supergroup: its archive follows. Both chats tell it; the second time changes nothing."""
        message = update.effective_message
        if message and message.migrate_to_chat_id:
            await self._moved(message.chat_id, message.migrate_to_chat_id)
        elif message and message.migrate_from_chat_id:
            await self._moved(message.migrate_from_chat_id, message.chat_id)

    async def _moved(self, old_id: int, new_id: int) -> None:
        serves = self._desk.access.serves
        if await serves(old_id, None) and not await serves(new_id, None):
            # It stands in ALLOWED_IDS by its old id.
            await members.admit(new_id, self._desk.bot.id)
        await archive.follow_migration(old_id, new_id)


def _is_in_group(chat: Chat) -> bool:
    return chat.type in (Chat.GROUP, Chat.SUPERGROUP)


def _is_deep_link(update: Update) -> bool:
    """`/start parameter` in private: who may have what it names is decided there, by membership or by the claim."""
    message = update.message
    if message is None or message.chat.type != Chat.PRIVATE:
        return False
    return (message.text or "").startswith("/start") and bool(DEEP_LINK.fullmatch(argument(message)))


def _asks(message: Message, chat: Chat) -> bool:
    """Whether somebody wants something of us, rather than talking to others."""
    if chat.type == Chat.PRIVATE:
        return True
    return bool(message.parse_entities(_ASKING) or message.parse_caption_entities(_ASKING))
