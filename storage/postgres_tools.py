"""PostgreSQL's own programs: found on this machine, as new as the server, and never told a password as an argument."""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from psycopg.pq import Conninfo

DEBIAN = Path("/usr/lib/postgresql")
"""Debian keeps the programs of each version apart; what it has in PATH is slow, and looks for a server of its own."""
_SAID_BYTES = 2000
_PR_SET_PDEATHSIG = 1


def _dies_with_us() -> Callable[[], None] | None:
    """What a child runs before its program starts, so that nobody goes on for a killed backup (Linux)."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return lambda: library.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


_DIES_WITH_US = _dies_with_us()


class NoTool(OSError):
    """A program is missing or too old; the message says what to install."""


class ToolFailed(OSError):
    """A program ended with an error; the message is what it said last."""


def environment(url: str) -> dict[str, str]:
    """What the programs find the database by: a command line can be read by everybody on the machine."""
    options = Conninfo.parse(address(url).encode()) if url else []
    named = {o.envvar.decode(): o.val.decode() for o in options if o.envvar and o.val is not None}
    return {**os.environ, **named, "PGAPPNAME": "hashkeep-care"}


def address(url: str) -> str:
    """A database's URL as libpq knows it."""
    return "postgresql://" + url.partition("://")[2]


async def program(name: str, server: int = 0) -> str:
    """The path of a program that is at least of the server's major version, and the nearest to it. Raises NoTool."""
    found = {str(path): int(path.parts[-3]) for path in DEBIAN.glob(f"[0-9]*/bin/{name}")}
    if not any(version >= server for version in found.values()) and (path := shutil.which(name)):
        found[path] = await _version(path)
    fitting = {path: version for path, version in found.items() if version >= server}
    if fitting:
        return min(fitting, key=lambda path: fitting[path])
    wanted = f"postgresql-client-{server}" if server else "postgresql-client"
    if not found:
        raise NoTool(f"PostgreSQL's {name} is missing. Install PostgreSQL's client programs (Debian: {wanted}).")
    raise NoTool(
        f"{name} is of PostgreSQL {max(found.values())}, and the server is of {server}. "
        f"Install client programs that are as new as the server (Debian: {wanted})."
    )


async def _version(path: str) -> int:
    process = await asyncio.create_subprocess_exec(path, "--version", stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    match = re.search(rb"(\d+)[.\w]*(?: \(|\s*$)", said)
    return int(match[1]) if match else 0


@asynccontextmanager
async def running(path: str, url: str, *words: str, fed: bool = False) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs a program for the time of the block: its output can be read, or, if `fed`, something be written to it.

    `url`: the database that it is to use, if any.
    Raises ToolFailed when it ends with an error; it is killed when the block is left by one, and when we are.
    """
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        path, *words, env=environment(url), stderr=pipe,
        stdin=pipe if fed else nothing, stdout=nothing if fed else pipe, limit=1 << 20,
        preexec_fn=_DIES_WITH_US,
    )  # fmt: skip
    assert process.stderr
    said = asyncio.create_task(_last_of(process.stderr))
    try:
        yield process
        if process.stdin:
            process.stdin.close()
        status = await process.wait()
        text = (await said).decode("utf-8", "replace").strip()
    except (BrokenPipeError, ConnectionResetError):  # it ended while it was told something; what it said says why
        text = (await said).decode("utf-8", "replace").strip()
        status = await process.wait() or 1
    finally:
        if process.returncode is None:
            process.kill()
            await _ended(process)
        said.cancel()
    if status:
        raise ToolFailed(f"{Path(path).name}: {text.splitlines()[-1] if text else f'exit status {status}'}")


async def run(path: str, url: str, *words: str) -> None:
    """Runs a program to its end. Raises ToolFailed."""
    async with running(path, url, *words) as process:
        assert process.stdout
        while await process.stdout.read(1 << 16):
            pass


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Waits for a killed program. Python's `wait` is for its pipes as well, and what nobody reads stays open."""
    if process.stdin:
        process.stdin.close()
    while process.stdout and await process.stdout.read(1 << 16):
        pass
    await process.wait()


async def _last_of(stream: asyncio.StreamReader) -> bytes:
    said = b""
    while more := await stream.read(1 << 16):
        said = (said + more)[-_SAID_BYTES:]
    return said
