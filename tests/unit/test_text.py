"""Titles fit to be shown, the article for reading, everything else for search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.text import MAX_FORMATTED_SIBLINGS, _pruned, article, language, many_lines, one_line, visible_text

URL = "https://example.org/foxes"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("  Foxes \n\t and\u00a0links ", "Foxes and links"),
        ("江南春色　· 网页", "江南春色 · 网页"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("\u2066hidden\u2069 \u200fdirection", "hidden direction"),
        ("bell\x07 and escape\x1b[31m", "bell and escape[31m"),
        ("two\u2028lines", "two lines"),
        ("lone \ud800 half", "lone half"),
        ("👩‍👩‍👧 family", "👩‍👩‍👧 family"),
        ("", None),
        (None, None),
        (" \u200e\n ", None),
    ],
)
def test_a_title_is_one_clean_line(raw: str | None, shown: str | None) -> None:
    assert one_line(raw) == shown


def test_a_long_title_is_cut() -> None:
    shown = one_line("word " * 1000)
    assert shown
    assert len(shown) <= 300
    assert shown.endswith("word…")


@given(st.text(max_size=500))
def test_whatever_the_title_it_is_one_line_without_controls(raw: str) -> None:
    shown = one_line(raw) or "x"
    assert shown == " ".join(shown.split())
    assert not any(ord(c) < 32 or 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069 for c in shown)
    shown.encode()


@pytest.mark.parametrize(
    ("declared", "text", "tag"),
    [
        ("en", "…", "en"),
        ("zh_CN", "…", "zh-CN"),
        ("", "江南的春天来得格外早，柳枝吐出嫩芽。", "zh"),
        (None, "これは日本語の文章です。狐について。", "ja"),
        ("", "여우는 작은 포유동물이다.", "ko"),
        ("", "Nothing says which language this is.", None),
        ("<script>", "…", None),
        ("", "", None),
    ],
)
def test_language(declared: str | None, text: str, tag: str | None) -> None:
    assert language(declared, text) == tag


def test_visible_text_joins_frames_and_drops_emptiness() -> None:
    assert visible_text(["Top  \r\n\n\n\n\nof page\x00", "in a frame"]) == "Top\n\nof page\n\nin a frame"


def test_many_lines_keeps_lines() -> None:
    assert many_lines("a\n b \nc") == "a\nb\nc"


WORDS = "The fox lives at the edge of the wood, and comes into the garden at dusk to look for windfalls. "
ZH = "江南的春天来得格外早，柳枝才吐出嫩芽，桃花便已开满了河岸，人们撑着油纸伞走过石桥。"


def html_page(body: str, title: str = "Foxes") -> str:
    return f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>"


async def test_an_article_becomes_markdown_without_its_surroundings() -> None:
    html = html_page(
        "<nav><a href=/>Home</a> <a href=/a>About us</a></nav>"
        f"<article><h1>Foxes</h1><p>{WORDS * 4}</p><h2>Dusk</h2><p>{WORDS * 4}</p><ul><li>red<li>grey</ul></article>"
        "<script>var secret = 1</script><footer>All rights reserved, imprint</footer>"
    )
    text = await article(html, URL, "Foxes", WORDS * 8)
    assert text.startswith(f"# Foxes\n\n<{URL}>\n\n")
    assert text.count("# Foxes") == 1
    assert "## Dusk" in text
    assert "windfalls" in text
    assert "secret" not in text
    assert "About us" not in text


async def test_a_chinese_article_is_whole() -> None:
    paragraphs = "".join(f"<p>第{n}段。{ZH * 3}</p>" for n in range(1, 9))
    text = await article(html_page(f"<h1>江南春色</h1>{paragraphs}", "江南春色"), URL, "江南春色", ZH * 24)
    for n in range(1, 9):
        assert f"第{n}段" in text


async def test_what_is_no_article_falls_back_to_all_that_was_visible() -> None:
    links = "\n".join(f"Link number {n} to somewhere" for n in range(60))
    text = await article(html_page("<div></div>"), URL, "Links", links)
    assert "Link number 0 to" in text
    assert "Link number 59 to" in text


@pytest.mark.parametrize("html", ["", "<", "\x00\x01", "<html>" * 5000, "<p>&#x110000;"])
async def test_broken_html_still_gives_the_visible_words(html: str) -> None:
    assert "seen words" in await article(html, URL, None, "seen words")


async def test_without_a_title_the_address_heads_the_text() -> None:
    assert (await article("<p>x", URL, None, "words")).startswith(f"# {URL}\n")


async def test_a_crowd_of_formatted_words_is_kept_as_it_is_seen() -> None:
    """trafilatura takes 2 GB for 60 000 of them: more than a whole worker may have."""
    words = "<i>x</i>" * (MAX_FORMATTED_SIBLINGS + 1)
    assert _pruned(f"<h1>Many</h1><p>{words}") is None
    assert _pruned(f"<h1>Many</h1><p>{words[8:]}") is not None
    text = await article(f"<h1>Many</h1><p>{words}", "https://example.org/", "Many", "what is seen")
    assert "what is seen" in text


async def test_an_extraction_that_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its thread goes on: a list item outside of any list costs more the more of them there are."""
    monkeypatch.setattr("capture.text.EXTRACT_TIMEOUT_S", 0.05)
    told: list[bool] = []
    html = "<h1>Items</h1>" + "<li>x</li>" * 3000
    text = await article(html, "https://example.org/", "Items", "what is seen", late=lambda: told.append(True))
    assert told == [True]
    assert "what is seen" in text
