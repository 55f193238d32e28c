"""What stands behind commands and in replies, read: names of tags, numbers of links, rules. Pure.

Telegram's own hashtags end at `/` and at spaces; here `#a/b` and `#"two words"` are names too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from storage.tagging import MAX_TAG_CHARS
from storage.urls import display_host

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』＂〝〞", '"'))
_TOKEN = re.compile(
    r'(?P<sign>[-−–－])?(?P<hash>[#＃])?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s,，、;；"#＃]+))|(?P<alone>[#＃])'
)
_QUOTED_OR_SHARP = re.compile(r'"[^"]*"?|(?<![^\s,，、;；])([^\s",，、;；#-][^\s",，、;；#]*#+)(?=[\s,，、;；]|$)')
"""`C#`: a hash that nothing follows belongs to the word before it; in quotes everything does."""
_QUOTED = re.compile(r'"[^"]*"?')
_LETTER_AND_HASH = re.compile(r"(?<!\S)[A-Za-z]#")
_SITES = ("host:", "site:", "网站:")
NOTHING = ("-", "–", "—", "−", "－")
"""In the place of words: takes away what is there."""

_AND = ("and", "和", "与")
_AT_END = ".!?。！？…:："
_BETWEEN = {"into", "to", "as", "→", "->", "=>", "到", "进", "入", "并入", "并到", "合并到", "为", "改为", "成", "改成"}
MAX_NUMBER = 2**31 - 1
MAX_RULE_WORDS = 300
"""Characters of a rule's words: each new link is compared with them."""

_MAX_HOST = 253


@dataclass(frozen=True)
class Token:
    """A name as it was written."""

    name: str
    has_hash: bool
    minus: bool
    quoted: bool = False


@dataclass(frozen=True)
class Tagging:
    """Tags to put on and to take off."""

    add: tuple[str, ...]
    remove: tuple[str, ...]


@dataclass(frozen=True)
class Numbered:
    """A command about a link: its number, None when it is left to the message replied to, and the words behind it."""

    number: int | None
    words: str


@dataclass(frozen=True)
class RuleAsked:
    """What `/rule` asks for: `host` or `words` with `tags`; or `remove`, a number; or nothing, which lists them."""

    host: str | None = None
    words: str | None = None
    tags: tuple[str, ...] = ()
    remove: int | None = None


class NotUnderstood(ValueError):
    """The command is none that we know; its usage is the answer."""


class TooMuch(NotUnderstood):
    """More than there is room for; `key` names the sentence that says so, `most` how much there is room for."""

    def __init__(self, key: Literal["usage.too_long", "usage.too_many"], most: int) -> None:
        super().__init__(key)
        self.key = key
        self.most = most


def tokens(text: str) -> list[Token]:
    """The names in a text: separated by spaces or commas, quotes for names with spaces."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text.translate(_QUOTES)):
        if match["alone"]:
            continue
        name = match["quoted"] if match["quoted"] is not None else match["bare"]
        name = " ".join(unicodedata.normalize("NFC", name).split())
        if name:
            minus, has_hash = match["sign"] is not None, match["hash"] is not None
            found.append(Token(name, has_hash, minus, match["quoted"] is not None))
    return found


def tagging(text: str) -> Tagging | None:
    """`#x -#y #"two words"` in a reply; None for a text that has other words too, or no tag."""
    found = tokens(text)
    if not found or not all(token.has_hash and _trimmed(token) for token in found):
        return None
    return Tagging(
        tuple(dict.fromkeys(_trimmed(token) for token in found if not token.minus)),
        tuple(dict.fromkeys(_trimmed(token) for token in found if token.minus)),
    )


def listed(text: str) -> Tagging:
    """The tags named where nothing else is asked for: with or without `#`, with commas or an "and" between them."""
    found = [token for token in tokens(text) if token.quoted or token.has_hash or token.name.casefold() not in _AND]
    found = [token for token in found if _trimmed(token) not in ("", *NOTHING)]
    return Tagging(
        tuple(dict.fromkeys(_trimmed(token) for token in found if not token.minus)),
        tuple(dict.fromkeys(_trimmed(token) for token in found if token.minus)),
    )


def _trimmed(token: Token) -> str:
    """Without the mention that Telegram allows behind a hashtag, and without the sentence's end."""
    return token.name if token.quoted else token.name.split("@")[0].rstrip(_AT_END)


