"""A tag with all that is below it: `a`, `a/b`, `a/b/c`."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import reading, rows
from storage.models import Archive, Tag
from storage.tagging import resolve, shown_name, tag_key


@dataclass(frozen=True)
class Branch:
    """A tag, which need not exist itself, and the tags below it."""

    name: str
    below: int
    """Tags below it."""
    count: int
    """Links that carry any of them and are not deleted."""


@reading
async def branch(chat_id: int, name: str) -> Branch | None:
    """The branch that a name leads to in the chat; None when there is no such tag and none below it."""
    archive, key = await Archive.get_or_none(chat_id=chat_id), tag_key(name)
    if archive is None or not key:
        return None
    tag = (await resolve(archive.id, [key])).get(key)
    found = await below(archive.id, tag.key if tag else key)
    if tag is None and not found:
        return None
    links = await count(archive.id, tag.key if tag else key)
    return Branch(tag.name if tag else shown_name(name), len(found), links)


async def below(archive_id: int, key: str) -> list[Tag]:
    """The tags below a key that some link carries, deleted links included.

    The shortest first: a branch that moves up may need the name of a tag of its own, which then has moved before.
    """
    found = sorted(
        await Tag.filter(archive_id=archive_id, key__startswith=f"{key}/"), key=lambda tag: (len(tag.key), tag.key)
    )
    carried = await rows(
        "SELECT DISTINCT g.id FROM tags g JOIN link_tags t ON t.tag_id = g.id "
        "WHERE g.archive_id = ? AND substr(g.key, 1, ?) = ?",
        [archive_id, len(key) + 1, f"{key}/"],
    )
    ids = {int(row["id"]) for row in carried}
    return [tag for tag in found if tag.id in ids and tag.key.startswith(f"{key}/")]


async def count(archive_id: int, key: str) -> int:
    """How many links that are not deleted carry the tag or one below it."""
    found = await rows(
        "SELECT count(DISTINCT t.link_id) AS n FROM tags g JOIN link_tags t ON t.tag_id = g.id "
        "JOIN links l ON l.id = t.link_id AND l.deleted_at IS NULL "
        "WHERE g.archive_id = ? AND (g.key = ? OR substr(g.key, 1, ?) = ?)",
        [archive_id, key, len(key) + 1, f"{key}/"],
    )
    return int(found[0]["n"])


def is_below(name: str, other: str) -> bool:
    """Whether one name is the other or below it: a tag that moves there does not take along what is below it."""
    return f"{tag_key(name)}/".startswith(f"{tag_key(other)}/")
