"""The system's process table: trees, memory, and killing just what was meant."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from capture import process_table
from capture.process_table import Row


@pytest.fixture
def tree() -> Iterator[subprocess.Popen[bytes]]:
    """A process with a child and a grandchild in a session of its own; ready when it has said so."""
    program = (
        "import os,sys,time\n"
        "if os.fork()==0:\n os.setsid()\n if os.fork()==0:\n  os.write(1,b'x')\n time.sleep(60)\n"
        "time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.read(1) == b"x"
    yield process
    process_table.kill(process_table.below(process_table.read_table(), process.pid))
    process.wait()
    process.stdout.close()


def row(pid: int, parent: int, zombie: bool = False) -> Row:
    return Row(pid, parent, started=pid, rss_bytes=0, zombie=zombie)


def test_a_tree_is_listed_from_its_root_without_zombies() -> None:
    rows = [row(1, 0), row(2, 1), row(3, 2), row(4, 2, zombie=True), row(5, 1), row(6, 0)]
    table = {each.pid: each for each in rows}
    assert [each.pid for each in process_table.below(table, 2)] == [2, 3]
    assert [each.pid for each in process_table.below(table, 1)] == [1, 2, 5, 3]
    assert process_table.below(table, 9) == []


def test_processes_that_are_skipped_are_not_even_looked_at(tree: subprocess.Popen[bytes]) -> None:
    everything = process_table.read_table()
    others = everything.keys() - {each.pid for each in process_table.below(everything, tree.pid)}
    table = process_table.read_table(others)
    assert not table.keys() & others
    assert len(process_table.below(table, tree.pid)) == 3


def test_a_whole_tree_is_found_and_killed_across_sessions(tree: subprocess.Popen[bytes]) -> None:
    rows = process_table.below(process_table.read_table(), tree.pid)
    assert len(rows) == 3
    assert rows[0].pid == tree.pid
    assert rows[0].parent == os.getpid()
    process_table.kill(rows)
    assert tree.wait(5) == -9
    pids = {each.pid for each in rows}
    while [each for pid, each in process_table.read_table().items() if pid in pids and not each.zombie]:
        pass  # until the kernel is done; the test's time limit ends it otherwise


def test_a_pid_that_is_another_processs_by_now_is_left_alone(tree: subprocess.Popen[bytes]) -> None:
    before = process_table.read_table()[tree.pid]
    process_table.kill([dataclasses.replace(before, started=before.started - 1)])
    with pytest.raises(subprocess.TimeoutExpired):
        tree.wait(0.3)


def test_killing_what_has_ended_is_no_error() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    process_table.kill([row(ended.pid, 1)])


def test_memory_counts_shared_pages_once(tree: subprocess.Popen[bytes]) -> None:
    rows = process_table.below(process_table.read_table(), tree.pid)
    one, all_of_them = process_table.memory_bytes(rows[:1]), process_table.memory_bytes(rows)
    assert 1_000_000 < one < all_of_them < sum(each.rss_bytes for each in rows)


def test_the_memory_of_a_process_is_what_it_wrote() -> None:
    program = "b=bytearray(100_000_000)\nb[::4096]=b'x'*len(b[::4096])\nprint(flush=True)\nimport time\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        held = process_table.memory_bytes(process_table.below(process_table.read_table(), process.pid))
        process.kill()
    assert 100_000_000 < held < 140_000_000


def test_processes_are_found_by_their_environment() -> None:
    with subprocess.Popen(["sleep", "60"], env={"PATH": os.environ["PATH"], "HOME": "/tmp/mark-4711/home"}) as process:
        while not [each for each in process_table.with_environment("/tmp/mark-4711") if each.pid == process.pid]:
            pass  # until it has become `sleep`; the test's time limit ends it otherwise
        process.kill()
    assert process_table.with_environment("/tmp/mark-4711") == []
