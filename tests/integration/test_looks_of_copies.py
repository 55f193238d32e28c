"""An offline page that was damaged on purpose no longer counts as looking like its page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from capture.records import ArtifactKind
from capture.single_file import TRANSPARENT
from tests.site.checks import Taken
from tests.site.likeness import LIMIT, Difference, difference, picture_of_copy
from tests.site.sample import sample
from tests.site.taking import viewer


def _without_picture(html: str) -> str:
    return re.sub(r'(<img [^>]*?)src="[^"]*"', rf'\1src="{TRANSPARENT}"', html, count=1)


def _without_last_sheet(html: str) -> str:
    before, _, after = html.rpartition("<style>")
    return before + after.partition("</style>")[2]


def _without(pattern: str) -> Callable[[str], str]:
    return lambda html: re.sub(pattern, "", html, flags=re.DOTALL)


DAMAGE = {
    ("srcset", "a picture is lost"): _without_picture,
    ("css-images", "a style sheet is lost"): _without_last_sheet,
    ("fonts", "a font is lost"): _without(r"@font-face"),
    ("shadow", "a shadow root is lost"): _without(r"<template shadowroot.*?</template>"),
    ("frames-below", "a frame is lost"): _without(r"<iframe.*?</iframe>"),
    ("gb18030", "a paragraph is lost"): _without(r"<p>[^<]*</p>"),
}


async def _apart(taken: Taken, damage: Callable[[str], str], folder: Path) -> Difference:
    html, picture = taken.path(ArtifactKind.HTML), taken.path(ArtifactKind.SCREENSHOT)
    assert html
    assert picture
    whole = html.read_text("utf-8")
    damaged = damage(whole)
    assert damaged != whole
    path = folder / "damaged.html"
    path.write_text(damaged, "utf-8", newline="")
    async with viewer() as browser:
        copy = await picture_of_copy(path, browser)
    with Image.open(picture) as live:
        return difference(live, copy)


@pytest.mark.parametrize(("page", "what"), DAMAGE)
def test_damage_shows(page: str, what: str, tmp_path: Path) -> None:
    taken, _ = sample()[1][page]
    assert asyncio.run(_apart(taken, DAMAGE[page, what], tmp_path)).exceeds(LIMIT), what
