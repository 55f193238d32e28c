"""Names for files that people save: readable, and safe on every file system."""

from __future__ import annotations

import mimetypes
import posixpath
import re
import unicodedata
from urllib.parse import unquote, urlsplit

from bot.markup import clean

MAX_BYTES = 150
"""Of the name without its suffix; file systems take 255 for all of it, and programs add to it."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f%#]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_SUFFIXES = {"html": ".html", "screenshot": ".jpg", "text": ".md", "wacz": ".wacz", "pdf": ".pdf"}
_TYPES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "text/plain": ".txt", "image/png": ".png"}
_HANDED_OUT = frozenset({
    ".pdf", ".epub", ".txt", ".md", ".csv", ".tsv", ".json", ".rtf",
    ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".ods", ".odp",
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".ico",
    ".tif", ".tiff", ".heic", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi",
    ".mp3", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".flac", ".wav",
    ".srt", ".vtt", ".zip", ".gz", ".bz2", ".xz", ".tar", ".7z", ".rar",
})  # fmt: skip
"""What programs show, play or unpack. Any other suffix may make one run the file, which can come from a foreign ZIP."""


def file_name(title: str, kind: str, media_type: str, url: str) -> str:
    """A name from the page's title (or from its address, for a file that has no title) with the right suffix."""
    suffix = _SUFFIXES.get(kind) or _original_suffix(media_type, url)
    if kind == "screenshot" and media_type in _TYPES:
        suffix = _TYPES[media_type]
    return stem(title.removesuffix(suffix)) + suffix


def stem(title: str) -> str:
    """The title without what a file system or a shell minds, cut by bytes."""
    name = unicodedata.normalize("NFC", clean(title))
    name = " ".join(_FORBIDDEN.sub(" ", name).split()).strip(". ")
    name = name.encode()[:MAX_BYTES].decode("utf-8", "ignore").strip(". ")
    if not name or _RESERVED.fullmatch(name.split(".")[0]):
        name = f"page {name}".strip()
    return name


def _original_suffix(media_type: str, url: str) -> str:
    known = _TYPES.get(media_type) or mimetypes.guess_extension(media_type or "")
    suffix = known or posixpath.splitext(unquote(urlsplit(url).path))[1].lower()
    if suffix in _HANDED_OUT:
        return suffix
    is_text = media_type.startswith("text/") or media_type.endswith(("/xml", "+xml"))
    return ".txt" if is_text else ".bin"
