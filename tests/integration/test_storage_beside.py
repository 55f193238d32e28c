"""Several processes on one SQLite file, as commands beside a running bot: each waits for its turn to write."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from storage import archive
from tests.harness import ROOT
from tests.integration.storage_factories import CHAT, OTHER_CHAT, counters_are_right, message, only_sqlite, scalar

MESSAGES = 100

OTHER_PROCESS = f"""
import asyncio, sys
from pathlib import Path
from storage import archive, database
from tests.integration.storage_factories import OTHER_CHAT, message

async def main():
    await database.open_database("sqlite://", Path(sys.argv[1]))
    print("ready", flush=True)
    for n in range({MESSAGES}):
        await archive.take_in(message(n + 1, f"https://other.example/{{n}}", chat_id=OTHER_CHAT, tags=("both",)))
    await database.close_database()

asyncio.run(main())
"""


@only_sqlite
async def test_two_processes_write_side_by_side_and_neither_is_refused(opened: Path) -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OTHER_PROCESS, str(opened), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert other.stdout
    assert await other.stdout.readline() == b"ready\n"
    for n in range(MESSAGES):
        assert (await archive.take_in(message(n + 1, f"https://example.org/{n}", tags=("both",)))).changed
    assert await other.wait() == 0
    for chat in (CHAT, OTHER_CHAT):
        found = f"SELECT count(*) FROM links l JOIN archives a ON a.id = l.archive_id WHERE a.chat_id = {chat}"
        assert await scalar(found) == MESSAGES
    assert await counters_are_right()
