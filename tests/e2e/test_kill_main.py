"""The main process is killed or stopped, at any moment, under each start method: nothing is left, nothing is lost.

The whole product with the engine that has no browser: what Chromium makes of it is in test_living_and_dying.py.
"""

from __future__ import annotations

import itertools
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.harness import TOKEN, Chat, Message, Product, running_playground, until
from tests.kills import ROUNDS, Witness, named, nothing_left, tally, watching

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

METHODS = ["spawn", "forkserver", "fork"]
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]
SECRETS = {"PGPASSWORD": "secret_word", "AWS_SECRET_ACCESS_KEY": "secret_key"}


def standin(chat: Chat, data: Path, method: str) -> Product:
    product = Product(chat, data, CAPTURE_START_METHOD=method, CHROMIUM_PATH="/bin/cat", CAPTURE_WORKERS="1", **SECRETS)
    product.module = "tests.standin_product"
    return product


async def end(product: Product, number: signal.Signals, what: str, method: str) -> None:
    """Sends the signal to the main process alone; within seconds nothing of it is left."""
    below = product.tree()
    tally.count(what, method)
    if number is signal.SIGKILL:
        product.kill()
    else:
        status = await product.stop(number)
        assert status in (0, -number), f"it ended with status {status}"
    await nothing_left(below)


def no_secret(below: dict[int, str]) -> None:
    """In no environment and no command line below the main process, which holds them all."""
    for pid in below:
        with suppress(OSError):  # ended meanwhile
            told = b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline"))
            assert b"secret_" not in told, below[pid]
            assert TOKEN.encode() not in told, below[pid]


async def one_card(chat: Chat, message: Message, path: str) -> None:
    """The card, and no other answer beside it once the one that said "Keeping" has made way."""
    await chat.card(message)

    async def look() -> bool:
        answers = await chat.answers(message)
        replies = [a for a in answers if a.get("reply_to_message", {}).get("message_id") == message["message_id"]]
        return len(replies) == 1

    await until(look, f"one answer alone to {path}")


@pytest.mark.parametrize("method", METHODS)
async def test_the_end_of_main_in_the_middle_of_a_capture(tmp_path: Path, method: str) -> None:
    async with running_playground(tmp_path / "chats") as chat, watching() as witness:
        product = standin(chat, tmp_path / "archive", method)
        await product.start()
        try:
            for round_, number in itertools.product(range(ROUNDS), SIGNALS):
                path = f"/visit/{number.name}/{round_}"
                message = await chat.say(witness.url(path))
                assert await chat.reaction(message) == "👀"
                await witness.visited(path, 1)
                no_secret(product.tree())
                await end(product, number, f"main {number.name}", method)
                await product.start()
                await witness.visited(path, 2)
                witness.let_go(path)
                await one_card(chat, message, path)
                assert witness.visits[path] == 2
        finally:
            if product.process and product.process.poll() is None:
                await product.stop()


async def a_phase(product: Product, phase: str, witness: Witness) -> None:
    """Waits until the start has come so far."""

    async def look() -> bool:
        below = product.tree()
        if phase == "the trial of the machine":
            return any("process_probe" in words for words in below.values())
        if phase == "the supervisor":
            return bool(named(below, "hashkeep-super")) or any(
                "capture.supervisor" in words for words in below.values()
            )
        return any("capture.worker" in words for words in below.values()) or bool(named(below, "hashkeep-worker"))

    await until(look, phase, every_s=0.02)


@pytest.mark.parametrize("method", METHODS)
async def test_the_end_of_main_while_it_starts(tmp_path: Path, method: str) -> None:
    async with running_playground(tmp_path / "chats") as chat, watching() as witness:
        product = standin(chat, tmp_path / "archive", method)
        await product.start()
        message = await chat.say(witness.url("/visit/starting"))
        await witness.visited("/visit/starting", 1)
        await end(product, signal.SIGKILL, "main SIGKILL", method)
        phases = ["the trial of the machine", "the supervisor", "a worker"]
        for number, phase in zip(SIGNALS, phases, strict=True):
            product.begin()
            await a_phase(product, phase, witness)
            await end(product, number, "main while starting", method)
        await product.start()
        try:
            witness.let_go("/visit/starting")
            await one_card(chat, message, "/visit/starting")
        finally:
            await product.stop()
