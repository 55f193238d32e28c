"""Parses `parse_mode=HTML` as the Bot API server does, with its complaints and their byte offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playground.addresses import checked_link
from playground.entities import Entity

_TAGS = {
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_CHARACTER = re.compile(r"&(?:#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}))|([a-zA-Z]+));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_SPACE = " \t\r\n\v\f"
_USER_LINK = re.compile(r"tg://user\?(?:.*&)?id=(\d{1,18})", re.IGNORECASE)


class MarkupError(Exception):
    """What is wrong and at which byte."""


@dataclass(frozen=True)
class _Open:
    tag: str
    argument: str
    start: int


def user_of_link(url: str) -> int | None:
    """The person a `tg://user?id=` link means."""
    match = _USER_LINK.match(url)
    return int(match[1]) if match else None


def link_entity(start: int, end: int, url: str) -> Entity | None:
    """What a link becomes: a mention of a person, a link, or nothing when the address can be none."""
    person = user_of_link(url)
    if person is not None:
        return Entity(start, end, "text_mention", {"user": {"id": person}})
    checked = checked_link(url)
    return Entity(start, end, "text_link", {"url": checked}) if checked else None


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.text: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        while self.position < len(self.source):
            ch = self.source[self.position]
            if ch == "<":
                if self.source.startswith("</", self.position):
                    self._end_tag()
                else:
                    self._start_tag()
            elif ch == "&":
                self._add(self._character())
            else:
                self._add(ch)
                self.position += 1
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return "".join(self.text), self.entities

    def _add(self, piece: str) -> None:
        self.text.append(piece)
        self.length += len(piece)

    def _peek(self) -> str:
        """The next character; empty at the end."""
        return self.source[self.position : self.position + 1]

    def _bytes(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def _skip_spaces(self) -> None:
        while self._peek() and self._peek() in _SPACE:
            self.position += 1

    def _skip_name(self, stop: str) -> None:
        while self._peek() and self._peek() not in stop:
            self.position += 1

    def _character(self) -> str:
        """A character written as `&lt;` or `&#60;`; an unknown one stays as it is written."""
        match = _CHARACTER.match(self.source, self.position)
        decoded = _decode(match) if match else ""
        if match and decoded:
            self.position = match.end()
            return decoded
        self.position += 1
        return "&"

    def _start_tag(self) -> None:
        begin = self.position
        where = f"at byte offset {self._bytes(begin)}"
        self.position += 1
        self._skip_name(_SPACE + ">")
        if not self._peek():
            raise MarkupError(f"Unclosed start tag {where}")
        tag = self.source[begin + 1 : self.position].lower()
        if tag not in _TAGS:
            raise MarkupError(f'Unsupported start tag "{tag}" {where}')
        argument = ""
        while self._peek() != ">":
            self._skip_spaces()
            if self._peek() == ">":
                break
            argument = self._attribute(tag, where) or argument
        self.position += 1
        if tag == "span" and argument != "spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" {where}')
        self.open.append(_Open(tag, argument, self.length))

    def _attribute(self, tag: str, where: str) -> str:
        """Reads one attribute and gives what it means for the tag."""
        begin = self.position
        self._skip_name(_SPACE + "=>")
        name = self.source[begin : self.position].lower()
        if not name:
            raise MarkupError(f'Empty attribute name in the tag "{tag}" {where}')
        self._skip_spaces()
        if tag == "blockquote" and name == "expandable" and self._peek() != "=":
            if not self._peek():
                raise MarkupError(f'Unclosed start tag "{tag}" {where}')
            return "expandable"
        if self._peek() != "=":
            raise MarkupError(f'Expected equal sign in declaration of an attribute of the tag "{tag}" {where}')
        self.position += 1
        self._skip_spaces()
        if not self._peek():
            raise MarkupError(f'Unclosed start tag "{tag}" {where}')
        value = self._quoted() if self._peek() in "\"'" else self._bare()
        if not self._peek():
            raise MarkupError(f"Unclosed start tag {where}")
        return _argument(tag, name, value)

    def _bare(self) -> str:
        begin = self.position
        match = _NAME_TOKEN.match(self.source, begin)
        self.position = match.end() if match else begin
        if self._peek() and self._peek() not in _SPACE + ">":
            raise MarkupError(f"Unexpected end of name token at byte offset {self._bytes(begin)}")
        return self.source[begin : self.position].lower()

    def _quoted(self) -> str:
        quote = self._peek()
        self.position += 1
        value = ""
        while self._peek() and self._peek() != quote:
            if self._peek() == "&":
                value += self._character()
            else:
                value += self._peek()
                self.position += 1
        self.position += bool(self._peek())
        return value

    def _end_tag(self) -> None:
        begin = self.position
        where = f"at byte offset {self._bytes(begin)}"
        if not self.open:
            raise MarkupError(f"Unexpected end tag {where}")
        self.position += 2
        self._skip_name(_SPACE + ">")
        name = self.source[begin + 2 : self.position].lower()
        self._skip_spaces()
        if self._peek() != ">":
            raise MarkupError(f"Unclosed end tag {where}")
        self.position += 1
        opened = self.open.pop()
        if name and name != opened.tag:
            raise MarkupError(f'Unmatched end tag {where}, expected "</{opened.tag}>", found "</{name}>"')
        if self.length > opened.start:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        kind, start, end = _TAGS[opened.tag], opened.start, self.length
        if opened.tag == "a":
            entity = link_entity(start, end, opened.argument or "".join(self.text)[start:end])
            if entity:
                self.entities.append(entity)
            return
        more = {}
        last = self.entities[-1] if self.entities else None
        same = last is not None and (last.start, last.end) == (start, end)
        if opened.tag == "pre" and last and same and last.kind == "code":
            self.entities.pop()
            more = dict(last.more)
        elif opened.tag == "code" and opened.argument:
            more = {"language": opened.argument}
        elif opened.tag == "tg-emoji":
            if not opened.argument.isdigit():
                raise MarkupError("Invalid custom emoji identifier specified")
            more = {"custom_emoji_id": opened.argument}
        elif opened.tag == "blockquote" and opened.argument:
            kind = "expandable_blockquote"
        self.entities.append(Entity(start, end, kind, more))


def _decode(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED.get(match[3], "")
    code = int(match[1], 16) if match[1] else int(match[2])
    return "" if code == 0 or code >= 0x10FFFF or 0xD800 <= code <= 0xDFFF else chr(code)


def _argument(tag: str, name: str, value: str) -> str:
    if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id")}:
        return value
    if (tag, name) == ("code", "class") and value.startswith("language-"):
        return value.removeprefix("language-")
    if (tag, name) == ("span", "class") and value.startswith("tg-"):
        return value.removeprefix("tg-")
    return "expandable" if (tag, name) == ("blockquote", "expandable") else ""


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The plain text and what is marked in it; `MarkupError` as the server words it."""
    text, entities = _Parser(source).parse()
    # A language counts for <pre><code> only.
    return text, [Entity(e.start, e.end, "code") if e.kind == "code" else e for e in entities]
