"""Files are what their content shows, whatever they are called; packed documents are read within bounds."""

from __future__ import annotations

import io
import zipfile

import pytest

from capture import packages
from capture.packages import unpacked
from capture.sniff import decoded, extension_of, type_of

PNG, JPEG, PDF = b"\x89PNG\r\n\x1a\n rest", b"\xff\xd8\xff\xe0 rest", b"%PDF-1.7 rest"
HARBOUR = "港口的清晨很安静，灰色的晨光里船只一动不动。"
TRADITIONAL = "港口的清晨很安靜，灰色的晨光裡船隻一動不動。"


def packed(files: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


W = "xmlns:w='urn:w'"
LETTER = packed({
    "[Content_Types].xml": "<Types/>",
    "word/document.xml": f"<w:document {W}><w:p><w:r><w:t>Dear fox,</w:t></w:r></w:p><w:p><w:t>come.</w:t></w:p>"
                         "</w:document>",
    "docProps/core.xml": "<c:p xmlns:c='urn:c' xmlns:dc='urn:dc'><dc:title>A letter</dc:title>"
                         "</c:p>",
    "docProps/thumbnail.jpeg": JPEG,
})  # fmt: skip
SLIDES = packed({
    "[Content_Types].xml": "<Types/>",
    "ppt/slides/slide10.xml": "<a><p>last</p></a>",
    "ppt/slides/slide2.xml": "<a><p>first</p></a>",
})  # fmt: skip
BOOK = packed({
    "mimetype": "application/epub+zip",
    "content.opf": "<package xmlns:dc='urn:dc'><metadata><dc:title>Foxes</dc:title></metadata></package>",
    "c1.xhtml": "<html><head><style>p{}</style></head><body><p>Once there was a fox.</p></body></html>",
})  # fmt: skip


@pytest.mark.parametrize(
    ("body", "declared", "found"),
    [
        (PNG, "application/octet-stream", "image/png"),
        (PNG, "text/html", "image/png"),
        (JPEG, "image/png", "image/jpeg"),
        (PDF, "", "application/pdf"),
        (PDF, "text/plain", "application/pdf"),
        (PDF, "application/x-fox", "application/x-fox"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "application/octet-stream", "image/webp"),
        (b"\x00\x00\x00\x1cftypavif", "application/octet-stream", "image/avif"),
        (b"<!-- made by hand --><!doctype html><p>", "application/octet-stream", "text/html"),
        ("plain 中文".encode(), "application/octet-stream", "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream", "application/octet-stream"),
        (b"", "", "application/octet-stream"),
        (LETTER, "application/octet-stream",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (BOOK, "application/octet-stream", "application/epub+zip"),
        (packed({"a.txt": "a"}), "application/octet-stream", "application/zip"),
        (b"PK\x03\x04 damaged", "application/octet-stream", "application/zip"),
    ],
)  # fmt: skip
def test_the_content_tells_the_type(body: bytes, declared: str, found: str) -> None:
    assert type_of(body, declared) == found


@pytest.mark.parametrize(
    ("media_type", "name", "extension"),
    [
        ("text/plain", "fox.py", "py"),
        ("text/plain", None, "txt"),
        ("application/pdf", "fox.exe", "pdf"),
        ("application/x-fox", "fox.den", "den"),
        ("application/x-fox", "fox.averylongone", "bin"),
        ("application/x-fox", "../fox", "bin"),
    ],
)
def test_extensions(media_type: str, name: str | None, extension: str) -> None:
    assert extension_of(media_type, name) == extension


@pytest.mark.parametrize(
    ("text", "charset", "declared"),
    [
        (HARBOUR, "gb18030", ""),
        (TRADITIONAL * 3, "big5", ""),
        (HARBOUR, "utf-8-sig", ""),
        (HARBOUR, "utf-16", "utf-16"),
        (HARBOUR, "utf-8", "no-such-charset"),
        ("Füchse", "latin-1", "iso-8859-1"),
    ],
)
def test_texts_are_read_in_the_charset_they_are_written_in(text: str, charset: str, declared: str) -> None:
    assert decoded(text.encode(charset), declared) == text


def test_office_files_and_books_have_title_words_and_picture() -> None:
    letter = unpacked(LETTER, "docx")
    assert (letter.title, letter.picture) == ("A letter", JPEG)
    assert letter.text.split() == ["Dear", "fox,", "come."]
    assert unpacked(SLIDES, "pptx").text == "first\n\nlast"
    book = unpacked(BOOK, "epub")
    assert (book.title, book.text) == ("Foxes", "Once there was a fox.")


def test_of_an_archive_the_names_are_told() -> None:
    assert unpacked(packed({"a.txt": "aa", "b/c.png": "c"}), "zip").text == "a.txt  2\nb/c.png  1"


def test_what_unpacks_without_end_is_left_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_ENTRY_BYTES", 1_000)
    bomb = packed({"[Content_Types].xml": "<T/>", "word/document.xml": "<w>" + "a" * 100_000 + "</w>"})
    assert unpacked(bomb, "docx").text == ""


def test_many_large_parts_are_not_all_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_UNPACKED_BYTES", 1_000)
    slides = {f"ppt/slides/slide{n}.xml": f"<a><p>slide {n}</p>{' ' * 300}</a>" for n in range(1, 9)}
    text = unpacked(packed({"[Content_Types].xml": "<T/>", **slides}), "pptx").text
    assert text == "slide 1\n\nslide 2\n\nslide 3"


def test_entities_stay_what_they_are() -> None:
    laughs = "<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY f SYSTEM 'file:///etc/passwd'>]><a>x&b;&f;</a>"
    text = unpacked(packed({"[Content_Types].xml": "<T/>", "word/document.xml": laughs}), "docx").text
    assert "ha" not in text
    assert "root" not in text


@pytest.mark.parametrize("body", [b"PK\x03\x04", b"PK\x03\x04" + bytes(400), b"", b"no archive"])
def test_damaged_archives_are_empty(body: bytes) -> None:
    assert unpacked(body, "docx") == packages.Packed()
