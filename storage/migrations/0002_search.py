"""The full-text index, which is particular to each database. SQLite: FTS5 over tokens kept in a table of ours."""

# ruff: noqa: RUF012

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

SQLITE = (
    """CREATE TABLE search_docs (
        link_id INTEGER PRIMARY KEY REFERENCES links(id) ON DELETE CASCADE,
        scope TEXT NOT NULL, title TEXT NOT NULL, url TEXT NOT NULL, words TEXT NOT NULL, body TEXT NOT NULL,
        said_text TEXT NOT NULL, page_text TEXT NOT NULL
    )""",
    # Only columns are kept of where a token was: half the size. The ascii tokeniser splits at spaces and leaves
    # everything beyond ASCII as it is, so that what we call a token is one for FTS5.
    """CREATE VIRTUAL TABLE search_index USING fts5(
        scope, title, url, words, body,
        content='search_docs', content_rowid='link_id', detail='column', tokenize='ascii'
    )""",
)


async def _create(_apps: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect == "sqlite":
        for statement in SQLITE:
            await editor.client.execute_query(statement)


async def _drop(_apps: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect == "sqlite":
        for table in ("search_index", "search_docs"):
            await editor.client.execute_query(f"DROP TABLE {table}")


class Migration(migrations.Migration):
    """Adds the search index."""

    dependencies = [("storage", "0001_initial")]
    operations = [ops.RunPython(_create, _drop)]
