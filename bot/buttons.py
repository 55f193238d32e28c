"""Buttons: every press is checked against the chat it comes from; refusals are alerts that only the presser sees."""

from __future__ import annotations

from telegram import CallbackQuery, Chat, Message, Update

from bot import lists
from bot.access import MembershipUnknown
from bot.asking import WANTED, Asking
from bot.callbacks import (
    AllPress,
    CardPress,
    DoorPress,
    FilePress,
    ListPress,
    Press,
    QuestionPress,
    RulePress,
    SettingPress,
    ShowPress,
    SuggestedPress,
    UndoPress,
    Unreadable,
    VersionPress,
    unpack,
)
from bot.card_buttons import (
    bare_keyboard,
    card_keyboard,
    edit_keyboard,
    file_link,
    files_keyboard,
    files_link,
    offered,
)
from bot.choices import ChoicesHandlers
from bot.commands import Context, argument
from bot.desk import Desk
from bot.doors import Doors
from bot.finding import asker_of, links_answer, links_page, tags_answer, tags_page
from bot.intake import thread_of
from bot.lists import Asked
from bot.mistakes import mistake_line
from bot.permissions import Deed
from bot.questions import Questions
from bot.rights import presser
from bot.suggestions import Suggestions
from bot.together import Together
from bot.upkeep import Upkeep
from bot.versions import Versions
from bot.words import Words
from storage import archive, choices, forgetting, memberships, outbox, suggesting
from storage.query import Mistake
from storage.quotas import ArchiveFull
from storage.records import LinkView


