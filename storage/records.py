"""Frozen records that the verbs of storage take and give. Times are aware UTC datetimes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, TypeVar

ChatKind = Literal["private", "group", "supergroup", "channel"]
Form = Literal["text", "photo", "album", "document"]
"""What is sent as one new message (or album)."""
T = TypeVar("T")


@dataclass(frozen=True)
class FoundLink:
    """A link as a message held it, ready to be kept."""

    url: str
    """The raw URL (scheme added to bare domains, credentials removed): what is opened."""
    key: str
    """The comparison key; see storage.urls.comparison_key."""
    host: str
    """Lower-cased host without `www.`, for people and for fairness."""


@dataclass(frozen=True)
class IntakeNote:
    """Something to tell the sender about what was not kept, or kept differently.

    Codes: `too_many` (value: how many were left out), `bad_scheme`, `too_long`, `private_address`,
    `bad_address`, `credentials_removed` (value: the host or a shortened URL).
    """

    code: str
    value: str


GENERAL = 1
"""The topic that every forum has. Messages in it name no topic, and none may be named to post there."""


@dataclass(frozen=True)
class IncomingMessage:
    """A message with links or tags, as Telegram gave it, cut down to what is kept."""

    chat_id: int
    chat_kind: ChatKind
    chat_title: str
    message_id: int
    thread_id: int | None
    sender_id: int | None
    sender_name: str
    language: str
    """The sender's locale, `en` or `zh`; used for the chat while it has none of its own."""
    words: str
    """The text or caption, whole."""
    sent_at: datetime
    links: tuple[FoundLink, ...] = ()
    tags: tuple[str, ...] = ()
    """Names as written, without `#`."""
    notes: tuple[IntakeNote, ...] = ()
    media_group_id: str | None = None
    source: str | None = None
    """Where it was forwarded from, by name: a channel or a chat."""
    asked: bool = False
    """Somebody wants this kept, by `/save` or a mention, whatever the chat keeps by itself."""
    sender_username: str | None = None
    """Telegram's @name of the sender, without the @."""
    is_forum: bool = False
    """The chat has topics; a message without a `thread_id` is then in General."""

    @property
    def topic_id(self) -> int | None:
        """The topic for which something can be chosen; None in a chat without topics."""
        return GENERAL if self.thread_id is None and self.is_forum else self.thread_id


@dataclass(frozen=True)
class Intake:
    """What taking a message in did."""

    card_id: int | None
    """None when the message held nothing to answer."""
    changed: bool
    """False when every link, tag and note was already there: a message seen again."""
    queued: int
    """How many captures were queued by it."""
    wanted: bool = True
    """False when the chat does not keep such links by itself."""
    kept: int = 0
    """How many links of the message are in the archive now: less than it has when the quota is reached."""
    captures: tuple[int, ...] = ()
    """The captures that its links wait for: those queued by it, and those under way already."""


