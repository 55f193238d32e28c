"""`@bot words` in any chat: what the person's own chats have kept, for that person alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from telegram import (
    InlineQuery,
    InlineQueryResult,
    InlineQueryResultArticle,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
    Update,
)
from telegram.constants import ParseMode

from bot.access import MembershipUnknown
from bot.background import Call
from bot.commands import Context
from bot.desk import Desk
from bot.inline_rows import inline_row
from bot.mistakes import mistake_line
from bot.words import Words, words
from storage import memberships, outbox, search_across
from storage.query import MAX_CHARS, Mistake, parse
from storage.records import LinkView
from storage.search_across import Across

RESULTS_A_PAGE = 20
CACHE_S = 5
"""Telegram keeps an answer for the person so long: who is thrown out of a chat sees nothing of it after that."""

START = "inline"
"""What `/start` is given by the button above the results; it says the first words."""


class Inline:
    """Answers inline queries. Whoever is in no chat with an archive gets a button to begin, and nothing else."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def answer(self, update: Update, context: Context) -> None:
        """One page of results, with the place of the next one."""
        asked = update.inline_query
        if asked is None:
            return
        texts = words(self._desk.language_of(asked.from_user))
        chats = await self._chats(asked.from_user.id)
        if not chats:
            self._give(asked, [], texts["inline.start"])
            return
        page = int(asked.offset) if asked.offset.isascii() and asked.offset.isdigit() and len(asked.offset) < 4 else 1
        try:
            found = await self._find(chats, asked, page)
        except Mistake as mistake:
            self._give(asked, [], mistake_line(mistake, texts))
            return
        results = [await self._result(link, texts) for link in found.rows]
        nothing = texts["inline.nothing"] if not results and page == 1 else ""
        self._give(asked, results, nothing, str(page + 1) if found.more else "")

    async def _find(self, chats: list[int], asked: InlineQuery, page: int) -> Across:
        text = asked.query.strip()[:MAX_CHARS]
        query = parse(text, "word") if text else None
        return await search_across.find_among(
            chats, query, asker_id=asked.from_user.id, page=page, per_page=RESULTS_A_PAGE
        )

    async def _chats(self, person_id: int) -> list[int]:
        """The chats that we serve and Telegram says this person is in; one that it does not answer for is left out."""
        candidates = await memberships.chats(person_id)
        inside = await asyncio.gather(*(self._is_inside(chat_id, person_id) for chat_id in candidates))
        return [chat_id for chat_id, is_inside in zip(candidates, inside, strict=True) if is_inside]

    async def _is_inside(self, chat_id: int, person_id: int) -> bool:
        desk = self._desk
        try:
            return await desk.access.serves(chat_id, person_id) and await desk.membership.is_member(chat_id, person_id)
        except MembershipUnknown:
            return False

    async def _result(self, link: LinkView, texts: Words) -> InlineQueryResult:
        """The picture of the page where Telegram has it already, otherwise its title; what is sent names no chat."""
        shown = inline_row(link, texts, datetime.now(UTC))
        preview = link.capture.artifact("preview") if link.capture else None
        photo = await outbox.file_id(preview.blob.sha256, "photo") if preview else None
        if photo:
            return InlineQueryResultCachedPhoto(
                str(link.link_id), photo, title=shown.title, description=shown.description,
                caption=shown.caption, parse_mode=ParseMode.HTML,
            )  # fmt: skip
        content = InputTextMessageContent(
            shown.text, parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(url=shown.address)
        )
        return InlineQueryResultArticle(str(link.link_id), shown.title, content, description=shown.description)

    def _give(self, asked: InlineQuery, results: list[InlineQueryResult], button: str, next_offset: str = "") -> None:
        above = InlineQueryResultsButton(button, start_parameter=START) if button else None
        call = Call(asked.answer, results, cache_time=CACHE_S, is_personal=True, next_offset=next_offset, button=above)
        self._desk.background.start("the answer to an inline query", call)
