"""Replies to what stands below a card: a picture of its album, its offline page, a file that was asked for."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from storage import archive, database
from storage.models import Piece
from tests.harness import ALICE, BOB, GROUP, XIAOLIN, text_of, until
from tests.integration.bot_bench import Bench, running_bench

pytestmark = pytest.mark.asyncio(loop_scope="module")
_serial = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory, fresh_database: str) -> AsyncIterator[Bench]:
    async with running_bench(tmp_path_factory.mktemp("pieces"), on=fresh_database) as running:
        yield running


async def album(bench: Bench, chat: int = GROUP, person: int = ALICE) -> tuple[Any, list[Any], list[str]]:
    """The card of two links, their pictures below it, and their titles."""
    hosts = [f"album{next(_serial)}.example" for _ in range(2)]
    message = await bench.chat.say(" ".join(f"https://{host}/" for host in hosts), chat=chat, person=person)
    titles = [f"Of {host}" for host in hosts]
    for host, title in zip(hosts, titles, strict=True):
        await bench.captured(f"https://{host}/", title=title)

    async def look() -> Any:
        answers = await bench.chat.answers(message)
        pictures = [a for a in answers if "media_group_id" in a]
        return (answers[0], pictures) if len(pictures) == 2 else None

    card, pictures = await until(look, "the album")
    return card, pictures, titles


async def known(chat: int, message: Any) -> int:
    """The number of the link that a message of ours is about, once that is noted."""

    async def look() -> int | None:
        found = await archive.links_of_message(chat, message["message_id"])
        return found[0].number if len(found) == 1 else None

    return await until(look, "the message to be known")


async def becomes(bench: Bench, message: Any, has: str, has_not: str = "\0") -> Any:
    async def look() -> Any:
        words = text_of(await bench.chat.again(message))
        return words if has in words and has_not not in words else None

    return await until(look, f"{has!r} and not {has_not!r}")


async def shown(bench: Bench, number: int) -> str:
    asked = await bench.chat.say(f"/show {number}", chat=GROUP)
    return text_of(await bench.chat.answer(asked, f"· {number}"))


async def test_a_reply_to_a_picture_means_the_link_whose_picture_it_is(bench: Bench) -> None:
    card, pictures, titles = await album(bench)
    numbers = [await known(GROUP, picture) for picture in pictures]
    reply = {"chat": GROUP, "person": BOB, "reply_to": pictures[1]["message_id"]}
    for words in ("#second #a/b", "/note 12 good pages", "/title Called so"):
        assert await bench.chat.reaction(await bench.chat.say(words, **reply)) == "👌"
    second = await shown(bench, numbers[1])
    for words in ("#second", "#a/b", "12 good pages", "Called so"):
        assert words in second
    assert "#second" not in await shown(bench, numbers[0])
    assert await bench.chat.reaction(await bench.chat.say("-#second", **reply)) == "👌"
    assert "#second" not in await shown(bench, numbers[1])
    asked = await bench.chat.say("/show", **reply)
    assert "Called so" in text_of(await bench.chat.answer(asked, f"· {numbers[1]}"))
    deleted = await bench.chat.say("/delete", chat=GROUP, reply_to=pictures[0]["message_id"])
    assert titles[0] in text_of(await bench.chat.answer(deleted, f"Deleted {numbers[0]}"))
    assert "Called so" in await becomes(bench, card, "deleted")
    late = await bench.chat.say("/note too late", chat=GROUP, reply_to=pictures[0]["message_id"])
    assert "was deleted" in text_of(await bench.chat.answer(late))


async def test_a_page_is_captured_again_on_its_card_by_a_reply_to_its_picture(bench: Bench) -> None:
    card, pictures, titles = await album(bench)
    await known(GROUP, pictures[0])
    asked = await bench.chat.say("/recapture", chat=GROUP, person=BOB, reply_to=pictures[0]["message_id"])
    assert await bench.chat.reaction(asked) == "👌"
    await bench.captured(f"https://{titles[0][3:]}/", title="As it is now")
    assert titles[1] in await becomes(bench, card, "As it is now", titles[0])


async def photo_of(bench: Bench, message: Any) -> str:
    return str((await bench.chat.again(message))["photo"][-1]["file_unique_id"])


async def test_of_a_deleted_link_no_picture_is_to_be_seen_until_it_is_back(bench: Bench) -> None:
    card, pictures, titles = await album(bench)
    number, before = await known(GROUP, pictures[1]), await photo_of(bench, pictures[1])
    await bench.chat.say(f"/delete {number}", chat=GROUP)
    await becomes(bench, pictures[1], "deleted", titles[1])
    assert await photo_of(bench, pictures[1]) != before
    assert titles[0] in text_of(await bench.chat.again(pictures[0]))
    await bench.chat.say("/undo", chat=GROUP)
    await becomes(bench, pictures[1], titles[1], "deleted")
    assert await photo_of(bench, pictures[1]) == before
    await bench.chat.say("/title Another name", chat=GROUP, reply_to=pictures[1]["message_id"])
    await becomes(bench, pictures[1], "Another name", titles[1])
    assert await photo_of(bench, pictures[1]) == before
    await bench.chat.api("DELETE", f"/chats/{GROUP}/messages/{pictures[0]['message_id']}", json={"as": ALICE})
    first = await known(GROUP, pictures[0])
    await bench.chat.say(f"/delete {first}", chat=GROUP)
    await bench.chat.say(f"/delete {number}", chat=GROUP)
    await becomes(bench, pictures[1], "deleted", "Another name")
    assert text_of(await bench.chat.again(card)).count("deleted") == 2


async def test_a_page_captured_again_is_seen_in_its_picture(bench: Bench) -> None:
    _, pictures, titles = await album(bench)
    await known(GROUP, pictures[0])
    before = await photo_of(bench, pictures[0])
    await bench.chat.say("/recapture", chat=GROUP, person=BOB, reply_to=pictures[0]["message_id"])
    await bench.captured(f"https://{titles[0][3:]}/", title="As it is now")
    await becomes(bench, pictures[0], "As it is now", titles[0])
    assert await photo_of(bench, pictures[0]) != before


async def test_of_a_picture_that_was_never_noted_the_words_tell_whose_it_is(bench: Bench) -> None:
    @database.writing
    async def forget_pieces() -> None:
        await Piece.all().delete()

    _, pictures, _ = await album(bench)
    numbers = [await known(GROUP, picture) for picture in pictures]
    await forget_pieces()
    reply = await bench.chat.say("#byitswords", chat=GROUP, person=BOB, reply_to=pictures[1]["message_id"])
    assert await bench.chat.reaction(reply) == "👌"
    assert "#byitswords" in await shown(bench, numbers[1])
    own = await bench.chat.api(
        "POST", f"/chats/{GROUP}/messages", json={"as": BOB, "text": f"✓ Mine · {numbers[0]}", "photos": 1}
    )
    mine = own["messages"][0]
    assert mine["caption"] == f"✓ Mine · {numbers[0]}"
    await bench.chat.say("#stolen", chat=GROUP, person=BOB, reply_to=mine["message_id"])
    assert "#stolen" not in await shown(bench, numbers[0]), "the words of somebody's own picture meant a link"


async def test_a_file_in_private_stands_for_its_link(bench: Bench) -> None:
    url = f"https://page{next(_serial)}.example/"
    message = await bench.chat.say(url, chat=XIAOLIN, person=XIAOLIN)
    await bench.captured(url, title="江南")
    card = await bench.chat.card(message)

    async def documents(after: int, count: int) -> Any:
        found = [m for m in await bench.chat.messages(XIAOLIN, after) if "document" in m]
        return found if len(found) == count else None

    (page,) = await until(lambda: documents(card["message_id"], 1), "the offline page")
    await known(XIAOLIN, page)
    reply = {"chat": XIAOLIN, "person": XIAOLIN, "reply_to": page["message_id"]}
    assert await bench.chat.reaction(await bench.chat.say("#网页", **reply)) == "👌"
    await becomes(bench, card, "#网页")
    await bench.chat.press(await bench.chat.again(card), "离线网页", XIAOLIN)
    _, asked_for = await until(lambda: documents(card["message_id"], 2), "the page again")
    await known(XIAOLIN, asked_for)
    taken = await bench.chat.say("-#网页", **{**reply, "reply_to": asked_for["message_id"]})
    assert await bench.chat.reaction(taken) == "👌"
    await becomes(bench, card, "江南", "#网页")
