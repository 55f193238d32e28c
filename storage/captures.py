"""Captures: asked for, and ended with what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from storage import cards, clock, fulltext, quotas, rules, signals
from storage.database import CHAT, hold, ints, reading, writing_beside
from storage.models import Artifact, Capture, Link
from storage.queue import jobs
from storage.records import BlobRef, Job
from storage.search_docs import Doc
from storage.urls import comparison_key
from storage.views import GOOD

_HAS_A_TITLE = frozenset({*GOOD, "timeout", "consent", "too_large"})
"""Verdicts after which the title and the text are the page's own, and not those of an error or a bot check."""


@dataclass(frozen=True)
class EndedArtifact:
    """One file of a capture, already in the blob store."""

    kind: str
    blob: BlobRef
    media_type: str
    width_px: int | None = None
    height_px: int | None = None


@dataclass(frozen=True)
class EndedCapture:
    """What came of a capture; the names are those of capture.records.CaptureResult."""

    verdict: str
    error_code: str | None = None
    http_status: int | None = None
    final_url: str | None = None
    title: str | None = None
    lang: str | None = None
    description: str | None = None
    media_type: str | None = None
    artifacts: tuple[EndedArtifact, ...] = ()
    text: str = ""
    """The visible text, for search."""
    notes: tuple[str, ...] = ()
    timings_s: dict[str, float] = field(default_factory=dict)
    requests: int = 0
    bytes_down: int = 0
    denied: int = 0
    elapsed_s: float = 0.0
    metadata: dict[str, object] = field(default_factory=dict)
    """What the page says of itself, and the way to it: author, site_name, published, image_url, redirects, …"""


async def finish(job: Job, ended: EndedCapture) -> bool:
    """Ends the capture if the lease still holds, in one transaction: artifacts, title, search, cards due.

    Returns False, and changes nothing, when somebody else has taken the capture or it has ended.
    """
    doc = Doc()
    if ended.verdict in _HAS_A_TITLE:
        doc = await asyncio.to_thread(doc.with_page, ended.title or "", ended.text)
    kept = await _finish(job, ended, doc)
    if kept:
        signals.captures.set()
        signals.outbox.set()
    return kept


@writing_beside
async def _finish(job: Job, ended: EndedCapture, doc: Doc) -> bool:
    await _hold_chat_of(job.capture_id)
    if not await end(job, ended):
        return False
    capture = await Capture.get(id=job.capture_id).select_related("link")
    link = capture.link
    await Artifact.bulk_create(
        [
            Artifact(
                capture_id=capture.id,
                kind=artifact.kind,
                sha256=artifact.blob.sha256,
                size_bytes=artifact.blob.size_bytes,
                media_type=artifact.media_type,
                width_px=artifact.width_px,
                height_px=artifact.height_px,
            )
            for artifact in ended.artifacts
        ]
    )
    await quotas.weigh(capture.archive_id, sum(artifact.blob.size_bytes for artifact in ended.artifacts))
    if await _is_the_page(capture, ended):
        await _change_link(link, ended, doc)
    await cards.make_due(await cards.of_capture(capture.id, link.id, GOOD))
    return True


@writing_beside
async def add_artifact(capture_id: int, artifact: EndedArtifact) -> None:
    """Keeps a file that was made of a capture after its end; in the place of one of that kind, if there is one."""
    await _hold_chat_of(capture_id)
    before = await Artifact.get_or_none(capture_id=capture_id, kind=artifact.kind)
    capture = await Capture.get(id=capture_id)
    await quotas.weigh(capture.archive_id, artifact.blob.size_bytes - (before.size_bytes if before else 0))
    await Artifact.update_or_create(
        capture_id=capture_id,
        kind=artifact.kind,
        defaults={
            "sha256": artifact.blob.sha256,
            "size_bytes": artifact.blob.size_bytes,
            "media_type": artifact.media_type,
            "width_px": artifact.width_px,
            "height_px": artifact.height_px,
        },
    )


