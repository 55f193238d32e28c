"""Photos as Telegram treats them: refused beyond its limits, kept as JPEG in several sizes."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from playground.errors import bad_request

MAX_BYTES = 10 * 1024 * 1024
MAX_SUM = 10_000
MAX_RATIO = 20
_SIDES = (90, 320, 800, 1280, 2560)


@dataclass(frozen=True)
class Picture:
    """One size of a photo."""

    name: str
    data: bytes
    width: int
    height: int


def variants(data: bytes) -> list[Picture]:
    """The sizes of a photo, the smallest first; 400 with the server's words for what it does not take."""
    if not data:
        raise bad_request("file must be non-empty")
    if len(data) > MAX_BYTES:
        raise bad_request(
            f"file of size {len(data)} bytes is too big for a photo; the maximum size is {MAX_BYTES} bytes"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked before decoding
        try:
            with Image.open(io.BytesIO(data)) as opened:
                _check_size(*opened.size)
                image = ImageOps.exif_transpose(opened).convert("RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            raise bad_request("IMAGE_PROCESS_FAILED") from None
    return [_resized(image, side, n) for n, side in enumerate(_wanted(*image.size))]


def _check_size(width: int, height: int) -> None:
    if width + height > MAX_SUM or max(width, height) > MAX_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def _wanted(width: int, height: int) -> list[int]:
    """The longest side of each size: those smaller than the photo, and the photo itself up to the largest."""
    longest = max(width, height)
    return [side for side in _SIDES if side < longest] + ([longest] if longest <= _SIDES[-1] else [])


def _resized(image: Image.Image, side: int, number: int) -> Picture:
    small = image
    if side < max(image.size):
        scale = side / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=87)
    return Picture(f"photo_{number}.jpg", out.getvalue(), small.width, small.height)
