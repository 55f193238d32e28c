"""A few words of a text around what was looked for in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from storage.tokens import CJK, MIN_PREFIX_CHARS, fold

BEFORE_CHARS, WIDTH_CHARS = 24, 90
MAX_FOLDED_CHARS = 20_000
"""Of a text that is folded letter by letter, when what is looked for is written otherwise there."""

_MAX_PLACES = 60
_SPACES = re.compile(r"\s+")
_RUNS = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
_WORD_BEFORE = rf"(?<![^\W_{CJK}])"
_WORD_AFTER = rf"(?![^\W_{CJK}])"

Context = tuple[tuple[str, bool], ...]


def pattern(words: Iterable[tuple[str, bool]]) -> re.Pattern[str] | None:
    """Finds the words in a text; of each whether it is a phrase. Those found by their beginning are found whole."""
    parts: list[str] = []
    for text, phrase in words:
        runs = _RUNS.findall(text)
        if phrase and runs:
            parts.append(r"[\W_]*".join(_part(run, whole=True) for run in runs))
        else:
            parts += [_part(run, whole=len(run) < MIN_PREFIX_CHARS) for run in runs]
    return re.compile("|".join(f"({part})" for part in parts), re.IGNORECASE) if parts else None


def _part(run: str, whole: bool) -> str:
    if re.match(f"[{CJK}]", run):
        return re.escape(run)
    return f"{_WORD_BEFORE}{re.escape(run)}" + (_WORD_AFTER if whole else rf"[^\W_{CJK}]{{0,40}}")


def context(text: str, wanted: re.Pattern[str]) -> Context:
    """The stretch of the text with the most of what was looked for; empty when nothing of it is there."""
    places = _places(text, wanted)
    if not places:
        return ()
    # The stretch begins with one of the places: the first of those with the most different words in it.
    start = max(
        range(len(places)),
        key=lambda i: (len({p[2] for p in places[i:] if p[1] <= places[i][0] + WIDTH_CHARS - BEFORE_CHARS}), -i),
    )
    return _stretch(text, [place[:2] for place in places[start:]])


def _places(text: str, wanted: re.Pattern[str]) -> list[tuple[int, int, int]]:
    """Beginning, end and which of the words, of the first places."""
    found = [(m.start(), m.end(), m.lastindex or 0) for m in islice(wanted.finditer(text), _MAX_PLACES)]
    if found:
        return found
    folded, origin = [], []
    for index, char in enumerate(text[:MAX_FOLDED_CHARS]):
        for piece in fold(char):
            folded.append(piece)
            origin.append(index)
    matches = islice(wanted.finditer("".join(folded)), _MAX_PLACES)
    return [(origin[m.start()], origin[m.end() - 1] + 1, m.lastindex or 0) for m in matches if m.end() > m.start()]


def _stretch(text: str, places: Sequence[tuple[int, int]]) -> Context:
    first = max(0, places[0][0] - BEFORE_CHARS)
    last = min(len(text), first + WIDTH_CHARS)
    last = max(last, min(places[0][1], first + 2 * WIDTH_CHARS))
    first, last = _at_words(text, first, last, places[0])
    pieces: list[tuple[str, bool]] = []
    at = first
    for start, end in places:
        if start < at or end > last:
            continue
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    pieces.append((text[at:last], False))
    if first > 0:
        pieces.insert(0, ("…", False))
    if last < len(text.rstrip()):
        pieces.append(("…", False))
    tidy = [(_SPACES.sub(" ", piece), hit) for piece, hit in pieces]
    return tuple((piece, hit) for piece, hit in tidy if piece)


def _at_words(text: str, first: int, last: int, place: tuple[int, int]) -> tuple[int, int]:
    """Moves the ends of a stretch inwards to the next space, where one is near."""
    if first > 0:
        space = _SPACES.search(text, first, min(place[0], first + 12))
        first = space.end() if space else first
    if last < len(text):
        spaces = [m.start() for m in _SPACES.finditer(text, max(place[1], last - 12), last)]
        last = spaces[-1] if spaces else last
    return first, last
