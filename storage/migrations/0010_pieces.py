"""Which link a message below a card is about, so that a reply to it is understood."""

# ruff: noqa: RUF012

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Adds the table of pictures and files in the chats."""

    dependencies = [("storage", "0009_beginnings")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Piece",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("chat_id", fields.BigIntField()),
                ("message_id", fields.BigIntField()),
                ("shown", fields.CharField(null=True, max_length=64)),
                (
                    "link",
                    fields.ForeignKeyField(
                        "storage.Link",
                        source_field="link_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="pieces",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "card",
                    fields.ForeignKeyField(
                        "storage.Card",
                        source_field="card_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="pieces",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "pieces",
                "app": "storage",
                "unique_together": (("chat_id", "message_id"),),
                "indexes": [Index(fields=["link_id"]), Index(fields=["card_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
