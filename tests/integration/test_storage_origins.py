"""Where a link came from, and which others lead to the same page: shown on its card."""

from __future__ import annotations

from pathlib import Path

from storage import archive
from tests.integration.storage_factories import card, failed, good, message, run_all

SHORT, LONG = "https://sho.rt/abc", "https://example.org/a-long-article"


async def test_a_repost_shows_what_was_said_first(opened: Path) -> None:
    first = await archive.take_in(message(1, LONG, words=f"Read this on foxes {LONG} #foxes", source="Fox news"))
    await run_all()
    own = (await card(first.card_id)).links[0]
    assert (own.first_words, own.source) == ("", "Fox news"), "its own words stand above it in the chat"
    again = await archive.take_in(message(2, LONG, words=f"{LONG} seen this?"))
    shown = (await card(again.card_id)).links[0]
    assert shown.first_words == f"Read this on foxes {LONG} #foxes"
    assert shown.source == "Fox news"


async def test_a_short_link_and_its_target_know_of_each_other(opened: Path) -> None:
    short = await archive.take_in(message(1, SHORT))
    await run_all(good(final_url=LONG))
    assert (await card(short.card_id)).links[0].same_as is None
    target = await archive.take_in(message(2, LONG))
    await run_all(good(final_url=LONG))
    assert (await card(target.card_id)).links[0].same_as == 1
    assert (await card(short.card_id)).links[0].same_as == 2
    other = await archive.take_in(message(3, "https://sho.rt/second"))
    await run_all(good(final_url=LONG))
    assert (await card(other.card_id)).links[0].same_as == 1
    await archive.delete_link(1001, (await card(short.card_id)).links[0].link_id, "Alice")
    assert (await card(target.card_id)).links[0].same_as == 3


async def test_a_link_of_another_chat_is_never_named(opened: Path) -> None:
    await archive.take_in(message(1, SHORT, chat_id=-100))
    await run_all(good(final_url=LONG))
    target = await archive.take_in(message(2, LONG))
    assert (await card(target.card_id)).links[0].same_as is None


async def test_where_a_login_wall_leads_is_no_same_page(opened: Path) -> None:
    for n in (1, 2):
        await archive.take_in(message(n, f"https://example.org/members/{n}"))
        await run_all(failed("login", final_url="https://example.org/login"))
    taken = await archive.take_in(message(3, "https://example.org/login"))
    assert (await card(taken.card_id)).links[0].same_as is None
