"""What is kept of a page is all that belongs to it: pages of the test site through the real engine.

And the offline page looks like the live one, and a second capture gives the same bytes. A page of each kind here;
`python -m bench.completeness` goes through all of them.
"""

from __future__ import annotations

import pytest

from tests.site.sample import SAMPLE, sample

ARTIFACTS = ("result", "loaded", "screenshot", "html", "text", "main", "wacz", "looks", "same")


def _cases() -> list[object]:
    return [pytest.param(page, artifact, id=f"{page}-{artifact}") for page in SAMPLE for artifact in ARTIFACTS]


@pytest.mark.parametrize(("page", "artifact"), _cases())
def test_nothing_that_belongs_to_a_page_is_missing(page: str, artifact: str) -> None:
    _, ended = sample()
    _, misses = ended[page]
    assert not [miss.what for miss in misses if miss.artifact == artifact]
