"""One picture of the whole page, and the preview that is cut from it."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops
from playwright.async_api import Error as PlaywrightError

from capture.records import CaptureOptions
from capture.tab import Tab, script

JPEG_QUALITY = 82
PREPARE_TIMEOUT_S = 3.0
SHOT_TIMEOUT_S = 12.0
SAFE_HEIGHT_PX = 16_000
"""Chromium needs some 25 kB of memory a pixel row, and gives empty JPEGs above 65 535."""
MAX_WIDTH_PX = 1920
MAX_FRAMES = 12
"""Frames of other sites below the fold that are photographed one by one."""

PREVIEW_WIDTH_PX = 1280
PREVIEW_HEIGHT_PX = 1600
PREVIEW_MIN_HEIGHT_PX = 480
PREVIEW_MIN_SIDE_PX = 160
PREVIEW_MARGIN_PX = 40
PREVIEW_QUALITY = 84
FLAT = 6
"""Levels of 255 by which the pixels of an empty picture differ at most (JPEG's own noise)."""

Box = tuple[int, int, int, int]
"""left, top, width, height in CSS pixels of the page."""


@dataclass(frozen=True)
class Picture:
    """A JPEG."""

    data: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True)
class Shot:
    """The picture of a page, its preview, and what is to be said about them."""

    full: Picture
    preview: Picture
    flat: bool
    """Nothing can be seen on it: one colour all over."""
    notes: tuple[str, ...] = field(default=())


async def shoot(tab: Tab, options: CaptureOptions) -> Shot:
    """Photographs the page from its top, at most `options.max_height_px` high.

    The page is changed by it (animations end, bars are hidden): serialise before. Raises TimeoutError, TabLost or
    playwright's Error when there is no picture to be had.
    """
    notes: list[str] = []
    far: list[Box] = []
    try:
        far = [_box(b) for b in await tab.ask(script("shoot.js"), "hold", MAX_FRAMES, timeout_s=PREPARE_TIMEOUT_S)]
    except (TimeoutError, PlaywrightError):
        notes.append("not_held_still")
    width, height, cut = await _size(tab, options)
    if cut:
        notes.append("height_cut")
    far = [b for b in far if b[1] + b[3] <= height]
    try:
        data = await _photograph_whole(tab, (width, height), 92 if far else JPEG_QUALITY, options)
    except (TimeoutError, PlaywrightError):
        notes.append("only_top_pictured")
        far, data = [], await _photograph(tab, None, JPEG_QUALITY)
    patches: list[tuple[Box, Image.Image]] = []
    if far:
        try:
            patches = await _photograph_frames(tab, far, options)
        except (TimeoutError, PlaywrightError):
            notes.append("frames_blank")
    full, preview, flat = await asyncio.to_thread(_develop, data, patches)
    return Shot(full, preview, flat, tuple(notes))


async def _size(tab: Tab, options: CaptureOptions) -> tuple[int, int, bool]:
    """Width and height of the picture, and whether the page is higher."""
    size = (await tab.send("Page.getLayoutMetrics"))["cssContentSize"]
    width = int(min(max(size["width"], options.viewport_width_px), MAX_WIDTH_PX))
    limit = min(options.max_height_px, SAFE_HEIGHT_PX)
    height = int(max(min(size["height"], limit), min(options.viewport_height_px, limit)))
    return width, height, size["height"] > limit


async def _photograph_whole(tab: Tab, size: tuple[int, int], quality: int, options: CaptureOptions) -> bytes:
    """All of the page; once more if being photographed made it higher or lower.

    A shot beyond the viewport can lay text out again. A small one before it would make sure, and cost every page what
    few need.
    """
    data = await _photograph(tab, (0, 0, *size), quality)
    with suppress(TimeoutError, PlaywrightError):
        width, height, _ = await _size(tab, options)
        if (width, height) != size:
            data = await _photograph(tab, (0, 0, width, height), quality)
    return data


async def _photograph(tab: Tab, box: Box | None, quality: int) -> bytes:
    params: dict[str, Any] = {"format": "jpeg", "quality": quality}
    if box:
        x, y, width, height = box
        params["clip"] = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        params["captureBeyondViewport"] = True
    answer = await tab.send("Page.captureScreenshot", params, SHOT_TIMEOUT_S)
    return base64.b64decode(answer["data"])


async def _photograph_frames(tab: Tab, frames: list[Box], options: CaptureOptions) -> list[tuple[Box, Image.Image]]:
    """Chromium does not paint frames of other sites while they are out of sight: goes there and looks again.

    Gives viewport pictures with the part of the page that each may replace, relative to the page.
    """
    await tab.ask(script("shoot.js"), "bare", None, timeout_s=PREPARE_TIMEOUT_S)
    patches: list[tuple[Box, Image.Image]] = []
    view = options.viewport_height_px
    at, data = -1, b""
    for box in sorted((part for frame in frames for part in _parts(frame, view)), key=lambda b: b[1]):
        if not (at >= 0 and at <= box[1] and box[1] + box[3] <= at + view):
            at = round(await tab.ask(script("shoot.js"), "scroll", box[1], timeout_s=PREPARE_TIMEOUT_S))
            data = await _photograph(tab, None, 92)
        patches.append((box, await asyncio.to_thread(_cut, data, (box[0], box[1] - at, box[2], box[3]))))
    await tab.ask(script("shoot.js"), "scroll", 0, timeout_s=PREPARE_TIMEOUT_S)
    return patches


