"""Tags, rules, notes, versions, settings and undo through the whole product, in English and Chinese."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.harness import ALICE, BOB, CAROL, FORUM, GROUP, XIAOLIN, Chat, Site, text_of, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("product")]


async def becomes(chat: Chat, message: Any, has: str, has_not: str = "\0") -> Any:
    """The message, once it says the one and not the other."""

    async def look() -> Any:
        now = await chat.again(message)
        return now if has in text_of(now) and has_not not in text_of(now) else None

    return await until(look, f"{has!r} and not {has_not!r}")


def labels(message: Any) -> list[str]:
    return [b["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for b in row]


def number_of(card: Any) -> str:
    facts = next(line for line in text_of(card).splitlines() if "×" in line)
    return facts.rsplit(" ", 1)[1]


async def test_a_tag_lives_its_life_in_a_group(chat: Chat, site: Site) -> None:
    url = site.page("/upkeep/life", "The life of a tag")
    card = await chat.card(await chat.say(f"{url} #upkp", chat=GROUP))
    reply = await chat.say('#upkeep/deep #"two words" -#upkp', chat=GROUP, person=BOB, reply_to=card["message_id"])
    assert await chat.reaction(reply) == "👌"
    card = await becomes(chat, card, "#two words", "#upkp")
    await chat.say("#upkp", chat=GROUP, person=BOB, reply_to=card["message_id"])
    await becomes(chat, card, "#upkp")
    refused = await chat.answer(await chat.say("/rename upkp upkeep", chat=GROUP, person=BOB))
    assert labels(refused) == []
    asked = await chat.answer(await chat.say("/rename upkp upkeep", chat=GROUP))
    assert re.search(r"\b1 link\b", text_of(asked))
    assert labels(asked) == ["Rename", "Cancel"]
    assert (await chat.press(asked, "Rename", person=BOB))["show_alert"] is True
    await chat.press(asked, "Rename")
    await becomes(chat, asked, "#upkp is now #upkeep")
    await becomes(chat, card, "#upkeep", "#upkp")
    other = site.page("/upkeep/habit", "An old habit")
    habit = await chat.card(await chat.say(f"{other} #upkp", chat=GROUP, person=BOB))
    assert "#upkeep" in text_of(habit)
    found = await chat.answer(await chat.say("/tag upkp", chat=GROUP, person=BOB))
    assert "2 links" in text_of(found)
    undone = await chat.answer(await chat.say("/undo", chat=GROUP))
    assert "#upkp" in text_of(undone)
    await becomes(chat, card, "#upkp")


async def test_merge_and_untag_in_chinese(chat: Chat, site: Site) -> None:
    url = site.page("/upkeep/zh", "合并标签")
    card = await chat.card(await chat.say(f"{url} #旧称", chat=XIAOLIN, person=XIAOLIN))
    second = site.page("/upkeep/zh2", "另一页")
    await chat.card(await chat.say(f"{second} #新称", chat=XIAOLIN, person=XIAOLIN))
    asked = await chat.answer(await chat.say("/merge 旧称 到 新称", chat=XIAOLIN, person=XIAOLIN), "合并到")
    assert "1 个链接" in text_of(asked)
    await chat.press(asked, "合并", person=XIAOLIN)
    done = await becomes(chat, asked, "已合并到 #新称")
    await becomes(chat, card, "#新称", "#旧称")
    await chat.press(done, "撤销", person=XIAOLIN)
    await becomes(chat, card, "#旧称", "#新称")
    asked = await chat.answer(await chat.say("/untag 旧称", chat=XIAOLIN, person=XIAOLIN), "移除")
    await chat.press(asked, "取消", person=XIAOLIN)
    assert labels(await becomes(chat, asked, "没有任何改动")) == []
    assert "#旧称" in text_of(await chat.again(card))


async def test_a_rule_tags_by_the_title_of_the_page(chat: Chat, site: Site) -> None:
    made = await chat.answer(await chat.say('/rule "upkeep rule" #ruled', chat=CAROL, person=CAROL))
    assert "Rule 1" in text_of(made)
    url = site.page("/ruled", "An Upkeep Rule of thumb")
    card = await chat.card(await chat.say(url, chat=CAROL, person=CAROL))
    await becomes(chat, card, "#ruled")
    listed = await chat.answer(await chat.say("/rule", chat=CAROL, person=CAROL), "Rules for")
    await chat.press(listed, "✕ 1", person=CAROL)
    await becomes(chat, listed, "no rules")


async def test_versions_are_listed_and_opened(chat: Chat, site: Site) -> None:
    url = site.page("/upkeep/versions", "The first version")
    card = await chat.card(await chat.say(url, chat=GROUP))
    number = number_of(card)
    assert "Versions ▾" not in labels(card)
    site.page("/upkeep/versions", "The second version")
    again = await chat.say(f"/recapture {number}", chat=GROUP)
    fresh = await chat.answer(again, "The second version")
    assert "2 captures" in text_of(fresh)
    await chat.press(fresh, "Versions")

    async def listed() -> Any:
        now = await chat.again(fresh)
        return now if sum(label.startswith("✓") for label in labels(now)) == 2 else None

    versions = await until(listed, "both captures to be listed")
    oldest = [label for label in labels(versions) if label.startswith("✓")][-1]
    rows = [b for row in versions["reply_markup"]["inline_keyboard"] for b in row if b["text"] == oldest]
    path = f"/chats/{GROUP}/messages/{versions['message_id']}/press"
    await chat.api("POST", path, json={"as": BOB, "data": rows[-1]["callback_data"]})

    async def opened() -> Any:
        return next((m for m in await chat.answers(versions) if "As it was on" in text_of(m)), None)

    assert "The first version" in text_of(await until(opened, "the older capture"))


async def test_note_title_delete_and_undo(chat: Chat, site: Site) -> None:
    url = site.page("/upkeep/note", "A page to speak of")
    card = await chat.card(await chat.say(url, chat=GROUP))
    number = number_of(card)
    await chat.answer(await chat.say(f"/note {number} worth a second look", chat=GROUP, person=BOB))
    await becomes(chat, card, "worth a second look")
    await chat.answer(await chat.say(f"/title {number} Called otherwise", chat=GROUP, person=BOB))
    await becomes(chat, card, "Called otherwise", "A page to speak of")
    found = await chat.answer(await chat.say("/search second look", chat=GROUP))
    assert "Called otherwise" in text_of(found)
    deleted = await chat.answer(await chat.say("/delete", chat=GROUP, reply_to=card["message_id"]))
    await becomes(chat, card, "Deleted by Alice")
    await chat.press(deleted, "Undo")
    await becomes(chat, card, "Called otherwise")


async def test_settings_are_chosen_and_honoured(chat: Chat, site: Site) -> None:
    shown = await chat.answer(await chat.say("/settings", chat=FORUM))
    assert (await chat.press(shown, "Kept links", person=BOB))["show_alert"] is True
    await chat.press(shown, "Kept links")
    opened = await becomes(chat, shown, "Which links are kept")
    await chat.press(opened, "only with a #tag")
    await becomes(chat, shown, "Kept links: only with a #tag")
    bare = await chat.say(site.page("/upkeep/bare", "Not kept"), chat=FORUM)
    tagged = await chat.say(f"{site.page('/upkeep/tagged', 'Kept by its tag')} #fox", chat=FORUM)
    assert "Kept by its tag" in text_of(await chat.card(tagged))
    assert "/upkeep/bare" not in site.hits, "what the chat does not keep was opened"
    assert not [m for m in await chat.messages(FORUM, bare["message_id"]) if "Not kept" in text_of(m)]
    await chat.press(await chat.again(shown), "all")
    await becomes(chat, shown, "Kept links: all")


async def test_a_person_takes_out_what_they_shared(chat: Chat, site: Site) -> None:
    url = site.page("/upkeep/mine", "Mine to forget")
    card = await chat.card(await chat.say(url, chat=FORUM, person=BOB))
    asked = await chat.answer(await chat.say("/forget", chat=FORUM, person=BOB))
    assert re.search(r"\b1 link\b", text_of(asked))
    assert (await chat.press(asked, "Delete"))["show_alert"] is True, "an admin answered for Bob"
    await chat.press(asked, "Delete", person=BOB)
    await becomes(chat, card, "Deleted by Bob")
    undone = await chat.answer(await chat.say("/undo", chat=FORUM, person=BOB))
    assert "back" in text_of(undone)
    await becomes(chat, card, "Mine to forget")


async def test_commands_are_offered_to_members_admins_and_in_both_languages(chat: Chat) -> None:
    async def menu(chat_id: int, person: int, language: str) -> dict[str, str]:
        found = await chat.api("GET", "/commands", params={"chat": chat_id, "as": person, "language": language})
        return {row["command"]: row["description"] for row in found["commands"]}

    members, admins = await menu(GROUP, BOB, "en"), await menu(GROUP, ALICE, "en")
    assert "note" in members
    assert not {"rename", "merge", "untag", "rule", "settings"} & set(members), "members see what they may not do"
    assert {"rename", "merge", "untag", "rule", "settings"} <= set(admins)
    assert (await menu(GROUP, ALICE, "zh"))["rename"] == "给标签改名"
    assert (await menu(XIAOLIN, XIAOLIN, "zh"))["merge"] == "合并标签"
