"""`python -m tests.chaos --rounds 20 --seed 1`: kills and pauses parts of a fleet at random while links come in.

Each round has an archive of its own, two replicas behind a webhook and two workers with a stand-in engine, on one
PostgreSQL server (durable settings) and one S3 server that all rounds share. What may happen to it: see BLOWS. What is
down comes back after a moment, and an update that was not answered 200 is brought again. When all has settled:

- nothing is lost: every message that was answered 200 has its link in the database, and a finished card in its chat;
- nothing is answered twice: each message has exactly one message of the bot's own words that replies to it;
- no capture runs at two places at the same time (see chaos_runs.Runs);
- `hashkeep verify` finds nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos_runs import LEASE_S, Pause, Runs
from tests.harness import ROOT, Product, environment
from tests.postgres import Postgres, running_postgres
from tests.replicas import Replicas, pause, resume, running_replicas
from tests.s3 import S3Server, running_s3
from tests.telegram import Sent, Telegram, running_telegram

LINKS, CHATS, HOSTS = 500, 50, 40
LINKS_A_SECOND = 25
CAPTURE_S, LONG_CAPTURE_S, LONG_EVERY = 0.1, 2.0, 10
"""Every tenth takes long, so that there is always one to be struck."""
SETTLED_WITHIN_S = 300.0
DOWN_S = (0.3, 2.5)
"""How long something stays down."""

BLOWS = ("worker", "replica", "postgres", "s3", "pause")


@dataclass
class Outcome:
    """What a round came to; everything from `lost` on should be nothing."""

    seed: int
    links: int
    blows: Counter[str]
    seconds: float = 0.0
    delivered_again: int = 0
    captured_again: int = 0
    longest_awake_s: float = 0.0
    """After a pause, the longest that a page stayed open that others had taken meanwhile."""
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    at_the_same_time: list[str] = field(default_factory=list)
    verify: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """All that should not be."""
        return [*self.lost, *self.twice, *self.at_the_same_time, *self.verify]


class Round:
    """One archive, its processes, and who strikes them."""

    def __init__(self, fleet: Replicas, postgres: Postgres, s3: S3Server, journal: Path, seed: int, links: int) -> None:
        self.fleet, self.postgres, self.s3, self.journal, self.links = fleet, postgres, s3, journal, links
        self.telegram: Telegram = fleet.telegram
        self.random = random.Random(seed)
        self.outcome = Outcome(seed, links, Counter())
        self.pauses: list[Pause] = []
        self._down: set[str] = set()

    async def write(self) -> None:
        """People write, each link in a message of its own, over some seconds."""
        pauses = random.Random(self.outcome.seed)  # so that what is struck when is the same for a seed
        for n in range(self.links):
            chat = n % CHATS
            # In groups everybody writes, in private one person: few enough at once that each message has its own card.
            chat_id, person = (1001 + chat,) * 2 if chat % 2 else (-1001000000000 - chat, 5000 + n)
            path = f"{CAPTURE_S if n % LONG_EVERY else LONG_CAPTURE_S}/{n}?journal={self.journal}"
            self.telegram.write(chat_id, person, f"http://h{n % HOSTS}.example.com/{path} #chaos")
            await asyncio.sleep(pauses.expovariate(LINKS_A_SECOND))

    async def strike(self, blows: int, within_s: float) -> None:
        """Strikes so often, each kind at least once where there are enough."""
        kinds = [*BLOWS, *self.random.choices(BLOWS, k=max(blows - len(BLOWS), 0))][:blows]
        self.random.shuffle(kinds)
        times = sorted(self.random.uniform(0, within_s) for _ in kinds)
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for kind, at in zip(kinds, times, strict=True):
                await asyncio.sleep(max(0.0, began + at - time.monotonic()))
                tasks.create_task(self._blow(kind))

    async def _blow(self, kind: str) -> None:
        name = kind
        if kind in ("worker", "replica", "pause"):
            part = "worker" if kind == "pause" else kind
            name = self.random.choice([name for name in self.fleet.products if name.startswith(part)])
        while name in self._down:  # one thing at a time
            await asyncio.sleep(0.1)
        self._down.add(name)
        try:
            self.outcome.blows[kind] += 1
            down_s = self.random.uniform(*DOWN_S)
            match kind:
                case "postgres":
                    await asyncio.to_thread(self.postgres.kill)
                    await asyncio.sleep(down_s)
                    await asyncio.to_thread(self.postgres.start)
                case "s3":
                    await asyncio.to_thread(self.s3.stop)
                    await asyncio.sleep(down_s)
                    await asyncio.to_thread(self.s3.start)
                case "pause":
                    await self._pause(self.fleet.products[name])
                case _:
                    self.fleet.products[name].kill()
                    await asyncio.sleep(down_s)
                    await _start(self.fleet.products[name])
        finally:
            self._down.discard(name)

    async def _pause(self, product: Product) -> None:
        began = time.monotonic()
        pids = pause(product)
        try:
            await asyncio.sleep(LEASE_S + self.random.uniform(3, 6))
        finally:
            self.pauses.append(Pause(frozenset(pids), began, time.monotonic()))
            resume(pids)

    async def settle(self) -> None:
        """Waits until every message is answered and nothing is under way; what is missing then is lost."""
        give_up = time.monotonic() + SETTLED_WITHIN_S
        while time.monotonic() < give_up:
            if all(sent.taken_at and sent.answered_at for sent in self.telegram.sent.values()) and self._is_idle():
                return
            await asyncio.sleep(0.3)

    def _is_idle(self) -> bool:
        under_way = self.fleet.number("SELECT count(*) FROM captures WHERE state <> 'ended'")
        return not under_way + self.fleet.number("SELECT count(*) FROM outbox WHERE pending")

    async def judge(self) -> Outcome:
        """Looks at everything."""
        outcome, sent = self.outcome, self.telegram.sent.values()
        for message in sent:
            outcome.lost += self._lost(message)
            answers = [n for n in message.replies if self.telegram.said[message.chat_id, n].kind != "document"]
            if len(answers) > 1:
                outcome.twice.append(f"message {message.message_id} of {message.chat_id} has the answers {answers}")
        outcome.delivered_again = sum(message.tries - 1 for message in sent)
        runs = Runs(self.journal)
        outcome.captured_again = runs.again
        outcome.at_the_same_time, outcome.longest_awake_s = runs.together(self.pauses)
        outcome.verify = await asyncio.to_thread(self._verify)
        return outcome

    def _lost(self, message: Sent) -> list[str]:
        what = f"message {message.message_id} of {message.chat_id}"
        if not message.taken_at:
            return [f"{what} was never taken"]
        url = message.text.partition(" ")[0]
        with self.fleet.connect() as connection:
            found = connection.execute(
                "SELECT c.state, c.verdict FROM links l JOIN archives a ON a.id = l.archive_id "
                "LEFT JOIN captures c ON c.link_id = l.id WHERE a.chat_id = %s AND l.url = %s",
                [message.chat_id, url],
            ).fetchall()
        if found != [("ended", "ok")]:
            return [f"{what}: in the database it is {found}"]
        if not message.answered_at:
            return [f"{what} has no finished card, but {message.replies}"]
        page = f"Page {url.partition('?')[0].rpartition('/')[2]}"
        if not any(page in self.telegram.said[message.chat_id, n].text for n in message.replies):
            return [f"{what}: its card does not name {page!r}"]
        return []

    def _verify(self) -> list[str]:
        settings = {**self.fleet.settings, "DATA_DIR": str(self.fleet.folder / "verify")}
        done = subprocess.run(
            [sys.executable, "-m", "hashkeep", "verify"], cwd=ROOT, env=environment(**settings), text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        return [] if done.returncode == 0 else [f"verify: {done.returncode}", *(done.stdout + done.stderr).splitlines()]


async def _start(product: Product) -> None:
    """Starts it, again and again while what it needs is away, as a supervisor does."""
    while True:
        try:
            await product.start()
        except AssertionError:
            await asyncio.sleep(0.5)
        else:
            return


@asynccontextmanager
async def _round(postgres: Postgres, s3: S3Server, folder: Path, seed: int, links: int) -> AsyncIterator[Round]:
    folder.mkdir(mode=0o711)
    journal = folder / "journal"
    journal.mkdir()
    journal.chmod(0o1777)  # each worker process has a user of its own
    async with running_telegram(pause_s=0.1, seed=seed) as telegram:
        fleet = Replicas(telegram, postgres, s3, folder, f"chaos_{seed}", FLEET_LEASE_S=str(LEASE_S))
        async with running_replicas(fleet, replicas=2, workers=2):
            yield Round(fleet, postgres, s3, journal, seed, links)


async def one_round(
    postgres: Postgres, s3: S3Server, folder: Path, seed: int, links: int = LINKS, blows: int = 8
) -> Outcome:
    """Runs a round and gives its outcome."""
    began = time.monotonic()
    async with _round(postgres, s3, folder, seed, links) as this:
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(this.write())
            tasks.create_task(this.strike(blows, within_s=max(links / LINKS_A_SECOND, 4)))
        await writing
        await this.settle()
        outcome = await this.judge()
    outcome.seconds = time.monotonic() - began
    return outcome


HEAD = (
    "| seed | links | blows | again: delivered, captured | lost | answered twice | at the same time (after a pause, s) "
    "| verify | s |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def row(outcome: Outcome) -> str:
    """A line of the table."""
    blows = ", ".join(f"{kind} {n}" for kind, n in sorted(outcome.blows.items()))
    verify = "clean" if not outcome.verify else f"{len(outcome.verify)} lines"
    return (
        f"| {outcome.seed} | {outcome.links} | {blows} | {outcome.delivered_again}, {outcome.captured_again} "
        f"| {len(outcome.lost)} | {len(outcome.twice)} "
        f"| {len(outcome.at_the_same_time)} ({outcome.longest_awake_s:.2f}) | {verify} | {outcome.seconds:.0f} |"
    )


async def _all_rounds(rounds: int, seed: int, links: int, blows: int, keep: Path | None) -> list[Outcome]:
    outcomes = []
    with running_postgres(durable=True) as postgres, running_s3() as s3, tempfile.TemporaryDirectory() as name:
        folder = keep or Path(name)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)
        for n in range(seed, seed + rounds):
            print(f"round with seed {n}", flush=True)
            outcome = await one_round(postgres, s3, folder / str(n), n, links, blows)
            outcomes.append(outcome)
            print(*outcome.faults[:20], HEAD if n == seed else "", row(outcome), sep="\n", flush=True)
            postgres.drop(f"chaos_{n}")
    return outcomes


def main() -> None:
    """Runs the rounds, prints a table; the exit status is 1 when there was a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next ones count on")
    parser.add_argument("--links", type=int, default=LINKS)
    parser.add_argument("--blows", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="a folder for logs and journals, kept after the run")
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    outcomes = asyncio.run(_all_rounds(given.rounds, given.seed, given.links, given.blows, given.keep))
    print(HEAD, *map(row, outcomes), sep="\n")
    faults = sum(len(outcome.faults) for outcome in outcomes)
    links, blows = sum(o.links for o in outcomes), sum((o.blows for o in outcomes), Counter())
    print(f"\n{len(outcomes)} rounds, {links} links, {blows.total()} blows {dict(blows)}: {faults} faults")
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
