"""The tables as the models describe them, in the order of their foreign keys."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from enum import Enum
from functools import cache
from graphlib import TopologicalSorter

from tortoise import fields
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from storage import models

HISTORY = "tortoise_migrations"
"""Which migrations have been run."""
SEARCH = "search_docs"
"""The full-text index's own table; no model describes it."""
EMPTY_YET = frozenset({"settings"})
"""What a program that has only looked at an empty database may have written into."""


class Kind(Enum):
    """What a column holds, where databases differ in how they keep it."""

    PLAIN = "plain"
    """Numbers."""
    TEXT = "text"
    BOOL = "bool"
    TIME = "time"
    JSON = "json"
    BYTES = "bytes"


@dataclass(frozen=True)
class Column:
    """One column."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Table:
    """One table."""

    name: str
    key: str
    """The column that its rows are ordered by."""
    generated: bool
    """Whether the database counts the keys."""
    columns: tuple[Column, ...]
    after: frozenset[str]
    """Other tables that its rows point to."""

    def kind_of(self, column: str) -> Kind:
        """What the column holds."""
        return next(c.kind for c in self.columns if c.name == column)


@cache
def tables() -> tuple[Table, ...]:
    """All of them; each comes after those that it points to."""
    by_name = {table.name: table for table in map(_table, _models())}
    order = TopologicalSorter({name: table.after for name, table in by_name.items()}).static_order()
    return tuple(by_name[name] for name in order)


def names() -> list[str]:
    """The names of all tables."""
    return [table.name for table in tables()]


def _models() -> list[type[Model]]:
    found = (model for _, model in inspect.getmembers(models, inspect.isclass) if issubclass(model, Model))
    return [model for model in found if model.__module__ == models.__name__ and model._meta.db_table]


def _table(model: type[Model]) -> Table:
    own = model._meta.db_table
    keys = {name: field for name, field in _fields(model).items() if isinstance(field, ForeignKeyFieldInstance)}
    pointing = {f"{name}_id": _named(str(field.model_name)) for name, field in keys.items()}
    columns = [Column(name, Kind.PLAIN) for name in pointing]
    for name, field in _fields(model).items():
        if name not in keys and name not in pointing and field.has_db_field:
            columns.append(Column(field.source_field or name, _kind(field)))
    return Table(
        name=own,
        key=model._meta.pk_attr,
        generated=bool(model._meta.pk.generated),
        columns=tuple(sorted(columns, key=lambda column: column.name)),
        after=frozenset(other for other in pointing.values() if other != own),
    )


def _fields(model: type[Model]) -> dict[str, fields.Field[object]]:
    return dict(model._meta.fields_map)


def _named(model: str) -> str:
    return str(getattr(models, model.rpartition(".")[2])._meta.db_table)


def _kind(field: fields.Field[object]) -> Kind:
    kinds = (
        (fields.JSONField, Kind.JSON),
        (fields.DatetimeField, Kind.TIME),
        (fields.BooleanField, Kind.BOOL),
        (fields.CharField | fields.TextField, Kind.TEXT),
        (fields.BinaryField, Kind.BYTES),
    )
    return next((kind for types, kind in kinds if isinstance(field, types)), Kind.PLAIN)
