"""What stands between a hostile page and this machine: found out before anything starts, never weakened silently."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capture.pool import SEARCHABLE, CapturePool, PoolSettings, WorkerDied
from capture.process_control import clean_environment
from capture.process_user import is_root, needed_folders
from capture.records import CaptureOptions, CaptureRequest
from hashkeep.chromium import find_chromium
from hashkeep.settings import Settings, WrongSettings

_SOURCES = Path(__file__).resolve().parents[1]
_EXAMINE = "capture.process_examine"
_EXAMINE_S = 40.0

HINT = (
    "Chromium's sandbox keeps hostile pages in. Start Hashkeep where it works, or, if you accept that a page which "
    "breaks out of the browser has the rights of its process, write CAPTURE_SANDBOX=off. docs/security.md says more."
)


@dataclass(frozen=True)
class Boundary:
    """What holds a worker and its browser."""

    sandbox: bool
    """Chromium's own."""
    own_users: bool
    """Whether root gives workers users of their own."""
    helped: bool = False
    """Whether Chromium needs a program with more rights to build its sandbox."""


@dataclass(frozen=True)
class Trial:
    """What a trial on this machine gave: None where it works, else a sentence."""

    users: str | None
    namespaces: str | None


async def try_out(settings: Settings, scratch: Path) -> Trial:
    """Tries what the boundary is built of, in a process that ends at once. `scratch` is an existing folder."""
    with _own_folder(scratch) as folder:
        needed = needed_folders(_EXAMINE, str(find_chromium(settings)), str(folder))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "capture.process_probe", json.dumps(needed),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=clean_environment(os.environ, PYTHONPATH=str(_SOURCES)),
        )  # fmt: skip
        told, complaint = await process.communicate()
    if process.returncode != 0:
        last = complaint.decode("utf-8", "replace").strip().splitlines()[-1:]
        return Trial(*[f"the trial failed ({' '.join(last)})"] * 2)
    return Trial(**json.loads(told))


@contextmanager
def _own_folder(scratch: Path) -> Iterator[Path]:
    """A folder in which users of workers find their way."""
    with tempfile.TemporaryDirectory(prefix="trial-", dir=scratch) as name:
        os.chmod(name, SEARCHABLE)
        yield Path(name)


async def find_boundary(settings: Settings, scratch: Path) -> Boundary:
    """The boundary for these settings. Raises WrongSettings where CAPTURE_SANDBOX=on cannot be had."""
    trial = await try_out(settings, scratch)
    if settings.capture_sandbox == "off":
        return weakest_boundary(trial)
    if trial.users:
        raise WrongSettings(f"CAPTURE_SANDBOX: Hashkeep was started by root, and {trial.users}. {HINT}")
    boundary = Boundary(sandbox=True, own_users=is_root(), helped=trial.namespaces is not None)
    if boundary.helped:
        # A helper program of Chromium's, or a rule of AppArmor's for it alone, may do what we cannot.
        try:
            await examine_browser(settings, boundary, scratch)
        except WorkerDied:
            raise WrongSettings(f"CAPTURE_SANDBOX: {trial.namespaces}. {HINT}") from None
    return boundary


def weakest_boundary(trial: Trial) -> Boundary:
    """What is left without Chromium's sandbox."""
    return Boundary(sandbox=False, own_users=is_root() and trial.users is None)


def pool_settings(settings: Settings, boundary: Boundary, scratch_dir: Path, workers: int, **more: Any) -> PoolSettings:
    """How captures are run under these settings."""
    return PoolSettings(
        workers=workers,
        start_method=settings.capture_start_method,
        captures_per_worker=settings.capture_worker_pages,
        memory_bytes=settings.capture_memory_megabytes * 1_000_000,
        scratch_dir=scratch_dir,
        rule=settings.address_rule,
        next_hop=settings.next_hop,
        blocked=settings.egress_blocklist or (),
        sandbox=boundary.sandbox,
        own_users=boundary.own_users,
        locked=not boundary.helped,
        chromium_path=str(find_chromium(settings)),
        **more,
    )


async def examine_browser(settings: Settings, boundary: Boundary, scratch: Path) -> dict[str, Any]:
    """Starts the browser as a capture would; gives what `capture.process_examine` found. Raises WorkerDied, OSError."""
    with _own_folder(scratch) as folder:
        (folder / "scratch").mkdir()
        request = CaptureRequest(
            capture_id="doctor", url="http://doctor.invalid/", scratch=folder / "scratch", deadline_s=_EXAMINE_S,
            options=CaptureOptions(chromium_path=str(find_chromium(settings))),
        )  # fmt: skip
        async with CapturePool(pool_settings(settings, boundary, folder, 1, engine=_EXAMINE)) as pool:
            result = await pool.capture(request)
    found: dict[str, Any] = json.loads(result.title or "{}")
    return found
