"""The way back from an import: what it made goes again, and nothing else."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import archive, deeds, search, tags, transfers, transfers_undoing, undoing
from tests.integration.storage_factories import CHAT, counters_are_right, message, scalar
from tests.integration.test_storage_transfers import bring_in

LIVING = "SELECT count(*) FROM links WHERE deleted_at IS NULL"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    links = [{"url": f"https://old.example/{n}", "title": f"Old page {n}", "tags": ["old"]} for n in range(250)]
    path = tmp_path / "links.json"
    path.write_text(json.dumps({"format": "hashkeep", "version": 1, "links": links}))
    return path


async def test_what_an_import_made_goes_again_but_not_what_was_there_or_was_posted_since(
    opened: Path, file: Path
) -> None:
    await archive.take_in(message(1, "https://old.example/7", "https://own.example/", tags=("mine",)))
    done, _ = await bring_in(opened, file, CHAT, capture=False)
    await archive.take_in(message(2, "https://old.example/8"))
    assert await scalar(LIVING) == 251
    deed_id = await transfers_undoing.offer(done.transfer_id)
    assert deed_id
    assert await transfers_undoing.offer(done.transfer_id) == deed_id, "it is offered once"
    (latest, *_) = await deeds.latest(CHAT)
    assert (latest.deed_id, latest.kind, latest.said, latest.person_id) == (deed_id, "import", ["249"], 77)
    assert await undoing.undo(CHAT, deed_id) == "undone"
    assert await undoing.undo(CHAT, deed_id) == "already"
    page = await search.search(CHAT, "old")
    assert {row.url for row in page.rows if row.host == "old.example"} == {
        "https://old.example/7",
        "https://old.example/8",
    }
    assert await scalar(LIVING) == 3
    assert (await tags.links_with_tags(CHAT, ["old"])).total == 2
    assert await counters_are_right()


async def test_an_import_that_made_nothing_has_no_way_back(opened: Path, file: Path) -> None:
    await bring_in(opened, file, CHAT, capture=False)
    again, _ = await bring_in(opened, file, CHAT, capture=False)
    assert await transfers_undoing.offer(again.transfer_id) is None
    assert await transfers_undoing.offer(999) is None
    assert (await transfers.find(again.transfer_id)).payload["new"] == 0  # type: ignore[union-attr]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=20))
def test_ranges_hold_the_numbers_of_the_import_and_no_others(steps: list[tuple[int, int]]) -> None:
    last, ranges, ours = 0, [], set()
    for others, own in steps:
        last += others
        ours |= set(range(last + 1, last + own + 1))
        ranges = transfers_undoing.with_numbers(ranges, last, last + own)
        last += own
    assert {n for first, end in ranges for n in range(first, end + 1)} == ours
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(ranges))
