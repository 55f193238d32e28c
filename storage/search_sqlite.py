"""The full-text index where SQLite is particular: FTS5 over tokens that we make ourselves.

`search_docs` keeps, for each link, the tokens of its four columns and the folded text that long runs are checked
against; `search_index` is an FTS5 table over those tokens. A scope token per archive keeps a query inside its chat.
"""

# ruff: noqa: S608 - what is put into SQL text here are column names and marks; values are parameters

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

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
    """Folded URL and words of all shares."""
    page_text: str = ""
    """Folded title and text of the page."""

    def with_share(self, url: str, words: str) -> Doc:
        """This with the words around one more posting."""
        said = tokens.fold(f"{words}\n")
        before = self.said_text or tokens.fold(f"{url}\n")
        return replace(
            self,
            url=self.url or _join(tokens.tokens(url)),
            words=_union(self.words, words),
            said_text=before if said in before else (before + said)[:MAX_TEXT_CHARS],
        )

    def with_page(self, title: str, text: str) -> Doc:
        """This with another title and text of the page. Takes milliseconds for long texts: call it in a thread."""
        cut = text[:MAX_TEXT_CHARS]
        return replace(
            self,
            title=_join(tokens.tokens(title)),
            body=_join(tokens.tokens(cut)),
            page_text=tokens.fold(f"{title}\n{cut}"),
        )

    def with_page_of(self, other: Doc) -> Doc:
        """This with the page of another one."""
        return replace(self, title=other.title, body=other.body, page_text=other.page_text)


def _join(found: list[str]) -> str:
    return " ".join(found)


def _union(old: str, words: str) -> str:
    return _join(list(dict.fromkeys([*old.split(), *tokens.tokens(words)]))[: tokens.MAX_TOKENS])


async def get(link_ids: Sequence[int]) -> dict[int, Doc]:
    """What the index has of links; an empty document for those that it does not know."""
    if not link_ids:
        return {}
    found = await rows(
        "SELECT link_id, title, url, words, body, said_text, page_text FROM search_docs "
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
        f"INSERT OR REPLACE INTO search_docs(link_id, {_COLUMNS}, said_text, page_text) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [[*values, docs[link_id].said_text, docs[link_id].page_text] for link_id, values in found.items()],
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


async def find(archive_id: int, words: str, limit: int, offset: int) -> tuple[list[int], int]:
    """The newest links of the archive in which every word is found, and how many there are in all."""
    terms = tokens.terms(words)
    if not terms:
        return [], 0
    match = " AND ".join([f"scope : {_scope(archive_id)}", *map(_expression, terms)])
    exact = [term.exact for term in terms if term.exact]
    checks = "".join(" AND (instr(d.said_text, ?) > 0 OR instr(d.page_text, ?) > 0)" for _ in exact)
    docs = "JOIN search_docs d ON d.link_id = f.rowid " if exact else ""
    source = (
        f"FROM search_index f JOIN links l ON l.id = f.rowid {docs}"
        f"WHERE f.search_index MATCH ? AND l.deleted_at IS NULL{checks}"
    )
    values = [match, *(word for word in exact for _ in range(2))]
    total = await rows(f"SELECT count(*) AS total {source}", values)
    if not total[0]["total"] or offset >= total[0]["total"]:
        return [], int(total[0]["total"])
    found = await rows(
        f"SELECT f.rowid AS id {source} ORDER BY f.rowid DESC LIMIT ? OFFSET ?", [*values, limit, offset]
    )
    return [int(row["id"]) for row in found], int(total[0]["total"])


def _scope(archive_id: int) -> str:
    return f"archive{archive_id}"


def _expression(term: tokens.Term) -> str:
    # A token has letters, digits and ideographs only, so that quotes are enough to make it a plain word to FTS5.
    quoted = " AND ".join(f'"{token}"' for token in term.tokens)
    return f"({{title url words body}} : ({quoted}{' *' if term.prefix else ''}))"
