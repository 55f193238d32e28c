"""A query that cannot be read is answered with the place, an example to copy, and a mended one to press."""

from __future__ import annotations

import pytest

from bot.callbacks import ListPress
from bot.lists import Asked, LinksKind, written
from bot.markup import units
from bot.mistakes import mistake, mistake_line
from bot.words import words
from storage.query import MAX_CHARS, Mistake, mended, parse
from storage.records import TagCount
from tests.unit.bot_factories import read_html

USED = (TagCount("foxes", 3), TagCount("two words", 2))


def caught(query: str, kind: LinksKind = "tag") -> Mistake:
    with pytest.raises(Mistake) as error:
        parse(query, Asked(kind, query).bare)
    return error.value


def said(query: str, language: str = "en", kind: LinksKind = "tag", used: tuple[TagCount, ...] = USED) -> str:
    asked, found = Asked(kind, query), caught(query, kind)
    return read_html(mistake(found, mended(found, asked.bare), asked, used, words(language)).text)[0]


def test_the_place_and_an_example_with_tags_of_the_chat() -> None:
    assert said("reading or") == (
        '“or” needs a tag after it: /tag reading or ▮\nFor example: /tag foxes or #"two words"'
    )
    assert said("阅读 或", "zh", used=()) == "“或” 后面缺一个标签：/tag 阅读 或 ▮\n例如：/tag 阅读 或 艺术"
    assert said("(fox", kind="search").startswith("A closing bracket is missing: /search (fox▮\n")
    assert "such as 2026" in said("fox since:soon", kind="search")


def test_the_mended_query_can_be_pressed() -> None:
    found = caught("foxes or")
    (row,) = mistake(found, mended(found, "tag"), Asked("tag", "foxes or"), USED, words("en")).keyboard
    assert (row[0].label, row[0].press) == ("foxes", ListPress("page", "tag", 1, "foxes"))
    long = f"{'狐' * 30} or"
    found = caught(long)
    assert mistake(found, mended(found, "tag"), Asked("tag", long), USED, words("en")).keyboard == ()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_of_a_query_is_markup_and_all_of_it_fits(language: str) -> None:
    for query in ("<b>@x</b> or", "a" * (MAX_CHARS + 9), "(" * 40 + "<i>", "\u202e) x", "since:<a href='x'>"):
        assert units(said(query, language)) < 1000
    line = mistake_line(caught("x since:soon", "search"), words(language))
    assert 10 < len(line) <= 60


def test_names_are_written_so_that_they_are_read_again() -> None:
    for name in ("foxes", "two words", "or", "a/b", "-x", "(x)", "或", "a,b", "by:me", "c#"):
        (tag,) = parse(written(name), "tag").plain_tags()
        assert (tag.name, tag.below) == (name, False)
