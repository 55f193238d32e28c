"""Lists are short, safe and say what to try when they are empty."""

from __future__ import annotations

import re
from typing import Any

from bot import lists
from bot.callbacks import ListPress, ShowPress
from bot.lists import Asked
from bot.markup import units
from bot.words import words
from storage.records import LinkView, Page, TagCount
from tests.unit.bot_factories import NOW, link, read_html

EN, ZH = words("en"), words("zh")


def page(*rows: LinkView, total: int = 23, number: int = 1, **more: Any) -> Page[LinkView]:
    return Page(rows=rows, total=total, page=number, pages=max(1, -(-total // 10)), **more)


def test_a_list_has_a_heading_and_a_row_for_each() -> None:
    answer = lists.links_list(page(link(), link("Another", number=3), number=2), Asked("tag", "reading"), EN, NOW)
    assert read_html(answer.text)[0].split("\n") == [
        "#reading · 23 links",
        "11 Foxes & Links, a field guide · example.org · 24 Nov · 12",
        "12 Another · example.org · 24 Nov · 3",
    ]
    assert [button.label for button in answer.keyboard[0]] == ["‹", "2/3", "›"]
    assert answer.keyboard[0][2].press == ListPress("page", "tag", 3, "reading")


def test_the_page_button_offers_the_numbers() -> None:
    rows = lists.numbers_keyboard(page(link(), link(number=3)), Asked("tag", "reading"), EN)
    assert [b.press for b in rows[0]] == [ShowPress(12), ShowPress(3)]
    assert rows[-1][0].press == ListPress("page", "tag", 1, "reading")


def test_an_empty_list_says_what_to_try() -> None:
    nothing: Page[LinkView] = page(total=0, suggestions=(("reading", 23),))
    assert lists.links_list(nothing, Asked("tag", "reding"), EN, NOW).text == (
        "No links with #reding. Did you mean #reading (23)?"
    )
    nothing = page(total=0, suggestions=(("阅读", 23),))
    assert lists.links_list(nothing, Asked("tag", "阅渎"), ZH, NOW).text == "没有 #阅渎 的链接。是不是 #阅读（23）？"
    assert "/tags" in lists.links_list(page(total=0), Asked("tag", "x"), EN, NOW).text
    assert "/tags" in lists.links_list(page(total=0), Asked("search", "x"), EN, NOW).text


def test_a_full_page_of_long_titles_fits() -> None:
    rows = [link("🦊" * 400, host="a" * 250) for _ in range(10)]
    answer = lists.links_list(page(*rows), Asked("search", "<b>@x" * 60), ZH, NOW)
    assert units(read_html(answer.text)[0]) <= 4096


def test_a_page_of_long_addresses_stays_below_what_a_message_may_hold() -> None:
    rows = [link(f"Title {n}", url="https://example.org/" + "x" * 900 + str(n)) for n in range(10)]
    text, marked = read_html(lists.links_list(page(*rows), Asked("tag", "reading"), EN, NOW).text)
    assert sum(len(href) for _, href, _ in marked) <= 6000
    assert "Title 9" in text


def test_tags_by_use() -> None:
    tags = (TagCount("reading", 23), TagCount("网页", 4), TagCount("a/b", 1))
    answer = lists.tags_list(Page(tags, 3, 1, 1), "", EN)
    assert answer.text == "#reading 23 · #网页 4 · <code>#a/b</code> 1"
    assert [button.label for button in answer.keyboard[0]] == ["1/1 ▾"]
    assert "#x" in lists.tags_list(Page((), 0, 1, 1), "x", EN).text


def test_nothing_in_a_hit_is_a_mention_or_a_command_wherever_the_hit_begins() -> None:
    words = (
        ("Ask @", False),
        ("alice", True),
        ("_reads, /", False),
        ("ban", True),
        ("ana or #", False),
        ("topic", True),
    )
    answer = lists.links_list(page(link(context=words)), Asked("search", "alice"), EN, NOW)
    shown = read_html(answer.text)[0].split("\n")[2]
    assert "alice" in shown
    assert not re.search(r"[@/#]\w", shown)
