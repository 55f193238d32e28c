"""Words found by their first letters, in SQLite without putting together the lists of all words that begin so."""

# ruff: noqa: RUF012

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

_INDEX = """CREATE VIRTUAL TABLE search_index USING fts5(
    scope, title, url, words, body,
    content='search_docs', content_rowid='link_id', detail='column', tokenize='ascii'{more}
)"""


async def _make(client: Any, more: str) -> None:
    if client.capabilities.dialect == "sqlite":
        await client.execute_query("DROP TABLE search_index")
        await client.execute_query(_INDEX.format(more=more))
        await client.execute_query("INSERT INTO search_index(search_index) VALUES ('rebuild')")


async def _add(_apps: Any, editor: Any) -> None:
    # Three is what a word has at least to be taken for a beginning. A quarter more of index; a beginning that is in
    # most pages costs half a millisecond in the place of sixteen. Longer ones have fewer words to put together.
    await _make(editor.client, ", prefix='3'")


async def _remove(_apps: Any, editor: Any) -> None:
    await _make(editor.client, "")


class Migration(migrations.Migration):
    """Makes the search index again, with the beginnings of words in it."""

    dependencies = [("storage", "0008_sending_after")]

    initial = False

    operations = [ops.RunPython(_add, _remove)]