def pair(text: str) -> tuple[str, str]:
    """`old new`, `a into b`, `a 到 b`: two names. Raises NotUnderstood for anything else, and TooMuch."""
    found = [token for token in tokens(text) if not token.minus]
    if len(found) == 3 and not found[1].has_hash and not found[1].quoted and found[1].name.casefold() in _BETWEEN:
        del found[1]
    if len(found) != 2:
        raise NotUnderstood(text)
    return checked(found[0].name), checked(found[1].name)


def single(text: str) -> str:
    """One name. Raises NotUnderstood."""
    found = tokens(text)
    if len(found) != 1:
        raise NotUnderstood(text)
    return checked(found[0].name)


def checked(name: str, most: int = MAX_TAG_CHARS) -> str:
    """The name, of a tag if nothing else is said, as long as there is room for it. Raises TooMuch."""
    if len(name) > most:
        raise TooMuch("usage.too_long", most)
    return name


def numbered(text: str) -> Numbered:
    """`12 words` or, in a reply, `words` alone."""
    head, *more = text.strip().split(maxsplit=1)[:2] or [""]
    number, rest = link_number(head), "".join(more)
    return Numbered(None, text.strip()) if number is None else Numbered(number, rest.strip())


def numbered_in_reply(text: str, numbers: Sequence[int]) -> Numbered:
    """The same in a reply to links of these numbers: all of it is words, but for the number of one of several."""
    asked = numbered(text)
    if not numbers or (len(numbers) > 1 and asked.number in numbers):
        return asked
    return Numbered(None, text.strip())


def link_number(text: str) -> int | None:
    """`12`, `#12`, `１２`; None for what is no number of a link."""
    digits = unicodedata.normalize("NFKC", text.strip()).lstrip("#")
    if not re.fullmatch(r"[0-9]{1,10}", digits) or not 0 < int(digits) <= MAX_NUMBER:
        return None
    return int(digits)


def rule(text: str) -> RuleAsked:
    """`host:github.com #code`, `"words" #tag`, `-3`, or nothing. Raises NotUnderstood, for two sites as well."""
    text = unicodedata.normalize("NFKC", text.translate(_QUOTES)).strip()
    if not text:
        return RuleAsked()
    if removed := re.fullmatch(r"[-−–]\s*([0-9]{1,9})", text):
        return RuleAsked(remove=int(removed[1]))
    text = _QUOTED_OR_SHARP.sub(lambda match: f'"{match[1]}"' if match[1] else match[0], text)
    found = tokens(text)
    tags = tuple(dict.fromkeys(checked(token.name) for token in found if token.has_hash and not token.minus))
    rest = [token for token in found if not token.has_hash]
    if not tags or not rest or any(token.minus for token in found) or _LETTER_AND_HASH.search(_QUOTED.sub("", text)):
        raise NotUnderstood(text)
    words = " ".join(token.name for token in rest)
    if words.casefold().startswith(_SITES):
        sites = words.split(":", 1)[1].split()
        host = host_name(sites[0]) if len(sites) == 1 else None
        if host is None:
            raise NotUnderstood(text)
        return RuleAsked(host=host, tags=tags)
    return RuleAsked(words=checked(words, MAX_RULE_WORDS), tags=tags)


def host_name(text: str) -> str | None:
    """A host as links have it, out of a host or an address; None for what is none."""
    text = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.strip().casefold())
    host = re.split(r"[/?#:\s]", text, maxsplit=1)[0].removeprefix("*.").removeprefix("www.").strip(".")
    # Letters of any script: links keep the readable form of international hosts.
    if "." not in host or len(host) > _MAX_HOST or not re.fullmatch(r"[\w-]+(\.[\w-]+)+", host):
        return None
    try:
        return display_host(f"https://{host}")
    except ValueError:
        return None
