"""Tables: ours, Pocket's, Raindrop's, and others that have a column of addresses."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import TextIO

from storage.formats.ours import MAX_NUMBER, MAX_URL_CHARS, names
from storage.formats.records import BadFile, Header, LinkRecord, ShareRecord
from storage.formats.text import (
    MAX_NAME_CHARS,
    MAX_NOTE_CHARS,
    MAX_TITLE_CHARS,
    MAX_WORDS_CHARS,
    iso,
    lines,
    moment,
    number,
    one_line,
)

BOM = "\ufeff"
"""At the beginning of what we write: without it Excel takes UTF-8 for the encoding of the country."""

COLUMNS = (
    "number", "url", "title", "tags", "note", "shared_by", "shared_at", "words", "verdict", "captured_at", "page_title"
)  # fmt: skip
"""The last one where somebody has set the title: then it is the page's own, or the address while that is unknown."""
MAX_LINE_CHARS = 1_000_000
MAX_TAGS_CHARS = 100_000
"""Of the tags of one link; Python's `csv` takes no longer field unless it is told to."""
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
"""What a spreadsheet may take for a formula (OWASP, "CSV Injection"), already made harmless or not."""

_DELIMITERS = ",;\t"
_ADDRESS = ("url", "link", "href", "address", "uri")
_TITLE = ("title", "name")
_NOTE = ("note", "notes", "excerpt", "description")
_TIME = ("shared_at", "time_added", "created", "date", "date_added", "added", "timestamp")


def harmless(text: str) -> str:
    """A cell that no spreadsheet computes: what looks like a formula gets an apostrophe, which `original` takes off."""
    return f"'{text}" if _FORMULA.match(text) else text


def original(cell: str) -> str:
    """The text of a cell that `harmless` made."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def row_text(cells: list[str]) -> str:
    """One line of a file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return out.getvalue()


def head_csv() -> str:
    """The first line, with the mark that tells Excel the encoding."""
    return BOM + row_text(list(COLUMNS))


def link_csv(link: LinkRecord) -> str:
    """One link as a line: of its shares the first, of its captures the last."""
    share = link.shares[0] if link.shares else ShareRecord()
    last = link.captures[-1] if link.captures else None
    return row_text(
        [
            str(link.number or ""),
            link.url,
            link.given_title or link.title or "",
            join_tags(link.tags),
            link.note or "",
            share.who,
            iso(share.when) if share.when else "",
            share.words,
            last.verdict if last else "",
            iso(last.ended) if last else "",
            (link.title or link.url) if link.given_title else "",
        ]
    )


def join_tags(tags: tuple[str, ...]) -> str:
    """Names with commas between them; a name that holds one itself stands in quotes."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(tags)
    return out.getvalue()


def split_tags(text: str, separator: str = ",") -> tuple[str, ...]:
    """Names as files have them, those in quotes whole."""
    line = " ".join(text[:MAX_TAGS_CHARS].split())
    return names(next(csv.reader([line], delimiter=separator, skipinitialspace=True), []))


def _lines(stream: TextIO) -> Iterator[str]:
    """Lines of a bounded length: one that is longer is cut into several."""
    while line := stream.readline(MAX_LINE_CHARS):
        yield line.replace("\0", "")


def looks_like_one(head: str) -> bool:
    """Whether a text begins with the names of columns, one of which is for addresses."""
    return bool(_columns(head.lstrip(BOM).split("\n", 1)[0])[0])


def _columns(first: str) -> tuple[dict[str, int], str]:
    """The columns by name, and what stands between them; none if there is none for addresses."""
    for delimiter in _DELIMITERS:
        cells = next(csv.reader([first.strip("\r\n")], delimiter=delimiter), [])
        found = {cell.strip().strip(BOM).lower().replace(" ", "_"): n for n, cell in reversed(list(enumerate(cells)))}
        if len(cells) < 500 and any(name in found for name in _ADDRESS):
            return found, delimiter
    return {}, ","


def read(stream: TextIO, header: Header) -> Iterator[LinkRecord]:
    """The links of a table. Raises BadFile when it has no column of addresses."""
    csv.field_size_limit(MAX_LINE_CHARS * 2)
    source = _lines(stream)
    columns, delimiter = _columns(next(source, ""))
    if not columns:
        raise BadFile("unknown", "no column of addresses")
    rows = csv.reader(source, delimiter=delimiter)
    ours = "shared_at" in columns and "number" in columns
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            header.skipped += 1
            continue
        link = _link({name: row[n] for name, n in columns.items() if n < len(row)}, ours)
        if link:
            yield link
        elif any(row):
            header.skipped += 1


def _link(cells: dict[str, str], ours: bool) -> LinkRecord | None:
    if ours:
        cells = {name: original(cell) for name, cell in cells.items()}
    url = _first(cells, _ADDRESS).strip()
    if not url or len(url) > MAX_URL_CHARS:
        return None
    # Pocket writes the address again where it knows no title.
    title = _other_than(url, one_line(_first(cells, _TITLE), MAX_TITLE_CHARS))
    page_title = one_line(cells.get("page_title"), MAX_TITLE_CHARS) if ours else ""
    when = moment(_first(cells, _TIME))
    who, words = one_line(cells.get("shared_by"), MAX_NAME_CHARS), lines(cells.get("words"), MAX_WORDS_CHARS)
    words = words if ours else words or title  # see records.posted
    notes = dict.fromkeys(lines(cells.get(name), MAX_NOTE_CHARS) for name in _NOTE)
    tags = cells.get("tags") or cells.get("labels") or ""
    return LinkRecord(
        url=url,
        number=number(cells.get("number"), 1, MAX_NUMBER) if ours else None,
        title=(_other_than(url, page_title) if page_title else title) or None,
        given_title=(title or None) if page_title else None,
        note="\n".join(filter(None, notes))[:MAX_NOTE_CHARS] or None,
        tags=split_tags(tags, "|" if "|" in tags and not ours else ","),
        shares=(ShareRecord(who=who, when=when, words=words),) if when or who or words else (),
    )


def _other_than(url: str, title: str) -> str:
    return "" if title == url else title


def _first(cells: dict[str, str], wanted: tuple[str, ...]) -> str:
    return next((cells[name] for name in wanted if cells.get(name)), "")
