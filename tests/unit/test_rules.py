"""Which links a rule fits."""

from __future__ import annotations

import pytest

from storage.rules import RuleView


@pytest.mark.parametrize(
    ("words", "title", "fits"),
    [
        ("art", "Party articles", False),
        ("art", "The ART of war", True),
        ("art", "Party, and then art", True),
        ("art", "état d'art", True),
        ("etat", "L'État", True),
        ("红", "小红书", True),
        ("江南 春色", "春色满江南", True),
        ("江南 春色", "江南的雨", False),
        ("fox", "狐狸fox的", True),
        ("3d", "13d", False),
        ("C#", "Learn C# today", True),
        ("C#", "Learn C today", False),
        ("C++", "Modern C++17", True),
        ("лис", "лиса", False),
        ("고양이", "고양이는 잔다", True),
        ("art", None, False),
    ],
)
def test_words_with_cases_are_found_whole_and_others_anywhere(words: str, title: str | None, fits: bool) -> None:
    rule = RuleView(1, 1, None, words, ("x",))
    assert rule.fits("https://start.example/party", "start.example", title) is fits


@pytest.mark.parametrize("path", ["red-fox", "red_fox", "red%20fox", "fox/red?x=1", "Red+Fox"])
def test_words_are_found_in_an_address(path: str) -> None:
    assert RuleView(1, 1, None, "red fox", ("x",)).fits(f"https://a.example/{path}", "a.example", None)
