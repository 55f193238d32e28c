"""Does the offline page look like the live one? Both are photographed by the engine and held together.

Measured on means of small blocks, so that smoothed edges and a JPEG's noise count for nothing, and by how dense the
differing blocks lie: a picture that is missing on a very long page is as plain as on a short one.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops
from playwright.async_api import Browser

from capture.records import ArtifactKind, CaptureOptions
from capture.screenshot import shoot
from capture.tab import Tab
from tests.site.checks import Miss, Taken
from tests.site.taking import CHROMIUM

BLOCK_PX = 8
LEVELS = 16
"""Of 255: blocks whose means are further apart differ."""
PATCH = 8
"""Blocks to a side of the patches in which differing ones are counted: 64 pixels."""
MAX_SHARE = 0.002
"""Of a page's blocks."""
MAX_DENSITY = 0.3
"""Of the blocks of its worst patch: less than a swatch of 96 by 48 pixels has there."""
MAX_MEAN = 0.4
"""Levels by which the blocks' means are apart, over the whole page."""


@dataclass(frozen=True)
class Difference:
    """How far two pictures are apart."""

    mean: float
    share: float
    density: float

    def exceeds(self, other: Difference) -> bool:
        """Whether it is larger than a limit, in any of its numbers."""
        return self.mean > other.mean or self.share > other.share or self.density > other.density

    def __str__(self) -> str:
        return f"mean {self.mean:.2f} levels, {self.share:.2%} of blocks, {self.density:.0%} of the worst patch"


LIMIT = Difference(MAX_MEAN, MAX_SHARE, MAX_DENSITY)
WITH_A_BLEMISH = Difference(MAX_MEAN, MAX_SHARE * 2, MAX_DENSITY * 2)


def difference(one: Image.Image, two: Image.Image) -> Difference:
    """Compares two pictures of a page; where only one of them has something, the other one is white."""
    size = max(one.width, two.width), max(one.height, two.height)
    apart = ImageChops.difference(_blocks(one, size), _blocks(two, size))
    worst = _largest(apart)
    histogram = worst.histogram()
    blocks = worst.width * worst.height
    mean = sum(level * count for level, count in enumerate(histogram)) / blocks
    differing = worst.point(lambda level: 255 if level > LEVELS else 0)
    # A patch is looked for everywhere, not on a grid only, whose lines could cut it in four.
    density = max(
        float(_extreme(_shifted(differing, x, y).reduce(PATCH))) / 255
        for x in (0, PATCH // 2) for y in (0, PATCH // 2)
    )  # fmt: skip
    return Difference(mean, sum(histogram[LEVELS + 1 :]) / blocks, density)


def _blocks(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size != size:
        sheet = Image.new("RGB", size, "white")
        sheet.paste(image.convert("RGB"), (0, 0))
        image = sheet
    return image.convert("RGB").reduce(BLOCK_PX)


def _largest(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _shifted(image: Image.Image, x: int, y: int) -> Image.Image:
    sheet = Image.new("L", (image.width + PATCH + x, image.height + PATCH + y), 0)
    sheet.paste(image, (x, y))
    return sheet


def _extreme(image: Image.Image) -> int:
    return int(image.getextrema()[1])  # type: ignore[arg-type]


_AS_PHOTOGRAPHED = """() => {
  const last = document.body?.lastElementChild;
  if (last?.textContent.startsWith('Kept by Hashkeep')) last.style.display = 'none';
  // As on the live page, for whose picture capture/shown.js brings such parts back.
  const style = document.createElement('style');
  style.textContent = '* { content-visibility: visible !important }';
  document.head?.append(style);
}"""


async def picture_of_copy(path: Path, browser: Browser) -> Image.Image:
    """The offline page as the engine would photograph it, without the line that we added."""
    options = CaptureOptions(chromium_path=CHROMIUM)
    view = {"width": options.viewport_width_px, "height": options.viewport_height_px}
    context = await browser.new_context(viewport=view, reduced_motion="reduce", offline=True)  # type: ignore[arg-type]
    try:
        page = await context.new_page()
        tab = Tab(page, await context.new_cdp_session(page))
        tab.frame_id = (await tab.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        await page.goto(path.as_uri(), wait_until="load")
        await tab.ask(_AS_PHOTOGRAPHED)
        shot = await shoot(tab, options)
    finally:
        await context.close()
    return Image.open(io.BytesIO(shot.full.data))


async def difference_of(taken: Taken, browser: Browser) -> Difference | None:
    """How far the offline page is from the live one; None where there is not a picture of both."""
    picture, html = taken.path(ArtifactKind.SCREENSHOT), taken.path(ArtifactKind.HTML)
    if not picture or not html:
        return None
    copy = await picture_of_copy(html, browser)
    with Image.open(picture) as live:
        return difference(live, copy)


async def check_looks(takings: Sequence[Taken], browser: Browser) -> list[Miss]:
    """A miss for each offline page that does not look like its page."""
    found = []
    for taken in takings:
        apart = await difference_of(taken, browser)
        if apart and apart.exceeds(WITH_A_BLEMISH if taken.page.blemish else LIMIT):
            found.append(taken.miss("looks", str(apart)))
    return found
