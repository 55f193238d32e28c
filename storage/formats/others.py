"""Other programs' JSON: Karakeep's export, Linkding's API, Pocket's lists, and the bookmark files inside browsers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.formats.csv_files import split_tags
from storage.formats.json_reader import JsonReader
from storage.formats.ours import MAX_URL_CHARS, names
from storage.formats.records import Header, LinkRecord, posted
from storage.formats.text import MAX_NOTE_CHARS, MAX_TITLE_CHARS, lines, moment, one_line

_URL = ("url", "uri", "link", "href", "resolved_url", "given_url")
_TITLE = ("title", "name", "resolved_title", "given_title", "website_title")
_NOTE = ("note", "notes", "description", "excerpt")
_TIME = ("createdAt", "created_at", "date_added", "created", "dateAdded", "time_added", "time", "date", "timestamp")
_TAGS = ("tags", "tag_names", "tagNames", "labels", "keywords")
_SINCE_1601 = datetime(1601, 1, 1, tzinfo=UTC)


def entries(reader: JsonReader, header: Header) -> Iterator[LinkRecord]:
    """The links of an array of objects that have an address, by whatever of the known names."""
    for _ in reader.elements():
        link = _link(reader.value())
        if link:
            yield link
        else:
            header.skipped += 1


def _link(data: Any) -> LinkRecord | None:
    if isinstance(data, str):
        data = {"url": data}
    if not isinstance(data, dict):
        return None
    content = data.get("content")
    merged = {**(content if isinstance(content, dict) else {}), **{k: v for k, v in data.items() if v is not None}}
    url = _text(merged, _URL).strip()
    if not url or len(url) > MAX_URL_CHARS:
        return None
    title = one_line(_text(merged, _TITLE), MAX_TITLE_CHARS)
    title = "" if title == url else title
    when = next((found for name in _TIME if (found := moment(merged.get(name)))), None)
    notes = dict.fromkeys(lines(merged.get(name), MAX_NOTE_CHARS) for name in _NOTE)
    return LinkRecord(
        url=url,
        title=title or None,
        note="\n".join(filter(None, notes))[:MAX_NOTE_CHARS] or None,
        tags=_tags(next((merged[name] for name in _TAGS if merged.get(name)), ())),
        shares=posted(when, title),
    )


def _text(data: dict[str, Any], wanted: tuple[str, ...]) -> str:
    return next((found for name in wanted if isinstance(found := data.get(name), str) and found), "")


def _tags(data: object) -> tuple[str, ...]:
    """A list of names or of objects with names, a text with commas, or (Pocket) an object by names."""
    if isinstance(data, str):
        return split_tags(data)
    if isinstance(data, dict):
        return names(list(data))
    if isinstance(data, list):
        return names([tag.get("name") if isinstance(tag, dict) else tag for tag in data])
    return ()


def browser(data: Any, header: Header) -> Iterator[LinkRecord]:
    """The links of Chromium's `Bookmarks` or of a backup of Firefox: folders within folders."""
    todo = [data]
    while todo:
        found = todo.pop()
        if isinstance(found, list):
            todo.extend(reversed(found))
        elif isinstance(found, dict):
            url = found.get("url") or found.get("uri")
            if isinstance(url, str) and found.get("type") in ("url", "text/x-moz-place"):
                if link := _bookmark(found, url):
                    yield link
                else:
                    header.skipped += 1
            todo.extend(reversed([value for value in found.values() if isinstance(value, dict | list)]))


def _bookmark(data: dict[str, Any], url: str) -> LinkRecord | None:
    if not 0 < len(url) <= MAX_URL_CHARS:
        return None
    when = moment(data.get("dateAdded")) or _since_1601(data.get("date_added"))
    title = one_line(data.get("name") or data.get("title"), MAX_TITLE_CHARS)
    return LinkRecord(
        url=url,
        title=title or None,
        tags=_tags(data.get("tags")),
        shares=posted(when, title),
    )


def _since_1601(value: object) -> datetime | None:
    """Chromium counts microseconds since 1601."""
    if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19):
        return None
    try:
        return moment((_SINCE_1601 + timedelta(microseconds=int(value))).isoformat())
    except OverflowError:
        return None
