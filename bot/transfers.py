"""`/export` and `/import`: who may is asked, what is wanted is noted down, and the runner does it."""

from __future__ import annotations

from typing import cast

from telegram import CallbackQuery, Chat, Document, Message, MessageEntity, Update
from telegram.ext import ContextTypes, filters

from bot import lists, transfer_texts
from bot.access import MembershipUnknown
from bot.callbacks import TransferPress, Unreadable, unpack
from bot.commands import argument
from bot.desk import Desk
from bot.intake import thread_of
from bot.markup import inert
from bot.permissions import Deed
from bot.rights import Actor, presser, writer
from bot.transfer_runner import TransferRunner
from bot.upkeep import allowed
from bot.words import Words
from storage import transfers, transfers_export
from storage.formats.records import EXPORT_FORMATS, ExportFormat

Context = ContextTypes.DEFAULT_TYPE
_LINKS: list[str | None] = [MessageEntity.URL, MessageEntity.TEXT_LINK]
_NAMES = {"html": "bookmarks", "htm": "bookmarks", "netscape": "bookmarks"}


class ImportCaption(filters.MessageFilter):
    """A file whose caption is `/import`, to no bot by name or to this one."""

    def filter(self, message: Message) -> bool:
        """Telegram marks commands in captions too; PTB's handlers look at texts alone."""
        if message.document is None:
            return False
        found = message.parse_caption_entities([MessageEntity.BOT_COMMAND])
        ours = ("/import", f"/import@{message.get_bot().username}".lower())
        return any(entity.offset == 0 and text.lower() in ours for entity, text in found.items())


class FileAlone(filters.MessageFilter):
    """In a private chat, a file that answers nothing and brings no link along."""

    def filter(self, message: Message) -> bool:
        """What answers a card is a copy of its page; what has a link in its caption is one too, or is only about it."""
        if message.document is None or message.chat.type != Chat.PRIVATE or message.reply_to_message:
            return False
        return message.via_bot is None and not message.parse_caption_entities(_LINKS)


