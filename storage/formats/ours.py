"""Hashkeep's own JSON: what is written, and the same read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from storage.formats.json_reader import JsonReader
from storage.formats.records import (
    FORMAT,
    FORMAT_VERSION,
    ArtifactRecord,
    BadFile,
    CaptureRecord,
    Header,
    LinkRecord,
    RuleRecord,
    ShareRecord,
)
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

MAX_SHARES, MAX_CAPTURES, MAX_TAGS, MAX_ARTIFACTS = 50_000, 10_000, 5_000, 12
"""Of one link, far above what people have; more is not made of a few megabytes of text."""
MAX_NUMBER = 2**31 - 1
MAX_ID = 2**53
MAX_URL_CHARS = 8192
MAX_METADATA_CHARS = 20_000
KINDS = ("screenshot", "preview", "html", "wacz", "pdf", "text", "original")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[a-z0-9_.:-]{1,80}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")
VERDICTS = frozenset(
    {"ok", "http_error", "blocked", "consent", "login", "blank", "timeout", "unreachable", "refused", "too_large",
     "not_html", "crashed"}
)  # fmt: skip


def head_json(header: Header, exported_at: datetime) -> str:
    """The beginning of a file, up to its first link."""
    head: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "exported_at": iso(exported_at),
        "chat": {"id": header.chat_id, "title": header.title, "kind": header.kind},
        "settings": header.settings,
        "aliases": [{"name": name, "tag": tag} for name, tag in header.aliases],
        "rules": [asdict(rule) for rule in header.rules],
    }
    return json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "links": ['


TAIL_JSON = "\n]}\n"


def link_json(link: LinkRecord) -> str:
    """One link as it stands between head and tail, in one line."""
    return json.dumps(as_json(link), ensure_ascii=False)


def as_json(link: LinkRecord) -> dict[str, Any]:
    """A link as plain data: what is not known is left out."""
    data: dict[str, Any] = {
        "number": link.number,
        "url": link.url,
        "title": link.given_title or link.title,
        "note": link.note,
        "tags": list(link.tags),
        "shares": [_share_json(share) for share in link.shares],
        "captures": [_capture_json(capture) for capture in link.captures],
    }
    if link.given_title is not None:
        data["page_title"] = link.title
    return data


def _share_json(share: ShareRecord) -> dict[str, Any]:
    data: dict[str, Any] = {
        "who": share.who,
        "who_id": share.who_id,
        "when": iso(share.when) if share.when else None,
        "words": share.words,
    }
    more = {
        "source": share.source,
        "chat_id": share.chat_id,
        "message_id": share.message_id,
        "topic_id": share.thread_id,
    }
    return data | {name: value for name, value in more.items() if value is not None}


def _capture_json(capture: CaptureRecord) -> dict[str, Any]:
    data = {name: value for name, value in asdict(capture).items() if value not in (None, (), {}, [])}
    data |= {"when": iso(capture.when), "ended": iso(capture.ended)}
    data["artifacts"] = [
        {name: value for name, value in asdict(artifact).items() if value is not None} for artifact in capture.artifacts
    ]
    return data


def read(reader: JsonReader, header: Header) -> Iterator[LinkRecord]:
    """The links of a file of ours, and its header filled on the way. Raises BadFile."""
    for name in reader.members():
        match name:
            case "format_version" | "version":
                _check_version(reader.value())
            case "chat":
                _read_chat(reader.value(), header)
            case "settings":
                found = reader.value()
                header.settings = found if isinstance(found, dict) else {}
            case "aliases" if reader.kind() == "[":
                header.aliases = [pair for entry in _all(reader, 10_000) if (pair := _alias(entry))]
            case "rules" if reader.kind() == "[":
                header.rules = [rule for entry in _all(reader, 1000) if (rule := _rule(entry))]
            case "links" if reader.kind() == "[":
                for _ in reader.elements():
                    data = reader.value()
                    link = link_of(data)
                    header.skipped += _beyond(data)
                    if link:
                        yield link
                    else:
                        header.skipped += 1


def _all(reader: JsonReader, limit: int) -> Iterator[Any]:
    for n, _ in enumerate(reader.elements()):
        if n < limit:
            yield reader.value()


def _check_version(version: object) -> None:
    found = number(version, 1, 10**9)
    if found is None:
        raise BadFile("broken", "it has no format version")
    if found > FORMAT_VERSION:
        raise BadFile("too_new", f"format version {found}")


def _read_chat(data: object, header: Header) -> None:
    if isinstance(data, dict):
        header.chat_id = number(data.get("id"), -MAX_ID, MAX_ID)
        header.title = one_line(data.get("title"), 255)
        header.kind = one_line(data.get("kind"), 16)


def _alias(data: object) -> tuple[str, str] | None:
    if not isinstance(data, dict):
        return None
    name, tag = one_line(data.get("name"), 256), one_line(data.get("tag"), 256)
    return (name, tag) if name and tag else None


def _rule(data: object) -> RuleRecord | None:
    if not isinstance(data, dict):
        return None
    host, words = one_line(data.get("host"), 255) or None, one_line(data.get("words"), 255) or None
    tags = names(data.get("tags"))
    return RuleRecord(host, words, tags) if tags and (host or words) else None


def _beyond(data: Any) -> int:
    """How much of a link is more than anything takes."""
    limits = {"shares": MAX_SHARES, "captures": MAX_CAPTURES, "tags": MAX_TAGS}
    if not isinstance(data, dict):
        return 0
    return sum(
        max(0, len(found) - limit) for name, limit in limits.items() if isinstance(found := data.get(name), list)
    )


def names(data: object) -> tuple[str, ...]:
    """A list of names, each once, in their order."""
    if not isinstance(data, list | tuple):
        return ()
    found = (one_line(name, 256).lstrip("#＃").strip() for name in data[:MAX_TAGS])
    return tuple(dict.fromkeys(name for name in found if name))


def link_of(data: object) -> LinkRecord | None:
    """One link read; None for what has no address."""
    if not isinstance(data, dict):
        return None
    url = data.get("url")
    if not isinstance(url, str) or not 0 < len(url) <= MAX_URL_CHARS:
        return None
    title = one_line(data.get("title"), MAX_TITLE_CHARS) or None
    has_own = "page_title" in data
    return LinkRecord(
        url=url,
        number=number(data.get("number"), 1, MAX_NUMBER),
        title=(one_line(data["page_title"], MAX_TITLE_CHARS) or None) if has_own else title,
        given_title=title if has_own else None,
        note=lines(data.get("note"), MAX_NOTE_CHARS) or None,
        tags=names(data.get("tags")),
        shares=tuple(share for entry in _some(data.get("shares"), MAX_SHARES) if (share := _share(entry))),
        captures=tuple(found for entry in _some(data.get("captures"), MAX_CAPTURES) if (found := _capture(entry))),
    )


def _some(data: object, limit: int) -> list[Any]:
    return data[:limit] if isinstance(data, list) else []


def _share(data: object) -> ShareRecord | None:
    if not isinstance(data, dict):
        return None
    return ShareRecord(
        who=one_line(data.get("who"), MAX_NAME_CHARS),
        who_id=number(data.get("who_id"), -MAX_ID, MAX_ID),
        when=moment(data.get("when")),
        words=lines(data.get("words"), MAX_WORDS_CHARS),
        source=one_line(data.get("source"), 255) or None,
        chat_id=number(data.get("chat_id"), -MAX_ID, MAX_ID),
        message_id=number(data.get("message_id"), -(2**62), 2**53),
        thread_id=number(data.get("topic_id"), 1, 2**53),
    )


def _capture(data: object) -> CaptureRecord | None:
    if not isinstance(data, dict):
        return None
    ended = moment(data.get("ended")) or moment(data.get("when"))
    verdict = data.get("verdict")
    if ended is None or verdict not in VERDICTS:
        return None
    elapsed = data.get("elapsed_s")
    return CaptureRecord(
        when=moment(data.get("when")) or ended,
        ended=ended,
        verdict=verdict,
        error_code=_matching(_CODE, data.get("error_code")),
        http_status=number(data.get("http_status"), 100, 599),
        final_url=_matching(re.compile(r"https?://\S{1,8000}", re.IGNORECASE), data.get("final_url")),
        title=one_line(data.get("title"), MAX_TITLE_CHARS) or None,
        lang=_matching(_LANGUAGE, data.get("lang")),
        description=one_line(data.get("description"), MAX_TITLE_CHARS) or None,
        media_type=_matching(_MEDIA_TYPE, data.get("media_type")),
        elapsed_s=float(elapsed) if isinstance(elapsed, int | float) and 0 <= elapsed < 1e6 else None,
        given_by=one_line(data["given_by"], MAX_NAME_CHARS) if isinstance(data.get("given_by"), str) else None,
        given_by_id=number(data.get("given_by_id"), -MAX_ID, MAX_ID),
        notes=tuple(n for n in _some(data.get("notes"), 50) if isinstance(n, str) and _CODE.fullmatch(n)),
        metadata=_metadata(data.get("metadata")),
        artifacts=_artifacts(data.get("artifacts")),
    )


def _metadata(data: object) -> dict[str, Any]:
    """Plain data of a bounded size; what is larger or nested deeper is left out."""
    if not isinstance(data, dict):
        return {}
    try:
        text = json.dumps(data, ensure_ascii=False)
    except (ValueError, RecursionError):
        return {}
    return data if len(text) <= MAX_METADATA_CHARS else {}


def _artifacts(data: object) -> tuple[ArtifactRecord, ...]:
    found: dict[str, ArtifactRecord] = {}
    for entry in _some(data, MAX_ARTIFACTS):
        artifact = _artifact(entry)
        if artifact:
            found.setdefault(artifact.kind, artifact)
    return tuple(found.values())


def _artifact(data: object) -> ArtifactRecord | None:
    if not isinstance(data, dict) or data.get("kind") not in KINDS:
        return None
    sha256, size = _matching(_SHA256, data.get("sha256")), number(data.get("size_bytes"), 0, 2**40)
    if sha256 is None or size is None:
        return None
    return ArtifactRecord(
        kind=data["kind"],
        sha256=sha256,
        size_bytes=size,
        media_type=_matching(_MEDIA_TYPE, data.get("media_type")) or "application/octet-stream",
        width_px=number(data.get("width_px"), 1, 10**6),
        height_px=number(data.get("height_px"), 1, 10**7),
    )


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
