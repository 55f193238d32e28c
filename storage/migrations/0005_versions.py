"""A card can show one certain capture of a link."""

# ruff: noqa: RUF012

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Adds the mark of such cards."""

    dependencies = [("storage", "0004_finding")]

    initial = False

    operations = [
        ops.AddField(
            model_name="CardLink",
            name="pinned",
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
