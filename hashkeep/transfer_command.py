"""`hashkeep export` and `hashkeep import`: an archive to a file and back, beside a running bot or without one."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from capture.address import AddressRule
from hashkeep.data_dir import Unwritable, check_folder
from hashkeep.leaving import interruptible
from hashkeep.opening import storage_for
from hashkeep.own_folder import own_folder
from hashkeep.settings import Settings
from storage import database, transfers, transfers_export, transfers_running
from storage.formats.reading import Wish
from storage.formats.records import EXPORT_FORMATS, SUFFIXES, BadFile, ExportFormat
from storage.quotas import Quota
from storage.records import ChatKind
from storage.transfers_running import UPLOAD_NAME, Export
from storage.transfers_staging import Staged, Staging, header_of
from storage.wrong_database import WrongDatabase

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
_SENTENCES = {
    "unknown": "This is no file that links can be read from. Known are Hashkeep's own JSON, CSV and ZIP, bookmarks "
    "(HTML), the exports of Pocket, Linkding, Karakeep and Raindrop, and Telegram Desktop's result.json.",
    "broken": "The file is damaged or was not written to its end.",
    "too_new": "A newer Hashkeep has written this file. Update Hashkeep first.",
    "too_large": "The file holds more than can be read.",
    "bomb": "The ZIP would unpack to far more than it should.",
    "encrypted": "The ZIP is locked with a password. Unpack it first.",
    "several_chats": "This is the export of several chats. Say which one: --from-chat NAME or ID",
    "no_such_chat": "There is no such chat in this export.",
}


class Failed(Exception):
    """What cannot be done, as a sentence."""


def export_command(settings: Settings, chat_id: int, form: str, out: Path | None) -> int:
    """Writes the chat's archive to a file. Gives the exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    if _is_no_chat(chat_id):
        return WRONG_USAGE
    if form not in EXPORT_FORMATS:
        print(f"--format must be one of: {', '.join(EXPORT_FORMATS)}", file=sys.stderr)
        return WRONG_USAGE
    target = out or Path(f"hashkeep{chat_id}{SUFFIXES[form]}")
    if target.is_dir():
        target = target / f"hashkeep{chat_id}{SUFFIXES[form]}"
    return _run(_export(settings, chat_id, form, target))


def import_command(settings: Settings, path: Path, chat_id: int, capture: bool, from_chat: str | None) -> int:
    """Reads a file into the chat's archive. Gives the exit status, as above."""
    if _is_no_chat(chat_id):
        return WRONG_USAGE
    if not path.is_file():
        print(f"{path}: there is no such file", file=sys.stderr)
        return WRONG_USAGE
    return _run(_import(settings, path, chat_id, capture, from_chat))


def _is_no_chat(chat_id: int) -> bool:
    """Whether no chat can have that number, which is said then. Telegram's have at most 52 bits."""
    if chat_id and abs(chat_id) < 1 << 52:
        return False
    print("--chat must be the number of a chat, like -1001234567890 (a person's is positive)", file=sys.stderr)
    return True


def _run(work: Coroutine[Any, Any, str]) -> int:
    os.umask(0o077)  # the archive is for this user alone, as with `hashkeep run`
    try:
        with interruptible():
            print(asyncio.run(work))
    except KeyboardInterrupt:
        print("Stopped. What is done stays; the same command again does the rest.", file=sys.stderr)
        return INTERRUPTED
    except BadFile as error:
        print(_SENTENCES[error.code], file=sys.stderr)
        if error.detail:
            print(f"({error.detail})", file=sys.stderr)
        return FAILED
    except (Unwritable, WrongDatabase) as error:
        print(error, file=sys.stderr)
        return WRONG_USAGE
    except (Failed, OSError, database.DatabaseTooNew) as error:
        print(error, file=sys.stderr)
        return FAILED
    return DONE


class _Bar:
    """A progress bar on standard error, where somebody looks at it."""

    def __init__(self, what: str) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self._task: TaskID = self._progress.add_task(what, total=None)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def of(self, total: int, what: str) -> None:
        """What follows, and how much of it there is."""
        self._progress.update(self._task, total=total, completed=0, description=what)

    def at(self, done: int) -> None:
        """So much is done."""
        self._progress.update(self._task, completed=done)


