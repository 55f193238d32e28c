"""Classes of characters as Telegram's library sees them when it cuts words, hashtags and addresses."""

from __future__ import annotations

import json
import string
import unicodedata
from functools import cache
from pathlib import Path

ALNUM = frozenset(string.ascii_letters + string.digits)
NAME = ALNUM | {"_"}
DIGITS = frozenset(string.digits)


def is_letter(ch: str) -> bool:
    """A letter of any script; Han, Kana and Hangul are letters."""
    return unicodedata.category(ch)[0] == "L"


def is_word(ch: str) -> bool:
    """A letter, a number or an underscore."""
    return ch == "_" or unicodedata.category(ch)[0] in "LN"


def is_hashtag(ch: str) -> bool:
    """What a hashtag may hold: letters, decimal digits, `_`, middle dot, zero-width non-joiner, Sinhala signs."""
    if ch in "_\u200c\xb7" or "\u0d80" <= ch <= "\u0dff":
        return True
    category = unicodedata.category(ch)
    return category[0] == "L" or category == "Nd"


def is_address(ch: str) -> bool:
    """What an address may hold beyond ASCII: everything but spaces and most of the general punctuation block."""
    if "\u2000" <= ch <= "\u206f":
        return ch in "\u200c\u200d" or "\u2010" <= ch <= "\u2015"
    return unicodedata.category(ch)[0] != "Z"


def is_path(ch: str) -> bool:
    """What the path of an address may hold."""
    return ch not in '\n<>"\xab\xbb' and is_address(ch)


def is_domain(ch: str) -> bool:
    """What the host of an address may hold."""
    if ch < "\xc0":
        return ch in NAME or ch in ".-~"
    return is_address(ch)


def is_user_info(ch: str) -> bool:
    """What may stand before the `@` of an address."""
    return ch not in "\n/[]{}()'`<>\"@\xab\xbb" and is_address(ch)


def is_protocol(ch: str) -> bool:
    """What is looked at before `://`: no dots; letters of other scripts make the protocol an unknown one."""
    if ch < "\x80":
        return ch in ALNUM or ch in "+-"
    return unicodedata.category(ch)[0] != "Z"


@cache
def top_level_domains() -> frozenset[str]:
    """The known ones, in lower case and as people write them (see `make_tlds`)."""
    return frozenset(json.loads(Path(__file__).with_name("tlds.json").read_text("utf-8")))
