"""One short round of tests/chaos.py; `make chaos` runs twenty long ones."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos import BLOWS, one_round
from tests.postgres import Postgres, running_postgres
from tests.s3 import S3Server, running_s3

pytestmark = pytest.mark.asyncio(loop_scope="session")
SEED, LINKS = 7, 60


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Postgres, S3Server]]:
    """Of this module's own: they are killed."""
    with running_postgres(durable=True) as postgres, running_s3() as s3:
        yield postgres, s3


async def test_whatever_is_killed_or_sleeps_nothing_is_lost_and_nothing_comes_twice(
    servers: tuple[Postgres, S3Server],
) -> None:
    with tempfile.TemporaryDirectory(prefix="hashkeep-chaos-") as name:
        os.chmod(name, 0o711)  # pytest's own folder is closed to the users that captures run as
        outcome = await one_round(*servers, Path(name) / "round", SEED, LINKS, blows=len(BLOWS))
    assert set(outcome.blows) == set(BLOWS)
    assert outcome.delivered_again, "nothing was struck while updates came in"
    assert not outcome.faults, "\n".join(outcome.faults)
