"""Finds addresses and e-mails in a text where Telegram finds them: with or without `http://`, ends cut as it cuts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from playground.characters import (
    ALNUM,
    DIGITS,
    NAME,
    is_address,
    is_domain,
    is_path,
    is_protocol,
    is_user_info,
    is_word,
    top_level_domains,
)  # fmt: skip

Span = tuple[int, int]

_PATH_START = "/?#"
_BAD_END = frozenset(".:;,('?!`")
_PROTOCOL = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_PORT = re.compile(r":0*([0-9]{1,5})(?![0-9])")
_EMAIL_DOMAIN_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,28}[A-Za-z0-9])?\Z")
_EMAIL_USER = re.compile(r"(?:[A-Za-z0-9_-]{0,26}[.+]){0,10}[A-Za-z0-9_-]{1,35}\Z")
_EMAIL_TLD = re.compile(r"[A-Za-z]{2,8}\Z")
_OWN_SCHEMES = re.compile(r"(?:tg|ton)://([A-Za-z0-9_-]{1,253})", re.IGNORECASE)
_LINK = re.compile(
    r"(?:(https?|ftp)://)?(?:([^/?#@]*)@)?([^/?#:@]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?([/?#].*)?\Z", re.IGNORECASE
)
_OPENING, _CLOSING = "([{", ")]}"


def find_addresses(text: str) -> Iterator[tuple[str, Span]]:
    """("url" | "email", (start, end)) in order; indexes of characters."""
    for start, end in _candidates(text):
        found = text[start:end]
        if is_email(found):
            yield "email", (start, end)
        elif found.startswith("mailto:") and is_email(found[7:]):
            yield "email", (start + 7, end)
        elif length := _kept_length(found):
            yield "url", (start, start + length)


def find_own_schemes(text: str) -> Iterator[Span]:
    """`tg://…` and `ton://…` addresses."""
    for match in _OWN_SCHEMES.finditer(text):
        yield match.start(), _with_path(text, match.end())


def is_email(text: str) -> bool:
    """An e-mail address as Telegram sees one."""
    user, at, domain = text.partition("@")
    parts = domain.split(".")
    return bool(
        at
        and _EMAIL_USER.match(user)
        and 2 <= len(parts) <= 7
        and _EMAIL_TLD.match(parts[-1])
        and all(_EMAIL_DOMAIN_PART.match(part) for part in parts[:-1])
    )


def _back(text: str, start: int, stop: int, fits: Callable[[str], bool]) -> int:
    """How far the characters before `start` fit, not going before `stop`."""
    while start > stop and fits(text[start - 1]):
        start -= 1
    return start


def _forward(text: str, start: int, fits: Callable[[str], bool]) -> int:
    while start < len(text) and fits(text[start]):
        start += 1
    return start


def _candidates(text: str) -> Iterator[Span]:
    """What could be an address around each dot."""
    begin = 0
    while (dot := text.find(".", begin)) >= 0 and dot + 1 < len(text):
        if text[dot + 1] == " ":
            begin = dot + 2
            continue
        domain_start = _back(text, dot, begin, is_domain)
        domain_end = _forward(text, dot, lambda ch: ch == "@" or is_domain(ch))
        has_at = "@" in text[dot:domain_end]
        if has_at:
            domain_start = _back(text, domain_start, begin, is_user_info)
        end = _with_path(text, _with_port(text, domain_end))
        while end > dot + 1 and text[end - 1] == ".":
            end -= 1
        start = _start(text, begin, domain_start, has_at)
        if start is None:
            end = text.rfind(".", 0, end) + 1
        else:
            if end > dot + 1:
                yield start, end
            end = _forward(text, end, lambda ch: ch == ".")
        begin = max(end, dot + 1)


def _with_port(text: str, end: int) -> int:
    match = _PORT.match(text, end)
    return match.end() if match and 0 < int(match[1]) <= 65535 else end


def _with_path(text: str, end: int) -> int:
    if end >= len(text) or text[end] not in _PATH_START:
        return end
    path_end = _forward(text, end + 1, is_path)
    while path_end > end + 1 and text[path_end - 1] in _BAD_END:
        path_end -= 1
    return path_end if text[end] == "/" or path_end > end + 1 else end


def _start(text: str, begin: int, domain_start: int, has_at: bool) -> int | None:
    """Where the address starts, user data and protocol included; None when what stands before forbids it."""
    start = domain_start
    if start > begin and text[start - 1] == "@":
        user_start = _back(text, start - 1, begin, is_user_info)
        if has_at or user_start == start - 1:
            return None
        start = user_start
    if start == begin:
        return start
    if text.endswith("://", begin, start) and start - begin >= 6:
        return _protocol_start(text, begin, start)
    before = text[start - 1]
    return None if is_word(before) or before in "/#@" else start


def _protocol_start(text: str, begin: int, start: int) -> int | None:
    protocol = text[_back(text, start - 3, begin, is_protocol) : start - 3].lower()
    for name, others in (("http", {"shttp"}), ("https", set()), ("ftp", {"tftp", "sftp"})):
        if protocol.endswith(name) and protocol not in others:
            return start - 3 - len(name)
    return None


def _kept_length(url: str) -> int:
    """How much of a candidate is an address; 0 when it is none."""
    protocol = _PROTOCOL.match(url)
    begin = protocol.end() if protocol else 0
    domain_end = min((at for ch in _PATH_START if (at := url.find(ch, begin)) >= 0), default=len(url))
    host = url[begin:domain_end].partition("@")[2] if "@" in url[begin:domain_end] else url[begin:domain_end]
    if ":" in host:
        host = host[: host.rindex(":")]
    if not _good_host(host, bool(protocol)):
        return 0
    return domain_end + _balanced(url[domain_end:])


def _balanced(path: str) -> int:
    """The path's length up to the first bracket that closes nothing, without punctuation at its end."""
    depth = [0, 0, 0]
    end = len(path)
    for position, ch in enumerate(path):
        if ch in _OPENING:
            depth[_OPENING.index(ch)] += 1
        elif ch in _CLOSING:
            depth[_CLOSING.index(ch)] -= 1
            if min(depth) < 0:
                end = position
                break
    while end > 0 and path[end - 1] in _BAD_END:
        end -= 1
    return end


