"""A large archive made up in bulk, to measure finding in: a million links in chats of very unequal size."""

from __future__ import annotations

import random
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

from storage import tokens

LINKS = 1_000_000
TAGS = 100_000
TAGS_A_LINK = 3
PAGES = 100_000
CHATS = 400
LARGEST = 95_000
"""Links of the largest chat; all of its pages are indexed."""

PEOPLE = 20
SENTENCES = 6_000
SENTENCES_A_PAGE = 12
FIRST_CHAT = -1_002_000_000_000
_START = datetime(2020, 1, 1, tzinfo=UTC)
_VERDICTS = (("ok", 88), ("http_error", 4), ("unreachable", 3), ("blocked", 2), ("login", 2), ("not_html", 1))


@dataclass(frozen=True)
class Made:
    """What a benchmark needs to know of the archive."""

    chat_id: int
    """The largest chat."""
    tags: tuple[str, ...]
    """Its tags, the most used first."""
    english: tuple[str, ...]
    chinese: tuple[str, ...]
    """Words of its pages, the most frequent first."""


def make(path: Path, links: int = LINKS, seed: int = 6) -> Made:
    """Fills an empty, migrated database."""
    rng = random.Random(seed)
    share = links / LINKS
    sizes = _sizes(links, share)
    english, chinese = _words(rng)
    base = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        "journal_mode=OFF",
        "synchronous=OFF",
        "cache_size=-400000",
        "foreign_keys=OFF",
        "temp_store=MEMORY",
    ):
        base.execute(f"PRAGMA {pragma}")
    indexes = base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for name, _ in indexes:
        base.execute(f'DROP INDEX "{name}"')
    base.execute("BEGIN")
    names = _archives(base, sizes, share)
    owners = [archive for archive, size in enumerate(sizes, 1) for _ in range(size)]
    rng.shuffle(owners)
    _links(base, owners, rng)
    _tags(base, owners, names, rng)
    _index(base, owners, int(PAGES * share), english, chinese, rng)
    for _, sql in indexes:
        base.execute(sql)
    base.execute("COMMIT")
    base.execute("PRAGMA journal_mode=WAL")
    base.close()
    return Made(FIRST_CHAT - 1, names[1], tuple(english), tuple(chinese))


def _sizes(links: int, share: float) -> list[int]:
    weights = [1 / (rank + 3) for rank in range(1, CHATS)]
    largest = int(LARGEST * share)
    rest = [max(1, int((links - largest) * weight / sum(weights))) for weight in weights]
    rest = [min(size, largest) for size in rest]
    rest[-1] += links - largest - sum(rest)
    return [largest, *rest]


def _words(rng: random.Random) -> tuple[list[str], list[str]]:
    syllables = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "ai", "er", "on")]
    english = list(dict.fromkeys("".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(12_000)))
    chars = [chr(0x4E00 + n) for n in rng.sample(range(8000), 3000)]
    chinese = list(dict.fromkeys("".join(rng.choices(chars, cum_weights=_zipf(3000), k=2)) for _ in range(8_000)))
    return english, chinese


@cache
def _zipf(n: int) -> tuple[float, ...]:
    """Weights by rank, added up."""
    return tuple(accumulate(1 / (rank + 5) for rank in range(n)))


@cache
def _time(n: int) -> str:
    return (_START + timedelta(minutes=3 * n)).strftime("%Y-%m-%d %H:%M:%S+00:00")


def _archives(base: sqlite3.Connection, sizes: list[int], share: float) -> dict[int, tuple[str, ...]]:
    names: dict[int, tuple[str, ...]] = {}
    base.executemany(
        "INSERT INTO archives (id, chat_id, chat_kind, title, language, last_number, served_ms, created_at)"
        " VALUES (?, ?, 'supergroup', ?, 'en', ?, 0, ?)",
        [(a, FIRST_CHAT - a, f"Chat {a}", size, _time(0)) for a, size in enumerate(sizes, 1)],
    )
    base.executemany(
        "INSERT INTO sharers (archive_id, person_id, name, username) VALUES (?, ?, ?, ?)",
        [(a, a * 100 + p, f"Person {p}", f"person{p}") for a in range(1, len(sizes) + 1) for p in range(PEOPLE)],
    )
    total = sum(sizes)
    for archive, size in enumerate(sizes, 1):
        count = max(5, int(TAGS * share * size / total))
        names[archive] = tuple(f"area{n % 40}/tag{n}" if n % 4 == 3 else f"tag{n}" for n in range(count))
    return names


