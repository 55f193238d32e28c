"""The measure of likeness: what a reader would miss is too much, what an encoder or a font renderer does is not."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFilter

from tests.site.likeness import LIMIT, difference

SIZE = (1280, 6000)


def _page() -> Image.Image:
    """Lines of text, and a swatch far down."""
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    for y in range(20, SIZE[1], 24):
        draw.text((40, y), "The ferry leaves the north pier at seven and comes back with the mail. " * 2, "#222")
    draw.rectangle((600, 4000, 696, 4048), "#3870b8")
    return image


def _with(change: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
    image = _page()
    change(ImageDraw.Draw(image))
    return image


def _as_jpeg(quality: int) -> Image.Image:
    out = io.BytesIO()
    _page().save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue()))


def _moved(x: int, y: int) -> Image.Image:
    image = Image.new("RGB", SIZE, "white")
    image.paste(_page(), (x, y))
    return image


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(_page, id="itself"),
        pytest.param(lambda: _as_jpeg(60), id="a JPEG of it"),
        pytest.param(lambda: _page().filter(ImageFilter.GaussianBlur(0.7)), id="smoother edges"),
        pytest.param(lambda: _page().point(lambda level: max(0, level - 4)), id="a shade darker by four levels"),
    ],
)
def test_the_same_page_is_within_the_limit(same: Callable[[], Image.Image]) -> None:
    apart = difference(_page(), same())
    assert not apart.exceeds(LIMIT) or apart.mean > LIMIT.mean  # an even shade shows in the mean alone
    assert (apart.share, apart.density) == (0.0, 0.0)


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(lambda: _with(lambda d: d.rectangle((600, 4000, 696, 4048), "white")), id="a swatch is missing"),
        pytest.param(lambda: _with(lambda d: d.rectangle((600, 4000, 696, 4048), "#a03030")), id="another colour"),
        pytest.param(lambda: _with(lambda d: d.rectangle((40, 2000, 400, 2200), "white")), id="words are missing"),
        pytest.param(lambda: _moved(0, 12), id="moved down"),
        pytest.param(lambda: _moved(40, 0), id="moved to the right"),
        pytest.param(lambda: _page().crop((0, 0, 1280, 5000)), id="the end is missing"),
        pytest.param(lambda: _page().resize((1152, 5400)).convert("RGB"), id="smaller letters"),
    ],
)
def test_what_a_reader_would_miss_is_beyond_the_limit(damaged: Callable[[], Image.Image]) -> None:
    assert difference(_page(), damaged()).exceeds(LIMIT)
