"""The main process's side of one supervisor: its start, what is asked of it, and its end."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from capture import process_table
from capture.log_numbers import concerning
from capture.pool_log import LogFromBelow
from capture.process_channel import MAX_LINE_BYTES, ChannelClosed, Message, decode, encode
from capture.process_control import clean_environment
from capture.supervisor import SupervisorSettings

log = logging.getLogger(__name__)

START_TIMEOUT_S = 30.0
CLOSE_TIMEOUT_S = 5.0

_SOURCES = Path(__file__).resolve().parents[1]

Progress = Callable[[str], None]


class WorkerDied(Exception):
    """The worker of a capture ended before its result was there.

    Reasons: `deadline` (it did not end in time), `memory`, `processes` (it took too much of them), `browser` (Chromium
    ended), `browser_start`, `engine`, `killed`, `confused` (its words made no sense), `start`, `supervisor`, `late` (it
    was not to be begun any more).
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass
class _Asked:
    answer: asyncio.Future[Message]
    progress: Progress | None


@dataclass
class SupervisorLink:
    """A running supervisor. `start` makes one; `close` or `kill` ends it with everything below."""

    process: asyncio.subprocess.Process
    folder: str
    """Stands in the environment of every process below: by it they are found if the supervisor is lost."""
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _asked: dict[int, _Asked] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _log: LogFromBelow = field(default_factory=LogFromBelow)
    _last: int = 0
    lost: bool = False

    @classmethod
    async def start(cls, settings: SupervisorSettings) -> SupervisorLink:
        """Starts a supervisor and waits until it listens. Raises WorkerDied("supervisor") if it does not.

        `settings.socket` is filled in here.
        """
        ours, theirs = socket.socketpair()
        environment = clean_environment(os.environ, PYTHONPATH=str(_SOURCES))
        with theirs:
            argument = json.dumps({**asdict(settings), "socket": theirs.fileno()})
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "capture.supervisor", argument,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
                pass_fds=(theirs.fileno(),), cwd=settings.folder, env=environment,
                start_new_session=True,  # Ctrl-C in a terminal is for the main process, which ends all in order
            )  # fmt: skip
        reader, writer = await asyncio.open_connection(sock=ours, limit=MAX_LINE_BYTES)
        link = cls(process, settings.folder, reader, writer)
        assert process.stderr
        link._begin(link._log.read(process.stderr), "supervisor-log")
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                ready = await reader.readline()
        except (OSError, ValueError):
            ready = b""
        except BaseException:
            await link.kill()
            raise
        told = decode(ready) if ready else {"failed": "it did not start"}
        if "failed" in told:
            await link.kill()
            raise WorkerDied("start", str(told["failed"]))
        link._begin(link._listen(), "supervisor")
        return link

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        with concerning():  # it serves every capture, not the one that was the first to need it
            self._tasks.append(asyncio.create_task(work, name=name))

    async def run(self, request: Message, progress: Progress | None) -> Message:
        """Lets a worker run a capture; cancelling this ends the worker. Raises WorkerDied."""
        number, asked = self._ask(progress)
        try:
            self.writer.write(encode({"id": number, "request": request}))
            return await asked.answer
        except asyncio.CancelledError:
            if not self.lost:
                self.writer.write(encode({"cancel": number}))
            raise
        finally:
            self._forget(number)

    async def describe(self) -> Message:
        """What the supervisor says of itself; see capture.process_describe. Raises WorkerDied."""
        number, asked = self._ask(None)
        try:
            self.writer.write(encode({"describe": number}))
            return dict((await asked.answer)["description"])
        finally:
            self._forget(number)

    def _ask(self, progress: Progress | None) -> tuple[int, _Asked]:
        if self.lost:
            raise WorkerDied("supervisor")
        self._last += 1
        asked = self._asked[self._last] = _Asked(asyncio.get_running_loop().create_future(), progress)
        self._log.begin(self._last)
        return self._last, asked

    def _forget(self, number: int) -> None:
        del self._asked[number]
        self._log.end(number)

    async def close(self) -> None:
        """Ends the supervisor in order: it ends its workers when our end of the socket closes."""
        self.writer.close()
        try:
            await asyncio.wait_for(self.process.wait(), CLOSE_TIMEOUT_S)
        except TimeoutError:
            log.warning("the supervisor did not end and is killed")
        await self.kill()

    async def kill(self) -> None:
        """Ends the supervisor and everything below it by force; also tidies up after one that is gone already."""
        self._lose()
        if self.process.returncode is None:
            table = await asyncio.to_thread(process_table.read_table)
            process_table.kill(process_table.below(table, self.process.pid))
            await self.process.wait()
        process_table.kill(await asyncio.to_thread(process_table.with_environment, self.folder))
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.gather(
            *(task for task in self._tasks if task is not asyncio.current_task()), return_exceptions=True
        )
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()

    def _lose(self) -> None:
        self.lost = True
        for asked in self._asked.values():
            if not asked.answer.done():
                asked.answer.set_exception(WorkerDied("supervisor"))

    async def _listen(self) -> None:
        try:
            while line := await self.reader.readline():
                self._hear(decode(line))
        except (OSError, ValueError, ChannelClosed) as error:
            log.warning("the supervisor cannot be understood (%s)", type(error).__name__)
        finally:
            self._lose()

    def _hear(self, message: Message) -> None:
        asked = self._asked.get(message.get("id", 0))
        if asked is None or asked.answer.done():
            return  # cancelled meanwhile
        if "progress" in message:
            if asked.progress:
                asked.progress(str(message["progress"]))
        elif "died" in message:
            asked.answer.set_exception(WorkerDied(str(message["died"]), str(message.get("detail", ""))))
        else:
            asked.answer.set_result(message)
