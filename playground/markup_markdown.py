"""Parses `parse_mode=MarkdownV2` and the older `Markdown` as the Bot API server does, with its complaints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playground.entities import Entity
from playground.markup_html import MarkupError, link_entity

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
_RESERVED_IN_CODE = frozenset("`")
_WORDS = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}
_ENDS = {
    "bold": "*",
    "italic": "_",
    "underline": "__",
    "strikethrough": "~",
    "spoiler": "||",
    "code": "`",
    "pre": "```",
    "text_link": "]",
    "custom_emoji": "]",
}
_STARTS = (
    ("```", "pre"),
    ("`", "code"),
    ("__", "underline"),
    ("_", "italic"),
    ("*", "bold"),
    ("~", "strikethrough"),
    ("||", "spoiler"),
    ("![", "custom_emoji"),
    ("[", "text_link"),
)
_EMOJI_LINK = re.compile(r"tg://emoji\?(?:.*&)?id=(\d+)", re.IGNORECASE)


@dataclass
class _Open:
    kind: str
    start: int
    position: int
    more: dict[str, Any]


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.text: list[str] = []
        self.open: list[_Open] = []
        self.quote: _Open | None = None
        self.entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        if self.source.startswith(">"):
            self._open_quote()
            self.position = 1
        while self.position < len(self.source):
            self._step()
        if self.open:
            raise self._unclosed(self.open[-1])
        self._close_quote()
        return "".join(self.text), self.entities

    def _step(self) -> None:
        ch = self.source[self.position]
        following = self.source[self.position + 1 : self.position + 2]
        if ch == "\\" and following and "\0" < following <= "~":
            self.text.append(following)
            self.position += 2
        elif ch == "\n" and self.quote:
            self._new_line_in_quote(following)
        elif ch not in (_RESERVED_IN_CODE if self._in_code() else _RESERVED):
            self._keep(ch)
        elif self.open and self._ends(self.open[-1].kind):
            self._close()
        elif ch == "\n":
            self._keep(ch)
            if following == ">":
                self._open_quote()
                self.position += 1
        else:
            self._begin(ch)

    def _in_code(self) -> bool:
        return bool(self.open) and self.open[-1].kind in ("code", "pre")

    def _keep(self, ch: str) -> None:
        self.text.append(ch)
        self.position += 1

    def _ends(self, kind: str) -> bool:
        if kind == "italic":
            return self._at("_") and not self._at("__")
        return self._at(_ENDS[kind])

    def _at(self, piece: str) -> bool:
        return self.source.startswith(piece, self.position)

    def _bytes(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def _unclosed(self, opened: _Open) -> MarkupError:
        word = "PreCode" if opened.kind == "pre" and opened.more else _WORDS[opened.kind]
        return MarkupError(f"Can't find end of {word} entity at byte offset {self._bytes(opened.position)}")

    def _open_quote(self) -> None:
        self.quote = _Open("blockquote", len(self.text), self.position, {})

    def _new_line_in_quote(self, following: str) -> None:
        if following == ">":
            self._keep("\n")
            self.position += 1
            return
        if self.open:
            raise self._unclosed(self.open[-1])
        self._keep("\n")
        self._close_quote()

    def _close_quote(self) -> None:
        if self.quote and len(self.text) > self.quote.start:
            self.entities.append(Entity(self.quote.start, len(self.text), "blockquote"))
        self.quote = None

    def _begin(self, ch: str) -> None:
        for mark, kind in _STARTS:
            if self._at(mark):
                opened = _Open(kind, len(self.text), self.position, {})
                self.position += len(mark)
                if kind == "pre":
                    self._language(opened)
                self.open.append(opened)
                return
        raise MarkupError(f"Character '{ch}' is reserved and must be escaped with the preceding '\\'")

    def _language(self, opened: _Open) -> None:
        match = re.compile(r"[^\s`]+(?=\s)").match(self.source, self.position)
        if match:
            opened.more["language"] = match[0]
            self.position = match.end()
        newline = re.compile(r"\r\n|\n\r|\n|\r").match(self.source, self.position)
        if newline:
            self.position = newline.end()

    def _close(self) -> None:
        opened = self.open.pop()
        self.position += len(_ENDS[opened.kind])
        start, end = opened.start, len(self.text)
        entity: Entity | None
        if opened.kind == "text_link":
            url = self._target("a URL") if self._at("(") else "".join(self.text[start:end])
            entity = link_entity(start, end, url)
        elif opened.kind == "custom_emoji":
            entity = self._emoji(start, end)
        else:
            entity = Entity(start, end, opened.kind, opened.more)
        if entity and end > start:
            self.entities.append(entity)

    def _emoji(self, start: int, end: int) -> Entity:
        if not self._at("("):
            raise MarkupError("Custom emoji entity must contain a tg://emoji URL")
        match = _EMOJI_LINK.match(self._target("a custom emoji URL"))
        if not match:
            raise MarkupError("Invalid custom emoji URL specified")
        return Entity(start, end, "custom_emoji", {"custom_emoji_id": match[1]})

    def _target(self, what: str) -> str:
        """The address in brackets behind a link's text."""
        self.position += 1
        begin, url = self.position, ""
        while self.position < len(self.source) and not self._at(")"):
            if self._at("\\") and self.position + 1 < len(self.source):
                self.position += 1
            url += self.source[self.position]
            self.position += 1
        if not self._at(")"):
            raise MarkupError(f"Can't find end of {what} at byte offset {self._bytes(begin)}")
        self.position += 1
        return url


def parse_markdown_v2(source: str) -> tuple[str, list[Entity]]:
    """The plain text and what is marked in it; `MarkupError` as the server words it."""
    return _Parser(source).parse()


_OLD_KINDS = {"*": "bold", "_": "italic", "`": "code", "[": "text_link"}


def parse_markdown(source: str) -> tuple[str, list[Entity]]:
    """The older Markdown: nothing nests, `\\` escapes only what could begin an entity."""
    text: list[str] = []
    entities: list[Entity] = []
    position = 0
    while position < len(source):
        ch = source[position]
        if ch == "\\" and source[position + 1 : position + 2] in tuple("_*`["):
            text.append(source[position + 1])
            position += 2
        elif ch in _OLD_KINDS:
            position = _old_entity(source, position, text, entities)
        else:
            text.append(ch)
            position += 1
    return "".join(text), entities


def _old_entity(source: str, position: int, text: list[str], entities: list[Entity]) -> int:
    """Reads one entity of the older Markdown and gives where it ends."""
    is_pre = source.startswith("```", position)
    kind = "pre" if is_pre else _OLD_KINDS[source[position]]
    mark = "```" if is_pre else "]" if kind == "text_link" else source[position]
    begin = position + (3 if is_pre else 1)
    end = source.find(mark, begin)
    if end < 0:
        offset = len(source[:position].encode())
        raise MarkupError(f"Can't find end of the entity starting at byte offset {offset}")
    start = len(text)
    content, more = source[begin:end], {}
    if is_pre and (language := re.match(r"([^\s`]+)?(?:\r\n|\n)", content)):
        content = content[language.end() :]
        more = {"language": language[1]} if language[1] else {}
    text.extend(content)
    end += len(mark)
    if kind != "text_link":
        if content:
            entities.append(Entity(start, len(text), kind, more))
        return end
    target = re.compile(r"\(([^)]*)\)?").match(source, end)
    link = link_entity(start, len(text), target[1] if target else content)
    if link and content:
        entities.append(link)
    return target.end() if target else end
