"""The grammar in which people ask for links, the same for `/tag`, `/search` and inline: text into a small tree.

    either := all ("or" all)*            all := one+            one := "-" one | "(" either ")" | term
    term   := #name | #"a name" | #name/ | "a phrase" | word | host: by: since: until: is:

A bare name is a tag in `/tag` and a word elsewhere. Chinese punctuation and full-width forms count as their plain
ones. What cannot be read raises Mistake, which knows the place and what was expected there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from storage.tagging import tag_key
from storage.tokens import fold, terms

Bare = Literal["tag", "word"]
"""What a name without `#` is."""

Span = tuple[int, int]

MAX_CHARS = 512
MAX_TERMS = 24
MAX_DEPTH = 10

_QUOTES = frozenset('"“”„‟＂«»「」『』')
_OPEN, _CLOSE = frozenset("(（"), frozenset(")）")
_MINUS = frozenset("-－−–—")
_HASH = frozenset("#＃")
_BETWEEN = frozenset(",，、;；\u200b\u2060\ufeff")
_OR = frozenset(("or", "或"))
_BEHIND = frozenset(("or_end", "not_end", "host_value", "by_value", "by_unknown", "is_value", "date"))
_FILTER = re.compile(r"(?P<name>[^\W\d_]{2,8}|从|到)[:：](?P<value>.*)", re.DOTALL)
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2}))?(?:[-/.月](\d{1,2}))?[年月日]?")

FILTERS = {
    "host": "host", "网站": "host", "by": "by", "来自": "by", "since": "since", "从": "since",
    "until": "until", "到": "until", "is": "is", "状态": "is",
}  # fmt: skip
KINDS = {
    "ok": "ok", "正常": "ok", "dead": "dead", "失效": "dead", "failed": "failed", "失败": "failed",
    "blocked": "blocked", "拦截": "blocked", "login": "login", "登录": "login", "pdf": "pdf",
    "image": "image", "图片": "image", "file": "file", "文件": "file", "waiting": "waiting", "等待": "waiting",
}  # fmt: skip
"""What `is:` takes, by how it may be written."""


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


@dataclass(frozen=True)
class _Token:
    kind: Literal["open", "close", "not", "or", "term"]
    start: int
    end: int
    leaf: Leaf | None = None


def parse(text: str, bare: Bare) -> Query:
    """Reads a query; raises Mistake."""
    if len(text) > MAX_CHARS:
        raise Mistake("too_long", text, MAX_CHARS, len(text))
    tokens = list(_Lexer(text, bare).tokens())
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
        return f"{text.rstrip()})"
    if mistake.code == "quote":
        return f'{text.rstrip()}"'
    if mistake.code in ("too_long", "too_many", "too_deep"):
        return ""
    rest = " ".join(f"{text[: mistake.start]} {text[mistake.end :]}".split())
    return rest.replace("( ", "(").replace(" )", ")")


def _leaves(node: Node, wanted: bool) -> Iterator[tuple[Leaf, bool]]:
    match node:
        case Not(inner):
            yield from _leaves(inner, not wanted)
        case All(nodes) | Either(nodes):
            for inner in nodes:
                yield from _leaves(inner, wanted)
        case _:
            yield node, wanted


class _Lexer:
    """Cuts a query into brackets, operators and terms."""

    def __init__(self, text: str, bare: Bare) -> None:
        self._text = text
        self._bare = bare
        self._at = 0

    def tokens(self) -> Iterator[_Token]:
        while self._at < len(self._text):
            start, char = self._at, self._text[self._at]
            if _separates(char):
                self._at += 1
            elif char in _OPEN or char in _CLOSE:
                self._at += 1
                yield _Token("open" if char in _OPEN else "close", start, self._at)
            elif char in _MINUS:
                self._at += 1
                if not self._separated():
                    yield _Token("not", start, self._at)
                elif self._bare == "tag":
                    raise Mistake("not_end", self._text, start, self._at)
                # Between words a dash that stands alone is punctuation: titles are pasted as they are.
            else:
                yield from self._term()

    def _separated(self) -> bool:
        return self._at >= len(self._text) or _separates(self._text[self._at])

    def _term(self) -> Iterator[_Token]:
        start, char = self._at, self._text[self._at]
        if char in _HASH:
            while self._at < len(self._text) and self._text[self._at] in _HASH:
                self._at += 1
            yield self._token(start, self._tag(self._quoted() if self._at_quote() else self._run(_HASH), start))
        elif char in _QUOTES:
            written = self._quoted()
            leaf = self._tag(written, start) if self._bare == "tag" else _text(written, phrase=True)
            if leaf:
                yield self._token(start, leaf)
        else:
            yield from self._bare_term(start)

    def _bare_term(self, start: int) -> Iterator[_Token]:
        written = self._run(frozenset())
        found = _FILTER.fullmatch(written)
        name = FILTERS.get(fold(found["name"])) if found else None
        if found and name:
            value = found["value"] or (self._quoted() if self._at_quote() else "")
            yield self._token(start, self._filter(name, value, start))
        elif fold(written) in _OR:
            yield _Token("or", start, self._at)
        else:
            leaf = self._tag(written, start) if self._bare == "tag" else _text(written, phrase=False)
            if leaf:
                yield self._token(start, leaf)

    def _token(self, start: int, leaf: Leaf) -> _Token:
        return _Token("term", start, self._at, leaf)

    def _at_quote(self) -> bool:
        return self._at < len(self._text) and self._text[self._at] in _QUOTES

    def _run(self, stops: frozenset[str]) -> str:
        """What stands together from here on."""
        start = self._at
        ends = _OPEN | _CLOSE | _QUOTES | stops
        while self._at < len(self._text) and not _separates(self._text[self._at]) and self._text[self._at] not in ends:
            self._at += 1
        return self._text[start : self._at]

    def _quoted(self) -> str:
        start = self._at + 1
        end = next((i for i in range(start, len(self._text)) if self._text[i] in _QUOTES), None)
        if end is None:
            raise Mistake("quote", self._text, len(self._text.rstrip()))
        self._at = end + 1
        return self._text[start:end]

    def _tag(self, written: str, start: int) -> Tag:
        key = tag_key(written)
        name = written.strip().lstrip("#＃").strip()
        below = key.endswith("/")
        key = key.rstrip("/").rstrip()
        if not key:
            raise Mistake("name", self._text, start, self._at)
        return Tag(key, name.rstrip("/／") if below else name, below)

    def _filter(self, name: str, value: str, start: int) -> Leaf:
        value = unicodedata.normalize("NFKC", value).strip()
        if not value:
            raise Mistake(_expected(name), self._text, start, self._at)
        leaf = _FILTER_READERS[name](value, (start, self._at))
        if leaf is None:
            raise Mistake(_expected(name), self._text, start, self._at)
        return leaf


def _expected(name: str) -> str:
    return "date" if name in ("since", "until") else f"{name}_value"


def _separates(char: str) -> bool:
    return char.isspace() or char in _BETWEEN


def _text(written: str, phrase: bool) -> Text | None:
    """None when there is nothing in it that could be found."""
    words = fold(written).strip()
    return Text(words, phrase) if terms(words) else None


def _host(value: str, _: Span) -> Host | None:
    host = re.sub(r"^https?://", "", value.casefold()).split("/")[0].removeprefix("www.").strip(".")
    return Host(host) if host else None


def _by(value: str, span: Span) -> By | None:
    name = fold(value)
    return By("me" if name in ("me", "我") else name, span) if name.strip("@") else None


def _period(value: str) -> tuple[datetime, datetime] | None:
    """The beginning and the end of a year, a month or a day."""
    found = _DATE.fullmatch(value)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        start = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        if day:
            return start, datetime.fromordinal(start.toordinal() + 1).replace(tzinfo=UTC)
        if month:
            return start, datetime(start.year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        return start, datetime(start.year + 1, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _since(value: str, _: Span) -> Since | None:
    period = _period(value)
    return Since(period[0]) if period else None


def _until(value: str, _: Span) -> Until | None:
    period = _period(value)
    return Until(period[1]) if period else None


def _is(value: str, _: Span) -> Is | None:
    kind = KINDS.get(fold(value))
    return Is(kind) if kind else None


_FILTER_READERS: dict[str, Callable[[str, Span], Leaf | None]] = {
    "host": _host, "by": _by, "since": _since, "until": _until, "is": _is,
}  # fmt: skip


class _Parser:
    """Tokens into a tree. No deeper than MAX_DEPTH, no more than MAX_TERMS terms."""

    def __init__(self, text: str, tokens: list[_Token]) -> None:
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

    def _next(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _either(self, depth: int) -> Node:
        nodes = [self._all(depth)]
        while (token := self._next()) and token.kind == "or":
            self._at += 1
            nodes.append(self._all(depth, after=token))
        return nodes[0] if len(nodes) == 1 else Either(tuple(dict.fromkeys(_flat(nodes, Either))))

    def _all(self, depth: int, after: _Token | None = None) -> Node:
        nodes: list[Node] = []
        while (token := self._next()) and token.kind not in ("or", "close"):
            nodes.append(self._one(depth))
        if not nodes:
            raise self._lacking(token, after)
        unique = tuple(dict.fromkeys(_flat(nodes, All)))
        return unique[0] if len(unique) == 1 else All(unique)

    def _lacking(self, token: _Token | None, after: _Token | None) -> Mistake:
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

    def _brackets(self, opened: _Token, depth: int) -> Node:
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
