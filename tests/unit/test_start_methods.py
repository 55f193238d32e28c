"""CAPTURE_START_METHOD: three names, each with a reason that `doctor` gives; any other value stops the start."""

from __future__ import annotations

import os
import resource
import threading
from pathlib import Path

import pytest

from capture.process_control import ENOUGH_DESCRIPTORS, raise_descriptor_limit
from capture.process_start import Fork, WorkerPlan
from hashkeep.doctor import CHECKS
from hashkeep.settings import Settings, WrongSettings, load_settings


@pytest.mark.parametrize(
    ("method", "why"),
    [("spawn", "inherits nothing"), ("forkserver", "clean server process"), ("fork", "single-threaded supervisor")],
)
async def test_doctor_names_the_method_and_why_it_is_sound(method: str, why: str) -> None:
    finding = await dict(CHECKS)["Workers"](Settings(_env_file=None, capture_start_method=method))
    assert finding.ok
    assert f"started by {method}" in finding.what
    assert why in finding.what


def test_another_value_stops_the_start_with_the_three_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAPTURE_START_METHOD", "thread")
    with pytest.raises(WrongSettings) as stop:
        load_settings(tmp_path / "none")
    for name in ("CAPTURE_START_METHOD", "spawn", "forkserver", "fork"):
        assert name in str(stop.value)


def test_a_process_with_a_second_thread_is_not_forked() -> None:
    go = threading.Event()
    other = threading.Thread(target=go.wait)
    other.start()
    here = os.getpid()
    try:
        with pytest.raises(OSError, match="more than one thread"):
            Fork().start(WorkerPlan("/tmp", "none", None, True), None)  # type: ignore[arg-type]
        assert os.getpid() == here
    finally:
        go.set()
        other.join()


def test_the_limit_of_descriptors_is_raised_as_far_as_is_allowed() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = ENOUGH_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, allowed), hard))
    try:
        raise_descriptor_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == allowed
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
