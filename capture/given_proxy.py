"""Stands in for the web when somebody gives a copy of a page: one file is all that there is, whatever is asked for.

The browser opens an address that no name server knows, by way of this proxy, which answers it with the given file and
refuses everything else; so a given file goes through the same steps, in the same kind of worker, as any page does.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from capture.egress_http import MAX_HEAD_BYTES, BadRequest, read_head

log = logging.getLogger(__name__)

HOST = "given.invalid"
CHUNK_BYTES = 1 << 17
_REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class GivenProxy:
    """`async with GivenProxy(path, media_type, name) as proxy:`; `proxy.address` is opened through `proxy.url`."""

    def __init__(self, path: Path, media_type: str, name: str) -> None:
        self._path = path
        self._media_type = media_type
        self._wanted = "/" + quote(name, safe="")
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def url(self) -> str:
        """What the browser is told to use."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """Where the file is."""
        return f"http://{HOST}{self._wanted}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name=f"given-{self.port}")
        self._lines.add(task)
        task.add_done_callback(self._lines.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, BadRequest):
                head = await read_head(reader)
                is_wanted = head is not None and not head.is_connect and head.target.host == HOST
                if head is not None and is_wanted and head.path == self._wanted:
                    await self._answer(writer, is_head=head.method == b"HEAD")
                elif head is not None:
                    writer.write(_REFUSAL)
                await writer.drain()
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, is_head: bool) -> None:
        lines = [
            "HTTP/1.1 200 OK",
            f"Content-Type: {self._media_type}",
            f"Content-Length: {self._path.stat().st_size}",
            # A saved page is what it was when it was saved: its scripts would only take it apart.
            "Content-Security-Policy: sandbox allow-same-origin; script-src 'none'; connect-src 'none'",
            "Cache-Control: no-store",
            "Connection: close",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode("ascii"))
        if is_head:
            return
        with self._path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                writer.write(chunk)
                await writer.drain()