def _parts(frame: Box, height: int) -> Iterator[Box]:
    """A frame that is higher than the window, in pieces that are not."""
    x, y, width, rest = frame
    while rest > 0:
        yield (x, y, width, min(rest, height))
        y, rest = y + height, rest - height


def _cut(data: bytes, box: Box) -> Image.Image:
    x, y, width, height = box
    return Image.open(io.BytesIO(data)).convert("RGB").crop((x, y, x + width, y + height))


def _develop(data: bytes, patches: list[tuple[Box, Image.Image]]) -> tuple[Picture, Picture, bool]:
    """Puts the patches in, and cuts the preview. Without patches little more than the top is decoded."""
    image: Image.Image = Image.open(io.BytesIO(data))
    if not patches:
        full = Picture(data, image.width, image.height)
        top = top_of(data, PREVIEW_HEIGHT_PX) or image
        return full, preview_of(top), is_flat(top) and is_flat(image)
    for (x, y, _, _), piece in patches:
        image.paste(piece, (x, y))
    full = Picture(_jpeg(image, JPEG_QUALITY), image.width, image.height)
    return full, preview_of(image), is_flat(image)


def top_of(data: bytes, height_px: int) -> Image.Image | None:
    """The first rows of a JPEG that is higher, without decoding the rest; None if it is not, or not of a plain kind.

    The frame header is made to say that the picture ends there (ITU-T T.81, B.2.2), so the decoder stops.
    """
    at = 2
    while data[at : at + 1] == b"\xff" and data[at : at + 2] not in _PLAIN_FRAMES:
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    if data[at : at + 2] not in _PLAIN_FRAMES or int.from_bytes(data[at + 5 : at + 7]) <= height_px:
        return None
    return Image.open(io.BytesIO(data[: at + 5] + height_px.to_bytes(2) + data[at + 7 :]))


_PLAIN_FRAMES = (b"\xff\xc0", b"\xff\xc1")
"""Markers of pictures whose rows follow one another, unlike progressive ones."""


def preview_of(image: Image.Image, *, whole: bool = False) -> Picture:
    """The top left of a page, as wide as Telegram shows a photo sharply; empty space below the last thing is left out.

    With `whole` nothing is cut off: the picture is made smaller until it fits.
    """
    if whole:
        return _fitted(image)
    top = image.crop((0, 0, min(image.width, PREVIEW_WIDTH_PX), min(image.height, PREVIEW_HEIGHT_PX)))
    if top.height < PREVIEW_HEIGHT_PX:
        top = _without_empty_end(top)
    return Picture(_jpeg(top, PREVIEW_QUALITY), top.width, top.height)


def _fitted(image: Image.Image) -> Picture:
    """On a white sheet if it is so small or so narrow that Telegram would refuse it (sides above 1:20)."""
    image.thumbnail((PREVIEW_WIDTH_PX, PREVIEW_HEIGHT_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    width = max(image.width, PREVIEW_MIN_SIDE_PX, image.height // 8)
    height = max(image.height, PREVIEW_MIN_SIDE_PX, image.width // 8)
    if (width, height) != image.size:
        sheet = Image.new("RGB", (width, height), "white")
        sheet.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
        image = sheet
    return Picture(_jpeg(image, PREVIEW_QUALITY), image.width, image.height)


def _without_empty_end(image: Image.Image) -> Image.Image:
    ground = Image.new("RGB", image.size, image.getpixel((image.width // 2, image.height - 1)))
    differs = ImageChops.difference(image, ground).convert("L").point(lambda level: 255 if level > FLAT else 0)
    box = differs.getbbox()
    end = max(PREVIEW_MIN_HEIGHT_PX, (box[3] if box else 0) + PREVIEW_MARGIN_PX)
    return image.crop((0, 0, image.width, min(end, image.height)))


def is_flat(image: Image.Image) -> bool:
    """Whether the picture shows nothing at all."""
    top = image.crop((0, 0, image.width, min(image.height, PREVIEW_HEIGHT_PX)))
    if top.height < image.height and not _one_colour(top):
        return False  # mostly the top tells, and it is a fraction of the work
    return _one_colour(image)


def _one_colour(image: Image.Image) -> bool:
    return all(high - low <= FLAT for low, high in image.getextrema())  # type: ignore[misc]


def _jpeg(image: Image.Image, quality: int) -> bytes:
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=quality)
    return kept.getvalue()


def _box(values: list[float]) -> Box:
    x, y, width, height = (round(value) for value in values)
    return max(x, 0), max(y, 0), width, height


def save(picture: Picture, path: Path) -> None:
    """Writes a picture to its file."""
    path.write_bytes(picture.data)
