"""An empty archive of today's schema, made once for each process of a run: making it takes longer than most tests."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from storage.saved_sqlite import FILE

_ROOT = Path(__file__).resolve().parents[1]

MIGRATE = """
import asyncio, sys
from pathlib import Path
from storage import database

async def migrate():
    await database.open_database(sys.argv[1], Path(sys.argv[2]))
    await database.close_database()

asyncio.run(migrate())
"""
"""A program that brings the database of an address, or in a folder, up to today's schema."""


def migrate(url: str, folder: Path) -> None:
    """Runs it, in a process of its own: the caller's may have a database open, or a loop running."""
    subprocess.run([sys.executable, "-c", MIGRATE, url, folder], cwd=_ROOT, check=True)


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hashkeep-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    migrate("sqlite://", folder)
    return folder / FILE


def put_archive(folder: Path) -> None:
    """Makes the folder, with an empty SQLite archive in it."""
    folder.mkdir(mode=0o700)
    shutil.copy(_template(), folder)
