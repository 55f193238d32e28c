"""What the names in a query stand for in an archive: tags and those that merged names lead to, persons."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Sequence

from storage.database import rows
from storage.models import Archive, Sharer, Tag, TagAlias
from storage.query import By, Host, Mistake, Query
from storage.query import Tag as TagName
from storage.search_plan import Known
from storage.tagging import resolve, tag_key
from storage.tokens import fold

MAX_SUGGESTIONS = 3
MAX_BELOW = 500
"""Tags below one name, the most used first."""

MAX_HOSTS = 500
"""Subdomains of one site."""

_COMPARED_TAGS = 1000
"""Of an archive's tags, the most used: so many are compared with a misspelt one."""

_AFTER_SLASH = "0"
"""The character behind `/`: everything below `a/` stands before `a0`."""


async def known(archive: Archive, query: Query, asker_id: int | None) -> Known:
    """Looks the query's names up; raises Mistake when a person in it has shared nothing here."""
    names = {leaf for leaf, _ in query.leaves() if isinstance(leaf, TagName)}
    persons = [leaf for leaf, _ in query.leaves() if isinstance(leaf, By)]
    tags = await _tags(archive.id, names)
    people = {leaf: await _people(archive.id, leaf, asker_id, query.text) for leaf in persons}
    hosts = {leaf: await _hosts(archive.id, leaf.host) for leaf, _ in query.leaves() if isinstance(leaf, Host)}
    return Known(archive.id, archive.last_number, tags, people, hosts)


async def _hosts(archive_id: int, host: str) -> tuple[str, ...]:
    """The host and its subdomains, with any port. An index holds all hosts of the archive; they are read once.

    Most fall at the first condition, which costs a third of the four that are meant.
    """
    escaped = host.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    found = await rows(
        "SELECT DISTINCT host FROM links WHERE archive_id = ? AND host LIKE ? ESCAPE '!' "
        "AND (host = ? OR host LIKE ? ESCAPE '!' OR host LIKE ? ESCAPE '!' OR host LIKE ? ESCAPE '!') LIMIT ?",
        [archive_id, f"%{escaped}%", host, f"%.{escaped}", f"{escaped}:%", f"%.{escaped}:%", MAX_HOSTS],
    )
    return tuple(str(row["host"]) for row in found)


async def _tags(archive_id: int, names: set[TagName]) -> dict[TagName, tuple[tuple[int, int], ...]]:
    keys = [name.key for name in names]
    if not keys:
        return {}
    by_key = await resolve(archive_id, keys)
    found: dict[TagName, tuple[tuple[int, int], ...]] = {}
    for name in names:
        own = by_key.get(name.key)
        tags = {own.id: own.count} if own and own.count > 0 else {}
        if name.below:
            for key in {name.key, own.key if own else name.key}:
                tags.update(await _below(archive_id, key))
        found[name] = tuple(tags.items())
    return found


async def _below(archive_id: int, key: str) -> dict[int, int]:
    first, behind = f"{key}/", f"{key}{_AFTER_SLASH}"
    tags = (
        await Tag.filter(archive_id=archive_id, key__gte=first, key__lt=behind, count__gt=0)
        .order_by("-count")
        .limit(MAX_BELOW)
    )
    led = await TagAlias.filter(archive_id=archive_id, key__gte=first, key__lt=behind).select_related("tag")
    return {tag.id: tag.count for tag in (*tags, *(alias.tag for alias in led)) if tag.count > 0}


async def _people(
    archive_id: int, leaf: By, asker_id: int | None, text: str
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    if leaf.name == "me" and asker_id is not None:
        return (asker_id,), ()
    wanted = leaf.name.removeprefix("@")
    ids: dict[int, None] = {}
    names: dict[str, None] = {}
    for person in await Sharer.filter(archive_id=archive_id):
        is_named = not leaf.name.startswith("@") and wanted in fold(person.name)
        if is_named or fold(person.username or "") == wanted or fold(person.name) == wanted:
            if person.person_id:
                ids[person.person_id] = None
            else:
                names[person.name] = None
    if not ids and not names:
        raise Mistake("by_unknown", text, *leaf.span)
    return tuple(ids), tuple(names)


async def near_names(archive_id: int, keys: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Tags whose names are like these, the nearest first, with their counts."""
    tags = await Tag.filter(archive_id=archive_id, count__gt=0).order_by("-count").limit(_COMPARED_TAGS)
    by_key = {tag.key: tag for tag in tags}

    def compare() -> list[str]:
        found: dict[str, None] = {}
        for key in keys:
            # Half of a name of two characters is one wrong character.
            found.update(dict.fromkeys(difflib.get_close_matches(key, by_key, MAX_SUGGESTIONS, 0.5)))
        return list(found)

    near = await asyncio.to_thread(compare)
    return tuple((by_key[key].name, by_key[key].count) for key in near[:MAX_SUGGESTIONS])


async def unknown_names(archive_id: int, names: Known) -> tuple[tuple[str, int], ...]:
    """For a query that finds nothing: names near those that no tag has."""
    keys = [tag_key(name.key) for name, found in names.tags.items() if not found]
    return await near_names(archive_id, keys) if keys else ()
