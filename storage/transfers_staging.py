"""A file to import, looked through once: what can be kept of it is written down in order, and counted.

Blocks, so that it runs in a thread. What it writes (`links.jsonl`, `header.json` in the transfer's folder) is what an
import then works through, from any place in it: the uploaded file itself is only needed for the files in a ZIP.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from array import array
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from storage.formats import ours
from storage.formats.reading import Reading, Wish
from storage.formats.records import BadFile, Header, LinkRecord, RuleRecord
from storage.tagging import tag_key
from storage.urls import comparison_key, display_host, without_credentials

LINKS_NAME, HEADER_NAME, SCRATCH_NAME = "links.jsonl", "header.json", "unpacked"
MAX_LINKS = 5_000_000
MAX_SHARES, MAX_CAPTURES, MAX_TAGS = 1000, 200, 100
"""Of one entry: a batch of them is one transaction, for which everybody else waits."""
BREATH = 40
"""After so many entries, some milliseconds of work, a rest is taken if there are to be any."""
Refuses = Callable[[str], object]
"""Gives a reason for an address that is not kept (bot and command line bring the address rule), otherwise None."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")


class Stopped(Exception):
    """Somebody stopped it."""


@dataclass(frozen=True)
class Prepared:
    """One entry of what is to be imported."""

    key: str
    host: str
    link: LinkRecord


@dataclass(frozen=True)
class Staged:
    """What a file holds."""

    format: str
    entries: int
    links: int
    """Different ones."""
    tags: int
    first: datetime | None
    last: datetime | None
    left_out: int
    """Entries that are no links, or whose addresses are not kept."""
    has_files: bool
    title: str = ""
    """Of the chat that the file is of."""


class _Keys:
    """Counts different texts in little memory: a few bytes of a digest tell them apart."""

    def __init__(self) -> None:
        self.digests: set[int] = set()

    def add(self, text: str) -> None:
        self.digests.add(int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()))


class Staging:
    """Looks one file through."""

    def __init__(self, folder: Path, refuses: Refuses, wish: Wish | None = None, breath_s: float = 0.0) -> None:
        """With `breath_s` it rests so long after every few entries, for others of its process to go on meanwhile."""
        self.entries = 0
        """How many were read so far; for whoever shows progress."""
        self.stop = threading.Event()
        self._folder, self._refuses, self._wish, self._breath_s = folder, refuses, wish, breath_s
        self._seen = 0
        self._left_out = 0
        self._keys, self._tags = _Keys(), _Keys()
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._places = array("Q")
        self._order = array("d")
        self._numbered = True

    def run(self, path: Path) -> Staged:
        """Reads the file. Raises BadFile, Stopped or OSError."""
        scratch = self._folder / SCRATCH_NAME
        scratch.mkdir(exist_ok=True)
        target = self._folder / LINKS_NAME
        with Reading(path, scratch, self._wish) as reading:
            with target.open("wb") as out:
                for link in reading.links():
                    self._take(link, out.tell(), out.write)
            header, form, has_files = reading.header, reading.format, reading.package is not None
        header.links = len(self._keys.digests)
        self._sort(target)
        (self._folder / HEADER_NAME).write_text(_header_json(header), encoding="utf-8")
        return Staged(
            format=form,
            entries=len(self._places),
            links=header.links,
            tags=len(self._tags.digests),
            first=self._first,
            last=self._last,
            left_out=self._left_out + header.skipped,
            has_files=has_files,
            title=header.title,
        )

    def _take(self, link: LinkRecord, place: int, write: Callable[[bytes], object]) -> None:
        self._seen += 1
        if self._breath_s and self._seen % BREATH == 0:
            self.stop.wait(self._breath_s)
        if self.stop.is_set():
            raise Stopped
        prepared = self._prepared(link)
        if prepared is None:
            self._left_out += 1
            return
        if self.entries >= MAX_LINKS:
            raise BadFile("too_large", f"more than {MAX_LINKS} links")
        self._keys.add(prepared.key)
        for tag in link.tags:
            self._tags.add(tag_key(tag))
        self._numbered &= link.number is not None
        for part in _parts(prepared.link):
            line = _line(replace(prepared, link=part))
            self.entries += 1
            self._places.append(place)
            self._order.append(self._time(part))
            write(line)
            place += len(line)

    def _prepared(self, link: LinkRecord) -> Prepared | None:
        url = link.url.strip()
        url = url if _SCHEME.match(url) else f"http://{url}"
        url, _ = without_credentials(url)
        if self._refuses(url):
            return None
        try:
            return Prepared(comparison_key(url), display_host(url), replace(link, url=url))
        except ValueError:
            return None

    def _time(self, link: LinkRecord) -> float:
        """By which links come in order; one that has no time comes with the one before it."""
        times = [share.when for share in link.shares if share.when]
        if not times:
            return self._order[-1] if self._order else 0.0
        self._first = min([*times, *([self._first] if self._first else [])])
        self._last = max([*times, *([self._last] if self._last else [])])
        return min(times).timestamp()

    def _sort(self, path: Path) -> None:
        """Oldest first, so that numbers are in the order of posting; with numbers of its own a file is in order."""
        is_sorted = all(a <= b for a, b in zip(self._order, self._order[1:], strict=False))
        if is_sorted or self._numbered:
            return
        order = sorted(range(len(self._order)), key=self._order.__getitem__)
        target = path.with_suffix(".sorted")
        with path.open("rb") as source, target.open("wb") as out:
            for n in order:
                source.seek(self._places[n])
                out.write(source.readline())
        target.replace(path)


