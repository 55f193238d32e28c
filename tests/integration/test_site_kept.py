"""What is kept of a page is all that belongs to it: pages of the test site through the real engine.

A page of each kind here; `python -m bench.completeness` goes through all of them.
"""

from __future__ import annotations

import pytest

from tests.site.sample import SAMPLE, sample

ARTIFACTS = ("result", "loaded", "screenshot", "html", "text", "main", "wacz")

NOT_YET = {
    ("srcset", "wacz"): "the narrow layout of the warm-up picture asks for one more file",
    ("shadow", "text"): "words in shadow roots",
    ("content-visibility", "screenshot"): "parts that are not laid out",
    ("content-visibility", "text"): "parts that are not laid out",
}
"""What is known to be missing; an entry goes when it is there."""


def _cases() -> list[object]:
    return [
        pytest.param(page, artifact, id=f"{page}-{artifact}", marks=_marks(page, artifact))
        for page in SAMPLE
        for artifact in ARTIFACTS
    ]


def _marks(page: str, artifact: str) -> list[pytest.MarkDecorator]:
    reason = NOT_YET.get((page, artifact))
    return [pytest.mark.xfail(reason=reason, strict=False)] if reason else []


@pytest.mark.parametrize(("page", "artifact"), _cases())
def test_nothing_that_belongs_to_a_page_is_missing(page: str, artifact: str) -> None:
    _, ended = sample()
    _, misses = ended[page]
    assert not [miss.what for miss in misses if miss.artifact == artifact]
