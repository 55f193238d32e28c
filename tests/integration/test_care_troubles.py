"""What keeps an archive from being cared for is said with the place that it is about."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hashkeep.care_command import WRONG_USAGE, backup_command, gc_command, verify_command
from hashkeep.settings import Settings, load_settings
from storage.blobs import key
from storage.blobs_folder import FolderBlobs
from storage.saved_sqlite import FILE
from tests.migrated import put_archive
from tests.postgres import Postgres


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
