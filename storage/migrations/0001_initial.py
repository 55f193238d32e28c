"""The first schema."""

# ruff: noqa: RUF012

import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Makes every table."""

    initial = True

    operations = [
        ops.CreateModel(
            name="Admitted",
            fields=[
                ("chat_id", fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("by_user_id", fields.BigIntField()),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "admitted",
                "app": "storage",
                "pk_attr": "chat_id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Archive",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("chat_id", fields.BigIntField(unique=True)),
                ("chat_kind", fields.CharField(max_length=16)),
                ("title", fields.TextField(unique=False)),
                ("language", fields.CharField(max_length=8)),
                ("last_number", fields.IntField(default=0)),
                ("served_ms", fields.BigIntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "archives",
                "app": "storage",
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Card",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "archive",
                    fields.ForeignKeyField(
                        "storage.Archive",
                        source_field="archive_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="cards",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("chat_id", fields.BigIntField()),
                ("message_id", fields.BigIntField(null=True)),
                ("media_group_id", fields.CharField(null=True, max_length=64)),
                ("reply_to", fields.BigIntField(null=True)),
                ("thread_id", fields.BigIntField(null=True)),
                ("language", fields.CharField(max_length=8)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "notes",
                    fields.JSONField(
                        default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("sent_message_id", fields.BigIntField(null=True)),
                ("sent_form", fields.CharField(null=True, max_length=8)),
                ("sent_digest", fields.CharField(null=True, max_length=128)),
                ("sent_ms", fields.BigIntField(null=True)),
                ("album_sent", fields.BooleanField(default=False)),
            ],
            options={
                "table": "cards",
                "app": "storage",
                "unique_together": (("chat_id", "message_id"),),
                "indexes": [Index(fields=["chat_id", "sent_message_id"]), Index(fields=["chat_id", "media_group_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Chat",
            fields=[
                ("chat_id", fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("parked_because", fields.TextField(null=True, unique=False)),
                ("held_until_ms", fields.BigIntField(default=0)),
            ],
            options={
                "table": "chats",
                "app": "storage",
                "pk_attr": "chat_id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Link",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "archive",
                    fields.ForeignKeyField(
                        "storage.Archive",
                        source_field="archive_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("number", fields.IntField()),
                ("url", fields.TextField(unique=False)),
                ("key", fields.TextField(unique=False)),
                ("host", fields.TextField(unique=False)),
                ("title", fields.TextField(null=True, unique=False)),
                ("final_key", fields.TextField(null=True, unique=False)),
                ("first_shared_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("first_shared_by", fields.TextField(unique=False)),
                ("first_sharer_id", fields.BigIntField(null=True)),
                ("deleted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("deleted_by", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "links",
                "app": "storage",
                "unique_together": (("archive", "key"), ("archive", "number")),
                "indexes": [Index(fields=["archive_id", "final_key"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Capture",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "link",
                    fields.ForeignKeyField(
                        "storage.Link",
                        source_field="link_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="captures",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "archive",
                    fields.ForeignKeyField(
                        "storage.Archive",
                        source_field="archive_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="captures",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("url", fields.TextField(unique=False)),
                ("host", fields.CharField(max_length=512)),
                ("state", fields.CharField(default="queued", max_length=8)),
                ("attempt", fields.IntField(default=0)),
                ("crashes", fields.IntField(default=0)),
                ("lease", fields.CharField(null=True, max_length=32)),
                ("lease_until_ms", fields.BigIntField(null=True)),
                ("requested_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("verdict", fields.CharField(null=True, max_length=16)),
                ("error_code", fields.CharField(null=True, max_length=64)),
                ("http_status", fields.IntField(null=True)),
                ("final_url", fields.TextField(null=True, unique=False)),
                ("title", fields.TextField(null=True, unique=False)),
                ("lang", fields.CharField(null=True, max_length=64)),
                ("description", fields.TextField(null=True, unique=False)),
                ("media_type", fields.CharField(null=True, max_length=255)),
                ("elapsed_s", fields.FloatField(null=True)),
                (
                    "notes",
                    fields.JSONField(
                        default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                (
                    "timings_s",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("requests", fields.IntField(default=0)),
                ("bytes_down", fields.BigIntField(default=0)),
                ("denied", fields.IntField(default=0)),
                ("shows", fields.BooleanField(default=False)),
            ],
            options={
                "table": "captures",
                "app": "storage",
                "indexes": [Index(fields=["link_id", "state"]), Index(fields=["state", "archive_id", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Artifact",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "capture",
                    fields.ForeignKeyField(
                        "storage.Capture",
                        source_field="capture_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="artifacts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=16)),
                ("sha256", fields.CharField(max_length=64)),
                ("size_bytes", fields.BigIntField()),
                ("media_type", fields.CharField(max_length=255)),
                ("width_px", fields.IntField(null=True)),
                ("height_px", fields.IntField(null=True)),
            ],
            options={
                "table": "artifacts",
                "app": "storage",
                "unique_together": (("capture", "kind"),),
                "indexes": [Index(fields=["sha256"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CardLink",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "card",
                    fields.ForeignKeyField(
                        "storage.Card",
                        source_field="card_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="card_links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "link",
                    fields.ForeignKeyField(
                        "storage.Link",
                        source_field="link_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="card_links",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "capture",
                    fields.ForeignKeyField(
                        "storage.Capture",
                        source_field="capture_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="card_links",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("repost", fields.BooleanField(default=False)),
                ("document_sent", fields.BooleanField(default=False)),
            ],
            options={
                "table": "card_links",
                "app": "storage",
                "unique_together": (("card", "link"),),
                "indexes": [Index(fields=["link_id"]), Index(fields=["capture_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Outbox",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("chat_id", fields.BigIntField()),
                ("kind", fields.CharField(max_length=16)),
                (
                    "card",
                    fields.OneToOneField(
                        "storage.Card",
                        source_field="card_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="outbox",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "payload",
                    fields.JSONField(
                        default=dict, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("pending", fields.BooleanField(default=True)),
                ("not_before_ms", fields.BigIntField()),
                ("attempts", fields.IntField(default=0)),
                ("last_error", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "outbox",
                "app": "storage",
                "indexes": [Index(fields=["pending", "chat_id", "not_before_ms"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Owner",
            fields=[
                ("user_id", fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("name", fields.TextField(unique=False)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "owners",
                "app": "storage",
                "pk_attr": "user_id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SentFile",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("sha256", fields.CharField(max_length=64)),
                ("as_kind", fields.CharField(max_length=16)),
                ("file_id", fields.TextField(unique=False)),
            ],
            options={
                "table": "files",
                "app": "storage",
                "unique_together": (("sha256", "as_kind"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Setting",
            fields=[
                ("key", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("value", fields.TextField(unique=False)),
            ],
            options={
                "table": "settings",
                "app": "storage",
                "pk_attr": "key",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Share",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "link",
                    fields.ForeignKeyField(
                        "storage.Link",
                        source_field="link_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="shares",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("chat_id", fields.BigIntField()),
                ("message_id", fields.BigIntField()),
                ("thread_id", fields.BigIntField(null=True)),
                ("person_id", fields.BigIntField(null=True)),
                ("person_name", fields.TextField(unique=False)),
                ("words", fields.TextField(unique=False)),
                ("shared_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "shares",
                "app": "storage",
                "unique_together": (("link", "chat_id", "message_id"),),
                "indexes": [Index(fields=["chat_id", "message_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Tag",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "archive",
                    fields.ForeignKeyField(
                        "storage.Archive",
                        source_field="archive_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="tags",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("key", fields.CharField(max_length=256)),
                ("name", fields.CharField(max_length=256)),
                ("count", fields.IntField(default=0)),
            ],
            options={
                "table": "tags",
                "app": "storage",
                "unique_together": (("archive", "key"),),
                "indexes": [Index(fields=["archive_id", "count"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LinkTag",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "tag",
                    fields.ForeignKeyField(
                        "storage.Tag",
                        source_field="tag_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="link_tags",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "link",
                    fields.ForeignKeyField(
                        "storage.Link",
                        source_field="link_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="link_tags",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "link_tags",
                "app": "storage",
                "unique_together": (("tag", "link"),),
                "indexes": [Index(fields=["link_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
