"""Why something was not delivered, as it is kept in the database."""

from __future__ import annotations

import pytest
from telegram.error import BadRequest, NetworkError, RetryAfter

from bot.troubles import reason

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"


@pytest.mark.parametrize(
    "error",
    [
        BadRequest(f"Not Found: /bot{TOKEN}/sendMessage"),
        NetworkError(f"Bad Gateway: {TOKEN.replace(':', '%3A')}"),
        ValueError(f"no message: {TOKEN!r}"),
    ],
)
def test_a_token_that_the_server_repeats_is_not_kept(error: Exception) -> None:
    kept = reason(error)
    assert "AAFake" not in kept
    assert "…" in kept


def test_the_rest_is_kept_as_it_is() -> None:
    assert reason(BadRequest("Message thread not found")) == "Message thread not found"
    assert reason(RetryAfter(3)).startswith("Flood control exceeded")
    assert len(reason(ValueError("x" * 5000))) == 500