async def _export(settings: Settings, chat_id: int, form: ExportFormat, out: Path) -> str:
    if not settings.database_url and not (settings.data_dir / "hashkeep.sqlite3").exists():
        raise Failed(f"There is no archive in {settings.data_dir.absolute()} (DATA_DIR).")
    if not out.absolute().parent.is_dir():
        raise Failed(f"There is no folder {out.absolute().parent}.")
    async with storage_for(settings) as blobs:
        if await transfers_export.header_of(chat_id, None) is None:
            where = "the database" if settings.database_url else f"{settings.data_dir.absolute()} (DATA_DIR)"
            raise Failed(f"The chat {chat_id} keeps nothing in {where}.")
        export = Export(chat_id, form, blobs)
        with own_folder(out.absolute().parent) as folder, _Bar("Exporting") as bar:
            bar.of(await transfers_export.count(chat_id, None), "Exporting")
            (path,) = await export.run(folder, "export", bar.at)
            path.replace(out)
    damaged = f" {export.damaged} files are damaged on the disk and were left out." if export.damaged else ""
    return f"{_links(export.done)} in {out} ({out.stat().st_size:,} bytes).{damaged}"


async def _import(settings: Settings, path: Path, chat_id: int, capture: bool, from_chat: str | None) -> str:
    check_folder(settings.data_dir)
    async with storage_for(settings) as blobs:
        with own_folder(settings.data_dir.absolute()) as root, _Bar("Reading") as bar:
            folder = root / "staging"
            folder.mkdir()
            staging = Staging(folder, AddressRule(settings.egress_allow).refusal, _wish(settings, chat_id, from_chat))
            staged = await _read(staging, path, bar)
            view = await _begin(chat_id, folder, staged, capture)
            folder = folder.rename(transfers.folder_of(root, view.transfer_id))
            (folder / UPLOAD_NAME).symlink_to(path.absolute())
            bar.of(staged.entries, "Importing")
            try:
                quota = Quota(settings.quota_links_per_day, settings.quota_megabytes)
                await transfers_running.run_import(view.transfer_id, root, blobs, bar.at, quota)
            finally:
                await transfers.move(view.transfer_id, "running", "stopped")
        done = await transfers.find(view.transfer_id)
    assert done
    left_out = ""
    if staged.left_out:
        are = "1 entry is no link" if staged.left_out == 1 else f"{staged.left_out} entries are no links"
        left_out = f" {are} that can be kept."
    if done.payload.get("full"):
        left_out += " The archive has as many megabytes as it may (QUOTA_MEGABYTES): links came without pages."
    return f"{_links(int(done.payload.get('new', 0)))} new, {done.payload.get('known', 0)} there already.{left_out}"


def _wish(settings: Settings, chat_id: int, from_chat: str | None) -> Wish:
    token = settings.bot_token.get_secret_value() if settings.bot_token else ""
    own_bot_id = int(token.partition(":")[0]) if token else None
    return Wish(own_bot_id=own_bot_id, chat=chat_id if from_chat is None else from_chat)


async def _read(staging: Staging, path: Path, bar: _Bar) -> Staged:
    reading = asyncio.create_task(asyncio.to_thread(staging.run, path))
    try:
        while not reading.done():
            await asyncio.wait([reading], timeout=0.2)
            bar.at(staging.entries)
        return await reading
    finally:
        staging.stop.set()
        await asyncio.gather(reading, return_exceptions=True)  # a thread: it still writes into the folder


async def _begin(chat_id: int, folder: Path, staged: Staged, capture: bool) -> transfers.TransferView:
    await transfers.archive_for(chat_id, _kind_of(chat_id), staged.title, "en")
    payload = {
        "capture": capture,
        "has_files": staged.has_files,
        "from_chat": header_of(folder).chat_id,
    }
    view = await transfers.make(chat_id, "import", transfers.BY_COMMAND, "running", payload, chat_id=chat_id)
    assert view
    return view


def _kind_of(chat_id: int) -> ChatKind:
    """What a chat is whose first message has not been seen; that message will say."""
    if chat_id > 0:
        return "private"
    return "supergroup" if chat_id < -1_000_000_000_000 else "group"


def _links(n: int) -> str:
    return "1 link" if n == 1 else f"{n} links"
