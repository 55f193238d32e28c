"""Commands that find links again: `/tag`, `/tags`, `/search`. Lists are read anew for every page."""

from __future__ import annotations

from datetime import UTC, datetime

from telegram import Message, Update
from telegram.ext import ContextTypes

from bot import lists
from bot.commands import argument
from bot.desk import Desk
from bot.lists import Answer, Asked
from bot.mistakes import EXAMPLE_NAMES, mistake
from bot.words import Words
from storage import search, tags
from storage.query import Mistake, mended
from storage.records import LinkView, Page, TagCount

Context = ContextTypes.DEFAULT_TYPE
LINKS_A_PAGE = 10
TAGS_A_PAGE = 30


async def links_answer(chat_id: int, asked: Asked, page: int, texts: Words, asker_id: int | None) -> Answer:
    """A page of the links that were asked for, or where the query is mistaken."""
    try:
        found = await links_page(chat_id, asked, page, asker_id)
    except Mistake as error:
        used = await tags.list_tags(chat_id, "", 1, EXAMPLE_NAMES)
        return mistake(error, mended(error, asked.bare), asked, used.rows, texts)
    return lists.links_list(found, asked, texts, datetime.now(UTC))


async def links_page(chat_id: int, asked: Asked, page: int, asker_id: int | None) -> Page[LinkView]:
    """The rows behind a list. Raises Mistake."""
    return await search.search(chat_id, asked.query, page, LINKS_A_PAGE, bare=asked.bare, asker_id=asker_id)


async def tags_answer(chat_id: int, prefix: str, page: int, texts: Words) -> Answer:
    """A page of the chat's tags."""
    return lists.tags_list(await tags_page(chat_id, prefix, page), lists.prefix_of(prefix), texts)


async def tags_page(chat_id: int, prefix: str, page: int) -> Page[TagCount]:
    """The rows behind a list of tags."""
    return await tags.list_tags(chat_id, lists.prefix_of(prefix), page, TAGS_A_PAGE)


def asker_of(message: Message) -> int | None:
    """Who `by:me` is: whoever wrote the command, if it was a person."""
    return message.from_user.id if message.from_user and not message.sender_chat else None


class Finding:
    """The handlers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def tag(self, update: Update, context: Context) -> None:
        """`/tag a b`: links by their tags."""
        message = update.effective_message
        if message is None:
            return
        texts = await self._words(message)
        if argument(message):
            await self._links(message, "tag", texts)
        else:
            used = await tags.list_tags(message.chat_id, "", 1, TAGS_A_PAGE)
            await self._desk.reply(message, lists.tag_usage(used.rows, texts))

    async def tags(self, update: Update, context: Context) -> None:
        """`/tags [prefix]`: the chat's tags, by use."""
        message = update.effective_message
        if message:
            texts = await self._words(message)
            await self._desk.reply(message, await tags_answer(message.chat_id, argument(message), 1, texts))

    async def search(self, update: Update, context: Context) -> None:
        """`/search words`."""
        message = update.effective_message
        if message is None:
            return
        texts = await self._words(message)
        if argument(message):
            await self._links(message, "search", texts)
        else:
            await self._desk.reply(message, lists.plain(texts["usage.search"]))

    async def _links(self, message: Message, kind: lists.LinksKind, texts: Words) -> None:
        asked = Asked(kind, argument(message))
        await self._desk.reply(message, await links_answer(message.chat_id, asked, 1, texts, asker_of(message)))

    async def _words(self, message: Message) -> Words:
        return await self._desk.words_for(message.chat, message.from_user)
