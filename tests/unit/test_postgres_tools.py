"""PostgreSQL's programs: which one is taken, what it is told, and what it says."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage import postgres_tools


def add(folder: Path, said: str, name: str = "pg_dump") -> Path:
    """A program that says its version."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{said}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(postgres_tools, "DEBIAN", tmp_path / "postgresql")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def versions(folder: Path, *numbers: int) -> dict[int, str]:
    return {number: str(add(folder / "postgresql" / str(number) / "bin", "")) for number in numbers}


async def test_the_nearest_to_the_server_is_taken(installed: Path) -> None:
    paths = versions(installed, 9, 15, 16, 17)
    assert await postgres_tools.program("pg_dump", 16) == paths[16]
    assert await postgres_tools.program("pg_dump", 14) == paths[15]


SAID = (
    "pg_dump (PostgreSQL) 17.2 (Debian 17.2-1.pgdg120+1)",
    "pg_dump (PostgreSQL) 17.2",
    "pg_dump (PostgreSQL) 17beta1",
)


@pytest.mark.parametrize("said", SAID)
async def test_one_in_path_is_taken_where_no_other_is_new_enough(installed: Path, said: str) -> None:
    versions(installed, 15)
    path = add(installed / "bin", said)
    assert await postgres_tools.program("pg_dump", 17) == str(path)
    with pytest.raises(postgres_tools.NoTool, match=r"of PostgreSQL 17, and the server is of 18.*postgresql-client-18"):
        await postgres_tools.program("pg_dump", 18)


async def test_what_is_missing_is_said(installed: Path) -> None:
    with pytest.raises(postgres_tools.NoTool, match=r"pg_dump is missing.*postgresql-client-15"):
        await postgres_tools.program("pg_dump", 15)


def test_a_password_goes_by_the_environment() -> None:
    found = postgres_tools.environment("psycopg://me:p%40ss@db.example:5433/name?sslmode=require")
    own = {name: value for name, value in found.items() if os.environ.get(name) != value}
    assert own == {
        "PGUSER": "me", "PGPASSWORD": "p@ss", "PGHOST": "db.example", "PGPORT": "5433", "PGDATABASE": "name",
        "PGSSLMODE": "require", "PGAPPNAME": "hashkeep-care",
    }  # fmt: skip


async def test_what_a_program_said_last_is_told() -> None:
    script = "import sys; print('much\\n' * 100000); sys.stderr.write('first\\nlast\\n'); sys.exit(3)"
    with pytest.raises(postgres_tools.ToolFailed, match=r"last$"):
        await postgres_tools.run(sys.executable, "", "-c", script)


async def test_a_program_that_ends_while_it_is_told_something() -> None:
    async def tell() -> None:
        script = "import sys; sys.stderr.write('no more\\n'); sys.exit(0)"
        async with postgres_tools.running(sys.executable, "", "-c", script, fed=True) as process:
            assert process.stdin
            while True:
                process.stdin.write(b"x" * 100_000)
                await process.stdin.drain()

    with pytest.raises(postgres_tools.ToolFailed, match="no more"):
        await tell()


async def test_a_program_ends_with_who_waits_for_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(60)"
    task = asyncio.create_task(postgres_tools.run(sys.executable, "", "-c", script))
    while not (note.exists() and note.read_text()):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


async def test_a_program_ends_while_nobody_reads_what_it_says() -> None:
    script = "import sys; sys.stdout.write('much' * 10_000_000)"
    full = asyncio.Event()

    async def look_elsewhere() -> None:
        async with postgres_tools.running(sys.executable, "", "-c", script) as process:
            assert process.stdout
            while not process.stdout._paused:  # type: ignore[attr-defined]
                await asyncio.sleep(0.01)
            full.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(look_elsewhere())
    await full.wait()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=10)
    assert done, "it hangs"


def test_a_program_ends_with_a_backup_that_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(60)"
    ours = (
        "import asyncio, sys; from storage import postgres_tools; "
        f"asyncio.run(postgres_tools.run(sys.executable, '', '-c', {script!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", ours])
    give_up = time.monotonic() + 30
    while not (note.exists() and note.read_text()) and time.monotonic() < give_up:
        time.sleep(0.02)
    process.terminate()
    process.wait()
    program = Path("/proc") / note.read_text()
    while program.exists() and "Z" not in (program / "stat").read_text().split()[2] and time.monotonic() < give_up:
        time.sleep(0.02)
    assert time.monotonic() < give_up, "it goes on"
