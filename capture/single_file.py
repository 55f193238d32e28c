"""One HTML file that is the page as it stood: nothing in it runs, and it loads nothing.

In two steps, so that the screenshot can come between: `serialise` has every frame's live document written out inside
Chromium (`single_file_frames.py`, `single_file.js`); `assemble` puts in what the recorder kept. In between, text and
places to fill in are separate values, so that nothing a page contains can be mistaken for a place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.async_api import BrowserContext

from capture.recorder import Recorder
from capture.recording import Recording
from capture.single_file_css import NOTHING
from capture.single_file_frames import FrameDocument, Snapshot, serialise
from capture.single_file_names import looks, meanings
from capture.single_file_resources import Resources, StyleSheets
from capture.single_file_svg import referenced

__all__ = ["About", "Limits", "SingleFile", "Snapshot", "assemble", "build", "install", "serialise"]

POLICY = (
    "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline' data:; font-src data:; "
    "media-src data:; frame-src data: blob:; base-uri 'none'; form-action 'none'"
)
MAX_FRAME_DEPTH = 8
TRANSPARENT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""One pixel that lets through what is behind it."""
_TRANSITIONAL = ("-//w3c//dtd xhtml 1.0 transitional//", "-//w3c//dtd xhtml 1.0 frameset//",
                 "-//w3c//dtd html 4.01 transitional//", "-//w3c//dtd html 4.01 frameset//")  # fmt: skip
"""Public identifiers that put a document into limited-quirks mode (HTML Standard, 13.2.6.4.1)."""


_START = re.compile(r"<html[^>]*>(?:<head[^>]*>)?")


@dataclass(frozen=True)
class About:
    """What the last line of the file says."""

    url: str
    captured_at: datetime


@dataclass(frozen=True)
class Limits:
    """How large a file may become."""

    max_html_bytes: int = 24_000_000
    max_resource_bytes: int = 8_000_000


@dataclass(frozen=True)
class SingleFile:
    """The file, and what it lacks."""

    html: str
    """"" if the page did not answer."""
    missing: int
    """Things that were shown or asked for and are not in it; each leaves an empty place of its size."""
    notes: tuple[str, ...]
    """`html_missing:n`, `html_frames_missing:n`, `html_cut`, `html_failed`."""


async def install(context: BrowserContext) -> None:
    """Prepares a context, before it has a page: closed shadow roots and WebGL drawings can then be written out."""
    await context.add_init_script(_prepare_script())


async def build(recorder: Recorder, recording: Recording, about: About, timeout_s: float = 5.0) -> SingleFile:
    """Both steps at once."""
    return assemble(await serialise(recorder, timeout_s), recording, about)


def assemble(snapshot: Snapshot, recording: Recording, about: About, limits: Limits | None = None) -> SingleFile:
    """Puts the recorded bodies into a snapshot. Pure; takes some 10 to 300 ms, so run it in a thread."""
    limits = limits or Limits()
    if not snapshot.main:
        return SingleFile("", 0, ("html_failed",))
    written = sum(len(part) for f in snapshot.frames.values() for part in f.parts if isinstance(part, str))
    resources = Resources(recording, limits.max_resource_bytes, limits.max_html_bytes - written)
    html = _Assembly(snapshot, resources, about).document(snapshot.main, 0)
    # A lone half of a surrogate pair is a character for a script, and none for a file.
    html = html.encode("utf-8", "replace").decode()
    missing = len(resources.missing) + sum(frame.lost for frame in snapshot.frames.values())
    return SingleFile(html, missing, tuple(_notes(snapshot, missing)))


def _notes(snapshot: Snapshot, missing: int) -> list[str]:
    notes = [f"html_missing:{missing}"] if missing else []
    if snapshot.silent:
        notes.append(f"html_frames_missing:{snapshot.silent}")
    if any(frame.cut for frame in snapshot.frames.values()):
        notes.append("html_cut")
    return notes


