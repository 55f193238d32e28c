"""The tables. Times of history are aware datetimes; due times and leases are milliseconds since 1970 (`…_ms`)."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault
from tortoise.indexes import Index
from tortoise.models import Model, ModelMeta

from storage.json_field import JSONField


class _WithoutComments(ModelMeta):
    """Tortoise looks for `#:` comments in the whole source, anew for each model: 0.2 s of every start for none."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> ModelMeta:
        return super().__new__(cls, name, bases, {**attrs, "_no_comments": True})


class OurModel(Model, metaclass=_WithoutComments):
    """What all models are."""

    class Meta:
        abstract = True


class Archive(OurModel):
    """What one chat keeps."""

    id = fields.BigIntField(primary_key=True)
    chat_id = fields.BigIntField(unique=True)
    chat_kind = fields.CharField(max_length=16)
    title = fields.TextField()
    language = fields.CharField(max_length=8)
    settings: fields.Field[dict[str, object]] = JSONField(default=dict, db_default=SqlDefault("'{}'"))
    """What its people chose, by the names of `storage.choices`; a name that is missing has its default."""
    bytes_kept = fields.BigIntField(default=0, db_default=0)
    """The sizes of all its artifacts together, for the quota."""
    left_at = fields.DatetimeField(null=True)
    """When the bot was removed from the chat; the archive goes 30 days later unless it comes back."""
    last_number = fields.IntField(default=0)
    """The highest number given to a link; numbers are never given twice."""
    served_ms = fields.BigIntField(default=0)
    """When a capture of this archive was last taken, for the round robin."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "archives"


class Link(OurModel):
    """One address kept in an archive."""

    id = fields.BigIntField(primary_key=True)
    archive: fields.ForeignKeyRelation[Archive] = fields.ForeignKeyField("storage.Archive", related_name="links")
    archive_id: int
    number = fields.IntField()
    url = fields.TextField()
    """The raw URL: what is opened."""
    key = fields.TextField()
    """The comparison key: what decides whether it is the same link."""
    host = fields.TextField()
    title = fields.TextField(null=True)
    """The newest good capture's."""
    given_title = fields.TextField(null=True)
    """What a person called it; stands before `title`."""
    note = fields.TextField(null=True)
    final_key = fields.TextField(null=True)
    """The comparison key of where redirects led, if that is elsewhere."""
    first_shared_at = fields.DatetimeField()
    first_shared_by = fields.TextField()
    first_sharer_id = fields.BigIntField(null=True)
    deleted_at = fields.DatetimeField(null=True)
    deleted_by = fields.TextField(null=True)

    class Meta:
        table = "links"
        unique_together = (("archive", "key"), ("archive", "number"))
        indexes = (
            Index(fields=("archive_id", "final_key")),
            Index(fields=("archive_id", "host")),
            Index(fields=("archive_id", "first_shared_at")),
        )


class Share(OurModel):
    """One posting of a link, with the words around it."""

    id = fields.BigIntField(primary_key=True)
    link: fields.ForeignKeyRelation[Link] = fields.ForeignKeyField("storage.Link", related_name="shares")
    link_id: int
    chat_id = fields.BigIntField()
    message_id = fields.BigIntField()
    thread_id = fields.BigIntField(null=True)
    person_id = fields.BigIntField(null=True)
    person_name = fields.TextField()
    words = fields.TextField()
    source = fields.TextField(null=True)
    """Where the message was forwarded from, by name."""
    shared_at = fields.DatetimeField()

    class Meta:
        table = "shares"
        unique_together = (("link", "chat_id", "message_id"),)
        indexes = (Index(fields=("chat_id", "message_id")), Index(fields=("person_id", "link_id")))


class Sharer(OurModel):
    """Somebody who has shared links in an archive, by the names that they had; for `by:` in queries."""

    id = fields.BigIntField(primary_key=True)
    archive: fields.ForeignKeyRelation[Archive] = fields.ForeignKeyField("storage.Archive", related_name="sharers")
    archive_id: int
    person_id = fields.BigIntField(default=0)
    """0 for those of whom only the name is known (imports)."""
    name = fields.CharField(max_length=256)
    username = fields.CharField(max_length=64, null=True)
    """Telegram's @name, without the @, as it was at the last posting."""

    class Meta:
        table = "sharers"
        unique_together = (("archive", "person_id", "name"),)
        indexes = (Index(fields=("person_id",)),)


