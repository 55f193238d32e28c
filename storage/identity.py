"""Which archive this is: a name that no other database has, unless it is a copy of this one."""

from __future__ import annotations

import secrets

from storage.database import writing
from storage.models import Setting

ARCHIVE_ID = "archive_id"


@writing
async def archive_id() -> str:
    """The name; made once, and kept by backups."""
    row, _ = await Setting.get_or_create(key=ARCHIVE_ID, defaults={"value": secrets.token_hex(16)})
    return row.value
