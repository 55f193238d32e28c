"""The archive's files in a bucket: nothing lies beside it, nothing is lost while it is away, care works as ever."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import obstore
import pytest

from storage.blobs import is_name
from tests.harness import ROOT, Chat, Message, Product, Site, environment, running_playground, running_product, until
from tests.ports import free_port
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def hashkeep(data: Path, s3: S3Server, prefix: str, *words: str) -> tuple[int, str]:
    """A command beside the bot, or without it: its exit status and all it said."""
    settings = {"DATA_DIR": str(data), **s3.environment_for(prefix)}
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "hashkeep", *words], cwd=ROOT, env=environment(**settings),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
    )  # fmt: skip
    return ended.returncode, ended.stdout


async def offline_page(chat: Chat, message: Message) -> str:
    """The file that follows the card."""

    async def look() -> str | None:
        return next((a["document"]["file_id"] for a in await chat.answers(message) if "document" in a), None)

    return (await chat.file(await until(look, "the offline page"))).decode()


def environments(product: Product) -> str:
    """Of every process below the main one."""
    return "\n".join(
        Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8", "replace") for pid in product.tree()
    )  # fmt: skip


async def test_from_message_to_page_with_everything_in_the_bucket_and_there_and_back(
    site: Site, s3: S3Server, tmp_path: Path
) -> None:
    data, prefix, page = tmp_path / "archive", "e2e/first", site.page("/bucket/first", "In a bucket")
    gate = site.hold("/bucket/first")
    before = set(s3.keys(""))
    async with (
        running_playground(tmp_path / "chats") as chat,
        running_product(chat, data, **s3.environment_for(prefix)) as product,
    ):
        message = await chat.say(f"{page} #kept")

        async def opened() -> bool:
            return "/bucket/first" in site.hits

        await until(opened, "the page to be opened")
        told = environments(product)
        assert "PATH=" in told
        assert not [name for name in ("AWS_", ACCESS_KEY, SECRET_KEY, "BLOB_URL") if name in told]
        gate.set()
        assert "photo" in await chat.card(message)
        assert "In a bucket" in await offline_page(chat, message)
        assert not (data / "blobs").exists()

    new = set(s3.keys("")) - before - {"ready/ready"}
    assert len(new) >= 4
    for path in new:
        first, second, name = path.removeprefix(f"{prefix}/").split("/")
        assert (is_name(name), first, second) == (True, name[:2], name[2:4]), path

    backup, other = tmp_path / "backup", "e2e/second"
    status, said = await hashkeep(data, s3, prefix, "backup", str(backup))
    assert status == 0, said
    damaged = min(new).removeprefix(f"{prefix}/")
    obstore.put(s3.store(prefix), damaged, b"damaged")
    status, said = await hashkeep(data, s3, prefix, "verify")
    assert (status, said.startswith(f"{damaged}: it is damaged (")) == (1, True), said
    shutil.rmtree(data)
    status, said = await hashkeep(data, s3, other, "restore", str(backup))
    assert status == 0, said
    assert await hashkeep(data, s3, other, "verify") == (0, "Everything is there and whole.\n")
    assert {path.name for path in data.iterdir()} == {"hashkeep.sqlite3", ".care", ".lock"}


async def test_while_the_bucket_is_away_captures_wait_and_no_page_is_opened_twice(
    site: Site, s3: S3Server, tmp_path: Path
) -> None:
    data, port, page = tmp_path / "archive", free_port(), site.page("/bucket/waits", "It waits")
    gate = site.hold("/bucket/waits")
    settings = {"LISTEN": f"127.0.0.1:{port}", **s3.environment_for("e2e/away")}

    async def ready() -> tuple[int, bool]:
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"http://127.0.0.1:{port}/readyz")
            return answer.status_code, answer.json()["files"]

    async with running_playground(tmp_path / "chats") as chat, running_product(chat, data, **settings) as product:

        async def opened() -> bool:
            return "/bucket/waits" in site.hits

        async def waits() -> bool:
            return "waits to be stored" in product.log.read_text()

        message = await chat.say(page)
        await until(opened, "the page to be opened")
        assert await ready() == (200, True)
        await asyncio.to_thread(s3.stop)
        try:
            gate.set()
            await until(waits, "its files to wait")
            assert await ready() == (503, False)
            began = time.monotonic()
            assert await product.stop() == 0
            assert time.monotonic() - began < 10
            product.log.write_text("")
            await product.start()
            await until(waits, "its files to wait again")
        finally:
            await asyncio.to_thread(s3.start)
        assert "photo" in await chat.card(message)
        assert site.hits.count("/bucket/waits") == 2, "once by each of the two runs"
        assert SECRET_KEY not in product.log.read_text()
        assert await hashkeep(data, s3, "e2e/away", "verify") == (0, "Everything is there and whole.\n")