class Tag(OurModel):
    """A name in an archive, with how many links carry it that are not deleted."""

    id = fields.BigIntField(primary_key=True)
    archive: fields.ForeignKeyRelation[Archive] = fields.ForeignKeyField("storage.Archive", related_name="tags")
    archive_id: int
    key = fields.CharField(max_length=256)
    name = fields.CharField(max_length=256)
    """As first written."""
    count = fields.IntField(default=0)

    class Meta:
        table = "tags"
        unique_together = (("archive", "key"),)
        indexes = (Index(fields=("archive_id", "count")),)


class TagAlias(OurModel):
    """A name that leads to another tag since a merge or a rename, so that old habits go on working."""

    id = fields.BigIntField(primary_key=True)
    archive: fields.ForeignKeyRelation[Archive] = fields.ForeignKeyField("storage.Archive", related_name="aliases")
    archive_id: int
    key = fields.CharField(max_length=256)
    tag: fields.ForeignKeyRelation[Tag] = fields.ForeignKeyField("storage.Tag", related_name="aliases")
    tag_id: int

    class Meta:
        table = "tag_aliases"
        unique_together = (("archive", "key"),)
        indexes = (Index(fields=("tag_id",)),)


class Rule(OurModel):
    """Tags that links get by themselves: those of a host, or with words in URL or title."""

    id = fields.BigIntField(primary_key=True)
    archive: fields.ForeignKeyRelation[Archive] = fields.ForeignKeyField("storage.Archive", related_name="rules")
    archive_id: int
    number = fields.IntField()
    host = fields.TextField(null=True)
    words = fields.TextField(null=True)
    tags: fields.Field[list[str]] = JSONField(default=list)
    made_by = fields.TextField()
    made_at = fields.DatetimeField()

    class Meta:
        table = "rules"
        unique_together = (("archive", "number"),)


class Topic(OurModel):
    """What a group chose for one of its topics."""

    id = fields.BigIntField(primary_key=True)
    archive: fields.ForeignKeyRelation[Archive] = fields.ForeignKeyField("storage.Archive", related_name="topics")
    archive_id: int
    thread_id = fields.BigIntField()
    ignored = fields.BooleanField(default=False)
    default_tag = fields.TextField(null=True)

    class Meta:
        table = "topics"
        unique_together = (("archive", "thread_id"),)


class Deed(OurModel):
    """Something done to many links at once, or to one for good, with what is needed to undo it."""

    id = fields.BigIntField(primary_key=True)
    archive: fields.ForeignKeyRelation[Archive] = fields.ForeignKeyField("storage.Archive", related_name="deeds")
    archive_id: int
    kind = fields.CharField(max_length=16)
    """One of `storage.deeds.Kind`."""
    payload: fields.Field[dict[str, object]] = JSONField(default=dict)
    person_id = fields.BigIntField(null=True)
    person_name = fields.TextField()
    done_at = fields.DatetimeField()
    undo_until_ms = fields.BigIntField()
    undone_at = fields.DatetimeField(null=True)

    class Meta:
        table = "deeds"
        indexes = (Index(fields=("archive_id", "id")), Index(fields=("undo_until_ms",)))


class Question(OurModel):
    """A question that the bot asked back, until somebody presses its verb or Cancel."""

    id = fields.BigIntField(primary_key=True)
    archive: fields.ForeignKeyRelation[Archive] = fields.ForeignKeyField("storage.Archive", related_name="questions")
    archive_id: int
    kind = fields.CharField(max_length=16)
    payload: fields.Field[dict[str, object]] = JSONField(default=dict)
    person_id = fields.BigIntField(null=True)
    asked_at = fields.DatetimeField()
    state = fields.CharField(max_length=8, default="open")
    """`open`, `yes` or `no`: pressed twice, it is done once."""

    class Meta:
        table = "questions"


