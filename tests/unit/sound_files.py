"""Sound files that carry a title, an artist and a cover."""

from __future__ import annotations

import io
import struct

from PIL import Image


def jpeg() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(data, "JPEG")
    return data.getvalue()


COVER = jpeg()


def seven_bits(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def id3(version: int, *frames: tuple[bytes, bytes]) -> bytes:
    sized = seven_bits if version == 4 else (lambda number: struct.pack(">I", number))
    body = b"".join(name + sized(len(data)) + bytes(2) + data for name, data in frames) + bytes(30)
    return b"ID3" + bytes([version, 0, 0]) + seven_bits(len(body)) + body + bytes(300)


def atom(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + name + data


def mp4() -> bytes:
    items = (b"\xa9nam", "狐狸".encode()), (b"\xa9ART", b"Ada"), (b"covr", COVER)
    ilst = atom(b"ilst", b"".join(atom(name, atom(b"data", bytes(8) + value)) for name, value in items))
    return (
        atom(b"ftyp", b"M4A ") + atom(b"mdat", bytes(90)) + atom(b"moov", atom(b"udta", atom(b"meta", bytes(4) + ilst)))
    )


def flac() -> bytes:
    said = [b"TITLE=\xe7\x8b\x90\xe7\x8b\xb8", b"artist=Ada"]
    comments = struct.pack("<I", 0) + struct.pack("<I", len(said))
    comments += b"".join(struct.pack("<I", len(line)) + line for line in said)
    picture = struct.pack(">II", 3, 10) + b"image/jpeg" + bytes(24) + COVER
    blocks = (0, bytes(34)), (4, comments), (6 | 0x80, picture)
    return b"fLaC" + b"".join(bytes([kind]) + struct.pack(">I", len(data))[1:] + data for kind, data in blocks)
