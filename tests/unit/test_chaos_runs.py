"""What tests/chaos_runs.py takes for two runs of a capture at the same time, and what it lets pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos_runs import AWAKE_S, LEASE_S, Pause, Runs

ONE, TWO = 11, 22


def journal(folder: Path, **runs: tuple[float, ...]) -> Runs:
    """The lines of capture 7 by process (`p11=(…)`)."""
    for name, times in runs.items():
        pid = name.removeprefix("p")
        (folder / pid).write_text("".join(f"{time:.4f} 7 {pid}\n" for time in times))
    return Runs(folder)


def asleep(began: float, ended: float, *pids: int) -> list[Pause]:
    return [Pause(frozenset(pids), began, ended)]


def test_one_after_the_other_is_no_fault_but_counted(tmp_path: Path) -> None:
    runs = journal(tmp_path, p11=(1.0, 1.1), p22=(1.1, 1.2))
    assert runs.again == 1
    assert runs.together([]) == ([], 0.0)


@pytest.mark.parametrize("pauses", [[], asleep(0.5, 20.0, TWO), asleep(0.9, 1.5, ONE)])
def test_two_at_once_are_a_fault_also_where_the_wrong_one_or_too_short_a_pause_was(
    tmp_path: Path, pauses: list[Pause]
) -> None:
    found, _ = journal(tmp_path, p11=(1.0, 1.1, 1.3), p22=(1.2, 1.3)).together(pauses)
    assert len(found) == 1


def test_who_slept_through_the_lease_may_need_a_moment_to_find_out(tmp_path: Path) -> None:
    woke = 1.0 + LEASE_S + 5
    runs = journal(tmp_path, p11=(0.9, 1.0, woke + 0.5), p22=(1.0 + LEASE_S, woke + 0.4))
    faults, awake_s = runs.together(asleep(1.0, woke, ONE))
    assert not faults
    assert awake_s == pytest.approx(0.5)


def test_but_no_longer_than_that(tmp_path: Path) -> None:
    woke = 1.0 + LEASE_S + 5
    runs = journal(tmp_path, p11=(0.9, 1.0, woke + AWAKE_S + 0.1), p22=(1.0 + LEASE_S, woke + 0.4))
    assert len(runs.together(asleep(1.0, woke, ONE))[0]) == 1


def test_a_half_written_last_line_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "11").write_text("1.0000 7 11\n1.1")
    assert journal(tmp_path, p22=(2.0, 2.1)).again == 1
