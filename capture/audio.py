"""Title, artist and cover that a sound file carries: ID3v2 (MP3), FLAC, and MP4's `ilst`. Hostile: lengths may lie.

Sources: id3.org's ID3v2.3.0 and v2.4.0, RFC 9639 (FLAC), and the QuickTime file format for atoms.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

MAX_COVER_BYTES = 10_000_000
MAX_PARTS = 500
"""Frames, blocks or atoms that are looked at."""
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG")
_ENCODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_TITLE, _ARTIST = "title", "artist"


@dataclass
class Sound:
    """What was found."""

    title: str = ""
    artist: str = ""
    cover: bytes | None = None

    def add_cover(self, data: bytes) -> None:
        """Takes the first picture that looks like one."""
        if self.cover is None and data.startswith(_PICTURES) and len(data) <= MAX_COVER_BYTES:
            self.cover = data


def read_sound(body: bytes) -> Sound:
    """What the file says of itself; empty where it says nothing, or is damaged."""
    sound = Sound()
    with suppress(struct.error, IndexError, ValueError):
        if body.startswith(b"ID3"):
            _read_id3(body, sound)
        elif body.startswith(b"fLaC"):
            _read_flac(body, sound)
        elif body[4:8] == b"ftyp":
            _read_mp4(body, sound)
    return sound


def _read_id3(body: bytes, sound: Sound) -> None:
    version, flags = body[3], body[5]
    if version not in (3, 4) or flags & 0x80:  # older ones name frames otherwise; unsynchronised ones are rare
        return
    end = min(len(body), 10 + _seven_bits(body[6:10]))
    at = 10
    if flags & 0x40:
        at += _seven_bits(body[10:14]) if version == 4 else 4 + int.from_bytes(body[10:14])
    for _ in range(MAX_PARTS):
        name, sized = body[at : at + 4], body[at + 4 : at + 8]
        if at + 10 >= end or not name.strip(b"\0"):
            return
        size = _seven_bits(sized) if version == 4 else int.from_bytes(sized)
        data = body[at + 10 : min(at + 10 + size, end)]
        if name == b"APIC":
            _read_apic(data, sound)
        elif name == b"TIT2":
            sound.title = _text(data)
        elif name == b"TPE1":
            sound.artist = _text(data)
        at += 10 + size


def _read_apic(data: bytes, sound: Sound) -> None:
    """Encoding, media type, kind of picture, description, picture: the description's end depends on the encoding."""
    for start in _PICTURES:
        if (found := data.find(start)) >= 0:
            sound.add_cover(data[found:])


def _text(data: bytes) -> str:
    encoding = _ENCODINGS[data[0]] if data and data[0] < len(_ENCODINGS) else "latin-1"
    return data[1:].decode(encoding, "replace").partition("\0")[0].strip()


def _seven_bits(data: bytes) -> int:
    size = 0
    for byte in data:
        size = size << 7 | byte & 0x7F
    return size


def _read_flac(body: bytes, sound: Sound) -> None:
    at = 4
    for _ in range(MAX_PARTS):
        head, size = body[at], int.from_bytes(body[at + 1 : at + 4])
        data = body[at + 4 : at + 4 + size]
        if head & 0x7F == 4:
            _read_comments(data, sound)
        elif head & 0x7F == 6:
            _read_apic(data, sound)
        at += 4 + size
        if head & 0x80:
            return


def _read_comments(data: bytes, sound: Sound) -> None:
    at = 4 + int.from_bytes(data[:4], "little")
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    for _ in range(min(count, MAX_PARTS)):
        (size,) = struct.unpack_from("<I", data, at)
        name, _, value = data[at + 4 : at + 4 + size].decode("utf-8", "replace").partition("=")
        if name.lower() == _TITLE:
            sound.title = sound.title or value.strip()
        elif name.lower() == _ARTIST:
            sound.artist = sound.artist or value.strip()
        at += 4 + size


def _read_mp4(body: bytes, sound: Sound) -> None:
    for _, moov in _atoms(body, b"moov"):
        for _, udta in _atoms(moov, b"udta"):
            for _, meta in _atoms(udta, b"meta"):
                for _, ilst in _atoms(meta[4:], b"ilst"):
                    _read_ilst(ilst, sound)


def _read_ilst(ilst: bytes, sound: Sound) -> None:
    for name, item in _atoms(ilst):
        for _, data in _atoms(item, b"data"):
            value = data[8:]
            if name == b"covr":
                sound.add_cover(value)
            elif name == b"\xa9nam":
                sound.title = value.decode("utf-8", "replace").strip()
            elif name == b"\xa9ART":
                sound.artist = value.decode("utf-8", "replace").strip()


def _atoms(data: bytes, wanted: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(MAX_PARTS):
        if at + 8 > len(data):
            return
        size, name, head = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16]), 16
        if size < head:
            return
        if not wanted or name == wanted:
            yield name, data[at + head : at + size]
        at += size
