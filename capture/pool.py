"""The worker pool as the main process sees it: a request in, a checked result out, whatever happens below."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Container
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from capture import metrics
from capture.address import AddressRule
from capture.egress import LOOKUPS_AT_ONCE, Budget, EgressProxy
from capture.egress_dns import Resolver
from capture.egress_next_hop import NextHop
from capture.given_proxy import GivenProxy
from capture.pool_folder import lent_folder
from capture.pool_link import SupervisorLink, WorkerDied
from capture.pool_results import BadResult, checked_result, explained, host_of, listed_on_the_way, refused
from capture.process_control import raise_descriptor_limit
from capture.process_start import StartMethod
from capture.process_user import is_root, needed_folders
from capture.records import CaptureRequest, CaptureResult
from capture.supervisor import SupervisorSettings

__all__ = ["CapturePool", "PoolSettings", "WorkerDied"]

log = logging.getLogger(__name__)

SEARCHABLE = 0o711

MAX_LISTED_STEPS = 5
"""Hosts of the blocklist through which a shared link may lead: newsletters send clicks through two or three."""
LEAST_S = 10.0
"""What has to be left of a capture's time to begin again."""


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
    next_hop: NextHop | None = None
    """The proxy behind the captures' own, where there is no direct way out."""
    blocked: Container[str] = ()
    """Hosts (canonical) from which pages get nothing."""
    memory_bytes: int = 1_500_000_000
    """What one worker with its browser may hold."""
    max_processes: int = 40
    grace_s: float = 6.0
    """Seconds after a deadline at which the supervisor kills the worker."""
    last_grace_s: float = 12.0
    """Seconds after a deadline at which the supervisor itself is taken for hung. A capture ends 15 s after its
    deadline at the latest."""
    captures_per_worker: int = 50
    sandbox: bool = True
    """Whether Chromium runs in its sandbox, whatever a request says."""
    own_users: bool = True
    """Whether root gives workers users of their own. It makes no difference to anybody else."""
    locked: bool = True
    """Whether nothing below a worker may gain rights. Only a Chromium that is helped into its sandbox needs them."""
    chromium_path: str | None = None
    """Where requests will have it, if it may lie in a folder that only root may enter."""
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
        self._lending = Path()

    async def __aenter__(self) -> Self:
        raise_descriptor_limit()
        scratch = self._settings.scratch_dir.absolute()
        self._folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="workers-", dir=scratch)
        self._lending = Path(self._folder) / "captures"
        await asyncio.to_thread(self._lending.mkdir)
        # Whoever runs a worker finds its way to what is its own, and cannot look around.
        for folder in (self._folder, self._lending):
            os.chmod(folder, SEARCHABLE)
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
        if request.kept_html:
            async with self._free:  # nothing is opened, so there is no way out either
                return await self._run(request, progress)
        why = self._settings.rule.refusal(request.url)
        if why:
            return refused(request.url, why)
        async with self._free:
            return await self._opened(request, progress)

    async def capture_given(self, request: CaptureRequest, given: GivenProxy) -> CaptureResult:
        """Captures a file that somebody gave in the place of a page: there is no web behind it. Raises WorkerDied."""
        async with self._free, given as proxy:
            return await self._run(request.model_copy(update={"url": proxy.address}), None, proxy.url)

    async def _opened(self, request: CaptureRequest, progress: Callable[[str], None] | None) -> CaptureResult:
        """Opens the page, and once more if its address led to a host of the blocklist: that one is asked for, then."""
        ends_at = time.monotonic() + request.deadline_s
        asked_for = {host_of(request.url) or ""}
        while True:
            async with self._way_out(asked_for) as proxy:
                result, report = await self._run(request, progress, proxy.url), proxy.report
            host = listed_on_the_way(result, report)
            left_s = ends_at - time.monotonic()
            if host is None or host in asked_for or len(asked_for) > MAX_LISTED_STEPS or left_s < LEAST_S:
                return explained(result, report)
            asked_for.add(host)
            request = request.model_copy(update={"deadline_s": left_s})

    def _way_out(self, asked_for: Collection[str]) -> EgressProxy:
        settings = self._settings
        return EgressProxy(
            settings.rule, settings.budget, self._resolver,
            next_hop=settings.next_hop, blocked=settings.blocked, asked_for=asked_for,
        )  # fmt: skip

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now has to wait."""
        return self._free.locked()

    async def describe_supervisor(self) -> dict[str, Any]:
        """What the supervisor has got, by its own account; see capture.process_describe. Raises WorkerDied."""
        return await (await self._supervisor()).describe()

    async def _run(
        self, request: CaptureRequest, progress: Callable[[str], None] | None, proxy: str | None = None
    ) -> CaptureResult:
        link = await self._supervisor()
        async with lent_folder(self._lending, request.capture_id, request.scratch) as lent:
            options = request.options.model_copy(update={"sandbox": self._settings.sandbox})
            told = request.model_copy(update={"scratch": lent, "proxy": proxy, "options": options})
            answer = await self._answer(link, told, progress)
            try:
                return await asyncio.to_thread(checked_result, answer, request, lent)
            except BadResult as bad:
                raise WorkerDied("confused", str(bad)) from None

    async def _answer(self, link: SupervisorLink, told: CaptureRequest, progress: Callable[[str], None] | None) -> Any:
        try:
            async with asyncio.timeout(told.deadline_s + self._settings.last_grace_s):
                answer = await link.run(told.model_dump(mode="json"), progress)
        except TimeoutError:
            log.error("the supervisor did not end a capture in time and is replaced")
            await link.kill()
            raise WorkerDied("deadline") from None
        return answer.get("result")

    async def _supervisor(self) -> SupervisorLink:
        async with self._starting:
            if self._link and self._link.lost:
                log.warning("the supervisor is gone; a new one is started")
                metrics.RESTARTS.inc()
                lost, self._link = self._link, None
                await lost.kill()
            if self._link is None:
                self._link = await SupervisorLink.start(self._supervisor_settings())
            return self._link

    def _supervisor_settings(self) -> SupervisorSettings:
        settings = self._settings
        folder = tempfile.mkdtemp(dir=self._folder)
        os.chmod(folder, SEARCHABLE)
        return SupervisorSettings(
            socket=-1, folder=folder, engine=settings.engine, workers=settings.workers,
            method=settings.start_method, memory_bytes=settings.memory_bytes, max_processes=settings.max_processes,
            grace_s=settings.grace_s, captures_per_worker=settings.captures_per_worker,
            own_users=settings.own_users and is_root(), locked=settings.locked,
            needed=needed_folders(settings.engine, settings.chromium_path, self._folder),
        )  # fmt: skip
