"""The records that cross the border between the trusted process and the one that opens pages."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Verdict(StrEnum):
    """How a capture ended. Every value has a sentence for people in each locale file."""

    OK = "ok"
    HTTP_ERROR = "http_error"
    BLOCKED = "blocked"
    CONSENT = "consent"
    LOGIN = "login"
    BLANK = "blank"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    TOO_LARGE = "too_large"
    NOT_HTML = "not_html"
    CRASHED = "crashed"


USABLE = frozenset({Verdict.OK, Verdict.NOT_HTML})
"""Verdicts with which a person has what they wanted; the others leave something to be said."""


class ArtifactKind(StrEnum):
    """What one file of a capture is.

    There is no thumbnail: inline answers show the preview by the `file_id` of the photo that it was sent as, of which
    Telegram makes the small sizes itself.
    """

    SCREENSHOT = "screenshot"
    PREVIEW = "preview"
    HTML = "html"
    WACZ = "wacz"
    PDF = "pdf"
    TEXT = "text"
    ORIGINAL = "original"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CaptureOptions(_Record):
    """What the trusted side decides about a capture. Sizes in CSS pixels and bytes."""

    chromium_path: str
    sandbox: bool = True
    viewport_width_px: int = 1280
    viewport_height_px: int = 800
    max_height_px: int = 15_000
    max_html_bytes: int = 24_000_000
    max_resource_bytes: int = 8_000_000
    """Of one part of a page."""
    max_original_bytes: int = 50_000_000
    """Of a document, or of a file that was opened as the page."""
    max_recorded_bytes: int = 100_000_000
    """Of all that one page loads."""
    pdf: bool = False
    consent: Literal["answer", "leave"] = "answer"
    """Whether notices that ask for consent are answered with the most private choice, or left as they are."""


class CaptureRequest(_Record):
    """One capture to run: all that the worker is told."""

    capture_id: str
    url: str
    """The raw URL, http or https, opened as it is."""
    scratch: Path
    """An existing empty folder; every artifact is a regular file directly inside it."""
    deadline_s: float
    """Seconds from the moment the worker takes the request until the result must be there."""
    begin_by: float | None = None
    """After this moment (time.monotonic, which all processes of a machine share) it is not begun any more: somebody
    else may have taken it while all of them stood still."""
    proxy: str | None = None
    """`http://127.0.0.1:port` of this capture's egress proxy; None only in engine tests."""
    options: CaptureOptions
    shown_as: str | None = None
    """Of a page that somebody gave as a file: the address that its copies name."""
    kept_html: str | None = None
    """Name of an offline page in the scratch folder: then only its PDF is made, and nothing is opened."""
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    """The time that the artifacts bear. It is told, so that the same page at the same time gives the same bytes."""


class Artifact(_Record):
    """One file that a capture made, named relative to the scratch folder."""

    kind: ArtifactKind
    path: str
    media_type: str
    size_bytes: int = Field(ge=0)
    width_px: int | None = None
    height_px: int | None = None


class CaptureError(_Record):
    """Why a capture has no (full) result.

    Codes: `no_such_host, no_lookup, no_answer, connection_refused, connection_lost, tls, too_many_redirects,
    no_content, damaged, pdf_failed, private_address, bad_address, deadline, memory, browser_crashed, too_large,
    http_status, listed, next_hop_silent, next_hop_login, next_hop_refused`.
    """

    code: str
    message: str = ""
    """For logs and `--json`; people read the verdict's sentence."""


class Redirect(_Record):
    """An address that led elsewhere."""

    url: str
    status: int | None = None
    """3xx, or that of a page which went on by itself (a script, a refresh)."""


METADATA = ("site_name", "author", "published", "image_url", "icon_url", "canonical_url")


class CaptureResult(_Record):
    """What came of one capture. Files named here lie in the request's scratch folder."""

    url: str
    final_url: str | None = None
    redirects: tuple[Redirect, ...] = ()
    """On the way from `url` to `final_url`, in order; not the last address."""
    http_status: int | None = None
    verdict: Verdict
    title: str | None = None
    lang: str | None = None
    description: str | None = None
    site_name: str | None = None
    author: str | None = None
    """As the page names its author or authors."""
    published: str | None = None
    """ISO 8601, as far as the page tells: a year, a day, or a moment."""
    image_url: str | None = None
    """The picture with which the page wants to be shown."""
    icon_url: str | None = None
    canonical_url: str | None = None
    media_type: str | None = None
    """Of the main document, without parameters: `text/html`, `application/pdf`, …"""
    artifacts: tuple[Artifact, ...] = ()
    visible_text_path: str | None = None
    """A UTF-8 file with the visible text of all frames, for search; not an artifact."""
    error: CaptureError | None = None
    notes: tuple[str, ...] = ()
    """What a step could not do, as short stable codes: `height_cut`, `not_kept:image:3`, …"""
    timings_s: dict[str, float] = Field(default_factory=dict)
    requests: int = 0
    bytes_down: int = 0
    denied: int = 0
    """Connections that the egress proxy refused because of the address rule."""

    def metadata(self) -> dict[str, object]:
        """What the page says of itself beyond title, language and description, and the way to it; only what is known.

        Ready for JSON: `site_name, author, published, image_url, icon_url, canonical_url, redirects [{url, status}]`.
        """
        said = {name: getattr(self, name) for name in METADATA}
        said["redirects"] = [step.model_dump() for step in self.redirects]
        return {name: value for name, value in said.items() if value}

    def artifact(self, kind: ArtifactKind) -> Artifact | None:
        """The artifact of that kind, if there is one."""
        return next((a for a in self.artifacts if a.kind is kind), None)
