"""What moving needs of a database, and rows in a form that is the same for all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Protocol

from storage import storable
from storage.search_docs import Doc
from storage.tables import Kind, Table

Row = tuple[Any, ...]
"""The values of a table's columns: text without what no database keeps, aware times, JSON as Python has it."""
FoundDoc = tuple[int, int, Doc]
"""Ids of archive and link, and what is found of the link."""


class End(Protocol):
    """A database, open for one thread. Everything that is read is of one moment; what is written is one transaction."""

    def history(self) -> set[str]:
        """The migrations that have been run."""
        ...

    def is_full(self) -> bool:
        """Whether it holds anything of an archive."""
        ...

    def count_blobs(self) -> int:
        """How many files rows name."""
        ...

    def blobs(self) -> Iterator[tuple[str, int]]:
        """The names and sizes of those."""
        ...

    def names(self, sha256: str) -> bool:
        """Whether a row names the file."""
        ...

    def owner(self) -> str | None:
        """The name of the archive."""
        ...

    def count(self, table: str) -> int:
        """How many rows a table has."""
        ...

    def read(self, table: Table) -> Iterator[Row]:
        """The rows in the order of their keys."""
        ...

    def write(self, table: Table, rows: Iterable[Row]) -> None:
        """Fills an empty table."""
        ...

    def last_key(self, table: Table) -> int:
        """The highest key that was ever given to a row, where the database counts them."""
        ...

    def set_last_key(self, table: Table, key: int) -> None:
        """Lets the next row get a higher key."""
        ...

    def docs(self) -> Iterator[FoundDoc]:
        """What is found of links, in the order of their ids."""
        ...

    def write_docs(self, docs: Iterable[FoundDoc]) -> None:
        """Fills the empty full-text index."""
        ...

    def check(self) -> None:
        """Raises OSError when what was written does not hang together."""
        ...

    def commit(self) -> None:
        """Makes lasting what was written."""
        ...


class Digest:
    """The number of rows and a hash over them."""

    def __init__(self) -> None:
        self._count = 0
        self._hash = hashlib.sha256()

    def add(self, row: Iterable[Any]) -> None:
        """Takes the next row in."""
        self._count += 1
        self._hash.update(json.dumps([_plain(value) for value in row], sort_keys=True).encode() + b"\n")

    def __str__(self) -> str:
        return f"{self._count} rows, {self._hash.hexdigest()}"


def canonical(kind: Kind, value: Any) -> Any:
    """A value as it comes from a database, in the form that is the same for all."""
    if value is None:
        return None
    if kind is Kind.TEXT:
        return storable.text(str(value))
    if kind is Kind.BOOL:
        return bool(value)
    if kind is Kind.TIME:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    if kind is Kind.JSON:
        return json.loads(storable.json(value if isinstance(value, str) else json.dumps(value)))
    return value


def canonical_doc(link_id: int, archive_id: int, texts: Iterable[str], page_shown: bytes | None) -> FoundDoc:
    """A document as it comes from a database."""
    title, url, words, body, said_text, page_text = map(storable.text, texts)
    shown = None if page_shown is None else bytes(page_shown)
    return archive_id, link_id, Doc(title, url, words, body, said_text, page_text, shown)


def doc_row(found: FoundDoc) -> Row:
    """A document for a digest."""
    archive_id, link_id, doc = found
    return (archive_id, link_id, *vars(doc).values())


def _plain(value: Any) -> Any:
    """For a digest: 1.0 and 1 are one number, as they are to PostgreSQL's JSON."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