def _parts(link: LinkRecord) -> Iterator[LinkRecord]:
    """A link as entries of which each is soon written: what comes later of a link adds to it."""
    lengths = (len(link.shares) / MAX_SHARES, len(link.captures) / MAX_CAPTURES, len(link.tags) / MAX_TAGS)
    for n in range(max(1, *map(ceil, lengths))):
        yield replace(
            link,
            shares=link.shares[n * MAX_SHARES : (n + 1) * MAX_SHARES],
            captures=link.captures[n * MAX_CAPTURES : (n + 1) * MAX_CAPTURES],
            tags=link.tags[n * MAX_TAGS : (n + 1) * MAX_TAGS],
        )


def _line(prepared: Prepared) -> bytes:
    data = {"key": prepared.key, "host": prepared.host, "link": ours.as_json(prepared.link)}
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _header_json(header: Header) -> str:
    return json.dumps(asdict(header), ensure_ascii=False)


def is_staged(folder: Path) -> bool:
    """Whether a file was looked through in this folder, to its end."""
    return (folder / HEADER_NAME).exists()


def header_of(folder: Path) -> Header:
    """What the file said besides its links."""
    data = json.loads((folder / HEADER_NAME).read_text(encoding="utf-8"))
    data["aliases"] = [(name, tag) for name, tag in data["aliases"]]
    data["rules"] = [RuleRecord(rule["host"], rule["words"], tuple(rule["tags"])) for rule in data["rules"]]
    return Header(**data)


def entries(folder: Path, offset: int) -> Iterator[tuple[Prepared, int]]:
    """What is to be imported from a place on, each with the place behind it."""
    with (folder / LINKS_NAME).open("rb") as file:
        file.seek(offset)
        while line := file.readline():
            data = json.loads(line)
            link = ours.link_of(data["link"])
            if link:
                yield Prepared(data["key"], data["host"], link), file.tell()


def keys(folder: Path) -> Iterator[str]:
    """The comparison keys of all entries."""
    return (key for key, _ in numbers(folder))


def numbers(folder: Path) -> Iterator[tuple[str, int | None]]:
    """The comparison keys of all entries with the numbers that the file gives them."""
    with (folder / LINKS_NAME).open("rb") as file:
        for line in file:
            data = json.loads(line)
            yield data["key"], data["link"].get("number")


def summary_json(staged: Staged) -> dict[str, object]:
    """A summary as a transfer's payload keeps it."""
    data = asdict(staged)
    return {**data, "first": _iso(staged.first), "last": _iso(staged.last)}


def summary_of(data: dict[str, object]) -> Staged:
    """The summary that a payload keeps."""
    fields = {**data, "first": _moment(data.get("first")), "last": _moment(data.get("last"))}
    return Staged(**fields)  # type: ignore[arg-type]


def _iso(when: datetime | None) -> str | None:
    return when.astimezone(UTC).isoformat() if when else None


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
