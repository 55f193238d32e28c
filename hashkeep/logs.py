"""Logging: one line a record, as text or JSON, without secrets, whatever form they come in."""

from __future__ import annotations

import base64
import html
import json
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import quote, quote_plus, unquote, urlsplit

from pydantic import BaseModel, SecretStr

from capture.log_numbers import concerned

NOISY = (
    "aiosqlite", "asyncio", "hpack", "htmldate", "httpcore", "httpx", "multipart", "PIL", "procrastinate",
    "psycopg", "python_multipart", "telegram", "tortoise", "trafilatura", "uvicorn.access", "websockets",
)  # fmt: skip
"""Libraries that log addresses, queries or whole messages: kept to warnings at every level."""

_HIDDEN = "•••"
_TOKEN = re.compile(r"\d{3,20}(?::|%3A)[A-Za-z0-9_-]{30,}", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s@?#]+@", re.IGNORECASE)
_QUERY = re.compile(r"(?P<url>(?:https?|wss?)://[^\s?#'\"]+)[?#][^\s'\"]*", re.IGNORECASE)
_FIELDS = re.compile(r"(?<=\S)\?[\w.~%\[\]-]{1,64}=[^\s'\"]*")
"""The query of an address that lacks its beginning."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|ACCESS_?KEY|CREDENTIAL", re.IGNORECASE)
_MIN_FROM_ENVIRONMENT = 8
"""Shorter values of the environment are flags and numbers, and would hide ordinary words."""

_MIN_PART = 4
"""Parts of a secret (a user's name in an address) are hidden from this length on."""


def secrets_of(settings: BaseModel, environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Every secret that the settings or the environment (keys of a bucket, a database's password) hold."""
    found = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            found.append(value.get_secret_value())
        elif isinstance(value, str) and _password_of(value):
            found.append(value)
    for name, text in environment.items():
        if (_SECRET_NAME.search(name) and len(text) >= _MIN_FROM_ENVIRONMENT) or _password_of(text):
            found.append(text)
    return tuple(dict.fromkeys(filter(None, found)))


def _password_of(text: str) -> str:
    """The password in an address; empty when it is none, or has none."""
    try:
        return urlsplit(text).password or "" if "://" in text else ""
    except ValueError:
        return ""


def _parts(secret: str) -> set[str]:
    """The secret, and what of it is a secret by itself."""
    parts = {secret}
    if "://" in secret:
        credentials = secret.split("://", 1)[1].rpartition("@")[0]
        user, _, password = credentials.partition(":")
        parts |= {credentials, password, unquote(credentials), unquote(password)}
        if not password:
            parts |= {user, unquote(user)}
    elif re.fullmatch(r"\d+:.+", secret):  # a bot token: the number is the bot's public id
        parts.add(secret.partition(":")[2])
    return {part for part in parts if part == secret or len(part) >= _MIN_PART}


def _forms(part: str) -> set[str]:
    """The ways in which libraries and protocols write it: quoted, escaped, in base64 at any place of a longer text."""
    forms = {
        part, quote(part), quote(part, safe=""), quote_plus(part), quote(quote(part, safe=""), safe=""),
        json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1], repr(part)[1:-1], html.escape(part),
    }  # fmt: skip
    for before in range(3):
        packed = base64.b64encode(b"\0" * before + part.encode()).decode().rstrip("=")
        # The first and the last character may also hold bits of what stands beside it.
        core = packed[(before * 8 + 5) // 6 : len(packed) - ((before + len(part.encode())) % 3 > 0)]
        if len(core) >= 2 * _MIN_PART:
            forms |= {core, core.replace("+", "-").replace("/", "_")}
    return forms


class Redactor:
    """Takes secrets out of texts."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        forms = {form for secret in secrets if secret for part in _parts(secret) for form in _forms(part)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if forms else None

    def __call__(self, text: str) -> str:
        """The text without the secrets, and without bot tokens, credentials and queries in addresses."""
        if self._known:
            text = self._known.sub(_HIDDEN, text)
        text = _TOKEN.sub(_HIDDEN, text)
        text = _CREDENTIALS.sub(rf"\g<scheme>{_HIDDEN}@", text)
        return _FIELDS.sub("?…", _QUERY.sub(r"\g<url>?…", text))


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without bot tokens, credentials in URLs, query strings and the given secrets."""
    return Redactor(secrets)(text)


def _one_line(text: str) -> str:
    return _CONTROL.sub(lambda m: "\\n" if m[0] == "\n" else f"\\x{ord(m[0]):02x}", text)


class _Formatter(logging.Formatter):
    def __init__(self, as_json: bool, secrets: Iterable[str | None]) -> None:
        super().__init__()
        self._json = as_json
        self._clean = Redactor(secrets)

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.exc_info:
            message += "\n" + self.formatException(record.exc_info)
        if record.stack_info:
            message += "\n" + record.stack_info
        return self.line(record.created, record.levelname, record.name, message)

    def line(self, at_s: float, level: str, name: str, message: str) -> str:
        """One line of the log."""
        message = self._clean(message)
        at = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")
        captures = concerned()
        if self._json:
            fields: dict[str, object] = {"at": at, "level": level, "logger": name}
            if captures:
                fields["capture"] = captures[0] if len(captures) == 1 else captures
            return json.dumps({**fields, "message": message}, ensure_ascii=False)
        # In front of the message: what a page says of itself cannot pass for it.
        numbers = "".join(f" capture={each}" for each in captures)
        return f"{at} {level:<7} {name}{numbers}: {_one_line(message)}"


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """To standard error. A record that cannot be written is told without its arguments, which nothing has cleaned."""

    def handleError(self, record: logging.LogRecord) -> None:
        error = traceback.format_exc(limit=-3)
        formatter = self.formatter
        if isinstance(formatter, _Formatter) and not isinstance(sys.exc_info()[1], OSError):
            print(formatter.line(record.created, "ERROR", record.name, f"no log line: {error}"), file=sys.stderr)


def configure_logging(level: str, as_json: bool = False, secrets: Iterable[str | None] = ()) -> None:
    """Sends all logging to standard error, cleaned; libraries that log URLs are kept to warnings."""
    handler = _Handler(sys.stderr)
    handler.setFormatter(_Formatter(as_json, tuple(secrets)))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)


def log_what_nobody_catches() -> None:
    """An error that ends the program, or a thread, goes the way of all logging: a bare traceback may name a secret."""
    log = logging.getLogger("hashkeep")

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("ended by an error", exc_info=(kind, error, trace))

    def thread_ended(args: threading.ExceptHookArgs) -> None:
        error = args.exc_value or args.exc_type()
        log.critical("a thread ended by an error", exc_info=(args.exc_type, error, args.exc_traceback))

    sys.excepthook = ended
    threading.excepthook = thread_ended
