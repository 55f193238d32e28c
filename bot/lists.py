"""What lists and short answers look like. Pure, like bot.cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.callbacks import ListKind, ListPress, ShowPress, carries
from bot.card_buttons import NUMBERS_A_ROW
from bot.card_lines import date_text, host_piece
from bot.markup import (
    ELLIPSIS,
    TEXT_UNITS,
    Line,
    Piece,
    clean,
    cut,
    fit,
    inert,
    joined,
    phrase,
    quiet,
    tag_piece,
    title_piece,
    to_html,
)
from bot.shapes import Button, Keyboard, in_rows
from bot.words import Words
from storage.query import Bare, Mistake, Tag, parse
from storage.records import LinkView, Page, TagCount
from storage.tagging import tag_key

ROW_TITLE_CHARACTERS = 80
MAX_QUERY_CHARACTERS = 60
MAX_LABEL_CHARACTERS = 30
MAX_CONTEXT_CHARACTERS = 200
NAMES_A_ROW = 3
LinksKind = Literal["tag", "search"]


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

    @property
    def bare(self) -> Bare:
        """What a name without `#` is in the query."""
        return "word" if self.kind == "search" else "tag"

    @property
    def command(self) -> str:
        """The command that asks for it, as it is written."""
        return f"/{self.kind} {self.query}"


def links_list(page: Page[LinkView], asked: Asked, words: Words, now: datetime) -> Answer:
    """A page of links with its paging buttons; when there are none, what to try instead."""
    if not page.rows:
        return Answer(to_html(fit(_nothing(page, asked, words), TEXT_UNITS)), _near(page))
    lines = [_heading(page, asked, words)]
    first = (page.page - 1) * 10 + 1
    for i, link in enumerate(page.rows):
        lines.append(_row(first + i, link, words, now))
        lines += [_context(link)] if link.context else []
    return Answer(to_html(fit(lines, TEXT_UNITS)), _paging(page, asked))


def _heading(page: Page[LinkView], asked: Asked, words: Words) -> Line:
    count = Piece(f" · {words.count('more_links' if page.more else 'links', page.total)}")
    return (*_asked_for(asked, words), count)


def _asked_for(asked: Asked, words: Words) -> Line:
    """The tags as tags; any other query as it was written."""
    names = plain_names(asked)
    if names:
        return joined((tag_piece(name) for name in names), " ")
    query = inert(asked.query, MAX_QUERY_CHARACTERS)
    return (query,) if asked.kind == "tag" else phrase(words["list.search_title"], query=query)


def plain_names(asked: Asked) -> list[str]:
    """The names of a `/tag` that asks for nothing but all of them."""
    try:
        tags = parse(asked.query, "tag").plain_tags() if asked.kind == "tag" else ()
    except Mistake:
        return []
    return [f"{tag.name}/" if tag.below else tag.name for tag in tags]


def _context(link: LinkView) -> Line:
    """Where the words were found. In it nothing is a mention, a command or a link."""
    pieces = [Piece("    ")]
    room = MAX_CONTEXT_CHARACTERS
    for text, hit in link.context:
        shown = quiet(text, after=pieces[-1].text)[:room]
        room -= len(shown)
        pieces += [Piece(shown, bold=hit)] if shown else []
    return tuple(pieces)


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
    line = phrase(words["list.none_tags"], tags=_asked_for(asked, words))
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


def _near(page: Page[LinkView]) -> Keyboard:
    """The near names to press."""
    presses = [(name, ListPress("page", "tag", 1, written(name))) for name, _ in page.suggestions]
    return tuple((Button(label_of(f"#{name}"), press),) for name, press in presses if carries(press))


def written(name: str) -> str:
    """A tag's name as a query that asks for it."""
    try:
        tree = parse(name, "tag").tree
    except Mistake:
        tree = None
    return name if tree == Tag(tag_key(name), name) else f'#"{name}"'


def label_of(text: str) -> str:
    return cut(clean(text), MAX_LABEL_CHARACTERS) or ELLIPSIS


def _paging(page: Page[LinkView] | Page[TagCount], asked: Asked) -> Keyboard:
    """`‹ 1/3 ›`; the middle one, which is there for one page as well, offers what is on the page to choose from."""

    def turn(label: str, to: int) -> Button:
        return Button(label, ListPress("page", asked.kind, to, asked.query))

    label = f"{page.page}/{page.pages}" + (" ▾" if asked.kind == "tags" else "")
    row = [Button(label, ListPress("pick", asked.kind, page.page, asked.query))]
    if page.page > 1:
        row.insert(0, turn("‹", page.page - 1))
    if page.page < page.pages:
        row.append(turn("›", page.page + 1))
    return (tuple(row),)


def names_keyboard(page: Page[TagCount], asked: Asked, words: Words) -> Keyboard:
    """The tags of a page to choose from, in the place of its paging buttons."""
    presses = [(tag, ListPress("page", "tag", 1, written(tag.name))) for tag in page.rows]
    buttons = [Button(f"{label_of(f'#{tag.name}')} {tag.count}", press) for tag, press in presses if carries(press)]
    rows = in_rows(buttons, NAMES_A_ROW)
    return (*rows, (Button(words["button.back"], ListPress("page", "tags", page.page, asked.query)),))


def numbers_keyboard(page: Page[LinkView], asked: Asked, words: Words) -> Keyboard:
    """The numbers of a page's links to choose from, in the place of its paging buttons."""
    buttons = [Button(str(link.number), ShowPress(link.number)) for link in page.rows]
    rows = in_rows(buttons, NUMBERS_A_ROW)
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


def offers(title: str, url: str, keyboard: Keyboard) -> Answer:
    """What a link is called, above the buttons for its files."""
    return Answer(to_html([(title_piece(title, url, characters=ROW_TITLE_CHARACTERS),)]), keyboard)


def welcome(words: Words) -> Answer:
    """`/start` in private: what it does, one example, what a group needs."""
    text = words["start.private"].strip("\n")
    lines: list[Line] = [phrase(line) for line in text.split("\n")]
    lines += [(), phrase(words["start.try_it"], example=Piece(words["start.example"], code=True))]
    return Answer(to_html([*lines, (), phrase(words["start.private_end"])]))


def prefix_of(text: str) -> str:
    """The beginning of a name that `/tags` was given, without `#` and quotes."""
    return text.strip().strip('"“”').lstrip("#＃").strip()
