"""The browser, its driver or the worker stops answering: the deadline holds, and what was there by then is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.address import AddressRule
from capture.pool import CapturePool, PoolSettings, WorkerDied
from capture.records import CaptureOptions, CaptureRequest, CaptureResult, Verdict
from hashkeep.chromium import find_chromium
from hashkeep.settings import Settings
from tests.hanging_engine import address, parts
from tests.harness import Site, running_site
from tests.kills import below_us

DEADLINE_S = 9.0


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


class Hanging:
    """A pool in which a part stops when the capture comes to a step."""

    def __init__(self, pool: CapturePool, folder: Path, site: Site) -> None:
        self._pool = pool
        self._folder = folder
        self._site = site
        self._chromium = str(find_chromium(Settings(_env_file=None)))
        self.stopped: list[int] = []

    async def take(self, name: str, who: str = "", step: str = "") -> CaptureResult:
        folder = self._folder / name
        folder.mkdir()

        def progress(now: str) -> None:
            if now == step and not self.stopped:
                self.stopped = parts(who, below_us())

        url = address(self._site.page(f"/{name}", f"Page {name}"), who, step)
        options = CaptureOptions(chromium_path=self._chromium)
        request = CaptureRequest(capture_id=name, url=url, scratch=folder, deadline_s=DEADLINE_S, options=options)
        return await self._pool.capture(request, progress)


def settings(folder: Path, grace_s: float = PoolSettings.grace_s) -> PoolSettings:
    (folder / "scratch").mkdir()
    return PoolSettings(
        1, "spawn", folder / "scratch", AddressRule("127.0.0.1"), engine="tests.hanging_engine", grace_s=grace_s
    )


async def hang(tmp_path: Path, site: Site, who: str, step: str) -> CaptureResult:
    """A capture during which that part stops at that step; then another one, which knows nothing of it."""
    async with CapturePool(settings(tmp_path)) as pool:
        hanging = Hanging(pool, tmp_path, site)
        await hanging.take("before")  # imports and caches are there afterwards
        result = await hanging.take("hung", who, step)
        assert hanging.stopped
        after = await hanging.take("after")
        if after.verdict is Verdict.CRASHED and not result.notes:
            # It stopped when nobody needed it any more: the next one finds it so, and the queue tries that one again.
            after = await hanging.take("after-again")
        assert after.verdict is Verdict.OK
        assert (after.title or "").startswith("Page after")
        assert not [pid for pid in hanging.stopped if pid in below_us()], "what hung is still there"
    return result


@pytest.mark.parametrize("who", ["node driver", "all of chromium"])
async def test_what_was_there_before_the_picture_is_kept(tmp_path: Path, site: Site, who: str) -> None:
    result = await hang(tmp_path, site, who, "read")
    assert result.verdict in (Verdict.OK, Verdict.TIMEOUT)
    kinds = {artifact.kind.value for artifact in result.artifacts}
    assert {"html", "text"} <= kinds, result.notes
    assert result.title == "Page hung"
    # What hangs may be needed no more by then; else a note says what is missing.
    assert "screenshot" in kinds or {"screenshot_timeout", "read_timeout", "close_timeout"} & set(result.notes)


async def test_with_the_picture_taken_nothing_is_missing_but_a_note_says_it(tmp_path: Path, site: Site) -> None:
    result = await hang(tmp_path, site, "node driver", "stop_recording")
    assert {"screenshot", "html", "text"} <= {artifact.kind.value for artifact in result.artifacts}
    assert "close_timeout" in result.notes


async def test_a_worker_that_stops_is_ended_after_the_deadline(tmp_path: Path, site: Site) -> None:
    async with CapturePool(settings(tmp_path, grace_s=1.0)) as pool:
        hanging = Hanging(pool, tmp_path, site)
        with pytest.raises(WorkerDied) as death:
            await hanging.take("hung", "worker", "settle")
        assert death.value.reason == "deadline"
        assert (await hanging.take("after")).verdict is Verdict.OK
