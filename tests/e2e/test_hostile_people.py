"""People, pages and servers that mean ill, through the whole product: nobody sees or moves what is not theirs."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.harness import (
    ALICE,
    BOB,
    CAROL,
    GROUP,
    Chat,
    Message,
    Product,
    Site,
    running_playground,
    running_product,
    running_site,
    text_of,
    until,
)
from tests.hostile.relay import Relay, as_it_is, running_relay
from tests.hostile.server import Ask, Behaviour, HostileServer, body

pytestmark = pytest.mark.asyncio(loop_scope="module")

RTL = "\u202e"
_TURNING = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\u200e", "\u200f", "\u061c"}
_INVISIBLE = {"\u200b", "\u2060", "\ufeff", "\u2028", "\u2029", "\ufffc"}

TITLES = {
    "command": "@admin /ban @everyone /delete 1",
    "html": "<b>bold</b> <a href='tg://user?id=1001'>Alice</a> &lt;i&gt; </code></a>",
    "markdown": "[x](tg://user?id=1001) *b* _i_ `c` ||s|| ~~d~~",
    "user": '<a href="tg://user?id=1">you</a> tg://user?id=1 tg://resolve?domain=x t.me/joinchat/x',
    "turned": f"invoice {RTL}fdp.exe\u2066 \u2069 \u200f\u061c",
    "invisible": "pay\u200bpal\u2060 \ufeffsafe\u2028line\u2029end\ufffc",
    "lines": "one\n\n\n/ban\r\n@admin\ttab\x0bfeed",
    "controls": "bell\x07 escape\x1b[31m delete\x7f next\x85 del\x9b31m",
    "long": "long " * 20_000,
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 3000,
    "marks": "Z" + "\u0334\u0489\u035c" * 4000,
    "mixed": "#tag $CASH +14155550100 4242424242424242 a@b.example https://evil.example/x 1.2.3.4 @@@",
}
FILES = {
    "above": 'attachment; filename="../../../../x"',
    "windows": 'attachment; filename="..\\\\..\\\\C:\\\\x.lnk"',
    "encoded": "attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd%00.zip",
    "turned": "attachment; filename*=UTF-8''invoice%E2%80%AEfdp.exe",
    "lines": "attachment; filename*=UTF-8''a%0D%0AX-Evil%3A%201%0D%0A.zip",
    "long": 'attachment; filename="' + "a" * 4000 + '.zip"',
}


def _titled(title: str) -> Behaviour:
    async def behave(ask: Ask) -> None:
        page = f"<!doctype html><meta charset=utf-8><title>{title}</title><h1>A page</h1><p>Words to read.</p>"
        await ask.answer(page.encode())

    return behave


PAGES: dict[str, Behaviour] = {f"title-{name}": _titled(title) for name, title in TITLES.items()} | {
    f"file-{name}": body(b"PK\x05\x06" + bytes(18), "application/zip", f"Content-Disposition: {value}")
    for name, value in FILES.items()
}


@dataclass
class Place:
    """Hashkeep behind a relay, its chats, and two sites."""

    chat: Chat
    relay: Relay
    product: Product
    site: Site
    hostile: HostileServer
    bot_id: int

    def page(self, name: str) -> str:
        """The address of a hostile page."""
        return f"http://127.0.0.1:{self.hostile.port}/{name}/"

    async def group(self, title: str, *members: int) -> int:
        """A group of its own with the bot."""
        made = await self.chat.api("POST", "/chats", json={"as": members[0], "title": title, "type": "supergroup",
                                                           "members": [*members, self.bot_id]})  # fmt: skip
        return int(made["id"])

    async def kept(self, title: str, chat: int, person: int = ALICE) -> Message:
        """The card of an ordinary page."""
        url = self.site.page("/" + quote(title.replace(" ", "-")), title)
        return await self.chat.card(await self.chat.say(url, chat=chat, person=person))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What stands in the database."""
        base = sqlite3.connect(f"file:{self.product.data}/hashkeep.sqlite3?mode=ro", uri=True)
        try:
            return base.execute(query, values).fetchall()
        finally:
            base.close()

    async def captured(self, chat: int, timeout_s: float = 90) -> None:
        """Returns when the chat has captures and all of them have ended."""

        async def look() -> bool:
            query = (
                "SELECT min(c.state = 'ended') FROM captures c JOIN links l ON l.id = c.link_id"
                " JOIN archives a ON a.id = l.archive_id WHERE a.chat_id = ?"
            )
            return self.rows(query, chat) == [(1,)]

        await until(look, "the captures of the chat to end", timeout_s)

    async def answers_of_bot(self, chat: int) -> list[Message]:
        """All that the bot has answered in a chat; its first words there are no answer."""
        messages = await self.chat.messages(chat)
        return [m for m in messages if m.get("from", {}).get("id") == self.bot_id and "reply_to_message" in m]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory, site: Site) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("people")
    hostile = HostileServer(PAGES)
    try:
        async with running_playground(folder / "chats") as chat, running_relay(chat.address) as relay:
            settings = {"BOT_API_URL": relay.address, "CAPTURE_PDF": "off"}
            async with running_product(chat, folder / "archive", **settings) as product:
                bot_id = int((await chat.api("GET", "/state"))["bot"]["id"])
                yield Place(chat, relay, product, site, hostile, bot_id)
    finally:
        hostile.close()


