"""/metrics and /readyz answer in time, whatever the database does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx
import pytest
import pytest_asyncio

from hashkeep import metrics, web
from hashkeep.readiness import Readiness
from storage.database import StorageUnavailable

Question = Callable[[], Coroutine[Any, Any, Any]]


@pytest_asyncio.fixture
async def frozen() -> AsyncIterator[Question]:
    """A question to a database that is frozen: whoever cancels it waits for an answer to that."""
    thaw = asyncio.Event()

    async def ask() -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            await thaw.wait()

    yield ask
    thaw.set()


async def away() -> Any:
    raise StorageUnavailable("no server")


async def well() -> bool:
    return True


async def asked(path: str, database: Question = well) -> httpx.Response:
    readiness = Readiness()
    readiness.looks = {"database": database, "files": well}
    app = web.make_app(readiness, None, with_metrics=True)
    began = time.monotonic()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hashkeep") as client:
        answer = await client.get(path)
    assert time.monotonic() - began < 8, "Prometheus gives up after ten seconds"
    return answer


@pytest.mark.parametrize("how", ["frozen", "away"])
async def test_figures_of_this_process_are_there_without_the_database(
    opened: object, frozen: Question, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    answer = await asked("/metrics")
    assert "hashkeep_archives 0.0" in answer.text
    assert "hashkeep_database_answers 1.0" in answer.text
    monkeypatch.setattr(metrics, "numbers", frozen if how == "frozen" else away)
    answer = await asked("/metrics")
    assert answer.status_code == 200
    assert "hashkeep_database_answers 0.0" in answer.text
    assert "hashkeep_processes" in answer.text
    assert "hashkeep_archives" not in answer.text


async def test_readiness_does_not_wait_for_a_frozen_database(frozen: Question) -> None:
    answer = await asked("/readyz", frozen)
    assert (answer.status_code, answer.json()) == (503, {"database": False, "files": True})
    assert (await asked("/readyz")).status_code == 200
