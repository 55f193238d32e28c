"""Files that the pages are made of, each of one colour and made here: pictures, fonts, a PDF, a sound, a video."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable

from PIL import Image

Rgb = tuple[int, int, int]


def rgb(colour: str) -> Rgb:
    """`#rrggbb` as numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def picture(colour: str, width: int = 160, height: int = 90, kind: str = "PNG") -> bytes:
    """A solid picture in one of Pillow's formats."""
    out = io.BytesIO()
    more = {"quality": 95} if kind in ("JPEG", "WEBP", "AVIF") else {}
    Image.new("RGB", (width, height), rgb(colour)).save(out, kind, **more)
    return out.getvalue()


def photo(seed: int, width: int = 960, height: int = 480) -> bytes:
    """A soft picture in greys, as photographs weigh; no mark has a colour of it."""
    small = Image.new("L", (12, 6))
    small.putdata([(seed * 37 + n * n * 29) % 120 + 100 for n in range(72)])
    out = io.BytesIO()
    small.resize((width, height), Image.Resampling.BICUBIC).convert("RGB").save(out, "JPEG", quality=82)
    return out.getvalue()


def animated_gif(first: str, last: str) -> bytes:
    """Two frames, the second one for ever."""
    frames = [Image.new("RGB", (120, 60), rgb(colour)).quantize(4) for colour in (first, last)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=[40, 60_000], disposal=1)
    return out.getvalue()


