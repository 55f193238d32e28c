"""The lines that cards and lists are made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.markup import (
    Line,
    Piece,
    clean,
    cut,
    inert,
    joined,
    phrase,
    tag_piece,
)
from bot.words import Words
from storage.records import IntakeNote, LinkView

MAX_TAGS = 30
HOST_CHARACTERS = 80
MAX_LINKS = 20
MAX_URL_CHARACTERS = 2048
NOTE_CHARACTERS = 300


@dataclass(frozen=True)
class Setting:
    """What rendering needs besides the card itself."""

    words: Words
    bot_username: str
    now: datetime
    makes_pdfs: bool = False
    """A PDF is offered before it is there."""


def title_of(link: LinkView) -> str:
    """What a link is called: as somebody called it, or as its page does."""
    return link.given_title or (link.capture and link.capture.title) or link.title or link.host


def tag_line(tags: tuple[str, ...]) -> Line:
    """`#foxes #reading`, of very many the first and how many more there are; empty when there are none."""
    shown = [tag_piece(tag) for tag in tags[:MAX_TAGS]]
    return joined([*shown, Piece(f"+{len(tags) - MAX_TAGS}")] if len(tags) > MAX_TAGS else shown, " ")


def note_line(link: LinkView) -> Line:
    """What somebody noted on the link; empty when nobody did."""
    return (inert(link.note, NOTE_CHARACTERS),) if link.note else ()


def note_lines(notes: tuple[IntakeNote, ...], words: Words) -> list[Line]:
    """A sentence for everything that was not kept, or kept differently."""
    lines: list[Line] = []
    for note in notes:
        if note.code in ("quota_links", "quota_none"):
            lines.append(_quota_line(note, words))
        elif note.code != "too_many":
            value = inert(note.value, 100)
            lines.append(phrase(words[f"note.{note.code}"], value=value, max=MAX_URL_CHARACTERS))
    left_out = [inert(note.value, 100) for note in notes if note.code == "too_many"]
    if left_out:
        lines.append(phrase(words["note.too_many"], max=MAX_LINKS, rest=joined(left_out, words["row.comma"])))
    return lines


def _quota_line(note: IntakeNote, words: Words) -> Line:
    """How many links were not kept, and when there is room again."""
    count, *limits = note.value.split()
    values = dict(zip(("max", "time"), limits, strict=False))
    if "T" in values.get("time", ""):
        # The day as well: it mostly is tomorrow, at the time of day that it is now.
        free_at = datetime.fromisoformat(values["time"])
        values["time"] = words["date.moment"].format(day=date_text(free_at, free_at, words), time=f"{free_at:%H:%M}")
    return phrase(words[f"note.{note.code}"], links=words.count("links", int(count)), **values)


def host_piece(host: str) -> Piece:
    """A host for people: never more than fits a line."""
    return Piece(cut(clean(host), HOST_CHARACTERS) or "?")


def date_text(when: datetime, now: datetime, words: Words) -> str:
    """`3 Nov`, with the year when it is another one."""
    month = words["date.months"].split()[when.month - 1]
    key = "date.day" if when.year == now.year else "date.day_year"
    return words[key].format(day=when.day, month=month, year=when.year)