async def _hold_chat_of(capture_id: int) -> None:
    """A verb that moves a chat's archive to another chat runs alone, so that this stays true."""
    chat_ids = await Capture.filter(id=capture_id).values_list("archive__chat_id", flat=True)
    for chat_id in ints(chat_ids):
        await hold(CHAT, chat_id)


async def end(job: Job, ended: EndedCapture) -> bool:
    """Ends the capture's row, and its job, if the lease still holds. Inside a transaction."""
    ended_one = bool(
        await Capture.filter(id=job.capture_id, state="running", lease=job.lease).update(
            state="ended",
            lease=None,
            lease_until_ms=None,
            ended_at=clock.now(),
            verdict=ended.verdict,
            error_code=ended.error_code,
            http_status=ended.http_status,
            final_url=ended.final_url,
            title=ended.title,
            lang=ended.lang[:64] if ended.lang else None,
            description=ended.description,
            media_type=ended.media_type[:255] if ended.media_type else None,
            elapsed_s=ended.elapsed_s,
            notes=list(ended.notes),
            timings_s=ended.timings_s,
            requests=ended.requests,
            bytes_down=ended.bytes_down,
            denied=ended.denied,
            metadata=ended.metadata,
            shows=bool(ended.artifacts),
        )
    )
    if ended_one:
        await jobs.done(job.capture_id)
    return ended_one


async def _is_the_page(capture: Capture, ended: EndedCapture) -> bool:
    """Whether title and text are to be kept: always of a good capture of the page, else only while there is none.

    What came only in part, or a picture or PDF that somebody gave, is no good capture of the page.
    """
    given_file = capture.given_by is not None and ended.verdict == "not_html"
    if ended.verdict in GOOD and not given_file:
        return True
    others = Capture.filter(link_id=capture.link_id, verdict__in=GOOD).exclude(id=capture.id)
    return ended.verdict in _HAS_A_TITLE and not await others.exists()


async def _change_link(link: Link, ended: EndedCapture, doc: Doc) -> None:
    final_key = _final_key(link, ended.final_url) if ended.verdict in GOOD else link.final_key
    await Link.filter(id=link.id).update(title=ended.title or link.title, final_key=final_key)
    if link.title is None and ended.title:
        # Only its first title: a tag that somebody took off must not come back with the next capture.
        link.title = ended.title
        await rules.apply_to(link.archive_id, [link])
    found = await fulltext.get([link.id])
    await fulltext.put(
        link.archive_id, {link.id: found[link.id].with_page_of(doc, link.given_title or "")}, replacing=[link.id]
    )


def _final_key(link: Link, final_url: str | None) -> str | None:
    try:
        key = comparison_key(final_url) if final_url else None
    except ValueError:
        return None
    return key if key != link.key else None


@reading
async def waiting_chats() -> set[int]:
    """The chats that wait for captures."""
    return set(ints(await Capture.filter(state="queued").distinct().values_list("archive__chat_id", flat=True)))


async def ask(archive_id: int, wanted: Sequence[Link], requested_at: datetime, priority: int = 0) -> dict[int, int]:
    """Queues a capture of each link, inside a transaction, and gives the captures' ids by link id.

    With a priority below 0 nobody waits for it: it is taken when nothing else is there.
    """
    if not wanted:
        return {}
    await Capture.bulk_create(
        [
            Capture(
                link_id=link.id, archive_id=archive_id, url=link.url, host=link.host[:512], requested_at=requested_at,
                priority=priority,
            )
            for link in wanted
        ]
    )  # fmt: skip
    link_ids = [link.id for link in wanted]
    await jobs.make_for_links(link_ids)
    queued = await Capture.filter(link_id__in=link_ids, state="queued").values("link_id", "id")
    return {capture["link_id"]: capture["id"] for capture in queued}


async def hasten(link_ids: Collection[int]) -> None:
    """Somebody waits for these links now: captures that were queued for nobody take their turn. In a transaction."""
    idle = Capture.filter(link_id__in=list(link_ids), state="queued", priority__lt=0)
    if link_ids and (ids := ints(await idle.values_list("id", flat=True))):
        await Capture.filter(id__in=ids, state="queued").update(priority=0)
        await jobs.hasten(ids)
