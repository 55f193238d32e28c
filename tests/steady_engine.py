"""An engine without a browser whose captures cost the same each, and that says when it has one open.

The address says how: `/SECONDS/anything?journal=FOLDER`. While it runs, a line for every tenth of its time goes into
the process's own file in that folder: monotonic time, capture, process. Whoever is stopped writes nothing, and whoever
is killed writes no more, so the lines tell when a capture was under way where.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from capture.records import Artifact, ArtifactKind, CaptureRequest, CaptureResult, Verdict
from tests.standin_engine import Browser, Progress, open_browser

__all__ = ["capture", "open_browser"]

SIZES = {"preview.jpg": 30_000, "page.html": 60_000, "text.md": 3_000}
"""Bytes of each file; no two captures share one."""

_TYPES = {
    "preview.jpg": (ArtifactKind.PREVIEW, "image/jpeg"),
    "page.html": (ArtifactKind.HTML, "text/html"),
    "text.md": (ArtifactKind.TEXT, "text/markdown"),
}
_SIDE_PX = 400


async def capture(request: CaptureRequest, browser: Browser, progress: Progress | None = None) -> CaptureResult:
    """Waits, and leaves its files."""
    if progress:
        progress("open")
    url = urlsplit(request.url)
    seconds = float(url.path.split("/")[1])
    folder = parse_qs(url.query).get("journal")
    began = time.monotonic()
    if folder:
        with Path(folder[0], str(os.getpid())).open("a") as journal:
            while (now := time.monotonic()) < began + seconds:
                _note(journal, request)
                await asyncio.sleep(min(seconds / 10, began + seconds - now))
            _note(journal, request)
    else:
        await asyncio.sleep(seconds)
    return await asyncio.to_thread(_files, request, url.path)


def _note(journal: object, request: CaptureRequest) -> None:
    journal.write(f"{time.monotonic():.4f} {request.capture_id} {os.getpid()}\n")  # type: ignore[attr-defined]
    journal.flush()  # type: ignore[attr-defined]


def _files(request: CaptureRequest, path: str) -> CaptureResult:
    title = f"Page {path.rsplit('/', 1)[1]}"
    (request.scratch / "seen.txt").write_text(f"{title}: words that can be found. " * 40)
    artifacts = []
    for name, size in SIZES.items():
        words = f"{title} {request.capture_id} ".encode()
        body = hashlib.shake_128(words + name.encode()).digest(size) if name == "preview.jpg" else words * (size // 12)
        (request.scratch / name).write_bytes(body[:size])
        kind, media_type = _TYPES[name]
        side = _SIDE_PX if kind is ArtifactKind.PREVIEW else None
        artifacts.append(
            Artifact(kind=kind, path=name, media_type=media_type, size_bytes=size, width_px=side, height_px=side)
        )
    return CaptureResult(
        url=request.url, final_url=request.url, http_status=200, verdict=Verdict.OK, title=title, lang="en",
        media_type="text/html", artifacts=tuple(artifacts), visible_text_path="seen.txt", requests=1,
    )  # fmt: skip