@dataclass(frozen=True)
class BlobRef:
    """A file in the blob store."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class ArtifactView:
    """One file of a capture as a card needs it."""

    kind: str
    blob: BlobRef
    media_type: str
    width_px: int | None = None
    height_px: int | None = None


@dataclass(frozen=True)
class CaptureView:
    """One capture as a card shows it."""

    capture_id: int
    state: Literal["queued", "running", "ended"]
    verdict: str | None
    error_code: str | None
    http_status: int | None
    final_url: str | None
    title: str | None
    lang: str | None
    media_type: str | None
    elapsed_s: float | None
    requested_at: datetime
    ended_at: datetime | None
    artifacts: tuple[ArtifactView, ...] = ()
    notes: tuple[str, ...] = ()
    given_by: str | None = None
    """Whose own copy it is, empty for somebody who was forgotten; None for a page that we opened."""

    def artifact(self, kind: str) -> ArtifactView | None:
        """The artifact of that kind, if the capture has one."""
        return next((a for a in self.artifacts if a.kind == kind), None)


@dataclass(frozen=True)
class LinkView:
    """A link with all that a card, a list row or `/show` says about it."""

    link_id: int
    number: int
    url: str
    host: str
    title: str | None
    tags: tuple[str, ...]
    first_shared_at: datetime
    first_shared_by: str
    first_sharer_id: int | None
    captures_count: int
    """Captures that ended with something to show."""
    given_title: str | None = None
    """What a person called it; `title` is this then."""
    note: str | None = None
    deleted_by: str | None = None
    capture: CaptureView | None = None
    """The capture to show: on a card the card's own while it runs or if it is good, otherwise the newest
    good one, otherwise the newest."""
    tried: CaptureView | None = None
    """On a card: its own capture, when that one failed and `capture` is an older good one."""
    repost: bool = False
    """On a card: the link was in the archive before this message."""
    first_words: str = ""
    """On a card: what was written around it when it was first shared; empty for the card of that message itself."""
    source: str | None = None
    """On a card: where its first message was forwarded from."""
    same_as: int | None = None
    """On a card: the number of another link that leads to the same page, like a short link and its target."""
    pinned: bool = False
    """On a card: somebody opened this one capture of several."""
    waiting_before: int = 0
    """On a card while queued: captures that will be taken before this one."""
    suggestions: tuple[tuple[int, str], ...] = ()
    """On the card of a new link without tags: ids and names of tags of this archive that fit."""
    context: tuple[tuple[str, bool], ...] = ()
    """Found by words: a few words of where they stand, in pieces; True for the ones that were looked for."""


@dataclass(frozen=True)
class AlbumPicture:
    """A picture below a card of several links, as it is in the chat."""

    message_id: int
    link_id: int
    shown: str
    """Digest of picture and words, so that an edit that changes nothing is not made."""


@dataclass(frozen=True)
class CardView:
    """A card with all that is needed to render and deliver it."""

    card_id: int
    chat_id: int
    chat_kind: ChatKind
    thread_id: int | None
    reply_to_message_id: int | None
    language: str
    created_at: datetime
    links: tuple[LinkView, ...]
    notes: tuple[IntakeNote, ...]
    sent_message_id: int | None = None
    sent_form: Literal["text", "photo"] | None = None
    sent_digest: str | None = None
    """Digest of what was last sent or edited, so that an edit that changes nothing is not made."""
    album_sent: bool = False
    pictures: tuple[AlbumPicture, ...] = ()
    """The album's, as far as it is known which they are."""
    documents_sent: bool = False
    """The offline page of at least one link is in the chat."""
    documents_sent_of: tuple[int, ...] = ()
    """The links whose offline pages are in the chat."""
    pages_below: bool = False
    """The offline page follows below the card: in private, and in groups that chose so."""
    is_quiet: bool = False
    """It answers a message of a chat that chose to hear only of what went wrong."""

    @property
    def captures(self) -> tuple[int, ...]:
        """The captures that it tells of."""
        shown = (link.tried or link.capture for link in self.links)
        return tuple(capture.capture_id for capture in shown if capture)


@dataclass(frozen=True)
class Due:
    """One row of the outbox that wants to be delivered now."""

    outbox_id: int
    version: int
    """Rises whenever there is something new to say; a delivery finishes the version that it read."""
    chat_id: int
    kind: Literal["card", "document", "notice"]
    card_id: int | None
    payload: dict[str, object]
    attempts: int
    sending: Form | None = None
    """Such a message may be in the chat already: a try broke off before its end was heard of."""
    sending_after: int | None = None
    """Its number is above this one, as far as was known when it was sent."""


@dataclass(frozen=True)
class Job:
    """A capture taken from the queue under a lease."""

    capture_id: int
    lease: str
    """Random token of this lease; finishing needs it (compare and set)."""
    attempt: int
    """1 for the first."""
    chat_id: int
    url: str
    host: str


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list, with the number of all rows."""

    rows: tuple[T, ...]
    total: int
    page: int
    """From 1."""
    pages: int
    suggestions: tuple[tuple[str, int], ...] = field(default=())
    """For an empty answer: near tag names with their counts."""
    more: bool = False
    """There are more than `total`: nobody turns so many pages, and counting on would take its time."""


@dataclass(frozen=True)
class TagCount:
    """A tag and how many links carry it."""

    name: str
    count: int
