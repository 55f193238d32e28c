"""Pages that are no HTML: the file itself is kept, with a title, its text and a picture where it has them."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import pypdfium2
from PIL import Image

from capture.recorder import Exchange
from capture.screenshot import PREVIEW_HEIGHT_PX, PREVIEW_WIDTH_PX, Picture, preview_of
from capture.text import MAX_VISIBLE_CHARACTERS, many_lines, one_line

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "multipart/x-mixed-replace"})
MAX_PDF_PAGES = 500
"""Pages whose text is read."""
MAX_PIXELS = 80_000_000
MAX_TEXT_BYTES = 2_000_000
PDF_PICTURE_WIDTH_PX = 1280

_EXTENSIONS = {
    "application/pdf": "pdf", "application/zip": "zip", "application/json": "json", "application/xml": "xml",
    "application/gzip": "gz", "application/epub+zip": "epub", "application/rss+xml": "xml",
    "application/atom+xml": "xml", "application/ld+json": "json", "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/x-7z-compressed": "7z", "application/x-tar": "tar", "application/vnd.android.package-archive": "apk",
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/avif": "avif",
    "image/svg+xml": "svg", "image/bmp": "bmp", "image/tiff": "tiff", "image/x-icon": "ico",
    "audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/wav": "wav", "audio/x-wav": "wav", "audio/mp4": "m4a",
    "audio/flac": "flac", "audio/aac": "aac", "video/mp4": "mp4", "video/webm": "webm", "video/ogg": "ogv",
    "video/quicktime": "mov", "text/plain": "txt", "text/markdown": "md", "text/csv": "csv", "text/xml": "xml",
    "text/css": "css", "text/javascript": "js", "application/javascript": "js",
}  # fmt: skip


@dataclass(frozen=True)
class Document:
    """What could be made of a file."""

    extension: str
    title: str | None
    text: str
    picture: Picture | None
    """For the preview; None: there is nothing to see, or the browser's own picture serves."""
    notes: tuple[str, ...] = ()


def is_html(media_type: str) -> bool:
    """Whether the browser makes a page of it; an unknown type counts as one."""
    return not media_type or media_type in HTML_TYPES


def read(exchange: Exchange, max_original_bytes: int, film_frame: bytes | None = None) -> Document:
    """Reads a file that was opened as a page. Slow (decodes pictures, parses PDFs): call it in a thread.

    `film_frame` is a JPEG out of it, if it is a film.
    """
    media_type = exchange.media_type.lower()
    body = exchange.body or b""
    if media_type in ("application/octet-stream", "binary/octet-stream", "application/x-download"):
        media_type = _sniffed(body) or media_type
    name = file_name(exchange)
    extension = extension_of(media_type, name)
    if not body or len(body) > max_original_bytes:
        return Document(extension, name, "", None)
    if film_frame:
        return _read_image(film_frame, extension, name)
    if media_type == "application/pdf":
        return _read_pdf(body, name)
    if media_type.startswith("image/") and media_type != "image/svg+xml":
        return _read_image(body, extension, name)
    if media_type.startswith("text/") or re.search(r"[/+](json|xml|javascript)$", media_type):
        return Document(extension, name, many_lines(_decoded(body[:MAX_TEXT_BYTES], exchange.charset)), None)
    return Document(extension, name, "", None)


def file_name(exchange: Exchange) -> str | None:
    """The name the server gives the file, or the last part of its address; for showing only."""
    header = next((v for n, v in exchange.response_headers if n.lower() == "content-disposition"), "")
    parsed = Message()
    parsed["Content-Disposition"] = header.encode("latin-1", "replace").decode("utf-8", "replace")
    given = parsed.get_filename() if header else None
    name = PurePosixPath((given or unquote(urlsplit(exchange.url).path)).replace("\\", "/")).name
    return one_line(name, 120)


def extension_of(media_type: str, name: str | None) -> str:
    """Without the dot; by the type, else by the name, else `bin`."""
    if known := _EXTENSIONS.get(media_type):
        return known
    found = re.search(r"\.([A-Za-z0-9]{1,8})$", name or "")
    if found:
        return found.group(1).lower()
    return "txt" if media_type.startswith("text/") else "bin"


_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"PK\3\4", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


def _sniffed(body: bytes) -> str | None:
    return next((media_type for start, media_type in _MAGIC if body.startswith(start)), None)


def _decoded(body: bytes, charset: str) -> str:
    for name in (charset, "utf-8", "gb18030"):
        if name:
            with contextlib.suppress(LookupError, UnicodeDecodeError):
                return body.decode(name)
    return body.decode("utf-8", "replace")


def _read_pdf(body: bytes, name: str | None) -> Document:
    try:
        pdf = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError:
        return Document("pdf", name, "", None, ("pdf_unreadable",))
    try:
        given = one_line(pdf.get_metadata_dict().get("Title"))
        text = many_lines("\n\n".join(_pdf_texts(pdf)))[:MAX_VISIBLE_CHARACTERS]
        return Document("pdf", given or name, text, _pdf_picture(pdf))
    except (pypdfium2.PdfiumError, ValueError, MemoryError):
        return Document("pdf", name, "", None, ("pdf_unreadable",))
    finally:
        pdf.close()


def _pdf_texts(pdf: pypdfium2.PdfDocument) -> Iterator[str]:
    left = MAX_VISIBLE_CHARACTERS
    for number in range(min(len(pdf), MAX_PDF_PAGES)):
        page = pdf[number]
        words = page.get_textpage()
        text: str = words.get_text_bounded()
        words.close()
        page.close()
        yield text
        left -= len(text)
        if left <= 0:
            return


def _pdf_picture(pdf: pypdfium2.PdfDocument) -> Picture | None:
    if not len(pdf):
        return None
    page = pdf[0]
    width, height = page.get_size()
    scale = min(PDF_PICTURE_WIDTH_PX / max(width, 1), PREVIEW_HEIGHT_PX * 2 / max(height, 1))
    image = page.render(scale=scale).to_pil().convert("RGB")
    page.close()
    return preview_of(image, whole=True)


def _read_image(body: bytes, extension: str, name: str | None) -> Document:
    try:
        image = Image.open(io.BytesIO(body))
        if image.width * image.height > MAX_PIXELS:
            return Document(extension, name, "", None, ("image_too_large",))
        image.draft("RGB", (PREVIEW_WIDTH_PX, PREVIEW_HEIGHT_PX))
        shown = Image.new("RGB", image.size, "white")
        shown.paste(image.convert("RGBA"), mask=image.convert("RGBA").getchannel("A"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Document(extension, name, "", None, ("image_unreadable",))
    return Document(extension, name, "", preview_of(shown, whole=True))
