"""What keeps an archive from being cared for is said with the place that it is about."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hashkeep.care_command import FOUND, WRONG_USAGE, backup_command, gc_command, restore_command, verify_command
from hashkeep.migrate_command import migrate_command
from hashkeep.opening import opened
from hashkeep.readiness import Readiness
from hashkeep.settings import Settings, WrongSettings, load_settings
from hashkeep.transfer_command import export_command, import_command
from storage.blobs import BlobsAway, key
from storage.blobs_bucket import BucketBlobs
from storage.blobs_folder import FolderBlobs
from storage.saved_sqlite import FILE
from tests.harness import until
from tests.integration.blob_places import bucket_of
from tests.migrated import put_archive
from tests.postgres import Postgres
from tests.s3 import S3Server


@pytest.fixture(autouse=True)
def _own_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def settings(folder: Path, **more: Any) -> Settings:
    return load_settings(folder / "no.env", data_dir=folder / "data", **more)


@pytest.mark.parametrize("damage", ["garbage", "torn"])
def test_a_damaged_database_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str) -> None:
    put_archive(tmp_path / "data")
    file = tmp_path / "data" / FILE
    whole = file.read_bytes()
    file.write_bytes(b"no database" * 1000 if damage == "garbage" else whole[: len(whole) // 2])
    of = settings(tmp_path)
    assert (verify_command(of), gc_command(of, dry_run=True), backup_command(of, tmp_path / "backup")) == (1, 1, 1)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3
    assert all(line.startswith(str(file)) for line in said), said


def test_where_no_archive_is_none_is_made(
    tmp_path: Path, postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres.create("nothing")
    try:
        for of in (settings(tmp_path), settings(tmp_path, database_url=url)):
            assert verify_command(of) == WRONG_USAGE
            assert gc_command(of, dry_run=False) == WRONG_USAGE
        with postgres.connect("nothing") as connection:
            assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    finally:
        postgres.drop("nothing")
    assert not (tmp_path / "data" / FILE).exists()
    said = capsys.readouterr().err.splitlines()
    assert (
        said
        == [f"There is no archive in {tmp_path / 'data'}."] * 2
        + ["There is no archive in the database that DATABASE_URL names."] * 2
    )


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("text")
    ref = await FolderBlobs(tmp_path / "other").put_file(file)
    (tmp_path / "blobs" / key(ref.sha256) / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match=f"^{tmp_path / 'blobs'}: "):
        await FolderBlobs(tmp_path / "blobs").put_file(file)


def damage(folder: Path, how: str) -> None:
    """What becomes of a data folder."""
    file = folder / FILE
    if how == "is a file":
        shutil.rmtree(folder)
        folder.write_text("")
    elif how == "blobs is a file":
        (folder / "blobs").write_text("")
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "of another program":
        file.unlink()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE recipes (id int)")
    elif how == "garbage":
        file.write_bytes(b"no database" * 1000)


@pytest.mark.parametrize(
    ("how", "status", "names"),
    [
        ("is a file", WRONG_USAGE, "DATA_DIR: {data} "),
        ("blobs is a file", FOUND, "{data}/blobs cannot be the folder of files"),
        ("empty", WRONG_USAGE, "There is no archive in {data}"),
        ("of another program", WRONG_USAGE, "DATA_DIR: hashkeep.sqlite3 in it is another program's"),
    ],
)
def test_a_place_that_is_no_archive_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str, status: int, names: str
) -> None:
    put_archive(tmp_path / "data")
    damage(tmp_path / "data", how)
    of = settings(tmp_path)
    assert (verify_command(of), gc_command(of, dry_run=True)) == (status, status)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert all(line.startswith(names.format(data=tmp_path / "data")) for line in said), said
    assert backup_command(of, tmp_path / "backup") == status
    assert str(tmp_path / "data") in capsys.readouterr().err
    assert status == FOUND or not (tmp_path / "backup").exists()


@pytest.mark.parametrize("how", ["garbage", "of another program", "empty", "is a file", "blobs is a file"])
def test_no_move_begins_at_such_a_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    put_archive(tmp_path / "data")
    damage(tmp_path / "data", how)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    try:
        status = migrate_command(None, None, "new", "new/blobs")
    except WrongSettings as error:
        status, said = WRONG_USAGE, str(error)
    else:
        said = capsys.readouterr().err
    assert status in (FOUND, WRONG_USAGE)
    assert str(tmp_path / "data") in said
    assert not (tmp_path / "new" / FILE).exists()


def test_what_is_meant_as_an_address_is_no_folder() -> None:
    with pytest.raises(WrongSettings, match="--to-blobs: an address begins like"):
        migrate_command(None, None, None, "s3:/bucket/prefix")
    with pytest.raises(WrongSettings, match="--from-database: an address begins like"):
        migrate_command("psycopg:me@host/name", None, None, None)


@pytest.mark.parametrize("words", ["export", "import"])
def test_a_damaged_database_is_named_to_whoever_takes_links_out_or_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    put_archive(tmp_path / "data")
    damage(tmp_path / "data", "garbage")
    (tmp_path / "list.txt").write_text("https://example.org/")
    if words == "export":
        status = export_command(settings(tmp_path), 5, "json", tmp_path / "out.json")
    else:
        status = import_command(settings(tmp_path), tmp_path / "list.txt", 5, False, None)
    assert status == FOUND
    assert capsys.readouterr().err == f"{tmp_path / 'data' / FILE}: file is not a database\n"


@pytest.mark.parametrize("how", ["garbage", "blobs is a file"])
async def test_a_bot_does_not_start_on_such_a_place(tmp_path: Path, how: str) -> None:
    put_archive(tmp_path / "data")
    damage(tmp_path / "data", how)
    with pytest.raises(WrongSettings, match=f"^DATA_DIR: {tmp_path / 'data'}/"):
        async with opened(settings(tmp_path), asyncio.Event(), Readiness()):
            pass


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ("[]", "holds no (whole) backup"),
        ('{"form', "holds no (whole) backup"),
        ('{"format": 99}', "is of a newer Hashkeep"),
        ('{"format": 1, "database": ["sqlite"]}', "is of ['sqlite']"),
        ('{"format": 1}', "holds no archive"),
    ],
)
def test_half_a_backup_is_not_restored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], manifest: str, says: str
) -> None:
    backup = tmp_path / "backup"
    backup.mkdir()
    (backup / "backup.json").write_text(manifest)
    (backup / FILE).write_bytes(b"")
    assert restore_command(settings(tmp_path), backup) == WRONG_USAGE
    said = capsys.readouterr().err
    assert says in said
    assert str(backup) in said
    assert not (tmp_path / "data" / FILE).exists()


async def test_a_bucket_that_cannot_be_used_is_named_with_what_to_see_to(s3: S3Server) -> None:
    right = bucket_of(s3.environment_for("troubles"))
    with pytest.raises(BlobsAway, match=r"^BLOB_URL: s3://.*: the key is not let in \(403\).*AWS_SECRET_ACCESS_KEY"):
        await BucketBlobs(replace(right, secret_access_key="wrong")).answers()
    with pytest.raises(BlobsAway, match=r"^BLOB_URL: s3://no-such-bucket.*: there is no such bucket"):
        await BucketBlobs(replace(right, name="no-such-bucket")).answers()
    with pytest.raises(BlobsAway, match=r"^BLOB_URL: s3://.* at http://127.0.0.1:1: "):
        await BucketBlobs(replace(right, endpoint="http://127.0.0.1:1")).answers()


def test_tables_that_only_look_like_ours_are_not_backed_up(
    postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres.create("lookalike")
    try:
        with postgres.connect("lookalike") as connection:
            for name in ("archives", "artifacts", "settings"):
                connection.execute(f"CREATE TABLE {name} (id int)".encode())
        assert backup_command(settings(tmp_path, database_url=url), tmp_path / "backup") == WRONG_USAGE
    finally:
        postgres.drop("lookalike")
    assert capsys.readouterr().err == "There is no archive in the database that DATABASE_URL names.\n"


async def test_a_start_with_a_bucket_that_cannot_be_used_says_so_at_once_and_goes_on(
    s3: S3Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = {name.lower(): value for name, value in s3.environment_for("troubles").items()}
    wrong = settings(tmp_path, **{**given, "blob_url": "s3://no-such-bucket/prefix"})

    async def said() -> bool:
        return "BLOB_URL: s3://no-such-bucket" in caplog.text and "Messages are taken in" in caplog.text

    async with opened(wrong, asyncio.Event(), Readiness()) as blobs:
        assert blobs is not None
        await until(said, "the word about the bucket")
