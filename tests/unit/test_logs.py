"""Log lines: one line each, without secrets."""

from __future__ import annotations

import base64
import io
import json
import logging
import sys
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from hashkeep.logs import Redactor, _Formatter, _Handler, clean, secrets_of

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


PASSWORD = "p&s wörd/+=7#'"


@given(before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_base64_hides_nothing(before: bytes, after: bytes) -> None:
    """A secret anywhere in an encoded text, as in `Authorization: Basic …`."""
    packed = base64.b64encode(before + PASSWORD.encode() + after).decode()
    cleaned = Redactor((PASSWORD,))(packed)
    assert "•••" in cleaned
    assert len(cleaned) <= len(packed) - len(PASSWORD) + 3
    assert "•••" in Redactor((PASSWORD,))(packed.replace("+", "-").replace("/", "_"))


@pytest.mark.parametrize(
    "form",
    [PASSWORD, quote(PASSWORD), quote(PASSWORD, safe=""), quote_plus(PASSWORD), repr(PASSWORD), json.dumps(PASSWORD),
     quote(quote(PASSWORD, safe=""), safe=""), quote(PASSWORD, safe="").lower()],
)  # fmt: skip
def test_other_ways_to_write_a_secret(form: str) -> None:
    cleaned = clean(f"it said <{form}>", (PASSWORD,))
    assert "rd" not in cleaned
    assert cleaned.startswith("it said <")


def test_parts_of_an_address_are_secrets_of_their_own() -> None:
    clean_it = Redactor(("http://hop-user:p%40ss%2Fword@proxy.example:3128",))
    for text in ("p@ss/word", "p%40ss%2Fword", base64.b64encode(b"hop-user:p@ss/word").decode()):
        assert "•••" in clean_it(text)
        assert text not in clean_it(text)
    assert clean_it("proxy.example:3128 does not answer") == "proxy.example:3128 does not answer"
    assert "hash-of-it" not in Redactor(("12345:hash-of-it",))("the hash-of-it")


@pytest.mark.parametrize(
    "text",
    ["https://t0ken@example.org/", "wss://example.org/a?b=t0ken", "https://example.org/#access=t0ken",
     "HTTPS://EXAMPLE.org/?a=1&b=t0ken", "GET /a/b?c=t0ken&d HTTP/1.1",
     "/bot123456789%3AAAt0kent0kent0kent0kent0kent0kent0ken/x"],
)  # fmt: skip
def test_what_addresses_carry(text: str) -> None:
    assert "t0ken" not in clean(text)


def test_secrets_are_found_in_settings_and_environment() -> None:
    class Some(BaseModel):
        token: SecretStr = SecretStr("the token")
        nothing: SecretStr | None = None
        database_url: str = "psycopg://user:dbpassword@host/db"
        plain_url: str = "https://example.org/"
        number: int = 5

    environment = {
        "AWS_SECRET_ACCESS_KEY": "bucketkey",
        "HAS_TOKEN": "1",
        "PATH": "/bin:/usr/bin",
        "A": "x://b:secr3t@c",
    }
    assert set(secrets_of(Some(), environment)) == {
        "the token", "psycopg://user:dbpassword@host/db", "bucketkey", "x://b:secr3t@c",
    }  # fmt: skip


def test_a_record_that_cannot_be_written_tells_no_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    handler = _Handler(io.StringIO())
    handler.setFormatter(_Formatter(False, ("hunter22",)))
    handler.handle(logging.LogRecord("bot", logging.INFO, __file__, 1, "%d", ("hunter22",), None))
    assert "no log line" in told.getvalue()
    assert "hunter22" not in told.getvalue()
