"""Whoever below the main process is killed, under each start method: its capture is run again, never twice at once.

The deaths of the main process itself are in tests/e2e/test_kill_main.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from capture.address import AddressRule
from capture.jobs import CaptureLoop, JobSettings
from capture.pool import CapturePool, PoolSettings
from capture.records import CaptureOptions
from hashkeep.chromium import find_chromium
from hashkeep.settings import Settings
from storage import archive, outbox
from storage.blobs_folder import FolderBlobs
from storage.queue.embedded import EmbeddedQueue
from storage.records import CaptureView
from tests.harness import processes_below, until
from tests.integration.storage_factories import message
from tests.kills import ROUNDS, Witness, below_us, named, nothing_left, strike, tally, victim, watching

Method = Literal["spawn", "forkserver", "fork"]
METHODS: list[Method] = ["spawn", "forkserver", "fork"]
LEASE_S = 30.0


@dataclass
class Captures:
    """The queue, the loop and the pool as the product has them, in this process."""

    witness: Witness
    method: str

    async def ask(self, path: str, number: int) -> int:
        """Takes in a link to the path; gives its card's id."""
        taken_in = await archive.take_in(message(number, self.witness.url(path)))
        assert taken_in.card_id is not None
        return taken_in.card_id

    async def ended(self, card_id: int) -> CaptureView:
        """The capture of a card's only link, once it has ended."""

        async def look() -> CaptureView | None:
            card = await outbox.card(card_id)
            capture = card.links[0].capture if card else None
            return capture if capture and capture.state == "ended" else None

        return await until(look, f"the end of the capture on card {card_id}", 60)


@asynccontextmanager
async def capturing(folder: Path, method: Method, **changes: Any) -> AsyncIterator[Captures]:
    scratch = folder / "scratch"
    scratch.mkdir()
    chromium = changes.pop("chromium", "/bin/cat")
    settings = {"engine": "tests.standin_engine", "chromium_path": chromium, **changes}
    options = CaptureOptions(chromium_path=chromium)
    rule = AddressRule("127.0.0.1")
    async with watching() as witness, CapturePool(PoolSettings(1, method, scratch, rule, **settings)) as pool:
        blobs = FolderBlobs(folder / "blobs")
        loop = CaptureLoop(EmbeddedQueue(LEASE_S), pool, blobs, JobSettings(1, 30, scratch, options, LEASE_S))
        running = asyncio.create_task(loop.run())
        try:
            yield Captures(witness, method)
        finally:
            below = below_us()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
    await nothing_left(below)


async def kill_and_see_it_run_again(captures: Captures, who: str, number: int) -> None:
    """One kill in the middle of a capture: what hung on the dead is gone, and within a lease the page is open again."""
    path, witness = f"/visit/{number}", captures.witness
    card = await captures.ask(path, number)
    await witness.visited(path, 1)
    below = below_us()
    (worker,) = named(below, "hashkeep-worker")
    hanging = below if who == "supervisor" else _below(below, worker)
    strike(victim(who, below), who, captures.method)
    await nothing_left(hanging)
    await witness.visited(path, 2, within_s=LEASE_S)
    witness.let_go(path)
    assert (await captures.ended(card)).verdict == "ok"
    assert witness.visits[path] == 2, "it was run again more than once"


def _below(pids: dict[int, str], worker: int) -> dict[int, str]:
    """The worker and what is below it, of the listed ones."""
    found = {worker, *processes_below(worker)}
    return {pid: words for pid, words in pids.items() if pid in found}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("who", ["supervisor", "worker", "browser"])
async def test_a_kill_in_the_middle_of_a_capture(opened: Path, method: Method, who: str) -> None:
    async with capturing(opened, method) as captures:
        for number in range(ROUNDS):
            await kill_and_see_it_run_again(captures, who, number)


async def test_a_kill_of_the_fork_server(opened: Path) -> None:
    async with capturing(opened, "forkserver") as captures:
        for number in range(ROUNDS):
            await kill_and_see_it_run_again(captures, "fork server", number)


@pytest.mark.parametrize("method", METHODS)
async def test_a_kill_of_chromium_and_of_its_driver(opened: Path, method: Method) -> None:
    chromium = str(find_chromium(Settings(_env_file=None)))
    async with capturing(opened, method, engine="capture.process_engine", chromium=chromium) as captures:
        for number in range(ROUNDS):
            await kill_and_see_it_run_again(captures, "node driver", 2 * number)
            await kill_and_see_it_run_again(captures, "browser", 2 * number + 1)


@pytest.mark.parametrize("method", METHODS)
async def test_a_page_that_takes_too_much_memory_ends_alone_and_says_so(opened: Path, method: Method) -> None:
    async with capturing(opened, method, memory_bytes=150_000_000) as captures:
        for number in range(ROUNDS):
            tally.count("out of memory", method)
            ended = await captures.ended(await captures.ask(f"/hog/200/{number}", number))
            assert (ended.verdict, ended.error_code) == ("crashed", "memory")
        captures.witness.let_go("/visit/after")
        assert (await captures.ended(await captures.ask("/visit/after", ROUNDS))).verdict == "ok"


@pytest.mark.parametrize("method", METHODS)
async def test_the_third_crash_over_one_page_ends_it(opened: Path, method: Method) -> None:
    async with capturing(opened, method) as captures:
        card = await captures.ask("/visit/bad", 1)
        for number in range(3):
            await captures.witness.visited("/visit/bad", number + 1, within_s=LEASE_S)
            strike(victim("worker", below_us()), "worker, three times", method)
        ended = await captures.ended(card)
        assert (ended.verdict, ended.error_code) == ("crashed", "browser_crashed")
        assert captures.witness.visits["/visit/bad"] == 3