class Transfer(OurModel):
    """An import or an export under way, or ended: it goes on after a restart."""

    id = fields.BigIntField(primary_key=True)
    archive: fields.ForeignKeyRelation[Archive] = fields.ForeignKeyField("storage.Archive", related_name="transfers")
    archive_id: int
    kind = fields.CharField(max_length=8)
    """`import` or `export`."""
    format = fields.CharField(max_length=16)
    state = fields.CharField(max_length=8, default="asked")
    """`asked`, `running`, `done`, `stopped` or `failed`."""
    payload: fields.Field[dict[str, object]] = JSONField(default=dict)
    done = fields.IntField(default=0)
    total = fields.IntField(default=0)
    error = fields.TextField(null=True)
    chat_id = fields.BigIntField()
    """Where its progress is told."""
    thread_id = fields.BigIntField(null=True)
    reply_to = fields.BigIntField(null=True)
    message_id = fields.BigIntField(null=True)
    """The one message that tells its progress."""
    person_id = fields.BigIntField(null=True)
    language = fields.CharField(max_length=8)
    made_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "transfers"
        indexes = (Index(fields=("state",)), Index(fields=("archive_id", "id")))


class LinkTag(OurModel):
    """A tag on a link. Stays when the link is deleted, so that an undo brings everything back."""

    id = fields.BigIntField(primary_key=True)
    tag: fields.ForeignKeyRelation[Tag] = fields.ForeignKeyField("storage.Tag", related_name="link_tags")
    tag_id: int
    link: fields.ForeignKeyRelation[Link] = fields.ForeignKeyField("storage.Link", related_name="link_tags")
    link_id: int

    class Meta:
        table = "link_tags"
        unique_together = (("tag", "link"),)
        indexes = (Index(fields=("link_id",)),)


class Capture(OurModel):
    """One attempt to keep a link's page, and its place in the queue."""

    id = fields.BigIntField(primary_key=True)
    link: fields.ForeignKeyRelation[Link] = fields.ForeignKeyField("storage.Link", related_name="captures")
    link_id: int
    archive: fields.ForeignKeyRelation[Archive] = fields.ForeignKeyField("storage.Archive", related_name="captures")
    archive_id: int
    url = fields.TextField()
    host = fields.CharField(max_length=512)
    priority = fields.IntField(default=0, db_default=0)
    """Below 0 for what nobody waits for (an import): taken when nothing else of the archive is there."""
    given_by = fields.TextField(null=True)
    """Who gave this copy, when it is a reader's own and no page was opened; empty when they were forgotten."""
    given_by_id = fields.BigIntField(null=True)
    state = fields.CharField(max_length=8, default="queued")
    """`queued`, `running` or `ended`."""
    attempt = fields.IntField(default=0)
    """How often it was taken."""
    crashes = fields.IntField(default=0)
    lease = fields.CharField(max_length=32, null=True)
    lease_until_ms = fields.BigIntField(null=True)
    requested_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    verdict = fields.CharField(max_length=16, null=True)
    error_code = fields.CharField(max_length=64, null=True)
    http_status = fields.IntField(null=True)
    final_url = fields.TextField(null=True)
    title = fields.TextField(null=True)
    lang = fields.CharField(max_length=64, null=True)
    description = fields.TextField(null=True)
    metadata: fields.Field[dict[str, object]] = JSONField(default=dict, db_default=SqlDefault("'{}'"))
    """What the page says of itself: site name, author, published, image, icon, canonical URL, redirects."""
    media_type = fields.CharField(max_length=255, null=True)
    elapsed_s = fields.FloatField(null=True)
    notes: fields.Field[list[str]] = JSONField(default=list)
    timings_s: fields.Field[dict[str, float]] = JSONField(default=dict)
    requests = fields.IntField(default=0)
    bytes_down = fields.BigIntField(default=0)
    denied = fields.IntField(default=0)
    shows = fields.BooleanField(default=False)
    """It ended with at least one artifact."""

    class Meta:
        table = "captures"
        indexes = (
            Index(fields=("link_id", "state")),
            Index(fields=("state", "archive_id", "priority", "id")),
            Index(fields=("archive_id", "verdict", "link_id", "http_status")),
        )


