"""Hostile pages and servers against the captures as they run in the product: a row of the table each.

Every attack is captured for real; nothing may touch a canary, the next ordinary page is kept well by the same worker
or its successor, and no process, file or descriptor is left. The slow rows: `pytest -m slow_hostile`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from capture.records import ArtifactKind
from tests.harness import until
from tests.hostile.cases import BY_NAME, CASES, IN_EVERY_RUN
from tests.hostile.cases_fresh import FRESH_REAL
from tests.hostile.cases_ways import REAL_WAYS
from tests.hostile.lane import open_lane
from tests.hostile.names import waited
from tests.hostile.runs import Runs
from tests.kills import GONE_WITHIN_S, below_us

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROWS = [
    pytest.param(case.name, marks=() if case.name in IN_EVERY_RUN else pytest.mark.slow_hostile) for case in CASES
    if case.kind != "escapes"  # test_hostile_copies.py has those
]  # fmt: skip


def _descriptors() -> set[str]:
    """What this process has open, but for the loops' own."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            found.add(os.readlink(f"/proc/self/fd/{number}"))
    return {name for name in found if "eventpoll" not in name and not name.startswith("/proc/")}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Runs]:
    descriptors, below = _descriptors(), below_us()
    async with Runs(request, tmp_path_factory.mktemp("hostile")) as running:
        yield running
    assert not any(lane.canaries.hits for lane in running.lanes)

    async def gone() -> bool:
        return not below_us().keys() - below.keys()

    await until(gone, "the end of every process", GONE_WITHIN_S)
    assert not (left := _descriptors() - descriptors), f"descriptors are left: {left}"


@pytest.mark.parametrize("name", ROWS)
async def test_it_gets_nowhere(runs: Runs, name: str) -> None:
    outcome = await runs.outcome(name)
    case, result = outcome.case, outcome.result
    assert outcome.hits == []
    assert outcome.told in case.outcome
    assert outcome.took_s < case.deadline_s + 15
    assert (outcome.after, outcome.left) == ("ok", [])
    words = outcome.words()
    assert [word for word in case.absent if word in words] == []
    if result is None:
        return
    assert result.denied >= case.denied
    assert case.present in words
    assert case.title is None or case.title(result.title)
    assert not case.picture or result.artifact(ArtifactKind.SCREENSHOT)


async def test_the_ways_are_real(tmp_path: Path) -> None:
    """With everything on loopback allowed the same pages do reach the canaries: what is counted above can happen."""
    async with open_lane(tmp_path, allow="127.0.0.0/8,::1") as lane:
        for name in ("ways-all-at-once", "fresh-ways-at-once"):
            await lane.run(BY_NAME[name], afterwards=False)
        reached = {hit.path.strip("/").partition("/")[0] for hit in lane.canaries.hits}
    expected = {case.name.removeprefix("way-") for case in REAL_WAYS} | set(FRESH_REAL)
    assert expected - {name.removeprefix("way-") for name in reached} == set()


async def test_a_name_is_asked_for_once_in_a_capture(tmp_path: Path) -> None:
    """A name that changes its mind is not asked again, so it cannot lead inside later."""
    rebinds = BY_NAME["names-that-rebind"]
    async with open_lane(tmp_path) as lane:
        outcome = await lane.run(rebinds, afterwards=False)
        await waited(lane.names, "a.rebind.hostile.test")
        assert lane.names.asked.count("a.rebind.hostile.test") == 1
        assert any("/again" in path for _, path in lane.site.asked), "the page did not come back"
        assert outcome.hits == []
