"""Tables for living with an archive: upkeep of tags, rules, choices, transfers, memberships, notes and quotas."""

# ruff: noqa: RUF012

import functools
from json import dumps, loads
from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import SqlDefault
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

_JSON: dict[str, Any] = {"encoder": functools.partial(dumps, separators=(",", ":")), "decoder": loads}


_MENDED = (
    ("idx_links_archive_8d918d", "idx_links_archive_c81bef", "links", "archive_id, final_key"),
    ("idx_captures_link_926ba9", "idx_captures_link_id_73fb8d", "captures", "link_id, state"),
    ("idx_captures_state_c0b42d", "idx_captures_state_945dd7", "captures", "state, archive_id, id"),
    ("idx_card_links_link_472db1", "idx_card_links_link_id_322279", "card_links", "link_id"),
    ("idx_card_links_capture_318fc6", "idx_card_links_capture_e2e499", "card_links", "capture_id"),
    ("idx_tags_archive_7c286a", "idx_tags_archive_ef802f", "tags", "archive_id, count"),
    ("idx_link_tags_link_e6d727", "idx_link_tags_link_id_1f0786", "link_tags", "link_id"),
)


async def _mend_indexes(_apps: Any, editor: Any) -> None:
    """The first archives have indexes over words: SQLite takes `"link"` for one where no column is so called."""
    if editor.client.capabilities.dialect != "sqlite":
        return
    for broken, name, table, columns in _MENDED:
        await editor.client.execute_query(f'DROP INDEX IF EXISTS "{broken}"')
        await editor.client.execute_query(f'CREATE INDEX IF NOT EXISTS "{name}" ON "{table}" ({columns})')


async def _sum_bytes(_apps: Any, editor: Any) -> None:
    await editor.client.execute_query(
        "UPDATE archives SET bytes_kept = COALESCE((SELECT SUM(a.size_bytes) FROM artifacts a"
        " JOIN captures c ON c.id = a.capture_id WHERE c.archive_id = archives.id), 0)"
    )


async def _leave(_apps: Any, _editor: Any) -> None:
    """The column goes as a whole."""


class Migration(migrations.Migration):
    """Adds the tables and columns."""

    dependencies = [("storage", "0002_search")]

    initial = False

    operations = [
        ops.RunPython(_mend_indexes, _leave),
        ops.CreateModel(
            name="Asking",
            fields=[
                ("chat_id", fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("user_id", fields.BigIntField()),
                ("name", fields.TextField(unique=False)),
                ("language", fields.CharField(max_length=8)),
                ("state", fields.CharField(default="asked", max_length=8)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "askings", "app": "storage", "pk_attr": "chat_id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Deed",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "archive",
                    fields.ForeignKeyField(
                        "storage.Archive",
                        source_field="archive_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="deeds",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=16)),
                ("payload", fields.JSONField(default=dict, **_JSON)),
                ("person_id", fields.BigIntField(null=True)),
                ("person_name", fields.TextField(unique=False)),
                ("done_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("undo_until_ms", fields.BigIntField()),
                ("undone_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "deeds",
                "app": "storage",
                "indexes": [Index(fields=["archive_id", "id"]), Index(fields=["undo_until_ms"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Membership",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("chat_id", fields.BigIntField()),
                ("user_id", fields.BigIntField()),
                ("member", fields.BooleanField()),
                ("admin", fields.BooleanField(default=False)),
                ("checked_ms", fields.BigIntField()),
            ],
            options={
                "table": "memberships",
                "app": "storage",
                "unique_together": (("chat_id", "user_id"),),
                "indexes": [Index(fields=["user_id", "member"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Question",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "archive",
                    fields.ForeignKeyField(
                        "storage.Archive",
                        source_field="archive_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="questions",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=16)),
                ("payload", fields.JSONField(default=dict, **_JSON)),
                ("person_id", fields.BigIntField(null=True)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("state", fields.CharField(default="open", max_length=8)),
            ],
            options={"table": "questions", "app": "storage", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Rule",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "archive",
                    fields.ForeignKeyField(
                        "storage.Archive",
                        source_field="archive_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="rules",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("number", fields.IntField()),
                ("host", fields.TextField(null=True, unique=False)),
                ("words", fields.TextField(null=True, unique=False)),
                ("tags", fields.JSONField(default=list, **_JSON)),
                ("made_by", fields.TextField(unique=False)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "rules", "app": "storage", "unique_together": (("archive", "number"),), "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TagAlias",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "archive",
                    fields.ForeignKeyField(
                        "storage.Archive",
                        source_field="archive_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="aliases",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("key", fields.CharField(max_length=256)),
                (
                    "tag",
                    fields.ForeignKeyField(
                        "storage.Tag",
                        source_field="tag_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="aliases",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "tag_aliases",
                "app": "storage",
                "unique_together": (("archive", "key"),),
                "indexes": [Index(fields=["tag_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Topic",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "archive",
                    fields.ForeignKeyField(
                        "storage.Archive",
                        source_field="archive_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="topics",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("thread_id", fields.BigIntField()),
                ("ignored", fields.BooleanField(default=False)),
                ("default_tag", fields.TextField(null=True, unique=False)),
            ],
            options={
                "table": "topics",
                "app": "storage",
                "unique_together": (("archive", "thread_id"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Transfer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "archive",
                    fields.ForeignKeyField(
                        "storage.Archive",
                        source_field="archive_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="transfers",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=8)),
                ("format", fields.CharField(max_length=16)),
                ("state", fields.CharField(default="asked", max_length=8)),
                ("payload", fields.JSONField(default=dict, **_JSON)),
                ("done", fields.IntField(default=0)),
                ("total", fields.IntField(default=0)),
                ("error", fields.TextField(null=True, unique=False)),
                ("chat_id", fields.BigIntField()),
                ("thread_id", fields.BigIntField(null=True)),
                ("reply_to", fields.BigIntField(null=True)),
                ("message_id", fields.BigIntField(null=True)),
                ("person_id", fields.BigIntField(null=True)),
                ("language", fields.CharField(max_length=8)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "transfers",
                "app": "storage",
                "indexes": [Index(fields=["state"]), Index(fields=["archive_id", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Archive",
            name="bytes_kept",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Archive",
            name="left_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Archive",
            name="settings",
            field=fields.JSONField(default=dict, db_default=SqlDefault("'{}'"), **_JSON),
        ),
        ops.RemoveIndex(
            model_name="Capture",
            name=None,
            fields=["state", "archive_id", "id"],
        ),
        ops.AddField(
            model_name="Capture",
            name="given_by",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Capture",
            name="given_by_id",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="Capture",
            name="metadata",
            field=fields.JSONField(default=dict, db_default=SqlDefault("'{}'"), **_JSON),
        ),
        ops.AddField(
            model_name="Capture",
            name="priority",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddIndex(
            model_name="Capture",
            index=Index(fields=["state", "archive_id", "priority", "id"]),
        ),
        ops.AddField(
            model_name="Card",
            name="merged_into",
            field=fields.ForeignKeyField(
                "storage.Card",
                source_field="merged_into_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="merged",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.AddField(
            model_name="Card",
            name="sender_id",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="Link",
            name="given_title",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Link",
            name="note",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Share",
            name="source",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.RunPython(_sum_bytes, _leave),
    ]
