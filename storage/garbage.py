"""Sweeping: what nobody can bring back any more goes, first from the database and then from the files.

Everything is done in small transactions, beside a running bot, and can be interrupted at any point.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from storage import choices, clock, forgetting, fulltext
from storage.blobs import BlobStore
from storage.database import execute, ints, marks, reading, rows, writing
from storage.models import Archive, Artifact, Capture, Card, Deed, Link, Outbox, Question, Setting

DELETED_DAYS = 7
"""A deleted link can be brought back for so long."""
LEFT_DAYS = 30
"""The archive of a chat that the bot was removed from waits for so long."""
ASKED_DAYS = 7
"""A question that the bot asked back."""
GRACE = timedelta(hours=1)
"""A blob is written before a row names it: younger ones are left alone."""
AT_ONCE = 100
_SWEPT = "swept_at"


@dataclass(frozen=True)
class Swept:
    """What went, or would go."""

    archives: int = 0
    links: int = 0
    artifacts: int = 0
    """Files of captures that their archive keeps for some days only."""
    remembered: int = 0
    """Questions, and deeds that can be undone no more."""
    blobs: int = 0
    bytes: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


Tell = Callable[[Swept], None]


async def sweep(blobs: BlobStore, *, dry_run: bool = False, tell: Tell = lambda _: None) -> Swept:
    """Removes what is over its time; `tell` hears of each part as it is done. With `dry_run` it is only counted.

    What a dry run cannot know: files that only the rows it left alone name are not among its blobs.
    Raises StorageUnavailable or OSError; what was swept until then stays swept.
    """
    swept = Swept()
    async for part in _parts(blobs, dry_run):
        swept += part
        tell(swept)
    if not dry_run:
        await _note_swept()
    return swept


@reading
async def is_due(every: timedelta) -> bool:
    """Whether the last sweep was so long ago, whoever did it."""
    last = await Setting.get_or_none(key=_SWEPT)
    return last is None or datetime.fromisoformat(last.value) <= clock.now() - every


@writing
async def _note_swept() -> None:
    await Setting.update_or_create(key=_SWEPT, defaults={"value": clock.now().isoformat()})


async def _parts(blobs: BlobStore, dry_run: bool) -> AsyncIterator[Swept]:
    now = clock.now()
    left = await _left_archives(now - timedelta(days=LEFT_DAYS))
    for archive_id in left:
        while not dry_run and (links := await _links_of(archive_id)):
            await _remove_links(links)
        if not dry_run:
            await _remove_archive(archive_id)
        yield Swept(archives=1)
    for some in _in_parts([*await _deleted_links(now - timedelta(days=DELETED_DAYS)), *await _forgotten_links(now)]):
        if not dry_run:
            await _remove_links(some)
        yield Swept(links=len(some))
    for some in _in_parts(await _outlived_artifacts(now)):
        if not dry_run:
            await _remove_artifacts(some)
        yield Swept(artifacts=len(some))
    yield Swept(remembered=await _forget(now, dry_run))
    if not dry_run:
        await blobs.finish_removals(is_named)
        await blobs.clear_staging()
    async for blob in blobs.listed():
        if blob.changed_at >= now - GRACE or await is_named(blob.sha256):
            continue
        if dry_run or await blobs.remove_unnamed(blob.sha256, now - GRACE, is_named):
            yield Swept(blobs=1, bytes=blob.size_bytes)


def _in_parts(ids: list[int]) -> list[list[int]]:
    return [ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE)]


@reading
async def is_named(sha256: str) -> bool:
    """Whether a row names the blob: a capture's file, or a part of an export on its way to its chat."""
    if await Artifact.filter(sha256=sha256).exists():
        return True
    return any(row.payload.get("sha256") == sha256 for row in await Outbox.filter(kind="document"))


@reading
async def _left_archives(before: datetime) -> list[int]:
    return ints(await Archive.filter(left_at__lt=before).values_list("id", flat=True))


@reading
async def _deleted_links(before: datetime) -> list[int]:
    return ints(await Link.filter(deleted_at__lt=before).order_by("id").values_list("id", flat=True))


