"""A link sent in a chat comes back as a picture and an offline page, and is found again."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from PIL import Image

from tests.harness import ALICE, BOB, CAROL, CHANNEL, FORUM, GROUP, XIAOLIN, Chat, Site, text_of, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("product")]


async def test_a_link_comes_back_as_a_card_with_a_picture(chat: Chat, site: Site) -> None:
    url = site.page("/foxes", "Foxes & Links, a field guide")
    message = await chat.say(f"look at {url} #foxes #reading")
    assert await chat.reaction(message) == "👀"
    card = await chat.card(message)
    assert "Foxes & Links, a field guide" in text_of(card)
    assert "#foxes" in text_of(card)
    assert "#reading" in text_of(card)
    assert any(e.get("url") == url for e in card["caption_entities"])
    picture = Image.open(io.BytesIO(await chat.file(card["photo"][-1]["file_id"])))
    assert picture.width >= 600
    colours = picture.convert("RGB").resize((64, 64)).getcolors(4096)
    assert colours is not None
    assert len(colours) > 3, "the picture is empty"


async def test_in_private_the_offline_page_follows_as_a_file(chat: Chat, site: Site) -> None:
    url = site.page("/offline", "Offline: a page/with \\ odd name?")
    message = await chat.say(url)

    async def look() -> dict[str, object] | None:
        return next((a["document"] for a in await chat.answers(message) if "document" in a), None)

    document = await until(look, "the offline page")
    assert str(document["file_name"]).endswith(".html")
    assert not re.search(r"[/\\?:]", str(document["file_name"]))
    html = (await chat.file(str(document["file_id"]))).decode()
    assert "A paragraph of words to read." in html
    assert "<script" not in html


async def test_files_offers_the_archive_and_a_pdf(chat: Chat, site: Site) -> None:
    url = site.page("/archived", "A page with an archive")
    card = await chat.card(await chat.say(url))
    await chat.press(card, "Files")

    async def offered() -> dict[str, object] | None:
        now = await chat.again(card)
        return now if "Archive (WACZ)" in str(now.get("reply_markup")) else None

    await chat.press(await until(offered, "the files to be offered"), "Archive (WACZ)")

    async def look() -> dict[str, object] | None:
        documents = [m["document"] for m in await chat.messages() if "document" in m]
        return next((d for d in documents if d["file_name"] == "A page with an archive.wacz"), None)

    document = await until(look, "the archive")
    await chat.press(await chat.again(card), "PDF")

    async def printed() -> dict[str, object] | None:
        documents = [m["document"] for m in await chat.messages() if "document" in m]
        return next((d for d in documents if d["file_name"] == "A page with an archive.pdf"), None)

    pdf = await until(printed, "the PDF")
    assert (await chat.file(str(pdf["file_id"]))).startswith(b"%PDF-")
    with zipfile.ZipFile(io.BytesIO(await chat.file(str(document["file_id"])))) as package:
        assert json.loads(package.read("datapackage.json"))["mainPageUrl"] == url


async def test_everybody_in_the_group_finds_it_and_nobody_else(chat: Chat, site: Site) -> None:
    url = site.page("/shared", "A page for the group")
    message = await chat.say(f"{url} #together", chat=GROUP)
    await chat.card(message)
    found = await chat.say("/tag together", chat=GROUP, person=BOB)
    assert "A page for the group" in text_of(await chat.answer(found, "A page for the group"))
    alone = await chat.say("/tag together", chat=CAROL, person=CAROL)
    assert "A page for the group" not in text_of(await chat.answer(alone))


async def test_chinese_titles_tags_and_search(chat: Chat, site: Site) -> None:
    url = site.page("/zh", "江南春色", "<p>这是一个网页快照的例子，处理方法如下。</p>" * 8)
    message = await chat.say(f"看看 {url} #网页", chat=XIAOLIN, person=XIAOLIN)
    card = await chat.card(message)
    assert "江南春色" in text_of(card)
    assert "#网页" in text_of(card)
    labels = [b["text"] for row in card["reply_markup"]["inline_keyboard"] for b in row]
    assert any("删除" in label for label in labels)
    for command in ("/tag 网页", "/search 处理", "/search 快照"):
        asked = await chat.say(command, chat=XIAOLIN, person=XIAOLIN)
        assert "江南春色" in text_of(await chat.answer(asked, "江南春色"))


async def test_a_link_posted_again_is_the_same_link(chat: Chat, site: Site) -> None:
    url = site.page("/twice", "Posted twice")
    first = await chat.say(f"{url} #one", chat=GROUP)
    await chat.card(first)
    opened = site.hits.count("/twice")
    second = await chat.say(f"{url}?utm_source=x #two", chat=GROUP, person=BOB)
    card = await chat.card(second)
    assert "Alice" in text_of(card)
    assert {"#one", "#two"} <= set(re.findall(r"#\w+", text_of(card)))
    assert "photo" in card
    assert site.hits.count("/twice") == opened, "it was opened again"


async def test_an_edited_message_adds_what_is_new(chat: Chat, site: Site) -> None:
    one, two = site.page("/edit1", "Before the edit"), site.page("/edit2", "After the edit")
    message = await chat.say(one, chat=GROUP)
    await chat.card(message)
    path = f"/chats/{GROUP}/messages/{message['message_id']}"
    await chat.api("PATCH", path, json={"as": ALICE, "text": f"{one} {two} #edited"})

    async def look() -> bool:
        return any("After the edit" in text_of(a) for a in await chat.answers(message))

    await until(look, "the card to name the new link")
    asked = await chat.say("/tag edited", chat=GROUP)
    answer = text_of(await chat.answer(asked, "edited"))
    assert "Before the edit" in answer
    assert "After the edit" in answer


async def test_several_links_are_one_card_and_one_album(chat: Chat, site: Site) -> None:
    urls = [site.page(f"/many{n}", f"Page number {n}") for n in range(3)]
    dead = "http://nothing-here.invalid/"
    message = await chat.say(" ".join([*urls, dead]), chat=GROUP)

    async def look() -> list[dict[str, object]] | None:
        answers = await chat.answers(message)
        return answers if sum("photo" in a for a in answers) == 3 else None

    answers = await until(look, "the album")
    assert len({a["media_group_id"] for a in answers if "photo" in a}) == 1
    listing = [a for a in answers if "photo" not in a]
    assert len(listing) == 1
    for n in range(3):
        assert f"Page number {n}" in text_of(listing[0])
    assert "nothing-here.invalid" in text_of(listing[0])


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [("/gone", 404, "404"), ("/broken", 500, "500")],
)
async def test_an_http_error_is_told_and_shown(chat: Chat, site: Site, path: str, status: int, says: str) -> None:
    url = site.page(path, "Sorry", status=status)
    card = await chat.card(await chat.say(url))
    assert says in text_of(card)
    assert "photo" in card


async def test_a_dead_host_is_told_in_words(chat: Chat) -> None:
    card = await chat.card(await chat.say("http://no-such-host.invalid/page"))
    assert "no-such-host.invalid" in text_of(card)
    assert "ERR_" not in text_of(card)


async def test_what_is_not_kept_is_named_kindly(chat: Chat, site: Site) -> None:
    message = await chat.say(f"http://10.0.0.1/admin http://user:pw@{site.url('/cred')[7:]}")
    site.page("/cred", "Credentials removed")

    async def look() -> str | None:
        text = "\n".join(text_of(a) for a in await chat.answers(message))
        return text if "10.0.0.1" in text and "Credentials" in text else None

    text = await until(look, "both to be told")
    assert "pw@" not in text


async def test_answers_stay_in_their_topic(chat: Chat, site: Site) -> None:
    state = await chat.api("GET", "/state")
    topics = next(c for c in state["chats"] if c["id"] == FORUM)["topics"]
    topic = next(t["id"] for t in topics if t["id"] != 1)
    url = site.page("/topic", "In a topic")
    card = await chat.card(await chat.say(url, chat=FORUM, thread_id=topic))
    assert card["message_thread_id"] == topic


async def test_a_channel_post_gets_its_card(chat: Chat, site: Site) -> None:
    url = site.page("/news", "In the news")
    assert "In the news" in text_of(await chat.card(await chat.say(f"{url} #news", chat=CHANNEL)))


async def test_delete_and_undo(chat: Chat, site: Site) -> None:
    url = site.page("/delete-me", "Soon deleted")
    card = await chat.card(await chat.say(f"{url} #deletable", chat=GROUP))
    refused = await chat.press(card, "Delete", person=BOB)
    assert refused["show_alert"] is True, "somebody else's link was deleted"
    await chat.press(card, "Delete")

    async def deleted() -> dict[str, object] | None:
        now = await chat.again(card)
        return now if "Undo" in str(now.get("reply_markup")) else None

    gone = await until(deleted, "the card to offer an undo")
    asked = await chat.say("/tag deletable", chat=GROUP)
    assert "Soon deleted" not in text_of(await chat.answer(asked))
    await chat.press(gone, "Undo")

    async def back() -> bool:
        return "Soon deleted" in text_of(await chat.again(card))

    await until(back, "the card to come back")


async def test_the_offline_page_of_a_group_goes_to_members_only(chat: Chat, site: Site) -> None:
    url = site.page("/members", "For members only")
    card = await chat.card(await chat.say(url, chat=GROUP))
    buttons = [b for row in card["reply_markup"]["inline_keyboard"] for b in row]
    link = next(b["url"] for b in buttons if "start=" in b.get("url", ""))
    parameter = link.split("start=")[1]

    def is_page(message: dict[str, object]) -> bool:
        document = message.get("document")
        return isinstance(document, dict) and "For members only" in document["file_name"]

    start = await chat.api("POST", "/start", json={"as": BOB, "parameter": parameter})

    async def look() -> bool:
        return any(is_page(m) for m in await chat.answers(start))

    await until(look, "the file in Bob's private chat")
    stranger = await chat.api("POST", "/start", json={"as": CAROL, "parameter": parameter})
    await chat.answer(stranger)
    assert not any(is_page(m) for m in await chat.answers(stranger))


async def test_lists_are_paged_in_place(chat: Chat, site: Site) -> None:
    urls = [site.page(f"/paged{n}", f"Paged {n:02}") for n in range(12)]
    await chat.say(" ".join(urls) + " #paged", chat=BOB, person=BOB)
    asked = await chat.say("/tag paged", chat=BOB, person=BOB)
    listing = await chat.answer(asked, "#paged")
    assert "12" in text_of(listing)
    first_page = text_of(listing)
    await chat.press(listing, "›", person=BOB)

    async def turned() -> bool:
        return text_of(await chat.again(listing)) != first_page

    await until(turned, "the second page")


async def test_start_help_tags_and_show(chat: Chat, site: Site) -> None:
    url = site.page("/shown", "Shown by number")
    card = await chat.card(await chat.say(f"{url} #shown", chat=BOB, person=BOB))
    number = re.findall(r"\d+", text_of(card).split("#")[0])[-1]
    for command, says in (("/start", "#tags"), ("/help", "/search"), ("/tags", "shown")):
        asked = await chat.say(command, chat=BOB, person=BOB)
        await chat.answer(asked, says)
    asked = await chat.say(f"/show {number}", chat=BOB, person=BOB)
    assert "Shown by number" in text_of(await chat.answer(asked, "Shown by number"))
