"""A database that no waiting makes usable ends the start with what to do; one that is away is waited for."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from hashkeep import doctor
from hashkeep.care_command import WRONG_USAGE, backup_command, gc_command, verify_command
from hashkeep.settings import load_settings
from hashkeep.transfer_command import export_command
from storage import database, postgres_entry
from storage.database import SQLITE_FILE, StorageUnavailable
from storage.wrong_database import WrongDatabase
from tests.harness import ROOT, environment, until
from tests.postgres import Postgres

PASSWORD = "a-wrong-p4ssw0rd"


@pytest.fixture(scope="module")
def guarded(postgres: Postgres) -> Iterator[Postgres]:
    """The server, with users that it asks for a password, or does not let in."""
    access = postgres.folder / "pg_hba.conf"
    open_to_all = access.read_text()
    rules = "host all guarded 127.0.0.1/32 scram-sha-256\nhost all unwanted 127.0.0.1/32 reject\n"
    with postgres.connect() as connection:
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        for role in ("unwanted", "stranger"):
            connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute("CREATE ROLE sleeper NOLOGIN")
        connection.execute("CREATE DATABASE closed")
        connection.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
        connection.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        connection.execute("CREATE DATABASE homeless")
        connection.execute("CREATE DATABASE theirs")
        for change in (rules + open_to_all, open_to_all):
            access.write_text(change)
            connection.execute("SELECT pg_reload_conf()")
            if change != open_to_all:
                yield postgres
        for name in ("closed", "ascii", "latin", "homeless", "theirs"):
            postgres.drop(name)
        for role in ("guarded", "unwanted", "stranger", "sleeper"):
            connection.execute(f"DROP ROLE {role}")


def address(server: Postgres, user: str, name: str = "postgres", password: str = "") -> str:
    secret = f":{password}" if password else ""
    return f"psycopg://{user}{secret}@127.0.0.1:{server.port}/{name}"


@pytest.mark.parametrize(
    ("user", "name", "what", "do"),
    [
        ("guarded:" + PASSWORD, "postgres", 'password authentication failed for user "guarded"', "a user and a pass"),
        ("guarded", "postgres", "no password supplied", "a user and a password"),
        ("nobody", "postgres", 'role "nobody" does not exist', "CREATE ROLE"),
        ("sleeper", "postgres", "is not permitted to log in", "CREATE ROLE"),
        ("unwanted", "postgres", "pg_hba.conf rejects", "pg_hba.conf"),
        ("hashkeep", "nothing", 'database "nothing" does not exist', "CREATE DATABASE hashkeep ENCODING 'UTF8'"),
        ("stranger", "closed", 'permission denied for database "closed"', "GRANT CONNECT"),
        ("stranger", "homeless", "permission denied for schema public", "GRANT CREATE"),
        ("hashkeep", "ascii", "the database is of SQL_ASCII", "CREATE DATABASE hashkeep ENCODING 'UTF8'"),
        ("hashkeep", "latin", "the database is of LATIN1", "CREATE DATABASE hashkeep ENCODING 'UTF8'"),
    ],
)
async def test_what_no_waiting_ends_is_said_with_what_to_do(
    guarded: Postgres, tmp_path: Path, user: str, name: str, what: str, do: str
) -> None:
    async def refused() -> WrongDatabase | None:  # the server takes its new rules when it comes to it
        try:
            await database.open_database(address(guarded, user, name), tmp_path)
        except WrongDatabase as error:
            return error
        await database.close_database()
        return None

    said = str(await until(refused, "a refusal"))
    assert said.startswith("DATABASE_URL: ")
    assert what in said
    assert do in said
    assert PASSWORD not in said
    assert "\n" not in said


async def test_an_archive_that_a_user_may_not_read_is_not_taken_for_another_programs(
    postgres: Postgres, guarded: Postgres, tmp_path: Path
) -> None:
    with postgres.database() as url:
        strange = url.replace("hashkeep@", "stranger@", 1)
        for look in (database.open_database, database.schema_of):
            with pytest.raises(WrongDatabase, match=r"permission denied for table tortoise_migrations.*own those"):
                await look(strange, tmp_path)


async def test_a_database_of_another_program_is_left_alone(guarded: Postgres, tmp_path: Path) -> None:
    with guarded.connect("theirs") as connection:
        connection.execute("CREATE TABLE tags (id int)")
    with pytest.raises(WrongDatabase, match=r"DATABASE_URL: .* another program's \(it has tags\)"):
        await database.open_database(address(guarded, "hashkeep", "theirs"), tmp_path)
    with closing(sqlite3.connect(tmp_path / SQLITE_FILE)) as file:
        file.execute("CREATE TABLE recipes (id int)")
    with pytest.raises(WrongDatabase, match=rf"DATA_DIR: {SQLITE_FILE} .* another program's \(it has recipes\)"):
        await database.open_database(database.SQLITE_URL, tmp_path)
    with closing(sqlite3.connect(tmp_path / SQLITE_FILE)) as file:
        assert file.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]


async def test_a_server_that_is_too_old_is_refused(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_entry, "OLDEST", 99)
    with pytest.raises(WrongDatabase, match=r"the server is PostgreSQL \d+\. 99 or newer is needed"):
        await database.open_database(postgres.url(), tmp_path)


@asynccontextmanager
async def a_server_that_says(code: str, words: str) -> AsyncIterator[str]:
    """Its address. It speaks as much of PostgreSQL's protocol as it takes to refuse somebody."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length = int.from_bytes(await reader.readexactly(4), "big")
            request = await reader.readexactly(length - 4)
            if int.from_bytes(request[:4], "big") >> 16 == 3:
                break
            writer.write(b"N")  # neither TLS nor GSS
        fields = f"SFATAL\0VFATAL\0C{code}\0M{words}\0\0".encode()
        writer.write(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        yield f"psycopg://me:{PASSWORD}@127.0.0.1:{server.sockets[0].getsockname()[1]}/archive"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("57P03", "the database system is starting up"),
        ("57P03", "the database system is not yet accepting connections"),
        ("53300", "sorry, too many clients already"),
        ("57P01", 'role "28P01" does not exist: C "28P01"'),
    ],
)
async def test_a_server_that_is_not_ready_is_waited_for(tmp_path: Path, code: str, words: str) -> None:
    async with a_server_that_says(code, words) as url:
        with pytest.raises(StorageUnavailable, match=words.split(":")[0]):
            await database.open_database(url, tmp_path)


