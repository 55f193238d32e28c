"""A group takes its archive with it, and starts with its past: exports and imports in the chat, and beside it."""

from __future__ import annotations

import asyncio
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.harness import (
    ALICE,
    BOB,
    FORUM,
    GROUP,
    ROOT,
    XIAOLIN,
    Chat,
    Message,
    Product,
    Site,
    environment,
    running_playground,
    running_product,
    text_of,
    until,
)

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("product")]


async def send_file(chat: Chat, name: str, body: bytes, to: int = ALICE, person: int = ALICE, **fields: str) -> Message:
    """Somebody sends a document."""
    sent = await chat.api(
        "POST",
        f"/chats/{to}/messages",
        data={"as": str(person), "as_files": "1", **fields},
        files={"file": (name, body)},
    )
    message: Message = sent["messages"][0]
    return message


async def documents_after(chat: Chat, message: Message, count: int = 1) -> list[tuple[str, bytes]]:
    """The files that the bot sent since the message."""

    async def look() -> list[Message] | None:
        found = [m for m in await chat.answers(message) if "document" in m]
        return found if len(found) >= count else None

    found = await until(look, f"{count} files")
    return [(str(m["document"]["file_name"]), await chat.file(m["document"]["file_id"])) for m in found]


async def says(chat: Chat, message: Message, words: str) -> Message:
    """A message of the bot that has come to say this; it may have said something else before."""

    async def look() -> Message | None:
        now = await chat.again(message)
        return now if words in text_of(now) else None

    return await until(look, f"{words!r} in {text_of(message)!r}")


async def import_file(chat: Chat, message: Message, yes: str = "Import", person: int = ALICE) -> Message:
    """Waits for the question, says yes, and gives the bot's message when all is imported."""
    question = await until(lambda: asked(chat, message, yes), "the question")
    await chat.press(question, yes, person)
    return question


async def asked(chat: Chat, message: Message, yes: str) -> Message | None:
    return next((a for a in await chat.answers(message) if yes in str(a.get("reply_markup", ""))), None)


def links_in(name: str, body: bytes) -> list[dict[str, Any]]:
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            body = package.read("hashkeep.json")
    return list(json.loads(body)["links"])


