"""The archive outlives its machine: backed up in the middle of work, destroyed, restored, verified, gone on with."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.harness import ROOT, Message, Site, alive, environment, running_playground, running_product, text_of, until
from tests.postgres import Postgres
from tests.s3 import S3Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


class OnDisk:
    """An archive in a folder."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "archive"
        self.settings: dict[str, str] = {}

    def destroy(self) -> None:
        """Its machine is lost."""
        shutil.rmtree(self.data)

    async def hashkeep(self, *words: str) -> tuple[int, str]:
        """A command beside the bot, or without it: its exit status and all it said."""
        settings = environment(DATA_DIR=str(self.data), **self.settings)
        ended = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "hashkeep", *words], cwd=self.data.parent,
            env={**settings, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
        )  # fmt: skip
        return ended.returncode, ended.stdout


class InFleet(OnDisk):
    """An archive in a database and a bucket."""

    def __init__(self, folder: Path, postgres: Postgres, s3: S3Server, held: ExitStack) -> None:
        super().__init__(folder)
        self._postgres, self._s3 = postgres, s3
        url = held.enter_context(postgres.database())
        self._name = url.rpartition("/")[2]
        self.settings = {"DATABASE_URL": url, **s3.environment_for(f"care/{self._name}")}

    def destroy(self) -> None:
        super().destroy()
        self._postgres.drop(self._name)
        self._postgres.create(self._name)
        self.settings |= self._s3.environment_for(f"care/{self._name}/anew")


@pytest.fixture(params=["disk", "fleet"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OnDisk]:
    """An empty place for an archive, of each kind."""
    if request.param == "disk":
        yield OnDisk(tmp_path)
        return
    with ExitStack() as held:
        yield InFleet(tmp_path, request.getfixturevalue("postgres"), request.getfixturevalue("s3"), held)


async def test_backed_up_in_the_middle_of_work_and_restored(site: Site, home: OnDisk, tmp_path: Path) -> None:
    done, held = site.page("/care/done", "Done before"), site.page("/care/held", "Under way")
    gate = site.hold("/care/held")
    backup, hashkeep = tmp_path / "backup", home.hashkeep
    async with (
        running_playground(tmp_path / "chats") as chat,
        running_product(chat, home.data, module="tests.quick_product", **home.settings) as product,
    ):
        first = await chat.say(f"{done} #kept")
        await chat.card(first)
        assert await hashkeep("verify") == (0, "Everything is there and whole.\n")
        second = await chat.say(f"{held} #kept")
        assert await chat.reaction(second) == "👀"
        status, said = await hashkeep("backup", str(backup))
        assert status == 0, said
        gate.set()
        await chat.card(second)  # answered after the backup
        lost = await chat.say(f"{site.page('/care/lost', 'After the backup')} #kept")
        await chat.card(lost)
        status, said = await hashkeep("restore", str(backup))
        assert (status, "another Hashkeep is running" in said) == (2, True)
        below = product.tree()
        product.kill()

        async def ended() -> bool:
            return not alive(below)

        await until(ended, "the end of what was below it")
        home.destroy()
        product._settings.update(home.settings)

        status, said = await hashkeep("restore", str(backup))
        assert status == 0, said
        assert (await hashkeep("verify"))[0] == 0
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
    data, hashkeep = tmp_path / "archive", OnDisk(tmp_path).hashkeep
    async with running_playground(tmp_path / "chats") as chat, running_product(chat, data):
        await chat.card(await chat.say(site.page("/care/damaged", "Soon damaged")))
        blob = next(path for path in sorted((data / "blobs").glob("*/*/*")))
        blob.write_bytes(blob.read_bytes()[:-1] + b"?")
        status, said = await hashkeep("verify")
        assert status == 1
        assert said.startswith(f"{blob.relative_to(data / 'blobs')}: it is damaged ("), said
        assert said.count("\n") == 2, "one line for the finding, one for the number"
        status, said = await hashkeep("gc", "--dry-run")
        assert (status, said.startswith("Would remove: 0 archives, 0 links")) == (0, True), said
        assert (await hashkeep("gc"))[0] == 0
        assert blob.exists()


async def test_an_archive_moves_to_a_fleet_and_back(
    site: Site, postgres: Postgres, s3: S3Server, tmp_path: Path
) -> None:
    done, held = site.page("/move/done", "Done before"), site.page("/move/held", "Under way")
    gate = site.hold("/move/held")
    disk, back = OnDisk(tmp_path), OnDisk(tmp_path / "back")
    with ExitStack() as open_ones:
        fleet = InFleet(tmp_path, postgres, s3, open_ones)
        url, bucket = fleet.settings["DATABASE_URL"], fleet.settings["BLOB_URL"]
        disk.settings = {name: value for name, value in fleet.settings.items() if name.startswith("AWS_")}
        to_fleet = "migrate-storage", "--to-database", url, "--to-blobs", bucket
        async with (
            running_playground(tmp_path / "chats") as chat,
            running_product(chat, disk.data, module="tests.quick_product") as product,
        ):
            first = await chat.say(f"{done} #kept")
            card = await chat.card(first)
            second = await chat.say(f"{held} #kept")
            assert await chat.reaction(second) == "👀"
            status, said = await disk.hashkeep(*to_fleet)
            assert (status, "another Hashkeep is running" in said) == (2, True), said
            product.kill()
            gate.set()
            status, said = await disk.hashkeep(*to_fleet)
            assert status == 0, said
            status, said = await disk.hashkeep(*to_fleet)
            assert (status, "holds an archive already" in said) == (2, True), said

            product.data = fleet.data = tmp_path / "elsewhere"
            product._settings |= {**fleet.settings, "DATA_DIR": str(fleet.data)}
            await product.start()
            status, said = await fleet.hashkeep("migrate-storage", "--to-blobs", str(tmp_path / "files"))
            assert (status, "Another Hashkeep is running" in said) == (2, True), said
            assert not list((tmp_path / "files").glob("*/*/*")), "what comes later would be in the old place alone"
            assert "Under way" in text_of(await chat.card(second)), "what was under way is captured, and answered"
            await chat.press(await chat.again(card), "Files")

            async def offered() -> Message | None:
                now = await chat.again(card)
                return now if "Archive (WACZ)" in str(now.get("reply_markup")) else None

            await chat.press(await until(offered, "the files to be offered"), "Archive (WACZ)")

            async def sent() -> list[str]:
                found = [a["document"]["file_name"] for a in await chat.messages() if "document" in a]
                return [name for name in found if name == "Done before.wacz"]

            await until(sent, "the archive of the first page, from the bucket")
            await product.stop()
            assert await fleet.hashkeep("verify") == (0, "Everything is there and whole.\n")

            back.data.parent.mkdir()
            back.settings = disk.settings  # the settings are changed first this time
            status, said = await back.hashkeep("migrate-storage", "--from-database", url, "--from-blobs", bucket)
            assert status == 0, said
            assert await back.hashkeep("verify") == (0, "Everything is there and whole.\n")
            for name in fleet.settings:
                del product._settings[name]
            product._settings["DATA_DIR"] = str(back.data)
            await product.start()
            listed = await chat.answer(await chat.say("/tag kept"), "Done before")
            assert "2 links" in text_of(listed)
            for message in (first, second):
                replies = [a.get("reply_to_message", {}).get("message_id") for a in await chat.answers(message)]
                assert replies.count(message["message_id"]) == 1, "answered a second time"
