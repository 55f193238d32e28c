"""Whoever is killed, every acknowledged link is answered once, and nothing is left running."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.harness import Chat, Product, Site, alive, running_playground, running_product, text_of, until
from tests.kills import GONE_WITHIN_S

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def nothing_left(pids: dict[int, str]) -> None:
    async def look() -> bool:
        return not alive(pids)

    await until(look, f"the end of {alive(pids)}", timeout_s=GONE_WITHIN_S)


async def under_way(site: Site, path: str) -> None:
    async def look() -> bool:
        return path in site.hits

    await until(look, f"{path} to be opened")


def only(product: Product, part: str) -> int:
    """The process below the product whose command line holds the part and which is the topmost of those."""
    return min(pid for pid, command in product.tree().items() if part in command)


async def one_card_with_a_picture(chat: Chat, message: dict[str, object], title: str) -> None:
    card = await chat.card(message)
    assert title in text_of(card)
    assert "photo" in card
    cards = [a for a in await chat.answers(message) if title in text_of(a)]
    assert len(cards) == 1, "it was answered more than once"


async def test_kill_main_in_the_middle_of_a_capture(site: Site, tmp_path: Path) -> None:
    url, gate = site.page("/killed-main", "After the kill"), site.hold("/killed-main")
    async with running_playground(tmp_path / "chats") as own, running_product(own, tmp_path / "archive") as product:
        message = await own.say(f"{url} #kept")
        assert await own.reaction(message) == "👀"
        await under_way(site, "/killed-main")
        below = product.tree()
        assert any("chrom" in command for command in below.values())
        product.kill()
        await nothing_left(below)
        gate.set()
        await product.start()
        await one_card_with_a_picture(own, message, "After the kill")


PARTS = ("headless", "capture.supervisor", "capture.worker", "playwright")


async def test_kill_what_opens_pages(site: Site, tmp_path: Path) -> None:
    async with running_playground(tmp_path / "chats") as own, running_product(own, tmp_path / "archive") as product:
        for part in PARTS:
            path = f"/killed-{part}"
            url, gate = site.page(path, f"Without {part}"), site.hold(path)
            message = await own.say(url)
            await under_way(site, path)
            os.kill(only(product, part), signal.SIGKILL)
            gate.set()
            await one_card_with_a_picture(own, message, f"Without {part}")
        below = product.tree()
        assert await product.stop() == 0
        await nothing_left(below)


async def test_a_signal_ends_it_with_status_0_and_nothing_left(site: Site, tmp_path: Path) -> None:
    async with running_playground(tmp_path / "chats") as own, running_product(own, tmp_path / "archive") as product:
        for number in (signal.SIGTERM, signal.SIGINT):
            path = f"/stopped-{number.name}"
            url, gate = site.page(path, f"After {number.name}"), site.hold(path)
            message = await own.say(url)
            await under_way(site, path)
            below = product.tree()
            assert await product.stop(number) == 0
            await nothing_left(below)
            gate.set()
            await product.start()
            await one_card_with_a_picture(own, message, f"After {number.name}")


async def test_a_message_sent_while_it_was_down_is_kept(site: Site, tmp_path: Path) -> None:
    url = site.page("/while-down", "Sent while it was down")
    async with running_playground(tmp_path / "chats") as own:
        message = await own.say(url)
        async with running_product(own, tmp_path / "archive"):
            await one_card_with_a_picture(own, message, "Sent while it was down")


@pytest.mark.parametrize(
    ("method", "fault", "more"),
    [
        ("sendPhoto", "429", {"retry_after": 1}),
        ("sendPhoto", "500", {}),
        ("sendPhoto", "drop", {}),
        ("setMessageReaction", "500", {}),
        ("getUpdates", "502", {}),
    ],
)
async def test_telegrams_faults_are_waited_out(
    chat: Chat, product: Product, site: Site, method: str, fault: str, more: dict[str, object]
) -> None:
    path = f"/fault-{method}-{fault}"
    url = site.page(path, f"Through {fault}")
    await chat.fault(method, fault, 2, **more)
    message = await chat.say(url)
    await one_card_with_a_picture(chat, message, f"Through {fault}")


async def test_a_second_hashkeep_on_the_same_data_is_refused(product: Product, chat: Chat) -> None:
    second = Product(chat, product.data)
    with pytest.raises(AssertionError, match="another Hashkeep is running"):
        await second.start()
