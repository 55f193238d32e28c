"""Lengths and offsets as Telegram counts them: in UTF-16 code units."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate


def length(text: str) -> int:
    """The number of UTF-16 code units."""
    return len(text) + sum(ch > "\uffff" for ch in text)


def offsets(text: str) -> Sequence[int]:
    """For every index of the text, its end included, the offset in UTF-16 code units."""
    return list(accumulate((1 + (ch > "\uffff") for ch in text), initial=0))


def index(text: str, offset: int) -> int:
    """The index of the character that holds the offset; the text's length when it lies behind."""
    units = 0
    for position, ch in enumerate(text):
        if units >= offset:
            return position
        units += 1 + (ch > "\uffff")
    return len(text)


def cut(text: str, offset: int, count: int) -> str:
    """The part of the text that an entity covers."""
    return text[index(text, offset) : index(text, offset + count)]
