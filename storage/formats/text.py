"""Text of unknown origin: its encoding found, its lines cleaned, its times read."""

from __future__ import annotations

import codecs
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from storage.formats.records import BadFile

CHUNK_BYTES = 1 << 20
MAX_TITLE_CHARS = 1000
MAX_NAME_CHARS = 64
MAX_WORDS_CHARS = 20_000
MAX_NOTE_CHARS = 20_000

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(rb"""<meta\s[^>]{0,300}?charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9_.:-]{1,30})""", re.IGNORECASE)
_AS_BROWSERS = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949",
}  # fmt: skip
"""Of Python's names: the larger encoding that the web means by one (WHATWG, "Encoding")."""
_OLD_ENCODING = re.compile(r"iso8859-\d+|cp125\d|cp874|cp866|cp932|cp949|koi8-[ru]|euc_jp|mac-roman|big5hkscs")
ENOUGH_CHARS = 100_000
"""Of other writing than English, to tell an encoding by."""
_STRANGE = re.compile(r"[^\x00-\x7f]+")
_CHINESE_RUN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]{2,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufff9-\ufffb\ud800-\udfff]+")
_BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def open_text(path: Path) -> io.TextIOWrapper:
    """The file as text with `\\n` at its lines' ends, whatever its encoding; what cannot be decoded is replaced."""
    return path.open(encoding=_encoding(path), errors="replace")


def as_text(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """An open file of bytes as text."""
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
        for bom, encoding in _BOMS:
            if head.startswith(bom):
                return encoding
        if guessed := _wide(head):
            return guessed
        decoder = codecs.getincrementaldecoder("utf-8")()
        chunk = head
        try:
            while chunk:
                decoder.decode(chunk)
                chunk = file.read(CHUNK_BYTES)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _declared(head) or _guessed(path)
    return "utf-8"


def _declared(head: bytes) -> str | None:
    """The encoding that a META tag names, as browsers take it; UTF-8 is known by its bytes instead."""
    found = _CHARSET.search(head)
    try:
        name = codecs.lookup(found[1].decode("ascii")).name if found else ""
    except LookupError:
        return None
    return _AS_BROWSERS.get(name) or (name if _OLD_ENCODING.fullmatch(name) else None)


def _guessed(path: Path) -> str:
    """GB18030 of Chinese programs, or Windows' Western encoding: read as the other one, that gives lone characters."""
    decoder = codecs.getincrementaldecoder("gb18030")("replace")
    strange = in_runs = 0
    with path.open("rb") as file:
        while strange < ENOUGH_CHARS and (chunk := file.read(CHUNK_BYTES)):
            text = decoder.decode(chunk)
            strange += sum(map(len, _STRANGE.findall(text)))
            in_runs += sum(map(len, _CHINESE_RUN.findall(text)))
    return "gb18030" if in_runs * 2 >= strange else "cp1252"


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of what is mostly ASCII is zero."""
    if len(head) < 16:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) * 0.3 and even < len(head) * 0.05:
        return "utf-16-le"
    if even > len(head) * 0.3 and odd < len(head) * 0.05:
        return "utf-16-be"
    return None


def one_line(value: object, limit: int) -> str:
    """A value as one line without control and direction marks, at most `limit` characters."""
    if not isinstance(value, str):
        return ""
    return " ".join(_BIDI.sub("", _CONTROL.sub(" ", value[: limit * 4])).split())[:limit].rstrip()


def lines(value: object, limit: int) -> str:
    """A value as text that may have several lines, without other control marks, at most `limit` characters."""
    if not isinstance(value, str):
        return ""
    text = value[: limit * 2].replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text).strip()[:limit].rstrip()


def number(value: object, low: int, high: int) -> int | None:
    """A whole number within bounds, also one written as text; None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        return None
    return value


def moment(value: object) -> datetime | None:
    """A time: ISO 8601 (without a zone it is UTC), or seconds, milliseconds or microseconds since 1970."""
    try:
        if isinstance(value, str):
            text = value.strip()
            if re.fullmatch(r"[0-9]{1,17}", text):
                return _since_1970(int(text))
            found = datetime.fromisoformat(text)
            return _sane(found if found.tzinfo else found.replace(tzinfo=UTC))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _since_1970(value)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _since_1970(value: float) -> datetime | None:
    if not 0 < value < 1e17:
        return None
    seconds: float = value
    while seconds > 1e11:  # milliseconds, microseconds
        seconds /= 1000
    return _sane(datetime.fromtimestamp(seconds, UTC))


def _sane(found: datetime) -> datetime | None:
    found = found.astimezone(UTC)
    return found if _EARLIEST <= found < _LATEST else None


def iso(when: datetime) -> str:
    """A time as files have it: UTC, with `Z`."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def broken(what: str) -> BadFile:
    """The error of a file that is not what it began as."""
    return BadFile("broken", what)
