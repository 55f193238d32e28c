"""Pictures for those who have none at hand: drawn when asked for."""

from __future__ import annotations

import io
import math
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
    """A ridge from left to right: waves of growing fineness, by a small generator that never changes."""
    seed = number * 7919 + layer * 104729 + 12345
    waves = []
    for octave in range(5):
        seed = (seed * 1103515245 + 12345) % 2**31
        turns = (0.7 + seed / 2**31) * 1.9**octave
        seed = (seed * 1103515245 + 12345) % 2**31
        waves.append((turns, seed / 2**31 * math.tau, 0.09 / 1.9**octave))
    base = height * (0.55 + layer * 0.12)
    points: list[tuple[float, float]] = [(0, height)]
    for x in range(0, width + 8, 8):
        rise = sum(high * math.sin(turns * math.tau * x / width + phase) for turns, phase, high in waves)
        points.append((x, base - rise * height * (1 - layer * 0.15)))
    return [*points, (width, height)]
