"""Text as both databases can keep it: PostgreSQL refuses NUL, and neither has a place for half a surrogate pair.

Pages and people send both; what cannot be kept must not keep the rest from being kept.
"""

from __future__ import annotations

import re
from typing import Any

_HALVES = re.compile("[\ud800-\udfff]")
_ESCAPES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")
_REPLACEMENT = "\ufffd"


def text(value: str) -> str:
    """The text without NUL, and with U+FFFD for each half of a pair."""
    if value.isascii():
        return value.replace("\0", "") if "\0" in value else value
    return _HALVES.sub(_REPLACEMENT, value.replace("\0", ""))


def json(encoded: str) -> str:
    """The same for JSON, in which both may hide as escapes."""
    if "\\u" not in encoded:
        return text(encoded)
    return _ESCAPES.sub(lambda found: _escape(found[0]), text(encoded))


def value(given: Any) -> Any:
    """A value for the database."""
    return text(given) if isinstance(given, str) else given


def _escape(found: str) -> str:
    if len(found) != 6:
        return found
    code = int(found[2:], 16)
    if code == 0:
        return ""
    return "\\ufffd" if 0xD800 <= code <= 0xDFFF else found
