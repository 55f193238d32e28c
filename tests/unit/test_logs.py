"""Log lines: one line each, without secrets."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashkeep.logs import _Formatter, clean

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"


def record(message: str) -> logging.LogRecord:
    return logging.LogRecord("bot", logging.INFO, __file__, 1, message, None, None)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"POST https://api.telegram.org/bot{TOKEN}/getMe", TOKEN),
        ("proxy socks5://user:pass@10.0.0.1:1080 failed", "pass"),
        ("opening https://example.org/a?session=abc", "session=abc"),
        ("password is hunter2", "hunter2"),
    ],
)
def test_secrets_do_not_reach_the_log(text: str, secret: str) -> None:
    assert secret not in clean(text, ("hunter2",))


@given(st.text())
def test_a_record_is_one_line(text: str) -> None:
    assert len(_Formatter(False, ()).format(record(text)).splitlines()) == 1
    line = _Formatter(True, ()).format(record(text))
    assert len(line.split("\n")) == 1
    assert "message" in json.loads(line)