class Transfers:
    """The handlers."""

    def __init__(self, desk: Desk, runner: TransferRunner) -> None:
        self._desk = desk
        self._runner = runner

    async def export(self, update: Update, context: Context) -> None:
        """`/export [json|csv|bookmarks|zip]`: the whole for admins, for others what they shared themselves."""
        message = update.effective_message
        actor = writer(message) if message else None
        if message is None or actor is None:
            return
        try:
            person_id = await self._whose(message.chat, actor)
        except MembershipUnknown:
            await self._desk.say(message, "answer.telegram_away")
            return
        if person_id is _NOBODY:
            await self._desk.say(message, "refused.admins")
            return
        count = await transfers_export.count(message.chat_id, cast("int | None", person_id))
        if not count:
            await self._desk.say(message, "export.nothing" if person_id is None else "export.nothing_own")
            return
        word = argument(message).lower().lstrip(".")
        form = _NAMES.get(word, word)
        texts = await self._desk.words_for(message.chat, message.from_user)
        if form in EXPORT_FORMATS:
            await self._begin_export(message, message.message_id, form, person_id, texts)
        else:
            await self._desk.reply(message, transfer_texts.formats(count, person_id is not None, texts))

    async def _whose(self, chat: Chat, actor: Actor) -> object:
        """Whose links somebody may have as a file: None is everybody's, otherwise a person's id, or nobody's."""
        if await self._desk.rights.may("export_all", chat, actor):
            return None
        return actor.id if await self._desk.rights.may("export_own", chat, actor) else _NOBODY

    async def _begin_export(
        self, message: Message, reply_to: int, form: ExportFormat, person_id: object, texts: Words
    ) -> bool:
        view = await transfers.make(
            message.chat_id,
            "export",
            form,
            "running",
            {"person_id": person_id},
            chat_id=message.chat_id,
            thread_id=thread_of(message),
            reply_to=reply_to,
            person_id=cast("int | None", person_id),
            language=texts.language,
        )
        if view is None:
            await self._desk.reply(message, lists.plain(texts["import.busy"]))
            return False
        self._runner.start(view)
        return True

    async def import_(self, update: Update, context: Context) -> None:
        """`/import` in reply to a file; alone it says how it is done."""
        message = update.effective_message
        if message is None:
            return
        original = message.reply_to_message
        document = message.document or (original.document if original else None)
        if document is None:
            await self._desk.say(message, "usage.import")
        else:
            await self._begin_import(message, document)

    async def file(self, update: Update, context: Context) -> None:
        """A file with `/import` as its caption, or in a private chat the file alone."""
        message = update.effective_message
        if message and message.document:
            await self._begin_import(message, message.document)

    async def _begin_import(self, message: Message, document: Document) -> None:
        actor = await allowed(self._desk, message, "import")
        if actor is None:
            return
        texts = await self._desk.words_for(message.chat, message.from_user)
        await self._runner.expire()
        await self._desk.ensure_archive(message)
        view = await transfers.make(
            message.chat_id,
            "import",
            "",
            "reading",
            {
                "file_id": document.file_id,
                "file_name": inert(document.file_name or "?", 60).text,
                "size_bytes": document.file_size or 0,
                "by_name": inert(actor.name).text,
            },
            chat_id=message.chat_id,
            thread_id=thread_of(message),
            reply_to=message.message_id,
            person_id=actor.id,
            language=texts.language,
        )
        if view is None:
            await self._desk.say(message, "import.busy")
        else:
            self._runner.start(view)

    async def press(self, update: Update, context: Context) -> None:
        """A button of an import or an export."""
        query = update.callback_query
        message = query.message if query else None
        if query is None or message is None:
            return
        texts = await self._desk.words_for(message.chat, query.from_user)
        try:
            press = unpack(query.data or "")
            if isinstance(press, TransferPress):
                await self._press(query, message.chat, press, texts)
        except Unreadable:
            self._desk.alert(query, texts["answer.expired"])
        except MembershipUnknown:
            self._desk.alert(query, texts["answer.telegram_away"])

    async def _press(self, query: CallbackQuery, chat: Chat, press: TransferPress, texts: Words) -> None:
        actor = presser(query.from_user)
        if press.action == "export":
            await self._press_export(query, chat, cast(ExportFormat, press.what), actor, texts)
            return
        view = await transfers.find(int(press.what))
        if view is None or view.chat_id != chat.id:
            self._desk.alert(query, texts["answer.expired"])
            return
        deed: Deed = "import" if press.action == "yes" else "stop_transfer"
        own_stop = press.action != "yes" and view.person_id == actor.id and await self._is_inside(chat, actor)
        if not (own_stop or await self._desk.rights.may(deed, chat, actor)):
            self._desk.alert(query, texts["answer.admins_only"])
        elif press.action == "yes":
            await self._confirm(query, view, texts)
        else:
            stopped = await self._runner.stop(chat.id, view.transfer_id)
            self._desk.alert(query, "" if stopped else texts["answer.expired"])

    async def _is_inside(self, chat: Chat, actor: Actor) -> bool:
        return await self._desk.membership.is_member(chat.id, actor.id)

    async def _confirm(self, query: CallbackQuery, view: transfers.TransferView, texts: Words) -> None:
        total = int(view.payload["summary"]["entries"]) if "summary" in view.payload else 0
        if await transfers.move(view.transfer_id, "asked", "running", total=total):
            running = await transfers.find(view.transfer_id)
            if running:
                self._runner.start(running)
            self._desk.answer(query)
        else:
            self._desk.alert(query, texts["answer.expired"])

    async def _press_export(
        self, query: CallbackQuery, chat: Chat, form: ExportFormat, actor: Actor, texts: Words
    ) -> None:
        person_id = await self._whose(chat, actor)
        if person_id is _NOBODY or not isinstance(query.message, Message):
            self._desk.alert(query, texts["answer.admins_only"])
        elif not await transfers_export.count(chat.id, cast("int | None", person_id)):
            self._desk.alert(query, texts["export.nothing" if person_id is None else "export.nothing_own"])
        else:
            await self._begin_export(query.message, query.message.message_id, form, person_id, texts)
            self._desk.answer(query)


_NOBODY = object()
