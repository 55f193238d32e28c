"""Hosts that are not opened although they are public: lists of advertisers and trackers (EGRESS_BLOCKLIST)."""

from __future__ import annotations

import logging
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from pathlib import Path

from capture.address import canonical_host, is_local_name, literal

log = logging.getLogger(__name__)

_NOWHERE = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1", "0"})  # noqa: S104 - what lists send a host to
_PLAIN = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+(?!xn--)[a-z][a-z0-9-]{0,62}")
"""A name that needs no second look: a browser would write it in the same way."""
_TOLERATED = 100
"""One line in so many may be odd: long lists have a few, a file that is no list has only such."""
_TAKES = "it takes lines like 0.0.0.0 ads.example"
_ADBLOCK = ("||", "@@", "##", "[Adblock", "!")


class WrongBlocklist(ValueError):
    """A file is no blocklist; the message says which, why, and what to write."""


class Blocklist:
    """A set of host names, kept as sorted 64-bit hashes: 1.6 MB for 200 000 hosts, where a set of texts takes 25 MB.

    Hosts format has exact names: a name below a listed one is not in it. Python's own hash of a text is keyed anew
    for each process, so nobody can look for a name that falls together with a listed one.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hashes = _sorted(map(hash, hosts))

    def __contains__(self, host: object) -> bool:
        wanted = hash(host)
        at = bisect_left(self._hashes, wanted)
        return at < len(self._hashes) and self._hashes[at] == wanted

    def __len__(self) -> int:
        return len(self._hashes)

    def __repr__(self) -> str:
        return f"Blocklist({len(self)} hosts)"


def _sorted(hashes: Iterable[int]) -> array[int]:
    return array("q", (number for number, _ in groupby(sorted(hashes))))


def load_blocklist(paths: Iterable[Path]) -> Blocklist:
    """Reads files of lines like `0.0.0.0 ads.example` or `ads.example`. Raises WrongBlocklist."""
    return Blocklist(chain.from_iterable(map(_hosts_of, paths)))


def _hosts_of(path: Path) -> Iterator[str]:
    if not path.is_file():
        what = "is no file" if path.exists() else "does not exist"
        raise WrongBlocklist(f"{path} {what}; write the path of a file in hosts format")
    try:
        with path.open(encoding="utf-8-sig") as lines:
            yield from _hosts_in(path, lines)
    except OSError as error:
        raise WrongBlocklist(f"{path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise WrongBlocklist(f"{path} is no text; {_TAKES}") from None


def _hosts_in(path: Path, lines: Iterable[str]) -> Iterator[str]:
    filled = named = 0
    odd: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        filled += 1
        hosts = _hosts_on(words)
        if hosts is None:
            odd.append((number, line.strip()))
        else:
            named += len(hosts)
            yield from hosts
    if len(odd) * _TOLERATED > filled:
        raise WrongBlocklist(_complaint(path, *odd[0]))
    if not named:
        raise WrongBlocklist(f"{path} names no host; {_TAKES}")
    if odd:
        where = odd[0][0]
        log.warning("%s: %d of %d lines are no hosts, the first is line %d; left out", path, len(odd), filled, where)


def _hosts_on(words: list[str]) -> list[str] | None:
    """The hosts of a line, canonical; None if it is none of hosts format."""
    sent_nowhere = words[0] in _NOWHERE and len(words) > 1
    if not sent_nowhere and len(words) > 1:
        # Systems' own lines (255.255.255.255 broadcasthost, ff02::1 ip6-allnodes) are no harm; any other address is.
        harmless = literal(words[0].partition("%")[0]) is not None and all(map(is_local_name, words[1:]))
        return [] if harmless else None
    hosts = []
    for word in words[1:] if sent_nowhere else words:
        host = word.lower().removesuffix(".")
        if not _PLAIN.fullmatch(host):
            canonical = canonical_host(host)
            if canonical is None or "*" in canonical:
                return None
            if literal(canonical) is not None or is_local_name(canonical):
                if sent_nowhere:
                    continue  # 127.0.0.1 localhost, 0.0.0.0 0.0.0.0
                return None
            host = canonical
        hosts.append(host)
    return hosts


def _complaint(path: Path, number: int, line: str) -> str:
    if line.startswith(_ADBLOCK) or "##" in line or line.endswith("^"):
        why = "is a rule of an ad blocker; take the same list in hosts format"
    else:
        why = "is none of hosts format, which has lines like 0.0.0.0 ads.example or just ads.example"
    shown = "".join(mark if mark.isprintable() else "?" for mark in line[:60]) + ("…" if len(line) > 60 else "")
    return f"{path}, line {number} ({shown}) {why}"
