"""Where to look for a message that was being sent when a process ended, in chats that share their numbers."""

# ruff: noqa: RUF012

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Adds how far the shared numbers were when the mark was made."""

    dependencies = [("storage", "0007_sending")]

    initial = False

    operations = [
        ops.AddField(model_name="Outbox", name="sending_after", field=fields.BigIntField(null=True)),
    ]
