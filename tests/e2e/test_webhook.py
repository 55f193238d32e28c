"""Updates that are delivered instead of fetched, and what a supervisor asks."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from tests.harness import TOKEN, Chat, Product, Site, running_playground, running_product, text_of, until

pytestmark = pytest.mark.asyncio(loop_scope="session")
SECRET = "a-secret-of-the-webhook-0123456789"
PROOF = "X-Telegram-Bot-Api-Secret-Token"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def webhook(port: int) -> dict[str, str]:
    address = f"127.0.0.1:{port}"
    return {"LISTEN": address, "WEBHOOK_URL": f"http://{address}/telegram", "WEBHOOK_SECRET": SECRET}


async def kept(chat: Chat, site: Site, name: str) -> None:
    card = await chat.card(await chat.say(f"{site.page(f'/webhook/{name}', f'By {name}')} #webhook"))
    assert f"By {name}" in text_of(card)


async def test_messages_are_delivered_and_strangers_turned_away(site: Site, tmp_path: Path) -> None:
    port = free_port()
    async with (
        running_playground(tmp_path / "chats") as chat,
        running_product(chat, tmp_path / "archive", **webhook(port)) as product,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as web,
    ):
        await kept(chat, site, "delivery")
        assert (await web.get("/healthz")).text == "ok\n"
        ready = await web.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"database": True, "queue": True, "files": True})

        async def counted() -> list[str] | None:  # a delivery is a moment after it is seen
            figures = (await web.get("/metrics")).text.splitlines()
            return figures if any(f.startswith('hashkeep_deliveries_total{kind="card"}') for f in figures) else None

        figures = await until(counted, "the card to be counted")
        for line in (
            'hashkeep_captures_total{verdict="ok"} 1.0', "hashkeep_links 1.0", "hashkeep_queue_waiting 0.0",
            'hashkeep_updates_total{kind="message"} 1.0', 'hashkeep_capture_step_seconds_count{step="screenshot"} 1.0',
        ):  # fmt: skip
            assert line in figures
        assert any(line.startswith('hashkeep_memory_bytes{part="below"} ') for line in figures)
        update = {"update_id": 1, "message": {"message_id": 1, "date": 0, "chat": {"id": 5, "type": "private"}}}
        for headers in ({}, {PROOF: "wrong"}, {PROOF: "ü".encode()}):
            assert (await web.post("/telegram", json=update, headers=headers)).status_code == 401
        right = {PROOF: SECRET}
        assert (await web.post("/telegram", content=b"{", headers=right)).status_code == 400
        assert (await web.post("/telegram", content=b"[1]", headers=right)).status_code == 400
        assert (await web.post("/telegram", content=b" " * 1_000_001, headers=right)).status_code == 413
        assert (await web.get("/telegram")).status_code == 405
        assert (await web.post("/elsewhere", json=update, headers=right)).status_code == 404
        assert await product.stop() == 0


async def test_from_polling_to_a_webhook_and_back(site: Site, tmp_path: Path) -> None:
    data, port = tmp_path / "archive", free_port()
    async with running_playground(tmp_path / "chats") as chat:
        for settings in ({}, webhook(port), {}):
            waiting = await chat.say(f"{site.page(f'/webhook/while-away-{len(settings)}', 'While it was away')} #kept")
            async with running_product(chat, data, **settings):
                await chat.card(waiting)
                await kept(chat, site, "polling" if not settings else "webhook")


async def test_a_webhook_that_a_poller_took_away_is_set_again(site: Site, tmp_path: Path) -> None:
    port = free_port()
    async with (
        running_playground(tmp_path / "chats") as chat,
        running_product(chat, tmp_path / "archive", module="tests.quick_product", **webhook(port)) as product,
    ):
        await kept(chat, site, "before")
        async with httpx.AsyncClient(base_url=chat.address) as telegram:
            assert (await telegram.post(f"/bot{TOKEN}/deleteWebhook")).json()["ok"], "as one who polls does it"
        await kept(chat, site, "after")
        assert "told WEBHOOK_URL again" in product.log.read_text()


async def test_an_update_that_could_not_be_kept_is_brought_again(site: Site, tmp_path: Path) -> None:
    data, port = tmp_path / "archive", free_port()
    async with running_playground(tmp_path / "chats") as chat:
        product = Product(chat, data, **webhook(port))
        await product.start()
        await kept(chat, site, "the-first")
        product.kill()
        lost = await chat.say(f"{site.page('/webhook/again', 'Brought again')} #webhook")
        await product.start()
        try:
            assert "Brought again" in text_of(await chat.card(lost))
            answers = [m for m in await chat.answers(lost) if "Brought again" in text_of(m)]
            assert len(answers) == 1
        finally:
            await product.stop()


async def test_figures_on_an_address_of_their_own(tmp_path: Path) -> None:
    port, apart = free_port(), free_port()
    settings = {"LISTEN": f"127.0.0.1:{port}", "METRICS_LISTEN": f"127.0.0.1:{apart}"}
    async with (
        running_playground(tmp_path / "chats") as chat,
        running_product(chat, tmp_path / "archive", **settings),
        httpx.AsyncClient() as web,
    ):
        assert (await web.get(f"http://127.0.0.1:{port}/metrics")).status_code == 404
        assert "hashkeep_archives 0.0" in (await web.get(f"http://127.0.0.1:{apart}/metrics")).text
        assert (await web.get(f"http://127.0.0.1:{apart}/healthz")).status_code == 404


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"WEBHOOK_URL": "https://bot.example.org/t"}, ("LISTEN", "WEBHOOK_SECRET")),
        ({"LISTEN": "8080"}, ("LISTEN", "127.0.0.1:8080")),
        ({"WEBHOOK_SECRET": "short"}, ("WEBHOOK_SECRET", "16 to 256")),
        ({"LISTEN": "203.0.113.7:8080"}, ("LISTEN", "cannot be listened on")),
    ],
)
async def test_wrong_settings_stop_the_start(tmp_path: Path, settings: dict[str, str], says: tuple[str, ...]) -> None:
    async with running_playground(tmp_path / "chats") as chat:
        product = Product(chat, tmp_path / "archive", **settings)
        product.begin()
        assert product.process
        assert product.process.wait(30) == 2
        if product.process.stdout:
            product.process.stdout.close()
        said = product.log.read_text()
        assert all(word in said for word in says), said
        assert "Traceback" not in said