def svg(colour: str, width: int = 160, height: int = 90) -> bytes:
    """A solid SVG picture."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="{colour}"/></svg>'
    ).encode()


def block_font(characters: Iterable[str], family: str) -> bytes:
    """A TrueType font in which each of the characters is a full block, so that its text is a swatch of its colour."""
    codes = sorted(ord(character) for character in characters)
    square = struct.pack(">hhhhh", 1, 0, -200, 1000, 800) + struct.pack(">HH", 3, 0) + b"\x01" * 4
    square += struct.pack(">4h", 0, 0, 1000, 0) + struct.pack(">4h", -200, 1000, 0, -1000)
    square += b"\0" * (-len(square) % 4)
    glyphs = len(codes) + 1
    tables = {
        b"OS/2": _os2(codes),
        b"cmap": _cmap(codes),
        b"glyf": square * glyphs,
        b"head": struct.pack(
            ">IIIIHHqqhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 3, 1000, 0, 0, 0, -200, 1000, 800, 0, 8, 2, 1, 0
        ),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, 800, -200, 0, 1000, 0, 0, 1000, *[0] * 8, glyphs),
        b"hmtx": struct.pack(">Hh", 1000, 0) * glyphs,
        b"loca": struct.pack(f">{glyphs + 1}I", *(len(square) * n for n in range(glyphs + 1))),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, glyphs, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
        b"name": _names(family),
        b"post": struct.pack(">IIhhIIIII", 0x30000, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    return _sfnt(tables)


def _os2(codes: list[int]) -> bytes:
    head = struct.pack(">HhHHHhhhhhhhhhhh", 4, 1000, 400, 5, 0, *[100] * 10, 0)
    tail = struct.pack(">HHHhhhHH", 0x40, codes[0], codes[-1], 800, -200, 0, 800, 200)
    return head + b"\0" * 10 + struct.pack(">4I", 1, 0, 0, 0) + b"NONE" + tail + struct.pack(
        ">IIhhHHH", 1, 0, 800, 800, 0, 32, 0
    )  # fmt: skip


def _cmap(codes: list[int]) -> bytes:
    ends, starts, deltas = [], [], []
    for glyph, code in enumerate(codes, 1):
        ends.append(code)
        starts.append(code)
        deltas.append((glyph - code) % 65536)
    ends, starts, deltas = [*ends, 0xFFFF], [*starts, 0xFFFF], [*deltas, 1]
    count = len(ends)
    power = 2 ** (count.bit_length() - 1)
    body = struct.pack(">HHHH", count * 2, power * 2, power.bit_length() - 1, (count - power) * 2)
    body += struct.pack(f">{count}H", *ends) + b"\0\0" + struct.pack(f">{count}H", *starts)
    body += struct.pack(f">{count}H", *deltas) + b"\0\0" * count
    return struct.pack(">HHHHI", 0, 1, 3, 1, 12) + struct.pack(">HHH", 4, len(body) + 6, 0) + body


def _names(family: str) -> bytes:
    texts = [(1, family), (2, "Regular"), (4, family), (6, family)]
    records, strings = b"", b""
    for number, text in texts:
        raw = text.encode("utf-16-be")
        records += struct.pack(">HHHHHH", 3, 1, 0x409, number, len(raw), len(strings))
        strings += raw
    return struct.pack(">HHH", 0, len(texts), 6 + len(records)) + records + strings


def _checksum(data: bytes) -> int:
    data += b"\0" * (-len(data) % 4)
    return int(sum(struct.unpack(f">{len(data) // 4}I", data))) & 0xFFFFFFFF


def _sfnt(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = 2 ** (count.bit_length() - 1)
    head = struct.pack(">IHHHH", 0x10000, count, power * 16, power.bit_length() - 1, (count - power) * 16)
    directory, body, offset = b"", b"", 12 + 16 * count
    for tag, data in sorted(tables.items()):
        directory += tag + struct.pack(">III", _checksum(data), offset + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    return head + directory + body


def woff(font: bytes) -> bytes:
    """The same font, packed as WOFF 1."""
    count = struct.unpack(">H", font[4:6])[0]
    directory, body, offset = b"", b"", 44 + 20 * count
    for n in range(count):
        tag, checksum, start, length = struct.unpack(">4sIII", font[12 + 16 * n : 28 + 16 * n])
        packed = zlib.compress(font[start : start + length])
        packed = packed if len(packed) < length else font[start : start + length]
        directory += struct.pack(">4sIIII", tag, offset + len(body), len(packed), length, checksum)
        body += packed + b"\0" * (-len(packed) % 4)
    total = offset + len(body)
    head = struct.pack(">IIIHHIHHIIIII", 0x774F4646, 0x10000, total, count, 0, len(font), 1, 0, *[0] * 5)
    return head + directory + body


def pdf(lines: list[str], colour: str) -> bytes:
    """One page with lines of text and a block of colour."""
    red, green, blue = (value / 255 for value in rgb(colour))
    text = "".join(f"BT /F1 18 Tf 72 {720 - 28 * n} Td ({line}) Tj ET\n" for n, line in enumerate(lines))
    content = f"{red:.3f} {green:.3f} {blue:.3f} rg 72 300 300 160 re f\n0 0 0 rg\n{text}".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Title (A paper about lighthouses) >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )


def sound(seconds: float = 0.5) -> bytes:
    """A WAV file with a quiet square wave."""
    rate = 8000
    samples = bytes(120 if n // 9 % 2 else 136 for n in range(int(rate * seconds)))
    head = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate, 1, 8) + b"data" + struct.pack("<I", len(samples))
    return b"RIFF" + struct.pack("<I", len(head) + len(samples)) + head + samples


def _element(number: int, data: bytes) -> bytes:
    size = len(data).to_bytes(8, "big")
    return number.to_bytes((number.bit_length() + 7) // 8, "big") + b"\x01" + size[1:] + data


def video(colour: str, width: int = 320, height: int = 180, frames: int = 20) -> bytes:
    """A WebM of one colour: a lossy WebP holds exactly one VP8 key frame, and a video is a row of them."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), rgb(colour)).save(out, "WEBP", quality=90)
    webp = out.getvalue()
    start = webp.index(b"VP8 ") + 8
    frame = webp[start : start + struct.unpack("<I", webp[start - 4 : start])[0]]

    def number(tag: int, value: int) -> bytes:
        return _element(tag, value.to_bytes(4, "big"))

    head = _element(0x1A45DFA3, number(0x4286, 1) + number(0x42F7, 1) + number(0x42F2, 4) + number(0x42F3, 8)
        + _element(0x4282, b"webm") + number(0x4287, 2) + number(0x4285, 2))  # fmt: skip
    info = _element(0x1549A966, number(0x2AD7B1, 1_000_000) + _element(0x4489, struct.pack(">d", frames * 100.0))
        + _element(0x4D80, b"tests") + _element(0x5741, b"tests"))  # fmt: skip
    shape = _element(0xE0, number(0xB0, width) + number(0xBA, height))
    track = number(0xD7, 1) + number(0x73C5, 1) + number(0x83, 1) + _element(0x86, b"V_VP8") + shape
    blocks = b"".join(_element(0xA3, b"\x81" + struct.pack(">h", n * 100) + b"\x80" + frame) for n in range(frames))
    cluster = _element(0x1F43B675, number(0xE7, 0) + blocks)
    return head + _element(0x18538067, info + _element(0x1654AE6B, _element(0xAE, track)) + cluster)


def moving(first: str, last: str, kind: str) -> bytes:
    """Two pictures one after the other, the second one for ever, as GIF, WEBP or PNG."""
    frames = [Image.new("RGB", (120, 60), rgb(colour)) for colour in (first, last)]
    if kind == "GIF":
        return animated_gif(first, last)
    out = io.BytesIO()
    more = {"quality": 95} if kind == "WEBP" else {}
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=[40, 60_000], loop=1, **more)
    return out.getvalue()
