"""A web site of our own making: every page has one difficulty, and knows what belongs to it.

`PAGES` are the pages, `site_files()` is what the server serves; checks.py looks whether a capture kept it all.
"""

from __future__ import annotations

from tests.site import (
    pages_consent,
    pages_consent_more,
    pages_frames,
    pages_hard,
    pages_layout,
    pages_network,
    pages_pictures,
    pages_scripts,
    pages_shapes,
    pages_styles,
    pages_walls,
)
from tests.site.page import PAGES, Mark, Page, Place
from tests.site.server import Answer, Handler, Site, Socket, serving

__all__ = ["PAGES", "Answer", "Mark", "Page", "Place", "Site", "serving", "site_files"]

_GROUPS = (
    pages_frames,
    pages_hard,
    pages_layout,
    pages_network,
    pages_pictures,
    pages_scripts,
    pages_shapes,
    pages_styles,
    pages_consent,
    pages_consent_more,
    pages_walls,
)


def site_files() -> dict[str, Answer | Socket | Handler]:
    """Every file of every page by its path."""
    return {f"/{name}/{path}": file for name, page in PAGES.items() for path, file in page.files.items()}
