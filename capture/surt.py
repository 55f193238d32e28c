"""SURT keys: the form of a URL by which CDX indexes are sorted and searched.

Follows the rules of the Internet Archive's canonicaliser, which pywb applies to what it looks up: scheme, user,
`www.`, default port, session ids, a trailing slash and the order of the query do not count, nor does case; host labels
are reversed, those of IPv4 literals too.
"""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

_PARTS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?", re.I
)
_WWW = re.compile(r"^www\d*\.")
_PATH_SESSIONS = (
    re.compile(r"^(.*/)\((?:[a-z]\([0-9a-z]{24}\))+\)/([^?]+\.aspx.*)$", re.I),
    re.compile(r"^(.*/)\([0-9a-z]{24}\)/([^?]+\.aspx.*)$", re.I),
)
_QUERY_SESSIONS = (
    re.compile(r"^(.*)(?:jsessionid=[0-9a-z]{32})(?:&(.*))?$", re.I),
    re.compile(r"^(.*)(?:phpsessid=[0-9a-z]{32})(?:&(.*))?$", re.I),
    re.compile(r"^(.*)(?:sid=[0-9a-z]{32})(?:&(.*))?$", re.I),
    re.compile(r"^(.*)(?:aspsessionid[a-z]{8}=[a-z]{24})(?:&(.*))?$", re.I),
    re.compile(r"^(.*)(?:cfid=[^&]+&cftoken=[^&]+)(?:&(.*))?$", re.I),
)
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_UNESCAPED = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in "#%")


def surt(url: str) -> str:
    """The key of a URL, like `org,example)/path?a=1&b=2`, or of a URN. Anything else is its own key."""
    if url.lower().startswith("urn:"):
        return _urn_key(url)
    match = _PARTS.match(url)
    if not match or not match["authority"]:
        return url
    host, port = _host_and_port(match["authority"])
    labels = ",".join(reversed(host.split(".")))
    if port and port != _DEFAULT_PORTS.get(match["scheme"].lower()):
        labels += f":{port}"
    path = _without_sessions(_escape(match["path"] or "/").lower(), _PATH_SESSIONS)
    path = re.sub(r"/{2,}", "/", path)
    query = _without_sessions(_escape(match["query"] or "").lower(), _QUERY_SESSIONS)
    if len(path) > 1:
        path = path.rstrip("/")
    return f"{labels}){path}" + (f"?{_sorted(query)}" if query else "")


def _urn_key(url: str) -> str:
    name, _, query = url.partition("#")[0].partition("?")
    query = _without_sessions(_escape(query).lower(), _QUERY_SESSIONS)
    return _escape(name).lower().removesuffix("/") + (f"?{_sorted(query)}" if query else "")


def _host_and_port(authority: str) -> tuple[str, str]:
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):  # an IPv6 literal
        host, _, port = authority[1:].partition("]")
        return host.lower(), port.removeprefix(":")
    host, _, port = authority.partition(":")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        host = _escape(host)
    return _WWW.sub("", host.lower().strip(".")), port


def _escape(text: str) -> str:
    """Unescapes until nothing changes, then escapes what must be: one spelling for each meaning."""
    raw = text.encode("utf-8", "surrogatepass")
    while (plain := unquote_to_bytes(raw)) != raw:
        raw = plain
    return quote_from_bytes(raw, safe=_UNESCAPED)


def _without_sessions(text: str, patterns: tuple[re.Pattern[str], ...]) -> str:
    for pattern in patterns:
        if match := pattern.match(text):
            text = match[1] + (match[2] or "")
    return text


def _sorted(query: str) -> str:
    """The parameters in order: a name alone stands before the same name with a value."""
    if "&" not in query:
        return query
    pairs = [parameter.split("=", 1) for parameter in query.split("&")]
    return "&".join("=".join(pair) for pair in sorted(pairs))
