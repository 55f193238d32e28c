"""`python -m playground`: starts the server and says where."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import re
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import uvicorn

from playground.server import Server

_TOKEN = re.compile(r"\d{1,15}:[A-Za-z0-9_-]{3,64}\Z")


KEEP_ALIVE_S = 75
"""Longer than clients keep a connection that is idle: a request on one that is just then closed is lost."""


class _Uvicorn(uvicorn.Server):
    """Ends long polls and event streams before it waits for connections to close."""

    def __init__(self, config: uvicorn.Config, server: Server) -> None:
        super().__init__(config)
        self._server = server

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._server.world.stop_waiting()
        await super().shutdown(sockets)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m playground", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8081, help="0 for any free one")
    parser.add_argument("--data", type=Path, required=True, help="the folder for chats and files")
    parser.add_argument("--token", required=True, help="the bot's token, like 7000000001:AA…")
    parser.add_argument("--public", action="store_true", help="allow an address that others can reach")
    parser.add_argument("--allow-host", action="append", default=[], help="a name to answer to besides addresses")
    options = parser.parse_args(argv)
    if not _TOKEN.match(options.token):
        parser.error("the token must look like 7000000001:AAplayground")
    if not options.public and not _is_loopback(options.host):
        parser.error(f"{options.host} can be reached by others, and whoever reaches it can use it; add --public")
    return options


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(host: str) -> str:
    """The host of an address that one can open on this machine."""
    if host in ("0.0.0.0", "::"):  # noqa: S104
        return "127.0.0.1" if host == "0.0.0.0" else "[::1]"  # noqa: S104
    return f"[{host}]" if ":" in host else host


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Its protocol is named, or asyncio leaves Nagle's algorithm on: 40 ms an answer."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _end(*_: object) -> NoReturn:
    raise SystemExit(0)


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until it is told to stop."""
    options = _arguments(argv)
    try:
        listener = _listen(options.host, options.port)
    except (OSError, OverflowError) as problem:
        print(f"cannot listen on {options.host}:{options.port}: {problem}", file=sys.stderr)
        return 1
    server = Server(options.data, options.token, frozenset(options.allow_host))
    config = uvicorn.Config(
        server.app, log_level="warning", access_log=False, lifespan="on", proxy_headers=False,
        server_header=False, timeout_graceful_shutdown=2, timeout_keep_alive=KEEP_ALIVE_S, ws="none",
        loop="asyncio", http="h11",
    )  # fmt: skip
    print(f"ready http://{_shown(options.host)}:{listener.getsockname()[1]}", flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)  # uvicorn stops serving and then hands the signal on to this
    asyncio.run(_Uvicorn(config, server).serve(sockets=[listener]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
