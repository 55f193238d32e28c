"""What is found of a text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.tokens import MAX_TOKENS, Term, fold, terms, tokens


def test_words_and_pairs() -> None:
    assert tokens("Foxes & 网页快照, foxes") == ["foxes", "网", "页", "网页", "快", "页快", "照", "快照"]


def test_a_word_ends_where_chinese_begins() -> None:
    assert tokens("iPhone15手机") == ["iphone15", "手", "机", "手机"]


def test_wide_letters_are_letters() -> None:
    assert tokens("ＷＥＢ") == ["web"]


def test_two_characters_are_searched_as_a_pair_and_longer_runs_are_checked() -> None:
    assert terms("网页") == [Term(("网页",), prefix=False)]
    assert terms("网页快照") == [Term(("网页", "页快", "快照"), prefix=False, exact="网页快照")]
    assert terms("照") == [Term(("照",), prefix=False)]


def test_words_are_found_by_their_beginning() -> None:
    assert terms('Fox "OR" x') == [Term(("fox",), prefix=True), Term(("or",), prefix=False), Term(("x",), prefix=False)]


def test_a_page_of_very_many_words_is_cut() -> None:
    assert len(tokens(" ".join(f"w{n}" for n in range(MAX_TOKENS + 500)))) == MAX_TOKENS


@settings(deadline=None)
@given(st.text(max_size=200))
def test_tokens_have_no_spaces_and_come_once(text: str) -> None:
    found = tokens(text)
    assert len(set(found)) == len(found)
    assert all(token and not token.isspace() and " " not in token and '"' not in token for token in found)


@settings(deadline=None)
@given(st.text(max_size=30), st.text(st.sampled_from("网页快照江南春色"), min_size=2, max_size=4), st.text(max_size=30))
def test_a_chinese_word_in_a_text_is_found_in_its_tokens(before: str, word: str, after: str) -> None:
    there = set(tokens(before + word + after))
    for term in terms(word):
        assert there.issuperset(term.tokens)
        assert term.exact is None or term.exact in fold(before + word + after)
