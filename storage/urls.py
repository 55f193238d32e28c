"""URLs compared and shown. Opening uses the raw URL, never what is made here."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from ada_url import URL, idna_to_unicode

MAX_KEY_CHARS = 1000
"""Longer keys end in a digest, so that every database can index them."""

_TRACKING_PREFIXES = ("utm_", "hsa_", "__hs", "matomo_", "mtm_")
# fmt: off
_TRACKING = frozenset(
    {
        "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid", "twclid", "ttclid",
        "li_fat_id", "igshid", "igsh", "mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "hsctatracking",
        "vero_id", "vero_conv", "oly_enc_id", "oly_anon_id", "_openstat", "rb_clickid", "s_cid", "wickedid",
        "ml_subscriber", "ml_subscriber_hash", "_ga", "_gl", "srsltid", "spm", "spm_id_from", "share_source",
        "pk_campaign", "pk_kwd", "pk_source", "pk_medium", "pk_content",
        "share_medium", "vd_source", "ref_src", "ref_url",
    }
)
# fmt: on
"""Parameters that say where a reader came from and never what they read, on whatever site."""

_TRACKING_OF_HOST = {
    "youtube.com": frozenset({"si", "feature", "pp"}),
    "m.youtube.com": frozenset({"si", "feature", "pp"}),
    "youtu.be": frozenset({"si", "feature"}),
    "open.spotify.com": frozenset({"si"}),
    "x.com": frozenset({"s", "t"}),
    "twitter.com": frozenset({"s", "t"}),
}
"""Parameters that mean something elsewhere, but on these hosts only who shared the link."""

_DEFAULT_PORTS = frozenset({"", "80", "443"})
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_SENTENCE = re.compile("[，、；！？）】》」』]|(?<![=_/-])[（【《「『]|。(?![0-9A-Za-z])")
"""What goes on with the sentence. `例子。中国` and `www.example。com` are hosts: browsers take that for a dot. And
`/wiki/《红楼梦》` has its brackets where a name begins."""
_ONLY_A_HOST = re.compile(r"(?:https?://)?[^/]+/(?=[（【《「『])", re.IGNORECASE)
_SENTENCE_END = tuple("。，、；：！？")
_TAGS = re.compile(r"(?<![-−–－\w])[#＃]([\w·]+)")
_BRACKETS = {"）": "（", "】": "【", "》": "《", "」": "「", "』": "『"}
_WEB = re.compile(r"(?P<scheme>https?:/*)", re.IGNORECASE)
_CREDENTIALS = re.compile(r"^(?P<scheme>https?://)[^/?#\\]*@", re.IGNORECASE)


def comparison_key(url: str) -> str:
    """What two spellings of the same link have in common. Takes a URL (or a key: its key is itself).

    Scheme, `www.`, default port, credentials, a trailing slash, tracking parameters and the fragment do not
    count (a `#!` or `#/` fragment names a page and does). Raises ValueError for what is no http(s) URL.
    """
    parsed = _parse(url)
    host = _bare_host(parsed.hostname)
    port = parsed.port if parsed.port not in _DEFAULT_PORTS else ""
    path = _escapes(parsed.pathname).rstrip("/") or "/"
    query = _query(parsed.search[1:], host)
    fragment = _escapes(parsed.hash) if parsed.hash.startswith(("#!", "#/")) else ""
    key = f"{host}{':' + port if port else ''}{path}{'?' + query if query else ''}{fragment}"
    if len(key) > MAX_KEY_CHARS:
        digest = hashlib.sha256(key.encode()).hexdigest()
        key = f"{key[: MAX_KEY_CHARS - 65].rstrip('%')}~{digest}"
    return key


def display_host(url: str) -> str:
    """The host for people: lower-case, without `www.`, in its own script where that cannot deceive, with a port
    that is not the scheme's. Raises ValueError for what is no http(s) URL."""
    parsed = _parse(url)
    host = _bare_host(parsed.hostname)
    unicode_host = idna_to_unicode(host) if "xn--" in host else host
    if unicode_host != host and _honest(unicode_host):
        host = unicode_host
    return f"{host}:{parsed.port}" if parsed.port else host


