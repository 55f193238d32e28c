"""One capture of a page of each kind, made once for all tests that look at it."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tests.site import PAGES
from tests.site.checks import Miss, Taken
from tests.site.likeness import check_looks
from tests.site.taking import studio

SAMPLE = (
    "srcset", "lazy", "css-images", "blob-data", "shadow", "fonts", "gb18030", "frames-deep", "frames-below",
    "spa", "post-fetch", "content-visibility", "redirects", "stuck-document", "pdf", "film",
    "late-title", "bot-wall", "about-robots", "shapes-nested", "shapes-tables", "shadow-declared", "canvas-kinds",
    "states", "animated-by-script", "sheets-changed",
)  # fmt: skip


@cache
def sample() -> tuple[Path, dict[str, tuple[Taken, list[Miss]]]]:
    """The folder of the captures, and each page's capture with what it misses."""
    folder = Path(tempfile.mkdtemp(prefix="hashkeep-sample-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder, asyncio.run(_take(folder))


async def _take(folder: Path) -> dict[str, tuple[Taken, list[Miss]]]:
    async with studio(folder) as rooms:
        ended = await rooms.take_all([PAGES[name] for name in SAMPLE], twice=True)
        looks = await check_looks([taken for taken, _ in ended], rooms.viewer)
    for taken, misses in ended:
        misses += [miss for miss in looks if miss.page == taken.page.name]
    return {taken.page.name: (taken, misses) for taken, misses in ended}
