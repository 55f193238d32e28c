"""What was being sent when a process ended, and where in the chat to look for it."""

# ruff: noqa: RUF012

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Adds the mark of a message under way, and the number of the last one that was said in a chat."""

    dependencies = [("storage", "0006_fleet")]

    initial = False

    operations = [
        ops.AddField(model_name="Outbox", name="sending", field=fields.CharField(max_length=8, null=True)),
        ops.AddField(model_name="Chat", name="last_said", field=fields.BigIntField(null=True)),
    ]
