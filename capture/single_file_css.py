"""Style sheets: every address in them is replaced, and nothing else is changed.

Tokens are those of CSS Syntax Level 3 as far as addresses depend on them: comments, strings, escapes, functions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

NOTHING = "data:,"
"""An address with nothing behind it."""


class UrlKind(Enum):
    """What an address in a style sheet is there for."""

    IMPORT = "import"
    DESCRIPTOR = "descriptor"
    """Of an at-rule such as @font-face, where `var()` does not work."""
    PICTURE = "picture"


Replace = Callable[[str, UrlKind], str]
"""From an address as written (unescaped) to the address, or `var(…)`, that takes its place."""

_ESCAPE = r"\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\r\n\f])?|[^\r\n\f0-9a-fA-F])"
_NAME = rf"(?:[-_a-zA-Z0-9\u0080-\U0010ffff]|{_ESCAPE})+"
TOKEN = re.compile(
    rf"""
      (?P<comment>/\*(?:[^*]|\*(?!/))*(?:\*/|\Z))
    | (?P<string>"(?:[^"\\\r\n\f]|\\(?:\r\n|[\s\S])|\\\Z)*(?:"|(?=[\r\n\f])|\Z)
               |'(?:[^'\\\r\n\f]|\\(?:\r\n|[\s\S])|\\\Z)*(?:'|(?=[\r\n\f])|\Z))
    | (?P<function>{_NAME}\()
    | @(?P<at>{_NAME})
    | \#(?P<hash>{_NAME})
    | (?P<state>(?<![:\\]):(?:defined|modal|popover-open|indeterminate)(?![-_a-zA-Z0-9\u0080-\U0010ffff\\(]))
    | (?P<name>{_NAME})
    | (?P<mark>[{{}};()])
    """,
    re.VERBOSE,
)
_CUSTOM_PROPERTY = re.compile(rf"(?<![-\w])--{_NAME}\Z")
_SPACE = " \t\r\n\f"
_UNQUOTED = re.compile(rf"(?:[^\"'()\\{_SPACE}\x00-\x08\x0b\x0e-\x1f\x7f]|{_ESCAPE})*")
_REMNANTS = re.compile(rf"(?:[^)\\]|{_ESCAPE}|\\)*\)?")
_ESCAPED = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\s\S])|\Z)")
_STRINGS_ARE_ADDRESSES = frozenset(
    {"image-set", "-webkit-image-set", "src", "image", "cross-fade", "-webkit-cross-fade"}
)
_HANDED_THROUGH = ("", "var", "env", "if", "first-valid")
"""What stands in these ends up where they stand themselves, like what stands in functions of the page's own (`--f`)."""

_NETWORK = re.compile(r"[\x00-\x20]*(?:[a-z][a-z0-9+.-]*:|[\\/]{2})", re.IGNORECASE)
_WITH_DESCRIPTORS = frozenset({"font-face", "counter-style", "property", "font-palette-values", "page"})
STATES = {
    ":defined": ":nth-child(n):not(:where([data-hashkeep=undefined]))",
    ":modal": "[data-hashkeep=modal]",
    ":popover-open": "[data-hashkeep=popover]",
    ":indeterminate": ":is(:indeterminate,[data-hashkeep=indeterminate])",
}
"""States that only scripts bring about are marked by the serialiser. What takes the place of one weighs the same."""


def rewrite(css: str, replace: Replace) -> str:
    """The style sheet with `replace` applied to each address that a browser would load for it.

    Fragments (`#a`) and namespaces are no addresses. An address that was written wrongly (and is none for a browser
    either) is emptied.
    """
    return _Rewriter(css, replace).run()


class _Rewriter:
    def __init__(self, css: str, replace: Replace) -> None:
        self._css = css
        self._replace = replace
        self._out: list[str] = []
        self._copied = 0
        self._functions: list[str] = []
        self._at = ""
        """The at-rule whose prelude is being read."""
        self._blocks: list[str] = []
        """The at-rules whose blocks are open; "" for others."""
        self._is_custom = False
        """Whether a declaration is being read whose value other declarations use."""

    def run(self) -> str:
        position = 0
        while found := TOKEN.search(self._css, position):
            position = self._token(found)
        self._out.append(self._css[self._copied :])
        return "".join(self._out)

    def _token(self, found: re.Match[str]) -> int:
        kind, text = found.lastgroup, found.group()
        if kind == "function":
            return self._function(found)
        if kind == "at":
            self._at = unescape(found["at"]).lower()
        elif kind == "string":
            self._string(found)
        elif kind == "name":
            self._is_custom |= not self._functions and unescape(text).startswith("--")
        elif kind == "state" and not _CUSTOM_PROPERTY.search(self._css, max(0, found.start() - 200), found.start()):
            self._put(found.start(), found.end(), STATES[text.lower()])
        elif kind == "mark":
            self._mark(text)
        return found.end()

    def _mark(self, mark: str) -> None:
        if mark == "(":
            self._functions.append("")
        elif mark == ")":
            if self._functions:
                self._functions.pop()
        elif mark != ";" or not self._functions:  # between brackets it ends nothing: `if(a: b; else: c)`
            self._functions.clear()
            self._is_custom = False
            if mark == "{":
                self._blocks.append(self._at)
            elif mark == "}" and self._blocks:
                self._blocks.pop()
            self._at = ""

    def _function(self, found: re.Match[str]) -> int:
        name = unescape(found.group()[:-1]).lower()
        self._functions.append(name)
        if name != "url":
            return found.end()
        start = _after_space(self._css, found.end())
        if self._css[start : start + 1] in ("'", '"') and start < len(self._css):
            return self._quoted_url(found.start(), start)
        end = _match_end(_UNQUOTED, self._css, start)
        after = _after_space(self._css, end)
        self._functions.pop()
        if after < len(self._css) and self._css[after] != ")":
            after = _match_end(_REMNANTS, self._css, after)
            self._put(found.start(), after, "url(()")
            return after
        after = min(after + 1, len(self._css))
        self._address(unescape(self._css[start:end]), found.start(), after)
        return after

    def _quoted_url(self, function_start: int, start: int) -> int:
        end = _match_end(TOKEN, self._css, start)
        url = _string_value(self._css[start:end])
        closing = _after_space(self._css, end)
        if closing < len(self._css) and self._css[closing] != ")":
            self._address(url, start, end, as_string=True)  # modifiers follow
            return end
        self._functions.pop()
        closing = min(closing + 1, len(self._css))
        self._address(url, function_start, closing)
        return closing

    def _string(self, found: re.Match[str]) -> None:
        value = _string_value(found.group())
        if self._takes_addresses() or (self._may_go_anywhere() and _NETWORK.match(re.sub(r"[\t\n\r]", "", value))):
            self._address(value, found.start(), found.end(), as_string=True)

    def _takes_addresses(self) -> bool:
        """Whether a string is an address where it stands."""
        around = [name for name in self._functions if name not in _HANDED_THROUGH and not name.startswith("--")]
        return around[-1] in _STRINGS_ARE_ADDRESSES if around else not self._functions and self._at == "import"

    def _may_go_anywhere(self) -> bool:
        """Whether a string may become an address elsewhere, by `image-set(var(--a) 1x)` or in a function of its own."""
        in_rule = bool(self._blocks) and self._blocks[-1] in ("property", "function")
        return self._is_custom or in_rule or any(name.startswith("--") for name in self._functions)

    def _address(self, url: str, start: int, end: int, *, as_string: bool = False) -> None:
        url = url.strip(_SPACE)
        if url.startswith("#") or not url or self._at == "namespace":
            return
        new = self._replace(url, self._kind())
        if not new.startswith("var("):
            new = f'"{_quotable(new)}"' if as_string else f'url("{_quotable(new)}")'
        self._put(start, end, new)

    def _kind(self) -> UrlKind:
        if self._at == "import":
            return UrlKind.IMPORT
        return UrlKind.DESCRIPTOR if self._blocks and self._blocks[-1] in _WITH_DESCRIPTORS else UrlKind.PICTURE

    def _put(self, start: int, end: int, text: str) -> None:
        self._out += [self._css[self._copied : start], text]
        self._copied = end


def unescape(text: str) -> str:
    """The characters that a CSS name, string or address stands for."""
    if "\\" not in text:
        return text
    return _ESCAPED.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    if found[1]:
        code = int(found[1], 16)
        return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return "" if found[2] is None or found[2] in ("\n", "\r", "\f", "\r\n") else found[2]


def _string_value(token: str) -> str:
    inner = token[1:-1] if len(token) > 1 and token[-1] == token[0] and not _ends_in_escape(token[:-1]) else token[1:]
    return unescape(inner)


def _ends_in_escape(text: str) -> bool:
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _match_end(pattern: re.Pattern[str], css: str, start: int) -> int:
    found = pattern.match(css, start)
    return found.end() if found else start


def _after_space(css: str, position: int) -> int:
    while position < len(css) and css[position] in _SPACE:
        position += 1
    return position


def _quotable(url: str) -> str:
    return re.sub(r'[\\"\x00-\x1f\x7f]', lambda c: f"\\{ord(c[0]):x} ", url)


def decode(body: bytes, declared: str, fallback: str) -> str:
    """A style sheet's text: byte-order mark, then Content-Type, then @charset, then whoever asked for it."""
    if body.startswith(b"\xef\xbb\xbf"):
        return body[3:].decode("utf-8", "replace")
    rule = re.match(rb'@charset "([^"]{1,40})";', body)
    for name in (declared, rule[1].decode("latin-1") if rule else "", fallback, "utf-8"):
        try:
            return body.decode(_CODECS.get(name.lower(), name), "replace")
        except LookupError:
            continue
    return body.decode("utf-8", "replace")


_CODECS = {
    "": "unknown",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "utf-16": "utf-8",
}
"""Labels that browsers take for something else (WHATWG Encoding Standard)."""
