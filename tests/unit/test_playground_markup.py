"""parse_mode: what is understood, and the complaints word for word."""

from __future__ import annotations

import html
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import utf16
from playground.entities import to_json
from playground.errors import ApiError
from playground.formatting import Formatted, format_text
from playground.markup_html import MarkupError, parse_html
from playground.markup_markdown import parse_markdown, parse_markdown_v2

PEOPLE = {1001: {"id": 1001, "is_bot": False, "first_name": "Alice"}}


def shaped(source: str, mode: str | None = "HTML", entities: list[dict[str, Any]] | None = None) -> Formatted:
    return format_text(source, mode, entities, PEOPLE.get)


def parts(formatted: Formatted) -> list[tuple[str, str]]:
    return [(e["type"], utf16.cut(formatted.text, e["offset"], e["length"])) for e in formatted.entities]


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("<b>bold</b> <strong>x</strong>", "bold x", [("bold", "bold"), ("bold", "x")]),
        ("<i><u>both</u></i>", "both", [("italic", "both"), ("underline", "both")]),
        ("a &lt; b &amp; c &quot;d&quot; &#x41;&#66; &nbsp;", 'a < b & c "d" AB &nbsp;', []),
        ("<tg-spoiler>x</tg-spoiler><span class='tg-spoiler'>y</span>", "xy", [("spoiler", "x"), ("spoiler", "y")]),
        ('<pre><code class="language-py">x</code></pre>', "x", [("pre", "x")]),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", "q")]),
        ("<a href='http://example.org/'>江南</a>", "江南", [("text_link", "江南")]),
        ("<a href='http://localhost/'>no host</a>", "no host", []),
        ("<a href='tg://user?id=1001'>Alice</a>", "Alice", [("text_mention", "Alice")]),
        ("<a href='tg://user?id=5'>stranger</a>", "stranger", []),
        ("<b></b>empty", "empty", []),
        ("<B>case</B>", "case", [("bold", "case")]),
        ("<b>x</>", "x", [("bold", "x")]),
        ("🙂<b>👀</b> #tag", "🙂👀 #tag", [("bold", "👀"), ("hashtag", "#tag")]),
        (
            "<code>#no http://a.org</code> #yes",
            "#no http://a.org #yes",
            [("code", "#no http://a.org"), ("hashtag", "#yes")],
        ),
        ("<a href='http://a.org/'>http://b.org</a>", "http://b.org", [("text_link", "http://b.org")]),
        ("  <b>  x </b> ", "x", [("bold", "x")]),
    ],
)
def test_html(source: str, text: str, expected: list[tuple[str, str]]) -> None:
    formatted = shaped(source)
    assert formatted.text == text
    assert parts(formatted) == expected


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("<foo>x</foo>", 'Unsupported start tag "foo" at byte offset 0'),
        ("字<foo>", 'Unsupported start tag "foo" at byte offset 3'),
        ("🙂 a < b", 'Unsupported start tag "" at byte offset 7'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<i>x</b>", 'Unmatched end tag at byte offset 4, expected "</i>", found "</b>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("<a =x>x</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x/y>x</a>", "Unexpected end of name token at byte offset 8"),
        ('<a href="x>x</a>', "Unclosed start tag at byte offset 0"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
    ],
)
def test_complaints_about_html(source: str, complaint: str) -> None:
    with pytest.raises(ApiError) as refused:
        shaped(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {complaint}"


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("*b* _i_ __u__ ~s~ ||h||", "b i u s h", ["bold", "italic", "underline", "strikethrough", "spoiler"]),
        ("`x_y` ```py\nz\n```", "x_y z", ["code", "pre"]),
        (r"1\.5 \*no\*", "1.5 *no*", []),
        (r"[江南](http://a.org/\))", "江南", ["text_link"]),
        (">one\n>two\nthree", "one\ntwo\nthree", ["blockquote"]),
        ("_a *b*_", "a b", ["italic", "bold"]),
    ],
)
def test_markdown_v2(source: str, text: str, expected: list[str]) -> None:
    formatted = shaped(source, "MarkdownV2")
    assert formatted.text == text
    assert [e["type"] for e in formatted.entities] == expected


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("1.5", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("字*b", "Can't find end of Bold entity at byte offset 3"),
        ("_x", "Can't find end of Italic entity at byte offset 0"),
        ("[x](http://a.org", "Can't find end of a URL at byte offset 4"),
        ("a!", "Character '!' is reserved and must be escaped with the preceding '\\'"),
    ],
)
def test_complaints_about_markdown_v2(source: str, complaint: str) -> None:
    with pytest.raises(ApiError) as refused:
        shaped(source, "MarkdownV2")
    assert refused.value.description == f"Bad Request: can't parse entities: {complaint}"