def mischief(message: Message, urls: tuple[str, ...] = (), tags: tuple[str, ...] = ()) -> list[str]:
    """What in a message of the bot is more than words: markup that a page chose, mentions, commands, directions."""
    text = text_of(message)
    labels = [b["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for b in row]
    name = message.get("document", {}).get("file_name", "")
    found = []
    for part in (text, name, *labels):
        bad = {c for c in part if c in _TURNING | _INVISIBLE or (unicodedata.category(c) in ("Cc", "Cs") and c != "\n")}
        found += [f"character {c!r} in {part[:60]!r}" for c in bad]
    if len(text) > 4096:
        found.append("too long")
    if re.search(r"[/\\:\n]|^\.|\.\.", name) or len(name.encode()) > 200:
        found.append(f"file name {name!r}")
    for entity in message.get("entities", message.get("caption_entities", [])):
        units = text.encode("utf-16-le")[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2]
        words, kind = units.decode("utf-16-le"), entity["type"]
        harmless = (
            kind in ("bold", "code")
            or (kind == "text_link" and entity["url"] in urls)
            or (kind == "hashtag" and words in tags)
            or (kind == "url" and any(words in url for url in urls))
        )
        found += [] if harmless else [f"{kind} {words!r} {entity.get('url', '')}"]
    return found


def data_of(card: Message, letter: str) -> str:
    """What the button of that kind carries."""
    rows = card["reply_markup"]["inline_keyboard"]
    return next(str(b["callback_data"]) for row in rows for b in row if b.get("callback_data", "").startswith(letter))


def link_of(card: Message) -> int:
    """The link's id, as its buttons carry it."""
    return int(data_of(card, "d:").split(":")[1])


# Titles and names that mean something elsewhere


async def test_titles_are_words_in_lists_albums_and_search(place: Place) -> None:
    chat = await place.group("Titles", BOB, ALICE)
    urls = {name: place.page(f"title-{name}") for name in TITLES}
    await place.chat.say("\n".join(urls.values()) + " #evil", chat=chat, person=BOB)
    await place.captured(chat)

    async def shown() -> bool:
        cards = [m for m in await place.answers_of_bot(chat) if place.chat.finished(m)]
        pictures = [m for m in await place.answers_of_bot(chat) if "photo" in m]
        return bool(cards) and len(pictures) == 10

    await until(shown, "the card and its album")
    for command in ("/tag evil", "/search admin", "/show 2"):
        asked = await place.chat.say(command, chat=chat, person=BOB)
        await place.chat.answer(asked, timeout_s=90)  # a group is told a few things a minute
    said = await place.answers_of_bot(chat)
    assert len(said) >= 14
    assert [mischief(m, tuple(urls.values()), ("#evil",)) for m in said] == [[]] * len(said)
    texts = "\n".join(map(text_of, said))
    # The words are there, as words.
    for words in ("@admin /ban", "<b>bold</b>", "[x](tg://user?id=1001)", "tg://resolve", "+14155550100"):
        assert words in texts


@pytest.mark.parametrize("name", ["html", "turned", "long"])
async def test_a_title_on_a_card_of_its_own_and_on_its_file(place: Place, name: str) -> None:
    url = place.page(f"title-{name}") + "?alone"
    message = await place.chat.say(url, chat=CAROL, person=CAROL)
    card = await place.chat.card(message)
    assert mischief(card, (url,)) == []

    async def file() -> Message | None:
        return next((m for m in await place.chat.messages(CAROL, message["message_id"]) if "document" in m), None)

    document = await until(file, "the offline page")
    assert mischief(document) == []
    assert document["document"]["file_name"].endswith(".html")


async def test_file_names_of_servers_lead_nowhere(place: Place, tmp_path: Path) -> None:
    before = {path for path in place.product.data.parent.iterdir()}
    urls = {name: place.page(f"file-{name}") for name in FILES}
    chat = await place.group("Files", BOB, ALICE)
    await place.chat.say(" ".join(urls.values()), chat=chat, person=BOB)
    await place.captured(chat)
    links = place.rows("SELECT l.id FROM links l JOIN archives a ON a.id = l.archive_id WHERE a.chat_id = ?", chat)
    assert len(links) == len(FILES)
    for (link,) in links:
        start = await place.chat.api("POST", "/start", json={"as": BOB, "parameter": f"original-{link}"})

        async def file(start: Message = start) -> Message | None:
            return next((m for m in await place.chat.answers(start) if "document" in m), None)

        document = await until(file, "the file")
        assert mischief(document) == []
    assert {path for path in place.product.data.parent.iterdir()} == before


async def test_names_of_people_are_words(place: Place) -> None:
    evil = f"<b>@admin</b> /ban {RTL}[x](tg://user?id=1)\n#x \x1b\u200b"

    def rename(update: dict[str, Any]) -> dict[str, Any]:
        for part in ("message", "callback_query"):
            if update.get(part, {}).get("from", {}).get("id") == BOB:
                update[part]["from"] |= {"first_name": evil, "last_name": evil * 9}
        return update

    chat = await place.group(evil, BOB, ALICE)
    url = place.site.page("/named", "Named")
    place.relay.rewrite = rename
    try:
        await place.chat.card(await place.chat.say(url, chat=chat, person=BOB))
        card = await place.chat.card(await place.chat.say(f"{url} #again", chat=chat, person=ALICE))
        assert "@admin" in text_of(card)
        await place.chat.press(card, "Delete", person=BOB)

        async def deleted() -> Message | None:
            now = await place.chat.again(card)
            return now if "Undo" in str(now.get("reply_markup")) else None

        gone = await until(deleted, "the card to say that it is gone")
        assert "@admin" in text_of(gone)
    finally:
        place.relay.rewrite = as_it_is
    for message in [card, gone, *await place.answers_of_bot(chat)]:
        assert mischief(message, (url,), ("#again",)) == []


async def test_hashtags_that_no_server_makes(place: Place) -> None:
    """Entities of a message are believed as to where tags are, and their words are cleaned all the same."""
    chat = await place.group("Tags", BOB, ALICE)
    evil = f"#<b>/ban{RTL}&amp;\n$x[y](z)"
    url = place.site.page("/tagged", "Tagged")

    def tag(update: dict[str, Any]) -> dict[str, Any]:
        message = update.get("message", {})
        if url in message.get("text", ""):
            message["text"] = f"{url} {evil}"
            message["entities"].append({"type": "hashtag", "offset": len(url) + 1, "length": len(evil)})
        return update

    place.relay.rewrite = tag
    try:
        card = await place.chat.card(await place.chat.say(url, chat=chat, person=BOB))
    finally:
        place.relay.rewrite = as_it_is
    tags = await place.chat.answer(await place.chat.say("/tags", chat=chat, person=BOB))
    assert "#<b>/ban" in text_of(card)
    assert "<b>/ban" in text_of(tags)
    assert [mischief(card, (url,)), mischief(tags, (url,))] == [[], []]


# Too much


async def test_fifty_links_in_one_message(place: Place) -> None:
    chat = await place.group("Fifty", BOB, ALICE)
    real = [place.site.page(f"/fifty{n}", f"Fifty {n}") for n in range(2)]
    urls = [*real, *(f"http://no-{n}.invalid/" for n in range(2, 50))]
    message = await place.chat.say(" ".join(urls) + " #fifty", chat=chat, person=BOB)
    assert await place.chat.reaction(message) == "👀"
    await place.captured(chat)
    card = await place.chat.card(message)
    text = text_of(card)
    assert "20 links" in text, "the limit is not told"
    assert "Fifty 0" in text
    assert "no-20.invalid" in text, "what is left out is not named"
    assert len([m for m in await place.answers_of_bot(chat) if "Fifty 0" in text_of(m) and "photo" not in m]) == 1
    assert mischief(card, tuple(urls), ("#fifty",)) == []
    listing = await place.chat.answer(await place.chat.say("/tag fifty", chat=chat, person=BOB), "fifty")
    assert "20" in text_of(listing).split("\n")[0], text_of(listing)
    assert place.rows("SELECT count(*) FROM cards WHERE chat_id = ?", chat) == [(1,)]


async def test_a_flood_delays_nobody_else_and_each_message_is_answered_once(place: Place) -> None:
    chat = await place.group("Flood", BOB, ALICE)
    paths = [f"/flood{n}" for n in range(8)]
    gates = [place.site.hold(path) for path in paths[:2]]  # both workers are busy until everything is posted
    urls = [place.site.page(path, f"Flood {path}") for path in paths] + [f"http://f{n}.invalid/" for n in range(192)]
    flood = [await place.chat.say(url, chat=chat, person=BOB) for url in urls]
    assert [await place.chat.reaction(message) for message in flood[-3:]] == ["👀"] * 3
    alone = await place.chat.say(place.site.page("/alone", "Alone"), chat=CAROL, person=CAROL)
    assert await place.chat.reaction(alone) == "👀"
    begun = len([path for path in place.site.hits if path in paths])  # the two, or more where posting takes very long
    for gate in gates:
        gate.set()
    assert "Alone" in text_of(await place.chat.card(alone))
    opened = [path for path in place.site.hits if path == "/alone" or path in paths]
    assert opened.index("/alone") <= begun + 2, "it was not its turn"
    await place.captured(chat, timeout_s=300)
    messages = [message["message_id"] for message in flood]
    cards = place.rows("SELECT message_id FROM cards WHERE chat_id = ? ORDER BY message_id", chat)
    assert [number for (number,) in cards] == messages
    of_chat = "SELECT count(*) FROM card_links n JOIN cards c ON c.id = n.card_id WHERE c.chat_id = ?"
    assert place.rows(of_chat, chat) == [(len(flood),)], "each link is on one card"
    # Above ten messages within seconds the answers are shared.
    own = place.rows("SELECT count(*) FROM cards WHERE chat_id = ? AND merged_into_id IS NULL", chat)[0][0]

    async def answered() -> bool:  # a group takes 20 messages a minute, so what is above is slow
        return len(await place.answers_of_bot(chat)) >= min(own, 15)

    await until(answered, "the first cards of the flood")
    replies = [m["reply_to_message"]["message_id"] for m in await place.answers_of_bot(chat)]
    assert len(replies) == len(set(replies)), "a message was answered twice"
    waiting = place.rows("SELECT count(*) FROM outbox WHERE chat_id = ?", chat)[0][0]
    assert len(replies) + waiting >= own, "an answer is neither said nor due"


# Buttons that carry what they should not


GARBAGE = ["", "x", "d", "d:", "d:1", "d:1:1:1", "d:-1:1", "d:1e3:1", "d:１:1", "d:9999999999999999:1", "d:1:1' OR 1=1",
           "g:1:../../etc/passwd", "g:1:html\n", "g:1:", "s:", "s:-5", "s:1;drop", "p:z:1", "p:t:x", "p::", "k:t:0x1",
           "a:" + "9" * 62, RTL * 20, "\U0001f469\u200d" * 8, "\x00", "n:x" * 21]  # fmt: skip


async def test_garbage_in_a_button_is_answered_and_does_nothing(place: Place) -> None:
    card = await place.kept("Garbage", GROUP)
    before = place.rows("SELECT id, deleted_at FROM links ORDER BY id"), _counts(place)
    bob, said = _person(BOB), len(await place.answers_of_bot(GROUP))
    for data in GARBAGE:
        answer = await place.relay.press(bob, card, data)
        harmless = data.startswith("n:")  # a label that does nothing says nothing
        assert harmless or (answer["text"] and answer["show_alert"]), data
    assert before == (place.rows("SELECT id, deleted_at FROM links ORDER BY id"), _counts(place))
    assert len(await place.answers_of_bot(GROUP)) == said


async def test_buttons_do_nothing_to_other_chats(place: Place) -> None:
    """Bob knows the numbers of a link in Alice's own chat, and writes them into a button of the group."""
    secret = await place.kept("Secret of Alice", ALICE)
    card = await place.kept("Of the group", GROUP)
    link, card_id = link_of(secret), data_of(secret, "d:").split(":")[2]
    captures = place.rows("SELECT count(*) FROM captures")
    for data in (f"d:{link}:{card_id}", f"u:{link}:{card_id}", f"a:{link}:{card_id}", f"f:{link}:{card_id}",
                 f"c:{link}:{card_id}", f"g:{link}:html", f"g:{link}:screenshot", f"g:{link}:wacz",
                 f"o:allow:{CAROL}", "o:numbers:0"):  # fmt: skip
        answer = await place.relay.press(_person(BOB), card, data)
        assert (answer["text"], answer["show_alert"]) == ("This is not here, or not for you.", True), data
    # A card of another chat beside a link of this one.
    await place.relay.press(_person(ALICE), card, f"f:{link_of(card)}:{card_id}")
    assert place.rows("SELECT deleted_at FROM links WHERE id = ?", link) == [(None,)]
    assert place.rows("SELECT count(*) FROM captures") == captures
    assert not any("Secret of Alice" in text_of(m) for m in await place.answers_of_bot(GROUP))
    assert await place.chat.again(secret) == secret


async def test_strangers_and_the_removed_press_in_vain(place: Place) -> None:
    """Whoever may see a public group can press its buttons, a member or not; its archive is its members'."""
    chat = await place.group("Left", ALICE, BOB)
    card = await place.kept("Shared by Bob", chat, BOB)
    presses = (data_of(card, "d:"), data_of(card, "a:"), data_of(card, "f:"), f"g:{link_of(card)}:html",
               "s:1", "p:t:1:x", "k:t:1:x")  # fmt: skip
    captures = place.rows("SELECT count(*) FROM captures")
    start = await place.chat.api("POST", "/start", json={"as": BOB, "parameter": f"html-{link_of(card)}"})

    async def file() -> bool:
        return any("document" in m for m in await place.chat.answers(start))

    await until(file, "a member's file")
    await place.chat.api("POST", f"/chats/{chat}/members", json={"as": ALICE, "action": "remove", "user": BOB})
    said = len(await place.answers_of_bot(chat))
    for person in (_person(BOB), _person(CAROL), {"id": 4242, "is_bot": False, "first_name": "Nobody"}):
        for data in presses:
            answer = await place.relay.press(person, card, data)
            assert answer == {"text": "This is not here, or not for you.", "show_alert": True}, (person, data)
    assert place.rows("SELECT deleted_at FROM links WHERE id = ?", link_of(card)) == [(None,)]
    assert place.rows("SELECT count(*) FROM captures") == captures
    assert len(await place.answers_of_bot(chat)) == said
    again = await place.chat.api("POST", "/start", json={"as": BOB, "parameter": f"html-{link_of(card)}"})
    assert "not for you" in text_of(await place.chat.answer(again))
    assert not any("document" in m for m in await place.chat.answers(again))


async def test_buttons_of_a_deleted_link_are_over(place: Place) -> None:
    card = await place.kept("Soon gone", GROUP)
    link, card_id = link_of(card), data_of(card, "d:").split(":")[2]
    await place.chat.press(card, "Delete")

    async def deleted() -> bool:
        return "Undo" in str((await place.chat.again(card)).get("reply_markup"))

    await until(deleted, "the card to say that it is gone")
    captures = place.rows("SELECT count(*) FROM captures")
    for data in (f"a:{link}:{card_id}", f"f:{link}:{card_id}", f"c:{link}:{card_id}", f"g:{link}:html", f"s:{link}"):
        answer = await place.relay.press(_person(ALICE), card, data)
        assert answer["show_alert"], data
    assert (await place.relay.press(_person(ALICE), card, f"d:{link}:{card_id}"))["text"] != "error"
    assert place.rows("SELECT count(*) FROM captures") == captures
    for kind in ("html", "screenshot", "wacz", "text"):
        start = await place.chat.api("POST", "/start", json={"as": ALICE, "parameter": f"{kind}-{link}"})
        assert "not here" in text_of(await place.chat.answer(start))


# Deep links


async def test_deep_links_of_others_guessed_and_garbage(place: Place) -> None:
    group_card = await place.kept("Only for the circle", GROUP)
    own_card = await place.kept("Only for Alice", ALICE)
    last = place.rows("SELECT max(id) FROM links")[0][0]
    guesses = [f"html-{n}" for n in (0, 1, link_of(group_card), link_of(own_card), last + 1, 10**14)]
    garbage = ["html-", "html--1", "html-1e3", "html-１", f"html-{'9' * 60}", "../../etc/passwd",
               "claim-", "claim-' OR 1=1 --", "html-1\nhtml-2", "@admin /ban",
               "x" * 3900]  # fmt: skip
    answers = set()
    for parameter in (*guesses, *garbage):
        start = await place.chat.api("POST", "/start", json={"as": CAROL, "parameter": parameter})
        await place.chat.answer(start)
        assert not any("document" in m for m in await place.chat.answers(start)), parameter
        texts = "".join(map(text_of, await place.chat.answers(start)))
        assert "Only for" not in texts
        assert parameter not in texts
        if parameter in guesses:
            answers.add(texts)
    # What is not there, and what is not for her, cannot be told apart.
    assert answers == {"This is not here, or not for you."}


# What comes twice, and what others change


async def test_replayed_updates_change_nothing(place: Place) -> None:
    chat = await place.group("Replays", ALICE, BOB)
    url = place.site.page("/replayed", "Replayed")
    message = await place.chat.say(f"{url} #replayed", chat=chat, person=BOB)
    card = await place.chat.card(message)
    update = next(u for u in place.relay.seen if u.get("message", {}).get("message_id") == message["message_id"]
                  and u["message"]["chat"]["id"] == chat)  # fmt: skip
    asked = await place.chat.say("/tag replayed", chat=chat, person=BOB)
    listing = text_of(await place.chat.answer(asked))
    counts = _counts(place)
    await place.relay.replay(update)  # the same number
    place.relay.put(update)  # another number, the same message
    place.relay.put({"edited_message": {**update["message"], "edit_date": update["message"]["date"] + 5}})
    await place.relay.settled()
    assert _counts(place) == counts
    assert place.site.hits.count("/replayed") == 1
    assert len([m for m in await place.answers_of_bot(chat) if "Replayed" in text_of(m) and "photo" in m]) == 1
    again = await place.chat.say("/tag replayed", chat=chat, person=BOB)
    assert text_of(await place.chat.answer(again)) == listing
    # A press that comes twice deletes once, and the second is no undo.
    await place.chat.press(card, "Delete", person=BOB)
    press = next(u for u in reversed(place.relay.seen) if "callback_query" in u)
    await place.relay.replay(press)
    place.relay.put(press)
    await place.relay.settled()
    assert place.rows("SELECT count(*) FROM links WHERE id = ? AND deleted_at IS NOT NULL", link_of(card)) == [(1,)]


async def test_an_edit_by_somebody_else_takes_nothing_over(place: Place) -> None:
    chat = await place.group("Edits", ALICE, BOB)
    mine, other = place.site.page("/mine", "Mine"), place.site.page("/other", "Slipped in")
    message = await place.chat.say(mine, chat=chat, person=BOB)
    card = await place.chat.card(message)
    update = next(u for u in place.relay.seen if u.get("message", {}).get("text") == mine)
    edited = {**update["message"], "from": _person(CAROL), "text": other,
              "entities": [{"type": "url", "offset": 0, "length": len(other)}]}  # fmt: skip
    place.relay.put({"edited_message": edited})
    await place.captured(chat)
    await place.relay.settled()
    assert place.rows("SELECT count(*) FROM cards WHERE chat_id = ?", chat) == [(1,)]
    query = "SELECT first_sharer_id, deleted_at FROM links WHERE id = ?"
    assert place.rows(query, link_of(card)) == [(BOB, None)]


async def test_no_mark_of_direction_was_sent(place: Place) -> None:
    """In all that the tests above had said: the server would have hidden it."""
    assert len(place.relay.said) > 50
    sent = "\n".join(place.relay.said)
    assert "@admin" in sent
    ours = {"\u2060"}  # before what would be a mention or a command in plain words
    written = {
        mark for mark in (_TURNING | _INVISIBLE) - ours if mark in sent or json.dumps(mark)[1:-1] in sent.lower()
    }
    assert written == set()


def _person(person_id: int) -> dict[str, Any]:
    return {"id": person_id, "is_bot": False, "first_name": f"Person {person_id}", "language_code": "en"}


def _counts(place: Place) -> list[int]:
    tables = ("links", "shares", "cards", "card_links", "captures", "artifacts", "tags", "link_tags")
    return [place.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables]
