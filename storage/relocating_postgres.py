"""A PostgreSQL database as an end of a move."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from storage import postgres_tools
from storage.identity import ARCHIVE_ID
from storage.relocating_ends import FoundDoc, Row, canonical, canonical_doc
from storage.search_postgres import vector
from storage.tables import EMPTY_YET, HISTORY, SEARCH, Kind, Table, names

_AT_ONCE = 1000
_DOC = ("title", "url", "words", "body", "said_text", "page_text")


class PostgresEnd:
    """See relocating_ends.End."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def opened(cls, url: str, *, writes: bool) -> Iterator[PostgresEnd]:
        """The database; what is not committed is undone at the end."""
        try:
            with psycopg.connect(
                postgres_tools.address(url), connect_timeout=10, application_name="hashkeep-care"
            ) as connection:
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                connection.read_only = not writes
                connection.execute("SET TIME ZONE 'UTC'")
                for name in ("idle_in_transaction_session_timeout", "statement_timeout"):
                    connection.execute(f"SET LOCAL {name} = 0".encode())
                yield cls(connection)
                connection.rollback()
        except psycopg.Error as error:
            raise OSError(str(error).strip()) from error

    def history(self) -> set[str]:
        """See End."""
        if self._value("SELECT to_regclass(%s)", HISTORY) is None:
            return set()
        return {str(row[0]) for row in self._rows(sql.SQL("SELECT name FROM {}").format(sql.Identifier(HISTORY)))}

    def is_full(self) -> bool:
        """See End."""
        there = "SELECT EXISTS (SELECT 1 FROM {})"
        return any(self._value(_of(there, name)) for name in (*names(), SEARCH) if name not in EMPTY_YET)

    def count_blobs(self) -> int:
        """See End."""
        return int(self._value("SELECT COUNT(DISTINCT sha256) FROM artifacts"))

    def blobs(self) -> Iterator[tuple[str, int]]:
        """See End."""
        yield from self._stream(sql.SQL("SELECT sha256, MAX(size_bytes) FROM artifacts GROUP BY sha256"))

    def names(self, sha256: str) -> bool:
        """See End."""
        return bool(self._value("SELECT EXISTS (SELECT 1 FROM artifacts WHERE sha256 = %s)", sha256))

    def owner(self) -> str | None:
        """See End."""
        found = self._value("SELECT MAX(value) FROM settings WHERE key = %s", ARCHIVE_ID)
        return None if found is None else str(found)

    def count(self, table: str) -> int:
        """See End."""
        return int(self._value(_of("SELECT COUNT(*) FROM {}", table)))

    def read(self, table: Table) -> Iterator[Row]:
        """See End."""
        kinds = [column.kind for column in table.columns]
        order = sql.Identifier(table.key)
        if table.kind_of(table.key) is Kind.TEXT:
            order = sql.SQL('{} COLLATE "C"').format(order)  # type: ignore[assignment]
        query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(_columns(table), sql.Identifier(table.name), order)
        for row in self._stream(query):
            yield tuple(map(canonical, kinds, row))

    def write(self, table: Table, rows: Iterable[Row]) -> None:
        """See End. One statement: rows of a table may point to each other."""
        kinds = [column.kind for column in table.columns]
        self._fill(table.name, _columns(table), (tuple(map(_kept, kinds, row)) for row in rows))

    def last_key(self, table: Table) -> int:
        """See End."""
        found = self._rows(sql.SQL("SELECT last_value, is_called FROM {}").format(sql.SQL(self._sequence(table))))[0]
        highest = sql.SQL("SELECT MAX({}) FROM {}").format(sql.Identifier(table.key), sql.Identifier(table.name))
        return max(found[0] if found[1] else 0, self._value(highest) or 0)

    def set_last_key(self, table: Table, key: int) -> None:
        """See End."""
        self._value("SELECT setval(%s::regclass, %s, %s)", self._sequence(table), max(key, 1), key > 0)

    def docs(self) -> Iterator[FoundDoc]:
        """See End."""
        texts = sql.SQL(", ").join(sql.Identifier("d", name) for name in _DOC)
        query = sql.SQL(
            "SELECT d.link_id, l.archive_id, d.page_shown, {} "
            "FROM search_docs d JOIN links l ON l.id = d.link_id ORDER BY d.link_id"
        ).format(texts)
        for link_id, archive_id, page_shown, *found in self._stream(query):
            yield canonical_doc(link_id, archive_id, found, page_shown)

    def write_docs(self, docs: Iterable[FoundDoc]) -> None:
        """See End."""
        columns = sql.SQL(", ").join(map(sql.Identifier, ("link_id", *_DOC, "page_shown", "vector")))
        rows = (
            (link_id, d.title, d.url, d.words, d.body, d.said_text, d.page_text, d.page_shown, vector(archive_id, d))
            for archive_id, link_id, d in docs
        )
        self._fill(SEARCH, columns, rows)

    def check(self) -> None:
        """See End. The server has checked each key as it came."""

    def commit(self) -> None:
        """See End."""
        self._connection.commit()
        self._connection.autocommit = True
        self._connection.execute("ANALYZE")

    def _fill(self, table: str, columns: sql.Composable, rows: Iterable[Row]) -> None:
        self._connection.execute(_of("DELETE FROM {}", table))
        query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
        with self._connection.cursor() as cursor, cursor.copy(query) as copy:
            for row in rows:
                copy.write_row(row)

    def _sequence(self, table: Table) -> str:
        return str(self._value("SELECT pg_get_serial_sequence(quote_ident(%s), %s)", table.name, table.key))

    def _rows(self, query: sql.Composed) -> list[Any]:
        return self._connection.execute(query).fetchall()

    def _value(self, query: LiteralString | sql.Composed, *values: Any) -> Any:
        found = self._connection.execute(query, values).fetchone()
        assert found
        return found[0]

    def _stream(self, query: sql.Composable) -> Iterator[Any]:
        """Rows in portions, by a cursor of the server's."""
        assert isinstance(query, sql.SQL | sql.Composed)
        with self._connection.cursor("moving") as cursor:
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(query)


def _of(query: LiteralString, table: str) -> sql.Composed:
    return sql.SQL(query).format(sql.Identifier(table))


def _columns(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)


def _kept(kind: Kind, value: Any) -> Any:
    return json.dumps(value) if kind is Kind.JSON and value is not None else value
