"""Which links a reply is about."""

from __future__ import annotations

import re

from telegram import InlineKeyboardButton, Message

from bot.callbacks import CardPress, FilePress, ShowPress, Unreadable, VersionPress, unpack
from storage import archive
from storage.records import LinkView

_ROW = re.compile(r"[✓✗] .* · (?P<number>[0-9]{1,9})")
"""A line of a card of several links, as it stands below its picture; see `row` in the locales."""


async def links_replied_to(message: Message) -> list[LinkView]:
    """The links of the card or message that this one replies to; deleted ones and other chats' are left out."""
    original = message.reply_to_message
    if original is None:
        return []
    found = await archive.links_of_message(message.chat_id, original.message_id)
    # A reply can come before it is noted which message the card is; its buttons name its links as well. So do the
    # words below a picture, of which nothing is noted where a try to send its album broke off.
    return found or await _by_buttons(message.chat_id, original) or await _by_caption(message.chat_id, original)


async def is_ours(message: Message | None) -> bool:
    """Whether it is a card, or stands below one: without any link (any more), when these were deleted."""
    return message is not None and await archive.card_of(message.chat_id, message.message_id) is not None


async def _by_buttons(chat_id: int, original: Message) -> list[LinkView]:
    rows = original.reply_markup.inline_keyboard if original.reply_markup else ()
    found: dict[int, LinkView] = {}
    for button in (button for row in rows for button in row):
        link = await _named(chat_id, button)
        if link is not None and link.deleted_by is None:
            found[link.link_id] = link
    return list(found.values())


async def _by_caption(chat_id: int, original: Message) -> list[LinkView]:
    """The link whose picture of an album it is; whoever writes the same words below a picture of theirs means none."""
    row = _ROW.fullmatch(original.caption or "") if original.photo else None
    if row is None or original.from_user is None or original.from_user.id != original.get_bot().id:
        return []
    link = await archive.numbered(chat_id, int(row["number"]))
    return [link] if link else []


async def _named(chat_id: int, button: InlineKeyboardButton) -> LinkView | None:
    try:
        press = unpack(button.callback_data) if isinstance(button.callback_data, str) else None
    except Unreadable:
        return None
    match press:
        case CardPress(_, link_id) | FilePress(link_id) | VersionPress(link_id):
            return await archive.link(chat_id, link_id)
        case ShowPress(number):
            return await archive.numbered(chat_id, number)
    return None