def hashkeep(product: Product, *arguments: str) -> str:
    """The command line beside the running bot."""
    done = subprocess.run(
        [sys.executable, "-m", "hashkeep", *arguments],
        capture_output=True, text=True, timeout=90, cwd=ROOT,
        env=environment(**product.kept_in, EGRESS_ALLOW="127.0.0.1"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def lasting(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What another chat keeps of links: all but the ids of messages, which mean nothing there."""
    shares = ("who", "who_id", "when", "words", "source")
    return [
        {**link, "shares": [{name: share.get(name) for name in shares} for share in link["shares"]]} for link in links
    ]


@pytest.mark.parametrize("form", ["json", "zip"])
async def test_a_round_trip_through_the_chat_loses_nothing(chat: Chat, site: Site, form: str, product: Product) -> None:
    """From the group's archive to Bob's own chat, by messages alone; and out of that by the command line."""
    url = site.page(f"/trip-{form}", "Foxes, to be taken along")
    await chat.card(await chat.say(f"take {url} #狐狸 #trip", chat=GROUP, person=BOB))
    command = await chat.say(f"/export {form}", chat=GROUP, person=ALICE)
    ((name, body),) = await documents_after(chat, command)
    assert name.endswith(f".{form}")
    before = links_in(name, body)
    (link,) = [each for each in before if each["url"] == url]
    assert (link["title"], link["tags"]) == ("Foxes, to be taken along", ["狐狸", "trip"])
    assert (link["shares"][0]["who"], link["captures"][0]["verdict"]) == ("Bob", "ok")
    sent = await send_file(chat, name, body, to=BOB, person=BOB, caption="/import")
    question = await import_file(chat, sent, person=BOB)
    assert f"{len(before)} link" in text_of(question)
    await says(chat, question, "imported")
    out = product.data.parent / f"trip.{form}"
    hashkeep(product, "export", "--chat", str(BOB), "--format", form, "--out", str(out))
    after = {each["url"]: each for each in lasting(links_in(out.name, out.read_bytes()))}
    for each in lasting(before):
        kept = after[each["url"]]
        assert [capture for capture in kept["captures"] if capture in each["captures"]] == each["captures"]
        assert all(share in kept["shares"] for share in each["shares"])
        assert {**kept, "captures": 0, "shares": 0, "number": 0, "tags": sorted(kept["tags"])} == {
            **each, "captures": 0, "shares": 0, "number": 0, "tags": sorted(each["tags"])
        }  # fmt: skip
    if form == "zip":
        with zipfile.ZipFile(out) as package:
            files = {info.filename.split("/")[-1].split(".")[0] for info in package.infolist()}
        assert {artifact["sha256"] for artifact in link["captures"][0]["artifacts"]} <= files


async def test_members_get_what_they_shared_and_admins_all(chat: Chat, site: Site) -> None:
    for person in (ALICE, XIAOLIN):
        await chat.card(await chat.say(site.page(f"/of-{person}", "Whose?"), chat=GROUP, person=person))
    offered = await chat.say("/export", chat=GROUP, person=XIAOLIN)
    buttons = await chat.answer(offered, "that you shared here")
    await chat.press(buttons, "CSV", XIAOLIN)
    ((name, body),) = await documents_after(chat, offered)
    table = body.decode("utf-8-sig")
    assert name.endswith(".csv")
    assert f"/of-{XIAOLIN}" in table
    assert f"/of-{ALICE}" not in table
    everything = await chat.say("/export bookmarks", chat=GROUP, person=ALICE)
    ((name, body),) = await documents_after(chat, everything)
    assert name.endswith(".html")
    assert {f"/of-{person}" in body.decode() for person in (ALICE, XIAOLIN)} == {True}


async def test_only_admins_import_into_a_group(chat: Chat) -> None:
    sent = await send_file(chat, "links.txt", b"https://example.org/", to=GROUP, person=BOB, caption="/import")
    refusal = await chat.answer(sent)
    assert "reply_markup" not in refusal
    own = await send_file(chat, "links.txt", b"https://example.org/import-1", to=GROUP, person=ALICE)
    command = await chat.say("/import", chat=GROUP, person=ALICE, reply_to=own["message_id"])
    question = await until(lambda: asked(chat, command, "Import"), "the question")
    seen = await chat.press(question, "Import", BOB)
    assert seen["show_alert"]
    await chat.press(question, "Cancel", ALICE)
    await says(chat, question, "Not imported.")
    assert (
        (await chat.press(question, "Import", ALICE))["show_alert"]
        if "reply_markup" in await chat.again(question)
        else True
    )


async def test_a_button_of_another_chat_does_nothing(chat: Chat) -> None:
    sent = await send_file(chat, "list.txt", b"https://example.invalid/mine")
    question = await until(lambda: asked(chat, sent, "Import"), "the question")
    data = question["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    own = await chat.answer(await chat.say("/tags", chat=BOB, person=BOB))
    for what in (data, data.replace("yes", "stop"), data.replace("yes", "no"), "x:yes:999999", "x:export:../x"):
        path = f"/chats/{BOB}/messages/{own['message_id']}/press"
        seen = await chat.api("POST", path, json={"as": BOB, "data": what, "forged": True})
        assert seen["show_alert"], what
    assert "Import" in str((await chat.again(question))["reply_markup"]), "it waits as before"
    await chat.press(question, "Cancel")


async def test_a_group_starts_with_its_past(chat: Chat, product: Product) -> None:
    """中文 throughout: whoever asks in Chinese is answered so."""
    text = [{"type": "link", "text": "http://10.9.8.7/"}, {"type": "link", "text": "https://old.example.invalid/a"}]
    messages = [
        {"id": 5, "type": "message", "date_unixtime": "1500000000", "from": "老王", "from_id": "user99",
         "text": ["看 ", *text, " ", {"type": "hashtag", "text": "#往事"}]},
        {"id": 6, "type": "service", "action": "pin_message", "text": ""},
    ]  # fmt: skip
    data = {"name": "Foxes", "type": "private_supergroup", "id": 77, "messages": messages}
    sent = await send_file(chat, "result.json", json.dumps(data).encode(), to=XIAOLIN, person=XIAOLIN)
    first = question = await import_file(chat, sent, "导入", XIAOLIN)
    assert "1 个链接" in text_of(question)
    assert "1 个标签" in text_of(question)
    assert "2017" in text_of(question)
    assert "1 条" in text_of(question), "the private address is counted, not kept"
    await says(chat, question, "已导入")
    found = await chat.answer(await chat.say("/tag 往事", chat=XIAOLIN, person=XIAOLIN), "old.example.invalid")
    assert "1 个链接" in text_of(found)
    again = await send_file(chat, "other-name.bin", json.dumps(data).encode(), to=XIAOLIN, person=XIAOLIN)
    question = await import_file(chat, again, "导入", XIAOLIN)
    assert "都已经有了" in text_of(question)
    links = json.loads(await _exported(product, XIAOLIN))["links"]
    (link,) = [each for each in links if "old.example" in each["url"]]
    assert link["shares"] == [
        {"who": "老王", "who_id": 99, "when": "2017-07-14T02:40:00Z", "message_id": link["shares"][0]["message_id"],
         "words": "看 http://10.9.8.7/https://old.example.invalid/a #往事"}
    ]  # fmt: skip
    await chat.press(await chat.again(first), "撤销", XIAOLIN)
    await says(chat, first, "已撤销")
    nothing = await chat.answer(await chat.say("/tag 往事", chat=XIAOLIN, person=XIAOLIN), "往事")
    assert "没有" in text_of(nothing)


async def _exported(product: Product, chat_id: int) -> str:
    out = product.data.parent / f"{chat_id}.json"
    await asyncio.to_thread(hashkeep, product, "export", "--chat", str(chat_id), "--out", str(out))
    return out.read_text()


@pytest.mark.parametrize(
    ("name", "body", "says_so"),
    [
        ("words.txt", b"just words", "No links can be read from"),
        ("empty.json", b'{"format": "hashkeep", "format_version": 1, "links": []}', "no links that can be kept"),
        ("cut.json", b'{"links": [{"url": "https://e.org"', "damaged"),
        ("new.json", b'{"format": "hashkeep", "format_version": 9, "links": []}', "newer Hashkeep"),
        (
            "account.json",
            b'{"chats": {"list": [{"name": "A", "type": "x", "id": 1, "messages": []}]}}',
            "several chats",
        ),
    ],
)
async def test_what_cannot_be_read_is_answered_in_words(chat: Chat, name: str, body: bytes, says_so: str) -> None:
    await chat.answer(await send_file(chat, name, body), says_so)


async def test_beside_the_running_bot_links_come_in_by_the_command_line(
    chat: Chat, site: Site, product: Product
) -> None:
    source = product.data.parent / "list.txt"
    source.write_text(site.page("/beside", "Brought in beside the bot"))
    said = hashkeep(product, "import", str(source), "--chat", str(FORUM), "--no-capture")
    assert said == "1 link new, 0 there already.\n"
    number = json.loads(await _exported(product, FORUM))["links"][-1]["number"]
    card = await chat.answer(await chat.say(f"/show {number}", chat=FORUM, person=ALICE), "127.0.0.1")
    assert "Brought in" not in text_of(card), "nothing was captured"


async def test_an_import_survives_a_kill_and_repeats_nothing(tmp_path: Path) -> None:
    async with running_playground(tmp_path / "chats") as chat, running_product(chat, tmp_path / "archive") as product:
        body = "\n".join(f"https://{n}.example.invalid/" for n in range(600)).encode()
        sent = await send_file(chat, "list.txt", body)
        question = await import_file(chat, sent)
        await says(chat, question, "Importing")
        product.kill()
        await product.start()
        await says(chat, question, "600 links imported")
        links = json.loads(await _exported(product, ALICE))["links"]
        assert [link["number"] for link in links] == list(range(1, 601))
        assert len([a for a in await chat.answers(sent) if "text" in a]) == 1, "one message tells all of it"


async def test_an_import_can_be_stopped(chat: Chat) -> None:
    body = "\n".join(f"https://{n}.stopped.example.invalid/" for n in range(20_000)).encode()
    question = await import_file(chat, await send_file(chat, "list.txt", body))

    async def under_way() -> Message | None:
        now = await chat.again(question)
        return now if re.match("Importing … [1-9]", text_of(now)) else None

    await chat.press(await until(under_way, "some of it to be imported"), "Stop")
    ended = await says(chat, question, "Stopped after")
    assert re.match("Stopped after [1-9][0-9]* of 20000", text_of(ended))
    assert "Undo" in str(ended["reply_markup"])
    assert "Stop" not in str(ended["reply_markup"])


async def test_a_readers_own_copy_becomes_a_capture_of_the_link(chat: Chat, site: Site) -> None:
    url = site.page("/wall", "Please log in", "<form><input type=password></form>", status=403)
    card = await chat.card(await chat.say(url, chat=GROUP, person=BOB))
    page = "<!DOCTYPE html><title>What is behind the wall</title><h1>Behind</h1><p>狐狸 live here.<script>x()</script>"
    sent = await send_file(
        chat, "saved.html", page.encode(), to=GROUP, person=XIAOLIN, reply_to=str(card["message_id"])
    )
    assert await chat.reaction(sent, timeout_s=45) == "👌"
    shown = await says(chat, card, "A copy from")
    assert "What is behind the wall" in text_of(shown)
    assert shown["photo"]
    found = await chat.answer(await chat.say("/search 狐狸 live", chat=GROUP, person=ALICE), "What is behind the wall")
    assert "1 link" in text_of(found)


async def test_a_copy_can_come_with_its_link_and_a_wrong_file_is_answered(chat: Chat, site: Site) -> None:
    url = site.page("/gone", "Not found", status=410)
    picture = io.BytesIO()
    Image.new("RGB", (900, 600), (0, 120, 0)).save(picture, "PNG")
    sent = await send_file(chat, "page.png", picture.getvalue(), caption=url)
    card = await chat.card(sent)
    await says(chat, card, "A copy from Alice")
    answer = await chat.answer(await chat.say("/tags"))
    alone = await send_file(chat, "list.txt", b"https://e.invalid/", reply_to=str(answer["message_id"]))
    assert await until(lambda: asked(chat, alone, "Import"), "the question"), "in answer to anything else it is a file"
    wrong = await send_file(chat, "page.docx", b"PK\x03\x04 no page", reply_to=str(card["message_id"]))
    await chat.answer(wrong, "neither an HTML page nor a PDF")
