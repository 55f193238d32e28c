"""The worker pool as the main process sees it: a request in, a checked result out, whatever happens below."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from capture.address import AddressRule
from capture.egress import LOOKUPS_AT_ONCE, Budget, EgressProxy
from capture.egress_dns import Resolver
from capture.pool_link import SupervisorLink, WorkerDied
from capture.pool_results import BadResult, checked_result, explained, refused
from capture.process_start import StartMethod
from capture.records import CaptureRequest, CaptureResult
from capture.supervisor import SupervisorSettings

__all__ = ["CapturePool", "PoolSettings", "WorkerDied"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PoolSettings:
    """What is decided once for all captures."""

    workers: int
    start_method: StartMethod
    scratch_dir: Path
    """An existing folder; the workers' homes are made below it."""
    rule: AddressRule
    budget: Budget = field(default_factory=Budget)
    """Of each capture."""
    memory_bytes: int = 1_500_000_000
    """What one worker with its browser may hold."""
    max_processes: int = 40
    grace_s: float = 6.0
    """Seconds after a deadline at which the supervisor kills the worker."""
    last_grace_s: float = 12.0
    """Seconds after a deadline at which the supervisor itself is taken for hung. A capture ends 15 s after its
    deadline at the latest."""
    captures_per_worker: int = 50
    engine: str = "capture.process_engine"
    """The module that workers import for `capture` and `open_browser`; tests have one of their own."""


class CapturePool:
    """Runs captures, at most `workers` at once; `async with CapturePool(settings) as pool:`.

    The supervisor is started with the first capture, and again when it was lost. Leaving the block ends everything.
    """

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        self._free = asyncio.Semaphore(settings.workers)
        self._starting = asyncio.Lock()
        self._resolver = Resolver(settings.workers * LOOKUPS_AT_ONCE)
        self._link: SupervisorLink | None = None
        self._folder = ""

    async def __aenter__(self) -> Self:
        scratch = self._settings.scratch_dir.absolute()
        self._folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="workers-", dir=scratch)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._link:
            await self._link.close()
        self._resolver.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def capture(self, request: CaptureRequest, progress: Callable[[str], None] | None = None) -> CaptureResult:
        """Runs one capture; `progress` is told the name of each step as it begins.

        Raises WorkerDied if there is no result to be had; trying again may make sense then. Cancelling it ends the
        worker that runs it, and never disturbs another capture.
        """
        why = self._settings.rule.refusal(request.url)
        if why:
            return refused(request.url, why)
        async with self._free, EgressProxy(self._settings.rule, self._settings.budget, self._resolver) as proxy:
            answer = await self._run(request.model_copy(update={"proxy": proxy.url}), progress)
            try:
                result = await asyncio.to_thread(checked_result, answer, request)
            except BadResult as bad:
                raise WorkerDied("confused", str(bad)) from None
            return explained(result, proxy.report)

    async def _run(self, request: CaptureRequest, progress: Callable[[str], None] | None) -> Any:
        link = await self._supervisor()
        try:
            async with asyncio.timeout(request.deadline_s + self._settings.last_grace_s):
                answer = await link.run(request.model_dump(mode="json"), progress)
        except TimeoutError:
            log.error("the supervisor did not end a capture in time and is replaced")
            await link.kill()
            raise WorkerDied("deadline") from None
        return answer.get("result")

    async def _supervisor(self) -> SupervisorLink:
        async with self._starting:
            if self._link and self._link.lost:
                log.warning("the supervisor is gone; a new one is started")
                lost, self._link = self._link, None
                await lost.kill()
            if self._link is None:
                self._link = await SupervisorLink.start(self._supervisor_settings())
            return self._link

    def _supervisor_settings(self) -> SupervisorSettings:
        settings = self._settings
        return SupervisorSettings(
            socket=-1, folder=tempfile.mkdtemp(dir=self._folder), engine=settings.engine, workers=settings.workers,
            method=settings.start_method, memory_bytes=settings.memory_bytes, max_processes=settings.max_processes,
            grace_s=settings.grace_s, captures_per_worker=settings.captures_per_worker,
        )  # fmt: skip
