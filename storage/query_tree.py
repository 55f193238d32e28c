"""A query as a small tree, and what is wrong with one that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Bare = Literal["tag", "word"]
"""What a name without `#` is."""

Span = tuple[int, int]

_BEHIND = frozenset(("or_end", "not_end", "host_value", "by_value", "by_unknown", "is_value", "date"))


@dataclass(frozen=True)
class Tag:
    """A tag; with `below`, also every one that begins with it and a slash."""

    key: str
    name: str = field(compare=False)
    below: bool = False


@dataclass(frozen=True)
class Text:
    """A word that is looked for by its beginning, or a phrase that must stand there as it is."""

    words: str
    phrase: bool = False


@dataclass(frozen=True)
class Host:
    """Links of a site, those of its subdomains included."""

    host: str


@dataclass(frozen=True)
class By:
    """Links that somebody has shared: `me`, `@name`, or (a part of) a name."""

    name: str
    span: tuple[int, int] = field(compare=False)
    """Where it stands in the query."""


@dataclass(frozen=True)
class Since:
    """Links first shared at that time or later."""

    time: datetime


@dataclass(frozen=True)
class Until:
    """Links first shared before that time."""

    time: datetime


@dataclass(frozen=True)
class Is:
    """Links whose page was kept so; one of the values of KINDS."""

    kind: str


@dataclass(frozen=True)
class Not:
    """What the node does not match."""

    node: Node


@dataclass(frozen=True)
class All:
    """What every node matches; there are two or more."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Either:
    """What at least one node matches; there are two or more."""

    nodes: tuple[Node, ...]


Leaf = Tag | Text | Host | By | Since | Until | Is
Node = Leaf | Not | All | Either


@dataclass(frozen=True)
class Query:
    """A query as it was written and what it means."""

    text: str
    tree: Node

    def leaves(self) -> Iterator[tuple[Leaf, bool]]:
        """Every leaf, and whether it is wanted rather than excluded."""
        return _leaves(self.tree, True)

    def plain_tags(self) -> tuple[Tag, ...]:
        """The tags, when the query asks for nothing but all of them; otherwise nothing."""
        nodes = self.tree.nodes if isinstance(self.tree, All) else (self.tree,)
        tags = tuple(node for node in nodes if isinstance(node, Tag))
        return tags if len(tags) == len(nodes) else ()


def _leaves(node: Node, wanted: bool) -> Iterator[tuple[Leaf, bool]]:
    match node:
        case Not(inner):
            yield from _leaves(inner, not wanted)
        case All(nodes) | Either(nodes):
            for inner in nodes:
                yield from _leaves(inner, wanted)
        case _:
            yield node, wanted


class Mistake(ValueError):
    """A query that cannot be read."""

    def __init__(self, code: str, text: str, start: int, end: int | None = None) -> None:
        """`code` says what was expected (a key of the texts); `start` to `end` is what stands there and is wrong."""
        super().__init__(f"{code} at {start}")
        self.code = code
        self.text = text
        self.start = start
        self.end = start if end is None else end

    @property
    def place(self) -> int:
        """Where something was expected: behind an operator that lacks it, otherwise before what stands there."""
        return self.end if self.code in _BEHIND else self.start

    @property
    def found(self) -> str:
        """What stands at the place."""
        return self.text[self.start : self.end]
