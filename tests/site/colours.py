"""Which colour marks a picture shows."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image

from tests.site.assets import Rgb, rgb
from tests.site.page import Mark

TOLERANCE = 14
"""Levels per channel: more than JPEG takes away from the inside of a block, far less than two marks differ by."""
STEP = 4
"""One pixel of each square of so many is looked at."""


def colours_in(image: Image.Image, marks: Iterable[Mark]) -> set[str]:
    """The values of those marks that cover at least half of the area that they should."""
    areas = areas_in(image, [mark.value for mark in marks])
    return {mark.value for mark in marks if areas[mark.value] >= mark.area_px / 2}


def areas_in(image: Image.Image, values: Iterable[str]) -> dict[str, int]:
    """About how many pixels of each colour a picture has."""
    small = image.convert("RGB").resize(
        (max(1, image.width // STEP), max(1, image.height // STEP)), Image.Resampling.NEAREST
    )
    counts = small.getcolors(small.width * small.height) or []
    return {value: STEP * STEP * sum(n for n, pixel in counts if _is_near(pixel, rgb(value))) for value in values}


def _is_near(pixel: object, colour: Rgb) -> bool:
    return isinstance(pixel, tuple) and all(abs(a - b) <= TOLERANCE for a, b in zip(pixel, colour, strict=True))
