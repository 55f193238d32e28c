"""What is said to a query that cannot be read: what it lacks, where, and how such a one goes. Pure, like bot.cards."""

from __future__ import annotations

from collections.abc import Sequence

from bot.callbacks import ListPress, carries
from bot.lists import MAX_QUERY_CHARACTERS, Answer, Asked, label_of, written
from bot.markup import ELLIPSIS, TEXT_UNITS, TITLE_CHARACTERS, Piece, clean, cut, fit, inert, phrase, to_html
from bot.shapes import Button
from bot.words import Words
from storage.query import MAX_CHARS, MAX_DEPTH, MAX_TERMS, Mistake
from storage.records import TagCount

EXAMPLE_NAMES = 3
MAX_BUTTON_CHARACTERS = 60
PLACE = "▮"
EXAMPLES = {
    "or_end": "or", "or_start": "or", "not_end": "not", "bracket_open": "brackets", "bracket_close": "brackets",
    "brackets_empty": "brackets", "quote": "quote", "name": "name", "host_value": "host", "by_value": "by",
    "by_unknown": "by", "is_value": "is", "date": "date",
}  # fmt: skip
"""Which example answers which mistake."""


def mistake(found: Mistake, better: str, asked: Asked, used: Sequence[TagCount], words: Words) -> Answer:
    """What a query lacks and where, and how such a query goes; the mended one can be pressed."""
    thing = words["query.thing_tag" if asked.bare == "tag" else "query.thing_word"]
    values: dict[str, str | int | Piece] = {
        "thing": thing,
        "found": inert(found.found.strip() or PLACE),
        "max": _limit(found.code),
    }
    line = (*phrase(words[f"query.{found.code}"], **values), Piece(words["query.colon"]), _place(found, asked))
    names = [tag.name for tag in used] if asked.bare == "tag" else []
    names = [written(name) for name in names] + words["query.names"].split()
    example = words[f"example.{EXAMPLES.get(found.code, 'and')}"].format(a=names[0], b=names[1], c=names[2])
    shown = Piece(f"/{asked.kind} {cut(clean(example), TITLE_CHARACTERS)}", code=True)
    press = ListPress("page", asked.kind, 1, better)
    keyboard = ((Button(label_of(better), press),),) if better and carries(press) else ()
    return Answer(to_html(fit([line, phrase(words["query.for_example"], example=shown)], TEXT_UNITS)), keyboard)


def mistake_line(found: Mistake, words: Words) -> str:
    """What a query lacks, for where there is room for a few words only."""
    there = inert(found.found.strip() or PLACE)
    thing = words["query.thing_word"]
    pieces = phrase(words[f"query.{found.code}"], thing=thing, found=there, max=_limit(found.code))
    return cut("".join(piece.text for piece in pieces), MAX_BUTTON_CHARACTERS)


def _place(found: Mistake, asked: Asked) -> Piece:
    before, after = found.text[: found.place], found.text[found.place :]
    if found.code in ("or_end", "not_end") and not before.endswith(" "):
        before += " "
    before = before if len(before) <= MAX_QUERY_CHARACTERS else ELLIPSIS + before[-MAX_QUERY_CHARACTERS:]
    return Piece(clean(f"/{asked.kind} {before}{PLACE}{after[:MAX_QUERY_CHARACTERS]}"), code=True)


def _limit(code: str) -> int:
    return {"too_long": MAX_CHARS, "too_many": MAX_TERMS}.get(code, MAX_DEPTH)