def test_the_older_markdown() -> None:
    formatted = shaped("*b* _i_ `c` [x](http://a.org/) \\_ 5 > 3.", "Markdown")
    assert formatted.text == "b i c x _ 5 > 3."
    assert [e["type"] for e in formatted.entities] == ["bold", "italic", "code", "text_link"]
    with pytest.raises(ApiError, match="Can't find end of the entity starting at byte offset 3"):
        shaped("字*b", "Markdown")


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        shaped("x", "BBCode")


def test_given_entities_are_kept_and_found_ones_are_not_taken_from_the_caller() -> None:
    given_entities = [{"type": "bold", "offset": 3, "length": 1}, {"type": "hashtag", "offset": 0, "length": 2}]
    formatted = shaped("🙂 x", None, given_entities)
    assert formatted.entities == [{"type": "bold", "offset": 3, "length": 1}]


def test_control_characters_and_direction_marks_are_cleaned() -> None:
    assert shaped("a\tb\x00c\u202ed\r\n e\ud800", None).text == "a b cd\n e"


TAGS = {"b": "bold", "i": "italic", "u": "underline", "s": "strikethrough", "tg-spoiler": "spoiler"}
words = st.text(st.sampled_from("ab<>&\"'字🙂 é"), min_size=1, max_size=6)
trees = st.recursive(
    words,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.tuples(st.sampled_from(sorted(TAGS)), inner),
    max_leaves=12,
)


def written(tree: Any) -> str:
    if isinstance(tree, str):
        return html.escape(tree, quote=False)
    if isinstance(tree, tuple):
        return f"<{tree[0]}>{written(tree[1])}</{tree[0]}>"
    return "".join(map(written, tree))


def expected_parts(tree: Any, start: int = 0) -> tuple[str, list[tuple[str, int, int]]]:
    if isinstance(tree, str):
        return tree, []
    if isinstance(tree, tuple):
        text, found = expected_parts(tree[1], start)
        return text, [(TAGS[tree[0]], start, utf16.length(text)), *found]
    whole: str = ""
    everything: list[tuple[str, int, int]] = []
    for part in tree:
        text, found = expected_parts(part, start + utf16.length(whole))
        whole += text
        everything += found
    return whole, everything


@settings(deadline=None)
@given(trees)
def test_well_formed_html_comes_back_with_its_text_and_offsets(tree: Any) -> None:
    text, expected = expected_parts(tree)
    parsed, entities = parse_html(written(tree))
    assert parsed == text
    found = sorted((e["type"], e["offset"], e["length"]) for e in to_json(parsed, entities))
    assert found == sorted(expected)


@settings(deadline=None)
@given(st.text(st.sampled_from("<>/ab=\"' &;#x&lt;字🙂\\*_`[]()!|~-.\n"), max_size=40))
@pytest.mark.parametrize("parse", [parse_html, parse_markdown, parse_markdown_v2])
def test_any_text_is_parsed_or_refused_with_words(parse: Any, source: str) -> None:
    try:
        text, entities = parse(source)
    except MarkupError:
        return
    for entity in to_json(text, entities):
        assert entity["length"] > 0
        assert entity["offset"] + entity["length"] <= utf16.length(text)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_escaped_text_is_the_text(text: str) -> None:
    assert parse_html(html.escape(text, quote=False)) == (text, [])
