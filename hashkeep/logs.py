"""Logging: one line a record, as text or JSON, without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{30,}")
_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s:@]+:[^/\s@]+@", re.IGNORECASE)
_QUERY = re.compile(r"(?P<url>https?://[^\s?'\"]+)\?[^\s'\"]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without bot tokens, credentials in URLs, query strings and the given secrets."""
    for secret in secrets:
        text = text.replace(secret, "•••")
    text = _TOKEN.sub("•••", text)
    text = _CREDENTIALS.sub(r"\g<scheme>•••@", text)
    return _QUERY.sub(r"\g<url>?…", text)


def _one_line(text: str) -> str:
    return _CONTROL.sub(lambda m: "\\n" if m[0] == "\n" else f"\\x{ord(m[0]):02x}", text)


class _Formatter(logging.Formatter):
    def __init__(self, as_json: bool, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._json = as_json
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.exc_info:
            message += "\n" + self.formatException(record.exc_info)
        message = clean(message, self._secrets)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        if self._json:
            fields = {"at": at, "level": record.levelname, "logger": record.name, "message": message}
            return json.dumps(fields, ensure_ascii=False)
        return f"{at} {record.levelname:<7} {record.name}: {_one_line(message)}"


def configure_logging(level: str, as_json: bool = False, secrets: Iterable[str | None] = ()) -> None:
    """Sends all logging to standard error, cleaned; libraries that log URLs are kept to warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(as_json, tuple(s for s in secrets if s)))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "aiosqlite", "tortoise", "PIL", "trafilatura", "htmldate", "telegram"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
