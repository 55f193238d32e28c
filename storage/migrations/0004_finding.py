"""What finding needs: indexes for the conditions of a query, who shares in an archive, texts to show hits in."""

# ruff: noqa: RUF012

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from storage import tokens

_COLUMNS = ("title", "url", "words", "body")
_AT_ONCE = 500


async def _index_links(_apps: Any, editor: Any) -> None:
    # The links of an archive that are there, newest first, without a look at the rows.
    await editor.client.execute_query("CREATE INDEX links_living ON links (archive_id, id) WHERE deleted_at IS NULL")
    await editor.client.execute_query("CREATE INDEX links_deleted ON links (archive_id) WHERE deleted_at IS NOT NULL")
    await editor.client.execute_query(
        "INSERT INTO sharers (archive_id, person_id, name)"
        " SELECT DISTINCT l.archive_id, COALESCE(s.person_id, 0), s.person_name"
        " FROM shares s JOIN links l ON l.id = s.link_id"
    )


async def _drop_index(_apps: Any, editor: Any) -> None:
    await editor.client.execute_query("DROP INDEX links_living")
    await editor.client.execute_query("DROP INDEX links_deleted")


async def _renew_search(_apps: Any, editor: Any) -> None:
    """Accents are folded now, and texts are kept as words with one space between them."""
    client = editor.client
    if client.capabilities.dialect != "sqlite":
        return
    await client.execute_query("ALTER TABLE search_docs ADD COLUMN page_shown BLOB")
    last = 0
    while True:
        found = await client.execute_query_dict(
            f"SELECT link_id, {', '.join(_COLUMNS)}, said_text, page_text FROM search_docs"  # noqa: S608
            " WHERE link_id > ? ORDER BY link_id LIMIT ?",
            [last, _AT_ONCE],
        )
        if not found:
            break
        await client.execute_many(
            "UPDATE search_docs SET title = ?, url = ?, words = ?, body = ?, said_text = ?, page_text = ?"
            " WHERE link_id = ?",
            [
                [
                    *(" ".join(tokens.tokens(row[column])) for column in _COLUMNS),
                    tokens.spaced(row["said_text"]),
                    tokens.spaced(row["page_text"]),
                    row["link_id"],
                ]
                for row in found
            ],
        )
        last = found[-1]["link_id"]
    await client.execute_query("INSERT INTO search_index(search_index) VALUES ('rebuild')")


async def _leave(_apps: Any, _editor: Any) -> None:
    """What was folded stays folded; the older program finds less, and breaks nothing."""


class Migration(migrations.Migration):
    """Adds the table, the indexes and the text."""

    dependencies = [("storage", "0003_living")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Sharer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "archive",
                    fields.ForeignKeyField(
                        "storage.Archive",
                        source_field="archive_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="sharers",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("person_id", fields.BigIntField(default=0)),
                ("name", fields.CharField(max_length=256)),
                ("username", fields.CharField(max_length=64, null=True)),
            ],
            options={
                "table": "sharers",
                "app": "storage",
                "unique_together": (("archive", "person_id", "name"),),
                "indexes": [Index(fields=["person_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddIndex(model_name="Share", index=Index(fields=["person_id", "link_id"])),
        ops.AddIndex(model_name="Link", index=Index(fields=["archive_id", "host"])),
        ops.AddIndex(model_name="Link", index=Index(fields=["archive_id", "first_shared_at"])),
        ops.AddIndex(model_name="Capture", index=Index(fields=["archive_id", "verdict", "link_id", "http_status"])),
        ops.RunPython(_index_links, _drop_index),
        ops.RunPython(_renew_search, _leave),
    ]
