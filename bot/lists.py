"""What lists and short answers look like. Pure, like bot.cards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from bot.callbacks import ListKind, ListPress, NoPress, ShowPress
from bot.cards import NUMBERS_A_ROW, date_text, host_piece
from bot.markup import TEXT_UNITS, Line, Piece, fit, inert, joined, phrase, tag_piece, title_piece, to_html
from bot.shapes import Button, Keyboard
from bot.words import Words
from storage.records import LinkView, Page, TagCount

ROW_TITLE_CHARACTERS = 80
MAX_QUERY_CHARACTERS = 60
_BETWEEN = re.compile(r"[\s,，、;；]+")
"""People write lists of tags with commas; no hashtag holds one."""


@dataclass(frozen=True)
class Answer:
    """A text with buttons, in HTML."""

    text: str
    keyboard: Keyboard = ()


@dataclass(frozen=True)
class Asked:
    """What a list answers: kind and the query as it was written."""

    kind: ListKind
    query: str


def links_list(page: Page[LinkView], asked: Asked, words: Words, now: datetime) -> Answer:
    """A page of links with its paging buttons; when there are none, what to try instead."""
    if not page.rows:
        return Answer(to_html(fit(_nothing(page, asked, words), TEXT_UNITS)))
    lines = [_heading(page, asked, words)]
    first = (page.page - 1) * 10 + 1
    lines += [_row(first + i, link, words, now) for i, link in enumerate(page.rows)]
    return Answer(to_html(fit(lines, TEXT_UNITS)), _paging(page, asked))


def _heading(page: Page[LinkView], asked: Asked, words: Words) -> Line:
    count = Piece(f" · {words.count('links', page.total)}")
    if asked.kind == "tag":
        return (*joined((tag_piece(name) for name in tag_names(asked.query)), " "), count)
    return (*phrase(words["list.search_title"], query=inert(asked.query, MAX_QUERY_CHARACTERS)), count)


def _row(position: int, link: LinkView, words: Words, now: datetime) -> Line:
    title = title_piece(link.title or link.host, link.url, characters=ROW_TITLE_CHARACTERS)
    date = date_text(link.first_shared_at, now, words)
    return phrase(
        "{position} {title} · {host} · {date} · {number}",
        position=position, title=title, host=host_piece(link.host), date=date, number=link.number,
    )  # fmt: skip


def _nothing(page: Page[LinkView], asked: Asked, words: Words) -> list[Line]:
    if asked.kind == "search":
        return [phrase(words["list.none_search"], query=inert(asked.query, MAX_QUERY_CHARACTERS))]
    tags = joined((tag_piece(name) for name in tag_names(asked.query)), " ")
    line = phrase(words["list.none_tags"], tags=tags)
    if page.suggestions:
        near = joined((_counted(name, count, words) for name, count in page.suggestions[:3]), words["row.comma"])
        hint = phrase(words["list.did_you_mean"], tags=near)
    else:
        hint = phrase(words["list.see_tags"])
    return [(*line, Piece(words["row.space"]), *hint)]


def _counted(name: str, count: int, words: Words) -> Piece:
    piece = tag_piece(name)
    brackets = f" ({count})" if words.language == "en" else f"（{count}）"
    return Piece(piece.text + brackets, code=piece.code)


def _paging(page: Page[LinkView] | Page[TagCount], asked: Asked) -> Keyboard:
    """`‹ 1/3 ›`; a list of links on one page keeps the middle one, which offers the numbers."""
    if page.pages <= 1 and asked.kind == "tags":
        return ()

    def turn(label: str, to: int) -> Button:
        return Button(label, ListPress("page", asked.kind, to, asked.query))

    middle = ListPress("pick", asked.kind, page.page, asked.query)
    row = [Button(f"{page.page}/{page.pages}", NoPress() if asked.kind == "tags" else middle)]
    if page.page > 1:
        row.insert(0, turn("‹", page.page - 1))
    if page.page < page.pages:
        row.append(turn("›", page.page + 1))
    return (tuple(row),)


def numbers_keyboard(page: Page[LinkView], asked: Asked, words: Words) -> Keyboard:
    """The numbers of a page's links to choose from, in the place of its paging buttons."""
    buttons = [Button(str(link.number), ShowPress(link.number)) for link in page.rows]
    rows = [tuple(buttons[i : i + NUMBERS_A_ROW]) for i in range(0, len(buttons), NUMBERS_A_ROW)]
    return (*rows, (Button(words["button.back"], ListPress("page", asked.kind, page.page, asked.query)),))


def tags_list(page: Page[TagCount], prefix: str, words: Words) -> Answer:
    """`#reading 23 · #foxes 9 · …`, by use."""
    if not page.rows:
        if not prefix:
            return Answer(to_html([phrase(words["list.no_tags"])]))
        return Answer(to_html([phrase(words["list.no_tags_prefix"], tags=tag_piece(prefix))]))
    line = tag_counts(page.rows)
    return Answer(to_html(fit([line], TEXT_UNITS)), _paging(page, Asked("tags", prefix)))


def tag_counts(tags: tuple[TagCount, ...]) -> Line:
    """Tags with how many links carry each."""
    line: list[Piece] = []
    for tag in tags:
        line += [Piece(" · ")] if line else []
        line += [tag_piece(tag.name), Piece(f" {tag.count}")]
    return tuple(line)


def tag_usage(used: tuple[TagCount, ...], words: Words) -> Answer:
    """What `/tag` without a name says: how it goes, and the tags used most."""
    lines: list[Line] = [phrase(words["usage.tag"])]
    if used:
        lines.append(phrase(words["list.used_most"], tags=tag_counts(used)))
    return Answer(to_html(fit(lines, TEXT_UNITS)))


def plain(text: str, **values: str | int | Piece) -> Answer:
    """One of our sentences with its placeholders filled in."""
    return Answer(to_html(fit([phrase(line, **values) for line in text.strip("\n").split("\n")], TEXT_UNITS)))


def welcome(words: Words) -> Answer:
    """`/start` in private: what it does, one example, what a group needs."""
    text = words["start.private"].strip("\n")
    lines: list[Line] = [phrase(line) for line in text.split("\n")]
    lines += [(), phrase(words["start.try_it"], example=Piece(words["start.example"], code=True))]
    return Answer(to_html([*lines, (), phrase(words["start.private_end"])]))


def tag_names(query: str) -> list[str]:
    """The names in a query, without `#`, quotes taken off."""
    return [name for name in (part.lstrip("#＃").strip() for part in _parts(query)) if name]


def _parts(query: str) -> list[str]:
    parts: list[str] = []
    quoted = False
    for piece in query.replace("“", '"').replace("”", '"').split('"'):
        parts += [piece] if quoted else _BETWEEN.split(piece)
        quoted = not quoted
    return parts
