"""Pages to be judged."""

from __future__ import annotations

from dataclasses import replace

from capture.records import Verdict
from capture.verdict import Seen, judge

ARTICLE = "The harbour was quiet that morning, and the boats lay still in the grey light before dawn. " * 30
CHINESE_ARTICLE = "港口的清晨很安静，灰色的晨光里船只一动不动，人们还没有醒来。" * 60
TEASER = (
    "The harbour was quiet that morning, and the boats lay still in the grey light before dawn, when Ida came down the "
    "steps with the lamp in her hand.\n"
)
CHINESE_TEASER = (
    "港口的清晨很安静，灰色的晨光里船只一动不动，人们还没有醒来，只有一个孩子提着灯走下石阶，望着远处的海。\n"
)


def page(text: str = ARTICLE, **more: object) -> Seen:
    """A page as most are; the test names what is different."""
    seen = Seen(
        url="https://example.org/story",
        asked_url="https://example.org/story",
        title="The harbour",
        text=text,
        text_length=len(text),
        elements=400,
        pictures=3,
        flat=False,
    )
    return replace(seen, **more)  # type: ignore[arg-type]


def bare(text: str, title: str = "", **more: object) -> Seen:
    """A page of a few lines."""
    return page(text, **{"title": title, "elements": 30, "pictures": 1, **more})


def verdict_of(seen: Seen) -> Verdict:
    return judge(seen)[0]


def name_of(seen: Seen) -> str:
    """What a case is called in the test's output."""
    return f"{seen.title[:30]}: {seen.text[:30]!r}"
