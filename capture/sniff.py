"""What a file is: by its content where that tells, whatever it is called. Pure."""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import suppress

from capture.zip_errors import DAMAGED_IN_MEMORY

UNKNOWN = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-download",
                     "application/force-download", "application/x-zip-compressed", "unknown/unknown"})  # fmt: skip
"""Types that say nothing."""

EXTENSIONS = {
    "application/pdf": "pdf", "application/zip": "zip", "application/json": "json", "application/xml": "xml",
    "application/gzip": "gz", "application/epub+zip": "epub", "application/rss+xml": "xml",
    "application/atom+xml": "xml", "application/ld+json": "json", "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt", "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp", "application/x-ndjson": "jsonl",
    "application/x-7z-compressed": "7z", "application/x-tar": "tar", "application/vnd.android.package-archive": "apk",
    "application/vnd.rar": "rar", "application/wasm": "wasm", "text/html": "html", "application/xhtml+xml": "xhtml",
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/avif": "avif",
    "image/svg+xml": "svg", "image/bmp": "bmp", "image/tiff": "tiff", "image/x-icon": "ico",
    "audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/wav": "wav", "audio/x-wav": "wav", "audio/mp4": "m4a",
    "audio/flac": "flac", "audio/aac": "aac", "video/mp4": "mp4", "video/webm": "webm", "video/ogg": "ogv",
    "video/quicktime": "mov", "text/plain": "txt", "text/markdown": "md", "text/csv": "csv", "text/xml": "xml",
    "text/css": "css", "text/javascript": "js", "application/javascript": "js",
}  # fmt: skip

_MAGIC = (
    (0, b"%PDF-", "application/pdf"), (0, b"PK\3\4", "application/zip"), (0, b"\x1f\x8b", "application/gzip"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"), (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"), (8, b"WEBP", "image/webp"), (4, b"ftypavif", "image/avif"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"), (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"ID3", "audio/mpeg"), (0, b"fLaC", "audio/flac"), (8, b"WAVE", "audio/wav"),
    (4, b"ftypM4A", "audio/mp4"), (4, b"ftypqt", "video/quicktime"), (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"), (0, b"\0asm", "application/wasm"), (257, b"ustar", "application/x-tar"),
)  # fmt: skip
_OFFICE = {"word/": "word", "xl/": "xl", "ppt/": "ppt"}
_OFFICE_TYPES = {
    "word": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_HTML = re.compile(rb"\s*(<!--.{0,500}?-->\s*)?<(!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_SAMPLE_BYTES = 4096


def type_by_content(body: bytes) -> str | None:
    """The media type that the content shows without doubt; None if it shows none, as texts do not."""
    for at, start, media_type in _MAGIC:
        if body[at : at + len(start)] == start:
            return _packed_type(body) if media_type == "application/zip" else media_type
    return None


def type_of(body: bytes, declared: str) -> str:
    """The media type of a file that was declared as `declared`."""
    shown = type_by_content(body)
    if shown and (declared in UNKNOWN or _disagrees(shown, declared)):
        return shown
    if declared not in UNKNOWN or not is_text(body):
        return declared or "application/octet-stream"
    return "text/html" if _HTML.match(body) else "text/plain"


def _disagrees(shown: str, declared: str) -> bool:
    """Whether what is shown is more likely: a picture of another format, or a file that is called a text."""
    both_pictures = shown.startswith("image/") and declared.startswith("image/")
    return both_pictures or declared.startswith("text/")


def is_text(body: bytes) -> bool:
    """Whether the beginning reads as UTF-8 without control characters."""
    sample = body[:_SAMPLE_BYTES]
    if not sample or re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", sample):
        return False
    for end in range(4):  # the sample may end within a character
        with suppress(UnicodeDecodeError):
            sample[: len(sample) - end].decode()
            return True
    return False


def extension_of(media_type: str, name: str | None) -> str:
    """Without the dot; by the type, else by the name, else `bin`."""
    found = re.search(r"\.([A-Za-z0-9]{1,8})$", name or "")
    if media_type == "text/plain" and found:  # a program's source, a log
        return found.group(1).lower()
    if known := EXTENSIONS.get(media_type):
        return known
    if found:
        return found.group(1).lower()
    return "txt" if media_type.startswith("text/") else "bin"


def _packed_type(body: bytes) -> str:
    with suppress(*DAMAGED_IN_MEMORY):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            names = packed.namelist()[:2000]
            if "mimetype" in names and packed.getinfo("mimetype").file_size < 200:
                said = packed.read("mimetype").decode("ascii", "replace").strip()
                if said in EXTENSIONS:
                    return said
            if "AndroidManifest.xml" in names:
                return "application/vnd.android.package-archive"
        kinds = {kind for start, kind in _OFFICE.items() if any(name.startswith(start) for name in names)}
        if "[Content_Types].xml" in names and len(kinds) == 1:
            return _OFFICE_TYPES[kinds.pop()]
    return "application/zip"


def decoded(body: bytes, charset: str) -> str:
    """A text in the charset that was declared, or that it can have been written in."""
    for name in filter(None, (charset, "utf-8-sig")):
        with suppress(LookupError, UnicodeDecodeError):
            return body.decode(name)
    for name in ("gb18030", "big5", "shift_jis", "euc_kr"):
        with suppress(UnicodeDecodeError):
            text = body.decode(name)
            # Taken for another of them, a text is full of characters that nobody writes.
            if not re.search("[\ue000-\uf8ff]", text):
                return text
    return body.decode("utf-8", "replace")
