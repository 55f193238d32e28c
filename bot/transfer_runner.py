"""Runs imports and exports of chats beside everything else, and tells of each in one message that is edited."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from telegram.error import TelegramError

from bot import transfer_texts
from bot.desk import Desk
from bot.downloads import TooBig, download
from bot.filenames import stem
from bot.transfer_telling import Teller, Telling
from bot.words import words
from storage import archive, clock, outbox, transfers, transfers_export, transfers_running, transfers_undoing
from storage.blobs import BlobsAway
from storage.formats.reading import Wish
from storage.formats.records import SUFFIXES, BadFile, ExportFormat
from storage.giving import Giver
from storage.transfers import TransferView
from storage.transfers_running import UPLOAD_NAME, Export, TooLarge
from storage.transfers_staging import Staged, Staging, Stopped, header_of, is_staged, summary_json
from storage.turns import turn

log = logging.getLogger(__name__)

MAX_PART_BYTES = 48_000_000
"""Of one file: Telegram takes 50 MB from a bot."""

MAX_PARTS = 30
MAX_COPY_BYTES = 20_000_000
"""Of a reader's own copy."""

MAX_UNPACKED_BYTES = 2_000_000_000
"""What may come out of a ZIP that somebody sends."""

AWAY_PAUSE_S = 15.0
"""How long a transfer waits for its next try while the blobs are away."""

BREATH_S = 0.004
"""Rests while a file is looked through: people who write meanwhile are not to notice."""

LOOK_EVERY_S = 60.0

PATIENCE = timedelta(days=2)
"""How long a question waits for its answer."""


