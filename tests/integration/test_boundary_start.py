"""What the start makes of a machine's boundary, and how root gives other users a way to what they need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from capture.pool import WorkerDied
from capture.process_user import USERS, needed_folders
from hashkeep import boundary
from hashkeep.boundary import Boundary, Trial, find_boundary, pool_settings, try_out
from hashkeep.settings import Settings, WrongSettings
from tests.harness import ROOT, environment

AS_ROOT = os.geteuid() == 0


def settings(**more: Any) -> Settings:
    return Settings(_env_file=None, chromium_path=Path("/bin/cat"), **more)


class Machine:
    """A machine as the test wants it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, trial: Trial, starts: bool, root: bool) -> None:
        self._trial, self._starts = trial, starts
        monkeypatch.setattr(boundary, "try_out", self._try_out)
        monkeypatch.setattr(boundary, "examine_browser", self._examine)
        monkeypatch.setattr(boundary, "is_root", lambda: root)

    async def _try_out(self, *_: object) -> Trial:
        return self._trial

    async def _examine(self, *_: object) -> dict[str, Any]:
        if not self._starts:
            raise WorkerDied("browser_start", "no usable sandbox")
        return {}


@pytest.mark.parametrize(
    ("trial", "starts", "root", "mode", "found"),
    [
        (Trial(None, None), True, False, "on", Boundary(True, False)),
        (Trial(None, None), True, True, "on", Boundary(True, True)),
        (Trial(None, "refused"), True, False, "on", Boundary(True, False, helped=True)),
        (Trial(None, "refused"), False, False, "off", Boundary(False, False)),
        (Trial(None, "refused"), False, True, "off", Boundary(False, True)),
        (Trial("no way", "refused"), False, True, "off", Boundary(False, False)),
    ],
)
async def test_what_can_be_had_is_had(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trial: Trial, starts: bool, root: bool, mode: Any, found: Boundary
) -> None:
    Machine(monkeypatch, trial, starts, root)
    assert await find_boundary(settings(capture_sandbox=mode), tmp_path) == found


@pytest.mark.parametrize(
    ("trial", "why"),
    [
        (Trial(None, "the system refuses user namespaces"), "the system refuses user namespaces"),
        (Trial("other users may not read /srv/x", None), "started by root, and other users may not read /srv/x"),
    ],
)
async def test_what_cannot_be_had_stops_the_start_and_says_what_to_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trial: Trial, why: str
) -> None:
    Machine(monkeypatch, trial, starts=False, root=trial.users is not None)
    with pytest.raises(WrongSettings, match="CAPTURE_SANDBOX=off") as stop:
        await find_boundary(settings(), tmp_path)
    assert why in str(stop.value)


def test_the_pool_is_told(tmp_path: Path) -> None:
    plain = pool_settings(settings(), Boundary(True, True), tmp_path, 3)
    assert (plain.sandbox, plain.own_users, plain.locked, plain.workers) == (True, True, True, 3)
    assert (plain.captures_per_worker, plain.memory_bytes) == (50, 1_500_000_000)
    own = pool_settings(
        settings(capture_worker_pages=7, capture_memory_megabytes=400), Boundary(True, True), tmp_path, 1
    )
    assert (own.captures_per_worker, own.memory_bytes) == (7, 400_000_000)
    helped = pool_settings(settings(), Boundary(True, False, helped=True), tmp_path, 1)
    assert (helped.sandbox, helped.own_users, helped.locked) == (True, False, False)


async def test_the_trial_leaves_nothing(tmp_path: Path) -> None:
    trial = await try_out(settings(), tmp_path)
    assert not list(tmp_path.iterdir())
    assert isinstance(trial.namespaces, str | None)
    assert trial.users is None or AS_ROOT


@pytest.mark.skipif(not AS_ROOT, reason="nobody else gives workers users of their own")
def test_the_trial_tells_of_folders_that_others_may_not_read(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    command = [sys.executable, "-P", "-m", "capture.process_probe", json.dumps([str(closed)])]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(), cwd=ROOT)
    assert json.loads(told.stdout)["users"] == f"other users may not read {closed}"


def test_what_a_worker_may_read_holds_no_settings_and_no_data() -> None:
    for path in needed_folders("capture.process_engine", "/usr/lib/chromium/chromium-headless-shell"):
        assert not (Path(path) / ".env.example").exists(), path
        assert not ROOT.is_relative_to(path), path


@pytest.mark.skipif(not AS_ROOT, reason="only root can show other users a way")
def test_a_way_through_a_closed_folder_shows_what_is_needed_and_nothing_else(tmp_path: Path) -> None:
    home = tmp_path / "home"
    inner = home / "a" / "needed" / "deep"
    inner.mkdir(parents=True)
    for path in (tmp_path, home, home / "a", home / "a" / "needed", inner):
        path.chmod(0o755)
    home.chmod(0o700)
    (inner / "file").write_text("read me")
    (home / "secret").write_text("secret")
    (home / "secret").chmod(0o644)
    program = textwrap.dedent(f"""
        import os, sys
        from capture.process_user import become, open_way
        home = {str(home)!r}
        try:
            open_way([home + "/a/needed", home + "/a/needed/deep"])
        except PermissionError:
            sys.exit(77)
        become({USERS[0]})
        print(open(home + "/a/needed/deep/file").read(), sorted(os.listdir(home)), os.getuid(), os.getgroups())
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(), cwd=ROOT, check=False
    )
    if done.returncode == 77:
        pytest.skip("this root may not mount")
    assert done.stdout.strip() == f"read me ['a'] {USERS[0]} []", done.stderr
    assert sorted(path.name for path in home.iterdir()) == ["a", "secret"], "the folder itself was changed"
