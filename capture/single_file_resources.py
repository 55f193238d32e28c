"""Recorded bodies as `data:` URLs, within limits, and the count of what is missing."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from urllib.parse import quote

import ada_url

from capture.recording import Exchange, Recording, without_fragment
from capture.single_file_css import NOTHING, UrlKind, decode, rewrite
from capture.single_file_fonts import merged
from capture.single_file_names import meaning_both

MAX_IMPORT_DEPTH = 8
SHARED_FROM_CHARS = 2_000
"""A `data:` URL at least this long that style sheets use again is written once, as a custom property."""

_SAFE_IN_DATA_URL = "!$&*+,-./0123456789:;=?@_~^{}[]|<>"


class Resources:
    """What a file may take in, for one document after the other: `budget_chars` is what is left for all of them."""

    def __init__(self, recording: Recording, max_resource_bytes: int, budget_chars: int) -> None:
        self._recording = recording
        self._max_resource_bytes = max_resource_bytes
        self.budget_chars = budget_chars
        self._urls: dict[str, str | None] = {}
        self._requested = {without_fragment(e.url) for e in recording.exchanges}
        self.missing: set[str] = set()
        """Addresses of what was shown or asked for and is not in the file."""

    def exchange(self, url: str) -> tuple[Exchange, bytes] | None:
        """The recorded answer with its body, if that is of acceptable size."""
        found = self._recording.body(url)
        if not found or found.body is None or len(found.body) > self._max_resource_bytes:
            return None
        return found, found.body

    def data_url(self, url: str, blobs: dict[str, str]) -> str | None:
        """The recorded body as a `data:` URL with the address's fragment; None (and counted) if there is none."""
        plain, hash_sign, fragment = url.partition("#")
        if plain.startswith("data:"):
            return url
        if plain.startswith("blob:"):
            found = blobs.get(plain)
        else:
            if plain not in self._urls:
                self._urls[plain] = self._encoded(plain)
            found = self._urls[plain]
        if found is None or not self.spend(len(found)):
            self.missing.add(plain)
            return None
        return found + hash_sign + quote(fragment, safe="=&,()-._~") if hash_sign and fragment else found

    def spend(self, chars: int) -> bool:
        """Takes that much of the budget, if it is there."""
        if chars > self.budget_chars:
            return False
        self.budget_chars -= chars
        return True

    def was_requested(self, url: str) -> bool:
        """Whether the browser asked for it; of what a style sheet names, it asks only for what it uses."""
        return without_fragment(url) in self._requested

    def _encoded(self, url: str) -> str | None:
        if not (found := self.exchange(url)):
            return None
        exchange, body = found
        kind = exchange.media_type if re.fullmatch(r"[\w.+-]+/[\w.+-]+", exchange.media_type) else ""
        if kind == "image/svg+xml" and exchange.charset and exchange.charset.lower() not in ("utf-8", "us-ascii"):
            kind += f";charset={exchange.charset}"
        return f"data:{kind or 'application/octet-stream'};base64,{base64.b64encode(body).decode()}"


class StyleSheets:
    """The style sheets of one document; addresses that they share are written once, in `shared_rules()`."""

    def __init__(
        self, resources: Resources, blobs: dict[str, str], names: Mapping[str, str] | None = None, page: str = ""
    ) -> None:
        """`names`: see `single_file_names.meanings`; `page`: the document's own address."""
        self._resources = resources
        self._blobs = blobs
        self._names = names or {}
        self._page = without_fragment(page)
        self._uses: Counter[str] = Counter()
        self._shared: dict[str, tuple[str, str]] = {}
        """Names and contents of custom properties, by address."""

    def count(self, sheets: Iterable[tuple[str, str]]) -> None:
        """Learns, from (text, base), which addresses are used more than once. To be called before `embedded`."""
        for css, base in sheets:
            self._count(css, base, 0)

    def embedded(self, css: str, base: str, *, shareable: bool = True, depth: int = 0) -> str:
        """The style sheet with every address replaced."""

        def replace(url: str, kind: UrlKind) -> str:
            full = _absolute(base, url)
            if kind is UrlKind.IMPORT:
                return self._imported(full, depth)
            return self._resource(full, shareable and kind is UrlKind.PICTURE)

        return rewrite(meaning_both(merged(css), self._names), replace)

    def external(self, url: str, fallback_charset: str) -> tuple[str, str] | None:
        """Text and base of a recorded style sheet."""
        if not (found := self._resources.exchange(url)):
            return None
        exchange, body = found
        declared = exchange.charset if _declares_charset(exchange.response_headers) else ""
        return decode(body, declared, fallback_charset), exchange.url

    def count_image(self, url: str) -> None:
        """Learns that an image element shows that address."""
        self._uses[url] += 1

    def shared_image(self, url: str) -> str | None:
        """`var(…)` for an image that is shown more than once and large enough to matter."""
        if url.startswith("data:") or self._uses[url] < 2:
            return None
        value = self._resource(url, shareable=True)
        return value if value.startswith("var(") else None

    def shared_rules(self) -> str:
        """A style sheet with what `embedded` wrote as `var(…)` so far."""
        if not self._shared:
            return ""
        lines = "".join(f'{name}:url("{data}");' for name, data in self._shared.values())
        return f":root{{{lines}}}"

    def _count(self, css: str, base: str, depth: int) -> None:
        def note(url: str, kind: UrlKind) -> str:
            full = _absolute(base, url)
            if kind is UrlKind.PICTURE:
                self._uses[full] += 1
            elif kind is UrlKind.IMPORT and depth < MAX_IMPORT_DEPTH and (found := self.external(full, "utf-8")):
                self._count(*found, depth + 1)
            return NOTHING

        rewrite(css, note)

    def _imported(self, url: str, depth: int) -> str:
        if url.startswith("data:text/css"):
            return url  # holds what it holds; its own addresses are data or blocked
        found = self.external(url, "utf-8") if depth < MAX_IMPORT_DEPTH else None
        if not found:
            if self._resources.was_requested(url):
                self._resources.missing.add(url)
            return NOTHING
        text = self.embedded(*found, depth=depth + 1)
        encoded = "data:text/css;charset=utf-8," + quote(text, safe=_SAFE_IN_DATA_URL)
        if not self._resources.spend(len(encoded)):
            self._resources.missing.add(url)
            return NOTHING
        return encoded

    def _resource(self, url: str, shareable: bool) -> str:
        if url.startswith("data:"):
            return url
        plain, _, fragment = url.partition("#")
        if fragment and plain == self._page:
            return "#" + fragment  # a part of this document, such as a gradient
        if shareable and url in self._shared:
            return f"var({self._shared[url][0]})"
        data = self._embedded_url(url)
        if not shareable or self._uses[url] < 2 or len(data) < SHARED_FROM_CHARS:
            return data
        self._shared[url] = name, _ = f"--hashkeep-{len(self._shared) + 1}", data
        return f"var({name})"

    def _embedded_url(self, url: str) -> str:
        if not url.startswith("blob:") and not self._resources.was_requested(url):
            return NOTHING  # a rule that applies to nothing here, or a font that no text uses
        return self._resources.data_url(url, self._blobs) or NOTHING


def _absolute(base: str, url: str) -> str:
    try:
        return ada_url.join_url(base, url)
    except ValueError:
        return ""


def _declares_charset(headers: Iterable[tuple[str, str]]) -> bool:
    return any(name.lower() == "content-type" and "charset" in value.lower() for name, value in headers)
