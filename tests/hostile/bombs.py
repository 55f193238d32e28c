"""Small streams that unpack to large ones. All give zero bytes but for `gzip_of`."""

from __future__ import annotations

import struct
import zlib

MB = 1 << 20

# RFC 7932: what an encoder with a window of 16 MB makes of 256 MB of zero bytes. From byte 11 on it repeats itself
# every 101 bytes, which stand for 128 MB.
_BROTLI_256_MB = bytes.fromhex(
    "cfffff7f002400e2b14072effff9ffff0f8004401c1680eefd3fffffff01900088c302d0bdffe7ffff3f001200715800baf7fffcffff0740"
    "02200e0b40f7fe9fffffff004800c46101e8defff3ffff1f000980382c00ddfb7ffeffff032001108705a07bffcfffff7f002400e2b00074"
    "effff9ffff0f8004401c1680eefd3fffffff01900088c302d0bdffe7ffff3f001200715800baf7fffcffff074002200e0b40f7fe9fffffff"
    "004800c46101e8defff3ffff1f000980382c00ddfbfffcffff072001108705a07bff0f"
)


def brotli_zeros(gigabytes: int) -> bytes:
    """Some 800 bytes for each gigabyte."""
    again = _BROTLI_256_MB[11:112]
    return _BROTLI_256_MB[:11] + again * (8 * gigabytes - 2) + _BROTLI_256_MB[11:]


def zstd_zeros(megabytes: int) -> bytes:
    """RFC 8878: a frame of RLE blocks of 128 KB, four bytes each."""
    head = b"\x28\xb5\x2f\xfd" + b"\x00" + b"\x50"  # no content size, window of 1 MB
    block = struct.pack("<I", (1 << 17) << 3 | 1 << 1)[:3] + b"\0"
    last = struct.pack("<I", (1 << 17) << 3 | 1 << 1 | 1)[:3] + b"\0"
    return head + block * (8 * megabytes - 1) + last


def gzip_of(start: bytes, repeated: bytes, megabytes: int) -> bytes:
    """`start`, then `repeated` again and again until so many megabytes are there; a thousandth of that.

    Made in no time: after a full flush the same input gives the same output. Its checksum is wrong, at the very end.
    """
    packer = zlib.compressobj(6, wbits=31)
    head = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(repeated * (MB // len(repeated))) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + again * megabytes + packer.flush()


def gzip_twice(megabytes: int) -> bytes:
    """Zero bytes in gzip in gzip: a thousandth of a thousandth."""
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(gzip_of(b"", b"\0" * 1024, megabytes)) + packer.flush()


def laughs(depth: int) -> bytes:
    """An SVG document whose entities double at each of `depth` levels."""
    entities = "".join(f'<!ENTITY e{n} "&e{n - 1};&e{n - 1};">' for n in range(1, depth))
    return (
        f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e0 "ha ">{entities}]>'
        f'<svg xmlns="http://www.w3.org/2000/svg"><text y="20">&e{depth - 1};</text></svg>'
    ).encode()


def doubling_use(depth: int) -> str:
    """SVG groups, each of which uses the one before twice."""
    groups = "".join(f'<g id=g{n}><use href="#g{n - 1}"/><use href="#g{n - 1}"/></g>' for n in range(1, depth))
    return (
        f'<svg width=99 height=99><defs><g id=g0><rect width=1 height=1 /></g>{groups}</defs>'
        f'<use href="#g{depth - 1}"/></svg>'
    )  # fmt: skip