async def test_a_refusal_is_known_in_any_language(tmp_path: Path) -> None:
    async with a_server_that_says("28P01", "用户 me 密码认证失败") as url:
        with pytest.raises(WrongDatabase, match="密码认证失败"):
            await database.open_database(url, tmp_path)


async def test_a_server_that_is_away_is_waited_for(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="Connection refused"):
        await database.open_database("psycopg://me@127.0.0.1:1/archive", tmp_path)


def test_commands_that_care_say_so_at_once(
    postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    of = load_settings(
        tmp_path / "no.env",
        data_dir=tmp_path / "data",
        database_url=address(postgres, "hashkeep", "nothing"),
    )
    assert verify_command(of) == WRONG_USAGE
    assert gc_command(of, dry_run=True) == WRONG_USAGE
    assert backup_command(of, tmp_path / "backup") == WRONG_USAGE
    assert export_command(of, 1, "json", tmp_path / "out.json") == WRONG_USAGE
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 4
    assert all(line.startswith("DATABASE_URL: ") for line in said), said
    found = asyncio.run(dict(doctor.CHECKS)["Database"](of))
    assert not found.ok
    assert 'database "nothing" does not exist' in found.what


BLOBS = {
    "BLOB_URL": "s3://bucket/prefix",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "BOT_TOKEN": "7000000001:AAplaygroundplaygroundplaygroundplay",
}


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--no-capture"),
        ("worker",),
        ("migrate-storage", "--to-database", "{url}"),
    ],
)
async def test_the_program_ends_as_with_any_wrong_setting(
    postgres: Postgres, tmp_path: Path, words: tuple[str, ...]
) -> None:
    url = address(postgres, "hashkeep", "nothing", PASSWORD)
    named = {} if "{url}" in words else {"DATABASE_URL": url}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.quick_fleet"), *(word.format(url=url) for word in words),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env=environment(DATA_DIR=str(tmp_path / "data"), CHROMIUM_PATH="/bin/cat", **BLOBS, **named),
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    assert process.returncode == 2, said
    assert "DATABASE_URL: " in said
    assert "CREATE DATABASE" in said
    assert PASSWORD not in said
    assert "Traceback" not in said
