"""An archive as records, a few hundred links at a time: what exports are written from."""

# ruff: noqa: S608 - what is put into SQL text here holds no value

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tortoise.expressions import Subquery

from storage.database import reading, rows
from storage.formats.records import ArtifactRecord, CaptureRecord, Header, LinkRecord, RuleRecord, ShareRecord
from storage.models import Archive, Artifact, Capture, Link, LinkTag, Rule, Share, TagAlias
from storage.transfers_copies import ELSEWHERE

AT_ONCE = 200


@reading
async def header_of(chat_id: int, person_id: int | None) -> Header | None:
    """What stands before the links; None when the chat keeps nothing. A person's own has nothing of the chat's."""
    archive = await Archive.get_or_none(chat_id=chat_id)
    if archive is None:
        return None
    header = Header(chat_id=chat_id, title=archive.title, kind=archive.chat_kind)
    if person_id is None:
        header.settings = dict(archive.settings)
        aliases = await TagAlias.filter(archive_id=archive.id).order_by("id").select_related("tag")
        header.aliases = [(alias.key, alias.tag.name) for alias in aliases]
        rules = await Rule.filter(archive_id=archive.id).order_by("number")
        header.rules = [RuleRecord(rule.host, rule.words, tuple(rule.tags)) for rule in rules]
    return header


@reading
async def count(chat_id: int, person_id: int | None) -> int:
    """How many links there are to export."""
    return int(await _wanted(chat_id, person_id).count())


@reading
async def size_bytes(chat_id: int, person_id: int | None) -> int:
    """The sizes of all files of these links together: an upper bound, as the same bytes are kept once."""
    by = (
        "AND EXISTS (SELECT 1 FROM shares s WHERE s.link_id = l.id AND s.person_id = ?)"
        if person_id is not None
        else ""
    )
    found = await rows(
        "SELECT coalesce(sum(f.size_bytes), 0) AS n FROM artifacts f JOIN captures c ON c.id = f.capture_id "
        "JOIN links l ON l.id = c.link_id JOIN archives a ON a.id = l.archive_id "
        f"WHERE a.chat_id = ? AND l.deleted_at IS NULL {by}",
        [chat_id] if person_id is None else [chat_id, person_id],
    )
    return int(found[0]["n"])


@reading
async def links(chat_id: int, person_id: int | None, after: int) -> list[LinkRecord]:
    """The next links behind a number, in the order of their numbers.

    For a person: the links that they shared, with their own words and nobody else's.
    """
    found = await _wanted(chat_id, person_id).filter(number__gt=after).order_by("number").limit(AT_ONCE)
    ids = [link.id for link in found]
    if not ids:
        return []
    tags: dict[int, list[str]] = defaultdict(list)
    for pair in await LinkTag.filter(link_id__in=ids).order_by("id").select_related("tag"):
        tags[pair.link_id].append(pair.tag.name)
    shares: dict[int, list[ShareRecord]] = defaultdict(list)
    for share in await Share.filter(link_id__in=ids).order_by("shared_at", "id"):
        if person_id is None or share.person_id == person_id:
            shares[share.link_id].append(_share(share, chat_id))
    captures = await _captures(ids)
    return [
        LinkRecord(
            url=link.url,
            number=link.number,
            title=link.title,
            given_title=link.given_title,
            note=link.note,
            tags=tuple(tags[link.id]),
            shares=tuple(shares[link.id]),
            captures=tuple(captures[link.id]),
        )
        for link in found
    ]


def _wanted(chat_id: int, person_id: int | None) -> Any:
    wanted = Link.filter(archive__chat_id=chat_id, deleted_at__isnull=True)
    if person_id is not None:
        wanted = wanted.filter(id__in=Subquery(Share.filter(person_id=person_id).values("link_id")))
    return wanted


def _share(row: Share, chat_id: int) -> ShareRecord:
    return ShareRecord(
        who=row.person_name,
        who_id=row.person_id,
        when=row.shared_at,
        words=row.words,
        source=row.source,
        chat_id=row.chat_id if row.chat_id != chat_id else None,
        message_id=row.message_id,
        thread_id=row.thread_id,
    )


async def _captures(ids: Sequence[int]) -> dict[int, list[CaptureRecord]]:
    found = await Capture.filter(link_id__in=list(ids), state="ended").order_by("requested_at", "id")
    artifacts: dict[int, list[ArtifactRecord]] = defaultdict(list)
    for row in await Artifact.filter(capture_id__in=[capture.id for capture in found]).order_by("id"):
        artifacts[row.capture_id].append(
            ArtifactRecord(row.kind, row.sha256, row.size_bytes, row.media_type, row.width_px, row.height_px)
        )
    by_link: dict[int, list[CaptureRecord]] = defaultdict(list)
    for capture in found:
        by_link[capture.link_id].append(_capture(capture, artifacts[capture.id]))
    return by_link


def _capture(row: Capture, artifacts: list[ArtifactRecord]) -> CaptureRecord:
    metadata = dict(row.metadata)
    absent: Any = metadata.pop(ELSEWHERE, [])
    return CaptureRecord(
        when=row.requested_at,
        ended=row.ended_at or row.requested_at,
        verdict=row.verdict or "crashed",
        error_code=row.error_code,
        http_status=row.http_status,
        final_url=row.final_url,
        title=row.title,
        lang=row.lang,
        description=row.description,
        media_type=row.media_type,
        elapsed_s=row.elapsed_s,
        given_by=row.given_by,
        given_by_id=row.given_by_id,
        notes=tuple(row.notes),
        metadata=metadata,
        artifacts=(*artifacts, *(ArtifactRecord(**each) for each in absent)),
    )


@reading
async def owned(chat_id: int, sha256s: Sequence[str]) -> set[str]:
    """Those of the names that are files of the chat's own captures: only these are put into a ZIP."""
    found = await Artifact.filter(sha256__in=list(sha256s), capture__link__archive__chat_id=chat_id).values_list(
        "sha256", flat=True
    )
    return {str(each) for each in found}
