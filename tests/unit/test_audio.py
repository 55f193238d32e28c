"""What sound files carry with them, and files that lie about their lengths."""

from __future__ import annotations

import random

import pytest

from capture.audio import MAX_COVER_BYTES, Sound, read_sound
from tests.unit.sound_files import COVER, flac, id3, mp4

APIC = (b"APIC", b"\0image/jpeg\0\3\0" + COVER)


@pytest.mark.parametrize(
    "body",
    [
        id3(3, (b"TIT2", b"\1" + "狐狸".encode("utf-16")), (b"TPE1", b"\0Ada"), APIC),
        id3(4, (b"TIT2", b"\3" + "狐狸".encode()), (b"TPE1", b"\3Ada"), APIC),
        mp4(),
        flac(),
    ],
    ids=["id3v2.3", "id3v2.4", "mp4", "flac"],
)
def test_title_artist_and_cover_are_found(body: bytes) -> None:
    assert read_sound(body) == Sound("狐狸", "Ada", COVER)


@pytest.mark.parametrize("body", [b"", b"ID3", b"ID3\2\0\0", b"fLaC", b"\0\0\0\0ftyp", bytes(100), b"RIFF" + bytes(90)])
def test_of_what_carries_nothing_nothing_is_told(body: bytes) -> None:
    assert read_sound(body) == Sound()


def test_what_is_no_picture_or_a_huge_one_is_no_cover() -> None:
    assert read_sound(id3(3, (b"APIC", b"\0image/jpeg\0\3\0not a picture"))).cover is None
    assert read_sound(id3(3, (b"APIC", b"\0image/jpeg\0\3\0" + COVER + bytes(MAX_COVER_BYTES)))).cover is None


@pytest.mark.parametrize("body", [id3(3, APIC), id3(4, APIC), mp4(), flac()], ids=["id3v2.3", "id3v2.4", "mp4", "flac"])
def test_damaged_files_are_read_as_far_as_they_go(body: bytes) -> None:
    dice = random.Random(7)
    for _ in range(200):
        damaged = bytearray(body)
        for _ in range(4):
            damaged[dice.randrange(4, 120)] = dice.randrange(256)
        read_sound(bytes(damaged[: dice.randrange(len(damaged))]))
