"""What is found of a link, the tokens of its texts, and what a full-text index of them does."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from storage import tokens

COLUMNS = ("title", "url", "words", "body")

MAX_TEXT_CHARS = 200_000
"""Of a page's text; what lies behind is not found."""


@dataclass(frozen=True)
class Doc:
    """What is found of a link: tokens separated by spaces, and the folded text of all of it."""

    title: str = ""
    url: str = ""
    words: str = ""
    body: str = ""
    said_text: str = ""
    """Spaced (see tokens.spaced): URL, words of all shares, given title and note."""
    page_text: str = ""
    """Spaced: title and text of the page."""
    page_shown: bytes | None = None
    """The page's text as it is, deflated."""

    def with_share(self, url: str, words: str) -> Doc:
        """This with the words around one more posting."""
        said = tokens.spaced(words)
        before = self.said_text or tokens.spaced(url)
        return replace(
            self,
            url=self.url or _join(tokens.tokens(url)),
            words=_union(self.words, words),
            said_text=before if said in before else (before + said)[:MAX_TEXT_CHARS],
        )

    def said(self, url: str, said: Iterable[str], title: str, given_title: str, note: str) -> Doc:
        """This with all that people and the page's title say of it now, in the place of what was said before."""
        texts = [text for text in (given_title, note, *said) if text]
        return replace(
            self,
            url=_join(tokens.tokens(url)),
            title=_union(_join(tokens.tokens(title)), given_title),
            words=_union("", "\n".join((note, *said))),
            said_text="".join(map(tokens.spaced, (url, *texts)))[:MAX_TEXT_CHARS],
        )

    def with_page(self, title: str, text: str) -> Doc:
        """This with another title and text of the page. Takes milliseconds for long texts: call it in a thread."""
        cut = text[:MAX_TEXT_CHARS]
        return replace(
            self,
            title=_join(tokens.tokens(title)),
            body=_join(tokens.tokens(cut)),
            page_text=tokens.spaced(f"{title}\n{cut}"),
            page_shown=zlib.compress(cut.encode("utf-8", "replace"), 6) if cut else None,
        )

    def with_page_of(self, other: Doc, given_title: str = "") -> Doc:
        """This with the page of another one."""
        return replace(
            self,
            title=_union(other.title, given_title),
            body=other.body,
            page_text=other.page_text,
            page_shown=other.page_shown,
        )


def shown_text(page_shown: bytes | None) -> str:
    """The page's text as it is."""
    return zlib.decompress(page_shown).decode() if page_shown else ""


def _join(found: list[str]) -> str:
    return " ".join(found)


def _union(old: str, words: str) -> str:
    return _join(list(dict.fromkeys([*old.split(), *tokens.tokens(words)]))[: tokens.MAX_TOKENS])


class Fulltext(Protocol):
    """What each database does in its own way. `rows` of docs lie in the table `search_docs` of both."""

    source: str
    """Links by the index, behind SELECT; its value is what `match` makes."""
    id: str
    """The link's id in `source`."""
    among: str
    """The condition that the link `l` is among those: they are listed once."""

    def expression(self, term: tokens.Term, columns: Sequence[str]) -> str:
        """A term for `match`, to be found in these columns. A token has letters, digits and ideographs only."""
        ...

    def all_of(self, parts: Sequence[str]) -> str:
        """An expression for all of these together."""
        ...

    def any_of(self, parts: Sequence[str]) -> str:
        """An expression for any of these."""
        ...

    def match(self, archive_ids: Sequence[int], wanted: str, excluded: str = "") -> str:
        """What to ask the index for: archives' links with what is wanted, without what is excluded."""
        ...

    def has(self, found: Sequence[tokens.Term]) -> tuple[str, tuple[str, ...]]:
        """The condition that the link `l` has all of these terms, and its values; looked at anew for each link."""
        ...

    def holds(self, exact: str) -> tuple[str, tuple[str, str]]:
        """The condition that these characters stand in the texts of the link `l`, and its values."""
        ...

    def time_value(self, time: datetime) -> Any:
        """A time (UTC) as it is kept, to compare with."""
        ...

    async def put(self, archive_id: int, docs: Mapping[int, Doc], replacing: Collection[int]) -> None:
        """Writes rows and index, inside a transaction; `replacing` what was there of some."""
        ...

    async def forget(self, link_ids: Collection[int]) -> None:
        """Removes rows and index, inside a transaction."""
        ...
