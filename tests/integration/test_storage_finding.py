"""Links are found again: by tags and by words, page by page, Chinese included."""

from __future__ import annotations

import contextlib

import pytest

from storage import archive, captures, search, tags
from storage.query import Mistake
from storage.queue.engine import open_queue
from storage.records import TagCount
from tests.integration.storage_factories import CHAT, LEASE_S, OTHER_CHAT, good, message, run_all

pytestmark = pytest.mark.usefixtures("opened")


async def keep(number: int, *names: str, title: str = "", text: str = "", words: str = "", chat_id: int = CHAT) -> int:
    """Keeps a link with its page and gives its id."""
    url = f"https://example.org/{number}"
    await archive.take_in(message(number, url, tags=names, words=words or url, chat_id=chat_id))
    (job,) = await open_queue(LEASE_S).take(1)
    assert await captures.finish(job, good(title or f"Page {number}", text=text))
    found = await search.search(chat_id, f"example {number}")
    return found.rows[0].link_id


async def numbers(words: str, chat_id: int = CHAT) -> list[int]:
    return [row.number for row in (await search.search(chat_id, words)).rows]


async def test_all_of_the_tags() -> None:
    await keep(1, "foxes", "reading")
    await keep(2, "foxes")
    await keep(3, "FOXES", "Reading")
    both = await tags.links_with_tags(CHAT, ["#Reading", "foxes", "foxes"])
    assert [row.number for row in both.rows] == [3, 1]
    assert both.total == 2
    assert both.rows[0].tags == ("foxes", "reading"), "shown as first written"
    assert (await tags.links_with_tags(OTHER_CHAT, ["foxes"])).total == 0
    assert (await tags.links_with_tags(CHAT, [])).total == 0


async def test_lists_are_paged_newest_first() -> None:
    urls = [f"https://example.org/{n}" for n in range(12)]
    await archive.take_in(message(1, *urls, tags=("paged", "more")))
    await run_all()
    for names in (["paged"], ["paged", "more"]):
        first = await tags.links_with_tags(CHAT, names)
        assert ([row.number for row in first.rows], first.total, first.pages) == (list(range(12, 2, -1)), 12, 2)
        last = await tags.links_with_tags(CHAT, names, page=2)
        assert [row.number for row in last.rows] == [2, 1]
        beyond = await tags.links_with_tags(CHAT, names, page=99)
        assert (beyond.page, beyond.rows) == (2, last.rows)
        assert (await tags.links_with_tags(CHAT, names, page=-5)).page == 1
    found = await search.search(CHAT, "example", page=2, per_page=5)
    assert ([row.number for row in found.rows], found.total, found.pages) == ([7, 6, 5, 4, 3], 12, 3)
    assert (await search.search(CHAT, "example", page=99, per_page=5)).page == 3


async def test_near_names_are_offered() -> None:
    await keep(1, "reading", "阅读")
    await keep(2, "reading")
    assert (await tags.links_with_tags(CHAT, ["reding"])).suggestions == (("reading", 2),)
    assert (await tags.links_with_tags(CHAT, ["阅渎"])).suggestions == (("阅读", 1),)
    assert (await tags.links_with_tags(CHAT, ["zzz"])).suggestions == ()


async def test_deleted_links_are_not_found() -> None:
    link_id = await keep(1, "foxes", text="about foxes")
    await archive.delete_link(CHAT, link_id, "Alice")
    assert (await tags.links_with_tags(CHAT, ["foxes"])).total == 0
    assert (await tags.list_tags(CHAT)).total == 0
    assert await numbers("foxes") == []
    await archive.undo_delete(CHAT, link_id)
    assert (await tags.links_with_tags(CHAT, ["foxes"])).total == 1
    assert await numbers("foxes") == [1]


async def test_tags_are_listed_by_use() -> None:
    await keep(1, "foxes", "fox_den", "reading")
    await keep(2, "foxes", "网页")
    listed = await tags.list_tags(CHAT)
    assert listed.rows[0] == TagCount("foxes", 2)
    assert {row.name for row in listed.rows} == {"foxes", "fox_den", "reading", "网页"}
    assert [row.name for row in (await tags.list_tags(CHAT, "FOX")).rows] == ["foxes", "fox_den"]
    assert [row.name for row in (await tags.list_tags(CHAT, "fox_")).rows] == ["fox_den"], "_ is no wildcard"
    assert (await tags.list_tags(CHAT, "%")).total == 0
    assert (await tags.list_tags(CHAT, per_page=3, page=2)).rows[0].count == 1
    assert (await tags.list_tags(OTHER_CHAT)).total == 0


@pytest.mark.parametrize(
    "words", ["处理", "快照", "理方", "例", "网页快照", "处理方法", "江南", "江南 快照", "春色 foxes"]
)
async def test_chinese_words_are_found(words: str) -> None:
    await keep(1, title="江南春色", text="这是一个网页快照的例子，处理方法如下。", words="foxes https://example.org/1")
    await keep(2, title="别的", text="这里什么也没有")
    assert await numbers(words) == [1]


@pytest.mark.parametrize("words", ["照快", "处方", "快照网页", "理处", "网页照", "江南 没有"])
async def test_chinese_words_that_are_not_there_are_not_found(words: str) -> None:
    await keep(1, title="江南春色", text="这是一个网页快照的例子，处理方法如下。快照，网。页快。照网，页")
    assert await numbers(words) == []


async def test_pairs_that_are_all_there_do_not_make_a_longer_word() -> None:
    await keep(1, text="东西南。西南北")
    await keep(2, text="走遍东西南北")
    assert await numbers("东西南北") == [2]


async def test_words_are_found_in_title_address_message_and_page() -> None:
    await keep(1, title="Ünïcode Straße", text="The quick brown fox")
    await keep(2, words="Alice recommends https://example.org/2")
    assert await numbers("fox") == [1]
    assert await numbers("QUICK") == [1]
    assert await numbers("strasse") == [1]
    assert await numbers("ünï") == [1]
    assert await numbers("recommends") == [2]
    assert await numbers("alice page 2") == [2], "words may be in different places"
    assert await numbers("example") == [2, 1]
    assert await numbers("uick") == [], "a word is found by its beginning"
    assert await numbers("fox recommends") == []


@pytest.mark.parametrize(
    "words", ['"', "fox OR NEAR(", "-fox", "fox*", "title:fox", "(", "archive1", "'; DROP TABLE links"]
)
async def test_nothing_typed_is_an_instruction(words: str) -> None:
    await keep(1, text="fox or near")
    with contextlib.suppress(Mistake):
        await search.search(CHAT, words)
    assert await numbers("fox") == [1]


async def test_the_scope_of_another_chat_cannot_be_typed() -> None:
    await keep(1, text="mine")
    await keep(1, text="theirs", chat_id=OTHER_CHAT)
    assert await numbers("archive2") == []
    assert await numbers("theirs") == []
    assert await numbers("theirs", OTHER_CHAT) == [1]


@pytest.mark.parametrize("words", ["", "   ", "!?", "…", "\x00"])
async def test_nothing_to_search_for(words: str) -> None:
    await keep(1)
    with pytest.raises(Mistake) as mistake:
        await search.search(CHAT, words)
    assert mistake.value.code == "nothing"


async def test_a_captured_again_page_is_found_by_its_new_text_only() -> None:
    link_id = await keep(1, text="old words of the page")
    await archive.recapture(CHAT, link_id, None)
    await run_all(good("New", text="fresh words of the page"))
    assert await numbers("old") == []
    assert await numbers("fresh") == [1]
    assert await numbers("example") == [1]
