"""The offline copy of a hostile page, opened by a browser without any boundary of ours: no request, nothing runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from capture.records import ArtifactKind
from tests.hostile.cases import IN_EVERY_RUN
from tests.hostile.cases_escapes import ESCAPES
from tests.hostile.copies import opened, plain_browser
from tests.hostile.lane import Outcome
from tests.hostile.runs import Runs

pytestmark = pytest.mark.asyncio(loop_scope="module")

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
ROWS = [
    pytest.param(case.name, marks=() if case.name in IN_EVERY_RUN else pytest.mark.slow_hostile) for case in ESCAPES
]
_EXPECTED = {"escape-handlers": "A hostile page", "escape-xhtml": "words", "escape-srcdoc": "words"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Runs]:
    async with Runs(request, tmp_path_factory.mktemp("escapes"), afterwards=False) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with plain_browser() as running:
        yield running


def _copy(outcome: Outcome) -> Path:
    assert outcome.result, outcome.told
    html = outcome.result.artifact(ArtifactKind.HTML) or outcome.result.artifact(ArtifactKind.ORIGINAL)
    assert html, f"{outcome.told}: {outcome.result.notes}"
    return outcome.folder / html.path


@pytest.mark.parametrize("name", ROWS)
async def test_the_copy_asks_for_nothing_and_runs_nothing(runs: Runs, browser: Browser, name: str) -> None:
    outcome = await runs.outcome(name)
    assert outcome.told in outcome.case.outcome
    assert not outcome.hits
    file = _copy(outcome)
    if file.suffix != ".html":
        pytest.skip("it was kept as a file, which is never shown")
    # The policy in the file is the second lock. Without it the copy must be as quiet.
    bare = file.with_name("without-policy.html")
    text, count = _POLICY.subn("", file.read_text("utf-8"), count=1)
    assert count == 1
    bare.write_text(text, "utf-8")
    copy, unlocked = await asyncio.gather(opened(browser, file), opened(browser, bare))
    assert (copy.asked, copy.ran, unlocked.asked, unlocked.ran) == ([], [], [], [])
    assert _EXPECTED.get(name, "") in copy.text


async def test_the_watcher_sees_requests_and_scripts(browser: Browser, tmp_path: Path) -> None:
    """What finds nothing above does find what is there."""
    for number, (attack, asks) in enumerate({
        "<img src='http://127.0.0.2:9/x'>": True, "<svg><style><img src=http://127.0.0.2:9/x></style></svg>": True,
        "<img src=x: onerror='top.x = 1'>": False, "<script>top.y = 2</script>": False,
        "<iframe srcdoc='<script>top.z = 3</script>'></iframe>": False, "<body onload='alert(1)'>": False,
        "<meta http-equiv=refresh content='0;url=http://127.0.0.2:9/x'>": True,
        "<iframe src='javascript:alert(1)'></iframe>": False,
        "<link rel=preload as=image href='http://127.0.0.2:9/x'>": True,
    }.items()):  # fmt: skip
        file = tmp_path / f"{number}.html"
        file.write_text(f"<!doctype html><title>x</title>{attack}", "utf-8")
        seen = await opened(browser, file)
        assert seen.asked if asks else seen.ran, attack
