"""What a file says of links: the same records for every format. Times are aware, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

ExportFormat = Literal["json", "csv", "bookmarks", "zip"]
EXPORT_FORMATS: tuple[ExportFormat, ...] = ("json", "csv", "bookmarks", "zip")

SUFFIXES: dict[ExportFormat, str] = {"json": ".json", "csv": ".csv", "bookmarks": ".html", "zip": ".zip"}

FORMAT = "hashkeep"
FORMAT_VERSION = 1
"""Of the JSON. It rises when a program that reads version n would misread what is written."""


class BadFile(Exception):
    """The file cannot be read. `code` is one of `CODES`; `detail` is for the log and the command line."""

    CODES = ("unknown", "broken", "too_new", "too_large", "bomb", "encrypted", "several_chats", "no_such_chat")

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class ShareRecord:
    """One posting of a link."""

    who: str = ""
    """"" when the file does not say: then it is whoever imports it."""
    who_id: int | None = None
    when: datetime | None = None
    words: str = ""
    source: str | None = None
    chat_id: int | None = None
    """The chat in which the ids of message and topic mean something."""
    message_id: int | None = None
    thread_id: int | None = None


def posted(when: datetime | None, title: str) -> tuple[ShareRecord, ...]:
    """The one posting that a bookmark tells of: its title is what was said of the page.

    Once that is captured its own title is shown, and the bookmark's is still found.
    """
    return (ShareRecord(when=when, words=title),) if when or title else ()


@dataclass(frozen=True)
class ArtifactRecord:
    """One file of a capture, by its name. The name alone gives access to nothing."""

    kind: str
    sha256: str
    size_bytes: int
    media_type: str
    width_px: int | None = None
    height_px: int | None = None


@dataclass(frozen=True)
class CaptureRecord:
    """One capture that ended."""

    when: datetime
    """When it was asked for."""
    ended: datetime
    verdict: str
    error_code: str | None = None
    http_status: int | None = None
    final_url: str | None = None
    title: str | None = None
    lang: str | None = None
    description: str | None = None
    media_type: str | None = None
    elapsed_s: float | None = None
    given_by: str | None = None
    given_by_id: int | None = None
    notes: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    artifacts: tuple[ArtifactRecord, ...] = ()


@dataclass(frozen=True)
class LinkRecord:
    """One link with all that a file says of it. The same link may come again: then the records add up."""

    url: str
    number: int | None = None
    title: str | None = None
    """The page's own."""
    given_title: str | None = None
    """What a person called it."""
    note: str | None = None
    tags: tuple[str, ...] = ()
    shares: tuple[ShareRecord, ...] = ()
    captures: tuple[CaptureRecord, ...] = ()


@dataclass(frozen=True)
class RuleRecord:
    """Tags that links get by themselves."""

    host: str | None
    words: str | None
    tags: tuple[str, ...]


@dataclass
class Header:
    """What a file says besides its links; filled while it is read."""

    chat_id: int | None = None
    title: str = ""
    kind: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    aliases: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of another name and the tag that it leads to."""
    rules: list[RuleRecord] = field(default_factory=list)
    skipped: int = 0
    """Entries that are no links."""
    links: int = 0
    """Different ones that can be kept; counted by whoever looks the file through."""
