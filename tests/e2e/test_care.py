"""The archive outlives its machine: backed up in the middle of work, destroyed, restored, verified, gone on with."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import ROOT, Site, alive, environment, running_playground, running_product, text_of, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def hashkeep(data: Path, *words: str) -> tuple[int, str]:
    """A command beside the bot, or without it: its exit status and all it said."""
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "hashkeep", *words], cwd=ROOT, env=environment(DATA_DIR=str(data)),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
    )  # fmt: skip
    return ended.returncode, ended.stdout


async def test_backed_up_in_the_middle_of_work_and_restored(site: Site, tmp_path: Path) -> None:
    done, held = site.page("/care/done", "Done before"), site.page("/care/held", "Under way")
    gate = site.hold("/care/held")
    data, backup = tmp_path / "archive", tmp_path / "backup"
    async with running_playground(tmp_path / "chats") as chat, running_product(chat, data) as product:
        first = await chat.say(f"{done} #kept")
        await chat.card(first)
        second = await chat.say(f"{held} #kept")
        assert await chat.reaction(second) == "👀"
        assert await hashkeep(data, "verify") == (0, "Everything is there and whole.\n")
        status, said = await hashkeep(data, "backup", str(backup))
        assert status == 0, said
        gate.set()
        await chat.card(second)  # answered after the backup
        lost = await chat.say(f"{site.page('/care/lost', 'After the backup')} #kept")
        await chat.card(lost)
        status, said = await hashkeep(data, "restore", str(backup))
        assert (status, "another Hashkeep is running" in said) == (2, True)
        below = product.tree()
        product.kill()

        async def ended() -> bool:
            return not alive(below)

        await until(ended, "the end of what was below it")
        shutil.rmtree(data)

        status, said = await hashkeep(data, "restore", str(backup))
        assert status == 0, said
        assert (await hashkeep(data, "verify"))[0] == 0
        await product.start()
        asked = await chat.say("/tag kept")
        listed = await chat.answer(asked, "Done before")
        assert "2 links" in text_of(listed), "what was acknowledged before the backup is there"

        async def captured_again() -> bool:
            found = await chat.answer(await chat.say("/tag kept"), "Done before")
            return "Under way" in text_of(found)

        await until(captured_again, "the capture that was under way to be run again", every_s=0.5)
        for message in (first, second):
            answers = [
                a
                for a in await chat.messages(after=message["message_id"])
                if a.get("reply_to_message", {}).get("message_id") == message["message_id"]
            ]
            assert len(answers) == 1, "answered a second time"
        again = await chat.say(f"{held} #again")
        assert "Under way" in text_of(await chat.card(again)), "and it goes on as ever"


async def test_a_damaged_file_is_found_and_unneeded_ones_go(site: Site, tmp_path: Path) -> None:
    data = tmp_path / "archive"
    async with running_playground(tmp_path / "chats") as chat, running_product(chat, data):
        await chat.card(await chat.say(site.page("/care/damaged", "Soon damaged")))
        blob = next(path for path in sorted((data / "blobs").glob("*/*/*")))
        blob.write_bytes(blob.read_bytes()[:-1] + b"?")
        status, said = await hashkeep(data, "verify")
        assert status == 1
        assert said.startswith(f"{blob.relative_to(data / 'blobs')}: it is damaged ("), said
        assert said.count("\n") == 2, "one line for the finding, one for the number"
        status, said = await hashkeep(data, "gc", "--dry-run")
        assert (status, said.startswith("Would remove: 0 archives, 0 links")) == (0, True), said
        assert (await hashkeep(data, "gc"))[0] == 0
        assert blob.exists()
