"""Signals that come while a program imports, before any command could take them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import httpx
import pytest

from tests.harness import ROOT, TOKEN, environment, until
from tests.ports import free_port

SIGNALS_ITSELF = """
import os, sys

class Signal:
    def find_spec(self, name, *_):
        if name == os.environ["AT"]:
            os.kill(os.getpid(), int(os.environ["NUMBER"]))

sys.meta_path.insert(0, Signal())
"""
"""What Python imports before all else. The process gets the signal when it imports the module AT."""


@pytest.mark.parametrize(
    ("words", "module", "number", "status"),
    [
        ("worker", "hashkeep.cli", signal.SIGTERM, 0),
        ("worker", "pydantic", signal.SIGINT, 0),
        ("worker", "hashkeep.worker_command", signal.SIGTERM, 0),
        ("run --no-capture", "hashkeep.cli", signal.SIGINT, 0),
        ("run", "bot.app", signal.SIGTERM, 0),
        ("run", "hashkeep.run", signal.SIGINT, 0),
        ("verify", "hashkeep.cli", signal.SIGINT, 130),
        ("verify", "hashkeep.cli", signal.SIGTERM, -signal.SIGTERM),
    ],
)
async def test_a_signal_in_the_first_second_ends_it_without_a_word(
    tmp_path: Path, words: str, module: str, number: signal.Signals, status: int
) -> None:
    (tmp_path / "sitecustomize.py").write_text(SIGNALS_ITSELF)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hashkeep", *words.split(),
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env=environment(
            PYTHONPATH=f"{tmp_path}:{ROOT}", AT=module, NUMBER=str(int(number)), DATA_DIR=str(tmp_path / "data"),
            BOT_TOKEN=TOKEN,
        ),
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    assert (process.returncode, said) == (status, "")
    assert not (tmp_path / "data").exists()


AT_THE_END = """
import atexit, os, signal

class Late:
    def find_spec(self, name, *_):
        if name == "hashkeep.opening":
            atexit.register(os.kill, os.getpid(), signal.SIGTERM)

import sys
sys.meta_path.insert(0, Late())
"""
"""Once all is over, somebody loses patience."""


@pytest.mark.parametrize("words", ["run --no-capture", "worker"])
async def test_while_the_database_is_away_it_says_that_it_lives_and_what_it_waits_for(
    tmp_path: Path, words: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(AT_THE_END)
    port, apart = free_port(), free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hashkeep", *words.split(),
        cwd=tmp_path, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env=environment(
            PYTHONPATH=f"{tmp_path}:{ROOT}", DATA_DIR=str(tmp_path / "data"), BOT_TOKEN=TOKEN, CHROMIUM_PATH="/bin/cat",
            DATABASE_URL="psycopg://me:secret-word@127.0.0.1:1/archive", LISTEN=f"127.0.0.1:{port}",
            METRICS_LISTEN=f"127.0.0.1:{apart}", BLOB_URL="s3://bucket/prefix", AWS_ACCESS_KEY_ID="key",
            AWS_SECRET_ACCESS_KEY="secret", WEBHOOK_URL="https://hashkeep.example/updates", WEBHOOK_SECRET="s" * 16,
        ),
    )  # fmt: skip
    said = asyncio.create_task(process.communicate())

    async def waits() -> str | None:
        with contextlib.suppress(httpx.TransportError):
            answer = await http.get("/readyz")
            assert answer.status_code == 503
            assert answer.json()["ready"] is False
            return answer.json()["why"] if "database" in answer.json()["why"] else None
        return None

    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            why = await until(waits, "it to wait for the database")
            assert "Connection refused" in why
            assert "secret-word" not in why
            assert (await http.get("/healthz")).status_code == 200
            figures = await http.get(f"http://127.0.0.1:{apart}/metrics")
            assert (figures.status_code, "hashkeep_database_answers 0.0" in figures.text) == (200, True)
            if words != "worker":
                assert (await http.post("/updates", content=b"{}")).status_code == 503, "Telegram is to bring it again"
    finally:
        process.terminate()
        log = (await said)[1].decode()
    assert process.returncode == 0, log
    assert "Traceback" not in log
