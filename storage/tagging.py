"""Tags put on links, inside the transaction of whoever does it."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from tortoise.expressions import F

from storage.database import ints
from storage.models import Link, LinkTag, Tag

MAX_TAG_CHARS = 256


def tag_key(name: str) -> str:
    """What two spellings of a tag have in common: NFKC and casefold. A leading `#` and outer spaces do not count."""
    key = name.strip().lstrip("#＃").strip()
    while True:
        # Folding can leave what NFKC composes anew; it settles after a round or two.
        folded = unicodedata.normalize("NFKC", key.casefold()).strip()
        if folded == key:
            return key[:MAX_TAG_CHARS]
        key = folded


async def put_tags(
    archive_id: int, link_ids: Sequence[int], names: Iterable[str], new: Collection[int] = ()
) -> list[int]:
    """Puts every tag on every link, moves the counters, and gives the links that got a tag they did not have.

    `new` are links made in this transaction: nothing has to be looked up for them.
    """
    tags = await _tags(archive_id, names)
    known = [link_id for link_id in link_ids if link_id not in new]
    if not tags or not link_ids:
        return []
    there: set[tuple[int, int]] = set()
    deleted: set[int] = set()
    if known:
        pairs = await LinkTag.filter(tag_id__in=[tag.id for tag in tags], link_id__in=known)
        there = {(pair.tag_id, pair.link_id) for pair in pairs}
        deleted = set(ints(await Link.filter(id__in=known, deleted_at__isnull=False).values_list("id", flat=True)))
    missing = {tag.id: [link_id for link_id in link_ids if (tag.id, link_id) not in there] for tag in tags}
    added = [LinkTag(tag_id=tag_id, link_id=link_id) for tag_id, ids in missing.items() for link_id in ids]
    if added:
        await LinkTag.bulk_create(added)
    by_growth: dict[int, list[int]] = defaultdict(list)
    for tag_id, ids in missing.items():
        by_growth[len(set(ids) - deleted)].append(tag_id)
    for growth, tag_ids in by_growth.items():
        if growth:
            await Tag.filter(id__in=tag_ids).update(count=F("count") + growth)
    return list(dict.fromkeys(pair.link_id for pair in added))


async def _tags(archive_id: int, names: Iterable[str]) -> list[Tag]:
    """The tags of these names, in their order; those that do not exist yet are made."""
    wanted: dict[str, str] = {}
    for name in names:
        if key := tag_key(name):
            wanted.setdefault(key, name.strip().lstrip("#＃").strip()[:MAX_TAG_CHARS])
    if not wanted:
        return []
    known = {tag.key: tag for tag in await Tag.filter(archive_id=archive_id, key__in=list(wanted))}
    new = [Tag(archive_id=archive_id, key=key, name=name) for key, name in wanted.items() if key not in known]
    if new:
        await Tag.bulk_create(new)
        known = {tag.key: tag for tag in await Tag.filter(archive_id=archive_id, key__in=list(wanted))}
    return [known[key] for key in wanted]
