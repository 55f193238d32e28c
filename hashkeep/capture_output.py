"""How `hashkeep capture` writes what it kept: a folder for each page, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from capture.records import CaptureError, CaptureResult, Verdict

RECORD = "capture.json"


class OutputFolder:
    """The folder DIR of `--out`, and a hidden one in it where pages lie until they are complete."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self.work = out / f".unfinished-{os.getpid()}"

    def prepare(self, count: int) -> None:
        """Makes the folders. Raises OSError, or FileExistsError for a DIR/n that no capture has made."""
        self._out.mkdir(parents=True, exist_ok=True)
        for number in range(1, count + 1):
            path = self._out / str(number)
            if os.path.lexists(path) and not _replaceable(path):
                raise FileExistsError(f"{path} exists and was not written by `hashkeep capture`")
        self._clear_abandoned()
        self.work.mkdir()

    def _clear_abandoned(self) -> None:
        """Removes what runs left that were killed without a chance to tidy up."""
        for path in self._out.glob(".unfinished-*"):
            if path == self.work or not _alive(path.name.rpartition("-")[2]):
                shutil.rmtree(path, ignore_errors=True)

    def clear(self) -> None:
        """Removes what did not become complete."""
        shutil.rmtree(self.work, ignore_errors=True)

    def scratch(self, number: int) -> Path:
        """A new empty folder for one try at the n-th page."""
        path = self.work / f"try-{number}"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    def keep(self, number: int, result: CaptureResult, scratch: Path) -> dict[str, Any]:
        """Puts the artifacts and `capture.json` into DIR/n in one step, and gives the record. Raises OSError."""
        ready = self.work / f"ready-{number}"
        ready.mkdir()
        for artifact in result.artifacts:
            os.replace(scratch / artifact.path, ready / artifact.path)
        record = record_of(number, result)
        more = {
            "redirects": [step.model_dump() for step in result.redirects],
            "description": result.description,
            "site_name": result.site_name,
            "author": result.author,
            "published": result.published,
            "image_url": result.image_url,
            "icon_url": result.icon_url,
            "canonical_url": result.canonical_url,
            "media_type": result.media_type,
            "notes": list(result.notes),
        }
        (ready / RECORD).write_text(json.dumps({**record, **more}, ensure_ascii=False, indent=2) + "\n", "utf-8")
        shutil.rmtree(scratch, ignore_errors=True)
        final = self._out / str(number)
        if os.path.lexists(final):
            os.replace(final, self.work / f"old-{number}")
        os.replace(ready, final)
        return record


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True


def _replaceable(path: Path) -> bool:
    """Whether a folder holds an earlier capture, or nothing."""
    return path.is_dir() and not path.is_symlink() and ((path / RECORD).is_file() or not any(path.iterdir()))


def record_of(number: int, result: CaptureResult) -> dict[str, Any]:
    """One line of `--json`; the paths are relative to DIR."""
    return {
        "n": number,
        "url": result.url,
        "final_url": result.final_url,
        "http_status": result.http_status,
        "verdict": result.verdict.value,
        "title": result.title,
        "lang": result.lang,
        "artifacts": {artifact.kind.value: f"{number}/{artifact.path}" for artifact in result.artifacts},
        "error": result.error.model_dump() if result.error else None,
        "timings_s": result.timings_s,
        "requests": result.requests,
        "bytes_down": result.bytes_down,
        "denied": result.denied,
    }


def died_result(url: str, reason: str, detail: str) -> CaptureResult:
    """The result of a page whose workers died: its own fault, or that of the last of several tries."""
    if reason == "deadline":
        return CaptureResult(url=url, verdict=Verdict.TIMEOUT, error=CaptureError(code="deadline"))
    code = "memory" if reason == "memory" else "browser_crashed"
    message = f"{reason}: {detail}" if detail else reason
    return CaptureResult(url=url, verdict=Verdict.CRASHED, error=CaptureError(code=code, message=message))
