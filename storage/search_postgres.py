"""The full-text index where PostgreSQL is particular: a `tsvector` of tokens that we make ourselves, under GIN.

A token is a lexeme as it is, no parser of the server's has a say in it; the four columns are the four weights. A
lexeme per archive, with a sign that no token has, keeps a query inside its chat.
"""

# ruff: noqa: S608 - what is put into SQL text here are column names and marks; values are parameters

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from storage.database import execute_many
from storage.search_docs import COLUMNS, Doc
from storage.tokens import Term

_WEIGHTS = dict(zip(COLUMNS, "ABCD", strict=True))
_MAX_VECTOR_BYTES = 900_000
"""A tsvector has at most 1 MB; each lexeme takes its bytes and some for its place."""
_PLACE_BYTES = 12


class TextSearch:
    """PostgreSQL's side of search_docs.Fulltext."""

    source = "FROM search_docs f WHERE f.vector @@ ?::tsquery"
    id = "f.link_id"
    among = "l.id IN (SELECT link_id FROM search_docs WHERE vector @@ ?::tsquery)"

    def expression(self, term: Term, columns: Sequence[str]) -> str:
        """A term for `match`. GIN knows no weights: they are named only where they matter."""
        marks = "*" if term.prefix else ""
        if len(columns) < len(COLUMNS):
            marks += "".join(_WEIGHTS[column] for column in columns)
        return self.all_of([f"'{token}'{':' if marks else ''}{marks}" for token in term.tokens])

    def all_of(self, parts: Sequence[str]) -> str:
        """An expression for all of these together."""
        return f"({' & '.join(parts)})"

    def any_of(self, parts: Sequence[str]) -> str:
        """An expression for any of these."""
        return f"({' | '.join(parts)})"

    def match(self, archive_ids: Sequence[int], wanted: str, excluded: str = "") -> str:
        """What to ask the index for."""
        asked = f"({' | '.join(map(_scope, archive_ids))}) & {wanted}"
        return f"{asked} & !{excluded}" if excluded else asked

    def has(self, found: Sequence[Term]) -> tuple[str, tuple[str, ...]]:
        """The condition that the link `l` has all of these terms, and its values."""
        wanted = self.all_of([self.expression(term, COLUMNS) for term in found])
        return "EXISTS (SELECT 1 FROM search_docs d WHERE d.link_id = l.id AND d.vector @@ ?::tsquery)", (wanted,)

    def holds(self, exact: str) -> tuple[str, tuple[str, str]]:
        """The condition that these characters stand in the link's texts, and its values."""
        return (
            "EXISTS (SELECT 1 FROM search_docs d WHERE d.link_id = l.id"
            " AND (strpos(d.said_text, ?) > 0 OR strpos(d.page_text, ?) > 0))"
        ), (exact, exact)

    def time_value(self, time: datetime) -> datetime:
        """A time (UTC) as it is kept, to compare with."""
        return time

    async def put(self, archive_id: int, docs: Mapping[int, Doc], replacing: Collection[int]) -> None:
        """Writes rows and index, inside a transaction."""
        columns = (*COLUMNS, "said_text", "page_text", "page_shown", "vector")
        await execute_many(
            f"INSERT INTO search_docs(link_id, {', '.join(columns)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::tsvector) "
            f"ON CONFLICT (link_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in columns)}",
            [
                [
                    link_id, doc.title, doc.url, doc.words, doc.body, doc.said_text, doc.page_text, doc.page_shown,
                    vector(archive_id, doc),
                ]
                for link_id, doc in docs.items()
            ],
        )  # fmt: skip

    async def forget(self, link_ids: Collection[int]) -> None:
        """Removes rows and index, inside a transaction."""
        await execute_many("DELETE FROM search_docs WHERE link_id = ?", [[link_id] for link_id in link_ids])


INDEX = TextSearch()


def vector(archive_id: int, doc: Doc) -> str:
    """What the index keeps of a document, as text: each lexeme with one position a column, for its weight."""
    places: dict[str, list[str]] = {}
    left = _MAX_VECTOR_BYTES
    for column in COLUMNS:
        for token in getattr(doc, column).split():
            known = places.setdefault(token, [])
            left -= _PLACE_BYTES + (0 if known else len(token.encode()))
            if left < 0:
                break
            known.append(f"{len(known) + 1}{_WEIGHTS[column]}")
    words = [f"'{token}':{','.join(dict.fromkeys(found))}" for token, found in places.items() if found]
    return " ".join([_scope(archive_id), *words])


def _scope(archive_id: int) -> str:
    return f"'@{archive_id}'"
