"""Whether an offline page from anywhere can be handed on as ours: nothing in it runs, and it loads nothing.

Not a cleaner: a page is taken as it is, with the name that its bytes have, or not at all. What our captures write
begins with a policy for the browser that stands before everything else and allows nothing from outside; what such a
policy does not stop (a refresh, an early look-up of names) is looked for in all of the text.
"""

from __future__ import annotations

import re
from pathlib import Path

MAX_BYTES = 60_000_000
_START = re.compile(
    r"(?:<!doctype html(?: public \"[^\"<>]{0,200}\" \"[^\"<>]{0,200}\")?>)?\s*<html(?:\s[^<>]{0,20000})?>"
    r"(?:<head(?:\s[^<>]{0,2000})?>)?"
    r"(?:<meta charset=\"utf-8\">)?<meta http-equiv=\"content-security-policy\" content=\"([^\"<>]{1,1000})\">",
    re.IGNORECASE | re.ASCII,
)
_SOURCES = {
    "default-src": {"'none'"}, "base-uri": {"'none'"}, "form-action": {"'none'"},
    "img-src": {"data:", "blob:"}, "style-src": {"'unsafe-inline'", "data:"}, "font-src": {"data:"},
    "media-src": {"data:", "blob:"}, "frame-src": {"data:", "blob:"},
}  # fmt: skip
_NEEDED = ("default-src", "base-uri", "form-action")
_FORBIDDEN = re.compile(r"<script[\s/>]|<link[\s/]|http-equiv(?!=\"x-dns-prefetch-control\")", re.IGNORECASE | re.ASCII)
"""What no policy stops. Looked for everywhere, and not only in tags: where a tag begins can be disguised, and a page of
words about `http-equiv` is rather left out than one of them let through. Each is found in one pass, however large the
file. Case without Unicode's: a browser takes no dotless i for one of its letters."""


def is_harmless(path: Path) -> bool:
    """Whether the file is an offline page as our captures write them."""
    if path.stat().st_size > MAX_BYTES:
        return False
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    start = _START.match(text)
    return bool(start and _allows_nothing(start[1]) and not _FORBIDDEN.search(text, start.end()))


def _allows_nothing(policy: str) -> bool:
    seen = set()
    for directive in policy.replace("&#39;", "'").split(";"):
        name, *sources = directive.lower().split() or [""]
        if not name:
            continue
        if name in seen or name not in _SOURCES or not set(sources) <= _SOURCES[name] | {"'none'"}:
            return False
        seen.add(name)
    return all(name in seen for name in _NEEDED)
