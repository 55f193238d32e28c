"""Records with sensible defaults for the tests of the bot, and a checker of the HTML that Telegram reads."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

from bot.card_lines import Setting
from bot.words import words
from storage.records import ArtifactView, BlobRef, CaptureView, CardView, LinkView

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def setting(language: str = "en") -> Setting:
    return Setting(words(language), "hashkeep_bot", NOW)


def artifact(kind: str, size_bytes: int = 100_000, media_type: str = "", **more: Any) -> ArtifactView:
    types = {"html": "text/html", "text": "text/markdown", "original": "application/pdf"}
    sha256 = f"{abs(hash((kind, size_bytes))):064x}"[:64]
    return ArtifactView(kind, BlobRef(sha256, size_bytes), media_type or types.get(kind, "image/jpeg"), **more)


PAGE = (
    artifact("screenshot", 900_000, width_px=1280, height_px=8400),
    artifact("preview", 200_000, width_px=1280, height_px=1600),
    artifact("html", 700_000),
    artifact("text", 100_000),
)


def capture(verdict: str | None = "ok", artifacts: tuple[ArtifactView, ...] = PAGE, **more: Any) -> CaptureView:
    fields: dict[str, Any] = {
        "capture_id": 1, "state": "ended", "verdict": verdict, "error_code": None, "http_status": 200,
        "final_url": None, "title": None, "lang": "en", "media_type": "text/html", "elapsed_s": 3.0,
        "requested_at": NOW, "ended_at": NOW, "artifacts": artifacts,
    }  # fmt: skip
    return CaptureView(**{**fields, **more})


def link(title: str | None = "Foxes & Links, a field guide", **more: Any) -> LinkView:
    fields: dict[str, Any] = {
        "link_id": 7, "number": 12, "url": "https://example.org/foxes", "host": "example.org", "title": title,
        "tags": ("foxes", "reading"), "first_shared_at": NOW, "first_shared_by": "Alice", "first_sharer_id": 1001,
        "captures_count": 1, "capture": capture(),
    }  # fmt: skip
    return LinkView(**{**fields, **more})


def card(*links: LinkView, **more: Any) -> CardView:
    fields: dict[str, Any] = {
        "card_id": 3, "chat_id": -1001, "chat_kind": "supergroup", "thread_id": None, "reply_to_message_id": 5,
        "language": "en", "created_at": NOW, "links": links, "notes": (),
    }  # fmt: skip
    return CardView(**{**fields, **more})


_TAG = re.compile(r'<(/?)(b|a|code)((?: href="[^"<>]*")?)>')
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#x27);")


def read_html(text: str) -> tuple[str, list[tuple[str, str, str]]]:
    """What a person reads, and (tag, href, text) of what is marked; AssertionError for what Telegram refuses."""
    plain, open_tags, marked, position = "", [], [], 0
    for tag in re.finditer(r"<[^>]*>?", text):
        plain += _read_text(text[position : tag.start()])
        position = tag.end()
        found = _TAG.fullmatch(tag[0])
        assert found, f"{tag[0]!r} is no tag that we use"
        if found[1]:
            assert open_tags, f"{tag[0]} closes nothing"
            name, href, start = open_tags.pop()
            assert name == found[2], f"{tag[0]} closes <{name}>"
            assert plain[start:].strip(), f"<{name}> is empty"
            marked.append((name, href, plain[start:]))
        else:
            assert bool(found[3]) == (found[2] == "a")
            open_tags.append((found[2], html.unescape(found[3][7:-1]), len(plain)))
    assert not open_tags, f"{open_tags} stay open"
    return plain + _read_text(text[position:]), marked


def _read_text(text: str) -> str:
    assert "<" not in text
    assert ">" not in text
    assert text.count("&") == len(_ENTITY.findall(text)), f"a bare & in {text!r}"
    return html.unescape(text)
