"""Does the same page give the same files? Two captures of it are held together, byte by byte."""

from __future__ import annotations

import re

from capture.records import ArtifactKind
from tests.site.checks import Miss, Taken

_WHEN = re.compile(rb"(Kept by Hashkeep from <a [^>]*>[^<]*</a>), \d{4}-\d\d-\d\d \d\d:\d\d UTC")


def check_same(one: Taken, two: Taken) -> list[Miss]:
    """What of the two differs: the offline page, but for its time, and the picture."""
    if one.page.varies:
        return []
    return [
        one.miss("same", f"another {kind.value}")
        for kind in (ArtifactKind.HTML, ArtifactKind.SCREENSHOT)
        if _bytes(one, kind) != _bytes(two, kind)
    ]


def _bytes(taken: Taken, kind: ArtifactKind) -> bytes | None:
    path = taken.path(kind)
    return _WHEN.sub(rb"\1", path.read_bytes()) if path else None
