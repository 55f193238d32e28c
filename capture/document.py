"""Pages that are no HTML: the file itself is kept, with a title, its text and a picture where it has them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import lxml.html
import pypdfium2
from lxml import etree
from PIL import Image

from capture.audio import read_sound
from capture.packages import unpacked
from capture.recorder import Exchange
from capture.screenshot import PREVIEW_HEIGHT_PX, PREVIEW_WIDTH_PX, Picture, preview_of
from capture.sniff import decoded, extension_of, type_of
from capture.text import MAX_VISIBLE_CHARACTERS, many_lines, one_line

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "multipart/x-mixed-replace"})
MAX_PDF_PAGES = 500
"""Pages whose text is read."""
MAX_PIXELS = 80_000_000
MAX_TEXT_BYTES = 2_000_000
PDF_PICTURE_WIDTH_PX = 1280


@dataclass(frozen=True)
class Document:
    """What could be made of a file."""

    extension: str
    title: str | None
    text: str
    picture: Picture | None
    """For the preview; None: there is nothing to see, or the browser's own picture serves."""
    notes: tuple[str, ...] = ()
    media_type: str = ""
    """By its content."""


def is_html(media_type: str) -> bool:
    """Whether the browser makes a page of it; an unknown type counts as one."""
    return not media_type or media_type in HTML_TYPES


def read(exchange: Exchange, max_original_bytes: int, film_frame: bytes | None = None) -> Document:
    """Reads a file that was opened as a page. Slow (decodes pictures, parses PDFs): call it in a thread.

    `film_frame` is a JPEG out of it, if it is a film.
    """
    body = exchange.body or b""
    name = file_name(exchange)
    media_type = type_of(body, _declared(exchange))
    extension = extension_of(media_type, name)
    if not body or len(body) > max_original_bytes:
        return Document(extension, name, "", None, (), media_type)
    read = _read(body, media_type, extension, name, exchange.charset)
    if film_frame and not read.picture:
        shown = _read_image(film_frame, extension, name)
        read = replace(read, picture=shown.picture, notes=read.notes + shown.notes)
    return replace(read, media_type=media_type)


def _declared(exchange: Exchange) -> str:
    """Chromium calls much `text/plain` that it shows as such: feeds, for one."""
    said = next((v for n, v in exchange.response_headers if n.lower() == "content-type"), "")
    said = said.partition(";")[0].strip().lower()
    taken = exchange.media_type.lower()
    return said if taken == "text/plain" and said.endswith("xml") else taken


def _read(body: bytes, media_type: str, extension: str, name: str | None, charset: str) -> Document:
    if media_type == "application/pdf":
        return _read_pdf(body, name)
    if media_type in HTML_TYPES:
        return _read_html(decoded(body[:MAX_TEXT_BYTES], charset), extension, name)
    if media_type.startswith("image/") and media_type != "image/svg+xml":
        return _read_image(body, extension, name)
    if media_type.startswith("text/") or re.search(r"[/+](json|xml|javascript|x-ndjson|x-sh|x-yaml|toml)$", media_type):
        text = decoded(body[:MAX_TEXT_BYTES], charset)
        title, words = _of_markup(body) if media_type.endswith("xml") else ("", "")
        return Document(extension, one_line(title) or name, many_lines(words or text), None)
    if media_type.startswith("audio/"):
        sound = read_sound(body)
        cover = _read_image(sound.cover, extension, name).picture if sound.cover else None
        called = one_line(" – ".join(filter(None, (sound.artist, sound.title))))
        return Document(extension, called or name, "", cover)
    if body.startswith(b"PK\3\4"):
        inside = unpacked(body, extension)
        picture = _read_image(inside.picture, extension, name).picture if inside.picture else None
        return Document(extension, one_line(inside.title) or name, many_lines(inside.text), picture)
    return Document(extension, name, "", None)


def _read_html(html: str, extension: str, name: str | None) -> Document:
    """A page that was given as a file: its title and its words."""
    try:
        tree = lxml.html.document_fromstring(html or "<p>")
    except (etree.LxmlError, ValueError):
        return Document(extension, name, many_lines(html), None)
    title = tree.findtext(".//title")
    etree.strip_elements(tree, "script", "style", "head", "template", "noscript", with_tail=False)
    return Document(extension, one_line(title) or name, many_lines("\n".join(tree.itertext())), None)


def _of_markup(body: bytes) -> tuple[str, str]:
    """Title and words of XML: a picture's, a feed's, a document's. Entities are left alone: they may be bombs."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        tree = etree.fromstring(body[:MAX_TEXT_BYTES], parser)
    except (etree.LxmlError, ValueError):
        return "", ""
    if tree is None:
        return "", ""
    title = next((e.text for e in tree.iter("{*}title") if e.text), "")
    etree.strip_elements(tree, "{*}script", "{*}style", with_tail=False)
    return title, "\n".join(filter(None, (text.strip() for text in tree.itertext())))


def file_name(exchange: Exchange) -> str | None:
    """The name the server gives the file, or the last part of its address; for showing only."""
    header = next((v for n, v in exchange.response_headers if n.lower() == "content-disposition"), "")
    parsed = Message()
    parsed["Content-Disposition"] = header.encode("latin-1", "replace").decode("utf-8", "replace")
    given = parsed.get_filename() if header else None
    name = PurePosixPath((given or unquote(urlsplit(exchange.url).path)).replace("\\", "/")).name
    return one_line(name, 120)


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
