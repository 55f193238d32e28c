"""What a link looks like among the results of an inline query. Pure, like bot.cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.card_lines import date_text, host_piece
from bot.markup import (
    CAPTION_UNITS,
    ELLIPSIS,
    TEXT_UNITS,
    TITLE_CHARACTERS,
    Line,
    clean,
    cut,
    fit,
    linkable,
    title_piece,
    to_html,
)
from bot.words import Words
from storage.records import LinkView


@dataclass(frozen=True)
class InlineRow:
    """A link among the results of an inline query, and what is sent when it is chosen."""

    title: str
    description: str
    text: str
    """HTML, for a message."""
    caption: str
    """HTML, below the picture."""
    address: str | None
    """Of which Telegram may show a preview."""


def inline_row(link: LinkView, words: Words, now: datetime) -> InlineRow:
    """A link as one of the results. What is sent says what the page is and nothing of who keeps it."""
    context = clean("".join(text for text, _ in link.context))
    facts = [link.host, date_text(link.first_shared_at, now, words), *(f"#{tag}" for tag in link.tags[:3])]
    description = cut(" · ".join(clean(fact) for fact in facts) + (f"\n{context}" if context else ""), 200)
    title = title_piece(link.title or link.host, link.url, bold=True)
    lines: list[Line] = [(title,), (host_piece(link.host),)]
    return InlineRow(
        cut(clean(link.title or link.host), TITLE_CHARACTERS) or ELLIPSIS,
        description,
        to_html(fit(lines, TEXT_UNITS)),
        to_html(fit(lines, CAPTION_UNITS)),
        linkable(link.url),
    )
