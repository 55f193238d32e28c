"""What is known of one capture while its steps run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from capture import single_file
from capture.artifacts import Kept
from capture.browser import Browser
from capture.document import is_html
from capture.recorder import Recorder, Recording
from capture.records import CaptureError, CaptureRequest, Verdict
from capture.screenshot import Shot
from capture.tab import Tab, TabLost


@dataclass
class Run:
    """Filled by one step after the other; whatever is there at the end is kept."""

    request: CaptureRequest
    browser: Browser
    started: float
    """`time.monotonic()`"""
    tab: Tab | None = None
    recorder: Recorder | None = None
    failure: tuple[Verdict, CaptureError] | None = None
    """Why the page could not be opened: then there is nothing to keep."""
    answer_url: str = ""
    """Of the document that the navigation brought."""
    visited: list[str] = field(default_factory=list)
    """Addresses that the window has shown, in order."""
    downloading: bool = False
    """The answer is a file that the browser does not show."""
    download_path: Path | None = None
    """The browser's own copy of that file; goes with its context."""
    download_bytes: int | None = None
    """Its size."""
    film_frame: bytes | None = None
    """A picture out of a film, as JPEG."""
    look: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    """What the page says of itself; see facts.js."""
    frames: list[str] = field(default_factory=list)
    """Visible text of the frames, the main one first."""
    frame_urls: list[str] = field(default_factory=list)
    source: str = ""
    """The main frame's HTML after its scripts ran."""
    snapshot: single_file.Snapshot | None = None
    documents: int = 0
    """How many the window had asked for when the copy was made."""
    shot: Shot | None = None
    recording: Recording | None = None
    kept: Kept = field(default_factory=Kept)
    notes: list[str] = field(default_factory=list)
    timings_s: dict[str, float] = field(default_factory=dict)
    shows_nothing: bool = False
    """Of the document not even a beginning came that could be painted."""
    out_of_time: bool = False
    lost: bool = False
    """The page or the browser crashed."""

    def note(self, note: str) -> None:
        """Adds a note once."""
        if note not in self.notes:
            self.notes.append(note)

    @property
    def is_page(self) -> bool:
        """Whether there is HTML to keep."""
        return not self.downloading and self.failure is None and is_html(self.look.get("type", ""))

    @property
    def the_tab(self) -> Tab:
        """The tab; steps run only while it is there."""
        if self.tab is None:
            raise TabLost("no page")
        return self.tab
