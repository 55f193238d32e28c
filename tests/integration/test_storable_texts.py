"""What pages and people send that no database takes does not keep the rest from being kept."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from storage import archive, choices, database, search
from storage.captures import EndedCapture
from storage.models import Capture, Deed, Link, Share
from tests.integration.storage_factories import CHAT, message, run_all

ODD = "a\0b \ud83e c 狐狸"
KEPT = "ab \ufffd c 狐狸"


async def test_a_message_and_a_page_full_of_them(opened: Path) -> None:
    taken = await archive.take_in(
        message(1, "https://example.org/a", words=ODD, tags=("foxes",), sender_name=ODD, chat_title=ODD, source=ODD)
    )
    assert taken.queued == 1
    odd: dict[str, Any] = {
        field.name: ODD for field in dataclasses.fields(EndedCapture) if field.type in ("str", "str | None")
    }
    assert {"title", "final_url", "description", "text"} <= set(odd)
    ended = EndedCapture(**{**odd, "verdict": "ok", "media_type": "text/html"}, metadata={ODD: [ODD]}, notes=(ODD,))
    await run_all(ended)

    share, link, capture = await Share.get(), await Link.get(), await Capture.get()
    assert (share.words, share.person_name, share.source) == (KEPT, KEPT, KEPT)
    assert (link.title, capture.title, capture.description) == (KEPT, KEPT, KEPT)
    assert (capture.metadata, capture.notes) == ({KEPT: [KEPT]}, [KEPT])
    assert (await search.search(CHAT, "狐狸")).total == 1


async def test_statements_of_our_own(opened: Path) -> None:
    await choices.choose(CHAT, "private", ODD, "en")

    @database.writing
    async def write() -> None:
        await database.execute("UPDATE archives SET title = ?", [ODD + "!"])
        await database.execute_many("UPDATE archives SET language = ? WHERE chat_id = ?", [["e\0n", CHAT]])

    await write()
    assert await database.rows("SELECT title, language FROM archives WHERE title = ?", [ODD + "!"]) == [
        {"title": KEPT + "!", "language": "en"}
    ]


async def test_json_that_is_changed(opened: Path) -> None:
    @database.writing
    async def write() -> None:
        await archive.take_in(message(1, "https://example.org/a"))
        archive_id = (await Link.get()).archive_id
        now = (await Link.get()).first_shared_at
        deed = await Deed.create(
            archive_id=archive_id, kind="rename", payload={"a": ODD}, person_name="A", done_at=now, undo_until_ms=0
        )
        await Deed.filter(id=deed.id).update(payload={"b": ODD})

    await write()
    assert (await Deed.get()).payload == {"b": KEPT}
