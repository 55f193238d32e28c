"""The chat page in a real browser, by hand and eye: what a person types, presses and sees."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, Route, async_playwright, expect

from hashkeep.chromium import find_chromium
from hashkeep.settings import load_settings
from tests.harness import (
    ALICE,
    BOB,
    CAROL,
    CHANNEL,
    FORUM,
    GROUP,
    TOKEN,
    XIAOLIN,
    Chat,
    Site,
    running_playground,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
CARD_MS = 45_000
expect.set_options(timeout=20_000)  # the product shares two processors with the browser
needs_product = pytest.mark.usefixtures("product")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    chromium = find_chromium(load_settings(env_file=Path("/nonexistent")))
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=chromium, chromium_sandbox=os.geteuid() != 0, handle_sigint=False
        )
        yield launched
        await launched.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    """A playground without a bot, for what the page does by itself."""
    async with running_playground(tmp_path_factory.mktemp("quiet")) as running:
        yield running


@asynccontextmanager
async def opened(browser: Browser, chat: Chat, place: str, **options: Any) -> AsyncIterator[Page]:
    """The page at `person/chat/topic`; what it reports as an error fails the test."""
    context = await browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
    context.set_default_timeout(20_000)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{chat.address}/#{place}")
    await page.wait_for_selector("[data-ready]")
    yield page
    await context.close()
    assert not errors


async def write(page: Page, text: str) -> None:
    """Types into the composer and sends with Enter."""
    field = page.get_by_role("textbox", name=re.compile("Message to|发消息给"))
    await field.fill(text)
    await field.press("Enter")


async def call(chat: Chat, method: str, **parameters: Any) -> Any:
    """A call as a bot makes it."""
    async with httpx.AsyncClient(base_url=chat.address) as http:
        return (await http.post(f"/bot{TOKEN}/{method}", json=parameters)).json()


def row(page: Page, words: str) -> Any:
    """The newest message whose own text (not what it quotes) has the words."""
    return page.locator(".row", has=page.locator(".text, .file-name", has_text=words)).last


async def is_loaded(page: Page, selector: str) -> bool:
    look = "image => image.decode().then(() => image.naturalWidth > 0)"
    return bool(await page.locator(selector).last.evaluate(look))


@needs_product
async def test_a_link_is_sent_and_its_card_found_again(browser: Browser, chat: Chat, site: Site) -> None:
    url = site.page("/page-foxes", "Foxes seen on the page")
    async with opened(browser, chat, f"{ALICE}/{GROUP}") as page:
        await write(page, f"look at {url} #vulpes")
        mine = row(page, "/page-foxes")
        await expect(mine.locator(".reaction")).to_have_text("👀")
        card = page.locator(".row.theirs", has_text="Foxes seen on the page").last
        await expect(card.locator(".photo img")).to_be_visible(timeout=CARD_MS)
        assert await is_loaded(page, ".row.theirs .photo img")
        link = card.get_by_role("link", name="Foxes seen on the page")
        await expect(link).to_have_attribute("href", url)
        await expect(link).to_have_attribute("rel", re.compile("noreferrer"))

        await card.get_by_role("button", name="#vulpes", exact=True).click()
        field = page.get_by_role("textbox", name="Message to Reading circle")
        await expect(field).to_have_value("/tag vulpes ")
        await field.press("Enter")
        listing = page.locator(".row.theirs", has_text="#vulpes").last
        await expect(listing).to_contain_text("1")
        await expect(listing.get_by_role("link", name="Foxes seen on the page")).to_be_visible()


@needs_product
async def test_the_offline_page_opens_in_a_tab_of_its_own(browser: Browser, chat: Chat, site: Site) -> None:
    url = site.page("/page-offline", "Kept for the train")
    async with opened(browser, chat, f"{BOB}/{BOB}") as page:
        await write(page, url)
        file = page.locator(".file", has_text="Kept for the train").last
        await expect(file).to_be_visible(timeout=CARD_MS)
        async with page.context.expect_page() as opening:
            await file.get_by_role("link", name=re.compile("Open .*Kept for the train.* in a new tab")).click()
        offline = await opening.value
        await expect(offline.get_by_role("heading", name="Kept for the train")).to_be_visible()
        assert "/play/api/files/" in offline.url
        assert await offline.evaluate("window.opener") is None


@needs_product
async def test_buttons_ask_the_bot_and_lead_to_the_private_chat(browser: Browser, chat: Chat, site: Site) -> None:
    url = site.page("/page-buttons", "Pressed by hand")
    message = await chat.say(f"{url} #pressed", chat=GROUP)
    await chat.card(message)
    async with opened(browser, chat, f"{BOB}/{GROUP}") as page:
        card = page.locator(".row.theirs", has=page.locator(".keyboard"), has_text="Pressed by hand").last
        await card.get_by_role("button", name="Delete").click()
        alert = page.get_by_role("alertdialog")
        await expect(alert).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(alert).to_have_count(0)
        await expect(card.get_by_role("button", name="Delete")).to_be_focused()

        await card.get_by_role("button", name="Offline page").click()
        await expect(page.get_by_role("heading", name="Hashkeep", level=2)).to_be_visible()
        assert page.url.endswith(f"#{BOB}/{BOB}")
        await expect(page.locator(".file", has_text="Pressed by hand")).to_be_visible()

        await page.get_by_role("button", name="Speaking as Bob").first.click()
        await page.get_by_role("menuitemradio", name="Alice").click()
        await page.get_by_role("button", name=re.compile("Reading circle")).click()
        await card.get_by_role("button", name="Delete").click()
        undo = page.get_by_role("button", name="Undo")
        await expect(undo).to_be_visible()
        await undo.click()
        await expect(card.locator(".text")).to_contain_text("Pressed by hand")


@needs_product
async def test_lists_turn_their_pages_in_place(browser: Browser, chat: Chat, site: Site) -> None:
    urls = [site.page(f"/page-turn{n}", f"Turned {n:02}") for n in range(12)]
    await chat.say(" ".join(urls) + " #turned", chat=CAROL, person=CAROL)
    async with opened(browser, chat, f"{CAROL}/{CAROL}") as page:
        await write(page, "/tag turned")
        listing = page.locator(".row.theirs", has=page.get_by_role("button", name="›")).last
        await expect(listing).to_contain_text("#turned")
        listing = page.locator(f".row[data-id='{await listing.get_attribute('data-id')}']")
        first = await listing.locator(".text").inner_text()
        await listing.get_by_role("button", name="›").click()
        await expect(listing.locator(".text")).not_to_have_text(first)


@needs_product
async def test_a_newcomer_starts_with_a_button_and_a_demo_link(browser: Browser, chat: Chat) -> None:
    made = await chat.api(
        "POST", "/chats", json={"as": ALICE, "title": "Newcomers", "type": "supergroup", "members": [BOB]}
    )
    place = made.get("id") or made["chat"]["id"]
    async with opened(browser, chat, f"{ALICE}/{place}") as page:
        chip = page.locator(".chip").first
        await expect(chip).to_contain_text("/play/demo/english #reading")
        await chip.click()
        field = page.get_by_role("textbox", name="Message to Newcomers")
        await expect(field).to_have_value(re.compile("^look at http://.*/play/demo/english #reading$"))
        await expect(field).to_be_focused()


async def test_what_people_write_never_becomes_markup(browser: Browser, quiet: Chat) -> None:
    evil = "<img src=x onerror=document.title='run'> bold"
    entities = [
        {"type": "bold", "offset": len(evil) - 4, "length": 4},
        {"type": "text_link", "offset": 6, "length": 3, "url": "https://example.org/"},
    ]
    message = await quiet.say(evil, chat=GROUP, entities=entities)
    script = {"type": "text_link", "offset": 0, "length": 4, "url": "javascript:document.title='run'"}

    async def tamper(route: Route) -> None:
        """The server refuses such a link; the page must not need that."""
        answer = await route.fetch()
        body = await answer.json()
        for shown in body["messages"]:
            if shown["message_id"] == message["message_id"]:
                shown["entities"].append(script)
        await route.fulfill(response=answer, json=body)

    async with opened(browser, quiet, f"{BOB}/{BOB}") as page:
        await page.route(f"**/chats/{GROUP}/messages?*", tamper)
        await page.get_by_role("button", name=re.compile("Reading circle")).click()
        shown = row(page, "onerror")
        await expect(shown.locator(".text")).to_contain_text(evil)
        await expect(shown.locator("strong")).to_have_text("bold")
        await expect(shown.locator("img")).to_have_count(0)
        hrefs = await shown.locator("a").evaluate_all("links => links.map((a) => a.href)")
        assert hrefs == ["https://example.org/"]
        assert await page.title() != "run"


async def test_reply_edit_and_delete_of_ones_own_message(browser: Browser, quiet: Chat) -> None:
    await quiet.say("A question for all of you", chat=GROUP, person=BOB)
    async with opened(browser, quiet, f"{ALICE}/{GROUP}") as page:
        await row(page, "A question for all").locator(".bubble").click(button="right")
        await page.get_by_role("menuitem", name="Reply").click()
        await write(page, "An anser")
        answer = row(page, "An anser")
        await expect(answer.get_by_role("button", name="Go to the quoted message")).to_contain_text("Bob")
        await expect(answer.get_by_role("img", name="Sent")).to_be_visible()

        field = page.get_by_role("textbox", name="Message to Reading circle")
        await field.press("ArrowUp")
        await expect(field).to_have_value("An anser")
        await field.fill("An answer")
        await field.press("Enter")
        corrected = row(page, "An answer")
        await expect(corrected.locator(".meta")).to_contain_text("edited")
        await corrected.get_by_role("button", name="Go to the quoted message").click()
        await expect(row(page, "A question for all")).to_be_focused()

        await corrected.hover()
        await corrected.get_by_role("button", name="Message actions").click()
        await page.get_by_role("menuitem", name="Delete").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        await expect(page.get_by_text("An answer", exact=True)).to_have_count(0)


async def test_people_react_and_take_it_back(browser: Browser, quiet: Chat) -> None:
    await quiet.say("Shall we?", chat=GROUP, person=BOB)
    async with opened(browser, quiet, f"{ALICE}/{GROUP}") as page:
        asked = row(page, "Shall we?")
        await asked.hover()
        await asked.get_by_role("button", name="Message actions").click()
        await page.get_by_role("menuitem", name="React").click()
        await page.get_by_role("menuitem", name="👍").click()
        chip = asked.get_by_role("button", name="👍 from Alice")
        await expect(chip).to_have_attribute("aria-pressed", "true")
        await chip.click()
        await expect(chip).to_have_count(0)


async def test_enter_sends_shift_enter_does_not_and_commands_are_offered(browser: Browser, quiet: Chat) -> None:
    async with opened(browser, quiet, f"{ALICE}/{GROUP}") as page:
        field = page.get_by_role("textbox", name="Message to Reading circle")
        await field.press_sequentially("two")
        await field.press("Shift+Enter")
        await field.press_sequentially("lines")
        await expect(field).to_have_value("two\nlines")
        await field.press("Enter")
        await expect(row(page, "two")).to_contain_text("two\nlines", use_inner_text=True)

        await field.press_sequentially("/t")
        options = page.get_by_role("option")
        await expect(options.first).to_contain_text("/tag")
        await field.press("Enter")
        await expect(field).to_have_value("/tag ")
        await field.fill("")
        await field.press_sequentially("/hel")
        await field.press("Enter")
        await expect(row(page, "/help")).to_be_visible()


@needs_product
@pytest.mark.parametrize(
    ("person", "locale", "edit", "note", "words"),
    [(ALICE, "en-GB", "Edit", "Note", "for the train"), (XIAOLIN, "zh-CN", "编辑", "备注", "路上看")],
)
async def test_a_note_is_asked_for_on_a_phone(
    browser: Browser, chat: Chat, site: Site, person: int, locale: str, edit: str, note: str, words: str
) -> None:
    title = f"Noted by {person}"
    kept = await chat.say(site.page(f"/page-note{person}", title), chat=person, person=person)
    await chat.card(kept)
    async with opened(
        browser, chat, f"{person}/{person}", viewport=PHONE, has_touch=True, is_mobile=True, locale=locale
    ) as page:
        card = page.locator(".row.theirs", has=page.locator(".photo"), has_text=title).last
        await card.get_by_role("button", name=edit).tap()
        await card.get_by_role("button", name=note, exact=True).tap()
        about = page.locator(".about-message")
        await expect(about).to_contain_text(title)
        field = page.get_by_role("textbox", name=re.compile("Message to|发消息给"))
        assert await field.get_attribute("placeholder") in ("A note", "备注")
        await field.fill(words)
        await field.press("Enter")
        await expect(card.locator(".text")).to_contain_text(words)
        await expect(about).to_be_hidden()
        await expect(
            page.locator(".row.theirs .text", has_text=re.compile("Reply with a note|写什么备注"))
        ).to_have_count(0)
        assert await page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]


@needs_product
async def test_in_a_group_only_whoever_pressed_is_asked(browser: Browser, chat: Chat, site: Site) -> None:
    kept = await chat.say(site.page("/page-asked", "Asked in a group"), chat=GROUP)
    card = await chat.card(kept)
    async with (
        opened(browser, chat, f"{BOB}/{GROUP}", viewport=PHONE) as his,
        opened(browser, chat, f"{ALICE}/{GROUP}", viewport=PHONE) as hers,
    ):
        row_of_card = his.locator(f".row[data-id='{card['message_id']}']")
        await row_of_card.get_by_role("button", name="Edit").click()
        await row_of_card.get_by_role("button", name="Title", exact=True).click()
        await expect(his.locator(".about-message")).to_be_visible()
        await expect(hers.get_by_text("Reply with a title").last).to_be_visible()
        await expect(hers.locator(".about-message")).to_be_hidden()
        await write(his, "Called so by Bob")
        await expect(hers.locator(f".row[data-id='{card['message_id']}'] .text")).to_contain_text("Called so by Bob")


@needs_product
async def test_settings_are_chosen_on_a_phone(browser: Browser, chat: Chat) -> None:
    async with opened(
        browser, chat, f"{XIAOLIN}/{XIAOLIN}", viewport=PHONE, has_touch=True, is_mobile=True, locale="zh-CN"
    ) as page:
        await write(page, "/settings")
        listing = page.locator(".row.theirs", has_text="点按钮查看每一项的作用").last
        listing = page.locator(f".row[data-id='{await listing.get_attribute('data-id')}']")
        await listing.get_by_role("button", name="旧快照").tap()
        await listing.get_by_role("button", name="90 天").tap()
        await listing.get_by_role("button", name="返回").tap()
        await expect(listing.locator(".text")).to_contain_text("旧快照：90 天")
        assert await page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]


@needs_product
async def test_links_of_a_file_are_imported_on_a_phone(browser: Browser, chat: Chat, tmp_path: Path) -> None:
    bookmarks = tmp_path / "bookmarks.html"
    bookmarks.write_text(
        '<!DOCTYPE NETSCAPE-Bookmark-file-1><DT><A HREF="https://phone.example.invalid/" TAGS="by hand">By hand</A>'
    )
    async with opened(browser, chat, f"{CAROL}/{CAROL}", viewport=PHONE) as page:
        await page.locator("input[type=file]").set_input_files(bookmarks)
        await write(page, "/import")
        question = row(page, "One of them is new here.")
        await question.get_by_role("button", name="Import", exact=True).click()
        await expect(row(page, "1 link imported")).to_be_visible()
        await write(page, '/tag "by hand"')
        await expect(row(page, "By hand").last).to_be_visible()


async def test_files_and_albums_are_sent_and_seen(browser: Browser, quiet: Chat, tmp_path: Path) -> None:
    note = tmp_path / "a note.txt"
    note.write_text("words")
    async with opened(browser, quiet, f"{ALICE}/{GROUP}") as page:
        await page.locator("input[type=file]").set_input_files(note)
        await write(page, "with a note")
        sent = row(page, "with a note")
        await expect(sent.locator(".file-name")).to_have_text("a note.txt")

        await page.get_by_role("button", name="Attach").click()
        await page.get_by_role("menuitem", name="A sample album").click()
        album = page.locator(".album").last
        await expect(album.get_by_role("button", name="Open the picture")).to_have_count(3)
        await album.get_by_role("button", name="Open the picture").first.click()
        viewer = page.get_by_role("dialog", name="Photo")
        await expect(viewer.locator(".viewer-image")).to_be_visible()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("+")
        await expect(viewer.locator(".viewer-stage")).to_have_class(re.compile("zoomed"))
        await page.keyboard.press("Escape")
        await expect(viewer).to_have_count(0)


async def test_a_message_that_cannot_be_sent_can_be_sent_again(browser: Browser, quiet: Chat) -> None:
    async def refuse(route: Route, request: Request) -> None:
        if request.method == "POST":
            await route.abort()
        else:
            await route.fallback()

    async with opened(browser, quiet, f"{ALICE}/{GROUP}") as page:
        await page.route("**/messages", refuse)
        await write(page, "through thick and thin")
        pending = page.locator(".row.pending")
        await expect(pending).to_contain_text("Not sent")
        await page.unroute("**/messages")
        await pending.get_by_role("button", name="Try again").click()
        await expect(pending).to_have_count(0)
        await expect(row(page, "through thick and thin").get_by_role("img", name="Sent")).to_be_visible()


async def test_a_lost_connection_comes_back_with_what_was_missed(browser: Browser, quiet: Chat) -> None:
    context = await browser.new_context(viewport=DESKTOP)
    page = await context.new_page()
    await page.route("**/play/api/events", lambda route: route.abort())
    await page.goto(f"{quiet.address}/#{ALICE}/{GROUP}")
    status = page.get_by_text("Connection lost")
    await expect(status).to_be_visible()
    await quiet.say("said while you were away", chat=GROUP, person=BOB)
    await page.unroute("**/play/api/events")
    await expect(row(page, "said while you were away")).to_be_visible(timeout=15_000)
    await expect(status).to_be_hidden()
    await context.close()


async def test_unread_messages_are_counted_until_they_are_read(browser: Browser, quiet: Chat) -> None:
    async with opened(browser, quiet, f"{ALICE}/{ALICE}") as page:
        entry = page.get_by_role("button", name=re.compile("Reading circle"))
        await quiet.say("are you there", chat=GROUP, person=BOB)
        await quiet.say("hello", chat=GROUP, person=BOB)
        await expect(entry.get_by_label("2 unread")).to_be_visible()
        await expect(page).to_have_title(re.compile(r"^\(2\)"))
        await entry.click()
        await expect(page.get_by_text("New messages")).to_be_visible()
        await expect(entry.get_by_label("2 unread")).to_have_count(0)


async def test_topics_keep_their_messages_apart(browser: Browser, quiet: Chat) -> None:
    async with opened(browser, quiet, f"{ALICE}/{FORUM}") as page:
        await page.get_by_role("tab", name="Birds").click()
        await write(page, "a wren in the hedge")
        await expect(row(page, "a wren")).to_be_visible()
        await page.get_by_role("tab", name="Plants").click()
        await expect(page.get_by_text("Topic “Plants” created")).to_be_visible()
        await expect(page.locator(".row", has_text="a wren")).to_have_count(0)
        await page.get_by_role("tab", name="Birds").click()
        await expect(row(page, "a wren")).to_be_visible()


async def test_only_admins_write_in_a_channel(browser: Browser, quiet: Chat) -> None:
    async with opened(browser, quiet, f"{BOB}/{CHANNEL}") as page:
        await expect(page.get_by_text("Only admins post here.")).to_be_visible()
        await expect(page.get_by_role("textbox")).to_have_count(0)
        await page.get_by_role("button", name="Speaking as Bob").last.click()
        await page.get_by_role("menuitemradio", name="Alice").click()
        await write(page, "a post for everybody")
        await expect(row(page, "a post for").locator(".sender")).to_contain_text("Link news")


async def test_on_a_phone_list_and_chat_are_two_screens(browser: Browser, quiet: Chat) -> None:
    await quiet.say("https://example.org/" + "a-very-long-path/" * 12 + " #phone", chat=GROUP, photos=0)
    await quiet.api("POST", f"/chats/{GROUP}/messages", json={"as": BOB, "photos": 4, "caption": "four pictures"})
    async with opened(browser, quiet, str(ALICE), viewport=PHONE, has_touch=True, is_mobile=True) as page:
        field = page.get_by_role("textbox", name="Message to Reading circle")
        await expect(field).to_be_hidden()
        await page.get_by_role("button", name=re.compile("Reading circle")).tap()
        await expect(field).to_be_visible()
        await expect(page.locator(".album").last).to_be_visible()
        assert await page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
        for part in (".scroller", ".composer", ".bubble", ".album", ".keyboard"):
            boxes = await page.locator(part).evaluate_all("all => all.map((e) => e.getBoundingClientRect().right)")
            assert all(right <= PHONE["width"] for right in boxes), part
        await expect(page.get_by_role("button", name="Speaking as Alice").last).to_be_visible()
        await page.get_by_role("button", name="Back to the chats").tap()
        await expect(field).to_be_hidden()
        await expect(page.get_by_role("button", name=re.compile("Reading circle"))).to_be_visible()


CONTRAST = """
() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (name) => {
    canvas.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  };
  const light = (name) => rgb(name).reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const pairs = [];
  for (const back of ["--page", "--side", "--surface", "--mine", "--accent-wash"]) {
    for (const ink of ["--ink", "--soft", "--link"]) pairs.push([ink, back]);
  }
  for (const back of ["--surface", "--side"]) {
    const tints = [0, 1, 2, 3, 4, 5, 6].map((n) => `--t${n}`);
    for (const ink of [...tints, "--danger", "--accent"]) pairs.push([ink, back]);
  }
  pairs.push(["--on-accent", "--accent"]);
  return pairs.map(([a, b]) => [a, b, ratio(a, b)]);
}
"""


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
async def test_light_and_dark_are_readable(browser: Browser, quiet: Chat, scheme: str, dark: bool) -> None:
    async with opened(browser, quiet, f"{ALICE}/{GROUP}", color_scheme=scheme) as page:
        colour = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", colour)[:3])) < 200) is dark
        poor = [pair for pair in await page.evaluate(CONTRAST) if pair[2] < 4.5]
        assert not poor, "below WCAG AA"


async def test_a_person_with_a_chinese_interface_sees_a_chinese_page(browser: Browser, quiet: Chat) -> None:
    async with opened(browser, quiet, f"{XIAOLIN}/{GROUP}") as page:
        await expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        await write(page, "看看 https://example.cn/江南 #网页")
        await expect(row(page, "看看").get_by_role("button", name="#网页", exact=True)).to_be_visible()
        await expect(row(page, "看看").get_by_role("img", name="已发送")).to_be_visible()
        await page.get_by_role("button", name="试验场设置").last.click()
        await expect(page.get_by_role("tab", name="聊天")).to_be_visible()
        await page.get_by_role("button", name="当前身份：小林").first.click()
        await page.get_by_role("menuitemradio", name="Bob").click()
        await expect(page.get_by_role("tab", name="Faults")).to_be_visible()


async def test_both_languages_have_the_same_words(browser: Browser, quiet: Chat) -> None:
    async with opened(browser, quiet, str(ALICE)) as page:
        english, chinese = [
            await page.evaluate("language => import(`/play/static/${language}.js`).then((m) => m.default)", language)
            for language in ("en", "zh")
        ]
        assert english.keys() == chinese.keys()
        for key, words in english.items():
            assert set(re.findall(r"{\w+}", words)) == set(re.findall(r"{\w+}", chinese[key])), key
            assert chinese[key].strip()


async def test_the_panel_changes_members_makes_groups_and_shows_calls(browser: Browser, quiet: Chat) -> None:
    async with opened(browser, quiet, f"{ALICE}/{GROUP}") as page:
        await page.get_by_role("button", name="Playground controls").last.click()
        await page.get_by_role("button", name="Add Carol").click()
        await expect(page.locator(".pill", has_text="Alice added Carol")).to_be_visible()
        await page.get_by_role("button", name="More for Carol").click()
        await page.get_by_role("menuitem", name="Remove").click()
        await expect(page.locator(".pill", has_text="Alice removed Carol")).to_be_visible()
        await page.get_by_role("switch", name="Privacy mode").check()

        async def private() -> bool:
            return bool((await quiet.api("GET", "/state", params={"as": ALICE}))["privacy"])

        await until(private, "privacy mode")
        await quiet.api("POST", "/privacy", json={"on": False})

        await page.get_by_role("tab", name="Bot calls").click()
        await call(quiet, "getMe")
        await expect(page.locator(".calls")).to_contain_text("getMe")

        await page.get_by_role("tab", name="New group").click()
        await page.get_by_label("Name").fill("Made by hand")
        await page.get_by_role("button", name="Create", exact=True).click()
        await expect(page.get_by_role("heading", name="Made by hand", level=2)).to_be_visible()


async def test_a_fault_fails_the_next_call(browser: Browser, quiet: Chat) -> None:
    async with opened(browser, quiet, f"{ALICE}/{ALICE}") as page:
        await page.get_by_role("button", name="Playground controls").last.click()
        await page.get_by_role("tab", name="Faults").click()
        await page.get_by_label("Method").select_option("sendMessage")
        await page.get_by_label("Fault").select_option("429")
        await page.get_by_label("Wait, in seconds").fill("7")
        await page.get_by_role("button", name="Let it fail").click()
        await expect(page.get_by_text("sendMessage will fail 1×")).to_be_visible()
        answer = await call(quiet, "sendMessage", chat_id=ALICE, text="hello")
        assert answer["parameters"] == {"retry_after": 7}
