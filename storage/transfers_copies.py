"""What an import brings of the pages themselves: captures with their files, words to be found, and pages to capture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from storage import captures, choices, clock, fulltext, quotas, search
from storage.captures import EndedArtifact
from storage.formats.records import ArtifactRecord, CaptureRecord, ShareRecord
from storage.models import Archive, Artifact, Capture, Link
from storage.search_docs import Doc
from storage.transfers_staging import Prepared
from storage.views import GOOD

LOW = -1
"""The priority of captures for which nobody waits."""

ELSEWHERE = "elsewhere"
"""In a capture's metadata: files that the import named and did not bring. They are told on, and open nothing."""


@dataclass(frozen=True)
class Copy:
    """A capture of the file, with those of its files that came with it and are in the blob store now."""

    record: CaptureRecord
    artifacts: tuple[EndedArtifact, ...] = ()
    absent: tuple[ArtifactRecord, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry, ready to be written."""

    prepared: Prepared
    copies: tuple[Copy, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Of the files that came with it."""
        return sum(artifact.blob.size_bytes for copy in self.copies for artifact in copy.artifacts)


@dataclass
class Merged:
    """All that a batch says of one link."""

    entry: Prepared
    shares: list[ShareRecord] = field(default_factory=list)
    tags: dict[str, None] = field(default_factory=dict)
    copies: list[Copy] = field(default_factory=list)
    title: str | None = None
    given_title: str | None = None
    note: str | None = None


async def put_copies(archive: Archive, merged: Mapping[str, Merged], links: Mapping[str, Link]) -> None:
    """The captures of the file that the links do not have yet."""
    with_copies = {links[key].id: one.copies for key, one in merged.items() if one.copies}
    if not with_copies:
        return
    old = await Capture.filter(link_id__in=list(with_copies), state="ended")
    known = {(row.link_id, row.requested_at, row.verdict): row for row in old}
    by_id = {link.id: link for link in links.values()}
    for link_id, copies in with_copies.items():
        for copy in sorted(copies, key=lambda each: each.record.when):
            mark = (link_id, copy.record.when, copy.record.verdict)
            if mark not in known:
                known[mark] = await _keep(archive, by_id[link_id], copy)
            elif ELSEWHERE in known[mark].metadata and copy.artifacts:
                await _complete(archive, known[mark], copy)


async def _complete(archive: Archive, capture: Capture, copy: Copy) -> None:
    """Gives a capture of which only the names of files were known those that have come now."""
    there = {artifact.kind for artifact in await Artifact.filter(capture_id=capture.id)}
    await _put_files(archive, capture, [artifact for artifact in copy.artifacts if artifact.kind not in there])
    absent = [asdict(artifact) for artifact in copy.absent if artifact.kind not in there]
    capture.metadata = {name: value for name, value in capture.metadata.items() if name != ELSEWHERE}
    capture.metadata |= {ELSEWHERE: absent} if absent else {}
    capture.shows = True
    await capture.save(update_fields=["metadata", "shows"])


async def _keep(archive: Archive, link: Link, copy: Copy) -> Capture:
    record = copy.record
    metadata = {name: value for name, value in record.metadata.items() if name != ELSEWHERE}
    if copy.absent:
        metadata[ELSEWHERE] = [asdict(artifact) for artifact in copy.absent]
    capture = await Capture.create(
        link_id=link.id,
        archive_id=archive.id,
        url=link.url,
        host=link.host[:512],
        state="ended",
        requested_at=record.when,
        ended_at=record.ended,
        verdict=record.verdict,
        error_code=record.error_code,
        http_status=record.http_status,
        final_url=record.final_url,
        title=record.title,
        lang=record.lang,
        description=record.description,
        media_type=record.media_type,
        elapsed_s=record.elapsed_s,
        given_by=record.given_by,
        given_by_id=record.given_by_id,
        notes=list(record.notes),
        metadata=metadata,
        shows=bool(copy.artifacts),
    )
    await _put_files(archive, capture, copy.artifacts)
    return capture


async def _put_files(archive: Archive, capture: Capture, artifacts: Sequence[EndedArtifact]) -> None:
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
            for artifact in artifacts
        ]
    )
    await quotas.weigh(archive.id, sum(artifact.blob.size_bytes for artifact in artifacts))


async def put_words(
    archive: Archive, merged: Mapping[str, Merged], links: Mapping[str, Link], new: Sequence[str]
) -> None:
    """Makes findable what people and, if its text came along, the page say."""
    texts = {
        links[key].id: next((copy.text for copy in reversed(one.copies) if copy.text), "")
        for key, one in merged.items()
    }
    docs: dict[int, Doc] = {}
    for key in new:
        link, one = links[key], merged[key]
        doc = Doc().with_page(link.title or "", texts[link.id])
        docs[link.id] = doc.said(
            link.url, [share.words for share in one.shares], link.title or "", link.given_title or "", link.note or ""
        )
    await fulltext.put(archive.id, docs, replacing=())
    old = [links[key].id for key in merged if links[key].id not in docs]
    if old:
        found = await fulltext.get(old)
        by_id = {link.id: link for link in links.values()}
        pages = {
            link_id: doc.with_page_of(Doc().with_page(by_id[link_id].title or "", texts[link_id]))
            for link_id, doc in found.items()
            if texts[link_id] and not doc.body
        }
        await fulltext.put(archive.id, pages, replacing=pages)
        await search.renew(old)


async def queue_pages(archive: Archive, links: Mapping[str, Link], new: Sequence[str]) -> None:
    """Has the pages captured that nothing is kept of, when nothing else is to be done. Those known have been tried."""
    ids = [link.id for link in links.values()]
    fresh = {links[key].id for key in new}
    have: set[int] = set()
    for row in await Capture.filter(link_id__in=ids).values("link_id", "verdict", "shows"):
        if row["link_id"] not in fresh or (row["verdict"] in GOOD and row["shows"]):
            have.add(row["link_id"])
    chosen = choices.parse(archive.settings)
    wanted = [link for link in links.values() if link.id not in have and chosen.captures(link.host)]
    await captures.ask(archive.id, wanted, clock.now(), priority=LOW)
