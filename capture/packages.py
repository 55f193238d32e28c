"""Packed documents (office files, e-books) and archives: title, words, a picture. Hostile: everything is bounded."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from lxml import etree

from capture.zip_errors import DAMAGED_IN_MEMORY

MAX_ENTRY_BYTES = 20_000_000
"""Of one file inside, unpacked."""
MAX_UNPACKED_BYTES = 60_000_000
"""Of all that is unpacked of one file, whether there are words in it or not."""
MAX_ENTRIES = 2_000
MAX_TEXT_CHARACTERS = 1_000_000

_PARAGRAPHS = frozenset({"p", "h", "h1", "h2", "h3", "h4", "li", "tr", "si", "br", "div", "table-row", "title"})
_WORDS = {
    "docx": r"word/(document|footnotes|endnotes)\.xml",
    "pptx": r"ppt/slides/slide\d+\.xml",
    "xlsx": r"xl/sharedStrings\.xml",
    "odt": r"content\.xml", "ods": r"content\.xml", "odp": r"content\.xml",
    "epub": r".*\.x?html?",
}  # fmt: skip
_TITLES = {"epub": r".*\.opf", "odt": r"meta\.xml", "ods": r"meta\.xml", "odp": r"meta\.xml"}
_PICTURES = r"(?i)(docProps/thumbnail|Thumbnails/thumbnail|.*cover[^/]*)\.(jpe?g|png)"


@dataclass(frozen=True)
class Packed:
    """What was found in it."""

    title: str = ""
    text: str = ""
    picture: bytes | None = None


def unpacked(body: bytes, extension: str) -> Packed:
    """Looks into a ZIP-based file; of an archive that is no document the names are its text."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            entries = packed.infolist()[:MAX_ENTRIES]
            if extension not in _WORDS:
                return Packed(text=_listed(entries, len(packed.infolist())))
            return Packed(_title(packed, entries, extension), _text(packed, entries, extension),
                          _picture(packed, entries))  # fmt: skip
    except DAMAGED_IN_MEMORY:
        return Packed()


def _listed(entries: list[zipfile.ZipInfo], count: int) -> str:
    lines = [f"{entry.filename}  {entry.file_size}" for entry in entries if not entry.is_dir()]
    return "\n".join([*lines, "…"] if count > len(entries) else lines)[:MAX_TEXT_CHARACTERS]


def _title(packed: zipfile.ZipFile, entries: list[zipfile.ZipInfo], extension: str) -> str:
    pattern = _TITLES.get(extension, r"docProps/core\.xml")
    for tree in _trees(packed, entries, pattern):
        for element in tree.iter("{*}title"):
            if element.text and element.text.strip():
                return str(element.text).strip()
    return ""


def _text(packed: zipfile.ZipFile, entries: list[zipfile.ZipInfo], extension: str) -> str:
    parts: list[str] = []
    length = 0
    for tree in _trees(packed, entries, _WORDS[extension]):
        text = "".join(_words(tree))
        parts.append(text.strip())
        length += len(text)
        if length >= MAX_TEXT_CHARACTERS:
            break
    return "\n\n".join(filter(None, parts))[:MAX_TEXT_CHARACTERS]


def _words(tree: etree._Element) -> Iterator[str]:
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if event == "start":
            if name not in ("", "script", "style"):
                yield element.text or ""
        else:
            yield "\n" if name in _PARAGRAPHS else "\t" if name in ("tab", "tc", "table-cell") else ""
            yield element.tail or ""


def _trees(packed: zipfile.ZipFile, entries: list[zipfile.ZipInfo], pattern: str) -> Iterator[etree._Element]:
    # Entities are never resolved: they can be bombs, and name files of this machine.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    found = [entry for entry in entries if re.fullmatch(pattern, entry.filename)]
    left = MAX_UNPACKED_BYTES
    for entry in sorted(found, key=lambda entry: [int(n) for n in re.findall(r"\d+", entry.filename)][:4]):
        if entry.file_size > left:
            return
        with suppress(etree.LxmlError, *DAMAGED_IN_MEMORY):
            data = _read(packed, entry)
            left -= len(data)
            tree = etree.fromstring(data, parser)
            if tree is not None:
                yield tree


def _picture(packed: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> bytes | None:
    for entry in entries:
        if re.fullmatch(_PICTURES, entry.filename):
            with suppress(*DAMAGED_IN_MEMORY):
                return _read(packed, entry)
    return None


def _read(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """What an entry says of its size may be a lie: no more than that is unpacked."""
    if entry.file_size > MAX_ENTRY_BYTES:
        raise ValueError("too large")
    with packed.open(entry) as file:
        return file.read(entry.file_size)
