"""Hostile pages and servers against the captures as they run in the product: a row of the table each.

Every attack is captured for real; nothing may touch a canary, the next ordinary page is kept well by the same worker
or its successor, and no process, file or descriptor is left. The slow rows: `pytest -m slow_hostile`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from capture.records import ArtifactKind
from tests.harness import processes_below, until
from tests.hostile.case import Case
from tests.hostile.cases import CASES
from tests.hostile.lane import open_lane
from tests.hostile.names import waited
from tests.hostile.runs import Runs
from tests.hostile.server import html

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROWS = [
    pytest.param(case.name, marks=pytest.mark.slow_hostile if case.slow else ()) for case in CASES
    if case.kind != "escapes"  # test_hostile_copies.py has those
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Runs]:
    descriptors, below = len(os.listdir("/proc/self/fd")), processes_below(os.getpid())
    async with Runs(request, tmp_path_factory.mktemp("hostile")) as running:
        yield running
    assert not any(lane.canaries.hits for lane in running.lanes)

    async def gone() -> bool:
        return not processes_below(os.getpid()).keys() - below.keys()

    await until(gone, "the end of every process", 5)
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 2, "descriptors are left"


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
    real = [case for case in CASES if case.kind == "ways" and case.real and case.name not in _NOT_IN_A_FRAME]
    frames = "".join(f'<iframe src="/{case.name}/"></iframe>' for case in real)
    everything = Case("all-at-once", "control", html(frames), deadline_s=20)
    async with open_lane([*real, everything], tmp_path, allow="127.0.0.0/8,::1") as lane:
        await lane.run(everything)
        reached = {hit.path.strip("/") for hit in lane.canaries.hits}
    assert {case.name.removeprefix("way-") for case in real} - {name.removeprefix("way-") for name in reached} == set()


_NOT_IN_A_FRAME = {"way-own-devtools", "way-ports"}


async def test_a_name_is_asked_for_once_in_a_capture(tmp_path: Path) -> None:
    """A name that changes its mind is not asked again, so it cannot lead inside later."""
    rebinds = next(case for case in CASES if case.name == "names-that-rebind")
    async with open_lane([rebinds], tmp_path) as lane:
        outcome = await lane.run(rebinds)
        await waited(lane.names, "a.rebind.hostile.test")
        assert lane.names.asked.count("a.rebind.hostile.test") == 1
        assert any("/again" in path for _, path in lane.site.asked), "the page did not come back"
        assert outcome.hits == []
