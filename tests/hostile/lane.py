"""Runs one row of the table after the other in a worker of their own, and looks at what each leaves behind."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from capture.address import AddressRule
from capture.egress import Budget
from capture.pool import CapturePool, PoolSettings, WorkerDied
from capture.records import CaptureOptions, CaptureRequest, CaptureResult, Verdict
from hashkeep.chromium import find_chromium
from hashkeep.settings import Settings
from tests.harness import alive, processes_below
from tests.hostile.canaries import Canaries, Hit
from tests.hostile.case import Case
from tests.hostile.cases import CASES
from tests.hostile.names import NameServer, resolver_of
from tests.hostile.server import HostileServer, html

ORDINARY_TITLE = "An ordinary page"
_ORDINARY = html("<p>It has nothing to hide.</p>", title=ORDINARY_TITLE)
_SETTLING_S = 6.0
"""How long processes may take to end after a capture."""
_SPARE_DESCRIPTORS = 60
"""Chromium keeps pipes to processes that it has in reserve."""


@dataclass
class Outcome:
    """What came of a row."""

    case: Case
    folder: Path
    result: CaptureResult | None
    died: str
    took_s: float
    hits: list[Hit] = field(default_factory=list)
    after: str = "ok"
    """How the ordinary page ended that was captured next."""
    followed: bool = False
    """Whether there was such a page."""
    left: list[str] = field(default_factory=list)
    """What should not be there any more."""

    @property
    def told(self) -> str:
        """`verdict`, `verdict/code` or `died:reason`."""
        if self.result is None:
            return f"died:{self.died}"
        code = self.result.error.code if self.result.error else ""
        return f"{self.result.verdict.value}/{code}" if code else self.result.verdict.value

    def words(self) -> str:
        """Every text that the capture kept, and its title."""
        files = [path for path in self.folder.iterdir() if path.suffix in (".html", ".md", ".txt", ".xml", ".svg")]
        texts = [path.read_text("utf-8", "replace") for path in files]
        return "\n".join([*texts, (self.result.title if self.result else "") or ""])


def options() -> CaptureOptions:
    """As the product makes them on this machine."""
    chromium = find_chromium(Settings(_env_file=None))  # type: ignore[call-arg]
    return CaptureOptions(chromium_path=str(chromium), sandbox=os.geteuid() != 0)


class Lane:
    """A site, its canaries, its names and one worker. Only the site's own address is open to pages."""

    def __init__(
        self, site: HostileServer, canaries: Canaries, names: NameServer, pool: CapturePool, folder: Path
    ) -> None:
        self.site = site
        self.canaries = canaries
        self.names = names
        self.pool = pool
        self._folder = folder
        self._number = 0
        self._usual: Counter[str] = Counter()
        self._usual_descriptors = 0

    def fill(self, text: str) -> str:
        """Puts this lane's addresses into a text of the table."""
        places = {
            "%SITE%": f"127.0.0.1:{self.site.port}", "%SITE_PORT%": str(self.site.port),
            "%IN%": f"127.0.0.2:{self.canaries.port}", "%OWN%": f"127.0.0.1:{self.canaries.port}",
            "%SIX%": f"[::1]:{self.canaries.port}", "%PORT%": str(self.canaries.port),
        }  # fmt: skip
        if "%DEVTOOLS%" in text:
            places["%DEVTOOLS%"] = str(self.devtools_port())
        for place, value in places.items():
            text = text.replace(place, value)
        return text

    def devtools_port(self) -> int:
        """Of the browser that runs at the moment."""
        found = list((self._folder / "scratch").glob("workers-*/**/DevToolsActivePort"))
        newest = max(found, key=lambda path: path.stat().st_mtime)
        return int(newest.read_text().split()[0])

    async def warm_up(self) -> None:
        """One ordinary page, and what a worker looks like after it."""
        assert await self._ordinary() == "ok"
        tree = self._tree()
        self._usual = _roles(tree)
        self._usual_descriptors = sum(map(_open_files, tree))

    async def run(self, case: Case, afterwards: bool = True) -> Outcome:
        """The attack, and (`afterwards`) an ordinary page and what is left then."""
        before = len(self.canaries.hits)
        started = time.monotonic()
        url = self.fill(case.url) or self.site_url(case.name)
        folder, result, died = await self._capture(url, case.deadline_s)
        outcome = Outcome(case, folder, result, died, time.monotonic() - started)
        if not afterwards or case.kind == "direct":  # which no browser is asked to open
            outcome.hits = self.canaries.hits[before:]
            return outcome
        during, outcome.followed = self._tree(), True
        outcome.after = await self._ordinary()
        outcome.hits = self.canaries.hits[before:]
        outcome.left = await self._left(during) + self._files(outcome)
        return outcome

    def site_url(self, name: str) -> str:
        """The address of a row's folder."""
        return f"http://127.0.0.1:{self.site.port}/{name}/"

    async def _capture(self, url: str, deadline_s: float) -> tuple[Path, CaptureResult | None, str]:
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir()
        request = CaptureRequest(
            capture_id=str(self._number), url=url, scratch=folder, deadline_s=deadline_s, options=options()
        )
        try:
            return folder, await self.pool.capture(request), ""
        except WorkerDied as death:
            return folder, None, death.reason

    async def _ordinary(self) -> str:
        _, result, died = await self._capture(self.site_url("ordinary"), 20)
        if result is None:
            return f"died:{died}"
        if result.title != ORDINARY_TITLE or len(result.artifacts) < 4:
            return f"{result.verdict.value}, {result.title!r}, {len(result.artifacts)} files"
        return result.verdict.value if result.verdict is Verdict.OK else f"{result.verdict.value}: {result.error}"

    # What is left

    def _tree(self) -> dict[int, str]:
        """The processes below this lane's supervisor: those that name its folder, and what is below them."""
        mine = str(self._folder)
        tops = [pid for pid, words in processes_below(os.getpid()).items() if mine in words]
        found: dict[int, str] = {}
        for pid in tops:
            found |= processes_below(pid)
        return found

    async def _left(self, during: dict[int, str]) -> list[str]:
        """Processes and descriptors beyond those of a worker that has captured one page."""
        give_up = time.monotonic() + _SETTLING_S
        while True:
            now = self._tree()
            more = _roles(now) - self._usual
            stray = {pid: words[:80] for pid, words in alive(during).items() if pid not in now}
            descriptors = sum(map(_open_files, now)) - self._usual_descriptors
            left = [f"{count} more of {role}" for role, count in more.items() if count > 1]
            left += [f"process {pid}: {words}" for pid, words in stray.items()]
            left += [f"{descriptors} more descriptors"] if descriptors > _SPARE_DESCRIPTORS else []
            if not left or time.monotonic() > give_up:
                return left
            await asyncio.sleep(0.1)

    def _files(self, outcome: Outcome) -> list[str]:
        """Files that no result names, and downloads that lie around."""
        named = {artifact.path for artifact in outcome.result.artifacts} if outcome.result else set()
        text = outcome.result.visible_text_path if outcome.result else None
        known = named | ({text} if text else set())
        left = [f"file {path.name}" for path in outcome.folder.iterdir() if outcome.result and path.name not in known]
        scratch = self._folder / "scratch"
        downloads = [path for path in scratch.glob("workers-*/*/*/tmp/playwright-artifacts-*/*") if path.is_file()]
        return left + [f"download {path}" for path in downloads]


def _roles(tree: dict[int, str]) -> Counter[str]:
    """How many processes of each kind there are."""
    roles: Counter[str] = Counter()
    for words in tree.values():
        kind = next((word for word in words.split() if word.startswith("--type=")), "")
        roles[kind or words.split(" ")[0].rpartition("/")[2]] += 1
    return roles


def _open_files(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


@asynccontextmanager
async def open_lane(folder: Path, allow: str = "127.0.0.1:%SITE_PORT%", **settings: int) -> AsyncIterator[Lane]:
    """A lane of its own, with its files below an empty folder."""
    (folder / "scratch").mkdir(parents=True)
    site = HostileServer({**{case.name: case.behaviour for case in CASES}, "ordinary": _ORDINARY})
    names = NameServer()
    try:
        async with Canaries(site.port) as canaries:
            rule = AddressRule(allow.replace("%SITE_PORT%", str(site.port)))
            with patch("capture.pool.Resolver", resolver_of(names)):
                pool = CapturePool(PoolSettings(1, "spawn", folder / "scratch", rule, Budget(), **settings))
            async with pool:
                lane = Lane(site, canaries, names, pool, folder)
                site.fill = lane.fill
                yield lane
    finally:
        site.close()
        names.close()
