"""What /metrics says of a running product, after pages, refusals, failed deliveries and dead processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.harness import ALICE, Chat, Product, Site, running_playground, running_product, until
from tests.ports import free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Figures:
    """One look at /metrics."""

    def __init__(self, text: str) -> None:
        families = text_string_to_metric_families(text)
        self._values = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        return self._values.get((f"hashkeep_{name}", tuple(sorted(labels.items()))), 0.0)


async def figures(web: httpx.AsyncClient) -> Figures:
    answer = await web.get("/metrics")
    assert answer.status_code == 200
    return Figures(answer.text)


async def killed(chat: Chat, site: Site, product: Product, who: str, path: str) -> None:
    """A capture in whose middle a process below is killed; it is kept all the same."""
    url, gate = site.page(path, "Killed"), site.hold(path)
    message = await chat.say(url)

    async def opened() -> bool:
        return any(hit.startswith(path) for hit in site.hits)

    await until(opened, "the page to be opened")
    os.kill(min(pid for pid, words in product.tree().items() if who in words), signal.SIGKILL)
    gate.set()
    await chat.card(message)


async def test_the_figures_follow_what_happens(site: Site, tmp_path: Path) -> None:
    port = free_port()
    async with (
        running_playground(tmp_path / "chats") as chat,
        running_product(chat, tmp_path / "archive", LISTEN=f"127.0.0.1:{port}") as product,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as web,
    ):
        new = await figures(web)
        assert new("queue_waiting") == new("queue_oldest_seconds") == new("links") == new("captures_total") == 0
        url = site.page("/figures/one", "One", "<img src='http://10.1.2.3/pixel.png'><p>Words.</p>")
        await chat.fault("sendMessage", "500", 1, chat_id=ALICE)
        await chat.fault("sendPhoto", "500", 1, chat_id=ALICE)
        await chat.card(await chat.say(f"{url} http://10.0.0.1/router"))
        await killed(chat, site, product, "capture.worker", "/figures/two")
        await killed(chat, site, product, "capture.supervisor", "/figures/three")
        await chat.card(await chat.say(site.page("/figures/gone", "Gone", status=404)))

        async def counted() -> Figures | None:
            now = await figures(web)
            return now if now("captures_total", verdict="http_error") else None

        now = await until(counted, "the last capture to be counted")
        gate = site.hold("/figures/slow")
        await chat.say(site.page("/figures/slow", "Slow"))

        async def running() -> bool:
            return (await figures(web))("queue_running") == 1

        await until(running, "a capture under way to be counted")
        gate.set()
        assert await product.stop() == 0
    assert now("captures_total", verdict="ok") == 3
    assert now("capture_seconds_count") == 4
    assert now("capture_step_seconds_count", step="screenshot") >= 3
    assert now("capture_bytes_down_total") > 500
    assert now("capture_bytes_kept_total") > now("capture_bytes_down_total")
    assert now("kept_bytes") > 0
    assert now("capture_requests_refused_total") >= 1
    assert now("links_refused_total", why="private_address") == 1
    assert now("deliveries_total", kind="card") >= 3  # the last one is counted a moment after it is seen
    assert now("delivery_errors_total", why="network") >= 1
    assert now("worker_deaths_total", reason="killed") == 1
    assert now("worker_deaths_total", reason="supervisor") == 1
    assert now("supervisor_restarts_total") == 1
    assert now("memory_bytes", part="main") > 10_000_000
    assert now("memory_bytes", part="below") > 10_000_000
    assert now("processes") > 3
    assert now("free_bytes") > 0
    assert now("links") == 4
    assert now("archives") == 1
