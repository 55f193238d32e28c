"""Indexes are over columns: SQLite makes one over a word as well, which helps nobody and warns nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.transactions import in_transaction

from storage import database
from tests.integration.storage_factories import only_sqlite

BROKEN = {
    "idx_links_archive_c81bef": 'CREATE INDEX "idx_links_archive_8d918d" ON "links" ("archive", "final_key")',
    "idx_captures_link_id_73fb8d": 'CREATE INDEX "idx_captures_link_926ba9" ON "captures" ("link", "state")',
    "idx_captures_state_945dd7": 'CREATE INDEX "idx_captures_state_c0b42d" ON "captures" ("state", "archive", "id")',
    "idx_card_links_link_id_322279": 'CREATE INDEX "idx_card_links_link_472db1" ON "card_links" ("link")',
    "idx_card_links_capture_e2e499": 'CREATE INDEX "idx_card_links_capture_318fc6" ON "card_links" ("capture")',
    "idx_tags_archive_ef802f": 'CREATE INDEX "idx_tags_archive_7c286a" ON "tags" ("archive", "count")',
    "idx_link_tags_link_id_1f0786": 'CREATE INDEX "idx_link_tags_link_e6d727" ON "link_tags" ("link")',
}
"""What the first archives have, by the names of what they should have."""


async def indexes() -> dict[str, list[str | None]]:
    """The columns of each index; None for what is none."""
    found = await database.rows("SELECT name FROM sqlite_master WHERE type = 'index'")
    return {
        str(row["name"]): [part["name"] for part in await database.rows(f'PRAGMA index_info("{row["name"]}")')]
        for row in found
    }


async def plan(sql: str) -> str:
    return " ".join(str(row["detail"]) for row in await database.rows(f"EXPLAIN QUERY PLAN {sql}"))


@only_sqlite
@pytest.mark.usefixtures("opened")
async def test_every_index_is_over_columns() -> None:
    found = await indexes()
    assert {name: columns for name, columns in found.items() if None in columns} == {}
    assert found["links_living"] == ["archive_id", "id"]
    for table in ("captures", "link_tags", "card_links", "shares"):
        assert "USING" in await plan(f"SELECT id FROM {table} WHERE link_id IN (1, 2, 3)"), table


async def test_the_indexes_of_the_first_archives_are_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await database.open_database("sqlite://", tmp_path)
    fresh = await indexes()
    await database.close_database()
    (tmp_path / "hashkeep.sqlite3").unlink()
    migrate = MigrationExecutor.migrate

    async def as_the_first_did(self: MigrationExecutor, **keywords: Any) -> None:
        await migrate(self, [MigrationTarget(app_label="storage", name="0002_search")], **keywords)

    with monkeypatch.context() as then:
        then.setattr(MigrationExecutor, "migrate", as_the_first_did)
        await database.open_database("sqlite://", tmp_path)
    for name, broken in BROKEN.items():
        async with in_transaction("default") as connection:
            await connection.execute_query(f'DROP INDEX "{name}"')
            await connection.execute_query(broken)
    await database.close_database()
    await database.open_database("sqlite://", tmp_path)
    assert await indexes() == fresh
    await database.close_database()
