"""Spellings of a tag that are one tag."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.tags import tag_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Reading", "reading"),
        ("#reading", "reading"),
        ("＃网页", "网页"),
        ("ＲＥＡＤＩＮＧ", "reading"),
        ("STRASSE", "straße"),
        ("e\u0301t\u00e9", "\u00e9te\u0301"),
        ("ﾊﾟｿｺﾝ", "パソコン"),
        (" foxes ", "foxes"),
    ],
)
def test_spellings_of_one_tag(one: str, other: str) -> None:
    assert tag_key(one) == tag_key(other)


@pytest.mark.parametrize(("one", "other"), [("fox", "foxes"), ("a/b", "a"), ("网页", "網頁"), ("c", "c++")])
def test_other_tags(one: str, other: str) -> None:
    assert tag_key(one) != tag_key(other)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert tag_key(tag_key(name)) == tag_key(name)


@settings(deadline=None)
@given(st.text(st.characters(codec="ascii"), max_size=40))
def test_case_does_not_matter(name: str) -> None:
    assert tag_key(name.upper()) == tag_key(name.lower())
