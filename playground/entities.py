"""Finds what Telegram itself marks in a text: mentions, commands, hashtags, cashtags, addresses, e-mails, phones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from playground import utf16
from playground.addresses import find_addresses, find_own_schemes
from playground.characters import is_hashtag, is_letter, is_word

_MENTION = re.compile(r"@([A-Za-z0-9_]+)")
_COMMAND = re.compile(r"/([A-Za-z0-9_]+)(?:@([A-Za-z0-9_]*))?")
_HASHTAG_OWNER = re.compile(r"@([A-Za-z0-9_]{3,32})(?![A-Za-z0-9_])")
_CASHTAG = re.compile(r"\$(1INCH|[A-Z]+)")
_PHONE = re.compile(r"\+\d(?:[- ]?\(?\d+\)?){1,6}")
_SHORT_NAMES = {"gif", "vid", "pic"}
HASHTAG_LENGTH = 256
# Which of two that cover the same characters the server names first.
_RANK = {
    "blockquote": 0, "expandable_blockquote": 0, "pre": 10, "code": 20, "text_link": 49, "text_mention": 49,
    "bold": 90, "italic": 91, "underline": 92, "strikethrough": 93, "spoiler": 94, "custom_emoji": 99,
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Entity:
    """A marked part of a text, in indexes of characters, the end not included."""

    start: int
    end: int
    kind: str
    more: dict[str, Any] = field(default_factory=dict, compare=False)
    """What the kind needs: url, user, language, custom_emoji_id."""


def find_entities(text: str) -> list[Entity]:
    """All of them, in order, none within or across another."""
    found: list[Entity] = []
    for kind, find in _FINDERS:
        found += [Entity(start, end, kind) for start, end in find(text)]
    found += [Entity(start, end, kind) for kind, (start, end) in find_addresses(text)]
    found.sort(key=lambda entity: (entity.start, -entity.end))
    kept: list[Entity] = []
    for entity in found:
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
    return kept


def to_json(text: str, entities: list[Entity]) -> list[dict[str, Any]]:
    """As the API shows them, offsets and lengths in UTF-16 code units."""
    at = utf16.offsets(text)
    ordered = sorted(entities, key=lambda entity: (entity.start, -entity.end, _RANK.get(entity.kind, 50)))
    return [{"offset": at[e.start], "length": at[e.end] - at[e.start], "type": e.kind, **e.more} for e in ordered]


def from_json(text: str, entities: list[dict[str, Any]]) -> list[Entity]:
    """The other way round. What points outside the text or into the middle of a character is cut to fit."""
    found = []
    for given in entities:
        start = utf16.index(text, int(given["offset"]))
        end = utf16.index(text, int(given["offset"]) + int(given["length"]))
        more = {name: value for name, value in given.items() if name not in ("type", "offset", "length")}
        if end > start:
            found.append(Entity(start, end, str(given["type"]), more))
    return found


def _word_before(text: str, start: int) -> bool:
    return start > 0 and is_word(text[start - 1])


def _word_after(text: str, end: int) -> bool:
    return end < len(text) and is_word(text[end])


def _mentions(text: str) -> Iterator[tuple[int, int]]:
    for match in _MENTION.finditer(text):
        name = match[1]
        is_name = 4 <= len(name) <= 32 or name.lower() in _SHORT_NAMES
        if is_name and not _word_before(text, match.start()) and not _word_after(text, match.end()):
            yield match.span()


def _commands(text: str) -> Iterator[tuple[int, int]]:
    for match in _COMMAND.finditer(text):
        start, end = match.span()
        name, bot = match.groups()
        if len(name) > 64 or (bot is not None and not 3 <= len(bot) <= 32):
            continue
        if _word_before(text, start) or _word_after(text, end) or text[start - 1 : start] in ("/", "<", ">"):
            continue
        if text[end : end + 1] not in ("/", "<", ">"):
            yield start, end


def _hashtags(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while (start := text.find("#", position)) >= 0:
        position = start + 1
        if start > 0 and is_hashtag(text[start - 1]):
            continue
        end = position
        while end < len(text) and is_hashtag(text[end]):
            end += 1
        position = end
        tag = text[start + 1 : end][:HASHTAG_LENGTH]
        if text[end : end + 1] != "#" and any(map(is_letter, tag)):
            end = start + 1 + len(tag)
            owner = _HASHTAG_OWNER.match(text, end)
            yield start, owner.end() if owner else end


def _cashtags(text: str) -> Iterator[tuple[int, int]]:
    for match in _CASHTAG.finditer(text):
        start, end = match.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        if len(match[1]) <= 8 and not any(ch == "$" or (ch and is_hashtag(ch)) for ch in (before, after)):
            yield start, end


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for match in _PHONE.finditer(text):
        digits = sum(ch.isdigit() for ch in match[0])
        if 8 <= digits <= 15 and not _word_before(text, match.start()) and not _word_after(text, match.end()):
            yield match.span()


_FINDERS: tuple[tuple[str, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("mention", _mentions),
    ("bot_command", _commands),
    ("hashtag", _hashtags),
    ("cashtag", _cashtags),
    ("phone_number", _phones),
    ("url", find_own_schemes),
)