class Artifact(OurModel):
    """One file of a capture; its bytes are the blob of that name."""

    id = fields.BigIntField(primary_key=True)
    capture: fields.ForeignKeyRelation[Capture] = fields.ForeignKeyField("storage.Capture", related_name="artifacts")
    capture_id: int
    kind = fields.CharField(max_length=16)
    sha256 = fields.CharField(max_length=64)
    size_bytes = fields.BigIntField()
    media_type = fields.CharField(max_length=255)
    width_px = fields.IntField(null=True)
    height_px = fields.IntField(null=True)

    class Meta:
        table = "artifacts"
        unique_together = (("capture", "kind"),)
        indexes = (Index(fields=("sha256",)),)


class Card(OurModel):
    """The bot's one answer to one message (or to `/show`, which has no `message_id` here)."""

    id = fields.BigIntField(primary_key=True)
    archive: fields.ForeignKeyRelation[Archive] = fields.ForeignKeyField("storage.Archive", related_name="cards")
    archive_id: int
    chat_id = fields.BigIntField()
    """Where it was posted: another chat than the archive's after a group became a supergroup."""
    message_id = fields.BigIntField(null=True)
    media_group_id = fields.CharField(max_length=64, null=True)
    sender_id = fields.BigIntField(null=True)
    merged_into: fields.ForeignKeyNullableRelation[Card] = fields.ForeignKeyField(
        "storage.Card", related_name="merged", null=True, on_delete=fields.SET_NULL
    )
    merged_into_id: int | None
    """The card that answers for this one: the first of a burst."""
    reply_to = fields.BigIntField(null=True)
    thread_id = fields.BigIntField(null=True)
    language = fields.CharField(max_length=8)
    created_at = fields.DatetimeField()
    notes: fields.Field[list[list[str]]] = JSONField(default=list)
    """Pairs of code and value."""
    sent_message_id = fields.BigIntField(null=True)
    sent_form = fields.CharField(max_length=8, null=True)
    sent_digest = fields.CharField(max_length=128, null=True)
    sent_ms = fields.BigIntField(null=True)
    album_sent = fields.BooleanField(default=False)

    class Meta:
        table = "cards"
        unique_together = (("chat_id", "message_id"),)
        indexes = (
            Index(fields=("chat_id", "sent_message_id")),
            Index(fields=("chat_id", "media_group_id")),
        )


class CardLink(OurModel):
    """A link on a card."""

    id = fields.BigIntField(primary_key=True)
    card: fields.ForeignKeyRelation[Card] = fields.ForeignKeyField("storage.Card", related_name="card_links")
    card_id: int
    link: fields.ForeignKeyRelation[Link] = fields.ForeignKeyField("storage.Link", related_name="card_links")
    link_id: int
    capture: fields.ForeignKeyNullableRelation[Capture] = fields.ForeignKeyField(
        "storage.Capture", related_name="card_links", null=True, on_delete=fields.SET_NULL
    )
    capture_id: int | None
    """The card's own capture: queued by its message or its button, or under way when the message came."""
    repost = fields.BooleanField(default=False)
    """The link was in the archive before the card's message."""
    pinned = fields.BooleanField(default=False, db_default=False)
    """The card shows its own capture, good or not, and no newer one: somebody opened that version."""
    document_sent = fields.BooleanField(default=False)

    class Meta:
        table = "card_links"
        unique_together = (("card", "link"),)
        indexes = (Index(fields=("link_id",)), Index(fields=("capture_id",)))


