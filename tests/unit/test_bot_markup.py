"""Text is cut and measured as Telegram measures it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markup import Piece, clean, cut, fit, inert, line_units, phrase, tag_piece, to_html, units
from tests.unit.bot_factories import read_html


@pytest.mark.parametrize(("text", "length"), [("a", 1), ("字", 1), ("🦊", 2), ("👩‍👧", 5), ("", 0)])
def test_units_are_utf16(text: str, length: int) -> None:
    assert units(text) == length


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a \n\t b", "a b"),
        ("x\u202ey\u2066z\u200f", "xyz"),
        ("\x00bell\x07", "bell"),
        ("👩‍👧 stays", "👩‍👧 stays"),
        ("a\ud800b", "a\ufffdb"),
    ],
)
def test_clean_leaves_what_can_be_read(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_cut_tears_no_emoji() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("ab👩‍👧cd", 5) in ("ab…", "ab👩‍👧…")
    assert cut("short", 120) == "short"


@pytest.mark.parametrize(
    ("name", "is_hashtag"),
    [("reading", True), ("网页", True), ("a_1", True), ("123", False), ("a/b", False), ("c++", False), ("a b", False)],
)
def test_tags_that_telegram_would_cut_are_code(name: str, is_hashtag: bool) -> None:
    assert tag_piece(name) == Piece(f"#{name}", code=not is_hashtag)


@pytest.mark.parametrize(("name", "is_code"), [("Alice", False), ("@durov", True), ("/ban", True), ("evil.com", True)])
def test_names_that_would_be_links_or_mentions_are_code(name: str, is_code: bool) -> None:
    assert inert(name).code is is_code


def test_a_phrase_keeps_pieces_apart_from_its_words() -> None:
    line = phrase("by {name}, {n} times", name=Piece("<b>", code=True), n=2)
    assert to_html([line]) == "by <code>&lt;b&gt;</code>, 2 times"


pieces = st.builds(
    Piece, st.text(max_size=60), st.booleans(), st.none() | st.just("https://e.example/?a=1&b='\"<"), st.booleans()
)


@given(st.lists(st.lists(pieces, max_size=4).map(tuple), max_size=30), st.integers(10, 300))
def test_what_fits_is_never_longer_and_always_html(lines: list[tuple[Piece, ...]], limit: int) -> None:
    kept = fit(lines, limit)
    assert sum(line_units(line) for line in kept) + max(0, len(kept) - 1) <= limit
    if kept != list(lines):
        assert kept, "something can always be said"
    read_html(to_html([tuple(p for p in line if p.text == clean(p.text)) for line in kept]))
