"""`hashkeep playground` beside a real archive: it is apart from it in everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashkeep import playground
from hashkeep.settings import Settings
from tests.s3 import ACCESS_KEY, SECRET_KEY


async def test_it_touches_neither_the_token_nor_the_bucket_nor_the_database_of_the_real_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = {
        "BOT_TOKEN": "123456789:" + "A" * 35,
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": "psycopg://me:secret@127.0.0.1:1/real",
        "BLOB_URL": "s3://real/archive",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    for name, value in real.items():
        monkeypatch.setenv(name, value)
    seen: list[Settings] = []

    async def run(settings: Settings, _announcement: str) -> int:
        seen.append(settings)
        return 0

    monkeypatch.setattr(playground, "run_until_stopped", run)
    assert await playground.run_playground("127.0.0.1", 0) == 0
    (used,) = seen
    assert used.bot_token is not None
    assert used.bot_token.get_secret_value() != real["BOT_TOKEN"]
    assert (used.bucket, used.database_url) == (None, None)
    assert used.data_dir == tmp_path / "playground" / "archive"
