"""A fixed Chinese and English set: everything that is right is found, and hardly anything else."""

from __future__ import annotations

import pytest

from bench.quality import judge


@pytest.mark.usefixtures("opened")
async def test_recall_and_precision() -> None:
    judged = await judge()
    assert {one.query: one.recall for one in judged if one.recall < 1} == {}
    # Without a dictionary 西南京郊 holds 南京.
    assert {one.query for one in judged if one.precision < 1} == {"南京"}
