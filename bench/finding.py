"""How long each way of finding takes, in the largest chat of an archive of a million links on SQLite."""

from __future__ import annotations

import asyncio
import math
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench.archive import FIRST_CHAT, LINKS, PAGES, TAGS, TAGS_A_LINK, Made, make
from storage import database, search, search_across, tags
from storage.query import Bare, parse

RUNS = 150
ASKED = 3
"""Times in a row that each question is asked; the quickest counts. A machine that is shared stops now and then."""
INLINE_CHATS = 10
Ask = Callable[[random.Random], Awaitable[object]]


async def bench_finding(links: int = LINKS) -> list[str]:
    """Gives the lines of a table with p50, p99 and the largest, in milliseconds, of each command."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        await database.open_database("sqlite://", data)
        await database.close_database()
        started = time.monotonic()
        made = await asyncio.to_thread(make, data / "hashkeep.sqlite3", links)
        built_s = time.monotonic() - started
        await database.open_database("sqlite://", data)
        try:
            lines = [_computing(), *[await _row(name, ask) for name, ask in commands(made).items()]]
        finally:
            await database.close_database()
    share = links / LINKS
    return [
        f"| {links:,} links, {links * TAGS_A_LINK:,} link-tags, {int(TAGS * share):,} tags,"
        f" {int(PAGES * share):,} pages; built in {built_s:.0f} s | p50 ms | p99 ms | largest |",
        "| --- | --- | --- | --- |",
        *lines,
    ]


async def _row(name: str, ask: Ask) -> str:
    rng = random.Random(name)
    await ask(rng)
    times_ms = []
    for _ in range(RUNS):
        question = rng.getstate()
        times_ms.append(min([await _asked_ms(ask, rng, question) for _ in range(ASKED)]))
    return _figures(name, times_ms)


async def _asked_ms(ask: Ask, rng: random.Random, question: tuple[Any, ...]) -> float:
    rng.setstate(question)
    started = time.perf_counter()
    await ask(rng)
    return (time.perf_counter() - started) * 1000


def _figures(name: str, times_ms: list[float]) -> str:
    times_ms.sort()
    p99 = times_ms[math.ceil(len(times_ms) * 0.99) - 1]
    return f"| {name} | {times_ms[len(times_ms) // 2]:.1f} | {p99:.1f} | {times_ms[-1]:.1f} |"


def _computing() -> str:
    """The same piece of computing again and again: what the machine itself adds."""
    times_ms = []
    for _ in range(RUNS):
        started = time.perf_counter()
        sum(range(400_000))
        times_ms.append((time.perf_counter() - started) * 1000)
    return _figures("(nothing but computing, asked once)", times_ms)


def commands(made: Made) -> dict[str, Ask]:
    """Each command as somebody of the largest chat gives it, with other words every time."""
    common, rare = made.tags[:10], made.tags[200:]
    chats = [FIRST_CHAT - n for n in range(1, INLINE_CHATS + 1)]

    def tag(make_query: Callable[[random.Random], str]) -> Ask:
        return _search(made.chat_id, "tag", make_query)

    def words(make_query: Callable[[random.Random], str]) -> Ask:
        return _search(made.chat_id, "word", make_query)

    def inline(rng: random.Random) -> Awaitable[object]:
        query = parse(_english(made, rng), "word")
        return search_across.find_among(chats, query, asker_id=100)

    return {
        "/tag, a common one": tag(lambda rng: rng.choice(common)),
        "/tag, a rare one": tag(lambda rng: rng.choice(rare)),
        "/tag, page 50 of a common one": _search(made.chat_id, "tag", lambda rng: rng.choice(common), page=50),
        "/tag a b, both common": tag(lambda rng: " ".join(rng.sample(common, 2))),
        "/tag a b, one rare": tag(lambda rng: f"{rng.choice(common)} {rng.choice(rare)}"),
        "/tag a or b, both common": tag(lambda rng: " or ".join(rng.sample(common, 2))),
        "/tag a or b, both rare": tag(lambda rng: " or ".join(rng.sample(rare, 2))),
        "/tag a -b": tag(lambda rng: "{} -{}".format(*rng.sample(common, 2))),
        "/tag -a": tag(lambda rng: f"-{rng.choice(common)}"),
        "/tag (a or b) -c d": tag(lambda rng: "({} or {}) -{} {}".format(*rng.sample(common, 4))),
        "/tag a/": tag(lambda rng: f"area{rng.randrange(40)}/"),
        "/tags": lambda rng: tags.list_tags(made.chat_id, "", rng.randrange(1, 20)),
        "/tags prefix": lambda rng: tags.list_tags(made.chat_id, f"tag{rng.randrange(1, 9)}"),
        "/search, an English word": words(lambda rng: _english(made, rng)),
        "/search, two English words": words(lambda rng: f"{_english(made, rng)} {_english(made, rng)}"),
        "/search, a beginning of two letters": words(lambda rng: _english(made, rng)[:2]),
        "/search, one Chinese character": words(lambda rng: rng.choice(made.chinese[:2000])[0]),
        "/search, two Chinese characters": words(lambda rng: rng.choice(made.chinese[:4000])),
        "/search, four Chinese characters": words(lambda rng: "".join(rng.sample(made.chinese[:300], 2))),
        "/search, a phrase": words(lambda rng: f'"{_english(made, rng)} {_english(made, rng)}"'),
        "/search word #tag, a common one": words(lambda rng: f"{_english(made, rng)} #{rng.choice(common)}"),
        "/search word #tag, a rare one": words(lambda rng: f"{_english(made, rng)} #{rng.choice(rare)}"),
        "/search word -word -#tag": words(
            lambda rng: f"{_english(made, rng)} -{_english(made, rng)} -#{rng.choice(common)}"
        ),
        "/search word or #tag": words(lambda rng: f"{_english(made, rng)} or #{rng.choice(common)}"),
        "/search word host: since:": words(
            lambda rng: f"{_english(made, rng)} host:site{rng.randrange(50)}.example since:202{rng.randrange(5)}"
        ),
        "/search by:me": words(lambda rng: "by:me"),
        "/search by:name word": words(lambda rng: f"by:@person{rng.randrange(12)} {_english(made, rng)}"),
        "/search is:dead": words(lambda rng: "is:dead"),
        "/search is:dead word": words(lambda rng: f"is:dead {_english(made, rng)}"),
        "/search until:, long ago": words(lambda rng: f"until:2020-0{rng.randrange(1, 9)}"),
        f"inline, {INLINE_CHATS} chats": inline,
        f"inline without words, {INLINE_CHATS} chats": lambda _: search_across.find_among(chats, None, asker_id=100),
    }


def _search(chat_id: int, bare: Bare, make_query: Callable[[random.Random], str], page: int = 1) -> Ask:
    def ask(rng: random.Random) -> Awaitable[object]:
        return search.search(chat_id, make_query(rng), page, bare=bare, asker_id=100)

    return ask


def _english(made: Made, rng: random.Random) -> str:
    return made.english[int(len(made.english) * rng.random() ** 2)]
