"""Pictures for those who have none at hand: drawn when asked for."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter

_PALETTES = (
    ("#0f2a43", "#2f6f8f", "#f4b860"),
    ("#2b1b3d", "#7a3e65", "#f2a07b"),
    ("#10302b", "#3d7d5f", "#e8dfa0"),
    ("#33202a", "#a2493d", "#f6d186"),
    ("#14213d", "#4361a8", "#e5e5e5"),
    ("#1b2a1e", "#587b3c", "#d9c27a"),
)


def _mix(a: str, b: str, share: float) -> tuple[int, int, int]:
    one = [int(a[n : n + 2], 16) for n in (1, 3, 5)]
    two = [int(b[n : n + 2], 16) for n in (1, 3, 5)]
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(one, two, strict=True))
    return red, green, blue


@lru_cache(maxsize=32)
def photo(number: int, width: int = 1280, height: int = 853) -> bytes:
    """A landscape: sky, a sun, hills one behind the other. The same number gives the same picture."""
    dark, middle, light = _PALETTES[number % len(_PALETTES)]
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    for y in range(height):
        draw.line([(0, y), (width, y)], fill=_mix(middle, light, y / height))
    radius = height // 9
    x, y = width * (23 + number * 17 % 60) // 100, height * 38 // 100
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_mix(light, "#ffffff", 0.55))
    picture = picture.filter(ImageFilter.GaussianBlur(2))
    draw = ImageDraw.Draw(picture)
    for layer in range(4):
        draw.polygon(_hill(number, layer, width, height), fill=_mix(middle, dark, (layer + 1) / 4))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def _hill(number: int, layer: int, width: int, height: int) -> list[tuple[float, float]]:
    """A ridge from left to right, by a small generator of its own so that it never changes."""
    seed = number * 7919 + layer * 104729 + 12345
    points: list[tuple[float, float]] = [(0, height)]
    base = height * (0.5 + layer * 0.13)
    steps = 9
    for step in range(steps + 1):
        seed = (seed * 1103515245 + 12345) % 2**31
        points.append((width * step / steps, base + (seed / 2**31 - 0.5) * height * 0.16))
    return [*points, (width, height)]
