"""A query's tree into one SQL statement over the links of one archive.

The statement starts from what is rarest among the things that must all hold (the counters of the tags tell), and
looks the others up for each of its links, newest first; so a page is found without looking at the rest. Where one of
several things must hold, each of them is a statement of its own kind, and their newest are put together.
"""

# ruff: noqa: S608 - what is put into SQL text here are names of ours and marks; values are parameters

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.database import marks
from storage.fulltext import index
from storage.query import All, By, Either, Host, Is, Node, Not, Since, Tag, Text, Until
from storage.search_docs import COLUMNS
from storage.tokens import Term, terms

COUNTED = 1000
"""So many results are listed; of more it is said that there are more."""

MAX_PROBES = 60
"""Links of a tag whose texts are each looked at for the words, rather than the index asked for the words."""

_FEW_TAGS = 8
_LISTED = 5000
"""Links of a tag that are listed once for all hits of the words, rather than the tag looked up for each of them."""
_DENSE = 4
"""Names that more than one link in so many carries are looked for by going through the links."""

_OF_LINKS = ("l.archive_id", "l.first_shared_at")
_NEWEST = "NOT EXISTS (SELECT 1 FROM captures n WHERE n.link_id = c.link_id AND n.state = 'ended' AND n.id > c.id)"
_ENDED = {
    "dead": f"c.verdict IN ('unreachable', 'http_error') AND (c.verdict = 'unreachable' OR c.http_status IN (404, 410))"
    f" AND {_NEWEST}",
    "failed": "c.verdict IN ('http_error', 'blocked', 'consent', 'login', 'blank', 'timeout', 'unreachable',"
    f" 'refused', 'too_large', 'crashed') AND {_NEWEST}",
    "blocked": f"c.verdict IN ('blocked', 'consent') AND {_NEWEST}",
    "login": f"c.verdict = 'login' AND {_NEWEST}",
    "pdf": "c.verdict = 'not_html' AND c.media_type = 'application/pdf'",
    "image": "c.verdict = 'not_html' AND c.media_type LIKE 'image/%'",
    "file": "c.verdict = 'not_html'",
}


