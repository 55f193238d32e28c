"""Whether a file from a foreign archive is what its kind promises, by its first bytes: its name and type are claims."""

from __future__ import annotations

from pathlib import Path

from storage.formats.offline_page import is_harmless

_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def fits(kind: str, media_type: str, path: Path) -> bool:
    """Whether the file can be kept as an artifact of that kind and type."""
    with path.open("rb") as file:
        head = file.read(16)
    match kind:
        case "html":
            return media_type == "text/html" and is_harmless(path)
        case "screenshot" | "preview":
            return picture_type(head) == media_type
        case "pdf":
            return head.startswith(b"%PDF-") and media_type == "application/pdf"
        case "wacz":
            return head.startswith(b"PK\x03\x04")
        case "text":
            return media_type.startswith("text/") and media_type != "text/html"
        case _:
            # Handed on as a file, under a name that no program runs.
            return True


def picture_type(head: bytes) -> str | None:
    """The media type of a picture that people can be shown, by its first bytes."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in _PICTURES.items() if head.startswith(mark)), None)