def _good_host(host: str, has_protocol: bool) -> bool:
    labels = host.split(".")
    if len(labels) < 2 or any(not label or len(label.encode()) >= 64 or label.endswith("-") for label in labels):
        return False
    if all(ch in DIGITS or ch == "." for ch in host):
        return _is_ipv4(labels)
    return _good_tld(labels[-1], has_protocol) and "_" not in labels[-2]


def _is_ipv4(labels: list[str]) -> bool:
    return len(labels) == 4 and all(str(int(label)) == label and int(label) <= 255 for label in labels)


def _good_tld(tld: str, has_protocol: bool) -> bool:
    if len(tld) <= 1:
        return False
    if tld.startswith("xn--"):
        return len(tld) > 5 and all(ch in ALNUM for ch in tld[4:])
    if "_" in tld or "-" in tld:
        return False
    return has_protocol or _is_known(tld)


def _is_known(tld: str) -> bool:
    """Known in lower case or with its first letter unlike the others' case: `Com` is somebody's sentence."""
    lower = tld.lower()
    if lower != tld and lower[1:] == tld[1:]:
        return False
    return lower in top_level_domains()


def checked_link(url: str) -> str:
    """The address as a link's target, `http://` and a path added where they lack; empty when it can be none."""
    url = url.strip()
    if re.match(r"(tg|ton|tonsite)://\S+\Z", url, re.IGNORECASE):
        return url
    if re.match(r"(mailto|tel):\S+\Z", url, re.IGNORECASE):
        return url
    match = _LINK.match(url)
    if not match or any(ch.isspace() for ch in url):
        return ""
    scheme, user, host, port, rest = match.groups()
    bad = "." not in host and not host.startswith("[")
    if bad or not all(ch in NAME or ch in ".-[]:%~" or (ch > "\x7f" and is_address(ch)) for ch in host):
        return ""
    rest = rest if rest and rest.startswith("/") else f"/{rest or ''}"
    return f"{(scheme or 'http').lower()}://{f'{user}@' if user else ''}{host}{port or ''}{rest}"
