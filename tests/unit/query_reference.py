"""What a query means, written a second time and as plainly as can be: to hold the real one against."""

from __future__ import annotations

from dataclasses import dataclass

from storage.query import All, By, Either, Host, Is, Node, Not, Since, Tag, Text, Until
from storage.tokens import needle, spaced


@dataclass(frozen=True)
class Kept:
    """A link as far as a query asks about it."""

    tags: frozenset[str]
    text: str = ""


def matches(node: Node, link: Kept) -> bool:
    """Whether the link is one of those that the node asks for."""
    match node:
        case Not(inner):
            return not matches(inner, link)
        case All(nodes):
            return all(matches(inner, link) for inner in nodes)
        case Either(nodes):
            return any(matches(inner, link) for inner in nodes)
        case Tag(key, _, below):
            return key in link.tags or (below and any(tag.startswith(f"{key}/") for tag in link.tags))
        case Text(words, phrase):
            return _has(words, phrase, spaced(link.text))
        case Host() | By() | Since() | Until() | Is():
            raise NotImplementedError("the reference knows tags and words only")


def _has(words: str, phrase: bool, text: str) -> bool:
    if phrase:
        return needle(words) in text
    runs = spaced(words).split()
    # A word is found by its beginning, one of two letters only whole, a Chinese run anywhere.
    return all(run in text if not run.isascii() else f" {run}{' ' if len(run) < 3 else ''}" in text for run in runs)
