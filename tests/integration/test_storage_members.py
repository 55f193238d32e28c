"""Who owns the bot and whom it serves."""

from __future__ import annotations

import asyncio

import pytest

from storage import members

pytestmark = pytest.mark.usefixtures("opened")


async def test_the_first_with_the_token_owns_the_bot() -> None:
    token = await members.claim_token()
    assert token == await members.claim_token()
    assert len(token) >= 20
    assert not await members.claim("wrong", 1, "Mallory")
    assert not await members.claim("", 1, "Mallory")
    assert await members.owners() == []
    won = await asyncio.gather(*(members.claim(token, person, "P") for person in (1, 2, 3)))
    assert sum(won) == 1
    assert await members.owners() == [won.index(True) + 1]
    assert await members.claim(token, won.index(True) + 1, "P"), "the owner may open the link again"


async def test_nobody_claims_before_there_is_a_token() -> None:
    assert not await members.claim("", 1, "Mallory")


async def test_chats_are_let_in_and_out() -> None:
    assert not await members.admitted([])
    await members.admit(-5, 1001)
    await members.admit(-5, 1002)
    assert await members.admitted([7, -5])
    assert not await members.admitted([7])
    await members.withdraw(-5)
    assert not await members.admitted([-5])
