"""What a file of ours says besides its links, taken into an archive that has nothing of the kind."""

from __future__ import annotations

from storage import choices, clock, rules
from storage.database import writing
from storage.formats.records import Header
from storage.models import Rule, Tag, TagAlias, Transfer
from storage.tagging import ensure, tag_key

_TAKEN = frozenset({"language", "default_tags"})
"""Settings that remove nothing, keep nothing else and give no rights; the others are for the people here to choose."""


@writing
async def take_header(transfer_id: int, header: Header) -> None:
    """Takes in aliases and rules, and the harmless settings where none are chosen yet."""
    transfer = await Transfer.get(id=transfer_id).select_related("archive")
    archive = transfer.archive
    for name, tag_name in header.aliases:
        await _alias(archive.id, tag_key(name), tag_name)
    await _rules(archive.id, header, str(transfer.payload.get("by_name") or "?"))
    if header.settings and not archive.settings:
        given = {name: value for name, value in header.settings.items() if name in _TAKEN}
        archive.settings = choices.parse(given).model_dump(mode="json", exclude_defaults=True)
        await archive.save(update_fields=["settings"])


async def _rules(archive_id: int, header: Header, made_by: str) -> None:
    last = await Rule.filter(archive_id=archive_id).order_by("-number").first()
    number = last.number if last else 0
    for rule in header.rules:
        same = await Rule.filter(archive_id=archive_id, host=rule.host, words=rule.words).exists()
        if same or await Rule.filter(archive_id=archive_id).count() >= rules.MAX_RULES:
            continue
        number += 1
        await Rule.create(
            archive_id=archive_id,
            number=number,
            host=rule.host,
            words=rule.words,
            tags=list(rule.tags),
            made_by=made_by,
            made_at=clock.now(),
        )


async def _alias(archive_id: int, key: str, tag_name: str) -> None:
    """A name leads to the tag, unless it has a meaning here already."""
    taken = await TagAlias.filter(archive_id=archive_id, key=key).exists()
    if not key or taken or await Tag.filter(archive_id=archive_id, key=key, count__gt=0).exists():
        return
    for tag in await ensure(archive_id, [tag_name]):
        if tag.key != key:
            await TagAlias.create(archive_id=archive_id, key=key, tag_id=tag.id)
