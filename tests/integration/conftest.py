"""What integration tests share."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from storage import clock, database
from tests.hostile import summary
from tests.integration.blob_places import BucketPlace, FolderPlace, Place
from tests.integration.storage_factories import Clock
from tests.migrated import put_archive
from tests.s3 import S3Server, running_s3


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty SQLite database of today's schema: migrating once is enough."""
    folder = tmp_path_factory.mktemp("archives") / "migrated"
    put_archive(folder)
    return folder


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database of the test's own, of each kind that storage runs on.

    SQLite's lies in the test's folder.
    """
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("migrated"), tmp_path, dirs_exist_ok=True)
        yield database.SQLITE_URL
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url


@pytest_asyncio.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[Path]:
    """An empty archive, open for the time of a test; gives its data folder."""
    await database.open_database(database_url, tmp_path)
    try:
        yield tmp_path
    finally:
        await database.close_database()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An S3 server; whoever uses it takes a prefix of its own, and leaves it running."""
    with running_s3() as server:
        yield server


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place for blobs, of each kind there is."""
    if request.param == "folder":
        return FolderPlace(tmp_path / "blobs")
    return BucketPlace(request.getfixturevalue("s3"))


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Storage's clocks, to be moved by the test: time passes, it does not jump."""
    hand = Clock()
    monkeypatch.setattr(clock, "now", hand)
    monkeypatch.setattr(clock, "steady", hand)
    return hand


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the hostile pages and servers came to."""
    if lines := summary.lines():
        terminalreporter.section("hostile")
        for line in lines:
            terminalreporter.write_line(line)
