"""What backups do with a database, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SILENCE = (
    "DELETE FROM outbox WHERE card_id IS NULL",
    "DELETE FROM outbox WHERE card_id IN (SELECT id FROM cards WHERE sent_message_id IS NULL)",
    "UPDATE transfers SET state = 'stopped' WHERE kind = 'export' AND state IN ('asked', 'running')",
    "UPDATE captures SET state = 'queued', lease = NULL, lease_until_ms = NULL WHERE state = 'running'",
)
"""Takes out what would be sent after a restore: a card that was never sent has no way to be sent from now on."""


class NoBackup(ValueError):
    """The folder or the database cannot be used for this; the message says why."""


@dataclass(frozen=True)
class Named:
    """What a saved database says of files."""

    blobs: list[tuple[str, int]]
    """Names and sizes of the files that its rows name."""
    owner: str | None
    """The name of the archive."""


class SavedDatabase(Protocol):
    """A database that is saved, or that a saved one is brought into."""

    kind: str
    """What backup.json calls it."""
    file: str
    """Its name in a backup."""
    data_dir: Path

    def is_arriving(self) -> bool:
        """Whether a restore into this place was begun and not ended."""
        ...

    async def check_empty(self) -> None:
        """Raises NoBackup if there is an archive."""
        ...

    async def save(self, path: Path) -> Named:
        """Writes the database as it is at one moment to a file, beside whoever uses it. Raises NoBackup, OSError."""
        ...

    async def arrive(self, saved: Path) -> Named:
        """Begins a restore; nobody can take the database for an archive yet. Raises NoBackup if there is one."""
        ...

    async def settle(self, saved: Path) -> None:
        """Ends the restore, all or nothing: the archive is there, and silent."""
        ...
