"""`hashkeep doctor` finds what is wrong, says what to do, and never ends in a traceback."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import pytest_asyncio

from capture.egress_dns import LookUp, Resolver
from hashkeep import doctor
from hashkeep.doctor import Finding
from hashkeep.settings import Settings, load_settings
from storage.saved_sqlite import FILE
from tests.harness import TOKEN, Chat, running_playground
from tests.migrated import put_archive
from tests.next_hops import Kind, Mood, running_hop
from tests.postgres import Postgres
from tests.s3 import S3Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    async with running_playground(tmp_path_factory.mktemp("doctor")) as running:
        yield running


def settings(folder: Path, **more: Any) -> Settings:
    return load_settings(folder / "no.env", data_dir=folder / "data", **more)


async def look(name: str, of: Settings) -> Finding:
    return await dict(doctor.CHECKS)[name](of)


async def test_a_folder_that_can_be_written_is_well(tmp_path: Path) -> None:
    found = await look("Database", settings(tmp_path))
    assert found == Finding(True, f"SQLite in {tmp_path / 'data'}: empty yet; the first start makes the archive")
    found = await look("Files", settings(tmp_path))
    assert found.ok
    assert str(tmp_path / "data" / "blobs") in found.what
    assert list(tmp_path.iterdir()) == [], "a backup can be restored there still"


async def test_an_archive_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    put_archive(tmp_path / "data")
    (blobs := tmp_path / "data" / "blobs").mkdir()
    assert await look("Database", settings(tmp_path)) == Finding(True, f"SQLite in {tmp_path / 'data'}")
    assert (await look("Files", settings(tmp_path))).ok
    assert list(blobs.iterdir()) == []
    with closing(sqlite3.connect(tmp_path / "data" / FILE)) as connection, connection:
        connection.execute("DELETE FROM tortoise_migrations WHERE id = (SELECT MAX(id) FROM tortoise_migrations)")
        before = connection.execute("SELECT count(*) FROM tortoise_migrations").fetchone()
    found = await look("Database", settings(tmp_path))
    assert found.ok
    assert "as an older Hashkeep left it" in found.what
    with closing(sqlite3.connect(tmp_path / "data" / FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM tortoise_migrations").fetchone() == before


async def test_an_empty_database_of_a_server_stays_empty(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.create("doctor")
    try:
        found = await look("Database", settings(tmp_path, database_url=url))
        assert found == Finding(True, "PostgreSQL: empty yet; the first start makes the archive")
        with postgres.connect("doctor") as connection:
            tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
            assert tables == (0,)
            connection.execute("DROP SCHEMA public")
        found = await look("Database", settings(tmp_path, database_url=url))
        assert not found.ok
        assert "may not make tables" in found.what
    finally:
        postgres.drop("doctor")


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    for name in ("Database", "Files"):
        found = await look(name, settings(tmp_path))
        assert not found.ok, name
        assert "DATA_DIR" in found.do, name


async def test_a_bucket_that_can_be_written_is_well_and_another_is_told(s3: S3Server, tmp_path: Path) -> None:
    bucket = {name.lower(): value for name, value in s3.environment_for("doctor").items()}
    found = await look("Files", settings(tmp_path, **bucket))
    assert found == Finding(True, f"{bucket['blob_url']} at {bucket['aws_endpoint_url']} keeps them")
    assert not (tmp_path / "data").exists()
    assert s3.keys("doctor") == [], "the archive can be moved or restored there still"
    found = await look("Files", settings(tmp_path, **{**bucket, "aws_secret_access_key": "not-the-right-one"}))
    assert not found.ok
    assert "cannot be written" in found.what
    assert "BLOB_URL" in found.do
    assert "not-the-right-one" not in found.what + found.do


async def test_a_token_that_telegram_knows_is_well(chat: Chat, tmp_path: Path) -> None:
    found = await look("Telegram", settings(tmp_path, bot_token=TOKEN, bot_api_url=chat.address))
    assert found == Finding(True, "@hashkeep_bot; it reads all messages of its groups")


async def test_privacy_mode_is_told_with_the_ways_out(chat: Chat, tmp_path: Path) -> None:
    await chat.api("POST", "/privacy", json={"on": True})
    try:
        found = await look("Telegram", settings(tmp_path, bot_token=TOKEN, bot_api_url=chat.address))
    finally:
        await chat.api("POST", "/privacy", json={"on": False})
    assert found.ok
    assert "/setprivacy" in found.do


@pytest.mark.parametrize(
    ("token", "address", "what", "do"),
    [
        (None, None, "no BOT_TOKEN", "/newbot"),
        (TOKEN[:-4] + "nope", None, "BOT_TOKEN is not known", "@BotFather"),
        (TOKEN, "http://127.0.0.1:1", "not reached", "BOT_PROXY"),
    ],
)
async def test_what_is_wrong_with_telegram_is_told(
    chat: Chat, tmp_path: Path, token: str | None, address: str | None, what: str, do: str
) -> None:
    found = await look("Telegram", settings(tmp_path, bot_token=token, bot_api_url=address or chat.address))
    assert not found.ok
    assert what in found.what
    assert do in found.do
    assert TOKEN.split(":")[1] not in found.what


PUBLIC = "93.184.216.34"


def looked_up(host: str) -> tuple[str, ...]:
    return {"example.com": (PUBLIC,)}[host]


def nobody_knows(host: str) -> tuple[str, ...]:
    raise socket.gaierror(socket.EAI_AGAIN, "no name server")


async def yes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A site that answers whatever it is asked."""
    with suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    ("kind", "login", "mood", "look_up", "what", "do"),
    [
        ("http", "me:secret-word", "fine", looked_up, "", ""),
        ("socks5", "me:secret-word", "fine", looked_up, "", ""),
        ("http", "me:wrong-word", "fine", looked_up, "does not let us in (https)", "the password in EGRESS_PROXY"),
        ("socks5", "me:secret-word", "nonsense", looked_up, "does not answer", "EGRESS_PROXY"),
        ("http", "me:secret-word", "refuses", looked_up, "refuses example.com", "EGRESS_PROXY_GETS=names"),
        ("http", "me:secret-word", "deaf", looked_up, "example.com is not reached (no_answer)", "lead to the web"),
        ("http", "me:secret-word", "fine", nobody_knows, "no name server of this machine answers", "/etc/resolv.conf"),
    ],
)
async def test_the_next_hop_is_tried(
    tmp_path: Path, kind: Kind, login: str, mood: Mood, look_up: LookUp, what: str, do: str
) -> None:
    site = await asyncio.start_server(yes, "127.0.0.1", 0)
    async with running_hop(kind, site.sockets[0].getsockname()[1], ("me", "secret-word"), mood) as hop:
        with patch("capture.egress.Resolver", lambda threads: Resolver(threads, look_up)):
            found = await look("Way out", settings(tmp_path, egress_proxy=hop.address(login)))
    site.close()
    assert found.ok is (not what)
    assert what in found.what
    assert do in found.do
    assert f"{kind}://127.0.0.1:{hop.port}" in found.what
    assert "-word" not in found.what + found.do
    if found.ok:
        assert hop.asked == [f"{PUBLIC}:443", f"{PUBLIC}:80"]


async def test_a_direct_way_is_told_with_what_is_listed(tmp_path: Path) -> None:
    assert (await look("Way out", settings(tmp_path))).what == "pages are opened directly"
    (tmp_path / "list").write_text("0.0.0.0 ads.example")
    found = await look("Way out", settings(tmp_path, egress_blocklist=str(tmp_path / "list")))
    assert found.what == "pages are opened directly; nothing from 1 listed hosts"


async def test_every_look_is_a_line_and_one_bad_finding_the_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def well(of: Settings) -> Finding:
        of.scratch.mkdir(parents=True, exist_ok=True)
        return Finding(True, "is there")

    async def missing(_: Settings) -> Finding:
        return Finding(False, "is missing", "Install it.")

    monkeypatch.setattr(doctor, "CHECKS", (("One", well), ("Two", missing)))
    assert await doctor.examine(settings(tmp_path)) == 1
    assert capsys.readouterr().out == "✓ One: is there\n✗ Two: is missing\n    → Install it.\n"
    monkeypatch.setattr(doctor, "CHECKS", (("One", well),))
    assert await doctor.examine(settings(tmp_path)) == 0
    assert list(tmp_path.iterdir()) == []
