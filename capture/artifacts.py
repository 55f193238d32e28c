"""The files of a capture, written into its scratch folder."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from capture import document, single_file, wacz
from capture.dates import iso_date
from capture.recorder import Exchange, Recording
from capture.records import Artifact, ArtifactKind, CaptureRequest
from capture.screenshot import Picture, Shot
from capture.text import article, language, many_lines, one_line, visible_text

log = logging.getLogger(__name__)

VISIBLE_TEXT = "visible.txt"
MAX_NAME_CHARACTERS = 200
WACZ = "page.wacz"
WACZ_TYPE = "application/wacz+zip"


@dataclass
class Kept:
    """What has been written so far; filled bit by bit, so that an end in the middle loses only the rest."""

    artifacts: list[Artifact] = field(default_factory=list)
    visible_path: str | None = None
    visible: str = ""
    title: str | None = None
    """A title found in the file itself; None: that of the page."""
    media_type: str = ""
    """Of a file, by its content."""
    notes: list[str] = field(default_factory=list)
    too_large: bool = False


@dataclass(frozen=True)
class Page:
    """An HTML page as the browser showed it."""

    look: dict[str, Any]
    frames: list[str]
    source: str
    snapshot: single_file.Snapshot | None
    recording: Recording | None
    facts: dict[str, Any] = field(default_factory=dict)


def title_of(look: dict[str, Any], facts: dict[str, Any] | None = None) -> str | None:
    """The page's title, or what comes nearest to one."""
    candidates = (look.get("title"), look.get("meta_title"), look.get("heading"), str((facts or {}).get("title") or ""))
    return next((title for text in candidates if (title := one_line(text))), None)


def name_of(facts: dict[str, Any], key: str) -> str | None:
    """One of the names that a page gives, fit to be shown."""
    return one_line(str(facts.get(key) or ""), MAX_NAME_CHARACTERS)


def date_of(facts: dict[str, Any]) -> str | None:
    """When the page says it was published, in ISO 8601; the first of its statements that is a date."""
    said = str(facts.get("published") or "").split("\n")[:10]
    return next((date for text in said if (date := iso_date(text))), None)


async def keep_page(request: CaptureRequest, kept: Kept, page: Page, shot: Shot | None) -> None:
    """Pictures first, then the words, then the offline page."""
    visible = visible_text(page.frames)
    is_empty = shot is not None and shot.flat and not visible and not page.look.get("pictures")
    if shot and not is_empty:  # a white rectangle is no picture of anything
        await asyncio.to_thread(_write_shot, request.scratch, kept, shot)
    await _write_visible(request.scratch, kept, visible)
    url, title = request.shown_as or str(page.look.get("url") or request.url), title_of(page.look, page.facts)
    if page.snapshot and page.recording:
        await _keep_html(request, kept, page.snapshot, page.recording, url)
    if visible:
        said = (name_of(page.facts, "author"), name_of(page.facts, "site_name"), date_of(page.facts))
        byline = " · ".join(filter(None, said))
        spoken = language(page.look.get("lang") or str(page.facts.get("language") or ""), visible)

        def late() -> None:
            kept.notes += ("extract_timeout",)

        text = await article(page.source, url, title, visible, byline, spoken, late)
        await _write(request.scratch, kept, ArtifactKind.TEXT, "text.md", "text/markdown", text.encode())


async def _keep_html(
    request: CaptureRequest, kept: Kept, snapshot: single_file.Snapshot, recording: Recording, url: str
) -> None:
    limits = single_file.Limits(request.options.max_html_bytes, request.options.max_resource_bytes)
    about = single_file.About(url, request.at)
    made = await asyncio.to_thread(single_file.assemble, snapshot, recording, about, limits)
    kept.notes += made.notes
    if made.html:
        await _write(request.scratch, kept, ArtifactKind.HTML, "page.html", "text/html", made.html.encode())


