"""Lines of the processes below: whose they are, and what becomes of those that make no sense."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.log_numbers import concerned, concerning
from capture.pool_log import MAX_LINES_OF_JOB, REMEMBERED_JOBS, LogFromBelow
from capture.process_log import MAX_LINE_BYTES, Line, WorkerFormatter, read_line
from hashkeep.logs import _Formatter


class Kept(logging.Handler):
    """What was logged, with the captures that it was about at that moment."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[tuple[int, ...], str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((concerned(), record.levelname, record.getMessage()))


def written(job: int, text: str, level: int = logging.INFO) -> bytes:
    """As a worker writes it."""
    formatter = WorkerFormatter()
    formatter.job = job
    record = logging.LogRecord("capture.engine", level, __file__, 1, text, None, None)
    return (formatter.format(record) + "\n").encode()


async def told(below: LogFromBelow, *raw: bytes) -> list[tuple[tuple[int, ...], str, str]]:
    """What the log says of these lines."""
    stream = asyncio.StreamReader()
    for line in raw:
        stream.feed_data(line)
    stream.feed_eof()
    kept, logger = Kept(), logging.getLogger("capture.pool_log")
    before = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.INFO)
    try:
        await below.read(stream)
    finally:
        logger.removeHandler(kept)
        logger.setLevel(before)
    return kept.lines


def two_jobs() -> LogFromBelow:
    """Job 1 is about capture 12, job 2 about capture 13."""
    below = LogFromBelow()
    for job, capture in ((1, 12), (2, 13)):
        with concerning(capture):
            below.begin(job)
    return below


async def test_a_line_is_of_the_capture_whose_job_wrote_it() -> None:
    found = await told(two_jobs(), written(2, "scroll: no"), written(1, "look: no", logging.ERROR))
    assert found == [
        ((13,), "INFO", "below: capture.engine: scroll: no"),
        ((12,), "ERROR", "below: capture.engine: look: no"),
    ]


async def test_a_line_behind_the_result_still_has_its_number() -> None:
    below = two_jobs()
    below.end(1)
    assert [captures for captures, _, _ in await told(below, written(1, "it did not close"))] == [(12,)]


async def test_old_jobs_are_forgotten_and_those_under_way_are_not() -> None:
    below = two_jobs()
    for job in range(3, 3 + 2 * REMEMBERED_JOBS):
        below.begin(job)
        below.end(job)
    assert len(below._jobs) == 2 + REMEMBERED_JOBS
    assert [captures for captures, _, _ in await told(below, written(1, "still here"))] == [(12,)]


async def test_a_line_of_nobody_is_of_all_that_are_under_way() -> None:
    below = two_jobs()
    raw = (b"node: out of memory\n", b'{"job": 99, "level": "INFO", "text": "forged"}\n')
    assert [captures for captures, _, _ in await told(below, *raw)] == [(12, 13), (12, 13)]
    below.end(1)
    below.end(2)
    assert await told(below, b"late\n") == [((), "WARNING", "below: late")]


async def test_one_capture_cannot_fill_the_log_of_another() -> None:
    flood = [written(1, f"line {n}") for n in range(MAX_LINES_OF_JOB + 50)]
    found = await told(two_jobs(), *flood, written(2, "the other's"))
    assert len([1 for captures, _, _ in found if captures == (12,)]) == MAX_LINES_OF_JOB + 1
    assert found[-1] == ((13,), "INFO", "below: capture.engine: the other's")


@given(st.binary())
def test_whatever_comes_is_a_line(raw: bytes) -> None:
    assert isinstance(read_line(raw), Line)


@pytest.mark.parametrize(
    "odd",
    ['{"job": true, "level": "INFO", "text": "x"}', '{"job": 1, "text": 5}', '{"job": "1", "text": "x"}', "[" * 9999,
     '{"job": 1', "{" * 9999],
)  # fmt: skip
def test_what_is_no_line_of_ours_is_text(odd: str) -> None:
    assert read_line(odd.encode()) == Line(0, logging.WARNING, odd)


@given(st.text(), st.integers(0, 10**6))
def test_a_line_comes_whole_and_in_one_piece(text: str, job: int) -> None:
    raw = written(job, text)
    assert raw.count(b"\n") == 1
    assert len(raw) <= MAX_LINE_BYTES + 1
    line = read_line(raw)
    assert line.job == job
    assert f"capture.engine: {text}".startswith(line.text.removesuffix("…"))


def test_a_level_of_its_own_making_is_a_warning() -> None:
    assert read_line(b'{"job": 1, "level": "CRITICAL", "text": "x"}').level == logging.WARNING


async def test_tasks_and_threads_are_about_what_they_were_started_for() -> None:
    async def inner() -> tuple[int, ...]:
        return await asyncio.to_thread(concerned)

    with concerning(5):
        task = asyncio.create_task(inner())
        with concerning():
            other = asyncio.create_task(inner())
    assert (await task, await other, concerned()) == ((5,), (), ())


def test_the_number_stands_in_both_forms_before_what_a_page_says() -> None:
    record = logging.LogRecord("capture.jobs", logging.INFO, __file__, 1, "title: x capture=99", None, None)
    with concerning(12):
        assert " capture.jobs capture=12: title: x capture=99" in _Formatter(False, ()).format(record)
        assert json.loads(_Formatter(True, ()).format(record))["capture"] == 12
    with concerning(12, 13):
        assert " capture.jobs capture=12 capture=13: " in _Formatter(False, ()).format(record)
        assert json.loads(_Formatter(True, ()).format(record))["capture"] == [12, 13]
    assert "capture" not in json.loads(_Formatter(True, ()).format(record))
