"""`make bench-fleet`: what the machinery of a fleet does a second, and what one link costs it.

PostgreSQL with durable settings, an S3 server, two replicas behind a webhook, and 1, 2 and 4 `hashkeep worker`s
whose engine has no browser and costs the same each time. Whoever plays Telegram keeps no limits, so that Hashkeep is
measured; what Telegram's limits come to is worked out in docs/scaling.md. All of it shares one machine.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from bench import tree
from bench.cost import site_process
from bench.machine import machine
from tests.postgres import Postgres, running_postgres
from tests.replicas import Replicas, running_replicas
from tests.s3 import S3Server, running_s3
from tests.telegram import Sent, Telegram, running_telegram

MESSAGES, CHATS, WORKERS = 10_000, 200, (1, 2, 4)
QUICK_MESSAGES, QUICK_CHATS = 500, 20
REPLICAS = 2
ENGINE_S = 0.05
HOSTS = 400
"""At most two pages of one host are captured at a time, so a fleet needs many."""
PAGES = 200
CALM_MESSAGES, CALM_EVERY_S = 60, 0.5
"""How long a message takes is measured once more where they come one by one."""
PATIENCE_S = 3600.0

COUNTED = ("shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track=top")


@dataclass
class Figures:
    """What a run came to."""

    workers: int
    messages: int
    intake_s: float
    """From the first update until the last one was answered 200."""
    last_card_s: float
    taken_ms: list[float]
    """Of each update: from the POST to its 200, while 40 at a time are brought."""
    calm_ms: list[float]
    """The same with two a second."""
    seen_ms: list[float]
    """Until the 👀, of those."""
    again: int
    """Updates that had to be brought a second time."""
    slowest_chat: float
    """When the last chat had all its cards, against the mean of the chats."""
    statements: float
    """Of the database, a link."""
    transactions: float
    wal_bytes: float
    cpu_ms: dict[str, float]
    """Of the processes of each part, a link."""
    memory_mb: dict[str, float]
    """Of one process (with those below it) of each part."""


@asynccontextmanager
async def _servers(folder: Path) -> AsyncIterator[tuple[Postgres, S3Server]]:
    folder.chmod(0o711)  # the workers' own users pass through
    with running_postgres(durable=True, options=COUNTED) as postgres, running_s3() as s3:
        with postgres.connect() as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
        yield postgres, s3


def _write(telegram: Telegram, number: int, chats: int, url: Callable[[int], str]) -> Sent:
    """One message with one link; the people of a group take turns, so that each message has a card of its own."""
    return telegram.write(-1001000000000 - number % chats, 5000 + number // chats % 50, f"{url(number)} #bench")


def _steady(number: int) -> str:
    return f"http://h{number % HOSTS}.example.com/{ENGINE_S}/{number}"


async def _until_all(telegram: Telegram, what: str) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not all(getattr(sent, what) for sent in telegram.sent.values()):
        assert time.monotonic() < give_up, f"not all have {what}"
        await asyncio.sleep(0.1)


class _Counters:
    """What has been used so far, by part and in the database."""

    def __init__(self, fleet: Replicas) -> None:
        self._fleet = fleet
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        return {
            "statements": self._asked(
                "SELECT sum(calls) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = %s"
            ),
            "transactions": self._asked("SELECT xact_commit FROM pg_stat_database WHERE datname = %s"),
            "wal": self._asked("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') WHERE %s <> ''"),
            **{f"cpu {part}": sum(map(tree.used_s, pids)) for part, pids in _parts(self._fleet).items()},
            "cpu Telegram, played": time.process_time(),
        }

    def _asked(self, sql: str) -> float:
        with self._fleet.postgres.connect() as connection:
            row = connection.execute(sql.encode(), [self._fleet.name]).fetchone()
        assert row
        return float(row[0] or 0)

    def used(self) -> dict[str, float]:
        """Since the beginning."""
        return {name: now - self._before[name] for name, now in self._now().items()}


def _parts(fleet: Replicas) -> dict[str, list[int]]:
    """The first processes of each part."""
    found: dict[str, list[int]] = defaultdict(list)
    for name, product in fleet.products.items():
        found[f"{name.partition('-')[0]}s"].append(product.pid)
    return {**found, "PostgreSQL": [fleet.postgres.pid], "S3 server": [fleet.s3.pid]}


def _memory_mb(fleet: Replicas) -> dict[str, float]:
    return {
        part: sum(tree.memory_bytes(tree.below(pid)) for pid in pids) / len(pids) / 1e6
        for part, pids in _parts(fleet).items()
    }


def most_frequent(postgres: Postgres, name: str, links: int, lines: int = 25) -> list[str]:
    """The statements that a database was asked most often, as a table."""
    with postgres.connect() as connection:
        found = connection.execute(
            "SELECT calls, mean_exec_time, left(regexp_replace(query, '\\s+', ' ', 'g'), 110) "
            "FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
            "WHERE d.datname = %s ORDER BY calls DESC LIMIT %s",
            [name, lines],
        ).fetchall()
    rows = [f"| {calls / links:.1f} | {ms:.2f} | `{query}` |" for calls, ms, query in found]
    return ["| a link | ms | statement |", "| --- | --- | --- |", *rows]


async def measure(postgres: Postgres, s3: S3Server, folder: Path, workers: int, messages: int, chats: int) -> Figures:
    """One run with the stand-in engine."""
    async with running_telegram() as telegram:
        fleet = Replicas(telegram, postgres, s3, folder / f"{workers}", f"fleet_{workers}", LOG_LEVEL="WARNING")
        async with running_replicas(fleet, REPLICAS, workers):
            counters, began = _Counters(fleet), time.monotonic()
            for number in range(messages):
                _write(telegram, number, chats, _steady)
            await _until_all(telegram, "taken_at")
            intake_s = time.monotonic() - began
            await _until_all(telegram, "answered_at")
            last_card_s = time.monotonic() - began
            used, memory_mb = counters.used(), _memory_mb(fleet)
            many = list(telegram.sent.values())
            calm = []
            for number in range(messages, messages + CALM_MESSAGES):
                calm.append(_write(telegram, number, chats, _steady))
                await asyncio.sleep(CALM_EVERY_S)
            await _until_all(telegram, "seen_at")
            assert not telegram.refused, telegram.refused
            assert all(len(sent.replies) == 1 for sent in many), "a message has not one answer"
    return Figures(
        workers, messages, intake_s, last_card_s,
        taken_ms=[(sent.taken_at - sent.asked_at) * 1000 for sent in many],
        calm_ms=[(sent.taken_at - sent.asked_at) * 1000 for sent in calm],
        seen_ms=[(sent.seen_at - sent.asked_at) * 1000 for sent in calm],
        again=telegram.failed_deliveries,
        slowest_chat=_slowest(many, began),
        statements=used["statements"] / messages,
        transactions=used["transactions"] / messages,
        wal_bytes=used["wal"] / messages,
        cpu_ms={name.removeprefix("cpu "): n * 1000 / messages for name, n in used.items() if name.startswith("cpu ")},
        memory_mb=memory_mb,
    )  # fmt: skip


def _slowest(sent: list[Sent], began: float) -> float:
    ends: dict[int, float] = defaultdict(float)
    for each in sent:
        ends[each.chat_id] = max(ends[each.chat_id], each.answered_at - began)
    return max(ends.values()) / mean(ends.values())


def percentile(values: list[float], part: float) -> float:
    """Of sorted values the one below which that part of them lies."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def _pair(values: list[float]) -> str:
    return f"{percentile(values, 0.5):.0f}, {percentile(values, 0.99):.0f}"


