"""What PostgreSQL needs besides: the full-text index there, and names in the order of their bytes."""

# ruff: noqa: RUF012

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

_POSTGRES = (
    """CREATE TABLE search_docs (
        link_id bigint PRIMARY KEY REFERENCES links(id) ON DELETE CASCADE,
        title text NOT NULL, url text NOT NULL, words text NOT NULL, body text NOT NULL,
        said_text text NOT NULL, page_text text NOT NULL, page_shown bytea, vector tsvector NOT NULL
    )""",
    "CREATE INDEX search_index ON search_docs USING gin (vector)",
    # "Everything below a/" is the names from "a/" to "a0", whatever language the server's words are sorted in.
    """ALTER TABLE tags ALTER COLUMN key TYPE varchar(256) COLLATE "C" """,
    """ALTER TABLE tag_aliases ALTER COLUMN key TYPE varchar(256) COLLATE "C" """,
)


async def _create(_apps: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect == "postgres":
        for statement in _POSTGRES:
            await editor.client.execute_query(statement)


async def _drop(_apps: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_query("DROP TABLE search_docs")


class Migration(migrations.Migration):
    """Adds the search index."""

    dependencies = [("storage", "0005_versions")]

    initial = False

    operations = [ops.RunPython(_create, _drop)]