def _links(base: sqlite3.Connection, owners: list[int], rng: random.Random) -> None:
    numbers: dict[int, int] = {}
    hosts = [f"site{n}.example" for n in range(5000)]
    chosen = rng.choices(hosts, cum_weights=_zipf(len(hosts)), k=len(owners))
    verdicts = rng.choices([v for v, _ in _VERDICTS], weights=[w for _, w in _VERDICTS], k=len(owners))

    def rows() -> Iterator[tuple[object, ...]]:
        for link, (archive, host) in enumerate(zip(owners, chosen, strict=True), 1):
            number = numbers[archive] = numbers.get(archive, 0) + 1
            address = f"https://{host}/page/{link}"
            yield (
                link,
                archive,
                number,
                address,
                address[8:],
                host,
                f"Page {link}",
                _time(link),
                "Person",
                archive * 100,
            )

    base.executemany(
        "INSERT INTO links (id, archive_id, number, url, key, host, title, first_shared_at, first_shared_by,"
        " first_sharer_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows(),
    )
    base.executemany(
        "INSERT INTO shares (link_id, chat_id, message_id, person_id, person_name, words, shared_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (link, FIRST_CHAT - archive, link, archive * 100 + min(int(rng.expovariate(0.3)), PEOPLE - 1),
             f"Person {link % PEOPLE}", "look at this", _time(link))
            for link, archive in enumerate(owners, 1)
        ),
    )  # fmt: skip
    base.executemany(
        "INSERT INTO captures (id, link_id, archive_id, url, host, state, attempt, crashes, requested_at, ended_at,"
        " verdict, http_status, media_type, notes, timings_s, requests, bytes_down, denied, shows)"
        " VALUES (?, ?, ?, 'https://x.example/', ?, 'ended', 1, 0, ?, ?, ?, ?, ?, '[]', '{}', 9, 9, 0, 1)",
        (
            (link, link, archive, host, _time(link), _time(link), verdict, 404 if verdict == "http_error" else 200,
             "application/pdf" if verdict == "not_html" else "text/html")
            for link, (archive, host, verdict) in enumerate(zip(owners, chosen, verdicts, strict=True), 1)
        ),
    )  # fmt: skip


def _tags(base: sqlite3.Connection, owners: list[int], names: dict[int, tuple[str, ...]], rng: random.Random) -> None:
    first: dict[int, int] = {}
    next_id = 1
    for archive, of_archive in names.items():
        first[archive] = next_id
        next_id += len(of_archive)
    counts = [0] * next_id

    def rows() -> Iterator[tuple[int, int]]:
        for link, archive in enumerate(owners, 1):
            many = len(names[archive])
            # By its square and more: a few tags are on a third of the links, most are on a few.
            picked = {first[archive] + int(many * rng.random() ** 6) for _ in range(TAGS_A_LINK)}
            for tag in picked:
                counts[tag] += 1
                yield tag, link

    base.executemany("INSERT INTO link_tags (tag_id, link_id) VALUES (?, ?)", rows())
    base.executemany(
        "INSERT INTO tags (id, archive_id, key, name, count) VALUES (?, ?, ?, ?, ?)",
        (
            (first[archive] + n, archive, name, name, counts[first[archive] + n])
            for archive, of_archive in names.items()
            for n, name in enumerate(of_archive)
        ),
    )


def _index(
    base: sqlite3.Connection, owners: list[int], pages: int, english: list[str], chinese: list[str], rng: random.Random
) -> None:
    """Every link by its address and the words around it; `pages` of them, the largest chat's first, by their text."""
    sentences = _sentences(english, chinese, rng)
    of_largest = [link for link, archive in enumerate(owners, 1) if archive == 1]
    others = [link for link, archive in enumerate(owners, 1) if archive != 1][: max(0, pages - len(of_largest))]
    with_page = {*of_largest[:pages], *others}

    def rows() -> Iterator[tuple[object, ...]]:
        for link, archive in enumerate(owners, 1):
            url, said = f"https page {link} example", "look at this"
            if link not in with_page:
                yield link, f"archive{archive}", "", url, said, "", f" {url} {said} ", "", None
                continue
            parts = [sentences[int(len(sentences) * rng.random() ** 2)] for _ in range(SENTENCES_A_PAGE)]
            text = " ".join(part[0] for part in parts)
            body = dict.fromkeys(token for part in parts for token in part[1])
            title = parts[0]
            yield (
                link, f"archive{archive}", title[2], url, said, " ".join(body), f" {url} {said} ",
                f" {' '.join(part[3] for part in parts)} ", zlib.compress(text.encode(), 1),
            )  # fmt: skip

    base.executemany(
        "INSERT INTO search_docs (link_id, scope, title, url, words, body, said_text, page_text, page_shown)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows(),
    )
    base.execute("INSERT INTO search_index(search_index) VALUES ('rebuild')")


def _sentences(
    english: list[str], chinese: list[str], rng: random.Random
) -> list[tuple[str, tuple[str, ...], str, str]]:
    made: list[tuple[str, tuple[str, ...], str, str]] = []
    for n in range(SENTENCES):
        if n % 2:
            text = " ".join(rng.choices(english, cum_weights=_zipf(len(english)), k=12)).capitalize() + "."
        else:
            text = "".join(rng.choices(chinese, cum_weights=_zipf(len(chinese)), k=14)) + "。"
        found = tokens.tokens(text)
        title = tokens.tokens(text[:30])
        made.append((text, tuple(found), " ".join(title), tokens.spaced(text).strip()))
    return made
