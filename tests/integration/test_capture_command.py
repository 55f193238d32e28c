"""`hashkeep capture` as people and scripts use it."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import hashkeep.capture_command as command
from hashkeep.boundary import pool_settings
from hashkeep.capture_command import capture_command
from hashkeep.capture_output import OutputFolder, died_result
from hashkeep.settings import Settings
from tests.harness import ROOT, Site, alive, environment, processes_below, running_site

SITE = "http://127.0.0.1:9"
KEYS = [
    "n", "url", "final_url", "http_status", "verdict", "title", "lang", "artifacts", "error", "timings_s", "requests",
    "bytes_down", "denied",
]  # fmt: skip


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = functools.partial(pool_settings, engine="tests.standin_engine", grace_s=1.0)
    monkeypatch.setattr(command, "pool_settings", settings)


def run(urls: list[str], out: Path, from_file: str | None = None, as_json: bool = True, **settings: Any) -> int:
    """The command in this process, with the stand-in engine."""
    return capture_command(
        urls, from_file=from_file, out=out, concurrency=2, as_json=as_json,
        settings=Settings(  # type: ignore[call-arg]
            _env_file=None, egress_allow="127.0.0.1", chromium_path=Path("/bin/cat"), **settings
        ),
    )  # fmt: skip


def lines(capsys: pytest.CaptureFixture[str]) -> dict[int, dict[str, Any]]:
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {record["n"]: record for record in records}


def left_over(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if not path.name.isdigit())


@pytest.mark.usefixtures("standin")
def test_each_url_has_its_folder_and_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a" / "captures"
    assert run([f"{SITE}/ok/1", f"{SITE}/ok/2", f"{SITE}/ok/3"], out) == 0
    printed = lines(capsys)
    assert sorted(printed) == [1, 2, 3]
    for number, record in printed.items():
        assert list(record) == KEYS
        assert record["url"] == f"{SITE}/ok/{number}"
        assert record["verdict"] == "ok"
        assert record["error"] is None
        assert record["artifacts"] == {"text": f"{number}/text.md"}
        assert (out / record["artifacts"]["text"]).read_text() == "words"
        kept = json.loads((out / str(number) / "capture.json").read_text())
        assert {key: kept[key] for key in KEYS} == record
        assert sorted(path.name for path in (out / str(number)).iterdir()) == ["capture.json", "text.md"]
    assert left_over(out) == []


@pytest.mark.usefixtures("standin")
def test_bad_urls_and_bad_luck_are_results_and_not_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    urls = [
        "nonsense",
        "file:///etc/passwd",
        "http://10.0.0.1/",
        f"{SITE}/crash",
        f"{SITE}/hang",
        f"{SITE}/ok",
        "\udcff",
    ]
    assert run(urls, tmp_path, capture_timeout=5) == 1
    printed = lines(capsys)
    codes = {n: (r["verdict"], r["error"] and r["error"]["code"]) for n, r in sorted(printed.items())}
    assert codes == {
        1: ("refused", "bad_address"),
        2: ("refused", "bad_address"),
        3: ("refused", "private_address"),
        4: ("crashed", "browser_crashed"),
        5: ("timeout", "deadline"),
        6: ("ok", None),
        7: ("refused", "bad_address"),
    }
    for number in range(1, 8):
        assert json.loads((tmp_path / str(number) / "capture.json").read_text())["n"] == number
    assert left_over(tmp_path) == []


@pytest.mark.usefixtures("standin")
def test_urls_come_from_a_file_behind_those_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = tmp_path / "urls.txt"
    listed.write_text(f"\ufeff{SITE}/ok/b\n\n# a remark\n  {SITE}/ok/c  \r\n")
    assert run([f"{SITE}/ok/a"], tmp_path / "out", from_file=str(listed)) == 0
    assert [record["url"][-1] for _, record in sorted(lines(capsys).items())] == ["a", "b", "c"]


@pytest.mark.usefixtures("standin")
def test_a_second_run_replaces_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run([f"{SITE}/ok/old"], tmp_path)
    (tmp_path / "1" / "stale.html").write_text("old")
    run([f"{SITE}/ok/new"], tmp_path, as_json=False)
    assert json.loads((tmp_path / "1" / "capture.json").read_text())["url"].endswith("new")
    assert not (tmp_path / "1" / "stale.html").exists()
    assert capsys.readouterr().out.splitlines()[-1].startswith("1  ok  ")


@pytest.mark.usefixtures("standin")
@pytest.mark.parametrize("problem", ["no urls", "no file", "no text", "foreign folder", "out is a file"])
def test_wrong_usage_is_said_before_anything_is_captured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], problem: str
) -> None:
    out, urls, from_file = tmp_path / "out", [f"{SITE}/ok"], None
    if problem == "no urls":
        urls = []
    elif problem == "no file":
        from_file = str(tmp_path / "missing")
    elif problem == "no text":
        (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\xd8")
        from_file = str(tmp_path / "binary")
    elif problem == "foreign folder":
        (out / "1").mkdir(parents=True)
        (out / "1" / "thesis.odt").write_text("years of work")
    else:
        out.write_text("a file")
    assert run(urls, out, from_file=from_file) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    if problem == "foreign folder":
        assert (out / "1" / "thesis.odt").exists()


@pytest.mark.usefixtures("standin")
def test_without_json_a_person_reads_what_became_of_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([f"{SITE}/print", "http://10.0.0.1/"], tmp_path, as_json=False) == 1
    said = sorted(capsys.readouterr().out.splitlines())
    assert said[0] == "1  ok  printed"
    assert said[1].startswith("2  refused  http://10.0.0.1/  (this is no public address")


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    for name in (f".unfinished-{ended.pid}", f".unfinished-{os.getppid()}"):
        (tmp_path / name).mkdir()
    OutputFolder(tmp_path).prepare(1)
    assert left_over(tmp_path) == sorted([f".unfinished-{os.getpid()}", f".unfinished-{os.getppid()}"])


def test_deaths_are_told_as_verdicts() -> None:
    told = {reason: died_result("u", reason, "") for reason in ("deadline", "memory", "killed")}
    assert {reason: (r.verdict.value, r.error and r.error.code) for reason, r in told.items()} == {
        "deadline": ("timeout", "deadline"),
        "memory": ("crashed", "memory"),
        "killed": ("crashed", "browser_crashed"),
    }


# With the real browser, as a process of its own


def start(*arguments: str, **keywords: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hashkeep", "capture", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env=environment(EGRESS_ALLOW="127.0.0.1"), **keywords,
    )  # fmt: skip


def test_real_pages(site: Site, tmp_path: Path) -> None:
    good = site.page("/good", "A page worth keeping", "<p>Some words 汉字.</p>" * 20)
    bad = site.page("/bad", "Not there", status=404)
    process = start("--json", "--pdf", "--out", str(tmp_path / "out"), "--from", "-", good, stdin=subprocess.PIPE)
    output, errors = process.communicate(f"{bad}\nhttp://127.0.0.2:{site.port}/inside\n", timeout=60)
    assert process.returncode == 1, errors
    printed = {record["n"]: record for record in map(json.loads, output.splitlines())}
    assert printed[1]["verdict"] == "ok"
    assert printed[1]["title"] == "A page worth keeping"
    assert printed[1]["bytes_down"] > 0
    assert {"screenshot", "preview", "html", "text", "wacz", "pdf"} <= set(printed[1]["artifacts"])
    for path in printed[1]["artifacts"].values():
        assert (tmp_path / "out" / path).stat().st_size > 0
    assert (printed[2]["verdict"], printed[2]["http_status"]) == ("http_error", 404)
    assert (printed[3]["verdict"], printed[3]["error"]["code"]) == ("refused", "private_address")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_cleanly_and_leaves_only_what_is_complete(
    site: Site, tmp_path: Path, number: signal.Signals
) -> None:
    done, waits = site.page("/done", "Done"), site.page("/waits", "Waits")
    site.hold("/waits")
    process = start("--json", "--out", str(tmp_path), done, waits)
    assert process.stdout
    first = json.loads(process.stdout.readline())
    give_up = time.monotonic() + 20
    while "/waits" not in site.hits:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    below = processes_below(process.pid)
    assert any("headless" in words for words in below.values())
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output == ""
    assert "Traceback" not in errors
    give_up = time.monotonic() + 5
    while alive(below):
        assert time.monotonic() < give_up, f"still there: {alive(below)}"
        time.sleep(0.05)
    assert first["n"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_a_reader_that_has_enough_ends_it_quietly(tmp_path: Path) -> None:
    process = start("--json", "--out", str(tmp_path), *["nonsense"] * 50)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.wait(20) == 1
    assert process.stderr.read() == ""
    process.stderr.close()
    assert left_over(tmp_path) == []
