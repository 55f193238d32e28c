"""What is counted: the names are ours, whatever a worker says."""

from __future__ import annotations

import subprocess
import sys

import pytest
from prometheus_client import REGISTRY
from telegram import Update
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot import metrics as chat
from capture import engine, metrics
from capture.records import CaptureResult, Verdict
from storage.records import IntakeNote


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_every_step_of_the_engine_is_known() -> None:
    assert set(metrics.STEPS) == {step.name for step in (*engine.VISIT, *engine.KEEPING)}


def test_a_result_that_lies_makes_no_names_and_no_negative_numbers() -> None:
    before = value("hashkeep_captures_total", verdict="ok"), value("hashkeep_capture_bytes_down_total")
    timings = {"open": -5.0, "x" * 1000: 1.0, "screenshot": 0.5}
    metrics.note_end(CaptureResult(url="http://e/", verdict=Verdict.OK, timings_s=timings, bytes_down=7), 2.0)
    assert value("hashkeep_captures_total", verdict="ok") == before[0] + 1
    assert value("hashkeep_capture_bytes_down_total") == before[1] + 7
    steps = {s.labels["step"] for m in metrics.STEP_SECONDS.collect() for s in m.samples}
    assert steps <= set(metrics.STEPS)
    metrics.note_death("made up")
    assert value("hashkeep_worker_deaths_total", reason="other") >= 1


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (RetryAfter(3), "too_many"),
        (Forbidden("blocked"), "forbidden"),
        (BadRequest("no"), "bad_request"),
        (NetworkError("away"), "network"),
        (TelegramError("what"), "network"),
    ],
)
def test_errors_by_why(error: TelegramError, why: str) -> None:
    before = value("hashkeep_delivery_errors_total", why=why)
    chat.note_trouble(error)
    assert value("hashkeep_delivery_errors_total", why=why) == before + 1


def test_an_update_of_an_unknown_kind_is_counted() -> None:
    before = value("hashkeep_updates_total", kind="other")
    chat.note_update(Update(1))
    assert value("hashkeep_updates_total", kind="other") == before + 1


def test_that_no_update_comes_can_be_seen_from_the_start() -> None:
    there = "from prometheus_client import REGISTRY; import bot.metrics; " + (
        "print(REGISTRY.get_sample_value('hashkeep_updates_total', {'kind': 'message'}))"
    )
    assert subprocess.check_output([sys.executable, "-c", there], text=True) == "0.0\n"


def test_refused_links_are_counted_and_other_notes_are_not() -> None:
    before = value("hashkeep_links_refused_total", why="bad_scheme")
    notes = [IntakeNote("bad_scheme", "ftp://e"), IntakeNote("credentials_removed", "e"), IntakeNote("quota_full", "5")]
    chat.note_refusals(notes)
    assert value("hashkeep_links_refused_total", why="bad_scheme") == before + 1
    names = {s.labels["why"] for m in chat.TURNED_AWAY.collect() for s in m.samples}
    assert names.isdisjoint({"credentials_removed", "quota_full"})
