"""`hashkeep migrate-storage`: the archive to another database, or another place for files, or both."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from hashkeep.blobs import open_blobs
from hashkeep.care_command import CLEAN, FOUND, bar, run
from hashkeep.data_dir import caring, caring_in_fleet, only_one
from hashkeep.settings import Settings, WrongSettings, load_settings
from storage import relocating
from storage.blobs import BlobStore
from storage.blobs_folder import FolderBlobs
from storage.database import SQLITE_URL, StorageUnavailable, look_in
from storage.relocating import Home
from storage.saved_database import NoBackup
from storage.wrong_database import WrongDatabase


def migrate_command(
    from_database: str | None, from_blobs: str | None, to_database: str | None, to_blobs: str | None
) -> int:
    """Exit status 0: everything is moved; 1: not, or files are missing, a line says which; 2: wrong places."""
    os.umask(0o077)

    async def migrate() -> int:
        source, target = _home("from", from_database, from_blobs), _home("to", to_database, to_blobs)
        return await _migrate(source, target)

    return run(migrate())


def _home(side: str, place: str | None, files: str | None) -> Home:
    """What the options of one side name; the settings say the rest."""
    for option, words in (("database", place), ("blobs", files)):
        if words is not None and "://" not in words and re.match(r"[a-z0-9+]{2,}:", words):
            raise WrongSettings(f"--{side}-{option}: an address begins like psycopg:// or s3://, and a folder does not")
    given: dict[str, Any] = {}
    if place is not None:
        is_url = "://" in place
        given |= {"database_url": place if is_url else None} | ({} if is_url else {"data_dir": Path(place)})
    if files is not None and "://" in files:
        given["blob_url"] = files
    try:
        settings = load_settings(**given)
    except WrongSettings as error:
        raise WrongSettings(f"(with --{side}-database and --{side}-blobs)\n{error}") from None
    data_dir = settings.data_dir
    return Home(settings.database, data_dir, _blobs(settings, files))


def _blobs(settings: Settings, files: str | None) -> BlobStore:
    if files is not None and "://" not in files:
        return FolderBlobs(Path(files))
    return open_blobs(load_settings() if files is None else settings)


async def _migrate(source: Home, target: Home) -> int:
    rows_move = _identity(source) != _identity(target)
    files_move = str(source.blobs) != str(target.blobs)
    if not rows_move and not files_move:
        raise NoBackup("Both sides name the same place. Say where from, or where to: hashkeep migrate-storage --help")
    for side, home in (("from", source), ("to", target)):
        try:
            await look_in(home.database_url)
        except (WrongDatabase, StorageUnavailable) as error:
            raise type(error)(f"(with --{side}-database) {error}") from None
    async with _held(source, target if rows_move else None):
        if rows_move:
            await relocating.prepare(source, target)
        else:
            await relocating.check_unused(source, "whose files are moved")
        saved = None
        if files_move:
            with bar("Files") as tell:
                saved = await relocating.move_blobs(source, target, tell)
        if rows_move:
            with bar("Rows") as tell:
                moved = await relocating.move_rows(source, target, tell)
            print(f"The database is moved: {moved} rows, each table compared with the one it came from.")
    if saved is None:
        return CLEAN
    for fault in saved.faults:
        print(fault)
    print(f"The files are moved: {saved.named}, {saved.copied} of them copied now ({saved.bytes / 1e6:.1f} MB).")
    if saved.faults:
        print(f"{len(saved.faults)} files were not whole where they came from.", file=sys.stderr)
    return FOUND if saved.faults else CLEAN


def _identity(home: Home) -> str:
    return str(home.data_dir.absolute()) if home.database_url == SQLITE_URL else home.database_url


@asynccontextmanager
async def _held(source: Home, target: Home | None) -> AsyncIterator[None]:
    """No bot, sweep or backup is at work on either side."""
    async with AsyncExitStack() as held:
        for home in filter(None, (source, target)):
            if home.has_file:
                held.enter_context(only_one(home.data_dir))
                await held.enter_async_context(caring(home.data_dir, home.database_url))
            else:
                await held.enter_async_context(caring_in_fleet(home.database_url))
        yield
