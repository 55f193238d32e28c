"""Queries give what they mean: held against a plain second evaluation, and by what people would expect."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import archive, captures, notes, search, search_plan, tags
from storage.database import writing
from storage.models import Archive, Tag, TagAlias
from storage.query import All, Bare, Either, Mistake, Node, Not, Query, Text
from storage.query import Tag as TagName
from storage.queue.engine import open_queue
from storage.records import LinkView, Page
from tests.integration.storage_factories import CHAT, LEASE_S, OTHER_CHAT, failed, good, message, run_all
from tests.unit.query_reference import Kept, matches

pytestmark = pytest.mark.usefixtures("opened")

TAGS = ("a", "b", "a/b", "a/b/c", "ab", "阅读")
WORDS = ("fox", "foxes", "den", "x", "网页快照", "快照", "网", "处理 fox")


async def keep(number: int, *names: str, title: str = "", text: str = "", chat_id: int = CHAT, **more: Any) -> None:
    """Keeps a link with its page."""
    url = more.pop("url", f"https://example.org/{number}")
    ended = more.pop("ended", None) or good(title or f"Page {number}", text=text)
    await archive.take_in(message(number, url, tags=names, chat_id=chat_id, words=more.pop("words", url), **more))
    for job in await open_queue(LEASE_S).take(1):
        assert await captures.finish(job, ended)


async def found(query: str, bare: Bare = "word", **more: Any) -> list[int]:
    return [row.number for row in (await search.search(CHAT, query, bare=bare, per_page=50, **more)).rows]


@writing
async def lead(key: str, to: str) -> None:
    """What a merge leaves behind."""
    kept = await Archive.get(chat_id=CHAT)
    await TagAlias.create(archive_id=kept.id, key=key, tag=await Tag.get(archive_id=kept.id, key=to))


@pytest.mark.parametrize("few", [search_plan.MAX_PROBES, 1], ids=["tags of few links", "tags of many links"])
async def test_any_query_gives_the_links_that_it_means(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_plan, "MAX_PROBES", few)
    chance = random.Random(6)
    kept: dict[int, Kept] = {}
    for number in range(1, 31):
        names = chance.sample(TAGS, chance.randint(0, 3))
        text = " ".join(chance.sample(WORDS, chance.randint(0, 4)))
        await keep(number, *names, title="T", text=text)
        kept[number] = Kept(frozenset(names), f"T {text} https://example.org/{number}")
        if number % 5 == 0:
            await keep(number, *names, title="T", text=text, chat_id=OTHER_CHAT)
    leaves = st.builds(lambda key, below: TagName(key, key, below), st.sampled_from((*TAGS, "none")), st.booleans())
    words = st.builds(Text, st.sampled_from((*WORDS, "快网", "nothing")), st.booleans())
    trees: st.SearchStrategy[Node] = st.recursive(
        leaves | words,
        lambda inner: (
            st.builds(Not, inner)
            | st.lists(inner, min_size=2, max_size=3).map(lambda nodes: All(tuple(nodes)))
            | st.lists(inner, min_size=2, max_size=3).map(lambda nodes: Either(tuple(nodes)))
        ),
        max_leaves=6,
    )
    tried: list[Node] = []

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(trees)
    def collect(tree: Node) -> None:
        tried.append(tree)

    collect()
    assert len(tried) >= 100
    for tree in tried:
        page = await search.find(CHAT, Query("", tree), per_page=50)
        expected = {number for number, link in kept.items() if matches(tree, link)}
        assert {row.number for row in page.rows} == expected, tree
        assert page.total == len(expected)


async def test_conditions_beside_words_and_tags() -> None:
    day = datetime(2026, 1, 31, 12, tzinfo=UTC)
    await keep(1, "draft", text="fox", sent_at=day, url="https://www.example.org/1")
    await keep(2, text="fox", sent_at=datetime(2026, 2, 1, tzinfo=UTC), url="https://docs.example.org:8443/2")
    await keep(3, text="fox", sent_at=datetime(2026, 3, 1, tzinfo=UTC), url="https://example.com/3", sender_id=7,
               sender_name="Bob Ünal", sender_username="bob_u")  # fmt: skip
    await keep(4, ended=failed("http_error", http_status=404), url="https://gone.example.net/fox")
    await keep(5, ended=good("fox", verdict="not_html", media_type="application/pdf"), url="https://example.net/a.pdf")
    assert await found("fox") == [5, 4, 3, 2, 1]
    assert await found("fox host:example.org") == [2, 1]
    assert await found("host:example") == [], "no part of a name"
    assert await found("fox -host:example.org -#draft since:2026-03 until:2026-03-01") == [3]
    assert await found("fox until:2026-01") == [1]
    assert await found("since:2026-02 until:2026-02") == [2]
    assert await found("#draft fox") == [1]
    assert await found("fox -#draft host:example.org") == [2]
    assert await found("by:me", asker_id=7) == [3]
    assert await found("by:@Bob_U") == [3]
    assert await found("by:unal") == [3]
    assert await found('fox by:"bob ünal"') == [3]
    assert await found("fox -by:bob is:ok") == [5, 2, 1]
    assert await found("is:dead") == [4]
    assert await found("fox -is:dead is:ok or is:pdf") == [5, 3, 2, 1]
    assert await found("is:pdf") == [5]
    assert await found("is:failed or is:waiting") == [4]
    for nobody in ("by:carol", "by:@bob", "by:me"):
        with pytest.raises(Mistake) as mistake:
            await found(f"fox {nobody}")
        assert (mistake.value.code, mistake.value.found) == ("by_unknown", nobody)


async def test_a_page_that_came_back_is_not_dead() -> None:
    await keep(1, ended=failed("unreachable"))
    assert (await found("is:dead"), await found("example is:dead")) == ([1], [1])
    link = (await search.search(CHAT, "example")).rows[0]
    await archive.recapture(CHAT, link.link_id, None)
    assert await found("is:waiting") == [1]
    await run_all(good("Back"))
    assert (await found("is:dead"), await found("example is:dead"), await found("is:ok")) == ([], [], [1])


async def test_names_given_up_by_a_merge_lead_on() -> None:
    await keep(1, "work/new")
    await keep(2, "reading")
    await lead("books", "reading")
    await lead("work/old", "reading")
    assert await found("books", "tag") == [2]
    assert await found("#books or #none") == [2]
    assert await found("work/", "tag") == [2, 1]
    assert await found("-books", "tag") == [1]


async def test_words_of_people_and_given_titles_are_found() -> None:
    await keep(1, title="Page", text="body", words="Alice says résumé https://example.org/1")
    link = (await search.search(CHAT, "page")).rows[0]
    await notes.set_note(CHAT, link.link_id, "remember the badger")
    await notes.set_title(CHAT, link.link_id, "Our own name 江南")
    for query in ("resume", "RÉSUMÉ", "badger", '"own name"', "江南", "page", "body"):
        assert await found(query) == [1], query
    await run_all()
    await archive.recapture(CHAT, link.link_id, None)
    await run_all(good("Page again", text="other"))
    for query in ("badger", "江南", "own", "again", "other"):
        assert await found(query) == [1], query
    await notes.set_note(CHAT, link.link_id, None)
    await notes.set_title(CHAT, link.link_id, None)
    assert await found("badger or 江南 or own") == []
    assert await found("resume again") == [1]


async def test_phrases_stand_in_a_row_and_end_with_their_words() -> None:
    await keep(1, text="The quick, brown fox jumps. 用Python处理数据。")
    for query in ('"quick brown fox"', '"Quick Brown"', "“用Python处理”", '"python 处理"', "python处理"):
        assert await found(query) == [1], query
    for query in ('"brown quick"', '"quick brown fo"', '"uick brown"', '"quick fox"', '"处理 python"'):
        assert await found(query) == [], query


async def test_the_best_of_the_newest_come_first() -> None:
    await keep(1, title="All about foxes", text="-")
    for number in range(2, 14):
        await keep(number, title="Something else", text="foxes are mentioned")
    first = await search.search(CHAT, "foxes")
    assert [row.number for row in first.rows] == [1, 13, 12, 11, 10, 9, 8, 7, 6, 5]
    second = await search.search(CHAT, "foxes", page=2)
    assert [row.number for row in second.rows] == [4, 3, 2], "no link twice, none left out"
    assert (second.total, second.pages) == (13, 2)


def marked(page: Page[LinkView]) -> tuple[str, list[str]]:
    context = page.rows[0].context
    return "".join(text for text, _ in context), [text for text, hit in context if hit]


async def test_a_hit_is_shown_in_its_words() -> None:
    await keep(
        1, title="Page", text="Lorem ipsum dolor. " * 40 + "Here the Quick brown FOXES are.\n" + "More text. " * 40
    )
    text, hits = marked(await search.search(CHAT, "fox quick"))
    assert hits == ["Quick", "FOXES"]
    assert "Here the Quick brown FOXES are." in text
    assert text.startswith("…")
    assert len(text) < 130
    await keep(2, title="江南", text="这是一个网页快照的例子，处理方法如下。" * 30)
    text, hits = marked(await search.search(CHAT, "处理"))
    assert set(hits) == {"处理"}
    assert "，" in text, "as the page has it, not as it is compared"
    await keep(3, title="Mine", text="nothing", words="read this badger first https://example.org/3")
    assert marked(await search.search(CHAT, "badger")) == ("read this badger first", ["badger"])
    assert (await tags.links_with_tags(CHAT, ["none"])).rows == ()


async def test_a_great_many_are_listed_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COUNTED", 40)
    for first in range(3):
        urls = [f"https://example.org/{first}/{n}" for n in range(20)]
        await archive.take_in(message(first + 1, *urls, tags=("many",), words="words"))
    page = await search.search(CHAT, "words")
    assert (page.total, page.more, page.pages) == (40, True, 4)
    beyond = await search.search(CHAT, "words", page=5000)
    assert (beyond.page, [row.number for row in beyond.rows][-1]) == (4, 21)
    one_tag = await search.search(CHAT, "many", bare="tag")
    assert (one_tag.total, one_tag.more) == (60, False), "a tag has its counter"
    just = await search.search(CHAT, "words #many", per_page=60)
    assert (just.total, just.more) == (40, True)
