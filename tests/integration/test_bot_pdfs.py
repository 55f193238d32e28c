"""A PDF that is not there yet is offered, made when somebody asks, kept, and holds nobody up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import pdfs
from storage import captures
from storage.blobs import BlobsAway
from storage.captures import EndedArtifact
from storage.records import CaptureView
from tests.harness import BOB, GROUP, text_of, until
from tests.integration.bot_bench import Bench, running_bench

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Printer:
    """Makes PDFs when it may."""

    bench: Bench | None = None
    made: list[int] = field(default_factory=list)
    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)
    works: bool = True
    away: int = 0

    async def make(self, capture: CaptureView) -> bool:
        assert self.bench
        await self.may_go_on.wait()
        if self.away:
            self.away -= 1
            raise BlobsAway("connection refused")
        self.made.append(capture.capture_id)
        if self.works:
            blob = await self.bench.blob(b"%PDF-1.7 of " + str(capture.capture_id).encode())
            await captures.add_artifact(capture.capture_id, EndedArtifact("pdf", blob, "application/pdf"))
        return self.works


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Bench, Printer]]:
    printer = Printer()
    async with running_bench(tmp_path_factory.mktemp("pdfs"), printer.make) as bench:
        printer.bench = bench
        yield bench, printer


async def card_of(bench: Bench, path: str, chat: int = BOB) -> dict[str, Any]:
    url = f"https://example.org/{path}"
    message = await bench.chat.say(url, chat=chat, person=BOB)
    await bench.captured(url, path)
    return await bench.chat.card(message, 15)


async def ask_for_pdf(bench: Bench, card: dict[str, Any]) -> None:
    await bench.chat.press(card, "Files", person=BOB)

    async def offered() -> dict[str, Any] | None:
        now = await bench.chat.again(card)
        return now if "'PDF'" in str(now.get("reply_markup")) else None

    pressed = await bench.chat.press(await until(offered, "a PDF to be offered"), "PDF", person=BOB)
    assert pressed["text"] == "On its way."


async def pdf_named(bench: Bench, name: str, times: int = 1) -> list[dict[str, Any]]:
    async def look() -> list[dict[str, Any]] | None:
        documents = [m["document"] for m in await bench.chat.messages(BOB) if "document" in m]
        found = [d for d in documents if d["file_name"] == name]
        return found if len(found) >= times else None

    return await until(look, f"{times} of {name}")


async def test_a_pdf_is_made_once_and_nobody_waits_for_it(room: tuple[Bench, Printer]) -> None:
    bench, printer = room
    printer.may_go_on.clear()
    card = await card_of(bench, "printed")
    await ask_for_pdf(bench, card)
    await card_of(bench, "meanwhile")  # the chat goes on
    assert printer.made == []
    printer.may_go_on.set()
    document = (await pdf_named(bench, "printed.pdf"))[0]
    assert (await bench.chat.file(str(document["file_id"]))).startswith(b"%PDF-1.7 of ")
    await bench.chat.press(await bench.chat.again(card), "PDF", person=BOB)
    await pdf_named(bench, "printed.pdf", times=2)
    assert len(printer.made) == 1


async def test_a_member_gets_the_pdf_of_a_groups_link_in_private(room: tuple[Bench, Printer]) -> None:
    bench, printer = room
    printer.may_go_on.set()
    card = await card_of(bench, "grouped", GROUP)
    link = next(b["url"] for row in card["reply_markup"]["inline_keyboard"] for b in row if "html-" in b.get("url", ""))
    parameter = link.split("start=")[1].replace("html-", "pdf-")
    await bench.chat.api("POST", "/start", json={"as": BOB, "parameter": parameter})
    await pdf_named(bench, "grouped.pdf")


async def test_that_there_will_be_none_is_said(room: tuple[Bench, Printer]) -> None:
    bench, printer = room
    printer.may_go_on.set()
    printer.works = False
    try:
        await ask_for_pdf(bench, await card_of(bench, "unprintable"))

        async def said() -> bool:
            return any("No PDF could be made" in text_of(m) for m in await bench.chat.messages(BOB))

        await until(said, "the sentence")
    finally:
        printer.works = True


async def test_while_the_blobs_are_away_a_pdf_waits(
    room: tuple[Bench, Printer], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, printer = room
    monkeypatch.setattr(pdfs, "AWAY_PAUSE_S", 0.01)
    printer.may_go_on.set()
    printer.works, printer.away = True, pdfs.MOST_ATTEMPTS + 2
    await ask_for_pdf(bench, await card_of(bench, "waiting"))
    await pdf_named(bench, "waiting.pdf")
    assert printer.away == 0


async def test_without_printing_none_is_offered(tmp_path: Path) -> None:
    async with running_bench(tmp_path) as bench:
        card = await card_of(bench, "plain")
        await bench.chat.press(card, "Files", person=BOB)

        async def files() -> str | None:
            shown = str((await bench.chat.again(card)).get("reply_markup"))
            return shown if "Full picture" in shown else None

        assert "'PDF'" not in await until(files, "the files")
