"""SQLite's file as an end of a move."""

# ruff: noqa: S608 - what is put into SQL text here are names of tables and columns; values are parameters

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from storage.identity import ARCHIVE_ID
from storage.relocating_ends import FoundDoc, Row, canonical, canonical_doc
from storage.saved_sqlite import FILE
from storage.search_sqlite import scope
from storage.sqlite import is_unavailable
from storage.tables import EMPTY_YET, HISTORY, SEARCH, Kind, Table, names

_AT_ONCE = 500
_DOC = "title, url, words, body, said_text, page_text"


class SqliteEnd:
    """See relocating_ends.End."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def opened(cls, data_dir: Path, *, writes: bool) -> Iterator[SqliteEnd]:
        """The database in the folder; what is not committed is undone at the end."""
        path = f"file:{data_dir.absolute() / FILE}?mode={'rw' if writes else 'ro'}"
        try:
            with closing(sqlite3.connect(path, uri=True, isolation_level=None)) as connection:
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
                yield cls(connection)
        except sqlite3.DatabaseError as error:
            if not is_unavailable(error):
                raise
            raise OSError(f"{data_dir / FILE}: {error}") from error

    def history(self) -> set[str]:
        """See End."""
        if not self._value("SELECT count(*) FROM sqlite_master WHERE name = ?", HISTORY):
            return set()
        return {str(row[0]) for row in self._connection.execute(f"SELECT name FROM {HISTORY}")}

    def is_full(self) -> bool:
        """See End."""
        return any(
            self._value(f"SELECT EXISTS (SELECT 1 FROM {name})")
            for name in (*names(), SEARCH)
            if name not in EMPTY_YET
        )  # fmt: skip

    def count_blobs(self) -> int:
        """See End."""
        return int(self._value("SELECT COUNT(DISTINCT sha256) FROM artifacts"))

    def blobs(self) -> Iterator[tuple[str, int]]:
        """See End."""
        yield from self._connection.execute("SELECT sha256, MAX(size_bytes) FROM artifacts GROUP BY sha256")

    def names(self, sha256: str) -> bool:
        """See End."""
        return bool(self._value("SELECT EXISTS (SELECT 1 FROM artifacts WHERE sha256 = ?)", sha256))

    def owner(self) -> str | None:
        """See End."""
        found = self._value("SELECT MAX(value) FROM settings WHERE key = ?", ARCHIVE_ID)
        return None if found is None else str(found)

    def count(self, table: str) -> int:
        """See End."""
        return int(self._value(f"SELECT COUNT(*) FROM {table}"))

    def read(self, table: Table) -> Iterator[Row]:
        """See End."""
        kinds = [column.kind for column in table.columns]
        for row in self._connection.execute(f"SELECT {_columns(table)} FROM {table.name} ORDER BY {table.key}"):
            yield tuple(map(canonical, kinds, row))

    def write(self, table: Table, rows: Iterable[Row]) -> None:
        """See End."""
        kinds = [column.kind for column in table.columns]
        self._fill(table.name, _columns(table), (tuple(map(_kept, kinds, row)) for row in rows))

    def last_key(self, table: Table) -> int:
        """See End."""
        counted = self._value("SELECT MAX(seq) FROM sqlite_sequence WHERE name = ?", table.name)
        return max(counted or 0, self._value(f"SELECT MAX({table.key}) FROM {table.name}") or 0)

    def set_last_key(self, table: Table, key: int) -> None:
        """See End."""
        self._connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", [table.name])
        self._connection.execute("INSERT INTO sqlite_sequence(name, seq) VALUES (?, ?)", [table.name, key])

    def docs(self) -> Iterator[FoundDoc]:
        """See End."""
        found = self._connection.execute(
            f"SELECT d.link_id, l.archive_id, d.page_shown, {', '.join(f'd.{name}' for name in _DOC.split(', '))} "
            "FROM search_docs d JOIN links l ON l.id = d.link_id ORDER BY d.link_id"
        )
        for link_id, archive_id, page_shown, *texts in found:
            yield canonical_doc(link_id, archive_id, texts, page_shown)

    def write_docs(self, docs: Iterable[FoundDoc]) -> None:
        """See End."""
        rows = (
            (link_id, scope(archive_id), d.title, d.url, d.words, d.body, d.said_text, d.page_text, d.page_shown)
            for archive_id, link_id, d in docs
        )
        self._fill(SEARCH, f"link_id, scope, {_DOC}, page_shown", rows)
        self._connection.execute("INSERT INTO search_index(search_index) VALUES ('rebuild')")

    def check(self) -> None:
        """See End."""
        loose = self._connection.execute("PRAGMA foreign_key_check").fetchone()
        if loose:
            raise OSError(f"{loose[0]} has rows that point to nothing")
        self._connection.execute("INSERT INTO search_index(search_index, rank) VALUES ('integrity-check', 1)")

    def commit(self) -> None:
        """See End."""
        self._connection.execute("COMMIT")

    def _fill(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        self._connection.execute(f"DELETE FROM {table}")
        marks = ", ".join("?" * len(columns.split(", ")))
        rest = iter(rows)
        while some := list(islice(rest, _AT_ONCE)):
            self._connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", some)

    def _value(self, query: str, *values: Any) -> Any:
        return self._connection.execute(query, values).fetchone()[0]


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def _kept(kind: Kind, value: Any) -> Any:
    """A value as Tortoise writes it."""
    if value is None:
        return None
    if kind is Kind.JSON:
        return json.dumps(value, separators=(",", ":"))
    return value.isoformat(" ") if isinstance(value, datetime) else value
