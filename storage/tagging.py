"""Tags put on links, inside the transaction of whoever does it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

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


async def put_tags(archive_id: int, link_ids: Sequence[int], names: Iterable[str]) -> list[int]:
    """Puts every tag on every link, moves the counters, and gives the links that got a tag they did not have."""
    tags = await _tags(archive_id, names)
    if not tags or not link_ids:
        return []
    tag_ids = [tag.id for tag in tags]
    pairs = await LinkTag.filter(tag_id__in=tag_ids, link_id__in=list(link_ids))
    there = {(pair.tag_id, pair.link_id) for pair in pairs}
    missing = [(tag_id, link_id) for tag_id in tag_ids for link_id in link_ids if (tag_id, link_id) not in there]
    if not missing:
        return []
    await LinkTag.bulk_create([LinkTag(tag_id=tag_id, link_id=link_id) for tag_id, link_id in missing])
    counted = set(ints(await Link.filter(id__in=list(link_ids), deleted_at__isnull=True).values_list("id", flat=True)))
    for tag_id in tag_ids:
        more = sum(1 for other, link_id in missing if other == tag_id and link_id in counted)
        if more:
            await Tag.filter(id=tag_id).update(count=F("count") + more)
    return list(dict.fromkeys(link_id for _, link_id in missing))


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
