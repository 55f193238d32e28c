"""The grammar in which people ask for links, the same for `/tag`, `/search` and inline: text into a small tree.

    either := all ("or" all)*            all := one+            one := "-" one | "(" either ")" | term
    term   := #name | #"a name" | #name/ | "a phrase" | word | host: by: since: until: is:

A bare name is a tag in `/tag` and a word elsewhere. Chinese punctuation and full-width forms count as their plain
ones. What cannot be read raises Mistake, which knows the place and what was expected there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from storage.query_lexer import Lexer, Token
from storage.query_tree import (
    All,
    Bare,
    By,
    Either,
    Host,
    Is,
    Leaf,
    Mistake,
    Node,
    Not,
    Query,
    Since,
    Tag,
    Text,
    Until,
)

__all__ = [
    "All", "Bare", "By", "Either", "Host", "Is", "Leaf", "Mistake", "Node", "Not", "Query", "Since", "Tag", "Text",
    "Until", "mended", "parse",
]  # fmt: skip

MAX_CHARS = 512
MAX_TERMS = 24
MAX_DEPTH = 10
_VALUE = re.compile(r"\s+[\w@]")
_LACKS_A_VALUE = ("host_value", "by_value", "is_value", "date")


def parse(text: str, bare: Bare) -> Query:
    """Reads a query; raises Mistake."""
    if len(text) > MAX_CHARS:
        raise Mistake("too_long", text, MAX_CHARS, len(text))
    tokens = list(Lexer(text, bare).tokens())
    tree = _Parser(text, tokens).read()
    return Query(text, tree)


def mended(mistake: Mistake, bare: Bare) -> str:
    """A query near the mistaken one that can be read, or nothing."""
    for _ in range(3):
        text = _mend(mistake)
        try:
            return parse(text, bare).text
        except Mistake as another:
            mistake = another
    return ""


def _mend(mistake: Mistake) -> str:
    text = mistake.text
    if mistake.code == "bracket_open":
        return f"{text.rstrip()}{'）' if '（' in text else ')'}"
    if mistake.code == "quote":
        return f'{text.rstrip()}"'
    if mistake.code in ("too_long", "too_many", "too_deep"):
        return ""
    if mistake.code in _LACKS_A_VALUE and text[mistake.end - 1] in ":：" and _VALUE.match(text, mistake.end):
        return f"{text[: mistake.end]}{text[mistake.end :].lstrip()}"  # it was written behind a space
    rest = " ".join(f"{text[: mistake.start]} {text[mistake.end :]}".split())
    return rest.replace("( ", "(").replace(" )", ")")


class _Parser:
    """Tokens into a tree. No deeper than MAX_DEPTH, no more than MAX_TERMS terms."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0
        many = [token for token in tokens if token.kind == "term"][MAX_TERMS:]
        if many:
            raise Mistake("too_many", text, many[0].start, many[-1].end)
        if not tokens:
            raise Mistake("nothing", text, len(text))

    def read(self) -> Node:
        node = self._either(0)
        token = self._next()
        if token is not None:
            raise Mistake("bracket_close", self._text, token.start, token.end)
        return node

    def _next(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _either(self, depth: int) -> Node:
        nodes = [self._all(depth)]
        while (token := self._next()) and token.kind == "or":
            self._at += 1
            nodes.append(self._all(depth, after=token))
        return nodes[0] if len(nodes) == 1 else Either(tuple(dict.fromkeys(_flat(nodes, Either))))

    def _all(self, depth: int, after: Token | None = None) -> Node:
        nodes: list[Node] = []
        while (token := self._next()) and token.kind not in ("or", "close"):
            nodes.append(self._one(depth))
        if not nodes:
            raise self._lacking(token, after)
        unique = tuple(dict.fromkeys(_flat(nodes, All)))
        return unique[0] if len(unique) == 1 else All(unique)

    def _lacking(self, token: Token | None, after: Token | None) -> Mistake:
        """That a name was expected here: after an `or`, before one, in brackets."""
        if after:
            return Mistake("or_end", self._text, after.start, after.end)
        if token and token.kind == "or":
            return Mistake("or_start", self._text, token.start, token.end)
        if token and self._at == 0:
            return Mistake("bracket_close", self._text, token.start, token.end)
        opened = self._tokens[self._at - 1] if self._at else None
        if token and opened:
            return Mistake("brackets_empty", self._text, opened.start, token.end)
        return Mistake("bracket_open", self._text, len(self._text.rstrip()))

    def _one(self, depth: int) -> Node:
        excluded, token = False, self._tokens[self._at]
        first = token
        while token.kind == "not":
            excluded, self._at = not excluded, self._at + 1
            following = self._next()
            if following is None or following.kind in ("or", "close"):
                raise Mistake("not_end", self._text, first.start, token.end)
            token = following
        self._at += 1
        if token.kind == "open":
            node = self._brackets(token, depth + 1)
        else:
            assert token.leaf is not None
            node = token.leaf
        if not excluded:
            return node
        return node.node if isinstance(node, Not) else Not(node)

    def _brackets(self, opened: Token, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise Mistake("too_deep", self._text, opened.start, opened.end)
        node = self._either(depth)
        if self._next() is None:
            raise Mistake("bracket_open", self._text, len(self._text.rstrip()))
        self._at += 1
        return node


def _flat(nodes: list[Node], kind: type[All] | type[Either]) -> Iterator[Node]:
    """Nodes of the same kind are taken apart: `(a b) c` is `a b c`."""
    for node in nodes:
        if isinstance(node, kind):
            yield from node.nodes
        else:
            yield node
