"""`python -m capture.worker`: one capture at a time, with one warm browser. The process that opens hostile pages.

It knows the request, its own folder and the socket to the supervisor; it holds no token, no database and no other
chat's data, and is killed with everything below it as soon as something is wrong.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Any, Protocol, cast

from capture.process_channel import MAX_LINE_BYTES, ChannelClosed, Message, decode, encode
from capture.process_control import die_with_parent, lock_privileges, name_process, take_over
from capture.process_log import WorkerFormatter, start_worker_log
from capture.process_start import WorkerPlan
from capture.process_user import become
from capture.records import CaptureOptions, CaptureRequest, CaptureResult, Verdict

log = logging.getLogger("capture.worker")  # by that name also where this module is the program

LOOK_S = 0.5
"""How often a worker looks whether its browser is still there."""

GOING_S = 2.0
"""How long a browser may take to end after its driver."""

NICENESS = 10
"""What workers stand back by when processors are short: a person waits for the bot's answer, nobody for a page."""

RETIRING_NOTES = frozenset({"close_timeout", "browser_hung", "scripts_stopped", "extract_timeout"})
"""What an engine notes when its browser had to be forced, or a thread could not be: the next page gets a new worker."""


class Engine(Protocol):
    """What the engine's module offers."""

    def open_browser(self, options: CaptureOptions) -> AbstractAsyncContextManager[Any]:
        """A running browser."""

    def capture(
        self, request: CaptureRequest, browser: Any, progress: Callable[[str], None] | None
    ) -> Coroutine[Any, Any, CaptureResult]:
        """One capture."""


class Worker:
    """Answers the supervisor's requests one after the other."""

    def __init__(self, engine: Engine, send: Callable[[Message], None]) -> None:
        self._engine = engine
        self._send = send
        self._stack = AsyncExitStack()
        self._browser: Any = None
        self._options: CaptureOptions | None = None

    async def warm(self, options: Message) -> None:
        """Starts the browser before it is needed. If it does not start, the capture that needs it will say so."""
        try:
            await self._warm_browser(CaptureOptions.model_validate(options))
        except Exception:
            log.info("no browser in advance", exc_info=True)

    async def answer(self, told: Message) -> None:
        """Runs one capture and sends its result, or what became of the worker instead."""
        started = time.monotonic()
        request = CaptureRequest.model_validate(told["request"])
        log.info("worker %d begins", os.getpid())
        try:
            browser = await self._warm_browser(request.options)
        except Exception as error:  # noqa: BLE001 - whatever keeps a browser from starting is said to those above
            self._send({"id": told["id"], "died": "browser_start", "detail": f"{type(error).__name__}: {error}"[:500]})
            return
        if request.begin_by is not None and time.monotonic() > request.begin_by:
            self._send({"id": told["id"], "died": "late"})
            return
        # The deadline began when the request was taken; a browser that was slow to start has used some of it.
        left_s = max(request.deadline_s - (time.monotonic() - started), 1.0)
        request = request.model_copy(update={"deadline_s": left_s})
        try:
            result = await self._capture(request, browser, told["id"])
        except Exception as error:
            log.exception("the engine failed")
            self._send({"id": told["id"], "died": "engine", "detail": type(error).__name__})
            return
        if result is None or await _lost(browser, result):
            self._send({"id": told["id"], "died": "browser", "detail": "the browser ended during the capture"})
            return
        self._send({"id": told["id"], "result": result.model_dump(mode="json"), "retire": _worn(result)})

    async def _capture(self, request: CaptureRequest, browser: Any, number: int) -> CaptureResult | None:
        """Runs the engine; None as soon as the browser is gone, whose driver may leave the engine waiting for ever."""
        capture = asyncio.create_task(
            self._engine.capture(request, browser, lambda step: self._send({"id": number, "progress": str(step)[:40]}))
        )
        end = asyncio.create_task(_end_of(browser.pid))
        await asyncio.wait((capture, end), return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        if capture.done():
            return capture.result()
        capture.cancel()  # and not awaited: a step may hold out against it, and this process is about to be killed
        return None

    async def _warm_browser(self, options: CaptureOptions) -> Any:
        warm = self._browser is not None and self._browser.playwright_browser.is_connected()
        if not warm or self._options != options:
            await self._stack.aclose()
            self._browser = await self._stack.enter_async_context(self._engine.open_browser(options))
            self._options = options
        return self._browser


async def _lost(browser: Any, result: CaptureResult) -> bool:
    """Whether the browser is gone. When its driver died, the engine may say `crashed` a moment before it is."""
    if not browser.playwright_browser.is_connected():
        return True
    if result.verdict is not Verdict.CRASHED:
        return False
    with suppress(TimeoutError):
        async with asyncio.timeout(GOING_S):
            await _end_of(browser.pid)
            return True
    return False


async def _end_of(pid: int) -> None:
    """Returns when there is no such process any more."""
    with suppress(ProcessLookupError):
        while True:
            os.kill(pid, 0)
            await asyncio.sleep(LOOK_S)


def _worn(result: CaptureResult) -> bool:
    """Whether the capture may have left the browser in a bad state."""
    return result.verdict in (Verdict.TIMEOUT, Verdict.CRASHED) or not RETIRING_NOTES.isdisjoint(result.notes)


async def serve(end: socket.socket, engine: Engine, lines: WorkerFormatter) -> None:
    """Serves until the supervisor's end closes, which ends the process at once."""
    reader, writer = await asyncio.open_connection(sock=end, limit=MAX_LINE_BYTES)
    requests: asyncio.Queue[Message] = asyncio.Queue()

    async def listen() -> None:
        try:
            while line := await reader.readline():
                requests.put_nowait(decode(line))
        except (OSError, ValueError, ChannelClosed):
            pass
        # Nobody is left to answer to. What is below ends with its pipes, and the supervisor's heirs see to the rest.
        os._exit(0)

    worker = Worker(engine, lambda message: writer.write(encode(message)))
    listener = asyncio.create_task(listen(), name="listen")
    while not listener.done():
        told = await requests.get()
        lines.job = told.get("id", 0)  # of whatever is logged from here on, however late
        await (worker.warm(told["warm"]) if "warm" in told else worker.answer(told))
        await writer.drain()


def run(plan: WorkerPlan, end: socket.socket, parent: int) -> None:
    """Sets the process up and serves; does not return while there is a supervisor."""
    os.nice(NICENESS)  # before anything is opened: everything below inherits it, Chromium too
    if plan.uid is not None:
        become(plan.uid)
    if plan.locked:
        lock_privileges()
    die_with_parent(parent)  # after that: a change of the user makes the kernel forget it
    name_process("hashkeep-worker")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)  # a stray print goes to the log
    os.chdir(plan.folder)
    asyncio.run(serve(end, cast(Engine, importlib.import_module(plan.engine)), start_worker_log()))


def main() -> None:
    """The entry of a spawned worker."""
    told = json.loads(sys.argv[1])
    run(WorkerPlan(**told["plan"]), take_over(told["socket"]), told["parent"])


if __name__ == "__main__":
    main()
