"""What integration tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from storage import clock, database
from tests.integration.storage_factories import Clock


@pytest.fixture(params=["sqlite://"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Every database that the storage tests run on."""
    return str(request.param)


@pytest_asyncio.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[Path]:
    """An empty archive, open for the time of a test; gives its data folder."""
    await database.open_database(database_url, tmp_path)
    try:
        yield tmp_path
    finally:
        await database.close_database()


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Storage's clock, to be moved by the test."""
    hand = Clock()
    monkeypatch.setattr(clock, "now", hand)
    return hand
