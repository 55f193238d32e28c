"""Text into the tokens of the search index: words, and for scripts without spaces single characters and pairs.

The same tokens serve every database. Whoever changes what comes out must have the index made again.
"""

from __future__ import annotations

import re
import time
import unicodedata
from dataclasses import dataclass, replace

CJK = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af"
)  # fmt: skip
_RUN = re.compile(rf"(?P<cjk>[{CJK}]+)|(?P<word>[^\W_{CJK}]+)")

_ACCENTS = re.compile("[\u0300-\u036f]")

MAX_WORD_CHARS = 64
MAX_TOKENS = 30_000
"""Of one text. A page with more different words than this is found by most of them."""

MIN_PREFIX_CHARS = 3
"""Shorter words are found whole only: too many begin so."""

_AT_A_STRETCH = 200
"""After so many words or characters the interpreter's lock is given up for a moment.

Long texts are cut in a thread. The event loop hands a transaction's statements to another thread one by one and
would otherwise wait 5 ms for the lock at each of them: 200 ms for a message, where it takes 6.
"""


@dataclass(frozen=True)
class Term:
    """One thing that must be found: tokens that must all be there."""

    tokens: tuple[str, ...]
    prefix: bool
    """The token is the beginning of a word."""
    exact: str | None = None
    """Characters that must follow each other in the text; the pairs of a long run do not say so."""


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC, casefold, letters without their accents."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", folded)))


def spaced(text: str) -> str:
    """Its words and runs, folded, with one space between and around: what phrases are looked for in."""
    runs = [match.group() for match in _RUN.finditer(fold(text))]
    return f" {' '.join(runs)} " if runs else ""


def needle(phrase: str) -> str:
    """What to look for in a spaced text: whole words, and characters of scripts without spaces anywhere."""
    matches = list(_RUN.finditer(fold(phrase)))
    if not matches:
        return ""
    text = " ".join(match.group() for match in matches)
    before = " " if matches[0].lastgroup == "word" else ""
    after = " " if matches[-1].lastgroup == "word" else ""
    return f"{before}{text}{after}"


def tokens(text: str) -> list[str]:
    """The different tokens of a text, in the order in which they first occur."""
    found: dict[str, None] = {}
    for count, match in enumerate(_RUN.finditer(fold(text)), 1):
        if count % _AT_A_STRETCH == 0:
            time.sleep(0)
        run = match.group()
        if match.lastgroup == "word":
            found[run[:MAX_WORD_CHARS]] = None
            continue
        for index, char in enumerate(run):
            found[char] = None
            if index:
                found[run[index - 1 : index + 1]] = None
            if index % _AT_A_STRETCH == _AT_A_STRETCH - 1:
                time.sleep(0)
        if len(found) > MAX_TOKENS:
            break
    return list(found)[:MAX_TOKENS]


def terms(words: str, phrase: bool = False) -> list[Term]:
    """What a person searches for: all of the terms must be found. In a phrase they are whole words, in a row."""
    found: list[Term] = []
    matches = list(_RUN.finditer(fold(words)))
    for match in matches:
        run = match.group()
        if match.lastgroup == "word":
            found.append(Term((run[:MAX_WORD_CHARS],), prefix=len(run) >= MIN_PREFIX_CHARS and not phrase))
        elif len(run) == 1:
            found.append(Term((run,), prefix=False))
        else:
            pairs = tuple(dict.fromkeys(run[i : i + 2] for i in range(len(run) - 1)))
            found.append(Term(pairs, prefix=False, exact=run if len(run) > 2 else None))
    if phrase and len(matches) > 1:
        found = [*(replace(term, exact=None) for term in found[1:]), replace(found[0], exact=needle(words))]
    return list(dict.fromkeys(found))
