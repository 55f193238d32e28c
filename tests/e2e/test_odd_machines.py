"""Machines on which something runs out: it is said in words, nothing acknowledged is lost, and it goes on by itself.

The whole product with the engine that has no browser.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.harness import Chat, Message, Product, running_playground, text_of, until
from tests.kills import Witness, named, watching

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

FULL = "The disk of this machine is full"
DISK_BYTES = 300_000_000
AGAIN_WITHIN_S = 60.0


class Disk:
    """A small file system of its own, and a file that fills it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def leave(self, free_bytes: int) -> None:
        """Fills it up to that."""
        while (excess := os.statvfs(self.folder).f_bavail * os.statvfs(self.folder).f_frsize - free_bytes) > 0:
            with self._ballast.open("ab") as file:
                try:
                    file.write(b"x" * min(excess, 1 << 22))
                    file.flush()
                except OSError:
                    return

    def free(self) -> None:
        self._ballast.unlink()

    def forbid_writing(self) -> None:
        subprocess.run(["mount", "-o", "remount,ro", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"mounting a small file system needs root and its rights ({mounted.stderr.strip()})")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@asynccontextmanager
async def standin(chat: Chat, data: Path) -> AsyncIterator[Product]:
    product = Product(chat, data, CHROMIUM_PATH="/bin/cat", CAPTURE_WORKERS="1")
    product.log = data.parent.parent / "product.log"
    product.module = "tests.standin_product"
    await product.start()
    try:
        yield product
    finally:
        if product.process and product.process.poll() is None:
            await product.stop()


async def only_card(chat: Chat, message: Message, within_s: float = AGAIN_WITHIN_S) -> None:
    """The message is answered by one card, and by one only."""
    await chat.card(message, within_s)
    replies = [
        each
        for each in await chat.answers(message)
        if each.get("reply_to_message", {}).get("message_id") == message["message_id"] and FULL not in text_of(each)
    ]
    assert len(replies) == 1, [text_of(each) for each in replies]


async def told(chat: Chat, after: Message) -> None:
    """The chat has heard of the full disk since that message."""
    await chat.answer(after, FULL)


def asks(witness: Witness, name: str) -> str:
    """An address whose page is there at once."""
    witness.let_go(f"/visit/{name}")
    return witness.url(f"/visit/{name}")


async def test_with_little_space_links_are_taken_in_and_captures_wait(tmp_path: Path, disk: Disk) -> None:
    async with (
        running_playground(tmp_path / "chats") as chat,
        watching() as witness,
        standin(chat, disk.folder / "archive"),
    ):
        disk.leave(60_000_000)
        message = await chat.say(asks(witness, "little"))
        assert await chat.reaction(message) == "👀"
        await told(chat, message)
        assert witness.visits["/visit/little"] == 0
        disk.free()
        await only_card(chat, message)
        texts = [text_of(each) for each in await chat.answers(message)]
        assert len([text for text in texts if FULL in text]) == 1, "it is said again and again"


async def test_with_no_space_at_all_nothing_is_acknowledged_and_nothing_lost(tmp_path: Path, disk: Disk) -> None:
    async with (
        running_playground(tmp_path / "chats") as chat,
        watching() as witness,
        standin(chat, disk.folder / "archive"),
    ):
        before = await chat.say(asks(witness, "before"))
        await only_card(chat, before)
        held = await chat.say(witness.url("/visit/held"))
        await witness.visited("/visit/held", 1)
        disk.leave(0)
        unstored = await chat.say(asks(witness, "unstored"))
        await told(chat, unstored)
        assert not [each for each in await chat.messages(after=unstored["message_id"] - 1) if each.get("reactions")]
        witness.let_go("/visit/held")  # it ends while nothing can be written
        disk.free()
        assert await chat.reaction(unstored, AGAIN_WITHIN_S) == "👀"
        await only_card(chat, held)
        await only_card(chat, unstored)


async def test_a_folder_that_cannot_be_written_stops_the_start_and_names_the_setting(
    tmp_path: Path, disk: Disk
) -> None:
    disk.forbid_writing()
    async with running_playground(tmp_path / "chats") as chat:
        product = Product(chat, disk.folder / "archive", CHROMIUM_PATH="/bin/cat")
        product.log = tmp_path / "product.log"
        with pytest.raises(AssertionError) as stop:
            await product.start()
    told = str(stop.value)
    assert "DATA_DIR" in told
    assert "Read-only file system" in told
    assert "Traceback" not in told


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
async def test_without_descriptors_it_says_so_and_goes_on_when_there_are_some(tmp_path: Path) -> None:
    async with (
        running_playground(tmp_path / "chats") as chat,
        watching() as witness,
        standin(chat, tmp_path / "data" / "archive") as product,
    ):
        await only_card(chat, await chat.say(asks(witness, "before")))
        # What is open stays open; not one more can be opened.
        hard = resource.prlimit(product.pid, resource.RLIMIT_NOFILE)[1]
        limits = resource.prlimit(product.pid, resource.RLIMIT_NOFILE, (3, hard))
        message = await chat.say(asks(witness, "none"))

        async def said() -> bool:
            return "has no descriptor left" in product.log.read_text()

        await until(said, "word of it in the log", 60)
        resource.prlimit(product.pid, resource.RLIMIT_NOFILE, limits)
        await only_card(chat, message)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="root's workers have users that count alone")
async def test_without_processes_it_says_so_and_goes_on_when_there_are_some(tmp_path: Path) -> None:
    async with (
        running_playground(tmp_path / "chats") as chat,
        watching() as witness,
        standin(chat, tmp_path / "data" / "archive") as product,
    ):
        # What is started inherits it; there is no supervisor and no worker before the first capture.
        _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
        limits = resource.prlimit(product.pid, resource.RLIMIT_NPROC, (1, hard))
        message = await chat.say(asks(witness, "none"))
        assert await chat.reaction(message) == "👀"

        async def said() -> bool:
            return "No browser could be started" in product.log.read_text()

        await until(said, "word of it in the log", 60)
        for pid in (product.pid, *named(product.tree(), "hashkeep-super")):
            resource.prlimit(pid, resource.RLIMIT_NPROC, limits)
        await only_card(chat, message)
