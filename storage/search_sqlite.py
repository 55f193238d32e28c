"""The full-text index where SQLite is particular: FTS5 over tokens that we make ourselves.

`search_docs` keeps, for each link, the tokens of its four columns, the folded text that phrases and long runs are
checked against, and the page's text as it is, to show a hit in its context; `search_index` is an FTS5 table over
those tokens. A scope token per archive keeps a query inside its chat.
"""

# ruff: noqa: S608 - what is put into SQL text here are column names and marks; values are parameters

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from storage import tokens
from storage.database import execute_many, marks, rows

_COLUMNS = "scope, title, url, words, body"

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


async def get(link_ids: Sequence[int]) -> dict[int, Doc]:
    """What the index has of links; an empty document for those that it does not know."""
    if not link_ids:
        return {}
    found = await rows(
        "SELECT link_id, title, url, words, body, said_text, page_text, page_shown "
        "FROM search_docs "
        f"WHERE link_id IN ({marks(link_ids)})",
        link_ids,
    )
    known = {int(row.pop("link_id")): Doc(**row) for row in found}
    return {link_id: known.get(link_id, Doc()) for link_id in link_ids}


async def put(archive_id: int, docs: Mapping[int, Doc], replacing: Collection[int]) -> None:
    """Writes what is found of links, inside the transaction that changed them; `replacing` what was there of some."""
    await _forget_index(replacing)
    found = {
        link_id: [link_id, _scope(archive_id), doc.title, doc.url, doc.words, doc.body] for link_id, doc in docs.items()
    }
    await execute_many(
        f"INSERT OR REPLACE INTO search_docs(link_id, {_COLUMNS}, said_text, page_text, page_shown) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [*values, doc.said_text, doc.page_text, doc.page_shown]
            for values, doc in zip(found.values(), docs.values(), strict=True)
        ],
    )
    await execute_many(f"INSERT INTO search_index(rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", list(found.values()))


async def forget(link_ids: Collection[int]) -> None:
    """Removes links from the index, inside the transaction that removes them."""
    await _forget_index(link_ids)
    await execute_many("DELETE FROM search_docs WHERE link_id = ?", [[link_id] for link_id in link_ids])


async def _forget_index(link_ids: Collection[int]) -> None:
    # FTS5 forgets a row only when told what was in it.
    await execute_many(
        f"INSERT INTO search_index(search_index, rowid, {_COLUMNS}) "
        f"SELECT 'delete', link_id, {_COLUMNS} FROM search_docs WHERE link_id = ?",
        [[link_id] for link_id in link_ids],
    )


COLUMNS = "title url words body"
SOURCE = "FROM search_index f WHERE f.search_index MATCH ?"
"""Links by the full-text index; its value is what `match` makes."""

ID = "f.rowid"
AMONG = "l.id IN (SELECT rowid FROM search_index WHERE search_index MATCH ?)"
"""The condition that a link is among those: they are listed once."""

IS_ONE = "EXISTS (SELECT 1 FROM search_index f WHERE f.search_index MATCH ? AND f.rowid = l.id)"
"""The same, asked anew for every link: for few of them."""


def match(archive_ids: Sequence[int], wanted: str, columns: str = COLUMNS, excluded: str = "") -> str:
    """What to ask the index for: archives' links with the wanted words in these columns, without the excluded ones."""
    asked = f"scope : ({' OR '.join(map(_scope, archive_ids))}) AND ({{{columns}}} : ({wanted}))"
    return f"({asked}) NOT ({{{COLUMNS}}} : ({excluded}))" if excluded else asked


def holds(exact: str) -> tuple[str, tuple[str, str]]:
    """The condition that these characters stand in the link's texts, and its values."""
    return (
        "EXISTS (SELECT 1 FROM search_docs d WHERE d.link_id = l.id"
        " AND (instr(d.said_text, ?) > 0 OR instr(d.page_text, ?) > 0))"
    ), (exact, exact)


def time_value(time: datetime) -> str:
    """A time (UTC) as it is kept, to compare with."""
    return time.strftime("%Y-%m-%d %H:%M:%S+00:00")


def expression(term: tokens.Term) -> str:
    """A term for `match`. A token has letters, digits and ideographs only: quotes make it a plain word to FTS5."""
    quoted = " AND ".join(f'"{token}"' for token in term.tokens)
    return f"({quoted}{' *' if term.prefix else ''})"


async def shown(link_ids: Sequence[int]) -> dict[int, str]:
    """The texts of pages as they are, by link."""
    if not link_ids:
        return {}
    sql = f"SELECT link_id, page_shown FROM search_docs WHERE link_id IN ({marks(link_ids)})"
    return {int(row["link_id"]): shown_text(row["page_shown"]) for row in await rows(sql, link_ids)}


def _scope(archive_id: int) -> str:
    return f"archive{archive_id}"
