"""Text for Telegram as data: pieces in lines, measured as Telegram measures, turned into its HTML at the end."""

from __future__ import annotations

import html
import re
import string
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import ada_url

TEXT_UNITS = 4096
CAPTION_UNITS = 1024
TITLE_CHARACTERS = 120
MAX_LINKED_URL = 1000
"""Telegram limits the size of all entities of a message together; a longer address is shown without its link."""

MAX_LINKED_URLS = 6000
"""Of all addresses of one message together."""

ELLIPSIS = "…"
# Bidirectional controls and invisible marks with which a title could disguise what stands beside it.
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffc]")
_JOINERS = "\u200d\ufe0e\ufe0f"
_ACTIVE = re.compile(r"[@/#.:$\\]")


@dataclass(frozen=True)
class Piece:
    """A run of text in one style. A link's text and code hold no mention, command or hashtag for Telegram."""

    text: str
    bold: bool = False
    href: str | None = None
    code: bool = False


Line = tuple[Piece, ...]


def units(text: str) -> int:
    """Length in UTF-16 code units: how Telegram counts."""
    return len(text.encode("utf-16-le", "replace")) // 2


def clean(text: str) -> str:
    """The text in one line, without controls, invisible marks, lone surrogates and runs of spaces."""
    return " ".join(_plain(_INVISIBLE.sub("", text)).split())


def _plain(text: str) -> str:
    """The text without controls and what is no character."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cn", "Co", "Cs") else c for c in text)


def cut(text: str, characters: int) -> str:
    """At most so many characters, the last one an ellipsis when something was left out; no emoji is torn."""
    if len(text) <= characters:
        return text
    head = text[: max(characters - 1, 0)]
    while head and (text[len(head)] in _JOINERS or unicodedata.combining(text[len(head)]) or head[-1] == "\u200d"):
        head = head[:-1]
    return head.rstrip() + ELLIPSIS


def title_piece(title: str, url: str, bold: bool = False, characters: int = TITLE_CHARACTERS) -> Piece:
    """A page's title as a link to the page, so that nothing in it is a mention or a command."""
    text = cut(clean(title), characters) or ELLIPSIS
    href = linkable(url)
    return Piece(text, bold=bold, href=href) if href else Piece(text, code=True)


def linkable(url: str) -> str | None:
    """The address as Telegram takes it for a link, or None: it drops what it cannot read and keeps the bare words."""
    try:
        parsed = ada_url.URL(url)
    except ValueError:
        return None
    href = url if url.isascii() and not set(url) & set(" \t\n\r") else parsed.href
    known = parsed.protocol in ("http:", "https:") and "." in parsed.hostname
    return href if known and len(href) <= MAX_LINKED_URL else None


def inert(text: str, characters: int = 64) -> Piece:
    """A name that somebody chose: plain when Telegram would see nothing in it, otherwise as code."""
    text = cut(clean(text), characters) or ELLIPSIS
    return Piece(text, code=bool(_ACTIVE.search(text)))


_NOTICED = re.compile(r"(?<=[@/#$.:\\])(?=\w)")
_MARK = "\u2060"


def quiet(text: str, after: str = "") -> str:
    """Words of others in running text: one line, in which Telegram sees no mention, command, hashtag or link.

    An invisible mark stands where one would begin; code, as for names, would not read well within a sentence.
    `after` is what stands before it, in another piece: an `@` there and a name here are a mention as well.
    """
    shown = _NOTICED.sub(_MARK, _plain(_INVISIBLE.sub("", text)))
    return _MARK + shown if _NOTICED.search(after[-1:] + shown[:1]) else shown


def tag_piece(name: str) -> Piece:
    """`#name` where Telegram makes it a hashtag, otherwise as code."""
    name = cut(clean(name), TITLE_CHARACTERS)
    is_hashtag = bool(re.fullmatch(r"\w{1,256}", name)) and any(c.isalpha() for c in name)
    return Piece(f"#{name}", code=not is_hashtag)


def phrase(template: str, **values: str | int | Piece | Iterable[Piece]) -> Line:
    """Fills a template's placeholders with pieces: `phrase("by {name}", name=inert("@x"))`."""
    pieces: list[Piece] = []
    for literal, name, _, _ in string.Formatter().parse(template):
        if literal:
            pieces.append(Piece(literal))
        if name is not None:
            value = values[name]
            if isinstance(value, Piece):
                pieces.append(value)
            elif isinstance(value, str | int):
                pieces.append(Piece(str(value)))
            else:
                pieces.extend(value)
    return tuple(pieces)


def joined(pieces: Iterable[Piece], separator: str) -> Line:
    """The pieces with the separator between them."""
    line: list[Piece] = []
    for piece in pieces:
        if line:
            line.append(Piece(separator))
        line.append(piece)
    return tuple(line)


def line_units(line: Line) -> int:
    """Length of a line as Telegram counts it, without markup."""
    return sum(units(piece.text) for piece in line)


def fit(lines: Sequence[Line], limit: int) -> list[Line]:
    """As many of the lines as the limit allows (UTF-16 units, line ends included); the last one is cut short."""
    kept: list[Line] = []
    room = limit
    for number, line in enumerate(lines):
        more = number + 1 < len(lines)
        needed = line_units(line) + (1 if kept else 0)
        reserve = 2 if more else 0  # for a line that says that something is missing
        if needed + reserve <= room:
            kept.append(line)
            room -= needed
            continue
        shortened = _shorten(line, room - reserve - (1 if kept else 0))
        if shortened:
            kept.append(shortened)
        if more:
            kept.append((Piece(ELLIPSIS),))
        break
    return kept


def _shorten(line: Line, room: int) -> Line:
    pieces: list[Piece] = []
    for piece in line:
        size = units(piece.text)
        if size <= room:
            pieces.append(piece)
            room -= size
            continue
        characters = len(piece.text)
        while characters > 1 and units(cut(piece.text, characters)) > room:
            characters -= 1
        text = cut(piece.text, characters)
        if room > 0 and units(text) <= room:
            pieces.append(replace(piece, text=text))
        break
    return tuple(pieces)


def to_html(lines: Iterable[Line]) -> str:
    """The lines in Telegram's HTML. Titles whose addresses a message cannot hold any more become code."""
    room = MAX_LINKED_URLS
    shown: list[str] = []
    for line in lines:
        text = ""
        for piece in line:
            if piece.href:
                room -= len(piece.href)
            text += _piece_html(replace(piece, href=None, code=True) if piece.href and room < 0 else piece)
        shown.append(text)
    return "\n".join(shown)


def _piece_html(piece: Piece) -> str:
    text = html.escape(piece.text, quote=False)
    if not text.strip():
        return text
    if piece.code:
        return f"<code>{text}</code>"
    if piece.href:
        text = f'<a href="{html.escape(piece.href)}">{text}</a>'
    return f"<b>{text}</b>" if piece.bold else text
