"""The captures of a link: listed in the place of its card's buttons, each to be opened as a card of its own."""

from __future__ import annotations

from telegram import CallbackQuery, Chat, Message

from bot import verdicts
from bot.callbacks import CardPress, VersionPress
from bot.card_lines import Setting, date_text
from bot.desk import Desk
from bot.intake import thread_of
from bot.shapes import Button, Keyboard, in_rows
from bot.words import Words
from storage import archive
from storage.archive import Version


def versions_keyboard(versions: list[Version], press: VersionPress, setting: Setting) -> Keyboard:
    """A button for each capture, two a row, the newest first; those that came to nothing say so."""
    buttons = [
        Button(_label(version, setting), VersionPress(press.link_id, press.card_id, version.capture_id))
        for version in versions
    ]
    rows = in_rows(buttons, 2)
    return (*rows, (Button(setting.words["button.back"], CardPress("card", press.link_id, press.card_id)),))


def _label(version: Version, setting: Setting) -> str:
    good = version.verdict in verdicts.GOOD
    mark = "✓" if good else "~" if version.shows else "✗"
    return f"{mark} {date_text(version.ended_at, setting.now, setting.words)} {version.ended_at:%H:%M}"


class Versions:
    """Handles the presses."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def press(self, query: CallbackQuery, chat: Chat, press: VersionPress, texts: Words) -> None:
        """Lists the captures, or opens the one that was chosen."""
        if press.capture_id:
            await self._open(query, chat, press, texts)
            return
        found = await archive.versions(chat.id, press.link_id)
        if not found:
            self._desk.alert(query, texts["answer.not_found"])
            return
        self._desk.answer(query)
        self._desk.edit_keyboard(query, versions_keyboard(found, press, self._desk.setting(texts)))

    async def _open(self, query: CallbackQuery, chat: Chat, press: VersionPress, texts: Words) -> None:
        message = query.message
        shown = await archive.show_version(
            chat.id,
            press.link_id,
            press.capture_id,
            reply_to=message.message_id if message else None,
            thread_id=thread_of(message) if isinstance(message, Message) else None,
            language=texts.language,
        )
        self._desk.alert(query, "" if shown else texts["answer.not_found"])
