"""The full-text index where SQLite is particular: FTS5 over tokens that we make ourselves.

`search_docs` keeps, for each link, the tokens of its four columns, the folded text that phrases and long runs are
checked against, and the page's text as it is, to show a hit in its context; `search_index` is an FTS5 table over
those tokens. A scope token per archive keeps a query inside its chat.
"""

# ruff: noqa: S608 - what is put into SQL text here are column names and marks; values are parameters

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from storage.database import execute_many
from storage.search_docs import Doc
from storage.tokens import Term

_COLUMNS = "scope, title, url, words, body"


class Fts5:
    """FTS5's side of search_docs.Fulltext."""

    source = "FROM search_index f WHERE f.search_index MATCH ?"
    id = "f.rowid"
    among = "l.id IN (SELECT rowid FROM search_index WHERE search_index MATCH ?)"

    def expression(self, term: Term, columns: Sequence[str]) -> str:
        """A term for `match`; quotes make a token a plain word to FTS5."""
        quoted = " AND ".join(f'"{token}"' for token in term.tokens)
        return f"({{{' '.join(columns)}}} : ({quoted}{' *' if term.prefix else ''}))"

    def all_of(self, parts: Sequence[str]) -> str:
        """An expression for all of these together."""
        return f"({' AND '.join(parts)})"

    def any_of(self, parts: Sequence[str]) -> str:
        """An expression for any of these."""
        return f"({' OR '.join(parts)})"

    def match(self, archive_ids: Sequence[int], wanted: str, excluded: str = "") -> str:
        """What to ask the index for."""
        asked = f"scope : ({' OR '.join(map(scope, archive_ids))}) AND {wanted}"
        return f"({asked}) NOT {excluded}" if excluded else asked

    def has(self, found: Sequence[Term]) -> tuple[str, tuple[str, ...]]:
        """The condition that the link `l` has all of these terms, and its values.

        The tokens themselves tell: FTS5 would put together all words with one beginning anew for each link.
        """
        all_tokens = "' ' || d.title || ' ' || d.url || ' ' || d.words || ' ' || d.body || ' '"
        values = tuple(f" {token}{'' if term.prefix else ' '}" for term in found for token in term.tokens)
        conditions = "".join(f" AND instr({all_tokens}, ?) > 0" for _ in values)
        return f"EXISTS (SELECT 1 FROM search_docs d WHERE d.link_id = l.id{conditions})", values

    def holds(self, exact: str) -> tuple[str, tuple[str, str]]:
        """The condition that these characters stand in the link's texts, and its values."""
        return (
            "EXISTS (SELECT 1 FROM search_docs d WHERE d.link_id = l.id"
            " AND (instr(d.said_text, ?) > 0 OR instr(d.page_text, ?) > 0))"
        ), (exact, exact)

    def time_value(self, time: datetime) -> str:
        """A time (UTC) as it is kept, to compare with."""
        return time.strftime("%Y-%m-%d %H:%M:%S+00:00")

    async def put(self, archive_id: int, docs: Mapping[int, Doc], replacing: Collection[int]) -> None:
        """Writes rows and index, inside a transaction; `replacing` what was there of some."""
        await _forget_index(replacing)
        found = {
            link_id: [link_id, scope(archive_id), doc.title, doc.url, doc.words, doc.body]
            for link_id, doc in docs.items()
        }
        await execute_many(
            f"INSERT OR REPLACE INTO search_docs(link_id, {_COLUMNS}, said_text, page_text, page_shown) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                [*values, doc.said_text, doc.page_text, doc.page_shown]
                for values, doc in zip(found.values(), docs.values(), strict=True)
            ],
        )
        await execute_many(
            f"INSERT INTO search_index(rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", list(found.values())
        )

    async def forget(self, link_ids: Collection[int]) -> None:
        """Removes rows and index, inside a transaction."""
        await _forget_index(link_ids)
        await execute_many("DELETE FROM search_docs WHERE link_id = ?", [[link_id] for link_id in link_ids])


INDEX = Fts5()


async def _forget_index(link_ids: Collection[int]) -> None:
    # FTS5 forgets a row only when told what was in it.
    await execute_many(
        f"INSERT INTO search_index(search_index, rowid, {_COLUMNS}) "
        f"SELECT 'delete', link_id, {_COLUMNS} FROM search_docs WHERE link_id = ?",
        [[link_id] for link_id in link_ids],
    )


def scope(archive_id: int) -> str:
    """The token that keeps a query inside its chat."""
    return f"archive{archive_id}"