def table(runs: list[Figures]) -> list[str]:
    """The runs side by side, a line for each figure."""
    lines: dict[str, list[str]] = {
        "messages a second taken in": [f"{run.messages / run.intake_s:.1f}" for run in runs],
        "POST to 200, 40 at a time: p50, p99 (ms)": [_pair(run.taken_ms) for run in runs],
        "POST to 200, two a second: p50, p99 (ms)": [_pair(run.calm_ms) for run in runs],
        "POST to 👀, two a second: p50, p99 (ms)": [_pair(run.seen_ms) for run in runs],
        "updates brought again": [f"{run.again}" for run in runs],
        "captures a second, until the last card": [f"{run.messages / run.last_card_s:.1f}" for run in runs],
        "seconds until the last card": [f"{run.last_card_s:.0f}" for run in runs],
        "the slowest chat against the mean": [f"{run.slowest_chat:.2f}" for run in runs],
        "database statements a link": [f"{run.statements:.0f}" for run in runs],
        "transactions a link": [f"{run.transactions:.0f}" for run in runs],
        "WAL a link (kB)": [f"{run.wal_bytes / 1000:.0f}" for run in runs],
    }
    for part in runs[0].cpu_ms:
        lines[f"CPU a link: {part} (ms)"] = [f"{run.cpu_ms[part]:.0f}" for run in runs]
    for part in runs[0].memory_mb:
        lines[f"memory: one of {part} (MB)"] = [f"{run.memory_mb[part]:.0f}" for run in runs]
    return [
        f"| {runs[0].messages} messages, `hashkeep worker` processes: | {' | '.join(str(r.workers) for r in runs)} |",
        f"| --- |{' --- |' * len(runs)}",
        *(f"| {name} | {' | '.join(values)} |" for name, values in lines.items()),
    ]


