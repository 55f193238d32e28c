"""Queries are read as people write them; a mistake is told with its place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.query import (
    MAX_CHARS,
    MAX_DEPTH,
    MAX_TERMS,
    All,
    Bare,
    By,
    Either,
    Host,
    Is,
    Mistake,
    Node,
    Not,
    Since,
    Tag,
    Text,
    Until,
    mended,
    parse,
)
from tests.unit.query_reference import Kept, matches


def tag(key: str, below: bool = False) -> Tag:
    return Tag(key, key, below)


A, B, C = tag("a"), tag("b"), tag("c")


def said(node: Node) -> str:
    """A tree as a query again."""
    match node:
        case All(nodes):
            return f"({' '.join(map(said, nodes))})"
        case Either(nodes):
            return f"({' or '.join(map(said, nodes))})"
        case Not(inner):
            return f"-{said(inner)}"
        case Tag(key, _, below):
            return f'#"{key}/"' if below else f'#"{key}"'
        case Text(words, phrase):
            return f'"{words}"' if phrase else words
        case _:
            raise AssertionError(node)


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("a", A),
        ("#a", A),
        ("##a", A),
        ("＃Ａ", A),
        ("a b", All((A, B))),
        ("a a", A),
        ("#a#b", All((A, B))),
        ("a, b;c", All((A, B, C))),
        ("a，b、c", All((A, B, C))),
        ("a　b\u200bc", All((A, B, C))),
        ("a or b", Either((A, B))),
        ("a OR b", Either((A, B))),
        ("a 或 b", Either((A, B))),
        ("a ＯＲ b", Either((A, B))),
        ("a b or c", Either((All((A, B)), C))),
        ("a (b or c)", All((A, Either((B, C))))),
        ("a（b 或 c）", All((A, Either((B, C))))),
        ("-a", Not(A)),
        ("－a", Not(A)),
        ("—a", Not(A)),
        ("--a", A),
        ("-(-a)", A),
        ("-(a b)", Not(All((A, B)))),
        ("a -#b", All((A, Not(B)))),
        ("a-b", tag("a-b")),
        ("c++ c#", All((tag("c++"), tag("c#")))),
        ("a/", tag("a", below=True)),
        ("#a／", tag("a", below=True)),
        ("a/b", tag("a/b")),
        ('"two words"', tag("two words")),
        ("“two words” #“b”", All((tag("two words"), B))),
        ("「two words」", tag("two words")),
        ('"a, b"', tag("a, b")),
        ('#"or"', tag("or")),
        ("#or", tag("or")),
        ("Straße", tag("strasse")),
        ("阅读 或 -（艺术，诗）", Either((tag("阅读"), Not(All((tag("艺术"), tag("诗"))))))),
    ],
)
def test_tags(query: str, tree: Node) -> None:
    assert parse(query, "tag").tree == tree


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("处理 #reading -draft", All((Text("处理"), tag("reading"), Not(Text("draft"))))),
        ('"Exact Phrase" x', All((Text("exact phrase", phrase=True), Text("x")))),
        ("Café", Text("cafe")),
        ("a - b", All((Text("a"), Text("b")))),
        ("rock … roll !", All((Text("rock"), Text("roll")))),
        ("#work/", tag("work", below=True)),
        ("host:https://www.Example.org/page", Host("example.org")),
        ("网站：example.org", Host("example.org")),
        ("host:*.example.org", Host("example.org")),
        ("host:example.org?q=1#x", Host("example.org")),
        ("host:https://user:secret@example.org:443/x", Host("example.org")),
        ("host:example.org:80", Host("example.org")),
        ("host:example.org:8080/x", Host("example.org:8080")),
        ("host:http://example.org:443/", Host("example.org:443")),
        ("host:XN--FSQU00A.XN--FIQS8S", Host("例子.中国")),
        ("host:例子.中国", Host("例子.中国")),
        ("host:git_hub", Host("git_hub")),
        ("host:[::1]:8080", Host("[::1]:8080")),
        ("by:me", By("me", (0, 5))),
        ("by:我", By("me", (0, 4))),
        ("by:@Bob", By("@bob", (0, 7))),
        ('by:"Alice Smith"', By("alice smith", (0, 16))),
        ("since:2026", Since(datetime(2026, 1, 1, tzinfo=UTC))),
        ("since:2026-02", Since(datetime(2026, 2, 1, tzinfo=UTC))),
        ("since:2026/2/3", Since(datetime(2026, 2, 3, tzinfo=UTC))),
        ("从:2026年2月", Since(datetime(2026, 2, 1, tzinfo=UTC))),
        ("until:2026", Until(datetime(2027, 1, 1, tzinfo=UTC))),
        ("until:2026-12", Until(datetime(2027, 1, 1, tzinfo=UTC))),
        ("until:2026-02-28", Until(datetime(2026, 3, 1, tzinfo=UTC))),
        ("is:PDF", Is("pdf")),
        ("is:失效", Is("dead")),
        ("-is:dead", Not(Is("dead"))),
        ("https://example.org/x", Text("https://example.org/x")),
        ("c: d", All((Text("c:"), Text("d")))),
    ],
)
def test_words_and_conditions(query: str, tree: Node) -> None:
    assert parse(query, "word").tree == tree


@pytest.mark.parametrize(
    ("query", "code", "place", "better"),
    [
        ("a or", "or_end", "a or▮", "a"),
        ("a or or b", "or_end", "a or▮ or b", "a or b"),
        ("a or )", "or_end", "a or▮ )", "a"),
        ("or a", "or_start", "▮or a", "a"),
        ("a (或 b)", "or_start", "a (▮或 b)", "a (b)"),
        ("a -", "not_end", "a -▮", "a"),
        ("a - b", "not_end", "a -▮ b", "a b"),
        ("(a -) b", "not_end", "(a -▮) b", "(a) b"),
        ("(a or b", "bracket_open", "(a or b▮", "(a or b)"),
        ("((a) ", "bracket_open", "((a)▮ ", "((a))"),
        ("(", "bracket_open", "(▮", ""),
        ("a) b", "bracket_close", "a▮) b", "a b"),
        (")", "bracket_close", "▮)", ""),
        ("a ()", "brackets_empty", "a ▮()", "a"),
        ('a "b c', "quote", 'a "b c▮', 'a "b c"'),
        ("# a", "name", "▮# a", "a"),
        ("/", "name", "▮/", ""),
        ("a since:soon", "date", "a since:soon▮", "a"),
        ("a since:2026-02-30", "date", "a since:2026-02-30▮", "a"),
        ("a host:", "host_value", "a host:▮", "a"),
        ("a by:@", "by_value", "a by:@▮", "a"),
        ("a by: Bob", "by_value", "a by:▮ Bob", "a by:Bob"),
        ("网站： example.org a", "host_value", "网站：▮ example.org a", "网站：example.org a"),
        ("is: good a", "is_value", "is:▮ good a", "a"),
        ("by: or a", "by_value", "by:▮ or a", "by:or a"),
        ("host: -a", "host_value", "host:▮ -a", "-a"),
        ("a is:good", "is_value", "a is:good▮", "a"),
        (" ，、 ", "nothing", " ，、 ▮", ""),
    ],
)
def test_a_mistake_has_a_place_and_a_way_out(query: str, code: str, place: str, better: str) -> None:
    with pytest.raises(Mistake) as caught:
        parse(query, "tag")
    mistake = caught.value
    assert (mistake.code, f"{query[: mistake.place]}▮{query[mistake.place :]}") == (code, place)
    assert mended(mistake, "tag") == better


def test_long_and_deep_queries_are_refused() -> None:
    for query, code in (
        ("a" * (MAX_CHARS + 1), "too_long"),
        (" ".join(f"t{n}" for n in range(MAX_TERMS + 1)), "too_many"),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), "too_deep"),
    ):
        with pytest.raises(Mistake) as caught:
            parse(query, "tag")
        assert caught.value.code == code
        assert mended(caught.value, "tag") == ""
    assert parse("-" * (MAX_CHARS - 1) + "a", "tag").tree == Not(A), "an odd number of them"


LETTERS = 'ab或or #＃-－()（）"“” ，、/:：host:by:is:since:2026xyz処\u3000\u200b'


def read(query: str, bare: Bare) -> Node | Mistake:
    try:
        return parse(query, bare).tree
    except Mistake as mistake:
        return mistake


@settings(deadline=None, max_examples=300)
@given(st.text(st.sampled_from(LETTERS), max_size=40) | st.text(max_size=60), st.sampled_from(("tag", "word")))
def test_whatever_is_typed_is_read_or_answered(query: str, bare: Bare) -> None:
    found = read(query, bare)
    if isinstance(found, Mistake):
        assert 0 <= found.start <= found.place <= len(query)
        better = mended(found, bare)
        assert not better or not isinstance(read(better, bare), Mistake)


NAMES = st.sampled_from(("a", "b", "a/b", "two words", "或", "or", "c#", "阅读"))
LEAVES = st.builds(lambda key, below: Tag(key, key, below), NAMES, st.booleans())


TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, min_size=2, max_size=3).map(lambda nodes: All(tuple(nodes)))
        | st.lists(inner, min_size=2, max_size=3).map(lambda nodes: Either(tuple(nodes)))
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(TREES, st.frozensets(st.sampled_from(("a", "b", "a/b", "a/b/c", "two words", "或", "or", "c#", "阅读"))))
def test_what_is_read_means_what_was_written(tree: Node, tags: frozenset[str]) -> None:
    again = read(said(tree), "tag")
    if isinstance(again, Mistake):
        assert again.code == "too_deep"
    else:
        assert matches(again, Kept(tags)) == matches(tree, Kept(tags))
