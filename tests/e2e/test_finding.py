"""What was kept is found again: by queries, from lists, from any chat; in English and in Chinese."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import ViewportSize, async_playwright, expect

from hashkeep.chromium import find_chromium
from hashkeep.settings import load_settings
from tests.harness import ALICE, BOB, CAROL, GROUP, XIAOLIN, Chat, Message, Site, text_of, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("product")]

PHONE = ViewportSize(width=360, height=740)


async def becomes(chat: Chat, message: Message, words: str) -> Message:
    """The message when it holds the words."""

    async def look() -> Message | None:
        now = await chat.again(message)
        return now if words in text_of(now) or words in str(now.get("reply_markup")) else None

    return await until(look, f"{words!r} in {text_of(message)!r}")


def bold(message: Message) -> list[str]:
    """What is bold in it."""
    text = text_of(message).encode("utf-16-le")
    entities = message.get("entities", [])
    return [
        text[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
        for e in entities
        if e["type"] == "bold"
    ]


async def test_queries_lists_and_mistakes(chat: Chat, site: Site) -> None:
    badgers = site.page("/badgers", "Badgers at night", "<p>They dig long setts under old woods.</p>" * 9)
    otters = site.page("/otters", "Otters by day", "<p>They swim in cold rivers, not in setts.</p>" * 9)
    await chat.card(await chat.say(f"{badgers} #mustelids #nocturnal", chat=GROUP))
    await chat.card(await chat.say(f"{otters} #mustelids", chat=GROUP, person=BOB))
    found = await chat.answer(await chat.say("/tag mustelids -nocturnal", chat=GROUP), "1 link")
    assert "Otters by day" in text_of(found)
    found = await chat.answer(await chat.say("/tag (nocturnal or none) #mustelids", chat=GROUP), "1 link")
    assert "Badgers at night" in text_of(found)
    found = await chat.answer(await chat.say('/search "swim in cold" by:bob', chat=GROUP), "1 link")
    assert set(bold(found)) == {"swim in cold"}
    found = await chat.answer(await chat.say("/search setts -swim since:2020", chat=GROUP), "1 link")
    assert "dig long setts under" in text_of(found)
    assert set(bold(found)) == {"setts"}

    wrong = await chat.answer(await chat.say("/tag mustelids or", chat=GROUP), "needs a tag after it")
    assert "/tag mustelids or ▮" in text_of(wrong)
    await chat.press(wrong, "mustelids")
    assert "Badgers at night" in text_of(await becomes(chat, wrong, "2 links"))
    near = await chat.answer(await chat.say("/tag mustelid", chat=GROUP), "Did you mean")
    await chat.press(near, "#mustelids")
    listed = await becomes(chat, near, "2 links")
    await chat.press(listed, "1/1")
    numbers = await becomes(chat, listed, "Back")
    assert len(numbers["reply_markup"]["inline_keyboard"][0]) == 2
    tags = await chat.answer(await chat.say("/tags must", chat=GROUP), "#mustelids 2")
    await chat.press(tags, "1/1")
    await chat.press(await becomes(chat, tags, "Back"), "#mustelids 2")
    await becomes(chat, tags, "2 links")


async def test_chinese_queries_and_mistakes(chat: Chat, site: Site) -> None:
    url = site.page("/jiangnan", "江南春色记", "<p>烟雨江南，小桥流水，处理得很细致。</p>" * 9)
    await chat.card(await chat.say(f"{url} #游记 #江南", chat=XIAOLIN, person=XIAOLIN))

    async def ask(text: str, has: str) -> Message:
        return await chat.answer(await chat.say(text, chat=XIAOLIN, person=XIAOLIN), has)

    for query in (
        "/tag 游记，江南",
        "/tag （游记 或 没有）、＃江南",
        "/search 小桥 ＃游记",
        "/search “小桥流水”",
        "/search 烟 -没有",
    ):
        assert "江南春色记" in text_of(await ask(query, "1 个链接")), query
    found = await ask("/search 小桥流水", "1 个链接")
    assert bold(found)[0] == "小桥流水"
    assert "烟雨江南，" in text_of(found)
    wrong = await ask("/tag 游记 或", "后面缺一个标签")
    assert "/tag 游记 或 ▮" in text_of(wrong)
    assert "例如：" in text_of(wrong)
    assert "是不是 #游记（1）" in text_of(await ask("/tag 游既", "没有"))


async def test_inline_on_a_phone(chat: Chat, site: Site) -> None:
    url = site.page("/inline", "Herons in the reeds")
    await chat.card(await chat.say(f"{url} #herons", chat=GROUP))
    bot = (await chat.api("GET", "/state", params={"as": ALICE}))["bot"]["username"]
    chromium = find_chromium(load_settings(env_file=Path("/nonexistent")))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, chromium_sandbox=os.geteuid() != 0, handle_sigint=False
        )
        for person, offered in ((ALICE, True), (CAROL, False)):
            page = await browser.new_page(viewport=PHONE, has_touch=True, locale="en-GB")
            await page.goto(f"{chat.address}/#{person}/{person}")
            await page.wait_for_selector("[data-ready]")
            await page.get_by_role("textbox", name="Message to").fill(f"@{bot} herons")
            menu = page.get_by_role("listbox", name="Results")
            await expect(menu).to_be_visible(timeout=20_000)
            if offered:
                option = menu.get_by_role("option", name="Herons in the reeds")
                await expect(option.locator("img")).to_be_visible()
                box = await menu.bounding_box()
                assert box
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= PHONE["width"]
                await option.tap()
                await expect(page.get_by_text("Herons in the reeds").last).to_be_visible(timeout=20_000)
            else:
                await expect(menu.get_by_role("button")).to_be_visible()
                await expect(menu.get_by_role("option")).to_have_count(0)
        await browser.close()
    sent = [m for m in await chat.messages(ALICE) if m.get("via_bot") and "Herons" in text_of(m)]
    assert "photo" in sent[-1]
