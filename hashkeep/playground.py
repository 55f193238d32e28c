"""`hashkeep playground`: the chat page and Hashkeep against it, as one program."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from capture.process_control import die_with_parent
from hashkeep.data_dir import only_one
from hashkeep.run import run_until_stopped
from hashkeep.settings import Settings, WrongSettings, load_settings

PLAYGROUND_BOT_ID = 7_000_000_001
ALICE = 1001
"""The playground's first person, who may try what a bot's owner can do."""
USUAL_PORT = 8081
_STOP_S = 5.0


async def run_playground(host: str, port: int | None) -> int:
    """Starts the playground's server and Hashkeep against it; returns the exit status.

    Without a port it is USUAL_PORT, or any free one where that is taken.
    """
    settings = load_settings()
    folder = settings.data_dir / "playground"
    if port is None:
        port = USUAL_PORT if _is_free(host, USUAL_PORT) else 0
    with only_one(folder):
        return await _serve(settings, folder, host, port)


async def _serve(settings: Settings, folder: Path, host: str, port: int) -> int:
    token = _token(folder)
    async with _server(host, port, folder, token) as address:
        settings = load_settings(
            bot_token=SecretStr(token),
            bot_api_url=address,
            bot_proxy=None,
            access="open",
            owner_ids=(ALICE,),
            webhook_url=None,
            data_dir=folder / "archive",
            database_url=None,  # the playground's archive is apart from the real one, and sweeps only its own
            blob_url=None,
            scratch_dir=settings.scratch_dir,
            egress_allow=",".join(filter(None, (settings.egress_allow, address.removeprefix("http://")))),
        )
        return await run_until_stopped(
            settings, f"The playground is ready. Open {address} in your browser. Stop it with Ctrl-C."
        )


def _is_free(host: str, port: int) -> bool:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError:
        return False
    return True


def _token(folder: Path) -> str:
    """The playground's own token: made once, so that a restart is the same bot."""
    path = folder / "token"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"{PLAYGROUND_BOT_ID}:{secrets.token_urlsafe(27)[:35]}")
    return path.read_text().strip()


@asynccontextmanager
async def _server(host: str, port: int, folder: Path, token: str) -> AsyncIterator[str]:
    """Runs the server and gives its address, like `http://127.0.0.1:8081`."""
    arguments = ["--host", host, "--port", str(port), "--data", str(folder / "chats"), "--token", token]
    if host not in ("127.0.0.1", "localhost", "::1"):
        arguments.append("--public")
        print(
            f"The playground listens on {host}: everybody who reaches this machine can use it.",
            file=sys.stderr,
        )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "playground", *arguments,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us; we stop the server after the bot
        preexec_fn=partial(die_with_parent, os.getpid()),
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = (await process.stdout.readline()).decode()
        if not line.startswith("ready "):
            raise WrongSettings(
                f"The playground could not listen on {host}:{port}. Is another one running? "
                "Stop it, or choose another port: hashkeep playground --port 8082"
            )
        yield line.split()[1]
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_S)
            except TimeoutError:
                process.kill()
                await process.wait()