class Buttons:
    """Handles presses."""

    def __init__(
        self, desk: Desk, questions: Questions, upkeep: Upkeep, settings: ChoicesHandlers, doors: Doors
    ) -> None:
        self._desk = desk
        self._questions = questions
        self._upkeep = upkeep
        self._versions = Versions(desk)
        self._suggestions = Suggestions(desk)
        self._together = Together(desk)
        self._asking = Asking(desk)
        self._settings = settings
        self._doors = doors

    async def press(self, update: Update, context: Context) -> None:
        """Reads what the button carries and does it; the answer ends the button's waiting in any case."""
        query = update.callback_query
        if query is None:
            return
        message = query.message
        if message is None:
            self._desk.answer(query)
            return
        texts = await self._desk.words_for(message.chat, query.from_user)
        try:
            press = unpack(query.data or "")
        except Unreadable:
            self._desk.alert(query, texts["answer.expired"])
            return
        if not await self._is_inside(query, message.chat, texts):
            return
        if _turns(press) and not await self._may_turn(query, message.chat, press, texts):
            return
        match press:
            case CardPress():
                await self._card(query, message.chat, press, texts)
            case AllPress():
                await self._together.press(query, message.chat, press, texts)
            case FilePress():
                await self._file(query, message.chat, press, texts)
            case SuggestedPress():
                await self._suggestions.press(query, message.chat, press, texts)
            case VersionPress():
                await self._versions.press(query, message.chat, press, texts)
            case ShowPress(number):
                await self._show(query, number, texts)
            case ListPress():
                await self._list(query, press, texts)
            case QuestionPress():
                await self._questions.press(query, message.chat, press, texts)
            case SettingPress():
                await self._settings.press(query, message.chat, press, texts)
            case UndoPress():
                await self._questions.take_back(query, message.chat, press, texts)
            case DoorPress():
                await self._doors.press(query, message.chat, press, texts)
            case RulePress():
                await self._upkeep.rule_press(query, message.chat, press, texts)
            case _:
                self._desk.answer(query)

    async def _is_inside(self, query: CallbackQuery, chat: Chat, texts: Words) -> bool:
        """Whether the presser is a member; tells them if not. Telegram lets strangers press in public chats."""
        try:
            if await self._desk.membership.is_member(chat.id, query.from_user.id):
                await self._note_member(chat, query.from_user.id)
                return True
            self._desk.alert(query, texts["answer.not_found"])
        except MembershipUnknown:
            self._desk.alert(query, texts["answer.telegram_away"])
        return False

    async def _may_turn(self, query: CallbackQuery, chat: Chat, press: Press, texts: Words) -> bool:
        """Whether the presser may change what everybody sees; others are told who may, or shown the files elsewhere."""
        try:
            if await self._desk.rights.may("turn", chat, presser(query.from_user)):
                return True
        except MembershipUnknown:
            self._desk.alert(query, texts["answer.telegram_away"])
            return False
        if isinstance(press, CardPress) and press.action == "files":
            pinned = await archive.pinned_on(chat.id, press.card_id, press.link_id)
            self._desk.send_away(query, files_link(press.link_id, pinned, self._desk.setting(texts)))
        else:
            self._desk.alert(query, texts["answer.admins_only"])
        return False

    async def _note_member(self, chat: Chat, person_id: int) -> None:
        """Whoever presses in a group, and never wrote there, can look into its archive from elsewhere all the same."""
        is_group = chat.type in (Chat.GROUP, Chat.SUPERGROUP)
        if is_group and self._desk.membership.is_news(chat.id, person_id):
            await memberships.seen(chat.id, person_id)

    async def _card(self, query: CallbackQuery, chat: Chat, press: CardPress, texts: Words) -> None:
        pinned = await archive.pinned_on(chat.id, press.card_id, press.link_id)
        link = await archive.link(chat.id, press.link_id, pinned)
        if link is None:
            self._desk.alert(query, texts["answer.not_found"])
            return
        if press.action in ("delete", "undo"):
            await self._delete(query, chat, press, link, texts)
        elif link.deleted_by is not None:
            self._desk.alert(query, texts["answer.gone"])
        elif press.action == "again":
            await self._again(query, chat, press, link, texts)
        elif press.action in WANTED:
            await self._asking.ask(query, chat, press, link, texts)
        else:
            self._desk.answer(query)
            await self._turn(query, chat, press, link, texts)

    async def _turn(self, query: CallbackQuery, chat: Chat, press: CardPress, link: LinkView, texts: Words) -> None:
        """Puts other buttons below the card: the files, what can be edited, or its own again."""
        setting, private = self._desk.setting(texts), chat.type == Chat.PRIVATE
        if press.action == "edit":
            self._desk.edit_keyboard(query, edit_keyboard(press.card_id, link, setting))
        elif link.capture is None:
            self._desk.edit_keyboard(query, bare_keyboard(press.card_id, link, setting))
        else:
            make = files_keyboard if press.action == "files" else card_keyboard
            self._desk.edit_keyboard(query, make(press.card_id, private, await suggesting.suggest(link), setting))

    async def _again(self, query: CallbackQuery, chat: Chat, press: CardPress, link: LinkView, texts: Words) -> None:
        try:
            may = await self._desk.rights.may("recapture", chat, presser(query.from_user))
        except MembershipUnknown:
            self._desk.alert(query, texts["answer.telegram_away"])
            return
        if not may:
            self._desk.alert(query, texts["answer.admins_only"])
        elif not (await choices.of_chat(chat.id)).captures(link.host):
            self._desk.alert(query, texts["answer.never_host"])
        else:
            try:
                queued = await archive.recapture(chat.id, link.link_id, press.card_id, self._desk.settings.quota)
            except ArchiveFull as full:
                self._desk.alert(query, texts["answer.full"].format(max=full.megabytes))
            else:
                self._desk.answer(query, texts["answer.queued" if queued else "answer.under_way"])

    async def _delete(self, query: CallbackQuery, chat: Chat, press: CardPress, link: LinkView, texts: Words) -> None:
        person = query.from_user
        deed: Deed = "delete" if press.action == "delete" else "undo_delete"
        try:
            may = await self._desk.rights.may(deed, chat, presser(person), link)
        except MembershipUnknown:
            self._desk.alert(query, texts["answer.telegram_away"])
            return
        forgot = await forgetting.by_whom(chat.id, link.link_id) if deed == "undo_delete" else None
        if forgot not in (None, person.id):
            self._desk.alert(query, texts["answer.forgot_refused"])
            return
        if forgot is None and not may:
            self._desk.alert(query, texts[await self._desk.rights.refusal(deed, chat)])
            return
        if press.action == "delete":
            await archive.delete_link(chat.id, link.link_id, person.full_name, person.id)
        else:
            await archive.undo_delete(chat.id, link.link_id, person.id)
        self._desk.answer(query)

    async def _file(self, query: CallbackQuery, chat: Chat, press: FilePress, texts: Words) -> None:
        link_id, kind = press.link_id, press.kind
        link, message = await archive.link(chat.id, link_id, press.capture_id), query.message
        makes_pdfs = self._desk.services.make_pdf is not None
        if link is None or link.deleted_by is not None or kind not in offered(link.capture, makes_pdfs):
            self._desk.alert(query, texts["answer.not_found"])
            return
        if chat.type != Chat.PRIVATE:  # a press that was made up: where several read, files have their own way
            self._desk.send_away(query, file_link(link_id, kind, press.capture_id, self._desk.setting(texts)))
            return
        payload: dict[str, object] = {
            "of_chat": chat.id, "link_id": link_id, "kind": kind, "capture_id": press.capture_id,
        }  # fmt: skip
        if message:
            payload |= {"reply_to": message.message_id, "thread_id": _thread(query)}
        await outbox.document(chat.id, payload)
        self._desk.answer(query, texts["answer.coming"])

    async def _show(self, query: CallbackQuery, number: int, texts: Words) -> None:
        message = query.message
        if message is None:
            return
        shown = await archive.show(
            message.chat.id,
            number,
            reply_to=message.message_id,
            thread_id=_thread(query),
            language=texts.language,
        )
        if shown is None:
            self._desk.alert(query, texts["list.no_number"].format(number=number))
        else:
            self._desk.answer(query)

    async def _list(self, query: CallbackQuery, press: ListPress, texts: Words) -> None:
        message = query.message
        asked = _asked(press, message if isinstance(message, Message) else None)
        if asked is None or message is None:
            self._desk.alert(query, texts["answer.expired"])
            return
        chat_id = message.chat.id
        if press.action == "pick" and asked.kind != "tags":
            await self._pick(query, chat_id, asked, press.page, texts)
            return
        self._desk.answer(query)
        if asked.kind == "tags" and press.action == "pick":
            rows = await tags_page(chat_id, asked.query, press.page)
            self._desk.edit_keyboard(query, lists.names_keyboard(rows, asked, texts))
        elif asked.kind == "tags":
            self._desk.edit(query, await tags_answer(chat_id, asked.query, press.page, texts))
        else:
            self._desk.edit(query, await links_answer(chat_id, asked, press.page, texts, _asker(query)))

    async def _pick(self, query: CallbackQuery, chat_id: int, asked: Asked, page: int, texts: Words) -> None:
        """Offers the numbers of a page; the command that the list answers may be another since, and mistaken."""
        try:
            found = await links_page(chat_id, asked, page, _asker(query))
        except Mistake as error:
            self._desk.alert(query, mistake_line(error, texts))
            return
        self._desk.answer(query)
        self._desk.edit_keyboard(query, lists.numbers_keyboard(found, asked, texts))


def _turns(press: Press) -> bool:
    """Whether a press changes what all see who see the message. What it does to a link has rights of its own."""
    if isinstance(press, CardPress):
        return press.action in ("files", "card", "edit")
    return isinstance(press, VersionPress | ShowPress | ListPress)


def _asked(press: ListPress, message: Message | None) -> Asked | None:
    """What the list answers: carried by the button, or else read from the command it is a reply to."""
    if press.query is not None:
        return Asked(press.kind, press.query)
    command = message.reply_to_message if message else None
    query = argument(command) if command else ""
    return Asked(press.kind, query) if query or press.kind == "tags" else None


def _asker(query: CallbackQuery) -> int | None:
    """Who asked for the list: whoever wrote the command that it answers, otherwise who presses."""
    command = query.message.reply_to_message if isinstance(query.message, Message) else None
    return asker_of(command) if command else query.from_user.id


def _thread(query: CallbackQuery) -> int | None:
    return thread_of(query.message) if isinstance(query.message, Message) else None
