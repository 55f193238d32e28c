"""JSON read piece by piece: a file of a gigabyte needs no more memory than its largest entry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from storage.formats.records import BadFile
from storage.formats.text import broken

CHUNK_CHARS = 1 << 16
MAX_VALUE_CHARS = 8_000_000
"""Of one entry that is taken whole."""

_SPACE = re.compile(r"[ \t\r\n]*")
_STRUCTURE = re.compile(r'["{}\[\]]')
_IN_STRING = re.compile(r'["\\]')
_PLAIN_END = re.compile(r"[,\]}\s]")
_DECODER = json.JSONDecoder()


class JsonReader:
    """Walks through one JSON text. Whatever stands next is taken by `members`, `elements`, `value` or `skip`.

    What a loop over `members` or `elements` leaves is skipped. Raises BadFile for what is no JSON, is nested too
    deeply, or is too large to be taken whole.
    """

    def __init__(self, stream: TextIO, max_value_chars: int = MAX_VALUE_CHARS) -> None:
        self._stream = stream
        self._max_value_chars = max_value_chars
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._waiting = True

    def kind(self) -> str:
        """The first character of what stands next: `{`, `[`, `"` …; "" at the end."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def members(self) -> Iterator[str]:
        """The names of the object that stands next, each with its value standing next."""
        self._take("{")
        if self.kind() == "}":
            self._at += 1
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise broken("a name in an object is no text")
            self._take(":")
            yield from self._one(name)
            if self._separator("}"):
                return

    def elements(self) -> Iterator[None]:
        """Comes by once for each element of the array that stands next, with the element standing next."""
        self._take("[")
        if self.kind() == "]":
            self._at += 1
            return
        while True:
            yield from self._one(None)
            if self._separator("]"):
                return

    def _one(self, what: Any) -> Iterator[Any]:
        self._waiting = True
        yield what
        if self._waiting:
            self.skip()

    def value(self) -> Any:
        """What stands next, whole."""
        self._waiting = False
        if not self.kind():
            raise broken("it ends in the middle")
        if len(self._buffer) - self._at < CHUNK_CHARS // 2:
            self._more()
        while True:
            try:
                found, end = _DECODER.raw_decode(self._buffer, self._at)
                if end < len(self._buffer) or self._ended:
                    self._at = end
                    return found
                problem: Exception = ValueError("cut")
            except RecursionError:
                raise broken("it is nested too deeply") from None
            except ValueError as error:
                problem = error
            held = len(self._buffer) - self._at
            if held > self._max_value_chars:
                raise BadFile("too_large", f"an entry has more than {self._max_value_chars} characters")
            if not self._more(held):
                raise broken(f"it is no JSON ({problem})")

    def skip(self) -> None:
        """Passes over what stands next, however large and deep."""
        self._waiting = False
        first = self.kind()
        if first == '"':
            self._skip_string()
        elif first and first in "{[":
            self._skip_nested()
        elif first:
            self._seek(_PLAIN_END)
        else:
            raise broken("it ends in the middle")

    def _skip_nested(self) -> None:
        depth = 0
        while True:
            mark = self._seek(_STRUCTURE)
            if not mark:
                raise broken("it ends in the middle")
            if mark == '"':
                self._skip_string()
                continue
            self._at += 1
            depth += 1 if mark in "{[" else -1
            if depth == 0:
                return

    def _skip_string(self) -> None:
        self._at += 1
        while mark := self._seek(_IN_STRING):
            self._at += 1
            if mark == '"':
                return
            if self._at >= len(self._buffer):
                self._more()
            self._at += 1
        raise broken("it ends in the middle")

    def _seek(self, pattern: re.Pattern[str]) -> str:
        """Goes to the next place that matches, and gives the character there; "" at the end."""
        while True:
            found = pattern.search(self._buffer, self._at)
            if found:
                self._at = found.start()
                return found.group()
            self._at = len(self._buffer)
            if not self._more():
                return ""

    def _take(self, wanted: str) -> None:
        self._waiting = False
        if self.kind() != wanted:
            raise broken(f"{wanted} is missing")
        self._at += 1

    def _separator(self, end: str) -> bool:
        mark = self.kind()
        if mark not in (",", end) or not mark:
            raise broken("a comma is missing")
        self._at += 1
        return mark == end

    def _more(self, at_least: int = 0) -> bool:
        """Reads on, as much again as is held; False at the end of the file."""
        if self._ended:
            return False
        chunk = self._stream.read(max(CHUNK_CHARS, at_least))
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        self._ended = not chunk
        return bool(chunk)
