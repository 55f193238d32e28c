"""What a capture changes when it ends, and what it never touches."""

from __future__ import annotations

import pytest

from storage import archive, captures, search
from storage.queue.engine import open_queue
from storage.urls import comparison_key
from tests.integration.storage_factories import (
    CHAT,
    LEASE_S,
    artifact,
    card,
    failed,
    good,
    message,
    run_all,
    scalar,
)

pytestmark = pytest.mark.usefixtures("opened")

A = "https://example.org/a"


async def once_more(card_id: int | None, ended: captures.EndedCapture) -> None:
    link = (await card(card_id)).links[0]
    assert await archive.recapture(CHAT, link.link_id, card_id)
    await run_all(ended)


async def test_a_good_capture_is_shown_with_its_files() -> None:
    taken = await archive.take_in(message(1, A))
    ended = good(
        "Foxes",
        artifacts=(artifact("screenshot", "1" * 64), artifact("html", "2" * 64)),
        notes=("height_cut",), lang="en", http_status=200, media_type="text/html", elapsed_s=1.5,
    )  # fmt: skip
    await run_all(ended)
    link = (await card(taken.card_id)).links[0]
    assert link.title == "Foxes"
    assert link.captures_count == 1
    capture = link.capture
    assert capture is not None
    assert capture.notes == ("height_cut",)
    assert (capture.lang, capture.http_status, capture.elapsed_s) == ("en", 200, 1.5)
    html = capture.artifact("html")
    assert html is not None
    assert html.blob.sha256 == "2" * 64
    assert capture.ended_at is not None
    assert capture.ended_at.tzinfo is not None


async def test_a_failed_capture_touches_nothing_of_an_earlier_one() -> None:
    taken = await archive.take_in(message(1, A))
    await run_all(good("Foxes", text="the good words"))
    await once_more(taken.card_id, failed("http_error", title="404 Not Found", text="gone", http_status=404))
    link = (await card(taken.card_id)).links[0]
    assert link.title == "Foxes"
    assert link.captures_count == 1
    assert link.capture is not None
    assert link.capture.verdict == "ok", "the newest good one is shown"
    assert (await search.search(CHAT, "good words")).total == 1
    assert (await search.search(CHAT, "gone")).total == 0


async def test_a_partial_capture_gives_a_title_only_while_there_is_no_good_one() -> None:
    taken = await archive.take_in(message(1, A))
    await run_all(failed("timeout", title="Half of it", text="half words", artifacts=(artifact("preview"),)))
    assert (await card(taken.card_id)).links[0].title == "Half of it"
    await once_more(taken.card_id, good("All of it", text="all words"))
    await once_more(taken.card_id, failed("timeout", title="Half again", text="half again"))
    assert (await card(taken.card_id)).links[0].title == "All of it"
    assert (await search.search(CHAT, "half")).total == 0
    assert (await search.search(CHAT, "all words")).total == 1


@pytest.mark.parametrize("verdict", ["http_error", "blocked", "login", "blank", "unreachable", "refused", "crashed"])
async def test_the_title_of_an_error_is_not_the_links(verdict: str) -> None:
    taken = await archive.take_in(message(1, A))
    await run_all(failed(verdict, title="Just a moment…"))
    link = (await card(taken.card_id)).links[0]
    assert link.title is None
    assert link.capture is not None
    assert link.capture.title == "Just a moment…"


async def test_a_card_shows_its_own_capture_while_it_runs() -> None:
    taken = await archive.take_in(message(1, A))
    await run_all(good("Foxes"))
    link = (await card(taken.card_id)).links[0]
    assert await archive.recapture(CHAT, link.link_id, taken.card_id)
    assert not await archive.recapture(CHAT, link.link_id, taken.card_id), "one is under way"
    running = (await card(taken.card_id)).links[0].capture
    assert running is not None
    assert running.state == "queued"
    outside = await archive.link(CHAT, link.link_id)
    assert outside is not None
    assert outside.capture is not None
    assert outside.capture.verdict == "ok", "lists show the good one meanwhile"


async def test_without_a_good_one_the_newest_is_shown() -> None:
    taken = await archive.take_in(message(1, A))
    await run_all(failed("unreachable", error_code="no_such_host"))
    await once_more(taken.card_id, failed("http_error", http_status=500))
    capture = (await card(taken.card_id)).links[0].capture
    assert capture is not None
    assert capture.http_status == 500


async def test_where_redirects_led_is_kept_for_comparing() -> None:
    await archive.take_in(message(1, "https://sho.rt/x"))
    await run_all(good(final_url="https://www.example.org/long?utm_source=x"))
    assert await scalar("SELECT final_key FROM links") == comparison_key("https://example.org/long")


async def test_an_overlong_answer_of_a_page_fits() -> None:
    await archive.take_in(message(1, A))
    (job,) = await open_queue(LEASE_S).take(1)
    ended = good("t" * 5000, lang="x" * 500, media_type="m" * 900, text="w" * 500_000, final_url="nonsense://")
    assert await captures.finish(job, ended)
