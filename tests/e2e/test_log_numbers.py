"""A capture's whole way can be read in the log by its number: through the bot, the proxy, the worker and back."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import TOKEN, Chat, Product, Site, running_playground, running_product, text_of, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

Line = tuple[set[int], str, str]
"""The captures that it is about, its logger, its message."""

PLAIN = re.compile(r"\S+ [A-Z]+ +(?P<logger>[\w.]+)(?P<captures>(?: capture=\d+)*): (?P<message>.*)")
QUERY = "session=QuerySecret77"


def read_plain(line: str) -> Line:
    match = PLAIN.fullmatch(line)
    assert match, line
    return set(map(int, re.findall(r"\d+", match["captures"]))), match["logger"], match["message"]


def read_json(line: str) -> Line:
    told = json.loads(line)
    numbers = told.get("capture", [])
    return set(numbers if isinstance(numbers, list) else [numbers]), told["logger"], told["message"]


async def lines_of(product: Product, capture: int, read: Callable[[str], Line]) -> list[Line]:
    """Every line of the capture, once it has ended and its card has been sent after that."""

    async def look() -> list[Line] | None:
        whole = product.log.read_text().rpartition("\n")[0].splitlines()
        found = [line for line in map(read, whole) if capture in line[0]]
        words = " ".join(message for _, _, message in found)
        return found if " is in " in words.partition(": ok in ")[2] else None

    return await until(look, f"the last line of capture {capture}")


async def one_worker_dies(chat: Chat, site: Site, product: Product) -> None:
    """Two pages at once; what opens one of them is killed."""
    both = site.page("/log/two", "Second"), site.page("/log/three", "Third")
    gates = [site.hold(f"/log/{name}") for name in ("two", "three")]
    message = await chat.say(" ".join(f"{url}?{QUERY}" for url in both))

    async def opened() -> bool:
        return all(any(hit.startswith(f"/log/{name}") for hit in site.hits) for name in ("two", "three"))

    await until(opened, "both pages to be opened")
    workers = [pid for pid, words in product.tree().items() if "capture.worker" in words]
    os.kill(min(workers), signal.SIGKILL)
    for gate in gates:
        gate.set()
    await chat.card(message)


@pytest.mark.parametrize(("as_json", "read"), [("false", read_plain), ("true", read_json)])
async def test_the_way_of_a_capture_by_its_number(
    site: Site, tmp_path: Path, as_json: str, read: Callable[[str], Line]
) -> None:
    site.hits.clear()
    async with (
        running_playground(tmp_path / "chats") as chat,
        running_product(chat, tmp_path / "archive", LOG_JSON=as_json) as product,
    ):
        url = site.page("/log/one", "First", "<img src='http://10.1.2.3/pixel.png'><p>Words.</p>")
        assert "First" in text_of(await chat.card(await chat.say(f"{url}?{QUERY} #log")))
        await one_worker_dies(chat, site, product)
        way = await lines_of(product, 1, read)
        second, third = [await lines_of(product, number, read) for number in (2, 3)]
        assert await product.stop() == 0
    steps = [
        ("bot.commands", "1 links kept"),
        ("capture.jobs", "attempt 1 begins"),
        ("capture.pool_log", "below: capture.worker: worker"),
        ("capture.egress", "10.1.2.3:80 (private_address)"),
        ("capture.jobs", ": ok in "),
        ("bot.delivery", "card 1 is in"),
    ]
    for logger, words in steps:
        assert any(name == logger and words in message for _, name, message in way), (logger, words, way)
    # The last time for each: a status may have been in the chat before.
    places = [max(n for n, (_, name, said) in enumerate(way) if name == at and words in said) for at, words in steps]
    assert places == sorted(places)
    assert all(captures == {1} for captures, _, _ in way)
    # Of the two that ran side by side each has its own lines; the message and the card are both's.
    assert len([1 for lines in (second, third) if any("the worker died" in said for _, _, said in lines)]) == 1
    for number, lines in ((2, second), (3, third)):
        shared = {name for captures, name, _ in lines if captures == {2, 3}}
        assert shared == {"bot.commands", "bot.delivery"}
        assert {name for captures, name, _ in lines if captures == {number}} == {
            "capture.jobs", "capture.pool_log", "capture.egress",
        }  # fmt: skip
    log = product.log.read_text()
    assert not [word for word in (TOKEN, TOKEN.partition(":")[2], "QuerySecret77") if word in log]
