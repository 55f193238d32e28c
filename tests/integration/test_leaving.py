"""A program that has used the blob store ends with the status it means, and has done what Python does at its end."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from pathlib import Path

import pytest

from tests.harness import ROOT

STATUS = 7
TIMES = 6
"""Every second end was an abort."""

COMMAND = """
    import asyncio, atexit, obstore
    from obstore.store import MemoryStore
    from hashkeep import cli

    async def use_a_store():
        store = MemoryStore()
        for n in range(20):
            await obstore.put_async(store, str(n), b"x" * 1000)
            async for _ in await obstore.get_async(store, str(n)):
                pass

    @cli.app.command()
    def ends() -> None:
        atexit.register(print, "at the end")
        asyncio.run(use_a_store())
        {how}

    cli.main()
"""


async def run(folder: Path, how: str) -> tuple[int | None, str, str]:
    program = folder / "program.py"
    program.write_text(textwrap.dedent(COMMAND).replace("{how}", how))
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), "ends",
        cwd=folder, env={"PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


@pytest.mark.parametrize("how", [f"raise SystemExit({STATUS})", "pass", "raise ValueError('a mistake')"])
async def test_a_program_that_used_the_blob_store_ends_as_it_means_to(tmp_path: Path, how: str) -> None:
    status = STATUS if "Exit" in how else 0 if how == "pass" else 1
    for _ in range(TIMES):
        ended = await run(tmp_path, how)
        assert ended[:2] == (status, "at the end\n"), ended
        assert ("ValueError: a mistake" in ended[2]) == (status == 1)