@dataclass(frozen=True)
class Sql:
    """Text of a statement or of a part, and its values."""

    text: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Known:
    """What the names of a query are in the archive."""

    archive_id: int
    links: int
    """About how many links there are."""
    tags: Mapping[Tag, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """Ids and counters of the tags that a name stands for."""
    people: Mapping[By, tuple[tuple[int, ...], tuple[str, ...]]] = field(default_factory=dict)
    """Ids of persons, and names of those who have no id."""
    hosts: Mapping[Host, tuple[str, ...]] = field(default_factory=dict)
    """A site's own host and its subdomains, as far as the archive has links of them."""
    others: tuple[int, ...] = ()
    """Further archives, for a query of nothing but words, which mean the same everywhere."""

    @property
    def archives(self) -> tuple[int, ...]:
        """All archives that are looked into."""
        return (self.archive_id, *self.others)


@dataclass(frozen=True)
class Plan:
    """How links are found: what stands behind SELECT, the expression of a link's id, how many there are if known."""

    source: Sql
    id: str
    total: int | None = None

    def newest(self, limit: int, offset: int = 0) -> Sql:
        """The ids, newest first."""
        text = f"SELECT {self.id} AS id {self.source.text} ORDER BY {self.id} DESC LIMIT ? OFFSET ?"
        return Sql(text, (*self.source.values, limit, offset))


@dataclass(frozen=True)
class Union:
    """Links that one or another plan finds."""

    plans: tuple[Plan, ...]
    total: None = None

    def newest(self, limit: int, offset: int = 0) -> Sql:
        """The ids, newest first; of each plan no more are asked for than can be among them."""
        each = [found.newest(limit + offset) for found in self.plans]
        every = " UNION ".join(f"SELECT id FROM ({sql.text}) AS p{place}" for place, sql in enumerate(each))
        values = tuple(value for sql in each for value in sql.values)
        return Sql(f"SELECT id FROM ({every}) AS p ORDER BY id DESC LIMIT ? OFFSET ?", (*values, limit, offset))


def plan(tree: Node, known: Known) -> Plan | Union:
    """The plan for a query."""
    nodes = _together(tree)
    found = _narrow(nodes, known)
    if found:
        return found
    for node in nodes:
        if isinstance(node, Either):
            rest = [other for other in nodes if other is not node]
            ways = ([*_together(choice), *rest] for choice in node.nodes)
            return Union(tuple(_narrow(way, known) or _of_archive(way, known) for way in ways))
    return _of_archive(nodes, known)


def _together(tree: Node) -> Sequence[Node]:
    """What must all hold."""
    return tree.nodes if isinstance(tree, All) else (tree,)


def _narrow(nodes: Sequence[Node], known: Known) -> Plan | None:
    """The plan that starts from one of the things that must hold; None if none of them is a start."""
    words = _words_of(nodes)
    tag = _rarest_tag(nodes, known)
    if tag is not None and (not words.wanted or _links_of(tag, known) <= MAX_PROBES):
        return _from_tag(tag, nodes, known)
    if words.wanted:
        return _from_words(words, known)
    for node in nodes:
        starting = _starting_set(node, known)
        if starting is not None:
            rest = [_condition(other, known) for other in nodes if other is not node]
            return _of_links([starting, *rest])
    return None


def title_plan(tree: Node, known: Known, among: Sequence[int] = ()) -> Plan | None:
    """The plan for those of a query's links that have all of its words in their titles; None without words.

    When all of its links are known, they stand in the place of whatever else the query says.
    """
    words = _words_of(_together(tree), ("title",))
    if not words.wanted:
        return None
    if among:
        return _indexed(words.wanted, "", [Sql(f"l.id IN ({marks(among)})", tuple(among))], known)
    return _from_words(words, known)


def _of_archive(nodes: Sequence[Node], known: Known) -> Plan:
    return _of_links([Sql("l.archive_id = ?", (known.archive_id,)), *(_condition(node, known) for node in nodes)])


def _of_links(conditions: Sequence[Sql]) -> Plan:
    return Plan(_joined(Sql("FROM links l WHERE l.deleted_at IS NULL"), conditions), "l.id")


def _living(table: Sql, key: str, conditions: Sequence[Sql], known: Known) -> Sql:
    """Rows of another table that stand for links which are there.

    Links are looked at only for what they alone tell. Few are deleted: those are listed, not each hit looked up.
    """
    if any(column in condition.text for condition in conditions for column in _OF_LINKS):
        table = Sql(table.text.replace(" WHERE ", f" JOIN links l ON l.id = +{key} WHERE ", 1), table.values)
    deleted = Sql(
        f"+{key} NOT IN (SELECT g.id FROM links g WHERE g.archive_id IN ({marks(known.archives)})"
        " AND g.deleted_at IS NOT NULL)",
        known.archives,
    )
    # Said of the other table's column, a condition is looked at before the link is; with the plus it is no way in,
    # for which the full-text index would be asked anew for every value.
    own = [Sql(condition.text.replace("l.id", f"+{key}"), condition.values) for condition in conditions]
    return _joined(table, [deleted, *own])


def _joined(source: Sql, conditions: Sequence[Sql]) -> Sql:
    text = "".join(f" AND {condition.text}" for condition in conditions)
    return Sql(source.text + text, (*source.values, *(v for condition in conditions for v in condition.values)))


# Starting from a tag


def _links_of(tag: Tag, known: Known) -> int:
    return sum(count for _, count in known.tags.get(tag, ()))


def _rarest_tag(nodes: Sequence[Node], known: Known) -> Tag | None:
    tags = [node for node in nodes if isinstance(node, Tag)]
    return min(tags, key=lambda tag: _links_of(tag, known), default=None)


def _from_tag(tag: Tag, nodes: Sequence[Node], known: Known) -> Plan:
    ids = [tag_id for tag_id, _ in known.tags.get(tag, ())]
    few = _links_of(tag, known) <= MAX_PROBES
    rest = [_condition(node, known, few) for node in nodes if node is not tag]
    if len(ids) == 1:
        source = _living(Sql("FROM link_tags t WHERE t.tag_id = ?", (ids[0],)), "t.link_id", rest, known)
        return Plan(source, "t.link_id", None if rest else _links_of(tag, known))
    starting = _starting_set(tag, known)
    if starting is None:
        starting, rest = Sql("l.archive_id = ?", (known.archive_id,)), [_tagged(ids), *rest]
    return _of_links([starting, *rest] if ids else [Sql("1 = 0")])


# Starting from words


@dataclass(frozen=True)
class _Words:
    """The words among things that must all hold, for one question to the full-text index; the rest beside them."""

    wanted: tuple[str, ...]
    excluded: tuple[str, ...]
    exact: tuple[str, ...]
    rest: tuple[Node, ...]


def _words_of(nodes: Sequence[Node], columns: Sequence[str] = COLUMNS) -> _Words:
    wanted: list[str] = []
    excluded: list[str] = []
    exact: list[str] = []
    rest: list[Node] = []
    for node in nodes:
        match node:
            case Text():
                wanted += [index().expression(term, columns) for term in _terms(node)]
                exact += [term.exact for term in _terms(node) if term.exact]
            case Either(choices) if all(_is_plain(choice) for choice in choices):
                wanted.append(index().any_of([_all_of(choice, columns) for choice in choices]))
            case Not(inner) if _is_plain(inner):
                excluded.append(_all_of(inner, COLUMNS))
            case _:
                rest.append(node)
    return _Words(tuple(wanted), tuple(excluded), tuple(exact), tuple(rest))


def _from_words(words: _Words, known: Known) -> Plan:
    excluded = index().any_of(words.excluded) if words.excluded else ""
    conditions = [*map(_holds, words.exact), *(_of_hits(node, known) for node in words.rest)]
    return _indexed(words.wanted, excluded, conditions, known)


def _indexed(wanted: Sequence[str], excluded: str, conditions: Sequence[Sql], known: Known) -> Plan:
    expression = index().match(known.archives, index().all_of(wanted), excluded)
    return Plan(_living(Sql(index().source, (expression,)), index().id, conditions, known), index().id)


def _of_hits(node: Node, known: Known) -> Sql:
    """What must hold for the link `l`, which many will be asked for: what few links have is listed once for all."""
    match node:
        case Is(kind) if kind in _ENDED:
            return _listed(kind, known)
        case Tag() if 0 < _links_of(node, known) <= _LISTED:
            return _tagged_among(known.tags[node])
        case _:
            return _condition(node, known)


def _terms(text: Text) -> list[Term]:
    return terms(text.words, text.phrase)


def _is_plain(node: Node) -> bool:
    """Whether the index alone can tell."""
    return isinstance(node, Text) and not any(term.exact for term in _terms(node))


def _all_of(node: Node, columns: Sequence[str]) -> str:
    assert isinstance(node, Text)
    return index().all_of([index().expression(term, columns) for term in _terms(node)])


def _holds(exact: str) -> Sql:
    return Sql(*index().holds(exact))


# Starting from other sets


def _starting_set(node: Node, known: Known) -> Sql | None:
    """The condition that a node's links can be listed by, when they are few enough to begin with."""
    match node:
        case Tag() | Either():
            ids = _tag_ids(node, known)
            if ids is None or sum(count for _, count in ids) * _DENSE > known.links:
                return None
            return _tagged_among(ids)
        case Is(kind) if kind in _ENDED:
            return _listed(kind, known)
        case By():
            text, values = _shared_by(node, known)
            return _going_through(Sql(f"SELECT s.link_id FROM shares s WHERE {text}", values), known)
        case Host() if known.hosts.get(node):
            return _going_through(_of_host(known.hosts[node], known), known)
        case _:
            return None


def _going_through(listed: Sql, known: Known) -> Sql:
    # The archive's links are gone through, newest first, until enough are in the list (the plus says so): a person or
    # a site can have a third of them, and each of those looked up and put in order would take ten times as long.
    return Sql(f"l.archive_id = ? AND +l.id IN ({listed.text})", (known.archive_id, *listed.values))


def _of_host(hosts: Sequence[str], known: Known) -> Sql:
    text = f"SELECT h.id FROM links h WHERE h.archive_id = ? AND h.host IN ({marks(hosts)})"
    return Sql(text, (known.archive_id, *hosts))


def _listed(kind: str, known: Known) -> Sql:
    # The list is wider than what is asked for; what else must hold is looked at while going through it.
    listed = _ENDED[kind].removesuffix(f" AND {_NEWEST}")
    text = f"l.id IN (SELECT c.link_id FROM captures c WHERE c.archive_id = ? AND {listed})"
    return Sql(f"{text} AND {_is(kind).text}" if _NEWEST in _ENDED[kind] else text, (known.archive_id,))


def _tagged_among(ids: Sequence[tuple[int, int]]) -> Sql:
    return Sql(f"l.id IN (SELECT link_id FROM link_tags WHERE tag_id IN ({marks(ids)}))", tuple(i for i, _ in ids))


def _tag_ids(node: Tag | Either, known: Known) -> tuple[tuple[int, int], ...] | None:
    """Ids and counters of a choice of tags; None when there is something else among them."""
    tags = node.nodes if isinstance(node, Either) else (node,)
    if not all(isinstance(tag, Tag) for tag in tags):
        return None
    return tuple(dict.fromkeys(found for tag in tags if isinstance(tag, Tag) for found in known.tags.get(tag, ())))


# Conditions on a link


def _condition(node: Node, known: Known, few: bool = False) -> Sql:
    """What must hold for the link `l`; `few` links will be asked for it."""
    match node:
        case Not(inner):
            part = _condition(inner, known, few)
            return Sql(f"NOT ({part.text})", part.values)
        case All(nodes) | Either(nodes):
            parts = [_condition(inner, known, few) for inner in nodes]
            word = " AND " if isinstance(node, All) else " OR "
            return Sql(f"({word.join(part.text for part in parts)})", tuple(v for part in parts for v in part.values))
        case Tag():
            return _tagged([tag_id for tag_id, _ in known.tags.get(node, ())])
        case Text():
            return _with_words(node, known, few)
        case Host():
            hosts = known.hosts.get(node, ())
            if not hosts:
                return Sql("1 = 0")
            listed = _of_host(hosts, known)
            return Sql(f"l.id IN ({listed.text})", listed.values)
        case By():
            text, values = _shared_by(node, known)
            return Sql(f"EXISTS (SELECT 1 FROM shares s WHERE s.link_id = l.id AND ({text}))", values)
        case Since(time):
            return Sql("l.first_shared_at >= ?", (index().time_value(time),))
        case Until(time):
            return Sql("l.first_shared_at < ?", (index().time_value(time),))
        case Is(kind):
            return _is(kind)


def _tagged(ids: Sequence[int]) -> Sql:
    if not ids:
        return Sql("1 = 0")
    # By the tag where it is one of few; by the link, which carries few tags, where they are many.
    column = "x.tag_id" if len(ids) <= _FEW_TAGS else "+x.tag_id"
    return Sql(f"EXISTS (SELECT 1 FROM link_tags x WHERE x.link_id = l.id AND {column} IN ({marks(ids)}))", tuple(ids))


def _with_words(node: Text, known: Known, few: bool) -> Sql:
    found = _terms(node)
    listed = Sql(index().among, (index().match(known.archives, _all_of(node, COLUMNS)),))
    asked = Sql(*index().has(found)) if few else listed
    parts = [asked, *(_holds(term.exact) for term in found if term.exact)]
    return Sql(f"({' AND '.join(part.text for part in parts)})", tuple(v for part in parts for v in part.values))


def _shared_by(node: By, known: Known) -> tuple[str, tuple[Any, ...]]:
    ids, names = known.people.get(node, ((), ()))
    parts, values = [], [*ids, *names]
    if ids:
        parts.append(f"s.person_id IN ({marks(ids)})")
    if names:
        parts.append(f"s.person_id IS NULL AND s.person_name IN ({marks(names)})")
    return " OR ".join(parts) or "1 = 0", tuple(values)


def _is(kind: str) -> Sql:
    if kind == "waiting":
        return Sql("EXISTS (SELECT 1 FROM captures c WHERE c.link_id = l.id AND c.state <> 'ended')")
    condition = "c.verdict IN ('ok', 'not_html')" if kind == "ok" else _ENDED[kind]
    return Sql(f"EXISTS (SELECT 1 FROM captures c WHERE c.link_id = l.id AND {condition})")