@reading
async def _forgotten_links(now: datetime) -> list[int]:
    """What people took out of an archive goes when they can undo it no more, and before the deed that tells of it."""
    over = Deed.filter(kind="forget", undone_at__isnull=True, undo_until_ms__lt=clock.to_ms(now))
    ids = [link_id for deed in await over for link_id in forgetting.about(deed)]
    found = Link.filter(id__in=ids, deleted_at__gte=now - timedelta(days=DELETED_DAYS))
    return ints(await found.values_list("id", flat=True))


@reading
async def _links_of(archive_id: int) -> list[int]:
    return ints(await Link.filter(archive_id=archive_id).limit(AT_ONCE).values_list("id", flat=True))


@reading
async def _outlived_artifacts(now: datetime) -> list[int]:
    """Files of captures older than their archive wants to keep, but for those of each link's newest good capture."""
    found: list[int] = []
    for archive in await Archive.all():
        days = choices.parse(archive.settings).keep_days
        if days:
            old = await rows(
                "SELECT a.id FROM artifacts a JOIN captures c ON c.id = a.capture_id "
                "WHERE c.archive_id = ? AND c.ended_at < ? AND c.id <> (SELECT MAX(n.id) FROM captures n "
                "WHERE n.link_id = c.link_id AND n.verdict IN ('ok', 'not_html') AND n.shows = ?)",
                [archive.id, now - timedelta(days=days), True],
            )
            found += [int(row["id"]) for row in old]
    return found


@writing
async def _remove_artifacts(ids: Sequence[int]) -> None:
    captures = ints(await Artifact.filter(id__in=list(ids)).distinct().values_list("capture_id", flat=True))
    archives = ints(await Capture.filter(id__in=captures).distinct().values_list("archive_id", flat=True))
    await Artifact.filter(id__in=list(ids)).delete()
    left = set(ints(await Artifact.filter(capture_id__in=captures).values_list("capture_id", flat=True)))
    await Capture.filter(id__in=[n for n in captures if n not in left]).update(shows=False)
    await _weigh(archives)


@writing
async def _remove_links(ids: Sequence[int]) -> None:
    """Links with all that is theirs. The numbers of tags followed when they were deleted."""
    archives = ints(await Link.filter(id__in=list(ids)).distinct().values_list("archive_id", flat=True))
    tags = await rows(f"SELECT DISTINCT tag_id FROM link_tags WHERE link_id IN ({marks(ids)})", list(ids))  # noqa: S608
    await fulltext.forget(ids)
    await Link.filter(id__in=list(ids)).delete()
    for row in tags:  # right in any case: an archive that goes takes links along that nobody deleted
        await execute(
            "UPDATE tags SET count = (SELECT COUNT(*) FROM link_tags t JOIN links l ON l.id = t.link_id "
            "WHERE t.tag_id = tags.id AND l.deleted_at IS NULL) WHERE id = ?",
            [row["tag_id"]],
        )
    await _weigh(archives)
    empty = await rows(
        f"SELECT c.id FROM cards c WHERE c.archive_id IN ({marks(archives)}) "  # noqa: S608
        "AND NOT EXISTS (SELECT 1 FROM card_links n WHERE n.card_id = c.id)",
        archives,
    )
    for some in _in_parts([int(row["id"]) for row in empty]):
        await Outbox.filter(card_id__in=some).delete()
        await Card.filter(id__in=some).delete()


@writing
async def _remove_archive(archive_id: int) -> None:
    """The bot is not in that chat: nothing can be delivered there."""
    chat_id = (await Archive.get(id=archive_id)).chat_id
    await Outbox.filter(chat_id=chat_id).delete()
    await Archive.filter(id=archive_id).delete()


async def _weigh(archive_ids: Sequence[int]) -> None:
    for archive_id in archive_ids:
        await execute(
            "UPDATE archives SET bytes_kept = COALESCE((SELECT SUM(a.size_bytes) FROM artifacts a "
            "JOIN captures c ON c.id = a.capture_id WHERE c.archive_id = archives.id), 0) WHERE id = ?",
            [archive_id],
        )


@writing
async def _forget(now: datetime, dry_run: bool) -> int:
    questions = Question.filter(asked_at__lt=now - timedelta(days=ASKED_DAYS))
    done = Deed.filter(undo_until_ms__lt=clock.to_ms(now))
    count = await questions.count() + await done.count()
    if not dry_run:
        await questions.delete()
        await done.delete()
    return int(count)
