"""A file from anywhere, opened: what it is is found by its content, never by its name."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from storage.formats import bookmarks, csv_files, others, ours, telegram
from storage.formats.json_reader import JsonReader
from storage.formats.package import Package
from storage.formats.records import FORMAT, BadFile, Header, LinkRecord, posted
from storage.formats.text import open_text

HEAD_CHARS = 8192
MAX_BROWSER_CHARS = 64_000_000
MAX_LISTINGS = 200
MAX_PACKAGE_BYTES = 50_000_000_000
_ADDRESS_LINE = re.compile(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True)
class Wish:
    """What whoever reads a file knows about what is wanted of it."""

    own_bot_id: int | None = None
    """In a chat's export, what this one said is left out."""
    chat: str | int | None = None
    """Of several chats in one file, this one: by its id or name."""
    max_total_bytes: int = MAX_PACKAGE_BYTES
    """What may come out of a ZIP."""


class Reading:
    """A file that is read: `with Reading(path, scratch) as reading: for link in reading.links(): …`.

    `scratch` is an existing folder for what has to be unpacked. Everything raises BadFile, or OSError.
    """

    def __init__(self, path: Path, scratch: Path, wish: Wish | None = None) -> None:
        self.header = Header()
        self.format = ""
        """`hashkeep`, `telegram`, `bookmarks`, `csv`, `json`, `browser` or `list`, known when the first link is."""
        self.package: Package | None = None
        """The ZIP, if it is one of ours: captures' files come out of it."""
        self._path, self._scratch, self._wish = path, scratch, wish or Wish()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def links(self) -> Iterator[LinkRecord]:
        """Every link of the file, in its order."""
        with self._path.open("rb") as file:
            head = file.read(4)
        if head in (b"PK\x03\x04", b"PK\x05\x06"):
            yield from self._packed()
        else:
            yield from self._listing(self._path)

    def _packed(self) -> Iterator[LinkRecord]:
        package = Package(self._path, self._wish.max_total_bytes)
        self._stack.callback(package.close)
        if package.is_ours:
            self.package = package
        found_any = False
        for name in package.listings[:MAX_LISTINGS]:
            here = False
            target = self._scratch / "listing"
            try:
                with package.listing(name) as source, target.open("wb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
                for link in self._listing(target):
                    here = found_any = True
                    yield link
                if self.format == "telegram":
                    return  # the other files are what people sent in the chat
            except BadFile as error:
                # In a foreign archive there are files of other kinds; ours has one that must be right.
                if self.package or here or error.code not in ("unknown", "broken"):
                    raise
            finally:
                target.unlink(missing_ok=True)
        if not found_any and self.package is None:
            raise BadFile("unknown", "no file in the ZIP holds links")

    def _listing(self, path: Path) -> Iterator[LinkRecord]:
        with open_text(path) as stream:
            head = stream.read(HEAD_CHARS)
        start = head.lstrip("\ufeff \t\r\n")
        read = self._reader_of(path, start)
        if read is None:
            raise BadFile("unknown", "neither JSON nor CSV nor bookmarks")
        with open_text(path) as stream:
            yield from read(stream)

    def _reader_of(self, path: Path, start: str) -> Callable[[TextIO], Iterator[LinkRecord]] | None:
        header = self.header
        if start.startswith(("{", "[")):
            self.format = self._json_format(path)
            return self._json
        if start.startswith("<") and bookmarks.looks_like_one(start):
            self.format = "bookmarks"
            return lambda stream: bookmarks.read(stream, header)
        if csv_files.looks_like_one(start):
            self.format = "csv"
            return lambda stream: csv_files.read(stream, header)
        if _ADDRESS_LINE.match(start):
            self.format = "list"
            return lambda stream: _addresses(stream, header)
        return None

    def _json_format(self, path: Path) -> str:
        """By the names at its top; the first that decides is near the beginning of every file that we know."""
        with open_text(path) as stream:
            reader = JsonReader(_without_bom(stream))
            if reader.kind() == "[":
                return "json"
            for name in reader.members():
                kind = reader.kind()
                if name == "format" and kind == '"':
                    if reader.value() == FORMAT:
                        return "hashkeep"
                elif name == "roots" and kind == "{":
                    return "browser"
                elif name == "type" and kind == '"':
                    if str(reader.value()).startswith("text/x-moz-place"):
                        return "browser"
                elif name == "messages" or (name in ("chats", "left_chats") and kind == "{"):
                    return "telegram"
                elif name == "links" and kind == "[":
                    return "hashkeep"
                elif name in _LISTS and kind == "[":
                    return "json"
                elif name == "children" and kind == "[":
                    return "browser"
        raise BadFile("unknown", "JSON of an unknown kind")

    def _json(self, stream: TextIO) -> Iterator[LinkRecord]:
        stream = _without_bom(stream)
        if self.format == "hashkeep":
            yield from ours.read(JsonReader(stream), self.header)
        elif self.format == "telegram":
            yield from telegram.read(JsonReader(stream), self.header, self._wish.own_bot_id, self._wish.chat)
        elif self.format == "browser":
            yield from others.browser(JsonReader(stream, MAX_BROWSER_CHARS).value(), self.header)
        else:
            reader = JsonReader(stream)
            if reader.kind() == "[":
                yield from others.entries(reader, self.header)
                return
            for name in reader.members():
                if name in _LISTS and reader.kind() == "[":
                    yield from others.entries(reader, self.header)


_LISTS = ("bookmarks", "results", "items", "raindrops", "list", "data", "urls")
"""Names under which programs have their links: Karakeep, Linkding's API, Raindrop's API …"""


def _without_bom(stream: TextIO) -> TextIO:
    if stream.read(1) != "\ufeff":
        stream.seek(0)
    return stream


def _addresses(stream: TextIO, header: Header) -> Iterator[LinkRecord]:
    """A list of addresses, one a line; what is behind the address is its title."""
    while line := stream.readline(ours.MAX_URL_CHARS * 2):
        found = _ADDRESS_LINE.match(line.strip())
        if found and len(found.group()) <= ours.MAX_URL_CHARS:
            title = line.strip()[found.end() :].strip()[:1000]
            yield LinkRecord(url=found.group(), title=title or None, shares=posted(None, title))
        elif line.strip():
            header.skipped += 1