async def measure_pages(postgres: Postgres, s3: S3Server, folder: Path, pages: int, workers: int = 2) -> list[str]:
    """Pages of mixed weight by the real engine; all are of one host, so that two at a time are captured."""
    async with running_telegram() as telegram:
        fleet = Replicas(telegram, postgres, s3, folder / "pages", "pages", LOG_LEVEL="WARNING")
        with site_process() as (urls, _):
            async with running_replicas(fleet, REPLICAS, workers, module="hashkeep"):
                counters, began = _Counters(fleet), time.monotonic()
                for number in range(pages):
                    _write(telegram, number, QUICK_CHATS, lambda n: f"{urls[n % len(urls)]}?{n}")
                await _until_all(telegram, "answered_at")
                wall_s = time.monotonic() - began
                used, memory_mb = counters.used(), _memory_mb(fleet)
        good = fleet.number("SELECT count(*) FROM captures WHERE verdict = 'ok'")
        with fleet.connect() as connection:
            sizes = connection.execute(
                "SELECT kind, sum(size_bytes) / 1000 FROM artifacts GROUP BY kind ORDER BY 2 DESC"
            ).fetchall()
    total = sum(float(kb) for _, kb in sizes)
    each = ", ".join(f"{kind} {float(kb) / pages:.0f}" for kind, kb in sizes)
    lines = {
        f"pages, of which good ({workers} worker processes)": f"{pages}, {good}",
        "pages a second": f"{pages / wall_s:.2f}",
        "kB kept a page": f"{total / pages:.0f} ({each})",
        "database statements a link": f"{used['statements'] / pages:.0f}",
        **{f"CPU a link: {n[4:]} (ms)": f"{s * 1000 / pages:.0f}" for n, s in used.items() if n.startswith("cpu ")},
        **{f"memory: one of {part} (MB)": f"{mb:.0f}" for part, mb in memory_mb.items()},
    }
    return ["| real pages | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in lines.items())]


async def _all(messages: int, chats: int, workers: list[int], pages: int, statements: bool) -> None:
    runs = []
    with tempfile.TemporaryDirectory(prefix="hashkeep-fleet-") as name:
        async with _servers(Path(name)) as (postgres, s3):
            for count in workers:
                runs.append(await measure(postgres, s3, Path(name), count, messages, chats))
                print(*table(runs[-1:]), sep="\n", end="\n\n", flush=True)
                if statements:
                    print(*most_frequent(postgres, f"fleet_{count}", messages + CALM_MESSAGES), sep="\n", end="\n\n")
            if len(runs) > 1:
                print(*table(runs), sep="\n", end="\n\n", flush=True)
            if pages:
                print(*await measure_pages(postgres, s3, Path(name), pages), sep="\n", flush=True)


def main() -> None:
    """Runs it all, or what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_MESSAGES} messages, {QUICK_CHATS} chats, 2 workers"
    )
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--chats", type=int, default=CHATS)
    parser.add_argument("--workers", type=int, nargs="*", default=list(WORKERS))
    parser.add_argument("--pages", type=int, default=PAGES, help="by the real engine, after the others; 0: none")
    parser.add_argument("--statements", action="store_true", help="which the database is asked most often")
    given = parser.parse_args()
    if given.quick:
        given.messages, given.chats, given.workers, given.pages = QUICK_MESSAGES, QUICK_CHATS, [2], 0
    print(machine(), f"engine {ENGINE_S * 1000:.0f} ms", sep=", ", end="\n\n", flush=True)
    asyncio.run(_all(given.messages, given.chats, given.workers, given.pages, given.statements))


if __name__ == "__main__":
    main()
