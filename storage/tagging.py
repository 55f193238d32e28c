"""Tags put on links, inside the transaction of whoever does it."""

# ruff: noqa: S608 - what is put into SQL text here are marks; values are parameters

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from tortoise.expressions import F

from storage.database import execute, ints, marks
from storage.models import Link, LinkTag, Tag, TagAlias

MAX_TAG_CHARS = 256
_SLASHES = re.compile("[/\uff0f]")
"""What separates the parts of a name; the full-width one is folded to the other in keys."""


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
    tags = await ensure(archive_id, names)
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


async def take_off(archive_id: int, link_ids: Sequence[int], names: Iterable[str]) -> list[int]:
    """Takes every tag off every link, moves the counters, and gives the links that had one of them."""
    tags = await resolve(archive_id, [key for key in map(tag_key, names) if key])
    tag_ids = list({tag.id for tag in tags.values()})
    if not tag_ids or not link_ids:
        return []
    pairs = await LinkTag.filter(tag_id__in=tag_ids, link_id__in=list(link_ids))
    if pairs:
        await LinkTag.filter(id__in=[pair.id for pair in pairs]).delete()
        await recount(tag_ids)
    return list(dict.fromkeys(pair.link_id for pair in pairs))


async def resolve(archive_id: int, keys: Collection[str]) -> dict[str, Tag]:
    """The tags that these keys lead to; a name given up by a merge or a rename leads to what took its place.

    So does what is below such a name, to what is below the other one.
    """
    found = await _named(archive_id, keys)
    below = await _beneath(archive_id, {key: key for key in keys if key not in found or _rests(found[key], key)})
    led = {key: tag_key(name) for key, name in below.items()}
    there = await _named(archive_id, list(led.values()))
    rest = {key: tag for key, tag in found.items() if key not in led}
    return {**rest, **{key: there[new] for key, new in led.items() if new in there}}


async def _named(archive_id: int, keys: Collection[str]) -> dict[str, Tag]:
    if not keys:
        return {}
    aliases = await TagAlias.filter(archive_id=archive_id, key__in=list(keys)).select_related("tag")
    found = {alias.key: alias.tag for alias in aliases}
    rest = [key for key in keys if key not in found]
    if rest:
        found.update({tag.key: tag for tag in await Tag.filter(archive_id=archive_id, key__in=rest)})
    return found


def _rests(tag: Tag, key: str) -> bool:
    """Whether the tag has the name itself and no link: when a branch moves, such a one stays behind."""
    return tag.key == key and tag.count == 0


async def _beneath(archive_id: int, names: Mapping[str, str]) -> dict[str, str]:
    """Of these keys with their names, those below a name that was given up, with what they are called now."""
    above = {key: [key[: slash.start()] for slash in re.finditer("/", key)] for key in names}
    wanted = {prefix for prefixes in above.values() for prefix in prefixes if prefix}
    if not wanted:
        return {}
    aliases = await TagAlias.filter(archive_id=archive_id, key__in=list(wanted)).select_related("tag")
    led = {alias.key: alias.tag for alias in aliases}
    found: dict[str, str] = {}
    for key, prefixes in above.items():
        nearest = next((prefix for prefix in reversed(prefixes) if prefix in led), None)
        # What is below a tag that moved below itself stays where it is.
        if nearest is not None and not led[nearest].key.startswith(f"{nearest}/"):
            name = moved(key, names[key], nearest, led[nearest].name)
            found.update({key: name} if name else {})
    return found


def moved(key: str, name: str, old_key: str, new_name: str) -> str | None:
    """What a tag below the old key is called when the old name becomes the new one; None when that is too long."""
    new_key = tag_key(new_name) + key[len(old_key) :]
    if len(new_key) > MAX_TAG_CHARS:
        return None
    depth = old_key.count("/") + 1
    new = "/".join([shown_name(new_name), *_SLASHES.split(name)[depth:]])
    return new if tag_key(new) == new_key else new_key


async def recount(tag_ids: Collection[int]) -> None:
    """Counts anew how many links carry these tags, inside a transaction that moved many."""
    await execute(
        "UPDATE tags SET count = (SELECT count(*) FROM link_tags t JOIN links l ON l.id = t.link_id "
        f"WHERE t.tag_id = tags.id AND l.deleted_at IS NULL) WHERE id IN ({marks(list(tag_ids))})",
        list(tag_ids),
    )


async def ensure(archive_id: int, names: Iterable[str]) -> list[Tag]:
    """The tags of these names, in their order and each once; those that do not exist yet are made."""
    wanted: dict[str, str] = {}
    for name in names:
        if key := tag_key(name):
            wanted.setdefault(key, shown_name(name))
    known = await resolve(archive_id, wanted)
    missing = {key: name for key, name in wanted.items() if key not in known}
    if missing:
        led = await _beneath(archive_id, missing)
        new: dict[str, str] = {}
        for key, name in missing.items():
            new.setdefault(tag_key(led.get(key, name)), led.get(key, name))
        await Tag.bulk_create([Tag(archive_id=archive_id, key=key, name=name) for key, name in new.items()])
        known = await resolve(archive_id, wanted)
    return list({known[key].id: known[key] for key in wanted}.values())


def shown_name(name: str) -> str:
    """A tag's name as it is shown: as written, without `#` and outer spaces."""
    return name.strip().lstrip("#＃").strip()[:MAX_TAG_CHARS]
