"""Tags of an archive that a new link without tags may want: by its words, its site, and who shared it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import Any

from storage import fulltext
from storage.database import reading, rows
from storage.models import Tag
from storage.records import LinkView
from storage.search_docs import Doc
from storage.tokens import CJK, spaced

MOST = 3
RECENT_LINKS = 40
"""Of a site, or of a person: so many of the newest tell what they are usually tagged with."""

_COMMON_TAGS = 300
"""The most used are looked for in the texts one by one; others where a word of title or address is one."""

_MAX_BODY_CHARS = 4000
_MAX_GRAM = 6
_ENOUGH = 2.0
_IN_TITLE, _IN_WORDS, _IN_URL, _IN_BODY = 4.0, 3.0, 2.5, 1.0
_OF_SITE, _OF_PERSON = 4.0, 1.5
_RUNS = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")


@reading
async def suggest(link: LinkView) -> LinkView:
    """The link with up to three tags that fit it, if it is one without tags that was posted once."""
    if link.tags or link.repost or link.deleted_by is not None or link.capture is None:
        return link
    found = await rows("SELECT archive_id FROM links WHERE id = ?", [link.link_id])
    if not found:
        return link
    archive_id = int(found[0]["archive_id"])
    doc = (await fulltext.get([link.link_id]))[link.link_id]
    said = f"{spaced(link.title or '')} {doc.said_text}"
    scores: dict[int, float] = defaultdict(float)
    names = {tag.id: tag for tag in await _candidates(archive_id, said)}
    for tag in names.values():
        scores[tag.id] += _fit(tag.key, link, doc)
    await _by_habit(scores, "l.host = ?", [link.host], archive_id, link, _OF_SITE)
    if link.first_sharer_id is not None:
        shared = "l.id IN (SELECT s.link_id FROM shares s WHERE s.person_id = ? ORDER BY s.link_id DESC LIMIT 200)"
        await _by_habit(scores, shared, [link.first_sharer_id], archive_id, link, _OF_PERSON)
    best = sorted((tag_id for tag_id, score in scores.items() if score >= _ENOUGH), key=lambda i: (-scores[i], i))
    tags = {tag.id: tag.name for tag in await Tag.filter(id__in=best[:MOST], count__gt=0)}
    return replace(link, suggestions=tuple((tag_id, tags[tag_id]) for tag_id in best[:MOST] if tag_id in tags))


async def _candidates(archive_id: int, said: str) -> list[Tag]:
    """Tags that can be in the texts at all."""
    keys: dict[str, None] = {}
    for run in _RUNS.findall(said)[:200]:
        if re.match(f"[{CJK}]", run):
            # A Chinese text has no spaces: every short stretch of it may be a tag.
            keys.update((run[i : i + n], None) for n in range(2, _MAX_GRAM + 1) for i in range(len(run) - n + 1))
        elif len(run) > 1:
            keys[run] = None
    listed = list(keys)[:600]
    exact = await Tag.filter(archive_id=archive_id, key__in=listed, count__gt=0) if listed else []
    common = await Tag.filter(archive_id=archive_id, count__gt=0).order_by("-count").limit(_COMMON_TAGS)
    return list({tag.id: tag for tag in (*exact, *common)}.values())


def _fit(key: str, link: LinkView, doc: Doc) -> float:
    """How much the texts speak of a tag; of `a/b` they may name either part."""
    title, body = spaced(link.title or ""), doc.page_text[:_MAX_BODY_CHARS]
    best = 0.0
    for part in (key, *key.split("/")):
        inside = spaced(part).strip()
        if len(inside) < 2:
            continue
        # A word must stand there as one; a Chinese name anywhere.
        needle = inside if re.search(f"[{CJK}]", inside) else f" {inside} "
        score = _IN_TITLE * (needle in title) + _IN_BODY * min(body.count(needle), 3)
        score += (_IN_URL if needle in spaced(link.url) else _IN_WORDS) * (needle in doc.said_text)
        best = max(best, score)
    return best


async def _by_habit(
    scores: dict[int, float], condition: str, values: list[Any], archive_id: int, link: LinkView, weight: float
) -> None:
    """Adds what the newest such links are usually tagged with, if there are a few of them."""
    found = await rows(
        "SELECT t.tag_id AS tag_id, count(*) AS n FROM link_tags t JOIN (SELECT l.id AS id FROM links l"  # noqa: S608
        f" WHERE l.archive_id = ? AND {condition} AND l.deleted_at IS NULL AND l.id <> ? ORDER BY l.id DESC LIMIT ?) r"
        " ON r.id = t.link_id GROUP BY t.tag_id ORDER BY n DESC LIMIT 10",
        [archive_id, *values, link.link_id, RECENT_LINKS],
    )
    of_all = sum(int(row["n"]) for row in found)
    for row in found:
        if int(row["n"]) >= 2:
            scores[int(row["tag_id"])] += weight * int(row["n"]) / max(of_all, 4) + weight / 4


@reading
async def name_of(chat_id: int, tag_id: int) -> str | None:
    """The name of a tag of the chat; None for other chats' ids."""
    tag = await Tag.get_or_none(id=tag_id, archive__chat_id=chat_id)
    return tag.name if tag else None
