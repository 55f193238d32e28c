"""What is cut from the picture of a page: readable on a phone, never refused by Telegram."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from capture.screenshot import Picture, is_flat, preview_of, top_of


def image_of(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.data))
    assert image.size == (picture.width_px, picture.height_px)
    assert image.format == "JPEG"
    return image.convert("RGB")


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 30 for a, b in zip(pixel, colour, strict=True))


def test_a_tall_page_is_cut_to_its_top_in_full_sharpness() -> None:
    page = Image.new("RGB", (1280, 9000), "white")
    ImageDraw.Draw(page).rectangle((0, 0, 1280, 100), "red")
    ImageDraw.Draw(page).rectangle((0, 1500, 1280, 9000), "blue")
    preview = image_of(preview_of(page))
    assert preview.size == (1280, 1600)
    assert near(preview.getpixel((640, 50)), (255, 0, 0))
    assert near(preview.getpixel((640, 1550)), (0, 0, 255))


def test_empty_space_below_a_short_page_is_left_out() -> None:
    page = Image.new("RGB", (1280, 800), "white")
    ImageDraw.Draw(page).rectangle((100, 560, 400, 600), "black")
    assert preview_of(page).height_px == 641


def test_a_short_page_keeps_a_decent_height() -> None:
    assert preview_of(Image.new("RGB", (1280, 800), "white")).height_px == 480


def test_a_page_wider_than_the_window_is_cut_not_shrunk() -> None:
    assert preview_of(Image.new("RGB", (1920, 5000), "white")).width_px == 1280


def test_a_file_is_shown_whole() -> None:
    picture = Image.new("RGB", (4000, 3000), "white")
    ImageDraw.Draw(picture).rectangle((3600, 2600, 4000, 3000), "green")
    preview = image_of(preview_of(picture, whole=True))
    assert preview.size == (1280, 960)
    assert near(preview.getpixel((1270, 950)), (0, 128, 0))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 3000), st.booleans())
def test_telegram_takes_every_preview(width: int, height: int, whole: bool) -> None:
    preview = preview_of(Image.new("RGB", (width, height), "teal"), whole=whole)
    sides = preview.width_px, preview.height_px
    assert sum(sides) <= 10_000
    if whole or (width >= 160 and height >= 160):
        assert max(sides) / min(sides) <= 20
    assert len(preview.data) <= 10_000_000


@pytest.mark.parametrize(("colour", "flat"), [("white", True), ("#101010", True)])
def test_one_colour_is_flat(colour: str, flat: bool) -> None:
    assert is_flat(Image.new("RGB", (300, 300), colour)) is flat


def test_a_single_line_of_text_is_not_flat() -> None:
    page = Image.new("RGB", (1280, 800), "white")
    ImageDraw.Draw(page).text((10, 10), "hello", fill="#888")
    assert not is_flat(page)


def jpeg_of(image: Image.Image, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82, **more)
    return out.getvalue()


@pytest.mark.parametrize("height", [1601, 1999, 9000])
def test_the_top_of_a_tall_picture_is_the_same_without_the_rest(height: int) -> None:
    page = Image.effect_noise((640, height), 60).convert("RGB")
    data = jpeg_of(page)
    top = top_of(data, 1600)
    assert top
    assert top.size == (640, 1600)
    whole = Image.open(io.BytesIO(data)).crop((0, 0, 640, 1600))
    assert top.tobytes() == whole.tobytes()


def test_a_picture_that_is_no_higher_has_no_top() -> None:
    assert top_of(jpeg_of(Image.new("RGB", (640, 1600))), 1600) is None


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x02", b"no picture at all"])
def test_what_is_no_whole_jpeg_has_no_top(data: bytes) -> None:
    assert top_of(data, 100) is None


def test_a_progressive_picture_has_no_top() -> None:
    assert top_of(jpeg_of(Image.new("RGB", (640, 3000)), progressive=True), 1600) is None
