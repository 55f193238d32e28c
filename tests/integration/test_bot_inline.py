"""`@bot words` finds what the person's own chats have kept, and nothing of any other chat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.harness import ALICE, BOB, CAROL, GROUP, XIAOLIN, text_of
from tests.integration.bot_bench import Bench, running_bench


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with running_bench(tmp_path) as running:
        yield running


async def ask(bench: Bench, person: int, query: str, offset: str = "", chat: int | None = None) -> dict[str, Any]:
    """What the person is offered."""
    asked = {"as": person, "chat": chat or person, "query": query, "offset": offset}
    answer: dict[str, Any] = await bench.chat.api("POST", "/inline", json=asked)
    assert answer["answered"], "the bot does not answer"
    return answer


def titles(answer: dict[str, Any]) -> list[str]:
    return [result["title"] for result in answer["results"]]


async def keep(bench: Bench, url: str, title: str, chat: int, person: int, words: str = "") -> None:
    message = await bench.chat.say(f"{words} {url}", chat=chat, person=person)
    await bench.captured(url, title)
    await bench.chat.card(message)


@pytest.mark.asyncio
async def test_links_of_ones_own_chats_and_of_no_other(bench: Bench) -> None:
    await keep(bench, "https://example.org/group", "Foxes of the group", GROUP, ALICE, "#foxes")
    await keep(bench, "https://example.org/alice", "Foxes of Alice", ALICE, ALICE)
    await keep(bench, "https://example.org/bob", "Foxes of Bob", BOB, BOB)
    await bench.chat.say("hello", chat=GROUP, person=BOB)
    assert titles(await ask(bench, ALICE, "foxes")) == ["Foxes of Alice", "Foxes of the group"]
    assert titles(await ask(bench, BOB, "foxes")) == ["Foxes of Bob", "Foxes of the group"]
    assert titles(await ask(bench, BOB, "foxes", chat=GROUP)) == ["Foxes of Bob", "Foxes of the group"]
    assert titles(await ask(bench, BOB, "#foxes")) == ["Foxes of the group"]
    assert titles(await ask(bench, ALICE, "")) == ["Foxes of Alice", "Foxes of the group"], "without words the newest"
    for stranger in (CAROL, XIAOLIN):
        answer = await ask(bench, stranger, "foxes")
        assert answer["results"] == []
        assert answer["button"]["start_parameter"] == "inline"
    (call, *_) = await bench.chat.requests("answerInlineQuery")
    assert call["params"]["is_personal"] == "true"


@pytest.mark.asyncio
async def test_who_leaves_or_is_removed_finds_nothing_any_more(bench: Bench) -> None:
    await keep(bench, "https://example.org/group", "Foxes of the group", GROUP, BOB)
    assert titles(await ask(bench, BOB, "foxes")) == ["Foxes of the group"]
    await bench.chat.api("POST", f"/chats/{GROUP}/members", json={"as": ALICE, "user": BOB, "action": "remove"})
    gone = await bench.chat.say("/tags", chat=GROUP, person=ALICE)
    await bench.chat.answer(gone)
    assert (await ask(bench, BOB, "foxes"))["results"] == []
    await keep(bench, "https://example.org/linlin", "Foxes of 小林", GROUP, XIAOLIN)
    await bench.chat.api("POST", f"/chats/{GROUP}/members", json={"as": XIAOLIN, "user": XIAOLIN, "action": "leave"})
    await bench.chat.answer(await bench.chat.say("/tags", chat=GROUP, person=ALICE))
    assert (await ask(bench, XIAOLIN, "foxes"))["results"] == []


@pytest.mark.asyncio
async def test_a_result_is_sent_as_its_picture_or_its_title(bench: Bench) -> None:
    await keep(bench, "https://example.org/page", "Foxes <& more>", GROUP, ALICE, "#secret_tag")
    message = await bench.chat.say("https://example.org/poor", chat=ALICE, person=ALICE)
    await bench.failed("https://example.org/poor", "unreachable")
    await bench.chat.card(message)
    answer = await ask(bench, ALICE, "example")
    poor, page = answer["results"]
    assert (poor["type"], page["type"]) == ("article", "photo")
    sent = []
    for result in (poor, page):
        chosen = {"as": ALICE, "query_id": answer["query_id"], "result_id": result["id"]}
        sent += (await bench.chat.api("POST", f"/chats/{GROUP}/inline", json=chosen))["messages"]
    assert text_of(sent[0]) == "example.org\nexample.org"
    assert sent[0]["entities"][0]["url"] == "https://example.org/poor"
    assert text_of(sent[1]) == "Foxes <& more>\nexample.org"
    assert "photo" in sent[1]
    assert sent[1]["via_bot"]["is_bot"]
    await bench.chat.answer(await bench.chat.say("/tags", chat=GROUP, person=ALICE), "secret_tag")
    assert len(await bench.chat.requests("setMessageReaction")) == 2, "what is sent by us is not kept again"


@pytest.mark.asyncio
async def test_results_come_in_pages(bench: Bench) -> None:
    urls = [f"https://example.org/{n}" for n in range(25)]
    for first in (0, 15):
        await bench.chat.say(" ".join(urls[first : first + 15]), chat=ALICE, person=ALICE)
    await bench.chat.answer(await bench.chat.say("/search example", chat=ALICE), "25 links")
    first = await ask(bench, ALICE, "example")
    second = await ask(bench, ALICE, "example", first["next_offset"])
    ids = [result["id"] for answer in (first, second) for result in answer["results"]]
    assert (len(first["results"]), len(set(ids)), second.get("next_offset", "")) == (20, 25, "")
    assert (await ask(bench, ALICE, "example", "99999999"))["results"], "a made-up place is the first page"


@pytest.mark.asyncio
async def test_a_mistake_and_an_empty_answer_say_so(bench: Bench) -> None:
    await keep(bench, "https://example.org/group", "Foxes", ALICE, ALICE)
    assert "bracket" in (await ask(bench, ALICE, "(foxes"))["button"]["text"]
    assert (await ask(bench, ALICE, "badgers"))["button"]["text"] == "Nothing found"
    assert (await ask(bench, ALICE, "by:carol"))["button"]["text"].startswith("Nobody")


@pytest.mark.asyncio
async def test_who_only_reads_joins_or_presses_finds_what_the_group_keeps(bench: Bench) -> None:
    message = await bench.chat.say("https://example.org/group", chat=GROUP, person=ALICE)
    await bench.captured("https://example.org/group", title="Foxes of the group")
    card = await bench.chat.card(message)
    assert (await ask(bench, XIAOLIN, "foxes"))["results"] == [], "nobody knows yet that she is there"
    await bench.chat.press(card, "Files", XIAOLIN)
    assert titles(await ask(bench, XIAOLIN, "foxes")) == ["Foxes of the group"]
    await bench.chat.api("POST", f"/chats/{GROUP}/members", json={"as": ALICE, "user": CAROL, "action": "add"})
    await bench.chat.answer(await bench.chat.say("/tags", chat=GROUP, person=ALICE))
    assert titles(await ask(bench, CAROL, "foxes")) == ["Foxes of the group"]
    await bench.chat.press(await bench.chat.again(card), "Back", XIAOLIN)
    await bench.chat.api("POST", f"/chats/{GROUP}/members", json={"as": CAROL, "user": CAROL, "action": "leave"})
    await bench.chat.answer(await bench.chat.say("/tags", chat=GROUP, person=ALICE))
    assert (await ask(bench, CAROL, "foxes"))["results"] == []
