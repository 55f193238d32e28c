"""No page of the test site is taken for what it is not: judged from its markup, as it would be if no script ran."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from lxml import html as lxml_html

from capture.records import Verdict
from capture.verdict import Seen, judge
from tests.site import PAGES, Answer, Page

UNSEEN = "//script | //style | //noscript | //template | //*[@hidden] | //head | //dialog[not(@open)]"
WALLS = (Verdict.BLOCKED, Verdict.LOGIN)
SHAPES = (*WALLS, Verdict.CONSENT)


def seen_of(page: Page) -> Seen | None:
    """What a reader of the bare markup sees; None if the page is not HTML by itself."""
    file = page.files.get(page.final.partition("?")[0] if page.final else page.start)
    if not isinstance(file, Answer) or not (file.type or "").startswith("text/html") or not file.body.strip():
        return None
    tree = lxml_html.document_fromstring(file.body.decode("utf-8", "replace"))
    title = (tree.findtext(".//title") or "").strip()
    for element in tree.xpath(UNSEEN):
        if element.getparent() is not None:
            element.drop_tree()
    text = "\n".join(line.strip() for line in tree.itertext() if line.strip())
    base = f"https://example.org/{page.name}/"
    return Seen(
        url=urljoin(base, page.final or page.start),
        asked_url=urljoin(base, page.start),
        http_status=file.status,
        title=title,
        text=text,
        text_length=len(text),
        elements=len(tree.xpath("//*")),
        pictures=len(tree.xpath("//img | //canvas | //video | //svg | //iframe | //embed | //object")),
        passwords=len(tree.xpath("//input[@type='password']")),
        buttons=tuple(b.text_content().strip() for b in tree.xpath("//button | //a")),
        headers=file.headers,
        notice_alone=False,
    )


STILL = {name: seen for name, page in PAGES.items() if (seen := seen_of(page))}


def test_most_pages_can_be_judged_this_way() -> None:
    assert len(STILL) >= 70
    assert sum(PAGES[name].verdict in WALLS for name in STILL) >= 9


@pytest.mark.parametrize("name", [name for name in STILL if PAGES[name].verdict is Verdict.OK])
def test_no_page_is_taken_for_a_wall(name: str) -> None:
    assert judge(STILL[name])[0] not in SHAPES


@pytest.mark.parametrize("name", [name for name in STILL if PAGES[name].verdict in WALLS])
def test_every_wall_is_known(name: str) -> None:
    assert judge(STILL[name])[0] is PAGES[name].verdict
