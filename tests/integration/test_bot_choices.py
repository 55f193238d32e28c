"""`/settings`, opened and changed by buttons and words, and what then happens to links."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from storage import archive, choices
from tests.harness import ALICE, BOB, CAROL, FORUM, GROUP, XIAOLIN, text_of, until
from tests.integration.bot_bench import Bench, running_bench

pytestmark = pytest.mark.asyncio(loop_scope="module")
_serial = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory, fresh_database: str) -> AsyncIterator[Bench]:
    async with running_bench(tmp_path_factory.mktemp("choices"), on=fresh_database) as running:
        yield running


async def answer_to(bench: Bench, words: str, chat: int = GROUP, person: int = ALICE, **more: Any) -> Any:
    return await bench.chat.answer(await bench.chat.say(words, chat=chat, person=person, **more))


async def becomes(bench: Bench, message: Any, has: str) -> Any:
    async def look() -> Any:
        now = await bench.chat.again(message)
        return now if has in text_of(now) else None

    return await until(look, repr(has))


def labels(message: Any) -> list[str]:
    return [b["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for b in row]


def url() -> str:
    return f"https://choices{next(_serial)}.example/"


async def test_settings_open_in_place_say_what_they_do_and_are_chosen(bench: Bench) -> None:
    shown = await answer_to(bench, "/settings")
    assert "Kept links: all" in text_of(shown)
    assert "This topic" not in labels(shown)
    await bench.chat.press(shown, "Kept links")
    opened = await becomes(bench, shown, "/save, and a mention of me")
    assert labels(opened) == ["✓ all", "only with a #tag", "only when asked", "Back"]
    await bench.chat.press(opened, "only with a #tag")
    chosen = await becomes(bench, shown, "Kept links: only with a #tag")
    assert "✓ only with a #tag" in labels(chosen)
    assert (await choices.of_chat(GROUP)).keep == "tagged"
    await bench.chat.press(chosen, "Back")
    await becomes(bench, shown, "Language: as people speak")


async def test_who_may_not_press_gets_an_alert_and_changes_nothing(bench: Bench) -> None:
    before = await choices.of_chat(GROUP)
    shown = await answer_to(bench, "/settings")
    for label in ("Quiet", "Language"):
        said = await bench.chat.press(shown, label, person=BOB)
        assert said["show_alert"] is True
        assert "admins" in said["text"]
    refused = await answer_to(bench, "/settings", person=BOB)
    assert labels(refused) == []
    assert "Only admins" in text_of(await answer_to(bench, "/settings days 3", person=BOB))
    assert await choices.of_chat(GROUP) == before


async def test_what_is_kept_follows_the_choice(bench: Bench) -> None:
    await answer_to(bench, "/settings")
    await choices.choose(GROUP, "supergroup", "", "en", keep="tagged")
    bare, tagged, named = url(), url(), url()
    left = await bench.chat.say(bare, chat=GROUP)
    kept = await bench.chat.say(f"{tagged} #fox", chat=GROUP)
    assert await bench.chat.reaction(kept) == "👀"
    asked = await bench.chat.say(f"@hashkeep_bot {named}", chat=GROUP)
    assert await bench.chat.reaction(asked) == "👀"
    saved = await bench.chat.say("/save", chat=GROUP, reply_to=left["message_id"])
    assert await bench.chat.reaction(left) == "👀", saved
    await choices.choose(GROUP, "supergroup", "", "en", keep="all")
    for each in (bare, tagged, named):
        await bench.captured(each)


async def test_save_below_a_picture_keeps_its_link_or_that_of_the_message_it_answers(bench: Bench) -> None:
    await answer_to(bench, "/settings")
    await choices.choose(GROUP, "supergroup", "", "en", keep="asked")
    bare, below = url(), url()
    left = await bench.chat.say(bare, chat=GROUP, person=BOB)
    saved = await bench.chat.say(f"/save {below}", chat=GROUP, person=BOB, photos=1)
    assert await bench.chat.reaction(saved) == "👀"
    await bench.chat.say("/save@Hashkeep_Bot #seen", chat=GROUP, person=BOB, photos=1, reply_to=left["message_id"])
    assert await bench.chat.reaction(left) == "👀"
    other = await bench.chat.say(f"/save@other_bot {url()}", chat=GROUP, person=BOB, photos=1)
    await bench.chat.answer(await bench.chat.say("/save", chat=GROUP), "Reply with /save")
    assert not (await bench.chat.again(other)).get("reactions"), "another bot's command was taken"
    await choices.choose(GROUP, "supergroup", "", "en", keep="all")
    for each in (bare, below):
        await bench.captured(each)


async def test_quiet_answers_by_reaction_and_speaks_when_something_is_wrong(bench: Bench) -> None:
    await choices.choose(GROUP, "supergroup", "", "en", quiet=True)
    well, badly = url(), url()
    good = await bench.chat.say(well, chat=GROUP)
    await bench.captured(well, title="All is well")
    bad = await bench.chat.say(badly, chat=GROUP)
    await bench.failed(badly, "unreachable", "connection_refused")
    assert "refused" in text_of(await bench.chat.answer(bad, "refused"))
    assert await bench.chat.reaction(good) == "👀"
    messages = await bench.chat.messages(GROUP, good["message_id"])
    assert not any("All is well" in text_of(m) for m in messages), "a quiet chat was spoken to"
    await choices.choose(GROUP, "supergroup", "", "en", quiet=False)


async def test_the_offline_page_follows_in_a_group_that_wants_it(bench: Bench) -> None:
    await choices.choose(GROUP, "supergroup", "", "en", offline_in_groups=True)
    one = url()
    message = await bench.chat.say(one, chat=GROUP)
    await bench.captured(one, title="Below the card")

    async def look() -> Any:
        answers = await bench.chat.answers(message)
        return next((a for a in answers if "Below the card" in str(a.get("document", {}).get("file_name"))), None)

    await until(look, "the offline page")
    await choices.choose(GROUP, "supergroup", "", "en", offline_in_groups=False)


async def test_sites_that_are_never_captured_by_words_and_by_card(bench: Bench) -> None:
    said = await answer_to(bench, "/settings never https://www.Bank.example/login", person=ALICE)
    assert "bank.example" in text_of(said)
    card = await answer_to(bench, "https://my.bank.example/ #money")
    assert "not captured" in text_of(card)
    assert "#money" in text_of(card)
    alert = await bench.chat.press(card, "Capture", person=BOB)
    assert "never captured" in alert["text"]
    await bench.chat.press(said, "Remove all")
    await becomes(bench, said, "Never captured: none")
    assert "/settings tags" in text_of(await answer_to(bench, "/settings nonsense here"))


async def test_members_may_delete_and_rename_when_the_chat_says_so(bench: Bench) -> None:
    one = url()
    message = await bench.chat.say(f"{one} #theirs", chat=GROUP)
    await bench.captured(one)
    card = await bench.chat.card(message)
    assert "Only the one" in str(await bench.chat.press(card, "Delete", person=BOB))
    assert "Only admins" in text_of(await answer_to(bench, "/untag theirs", person=BOB))
    await choices.choose(GROUP, "supergroup", "", "en", who_deletes="members", who_renames="members")
    assert labels(await answer_to(bench, "/untag theirs", person=BOB)) == ["Remove", "Cancel"]
    await bench.chat.press(card, "Delete", person=BOB)
    await becomes(bench, card, "Deleted by Bob")
    await choices.choose(GROUP, "supergroup", "", "en", who_deletes="poster", who_renames="admins")


async def test_a_chat_has_its_language_whoever_speaks(bench: Bench) -> None:
    shown = await answer_to(bench, "/settings", chat=XIAOLIN, person=XIAOLIN)
    assert "保存哪些链接：全部" in text_of(shown)
    assert "谁能删除" not in text_of(shown), "in one's own chat there is nobody else"
    await bench.chat.press(shown, "语言", person=XIAOLIN)
    opened = await becomes(bench, shown, "我在这里回答")
    await bench.chat.press(opened, "English", person=XIAOLIN)
    await becomes(bench, shown, "Language: English")
    assert "There is no link 99" in text_of(await answer_to(bench, "/show 99", chat=XIAOLIN, person=XIAOLIN))
    for command, words in (("/help", "Keeping order"), ("/start", "Send me a link")):
        assert words in text_of(await answer_to(bench, command, chat=XIAOLIN, person=XIAOLIN))


async def test_a_chat_speaks_as_its_people_again_after_another_language(bench: Bench) -> None:
    for chat, person in ((GROUP, ALICE), (CAROL, CAROL)):
        await answer_to(bench, "/settings", chat=chat, person=person)
        await choices.choose(chat, "group", "", "en", language="zh")
        shown = await answer_to(bench, "/settings", chat=chat, person=person)
        await bench.chat.press(shown, "语言", person=person)
        await bench.chat.press(await becomes(bench, shown, "我在这里回答"), "自动", person=person)
        await becomes(bench, shown, "Language: as people speak")
        assert "There is no link 99" in text_of(await answer_to(bench, "/show 99", chat=chat, person=person))
        one = url()
        message = await bench.chat.say(one, chat=chat, person=person)
        await bench.failed(one, "unreachable", "connection_refused")
        await bench.chat.answer(message, "refused")
        assert await archive.language(chat) == "en"


async def test_a_topic_is_ignored_tagged_and_given_all_cards(bench: Bench) -> None:
    state = await bench.chat.api("GET", "/state")
    topics = [t["id"] for c in state["chats"] if c["id"] == FORUM for t in c["topics"] if t["id"] != 1]
    birds, plants = topics[:2]
    shown = await answer_to(bench, "/settings", chat=FORUM, thread_id=birds)
    assert "This topic: kept as elsewhere" in text_of(shown)
    await bench.chat.press(shown, "This topic")
    opened = await becomes(bench, shown, "For this topic alone")
    await bench.chat.press(opened, "All cards here")
    await becomes(bench, shown, "all cards go here")
    tagged = await answer_to(bench, "/settings topic #green", chat=FORUM, thread_id=plants)
    assert "#green" in text_of(tagged)
    one = url()
    await bench.chat.say(one, chat=FORUM, thread_id=plants)
    await bench.captured(one, title="A plant")

    async def look() -> Any:
        return next((m for m in await bench.chat.messages(FORUM) if "A plant" in text_of(m)), None)

    card = await until(look, "the card")
    assert card["message_thread_id"] == birds
    assert "#green" in text_of(card)


async def test_the_general_topic_is_chosen_for_as_others_are(bench: Bench) -> None:
    state = await bench.chat.api("GET", "/state")
    birds = next(t["id"] for c in state["chats"] if c["id"] == FORUM for t in c["topics"] if t["id"] != 1)
    assert "#lobby" in text_of(await answer_to(bench, "/settings topic #lobby", chat=FORUM))
    shown = await answer_to(bench, "/settings", chat=FORUM)
    await bench.chat.press(shown, "This topic")
    opened = await becomes(bench, shown, "For this topic alone")
    await bench.chat.press(opened, "All cards here")
    await becomes(bench, shown, "all cards go here")

    async def card(title: str) -> Any:
        async def look() -> Any:
            return next((m for m in await bench.chat.messages(FORUM) if title in text_of(m)), None)

        return await until(look, f"the card of {title}")

    for title, thread, tag in (("Said in General", {}, True), ("Said of birds", {"thread_id": birds}, False)):
        one = url()
        await bench.chat.say(one, chat=FORUM, **thread)
        await bench.captured(one, title=title)
        found = await card(title)
        assert "message_thread_id" not in found
        assert ("#lobby" in text_of(found)) is tag
    await bench.chat.press(await bench.chat.again(shown), "Ignore this topic")
    await becomes(bench, shown, "ignored")
    ignored, heard = url(), url()
    left = await bench.chat.say(ignored, chat=FORUM)
    kept = await bench.chat.say(heard, chat=FORUM, thread_id=birds)
    assert await bench.chat.reaction(kept) == "👀"
    assert not (await bench.chat.again(left)).get("reactions")


async def test_defaults_by_words_in_private(bench: Bench) -> None:
    said = await answer_to(bench, '/settings tags #inbox #"to read"', chat=CAROL, person=CAROL)
    assert "#to read" in text_of(said)
    one = url()
    message = await bench.chat.say(one, chat=CAROL, person=CAROL)
    await bench.captured(one)
    assert "#inbox" in text_of(await bench.chat.card(message))
    days = await bench.chat.say("/settings days 120", chat=CAROL, person=CAROL)
    assert "Old captures: 120 days" in text_of(await bench.chat.answer(days, "120"))


@pytest.mark.parametrize(
    ("words", "stands"),
    [
        ("tags #art. #old", "Default tags: #art #old"),
        ("tags -#art", "Default tags: #old"),
        ("tags -", "Default tags: none"),
        ("tags 诗歌, #none", "Default tags: #诗歌 #none"),
        ("tags none", "Default tags: none"),
        ("标签 #再来", "Default tags: #再来"),
        ("标签 无", "Default tags: none"),
        ("never bank.example www.bank.example", "Never captured: bank.example"),
        ("never shop.example", "Never captured: shop.example"),
        ("never -www.shop.example", "Never captured: none"),
        ("days 90天", "Old captures: 90 days"),
        ("days 91 days", "Old captures: 91 days"),
        ("days 0", "Old captures: kept for ever"),
    ],
)
async def test_what_has_names_is_set_and_taken_away_by_words(bench: Bench, words: str, stands: str) -> None:
    said = text_of(await answer_to(bench, f"/settings {words}", chat=BOB, person=BOB))
    assert said.split("\n")[0].replace("`", "") == stands


@pytest.mark.parametrize("words", ["tags", "never nothing", "never", "days", "days many", "days 99999", "topic #a #b"])
async def test_what_no_setting_has_says_how(bench: Bench, words: str) -> None:
    assert "By words:" in text_of(await answer_to(bench, f"/settings {words}", chat=BOB, person=BOB))
