"""A site of awkward pages on loopback, and one browser to capture them with."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from capture.browser import Browser
from capture.engine import capture
from capture.records import ArtifactKind, CaptureOptions, CaptureRequest, CaptureResult

OPTIONS = CaptureOptions(
    chromium_path=os.environ.get("CHROMIUM_PATH", "/usr/lib/chromium/chromium-headless-shell"),
    sandbox=os.geteuid() != 0,
)


@dataclass(frozen=True)
class Answer:
    """What a path answers, and how slowly."""

    body: bytes = b""
    type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[str, ...] = ()
    wait_s: float = 0.0
    """Before the first byte."""
    chunks: tuple[bytes, ...] = ()
    """Sent one after the other behind the body, with a pause before each."""
    pause_s: float = 0.2
    never_ends: bool = False
    drop: bool = False
    """Closes the connection without an answer."""


@dataclass
class Pages:
    """A running site. `{PORT}` and `{OTHER}` (a second port, another origin) in bodies are filled in."""

    answers: dict[str, Answer]
    asked: list[str] = field(default_factory=list)
    port: int = 0
    other_port: int = 0
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def add(self, path: str, page: Answer | str | bytes) -> str:
        """Adds a page and gives its address."""
        if isinstance(page, str):
            page = page.encode()
        self.answers[path] = Answer(page) if isinstance(page, bytes) else page
        return self.url(path)

    def stop(self) -> None:
        self._stopping.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            target = head.split(b" ")[1].decode("latin-1")
            self.asked.append(target)
            answer = self.answers.get(target.partition("?")[0], Answer(b"<h1>Not here</h1>", status=404))
            if answer.wait_s:
                await self._wait(answer.wait_s)
            if not answer.drop:
                await self._send(answer, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the browser went away
        finally:
            writer.close()

    async def _send(self, answer: Answer, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {answer.status} Said", f"Content-Type: {answer.type}", "Connection: close", *answer.headers]
        writer.write(self._filled("\r\n".join(lines).encode("latin-1")) + b"\r\n\r\n" + self._filled(answer.body))
        await writer.drain()
        for chunk in answer.chunks:
            await self._wait(answer.pause_s)
            writer.write(chunk)
            await writer.drain()
        if answer.never_ends:
            await self._stopping.wait()

    async def _wait(self, seconds: float) -> None:
        with_end = asyncio.wait([asyncio.ensure_future(self._stopping.wait())], timeout=seconds)
        _, pending = await with_end
        for task in pending:
            task.cancel()

    def _filled(self, body: bytes) -> bytes:
        return body.replace(b"{PORT}", str(self.port).encode()).replace(b"{OTHER}", str(self.other_port).encode())


@asynccontextmanager
async def serving(pages: Mapping[str, Answer | str | bytes] | None = None) -> AsyncIterator[Pages]:
    """A site on two ports of loopback."""
    site = Pages({})
    for path, page in (pages or {}).items():
        site.add(path, page)
    first = await asyncio.start_server(site.serve, "127.0.0.1")
    second = await asyncio.start_server(site.serve, "127.0.0.1")
    site.port, site.other_port = first.sockets[0].getsockname()[1], second.sockets[0].getsockname()[1]
    async with first, second:
        try:
            yield site
        finally:
            site.stop()


async def captured(
    browser: Browser, url: str, scratch: Path, deadline_s: float = 30, options: CaptureOptions = OPTIONS
) -> CaptureResult:
    """One capture without a proxy."""
    request = CaptureRequest(capture_id="1", url=url, scratch=scratch, deadline_s=deadline_s, options=options)
    return await capture(request, browser)


def picture(result: CaptureResult, scratch: Path, kind: ArtifactKind = ArtifactKind.SCREENSHOT) -> Image.Image:
    """A picture of the capture, decoded."""
    artifact = result.artifact(kind)
    assert artifact, f"no {kind} in {result}"
    data = (scratch / artifact.path).read_bytes()
    assert len(data) == artifact.size_bytes
    image = Image.open(io.BytesIO(data)).convert("RGB")
    assert image.size == (artifact.width_px, artifact.height_px)
    return image


def shows(image: Image.Image, colour: tuple[int, int, int], box: tuple[int, int, int, int] | None = None) -> int:
    """How many pixels (every fourth row and column looked at) have nearly that colour."""
    part = image.crop(box) if box else image
    small = part.resize((max(1, part.width // 4), max(1, part.height // 4)), Image.Resampling.NEAREST)
    near = 0
    for count, pixel in small.getcolors(small.width * small.height) or []:
        if all(abs(a - b) <= 24 for a, b in zip(pixel, colour, strict=True)):  # type: ignore[arg-type]
            near += count
    return near
