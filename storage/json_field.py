"""JSON in a column."""

from __future__ import annotations

from typing import Any, TypeVar

from tortoise import fields
from tortoise.models import Model

from storage import storable

T = TypeVar("T")


class JSONField(fields.JSONField[T]):
    """Tortoise's, with texts as both databases can keep them (see storable)."""

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> str | None:
        """The JSON, encoded."""
        encoded = super().to_db_value(value, instance)
        return None if encoded is None else storable.json(encoded)
