"""Packed files that are damaged, encrypted or packed in a strange way are looked into without an error."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import pytest

from capture.packages import unpacked
from capture.sniff import type_by_content, type_of
from capture.wacz_check import wacz_fault
from storage.formats.package import JSON_NAME, Package
from storage.formats.records import BadFile

METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
DOCX = {"[Content_Types].xml": "<a/>", "docProps/core.xml": "<a><title>x</title></a>" * 9,
        "word/document.xml": "<a>" + "words " * 300 + "</a>", "docProps/thumbnail.png": "abc" * 99}  # fmt: skip
EPUB = {"mimetype": "application/epub+zip", "a.opf": "<a/>", "x.xhtml": "<p>hi</p>" * 50}
ENCRYPTED = 1
"""The bit of an entry's flags, in the directory at the end."""


def packed(entries: dict[str, str], method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as package:
        for name, text in entries.items():
            package.writestr(name, text)
    return file.getvalue()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("entries", "extension"), [(DOCX, "docx"), (EPUB, "epub")], ids=["docx", "epub"])
def test_damage_anywhere_is_no_error(entries: dict[str, str], extension: str, method: int) -> None:
    whole, chance = packed(entries, method), random.Random(1)
    assert type_by_content(whole)
    for _ in range(300):
        body = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        unpacked(bytes(body), extension)
        assert type_of(bytes(body), "application/zip")


def encrypted(whole: bytes) -> bytes:
    """The same, as if every entry needed a password."""
    body = bytearray(whole)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := body.find(mark, place + 1)) >= 0:
            body[place + flags] |= ENCRYPTED
    return bytes(body)


def test_an_archive_that_wants_a_password_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    path.write_bytes(encrypted(packed({"datapackage.json": "{}"}, zipfile.ZIP_STORED)))
    fault = wacz_fault(path)
    assert fault
    assert "encrypted" in fault


def damaged(name: str, method: int) -> bytes:
    """An archive whose one entry cannot be unpacked."""
    body = bytearray(packed({name: " ".join(map(str, range(500)))}, method))
    begin = 30 + len(name) + 4  # behind the entry's own head, and that of LZMA and bzip2
    body[begin : begin + 12] = b"\xff" * 12
    return bytes(body)


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_damaged_listing_of_an_import_is_a_bad_file(tmp_path: Path, method: int) -> None:
    path = tmp_path / "import.zip"
    path.write_bytes(damaged(JSON_NAME, method))
    package = Package(path, 1 << 20)
    with pytest.raises(BadFile), package.listing(JSON_NAME) as listing:
        listing.read()
    package.close()


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_damaged_archive_is_not_whole(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.wacz"
    path.write_bytes(damaged("datapackage.json", method))
    assert "cannot be read" in (wacz_fault(path) or "")


def test_a_disk_that_cannot_be_read_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        wacz_fault(tmp_path / "missing.wacz")
