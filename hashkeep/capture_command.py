"""`hashkeep capture`: pages into a folder, without a token and without a database."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from capture.log_numbers import concern
from capture.pool import CapturePool, WorkerDied
from capture.records import USABLE, CaptureOptions, CaptureRequest
from hashkeep.boundary import find_boundary, pool_settings
from hashkeep.capture_output import OutputFolder, died_result
from hashkeep.chromium import find_chromium
from hashkeep.leaving import interruptible
from hashkeep.logs import configure_logging, secrets_of
from hashkeep.settings import Settings

ALL_USABLE, SOME_FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

TRIES = 3
"""A worker that was killed is no verdict on a page: as in the bot, the third time it is."""
HOPELESS = frozenset({"deadline", "memory", "browser_start"})
"""Deaths that would come again."""


class WrongUsage(Exception):
    """What was typed cannot be done; the message says why."""


def capture_command(
    urls: list[str],
    *,
    from_file: str | None,
    out: Path,
    concurrency: int | None,
    as_json: bool,
    settings: Settings,
    pdf: bool = False,
) -> int:
    """Captures the URLs, then those of `from_file`, into `out`; returns the exit status.

    0: all are usable, 1: some failed, 2: wrong usage, 130: interrupted.
    """
    _speak_utf8(as_json)
    level = "WARNING" if settings.log_level == "INFO" else settings.log_level
    configure_logging(level, settings.log_json, secrets_of(settings))
    folder = OutputFolder(out)
    try:
        wanted = [_well_formed(url) for url in (*urls, *_read_urls(from_file))]
        if not wanted:
            raise WrongUsage("Give at least one URL, or --from FILE with one a line.")
        _prepare(folder, len(wanted))
    except WrongUsage as error:
        print(error, file=sys.stderr)
        return WRONG_USAGE
    workers = min(concurrency or settings.capture_workers, len(wanted))
    options = CaptureOptions(
        chromium_path=str(find_chromium(settings)),
        pdf=pdf or settings.capture_pdf == "always",
        consent=settings.capture_consent,
        max_resource_bytes=settings.capture_resource_megabytes * 1_000_000,
        max_original_bytes=settings.capture_file_megabytes * 1_000_000,
        max_recorded_bytes=settings.capture_total_megabytes * 1_000_000,
    )
    run = _Run(folder, settings, options, as_json)
    try:
        with interruptible(), run.shown(len(wanted)):
            asyncio.run(run.all(wanted, workers))
    except KeyboardInterrupt:
        print("Interrupted. What was complete is kept.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough. Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOME_FAILED
    except OSError as error:
        print(f"The pages cannot be kept: {error}", file=sys.stderr)
        return SOME_FAILED
    finally:
        folder.clear()
    return SOME_FAILED if run.failed else ALL_USABLE


def _speak_utf8(as_json: bool) -> None:
    """JSON is UTF-8 whatever the terminal speaks; a title that it cannot show is no reason to fail."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8" if as_json else None, errors="replace")


def _well_formed(url: str) -> str:
    """Without the halves of characters as which Python hands over bytes that are no UTF-8."""
    return url.encode("utf-8", "replace").decode()


def _read_urls(from_file: str | None) -> list[str]:
    if from_file is None:
        return []
    try:
        text = sys.stdin.read() if from_file == "-" else Path(from_file).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise WrongUsage(f"{from_file} cannot be read: {reason}") from None
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _prepare(folder: OutputFolder, count: int) -> None:
    try:
        folder.prepare(count)
    except OSError as error:
        raise WrongUsage(f"--out cannot be used: {error}") from None


class _Run:
    """One run of the command: the captures under way and what is shown of them."""

    def __init__(self, folder: OutputFolder, settings: Settings, options: CaptureOptions, as_json: bool) -> None:
        self.failed = 0
        self._folder = folder
        self._settings = settings
        self._options = options
        self._as_json = as_json
        self._progress: Progress | None = None

    @contextmanager
    def shown(self, total: int) -> Iterator[None]:
        """Draws a progress bar on a terminal, on standard error, unless JSON lines go to the same one."""
        if not sys.stderr.isatty() or (self._as_json and sys.stdout.isatty()):
            yield
            return
        columns = (
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        console = Console(stderr=True)
        with Progress(*columns, console=console, redirect_stdout=False, transient=True) as self._progress:
            self._bar = self._progress.add_task("Capturing", total=total)
            try:
                yield
            finally:
                self._progress = None

    async def all(self, urls: list[str], workers: int) -> None:
        """Captures every URL; `workers` at once."""
        left = iter(enumerate(urls, 1))
        boundary = await find_boundary(self._settings, self._folder.work)

        async def work(pool: CapturePool) -> None:
            for number, url in left:
                self._report(await self._one(pool, number, url))

        async with CapturePool(pool_settings(self._settings, boundary, self._folder.work, workers)) as pool:
            tasks = [asyncio.create_task(work(pool), name=f"capture-{n}") for n in range(workers)]
            try:
                # Not a TaskGroup: its ExceptionGroup would hide the broken pipe that ends the command.
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, pool: CapturePool, number: int, url: str) -> dict[str, Any]:
        concern(number)
        for attempt in range(1, TRIES + 1):
            scratch = self._folder.scratch(number)
            request = CaptureRequest(
                capture_id=str(number),
                url=url,
                scratch=scratch.absolute(),
                deadline_s=self._settings.capture_timeout,
                options=self._options,
            )
            try:
                result = await pool.capture(request, lambda step: self._step(number, step))
                break
            except WorkerDied as death:
                result = died_result(url, death.reason, death.detail)
                if death.reason in HOPELESS or attempt == TRIES:
                    break
        if result.verdict not in USABLE:
            self.failed += 1
        return self._folder.keep(number, result, scratch)

    def _step(self, number: int, step: str) -> None:
        if self._progress:
            self._progress.update(self._bar, description=f"{number}: {escape(step)}")

    def _report(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False) if self._as_json else _sentence(record)
        if self._progress and sys.stdout.isatty():
            # The bar lives on the same terminal: its console writes the line above it.
            self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, flush=True)
        if self._progress:
            self._progress.advance(self._bar)


def _sentence(record: dict[str, Any]) -> str:
    what = record["title"] or record["url"]
    if record["verdict"] in USABLE:
        return f"{record['n']}  {record['verdict']}  {what}"
    error = record["error"] or {}
    why = error.get("message") or error.get("code") or ""
    return f"{record['n']}  {record['verdict']}  {what}{f'  ({why})' if why else ''}"
