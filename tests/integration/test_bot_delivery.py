"""What reaches the chat, whatever the server does meanwhile."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import delivery, transfer_runner
from storage import outbox, tags
from storage.blobs import BlobsAway
from tests.harness import ALICE, BOB, CAROL, FORUM, GROUP, XIAOLIN, text_of, until
from tests.integration.bot_bench import Bench, running_bench

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory, fresh_database: str) -> AsyncIterator[Bench]:
    async with running_bench(tmp_path_factory.mktemp("bot"), on=fresh_database) as running:
        yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _no_faults_left(bench: Bench) -> AsyncIterator[None]:
    yield
    await bench.chat.api("DELETE", "/faults")


async def kept(bench: Bench, path: str, title: str, chat: int = ALICE, person: int = ALICE) -> dict[str, Any]:
    """The card of a link that is sent and captured."""
    url = f"https://example.org/{path}"
    message = await bench.chat.say(f"{url} #{path.split('-')[0]}", chat=chat, person=person)
    await bench.captured(url, title)
    return await bench.chat.card(message, 15)


async def test_a_link_is_acknowledged_and_answered_once(bench: Bench) -> None:
    url = "https://example.org/first"
    message = await bench.chat.say(f"read {url} #first")
    assert await bench.chat.reaction(message) == "👀"
    await bench.captured(url, "First of all")
    card = await bench.chat.card(message, 15)
    assert text_of(card).split("\n")[0] == "First of all"

    async def page() -> Any:
        return next((a["document"] for a in await bench.chat.answers(message) if "document" in a), None)

    assert (await until(page, "the page"))["file_name"] == "First of all.html"
    assert len([a for a in await bench.chat.answers(message) if "photo" in a]) == 1


async def test_a_status_card_becomes_the_card(bench: Bench) -> None:
    url = "https://example.org/slow"
    message = await bench.chat.say(url, chat=BOB, person=BOB)
    status = await bench.chat.answer(message, "Keeping example.org", 15)
    await bench.captured(url, "Slow but sure")
    card = await bench.chat.card(message, 15)
    assert card["message_id"] == status["message_id"], "it was not edited but followed by another"
    assert "photo" in card


@pytest.mark.parametrize(
    ("method", "kind", "more"),
    [
        ("sendPhoto", "429", {"retry_after": 1}),
        ("sendPhoto", "502", {}),
        ("sendPhoto", "drop", {}),
        ("sendPhoto", "400", {"description": "Bad Request: PHOTO_INVALID_DIMENSIONS"}),
        ("sendDocument", "500", {}),
        ("getUpdates", "502", {}),
        ("setMessageReaction", "400", {"description": "Bad Request: REACTION_INVALID"}),
    ],
)
async def test_faults_are_waited_out(bench: Bench, method: str, kind: str, more: dict[str, Any]) -> None:
    await bench.chat.fault(method, kind, 1, **more)
    title = f"Through {kind} {method} {len(more)}"
    card = await kept(bench, f"fault-{method}-{kind}", title, XIAOLIN, XIAOLIN)
    assert title in text_of(card)
    if kind == "400" and method == "sendPhoto":
        assert "photo" not in card, "without its picture it is still an answer"
    again = [a for a in await bench.chat.messages(XIAOLIN) if title in text_of(a)]
    assert len(again) == 1


async def test_who_blocked_us_is_left_alone_until_they_speak(bench: Bench) -> None:
    await bench.chat.fault("sendPhoto", "blocked", 1, chat_id=CAROL)
    url = "https://example.org/blocked"
    message = await bench.chat.say(url, chat=CAROL, person=CAROL)
    await bench.captured(url, "Kept for later")

    async def refused() -> bool:
        tries = await bench.chat.requests("sendPhoto")
        return any(not r["ok"] and str(r["params"].get("chat_id")) == str(CAROL) for r in tries)

    await until(refused, "the refusal")

    async def parked() -> bool:
        return not [due for due in await outbox.due() if due.chat_id == CAROL]

    await until(parked, "the chat to be left alone", 10)
    await bench.chat.say("hello again", chat=CAROL, person=CAROL)
    assert "Kept for later" in text_of(await bench.chat.card(message, 15))


async def test_a_message_deleted_meanwhile_is_no_obstacle(bench: Bench) -> None:
    url = "https://example.org/deleted-question"
    message = await bench.chat.say(url, chat=GROUP)
    await bench.chat.reaction(message)
    await bench.chat.api("DELETE", f"/chats/{GROUP}/messages/{message['message_id']}", json={"as": ALICE})
    await bench.captured(url, "Answer to nobody")

    async def look() -> bool:
        return any("Answer to nobody" in text_of(m) for m in await bench.chat.messages(GROUP))

    await until(look, "the card")


async def test_a_card_deleted_by_people_is_sent_anew_when_there_is_news(bench: Bench) -> None:
    card = await kept(bench, "card-gone", "Card will be gone", GROUP)
    await bench.chat.press(card, "Again")
    await bench.chat.api("DELETE", f"/chats/{GROUP}/messages/{card['message_id']}", json={"as": ALICE})
    await bench.captured("https://example.org/card-gone", "The newer one")

    async def look() -> bool:
        return any("The newer one" in text_of(m) for m in await bench.chat.messages(GROUP, card["message_id"]))

    await until(look, "a new card")


async def test_a_file_is_uploaded_once(bench: Bench) -> None:
    card = await kept(bench, "once", "Only once", GROUP)
    before = len(await bench.chat.requests("sendPhoto"))
    number = re.findall(r"\d+", text_of(card).split("#")[0])[-1]
    asked = await bench.chat.say(f"/show {number}", chat=GROUP)
    shown = await bench.chat.card(asked, 15)
    assert shown["photo"][-1]["file_unique_id"] == card["photo"][-1]["file_unique_id"]
    last = (await bench.chat.requests("sendPhoto"))[before:]
    assert last[-1]["params"]["photo"] == card["photo"][-1]["file_id"]


async def test_a_file_that_telegram_forgot_is_uploaded_again(bench: Bench) -> None:
    card = await kept(bench, "forgotten", "Forgotten file", GROUP)
    number = re.findall(r"\d+", text_of(card).split("#")[0])[-1]
    wrong = "Bad Request: wrong file identifier/HTTP URL specified"
    await bench.chat.fault("sendPhoto", "400", 1, description=wrong)
    asked = await bench.chat.say(f"/show {number}", chat=GROUP)
    assert "photo" in await bench.chat.card(asked, 15)


async def test_while_the_blobs_are_away_the_card_waits_however_long_it_takes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "AWAY_PAUSE_S", 0.01)
    monkeypatch.setattr(transfer_runner, "AWAY_PAUSE_S", 0.01)
    copy_to, times = bench.blobs.copy_to, delivery.MOST_ATTEMPTS_OF_OURS + 5

    async def away(sha256: str, path: Path) -> None:
        nonlocal times
        times -= 1
        if times > 0:
            raise BlobsAway("connection refused")
        await copy_to(sha256, path)

    monkeypatch.setattr(bench.blobs, "copy_to", away)
    card = await kept(bench, "away", "Blobs away", XIAOLIN, XIAOLIN)
    assert "photo" in card
    assert times <= 0

    times = 4
    asked = await bench.chat.say("/export zip", chat=XIAOLIN, person=XIAOLIN)

    async def exported() -> Any:
        answers = await bench.chat.answers(asked)
        return next((a for a in answers if a.get("document", {}).get("file_name", "").endswith(".zip")), None)

    await until(exported, "the export")
    assert times <= 0


async def test_a_picture_damaged_on_the_disk_leaves_the_words(bench: Bench) -> None:
    card = await kept(bench, "damaged", "Damaged picture", BOB, BOB)
    number = int(re.findall(r"\d+", text_of(card).split("#")[0])[-1])
    found = await tags.links_with_tags(BOB, ["damaged"])
    link = next(row for row in found.rows if row.number == number)
    preview = link.capture.artifact("preview") if link.capture else None
    assert preview is not None
    await outbox.forget_file_id(preview.blob.sha256, "photo")
    for path in bench.data.rglob(preview.blob.sha256):
        path.write_bytes(b"not what it was")
    asked = await bench.chat.say(f"/show {number}", chat=BOB, person=BOB)
    shown = await bench.chat.answer(asked, "Damaged picture", 15)
    assert "photo" not in shown


async def test_several_links_are_a_list_and_an_album(bench: Bench) -> None:
    urls = [f"https://example.org/album{n}" for n in range(3)]
    message = await bench.chat.say(" ".join([*urls, "https://dead.example/"]), chat=FORUM, thread_id=await topic(bench))
    for n, url in enumerate(urls):
        await bench.captured(url, f"Album {n}")
    await bench.failed("https://dead.example/", "unreachable", "no_such_host")

    async def look() -> Any:
        answers = await bench.chat.answers(message)
        return answers if sum("photo" in a for a in answers) == 3 else None

    answers = await until(look, "the album")
    assert len([a for a in answers if "photo" not in a]) == 1
    assert {a["message_thread_id"] for a in answers} == {await topic(bench)}
    assert "dead.example: no such host" in text_of(answers[0])


async def topic(bench: Bench) -> int:
    state = await bench.chat.api("GET", "/state")
    return next(
        int(t["id"]) for chat in state["chats"] if chat["id"] == FORUM for t in chat["topics"] if int(t["id"]) != 1
    )


async def test_a_link_deleted_loses_its_picture_and_gets_it_back(bench: Bench) -> None:
    card = await kept(bench, "delete", "To be deleted", GROUP)
    picture = card["photo"][-1]["file_unique_id"]
    await bench.chat.press(card, "Delete")

    async def deleted() -> Any:
        now = await bench.chat.again(card)
        return now if text_of(now) == "Deleted by Alice." else None

    gone = await until(deleted, "the card to be empty")
    assert gone["photo"][-1]["file_unique_id"] != picture
    await bench.chat.press(gone, "Undo")

    async def back() -> Any:
        now = await bench.chat.again(card)
        return now if "To be deleted" in text_of(now) else None

    assert (await until(back, "the card to be back"))["photo"][-1]["file_unique_id"] == picture


async def test_files_open_in_place(bench: Bench) -> None:
    card = await kept(bench, "files", "With files", BOB, BOB)
    await bench.chat.press(card, "Files", person=BOB)

    async def opened() -> Any:
        now = await bench.chat.again(card)
        return now if "Full picture" in str(now["reply_markup"]) else None

    menu = await until(opened, "the files")
    await bench.chat.press(menu, "Full picture", person=BOB)

    async def picture() -> bool:
        after = await bench.chat.messages(BOB, card["message_id"])
        return any(m.get("document", {}).get("file_name") == "With files.jpg" for m in after)

    await until(picture, "the picture as a file")
    await bench.chat.press(menu, "Back", person=BOB)

    async def closed() -> bool:
        return "Delete" in str((await bench.chat.again(card))["reply_markup"])

    await until(closed, "the card's own buttons")


async def test_what_was_due_when_it_stopped_is_sent_at_the_next_start(bench: Bench) -> None:
    await bench.chat.fault("sendPhoto", "500", 50)
    url = "https://example.org/restart"
    message = await bench.chat.say(url, chat=GROUP)
    await bench.captured(url, "After the restart")

    async def refused() -> bool:
        return any(not r["ok"] for r in await bench.chat.requests("sendPhoto"))

    await until(refused, "a try")
    await bench.end()
    await bench.chat.api("DELETE", "/faults")
    await bench.start()
    assert "After the restart" in text_of(await bench.chat.card(message, 15))


async def test_a_long_query_pages_by_the_command_it_answers(bench: Bench) -> None:
    urls = [f"https://example.org/long{n}" for n in range(11)]
    await bench.chat.say(" ".join(urls), chat=BOB, person=BOB)
    for url in urls:
        await bench.captured(url, f"Very long query words that do not fit into a button {url[-2:]}")
    words = "very long query words that do not fit into a button long very words"
    asked = await bench.chat.say(f"/search {words}", chat=BOB, person=BOB)
    listing = await bench.chat.answer(asked, "11 links")
    await bench.chat.press(listing, "›", person=BOB)

    async def turned() -> bool:
        return "2/2" in str((await bench.chat.again(listing))["reply_markup"])

    await until(turned, "the second page")
    path = f"/chats/{BOB}/messages/{asked['message_id']}"
    await bench.chat.api("PATCH", path, json={"as": BOB, "text": "/search (context"})
    alert = await bench.chat.press(await bench.chat.again(listing), "2/2", person=BOB)
    assert alert["show_alert"] is True, "the command is another since, and mistaken"
    assert "closing bracket" in alert["text"]