def is_of_site(host: str, site: str) -> bool:
    """Whether a link's host is the site, or below it. A site that is named without a port is meant with any."""
    bare = re.sub(r":[0-9]+$", "", host)
    return site in (host, bare) or host.endswith(f".{site}") or bare.endswith(f".{site}")


def without_sentence(url: str) -> str:
    """The address without the Chinese sentence that goes on behind it: Telegram ends an address at spaces, and takes
    `https://example.org/a，很好` whole. Where the address has other scripts itself, only its end is in doubt.
    """
    if host := _ONLY_A_HOST.match(url):
        return host[0]
    found = _SENTENCE.search(url)
    head = url[: found.start()] if found else ""
    if head.isascii() and "." in head.rpartition("://")[2]:
        return head
    while url.endswith(_SENTENCE_END) or (url[-1:] in _BRACKETS and _BRACKETS[url[-1]] not in url):
        url = url[:-1]
    return url


def taken_apart(taken: str) -> tuple[list[str], list[str]]:
    """The addresses and the hashtags (without their sign) in what Telegram took for one address.

    What stands behind the address in the same breath, `https://example.org/a，https://example.org/b，#标签`, was meant
    as well.
    """
    addresses: list[str] = []
    tags: list[str] = []
    while taken:
        address = without_sentence(taken)
        addresses += [address] if address else []
        rest = taken[len(address) :]
        following = _WEB.search(rest)
        between = rest[: following.start()] if following else rest
        tags += [name for name in _TAGS.findall(between) if any(map(str.isalpha, name))]
        taken = rest[following.start() :] if following else ""
    return addresses, tags


def without_credentials(url: str) -> tuple[str, bool]:
    """The address without `user:password@`, otherwise as it was written; and whether there were any."""
    stripped = _CREDENTIALS.sub(r"\g<scheme>", url)
    try:
        parsed = URL(stripped)
    except ValueError:
        return stripped, stripped != url
    if _WEB.match(stripped) and (parsed.username or parsed.password):
        # Written in a way that only a browser reads as credentials.
        parsed.username = parsed.password = ""
        return parsed.href, True
    return stripped, stripped != url


def _parse(url: str) -> URL:
    stripped = url.strip()
    if not re.match(r"(?i)https?:", stripped):
        if re.match(r"(?i)[a-z][a-z0-9+.-]*:(?!\d)", stripped):
            raise ValueError(f"not an http(s) URL: {url[:100]}")
        stripped = f"https://{stripped}"
    try:
        parsed = URL(stripped)
    except ValueError:
        raise ValueError(f"not an http(s) URL: {url[:100]}") from None
    if parsed.protocol not in ("http:", "https:") or not parsed.hostname:
        raise ValueError(f"not an http(s) URL: {url[:100]}")
    return parsed


def _bare_host(host: str) -> str:
    host = host.rstrip(".") or host
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    return host


def _escapes(text: str) -> str:
    return _ESCAPE.sub(lambda found: found.group().upper(), text)


def _query(query: str, host: str) -> str:
    ours = _TRACKING_OF_HOST.get(host, frozenset())
    kept = []
    for part in query.split("&"):
        name = part.split("=", 1)[0].lower()
        if part and name not in _TRACKING and name not in ours and not name.startswith(_TRACKING_PREFIXES):
            kept.append(_escapes(part))
    return "&".join(kept)


_EAST_ASIAN = frozenset({"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"})
_LAST_CLEAR_LATIN = "\u017f"
"""Up to here accents can be told from the plain letter (the dotless i apart)."""


def _honest(host: str) -> bool:
    """Whether a host in Unicode looks like no other one: one script a label, no foreign script below a Latin top."""
    labels = host.split(".")
    return all(_honest_label(label, labels[-1].isascii()) for label in labels)


def _honest_label(label: str, top_is_ascii: bool) -> bool:
    if label.isascii():
        return True
    scripts = {unicodedata.name(char, "?").split()[0] for char in label if char.isalpha() or not char.isascii()}
    if scripts == {"LATIN"}:
        return all(char <= _LAST_CLEAR_LATIN and char != "ı" for char in label)
    return scripts <= _EAST_ASIAN or (len(scripts) == 1 and not top_is_ascii)
