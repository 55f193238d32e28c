"""What a fleet's commands need is said by name, before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashkeep.settings import WrongSettings, load_settings
from hashkeep.worker_command import check_fleet

DATABASE = {"DATABASE_URL": "psycopg://me:secret-word@db.example/hashkeep"}
BUCKET = {"BLOB_URL": "s3://bucket/prefix", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.mark.parametrize(
    ("given", "missing"),
    [({}, ["DATABASE_URL", "BLOB_URL"]), (DATABASE, ["BLOB_URL"]), (BUCKET, ["DATABASE_URL"]), (DATABASE | BUCKET, [])],
)
@pytest.mark.parametrize("command", ["hashkeep worker", "hashkeep run --no-capture"])
def test_what_is_missing_is_named(
    given: dict[str, str], missing: list[str], command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(tmp_path / "no.env")
    if not missing:
        check_fleet(settings, command)
        return
    with pytest.raises(WrongSettings) as error:
        check_fleet(settings, command)
    lines = str(error.value).splitlines()
    assert [line.split(":")[0] for line in lines] == missing
    assert all(f"{command} needs it: write" in line for line in lines)