class _Assembly:
    def __init__(self, snapshot: Snapshot, resources: Resources, about: About) -> None:
        self._snapshot = snapshot
        self._resources = resources
        self._about = about

    def document(self, frame_id: str, depth: int) -> str:
        frame = self._snapshot.frames[frame_id]
        sheets = StyleSheets(self._resources, frame.blobs, meanings(frame.renamed, frame.poses), frame.url)
        sheets.count(self._css_of(frame, sheets))
        for part in frame.parts:
            if not isinstance(part, str) and part["k"] == "image" and not part["broken"]:
                sheets.count_image(part["u"])
        body = "".join(
            part if isinstance(part, str) else self._filled(part, frame, sheets, depth) for part in frame.parts
        )
        head = '<meta charset="utf-8">'
        if depth == 0:
            head += f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            head += (
                '<meta name="referrer" content="no-referrer"><meta http-equiv="x-dns-prefetch-control" content="off">'
            )
        if rules := looks(frame.renamed) + sheets.shared_rules():
            head += f"<style>{rules}</style>"
        # Attribute values hold no bare `>`: the first one ends the tag.
        start = _START.match(body)
        end = start.end() if start else 0
        return _doctype(frame) + body[:end] + head + body[end:]

    def _css_of(self, frame: FrameDocument, sheets: StyleSheets) -> list[tuple[str, str]]:
        texts = []
        for part in frame.parts:
            if isinstance(part, str):
                continue
            if part["k"] in ("css", "style", "image"):
                texts.append((part["t"], part["b"]))
            elif part["k"] == "sheet" and (found := sheets.external(part["u"], part["charset"])):
                texts.append(found)
        return texts

    def _filled(self, part: dict[str, Any], frame: FrameDocument, sheets: StyleSheets, depth: int) -> str:
        match part["k"]:
            case "resource":
                return self._resource(part, frame)
            case "image":
                return self._image(part, frame, sheets)
            case "css":
                return _in_style(sheets.embedded(part["t"], part["b"]), part.get("m", False))
            case "sheet":
                return self._sheet(part, sheets)
            case "style":
                return escape(sheets.embedded(part["t"], part["b"]))
            case "use":
                return self._use(part, frame)
            case "frame":
                return self._frame(part, depth)
            case "names":
                return f"<style>{looks(frame.renamed)}</style>" if frame.renamed else ""
            case "note":
                return self._note(frame) if depth == 0 else ""
        return ""

    def _resource(self, part: dict[str, Any], frame: FrameDocument) -> str:
        url = part["u"]
        if part.get("broken") or not url:
            return NOTHING  # looks as broken as it did
        if data := self._resources.data_url(url, frame.blobs):
            return escape(data.replace(" ", "%20"))
        return _empty_picture(part.get("w") or 1, part.get("h") or 1)

    def _image(self, part: dict[str, Any], frame: FrameDocument, sheets: StyleSheets) -> str:
        style = sheets.embedded(part["t"], part["b"])
        shared = None if part["broken"] or part["d"] or part["own"] else sheets.shared_image(part["u"])
        if shared:
            style = f"{style};content:{shared}" if style else f"content:{shared}"
        attributes = f' style="{escape(style)}"' if style else ""
        if part["d"]:
            return f'{attributes} srcset="{self._resource(part, frame)} {part["d"]}x"'
        return f'{attributes} src="{TRANSPARENT if shared else self._resource(part, frame)}"'

    def _sheet(self, part: dict[str, Any], sheets: StyleSheets) -> str:
        found = sheets.external(part["u"], part["charset"])
        if not found and part["t"] is not None:
            found = part["t"], part["b"]
        if not found:
            self._resources.missing.add(part["u"])
            return ""
        return _in_style(sheets.embedded(*found), part.get("m", False))

    def _use(self, part: dict[str, Any], frame: FrameDocument) -> str:
        url, _, fragment = part["u"].partition("#")
        found = self._resources.exchange(url)
        drawing = found and referenced(found[1], fragment, part["w"], part["h"])
        if not drawing or not self._resources.spend(len(drawing)):
            self._resources.missing.add(url)
            return ""
        return drawing

    def _frame(self, part: dict[str, Any], depth: int) -> str:
        frame = self._snapshot.frames.get(part["i"])
        if not frame or depth >= MAX_FRAME_DEPTH:
            return ""
        document = self.document(part["i"], depth + 1)
        # A document in `srcdoc` is never in quirks mode, one in a data: URL is if it says no doctype.
        if part["as"] == "src":
            return _as_data_url(document)
        if frame.quirks:
            return f' src="{_as_data_url(document)}"'
        # Only what has to be escaped, as each level of frames does it again.
        inner = document.replace("&", "&amp;").replace('"', "&quot;")
        return f' srcdoc="{inner}"'

    def _note(self, frame: FrameDocument) -> str:
        place = "" if frame.flows else f"position:absolute;left:0;right:0;top:{frame.height}px;"
        url = escape(self._about.url)
        when = self._about.captured_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        return (
            f'<div style="all:initial;display:block;clear:both;{place}box-sizing:border-box;padding:6px 12px;'
            'font:12px/1.4 system-ui,sans-serif;color:#666;background:#f4f4f4;overflow-wrap:anywhere">'
            f'Kept by Hashkeep from <a href="{url}" target="_blank" rel="noreferrer" '
            f'style="all:unset;color:#666;text-decoration:underline;cursor:pointer">{url}</a>, {when}</div>'
        )


def escape(text: str) -> str:
    """Text as the value of an attribute in double quotes."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _in_style(css: str, is_markup: bool) -> str:
    """The text of a style element; `is_markup` where a parser takes it for markup (inside a drawing).

    Elsewhere only the element's own end tag means something; `\\/` is a slash to CSS.
    """
    if is_markup:
        # Quotes stay: Chromium looks ahead for `@import` here without reading character references.
        return css.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return css.replace("</", "<\\/")


def _doctype(frame: FrameDocument) -> str:
    if frame.quirks:
        return ""
    if frame.doctype.lower().startswith(_TRANSITIONAL):
        return f'<!DOCTYPE html PUBLIC "{escape(frame.doctype)}" "">'
    return "<!DOCTYPE html>"


def _as_data_url(document: str) -> str:
    return "data:text/html;charset=utf-8," + quote(document, safe="!$*+,-./:;=?@_~()")


def _empty_picture(width: float, height: float) -> str:
    """A transparent picture that takes the place of one of that size."""
    size = f"width='{max(1, round(width))}' height='{max(1, round(height))}'"
    return "data:image/svg+xml," + quote(f"<svg xmlns='http://www.w3.org/2000/svg' {size}/>", safe="'=/:")


@cache
def _prepare_script() -> str:
    return (Path(__file__).parent / "single_file_prepare.js").read_text("utf-8")
