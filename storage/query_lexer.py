"""A query's text into brackets, operators and terms. Chinese punctuation and full-width forms count as plain ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from storage.query_tree import Bare, By, Host, Is, Leaf, Mistake, Since, Span, Tag, Text, Until
from storage.tagging import tag_key
from storage.tokens import fold, terms
from storage.urls import display_host

_QUOTES = frozenset('"“”„‟＂«»「」『』')
_OPEN, _CLOSE = frozenset("(（"), frozenset(")）")
_MINUS = frozenset("-－−–—")
_HASH = frozenset("#＃")
_BETWEEN = frozenset(",，、;；\u200b\u2060\ufeff")
_OR = frozenset(("or", "或"))
_FILTER = re.compile(r"(?P<name>[^\W\d_]{2,8}|从|到)[:：](?P<value>.*)", re.DOTALL)
_ADDRESS = re.compile(r"(?P<scheme>https?://)?(?:[^/?#@]*@)?(?P<rest>[^/?#]*)(?:[/?#].*)?", re.DOTALL)
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
class Token:
    """A piece of a query and where it stands; a term has its leaf of the tree."""

    kind: Literal["open", "close", "not", "or", "term"]
    start: int
    end: int
    leaf: Leaf | None = None


class Lexer:
    """Cuts a query into brackets, operators and terms."""

    def __init__(self, text: str, bare: Bare) -> None:
        self._text = text
        self._bare = bare
        self._at = 0

    def tokens(self) -> Iterator[Token]:
        """The pieces in their order; raises Mistake."""
        while self._at < len(self._text):
            start, char = self._at, self._text[self._at]
            if _separates(char):
                self._at += 1
            elif char in _OPEN or char in _CLOSE:
                self._at += 1
                yield Token("open" if char in _OPEN else "close", start, self._at)
            elif char in _MINUS:
                self._at += 1
                if not self._separated():
                    yield Token("not", start, self._at)
                elif self._bare == "tag":
                    raise Mistake("not_end", self._text, start, self._at)
                # Between words a dash that stands alone is punctuation: titles are pasted as they are.
            else:
                yield from self._term()

    def _separated(self) -> bool:
        return self._at >= len(self._text) or _separates(self._text[self._at])

    def _term(self) -> Iterator[Token]:
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

    def _bare_term(self, start: int) -> Iterator[Token]:
        written = self._run(frozenset())
        found = _FILTER.fullmatch(written)
        name = FILTERS.get(fold(found["name"])) if found else None
        if found and name:
            value = found["value"] or (self._quoted() if self._at_quote() else "")
            yield self._token(start, self._filter(name, value, start))
        elif fold(written) in _OR:
            yield Token("or", start, self._at)
        else:
            leaf = self._tag(written, start) if self._bare == "tag" else _text(written, phrase=False)
            if leaf:
                yield self._token(start, leaf)

    def _token(self, start: int, leaf: Leaf) -> Token:
        return Token("term", start, self._at, leaf)

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
    """A host, or an address as it was copied: what links have for it, so that `xn--…` finds them as well."""
    found = _ADDRESS.fullmatch(value.casefold())
    rest = found["rest"].removeprefix("*.").strip(".") if found else ""
    if not found or not rest:
        return None
    try:
        host = display_host(f"{found['scheme'] or 'https://'}{rest}")
    except ValueError:
        host = rest.removeprefix("www.")
    # Of a host alone it is not known whose default a port is.
    return Host(host if found["scheme"] else re.sub(r":(80|443)$", "", host))


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