class TransferRunner:
    """Owns what runs. What a restart interrupts goes on by `resume`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._telling = Telling(desk)
        self._root = desk.services.transfers
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._closing = False

    def start(self, view: TransferView) -> None:
        """Does what the transfer's state asks for."""
        before = self._tasks.get(view.transfer_id)
        task = asyncio.create_task(self._run(view, before), name=f"transfer-{view.transfer_id}")
        self._tasks[view.transfer_id] = task
        task.add_done_callback(lambda done: self._forget(view.transfer_id, done))

    def _forget(self, transfer_id: int, task: asyncio.Task[None]) -> None:
        if self._tasks.get(transfer_id) is task:
            del self._tasks[transfer_id]

    async def resume(self) -> None:
        """Goes on with what was under way, tells what was not told, and removes the files of what is over."""
        wanted = await transfers.ids()
        await asyncio.to_thread(transfers_running.clean, self._root, wanted)
        for view in await transfers.unfinished():
            self.start(view)
        await self.expire()

    async def watch(self) -> None:
        """Goes on with what a replica that died has left, and tells what could not be told, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                for view in await transfers.unfinished():
                    if view.transfer_id not in self._tasks:
                        self.start(view)
            except OSError as error:
                log.error("transfers could not be looked at: %s", error)

    async def expire(self) -> None:
        """Withdraws questions that nobody answers, and with them the files that wait for the answer."""
        for view in await transfers.unanswered(PATIENCE):
            await self.stop(view.chat_id, view.transfer_id)

    async def stop(self, chat_id: int, transfer_id: int) -> bool:
        """Somebody wants it no longer. False when there is nothing to stop."""
        if not await transfers.stop(chat_id, transfer_id):
            return False
        view = await transfers.find(transfer_id)
        if view:
            self.start(view)  # which ends the one that runs, and tells
        return True

    async def close(self) -> None:
        """Interrupts everything; `resume` goes on with it."""
        self._closing = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, view: TransferView, before: asyncio.Task[None] | None) -> None:
        if before and not before.done():
            if view.state == "stopped":
                before.cancel()
            await asyncio.gather(before, return_exceptions=True)
        try:
            async with turn("transfer", view.transfer_id):
                await self._run_in_turn(await transfers.find(view.transfer_id) or view)
        except OSError as error:
            log.error("transfer %d waits for the next look: %s", view.transfer_id, error)

    async def _run_in_turn(self, view: TransferView) -> None:
        """What another replica was at has ended by now, or the replica has."""
        try:
            while not await self._has_stepped(view):
                await asyncio.sleep(AWAY_PAUSE_S)
                view = await transfers.find(view.transfer_id) or view
        except BadFile as error:
            await self._fail(view, error.code, error.detail)
        except OSError as error:
            log.error("transfer %d: %s", view.transfer_id, error)
            await self._fail(view, "storage")
        except Exception:
            log.exception("transfer %d failed", view.transfer_id)
            await self._fail(view, "storage")

    async def _has_stepped(self, view: TransferView) -> bool:
        """False while the blobs are away: it goes on from where it was, as after a restart."""
        try:
            await self._step(view)
        except BlobsAway as error:
            log.warning("transfer %d waits: %s", view.transfer_id, error)
            return False
        return True

    async def _step(self, view: TransferView) -> None:
        match view.kind, view.state:
            case _, "done" | "failed" | "stopped":
                await self._tell_end(view.transfer_id)
            case "copy", _:
                await self._copy(view)
            case "import", "asked":
                await self._ask(view)
            case "import", "reading":
                await self._read(view)
            case "import", _:
                await self._import(view)
            case _:
                await self._export(view)

    async def _fail(self, view: TransferView, code: str, detail: str = "") -> None:
        with suppress(OSError):
            await transfers.note(view.transfer_id, payload={"untold": True, "detail": detail[:500]})
            await transfers.move(view.transfer_id, view.state, "failed", error=code)
            await self._tell_end(view.transfer_id)

    # Imports

    async def _read(self, view: TransferView) -> None:
        """Fetches the file and looks it through; then the question is asked."""
        teller = Teller(self._telling, view)
        await teller.begin()
        folder = transfers.folder_of(self._root, view.transfer_id)
        staged = await self._staged_here(view, folder)
        if staged is None:
            return
        if not staged.links:
            await self._fail(view, "nothing")
            return
        payload = {
            **view.payload,
            "summary": summary_json(staged),
            "has_files": staged.has_files,
            "from_chat": (await asyncio.to_thread(header_of, folder)).chat_id,
            "untold": True,
        }
        if await transfers.move(view.transfer_id, "reading", "asked", payload=payload, format=staged.format[:16]):
            asked = await transfers.find(view.transfer_id)
            if asked:
                await self._ask(asked)

    async def _staged_here(self, view: TransferView, folder: Path) -> Staged | None:
        """Fetches the file and looks it through on this machine; None when that has failed, and is told."""
        await asyncio.to_thread(lambda: folder.mkdir(parents=True, exist_ok=True))
        path = folder / UPLOAD_NAME
        try:
            await download(self._desk, str(view.payload["file_id"]), path)
        except TooBig:
            await self._fail(view, "too_big")
            return None
        except TelegramError as error:
            log.info("transfer %d: its file is not to be had (%s)", view.transfer_id, error.message)
            await self._fail(view, "gone")
            return None
        wish = Wish(own_bot_id=self._desk.bot.id, chat=view.of_chat_id, max_total_bytes=MAX_UNPACKED_BYTES)
        return await _stage(Staging(folder, self._desk.services.address_rule.refusal, wish, BREATH_S), path)

    async def _ask(self, view: TransferView) -> None:
        folder = transfers.folder_of(self._root, view.transfer_id)
        new = await transfers_running.count_new(view.of_chat_id, folder)
        await self._telling.tell(view, transfer_texts.question(view, new, words(view.language)), must=True)
        await transfers.note(view.transfer_id, payload={"untold": False})

    async def _import(self, view: TransferView) -> None:
        teller = Teller(self._telling, view)
        await teller.begin()
        folder = transfers.folder_of(self._root, view.transfer_id)
        if not await asyncio.to_thread(is_staged, folder) and not await self._staged_here(view, folder):
            return
        quota = self._desk.settings.quota
        if await transfers_running.run_import(
            view.transfer_id, self._root, self._desk.services.blobs, teller.progress, quota
        ):
            await teller.settle()
            await self._tell_end(view.transfer_id)

    # Copies

    async def _copy(self, view: TransferView) -> None:
        """Fetches a reader's own copy and has it kept; the card says it, and only a failure is told by a message."""
        take, link = self._desk.services.take_copy, await archive.link(view.of_chat_id, int(view.payload["link_id"]))
        folder = transfers.folder_of(self._root, view.transfer_id)
        if take is None or link is None:
            await self._fail(view, "gone")
            return
        await asyncio.to_thread(lambda: folder.mkdir(parents=True, exist_ok=True))
        path = folder / UPLOAD_NAME
        try:
            await download(self._desk, str(view.payload["file_id"]), path, MAX_COPY_BYTES)
        except TooBig:
            await self._fail(view, "too_big")
            return
        except TelegramError as error:
            log.info("transfer %d: its file is not to be had (%s)", view.transfer_id, error.message)
            await self._fail(view, "gone")
            return
        # Its number alone would mean another gift in another database.
        mark = f"{view.transfer_id}-{hashlib.sha256(str(view.payload['file_id']).encode()).hexdigest()[:12]}"
        giver = Giver(
            view.of_chat_id, link.link_id, link.url, str(view.payload["by_name"]), view.person_id,
            mark,
        )  # fmt: skip
        outcome = await take(giver, path, str(view.payload["file_name"]))
        if outcome != "kept":
            await self._fail(view, outcome)
        elif await transfers.move(view.transfer_id, "running", "done"):
            if view.reply_to is not None:
                self._desk.react_to(view.chat_id, view.reply_to, "👌")
            await asyncio.to_thread(transfers_running.remove, folder)

    # Exports

    async def _export(self, view: TransferView) -> None:
        person_id = cast("int | None", view.payload.get("person_id"))
        total = await transfers_export.count(view.of_chat_id, person_id)
        await transfers.note(view.transfer_id, total=total)
        view = await transfers.find(view.transfer_id) or view
        teller = Teller(self._telling, view)
        await teller.begin()
        folder = transfers.folder_of(self._root, view.transfer_id)
        await asyncio.to_thread(transfers_running.empty, folder)
        form = cast(ExportFormat, view.format)
        export = Export(
            view.of_chat_id, form, self._desk.services.blobs,
            person_id=person_id, max_part_bytes=MAX_PART_BYTES, max_parts=MAX_PARTS,
        )  # fmt: skip
        try:
            files = await export.run(folder, await self._stem(view, clock.now()), teller.progress)
        except TooLarge as error:
            await transfers.note(view.transfer_id, payload={"size_bytes": error.size_bytes})
            await self._fail(view, "too_large")
            return
        await teller.settle()
        parts = [(path.name, await self._desk.services.blobs.put_file(path)) for path in files]
        listed = [{"name": name, "sha256": blob.sha256, "size_bytes": blob.size_bytes} for name, blob in parts]
        payload = {**view.payload, "files": listed, "left_out": len(export.left_out), "damaged": export.damaged}
        if await transfers.hand_over(view.transfer_id, {**payload, "untold": True}, export.done):
            outbox.wake()
            await self._tell_end(view.transfer_id)

    async def _stem(self, view: TransferView, now: datetime) -> str:
        header = await transfers_export.header_of(view.of_chat_id, None)
        what = "bookmarks " if view.format == "bookmarks" else ""
        suffix = SUFFIXES[cast(ExportFormat, view.format)]
        return stem(f"{header.title if header else ''} {what}{now:%Y-%m-%d}").removesuffix(suffix)

    # What people read

    async def _tell_end(self, transfer_id: int) -> None:
        """The last words: they are tried until they arrive, by the next start if need be."""
        await transfers_undoing.offer(transfer_id)
        view = await transfers.find(transfer_id)
        if view is None:
            return
        await self._telling.tell(view, transfer_texts.ended(view, words(view.language)), must=True)
        await transfers.note(transfer_id, payload={"untold": False})
        await asyncio.to_thread(transfers_running.remove, transfers.folder_of(self._root, transfer_id))


async def _stage(staging: Staging, path: Path) -> Staged:
    """Looks a file through in a thread, which ends soon when nobody waits for it any more."""
    task = asyncio.create_task(asyncio.to_thread(staging.run, path))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        staging.stop.set()
        with suppress(Stopped, BadFile, OSError):
            await task
        raise