class Piece(OurModel):
    """A message of ours that is about one link and no card itself: a picture of an album, an offline page, a file."""

    id = fields.BigIntField(primary_key=True)
    chat_id = fields.BigIntField()
    message_id = fields.BigIntField()
    link: fields.ForeignKeyRelation[Link] = fields.ForeignKeyField("storage.Link", related_name="pieces")
    link_id: int
    card: fields.ForeignKeyNullableRelation[Card] = fields.ForeignKeyField(
        "storage.Card", related_name="pieces", null=True
    )
    card_id: int | None
    """The card below which it stands; None for a file that somebody asked for."""
    shown = fields.CharField(max_length=64, null=True)
    """What a picture of an album shows, in short; None for a file, and for a picture that can be changed no more."""

    class Meta:
        table = "pieces"
        unique_together = (("chat_id", "message_id"),)
        indexes = (Index(fields=("link_id",)), Index(fields=("card_id",)))


class Outbox(OurModel):
    """Something that has to reach Telegram: a card (one row for its whole life), a notice or a document."""

    id = fields.BigIntField(primary_key=True)
    chat_id = fields.BigIntField()
    kind = fields.CharField(max_length=16)
    card: fields.OneToOneNullableRelation[Card] = fields.OneToOneField("storage.Card", related_name="outbox", null=True)
    card_id: int | None
    payload: fields.Field[dict[str, object]] = JSONField(default=dict)
    version = fields.IntField(default=1)
    """Rises whenever there is something new to say."""
    pending = fields.BooleanField(default=True)
    not_before_ms = fields.BigIntField()
    attempts = fields.IntField(default=0)
    last_error = fields.TextField(null=True)
    sending = fields.CharField(max_length=8, null=True)
    """`text`, `photo`, `album` or `document`: such a message may be in the chat without our having heard of it."""
    sending_after = fields.BigIntField(null=True)
    """A number that this message's own is above, where it was known better than by the chat's last one."""

    class Meta:
        table = "outbox"
        indexes = (Index(fields=("pending", "chat_id", "not_before_ms")),)


class Chat(OurModel):
    """What holds deliveries to a chat back."""

    chat_id = fields.BigIntField(primary_key=True, generated=False)
    parked_because = fields.TextField(null=True)
    held_until_ms = fields.BigIntField(default=0)
    last_said = fields.BigIntField(null=True)
    """The number of the last message that was delivered here."""

    class Meta:
        table = "chats"


class SentFile(OurModel):
    """The name that Telegram gave to a blob once uploaded, to send it again without uploading."""

    id = fields.BigIntField(primary_key=True)
    sha256 = fields.CharField(max_length=64)
    as_kind = fields.CharField(max_length=16)
    file_id = fields.TextField()

    class Meta:
        table = "files"
        unique_together = (("sha256", "as_kind"),)


class Owner(OurModel):
    """A person who owns this bot by having claimed it."""

    user_id = fields.BigIntField(primary_key=True, generated=False)
    name = fields.TextField()
    since = fields.DatetimeField()

    class Meta:
        table = "owners"


class Admitted(OurModel):
    """A chat that is served because somebody who may has let it in."""

    chat_id = fields.BigIntField(primary_key=True, generated=False)
    by_user_id = fields.BigIntField()
    since = fields.DatetimeField()

    class Meta:
        table = "admitted"


class Membership(OurModel):
    """Whether a person is in a chat, as Telegram last said."""

    id = fields.BigIntField(primary_key=True)
    chat_id = fields.BigIntField()
    user_id = fields.BigIntField()
    member = fields.BooleanField()
    admin = fields.BooleanField(default=False)
    checked_ms = fields.BigIntField()

    class Meta:
        table = "memberships"
        unique_together = (("chat_id", "user_id"),)
        indexes = (Index(fields=("user_id", "member")),)


class Asking(OurModel):
    """A stranger's or a group's wish to be let in; kept when it was granted, for the name."""

    chat_id = fields.BigIntField(primary_key=True, generated=False)
    user_id = fields.BigIntField()
    name = fields.TextField()
    language = fields.CharField(max_length=8)
    state = fields.CharField(max_length=8, default="asked")
    """`asked`, `later`, `allowed` or `blocked`."""
    asked_at = fields.DatetimeField()

    class Meta:
        table = "askings"


class Setting(OurModel):
    """What the program remembers about itself."""

    key = fields.CharField(max_length=64, primary_key=True)
    value = fields.TextField()

    class Meta:
        table = "settings"
