"""Rows into the records that cards and lists are rendered from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar, cast

from tortoise.expressions import Q

from storage.models import Artifact, Capture, Link, LinkTag, Share
from storage.records import ArtifactView, BlobRef, CaptureView, LinkView, Page

T = TypeVar("T")

GOOD = ("ok", "not_html")
"""Verdicts of captures that need no other one (the same as capture.records.USABLE)."""


@dataclass(frozen=True)
class OnCard:
    """What a card adds to a link."""

    capture_id: int | None = None
    repost: bool = False
    waiting_before: int = 0
    pinned: bool = False


def pages(total: int, per_page: int) -> int:
    """How many pages there are; an empty list has one."""
    return max(1, -(-total // per_page))


def page(
    rows: tuple[T, ...], total: int, number: int, per_page: int, suggestions: tuple[tuple[str, int], ...] = ()
) -> Page[T]:
    """A page of a list."""
    return Page(rows=rows, total=total, page=number, pages=pages(total, per_page), suggestions=suggestions)


async def links(ids: Sequence[int], on_card: Mapping[int, OnCard] | None = None) -> list[LinkView]:
    """Links in the order of the ids; those that do not exist are left out."""
    if not ids:
        return []
    found = {link.id: link for link in await Link.filter(id__in=list(ids))}
    tags: dict[int, list[str]] = defaultdict(list)
    for link_id, name in await LinkTag.filter(link_id__in=list(ids)).order_by("id").values_list("link_id", "tag__name"):
        tags[cast(int, link_id)].append(cast(str, name))
    brief = (
        # By their time: an import brings old ones later.
        await Capture.filter(link_id__in=list(ids))
        .order_by("-requested_at", "-id")
        .values("id", "link_id", "state", "verdict", "shows")
    )
    by_link: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for capture in brief:
        by_link[capture["link_id"]].append(capture)
    places = on_card or {}
    chosen = {link_id: _choose(by_link[link_id], places.get(link_id, OnCard())) for link_id in found}
    own = {link_id: places.get(link_id, OnCard()).capture_id for link_id in found}
    captures = await _captures({capture_id for capture_id in (*chosen.values(), *own.values()) if capture_id})
    views = [
        _link(
            found[link_id],
            tuple(tags[link_id]),
            captures.get(chosen[link_id] or 0),
            captures.get(own[link_id] or 0) if own[link_id] != chosen[link_id] else None,
            sum(bool(capture["shows"]) for capture in by_link[link_id]),
            places.get(link_id, OnCard()),
        )
        for link_id in ids
        if link_id in found
    ]
    return [await _with_origin(view, found[view.link_id]) for view in views] if on_card else views


async def _with_origin(view: LinkView, row: Link) -> LinkView:
    """What a card says of where the link came from, and of another one that is the same page."""
    first = await Share.filter(link_id=row.id).order_by("shared_at", "id").first()
    same = Link.filter(archive_id=row.archive_id, deleted_at__isnull=True).exclude(id=row.id)
    leads_to = Q(final_key=row.key) | (Q(key=row.final_key) | Q(final_key=row.final_key) if row.final_key else Q())
    other = await same.filter(leads_to).order_by("number").first()
    return replace(
        view,
        first_words=first.words if first and view.repost else "",
        source=first.source if first else None,
        same_as=other.number if other else None,
    )


def _choose(captures: Iterable[dict[str, Any]], place: OnCard) -> int | None:
    """The capture to show, of captures with the newest first; see LinkView.capture."""
    own_id = place.capture_id
    if place.pinned and own_id is not None:
        return own_id
    newest: int | None = None
    newest_good: int | None = None
    for capture in captures:
        good = capture["verdict"] in GOOD
        if capture["id"] == own_id and (good or capture["state"] != "ended"):
            return int(capture["id"])
        newest = newest or capture["id"]
        if good:
            newest_good = newest_good or capture["id"]
    return newest_good or newest


async def _captures(ids: Collection[int]) -> dict[int, CaptureView]:
    if not ids:
        return {}
    # Before their artifacts: these come in the transaction that ends a capture, and an ended one must not lack them.
    captures = await Capture.filter(id__in=list(ids))
    artifacts: dict[int, list[ArtifactView]] = defaultdict(list)
    for row in await Artifact.filter(capture_id__in=list(ids)).order_by("id"):
        artifacts[row.capture_id].append(
            ArtifactView(
                kind=row.kind,
                blob=BlobRef(sha256=row.sha256, size_bytes=row.size_bytes),
                media_type=row.media_type,
                width_px=row.width_px,
                height_px=row.height_px,
            )
        )
    return {capture.id: _capture(capture, tuple(artifacts[capture.id])) for capture in captures}


def _capture(row: Capture, artifacts: tuple[ArtifactView, ...]) -> CaptureView:
    return CaptureView(
        capture_id=row.id,
        state=cast(Literal["queued", "running", "ended"], row.state),
        verdict=row.verdict,
        error_code=row.error_code,
        http_status=row.http_status,
        final_url=row.final_url,
        title=row.title,
        lang=row.lang,
        media_type=row.media_type,
        elapsed_s=row.elapsed_s,
        requested_at=row.requested_at,
        ended_at=row.ended_at,
        artifacts=artifacts,
        notes=tuple(row.notes),
        given_by=row.given_by,
    )


def _link(
    row: Link,
    tags: tuple[str, ...],
    capture: CaptureView | None,
    own: CaptureView | None,
    captures_count: int,
    place: OnCard,
) -> LinkView:
    is_older = capture is not None and own is not None and capture.capture_id < own.capture_id
    return LinkView(
        link_id=row.id,
        number=row.number,
        url=row.url,
        host=row.host,
        title=row.given_title or row.title,
        given_title=row.given_title,
        note=row.note,
        tags=tags,
        first_shared_at=row.first_shared_at,
        first_shared_by=row.first_shared_by,
        first_sharer_id=row.first_sharer_id,
        captures_count=captures_count,
        deleted_by=row.deleted_by if row.deleted_at else None,
        capture=capture,
        tried=own if is_older else None,
        repost=place.repost,
        pinned=place.pinned,
        waiting_before=place.waiting_before,
    )
