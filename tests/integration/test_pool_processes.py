"""The worker pool with an engine that misbehaves on request: what is lost, what goes on, and what is left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

from capture.address import AddressRule
from capture.pool import CapturePool, PoolSettings, WorkerDied
from capture.records import CaptureOptions, CaptureRequest, CaptureResult, Verdict
from tests.harness import alive, processes_below, until
from tests.kills import GONE_WITHIN_S, below_us, named

METHODS: list[Literal["spawn", "forkserver", "fork"]] = ["spawn", "forkserver", "fork"]
SITE = "http://127.0.0.1:9"


@asynccontextmanager
async def pool(tmp_path: Path, **changes: Any) -> AsyncIterator[CapturePool]:
    """A pool with the stand-in engine; afterwards nothing of it runs and nothing of it lies around."""
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    settings = {
        "workers": 2, "start_method": "spawn", "scratch_dir": scratch, "rule": AddressRule("127.0.0.1"),
        "engine": "tests.standin_engine", "grace_s": 1.0, "last_grace_s": 8.0, **changes,
    }  # fmt: skip
    async with CapturePool(PoolSettings(**settings)) as running:
        yield running
        below = below_us()
    await nothing_left(below)
    assert not list(scratch.glob("workers-*"))


async def nothing_left(pids: dict[int, str]) -> None:
    async def look() -> bool:
        return not alive(pids)

    await until(look, f"the end of {alive(pids)}", timeout_s=GONE_WITHIN_S)


class Capture:
    """One capture under way."""

    def __init__(
        self, running: CapturePool, folder: Path, what: str, deadline_s: float = 30, begin_by: float | None = None
    ) -> None:
        self.scratch = folder
        self.scratch.mkdir()
        self._below = folder.parent / "scratch"
        self.steps: list[str] = []
        request = CaptureRequest(
            capture_id=folder.name, url=f"{SITE}/{what}", scratch=folder, deadline_s=deadline_s,
            options=CaptureOptions(chromium_path="/bin/cat"), begin_by=begin_by,
        )  # fmt: skip
        self.task = asyncio.create_task(running.capture(request, self.steps.append))

    def lent(self, name: str) -> Path | None:
        """A file in the folder in which the worker works."""
        return next(self._below.glob(f"workers-*/captures/{self.scratch.name}-*/{name}"), None)

    async def pids(self) -> tuple[int, int]:
        """Of its worker and its browser, once it runs."""

        async def look() -> str | None:
            if self.task.done():
                self.task.result()
            path = self.lent("running")
            return path.read_text() if path else None

        worker, browser = json.loads(await until(look, "the capture to run", 15))
        return worker, browser

    def go(self) -> None:
        running = self.lent("running")
        assert running
        running.with_name("go").touch()


class Captures:
    """Starts captures in folders of their own."""

    def __init__(self, running: CapturePool, tmp_path: Path) -> None:
        self._pool = running
        self._folder = tmp_path

    def begin(self, what: str, deadline_s: float = 30, begin_by: float | None = None) -> Capture:
        return Capture(self._pool, self._folder / f"c{len(list(self._folder.iterdir()))}", what, deadline_s, begin_by)

    async def result(self, what: str, deadline_s: float = 30) -> CaptureResult:
        return await self.begin(what, deadline_s).task

    async def death(self, what: str, deadline_s: float = 30) -> str:
        with pytest.raises(WorkerDied) as death:
            await self.result(what, deadline_s)
        return death.value.reason


def pid_of(result: CaptureResult) -> int:
    assert result.title
    return int(result.title)


@pytest.mark.parametrize("method", METHODS)
async def test_a_worker_is_kept_warm_and_says_its_steps(tmp_path: Path, method: str) -> None:
    async with pool(tmp_path, start_method=method, workers=1) as running:
        captures = Captures(running, tmp_path)
        first = captures.begin("ok")
        assert (await first.task).artifacts[0].size_bytes == 5, "the size is the file's, not the worker's word"
        assert first.steps == ["open"]
        assert pid_of(await captures.result("ok")) == pid_of(await first.task)


@pytest.mark.parametrize("method", METHODS)
async def test_what_a_worker_inherits(tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "7000000001:secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    secret = (tmp_path / "hashkeep.sqlite3").open("w")
    os.set_inheritable(secret.fileno(), True)
    async with pool(tmp_path, start_method=method) as running:
        captures = Captures(running, tmp_path)
        other = captures.begin("wait")
        await other.pids()
        asked = captures.begin("inherit")
        await asked.task
        told = json.loads((asked.scratch / "told.json").read_text())
        other.go()
        await other.task
    secret.close()
    assert "secret" not in json.dumps(told["environment"])
    assert {"HOME", "TMPDIR", "PATH"} <= set(told["environment"])
    assert told["environment"]["HOME"].startswith(str(tmp_path / "scratch"))
    assert told["folder"].startswith(str(tmp_path / "scratch"))
    assert not [name for name in told["files"] if name.startswith(str(tmp_path))]
    # Its channel, and the two with which asyncio wakes itself up.
    assert len([name for name in told["files"] if name.startswith("socket:")]) == 3
    assert not [name for name in told["modules"] if name.split(".")[0] in ("bot", "storage", "telegram", "tortoise")]


@pytest.mark.parametrize(
    ("what", "reason", "method"),
    [
        ("hang", "deadline", "fork"),
        ("hog/400", "memory", "spawn"),
        ("crash", "killed", "spawn"),
        ("crash", "killed", "forkserver"),
        ("crash", "killed", "fork"),
        ("raise", "engine", "forkserver"),
        ("lose", "browser", "spawn"),
    ],
)
async def test_a_capture_that_misbehaves_disturbs_no_other(tmp_path: Path, method: str, what: str, reason: str) -> None:
    async with pool(tmp_path, start_method=method, memory_bytes=300_000_000) as running:
        captures = Captures(running, tmp_path)
        other = captures.begin("wait")
        worker, _ = await other.pids()
        assert await captures.death(what, deadline_s=1 if what == "hang" else 20) == reason
        other.go()
        assert pid_of(await other.task) == worker
        assert (await captures.result("ok")).verdict is Verdict.OK


async def test_a_hanging_capture_ends_soon_after_its_deadline(tmp_path: Path) -> None:
    async with pool(tmp_path) as running:
        started = time.monotonic()
        assert await Captures(running, tmp_path).death("hang", deadline_s=1) == "deadline"
        assert time.monotonic() - started < 8


@pytest.mark.parametrize("what", ["brood/3", "swarm/60"])
async def test_processes_that_slip_away_are_ended(tmp_path: Path, what: str) -> None:
    async with pool(tmp_path) as running:
        captures = Captures(running, tmp_path)
        if what.startswith("swarm"):
            assert await captures.death(what) == "processes"
        else:
            await captures.result(what)

        async def look() -> bool:
            return not [1 for command in below_us().values() if "1000" in command]

        await until(look, "the end of what slipped away", timeout_s=GONE_WITHIN_S)


async def test_stray_prints_are_no_messages(tmp_path: Path) -> None:
    async with pool(tmp_path) as running:
        assert (await Captures(running, tmp_path).result("print")).title == "printed"


async def test_a_flood_of_log_lines_is_cut(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with pool(tmp_path) as running:
        assert (await Captures(running, tmp_path).result("flood")).title == "flooded"
    told = [record.getMessage() for record in caplog.records if record.getMessage().startswith("below: ")]
    assert len(told) == 201
    assert "the rest is left out" in told[-1]


async def test_nonsense_on_the_channel_ends_the_worker(tmp_path: Path) -> None:
    async with pool(tmp_path) as running:
        captures = Captures(running, tmp_path)
        assert await captures.death("garble") in ("killed", "confused")
        assert (await captures.result("ok")).verdict is Verdict.OK


@pytest.mark.parametrize("how", ["symlink", "hardlink", "folder", "fifo", "outside", "absolute", "missing"])
async def test_a_file_that_is_none_of_the_captures_own_is_not_believed(tmp_path: Path, how: str) -> None:
    async with pool(tmp_path) as running:
        assert await Captures(running, tmp_path).death(f"forge/{how}") == "confused"


async def test_a_worker_is_replaced_after_its_share_of_captures(tmp_path: Path) -> None:
    async with pool(tmp_path, workers=1, captures_per_worker=2) as running:
        captures = Captures(running, tmp_path)
        pids = [pid_of(await captures.result("ok")) for _ in range(4)]
        assert pids[0] == pids[1] != pids[2] == pids[3]
        await nothing_left({pids[0]: below_us().get(pids[0], "")})


@pytest.mark.parametrize("method", METHODS)
async def test_in_the_place_of_a_replaced_worker_a_warm_one_waits(tmp_path: Path, method: str) -> None:
    async with pool(tmp_path, workers=1, captures_per_worker=1, start_method=method) as running:
        captures = Captures(running, tmp_path)
        first = pid_of(await captures.result("ok"))

        async def look() -> int | None:
            waiting = [pid for pid in named(below_us(), "hashkeep-worker") if pid != first]
            return next((pid for pid in waiting if "/bin/cat" in " ".join(processes_below(pid).values())), None)

        warm = await until(look, "a warm worker", 20)
        assert pid_of(await captures.result("ok")) == warm


async def test_a_worker_is_replaced_after_a_timeout(tmp_path: Path) -> None:
    async with pool(tmp_path, workers=1) as running:
        captures = Captures(running, tmp_path)
        assert pid_of(await captures.result("timeout")) != pid_of(await captures.result("ok"))


@pytest.mark.parametrize("method", METHODS)
async def test_cancelling_ends_the_worker_and_no_other(tmp_path: Path, method: str) -> None:
    async with pool(tmp_path, start_method=method) as running:
        captures = Captures(running, tmp_path)
        one, other = captures.begin("wait"), captures.begin("wait")
        ended, stays = await one.pids(), await other.pids()
        commands = below_us()
        one.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await one.task
        await nothing_left({pid: commands[pid] for pid in ended})
        other.go()
        assert pid_of(await other.task) == stays[0]


async def test_a_supervisor_that_hangs_is_replaced(tmp_path: Path) -> None:
    async with pool(tmp_path, last_grace_s=1.0) as running:
        captures = Captures(running, tmp_path)
        await captures.result("ok")
        below = below_us()
        supervisor = min(pid for pid, command in below.items() if "capture.supervisor" in command)
        os.kill(supervisor, signal.SIGSTOP)
        assert await captures.death("ok", deadline_s=1) == "deadline"
        await nothing_left(below)
        assert (await captures.result("ok")).verdict is Verdict.OK


async def test_a_browser_that_does_not_start_is_said(tmp_path: Path) -> None:
    async with pool(tmp_path) as running:
        folder = tmp_path / "capture"
        folder.mkdir()
        request = CaptureRequest(
            capture_id="1", url=SITE + "/ok", scratch=folder, deadline_s=10,
            options=CaptureOptions(chromium_path="/no/such/browser"),
        )  # fmt: skip
        with pytest.raises(WorkerDied, match="browser_start") as death:
            await running.capture(request)
        assert "/no/such/browser" in death.value.detail


async def test_what_is_not_to_be_begun_any_more_is_not_opened(tmp_path: Path) -> None:
    """All processes of a worker stood still until its lease was over, and go on at the same moment."""
    async with pool(tmp_path) as running:
        captures = Captures(running, tmp_path)
        assert (await captures.result("ok")).verdict is Verdict.OK
        late = captures.begin("ok", begin_by=time.monotonic() - 0.01)
        with pytest.raises(WorkerDied) as death:
            await late.task
        assert (death.value.reason, late.steps) == ("late", [])
        in_time = captures.begin("ok", begin_by=time.monotonic() + 30)
        assert (await in_time.task).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("url", "code"),
    [("file:///etc/passwd", "bad_address"), ("http://10.0.0.1/", "private_address"), ("nonsense", "bad_address")],
)
async def test_what_cannot_be_opened_is_answered_without_a_worker(tmp_path: Path, url: str, code: str) -> None:
    async with pool(tmp_path) as running:
        request = CaptureRequest(
            capture_id="1", url=url, scratch=tmp_path, deadline_s=5, options=CaptureOptions(chromium_path="/bin/cat")
        )
        answer = await running.capture(request)
        assert answer.verdict is Verdict.REFUSED
        assert answer.error
        assert answer.error.code == code
        assert not [1 for command in below_us().values() if "capture.supervisor" in command]


async def test_the_proxy_says_why_a_page_could_not_be_fetched(tmp_path: Path) -> None:
    async with pool(tmp_path) as running:
        captures = Captures(running, tmp_path)
        inside = await captures.result("fetch?http://127.0.0.2:9/")
        gone = await captures.result("fetch?http://nothing.invalid/")
        closed = await captures.result("fetch?http://127.0.0.1:9/")
    assert inside.error
    assert gone.error
    assert closed.error
    assert (inside.verdict, inside.error.code, inside.denied) == (Verdict.REFUSED, "private_address", 1)
    assert (gone.verdict, gone.error.code) == (Verdict.UNREACHABLE, "no_such_host")
    assert (closed.verdict, closed.error.code) == (Verdict.UNREACHABLE, "connection_refused")