async def keep_file(
    request: CaptureRequest, kept: Kept, main: Exchange, shot: Shot | None, film_frame: bytes | None = None
) -> None:
    """The file itself, from what the recorder has, and what can be shown of it."""
    limit = request.options.max_original_bytes
    read = await asyncio.to_thread(document.read, main, limit, film_frame)
    kept.notes += read.notes
    kept.title, kept.media_type = read.title, read.media_type
    if not main.body or main.truncated or len(main.body) > limit:
        # Chromium lets go of bodies above the limit; of one that was cut off a part is there.
        kept.too_large = not main.failed and not (main.truncated and len(main.body or b"") <= limit)
        kept.notes.append("original_missing")
    else:
        name = f"original.{read.extension}"
        await _write(request.scratch, kept, ArtifactKind.ORIGINAL, name, read.media_type, main.body)
    if read.picture:
        await asyncio.to_thread(_write_picture, request.scratch, kept, ArtifactKind.PREVIEW, read.picture)
    elif shot and not shot.flat:
        await asyncio.to_thread(_write_shot, request.scratch, kept, shot)
    if read.text:
        await _write_visible(request.scratch, kept, read.text)
        address = request.shown_as or main.url
        text = f"# {read.title or address}\n\n<{address}>\n\n{_as_markdown(read.text, read.media_type)}\n"
        await _write(request.scratch, kept, ArtifactKind.TEXT, "text.md", "text/markdown", text.encode())


async def keep_archive(request: CaptureRequest, kept: Kept, recording: Recording, page: wacz.Page) -> None:
    """All that was loaded, for others' tools, with the picture and the words beside it. It failing spoils nothing."""
    extras = []
    if picture := next((a for a in kept.artifacts if a.kind is ArtifactKind.SCREENSHOT), None):
        data = await asyncio.to_thread((request.scratch / picture.path).read_bytes)
        extras.append(wacz.Extra("view", picture.media_type, data))
    if kept.visible:
        extras.append(wacz.Extra("text", "text/plain; charset=utf-8", kept.visible.encode("utf-8", "replace")))
    try:
        size = await asyncio.to_thread(wacz.write_wacz, request.scratch / WACZ, recording, page, extras)
    except (OSError, ValueError) as error:
        log.warning("no archive of %s: %s", page.url, error)
        kept.notes.append("wacz_failed")
    else:
        kept.artifacts.append(Artifact(kind=ArtifactKind.WACZ, path=WACZ, media_type=WACZ_TYPE, size_bytes=size))


_CODE = ("application/zip", "application/javascript", "application/x-ndjson", "application/x-sh")


def _as_markdown(text: str, media_type: str) -> str:
    if not media_type.endswith("json"):
        as_it_is = media_type.startswith("text/") and media_type not in ("text/markdown", "text/html")
        return f"```\n{text}\n```" if as_it_is or media_type in _CODE else text
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    return f"```json\n{text}\n```"


def _write_shot(scratch: Path, kept: Kept, shot: Shot) -> None:
    _write_picture(scratch, kept, ArtifactKind.SCREENSHOT, shot.full)
    _write_picture(scratch, kept, ArtifactKind.PREVIEW, shot.preview)


def _write_picture(scratch: Path, kept: Kept, kind: ArtifactKind, picture: Picture) -> None:
    name = f"{kind.value}.jpg"
    (scratch / name).write_bytes(picture.data)
    kept.artifacts.append(
        Artifact(
            kind=kind,
            path=name,
            media_type="image/jpeg",
            size_bytes=len(picture.data),
            width_px=picture.width_px,
            height_px=picture.height_px,
        )
    )


async def _write(scratch: Path, kept: Kept, kind: ArtifactKind, name: str, media_type: str, data: bytes) -> None:
    await asyncio.to_thread((scratch / name).write_bytes, data)
    kept.artifacts.append(Artifact(kind=kind, path=name, media_type=media_type, size_bytes=len(data)))


async def _write_visible(scratch: Path, kept: Kept, text: str) -> None:
    kept.visible = many_lines(text)
    await asyncio.to_thread((scratch / VISIBLE_TEXT).write_text, kept.visible, "utf-8", "replace")
    kept.visible_path = VISIBLE_TEXT
