"""Dates as pages write them, in ISO 8601. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime
from email.utils import parsedate_to_datetime

MAX_CHARACTERS = 80
FIRST_YEAR, LAST_YEAR = 1000, 2200

_ISO = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)? ?(?:Z|[+-]\d{2}:?\d{2})?)?)?)?"
)
_NUMBERS = re.compile(
    r"(\d{4}) ?[./年-] ?(\d{1,2}) ?[./月-] ?(\d{1,2}) ?日?"
    r"(?:[ T,]*(\d{1,2})[:：时時点](\d{2})(?:[:：分](\d{2}))?秒?分?)?"
)
_SHORT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WORDS = (
    re.compile(rf"(?:[a-z]+,? )?(?P<m>{_MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})\b.*", re.IGNORECASE),
    re.compile(rf"(?:[a-z]+,? )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)? (?P<m>{_MONTH}),? (?P<y>\d{{4}})\b.*", re.IGNORECASE),
)


def iso_date(text: str) -> str | None:
    """A year, a day or a moment as ISO 8601; None if the text is none, or one that no calendar has.

    Read are ISO 8601 itself, `2026/11/2 8:05`, `2026年11月2日`, `20261102`, `November 2nd, 2026`, `2 Nov 2026` and the
    dates of e-mail. What is ambiguous (`02/11/26`) is not guessed at.
    """
    said = " ".join(text.split())
    if not said or len(said) > MAX_CHARACTERS:
        return None
    if found := _ISO.fullmatch(said):
        return said if _exists(found[1], found[2] or "01", found[3] or "01") else None
    if found := _NUMBERS.fullmatch(said) or _SHORT.fullmatch(said):
        day = _day(*found.groups()[:3])
        hour, minute, second = (*found.groups()[3:], None, None, None)[:3]
        return day and (f"{day}T{int(hour):02}:{minute}:{second or '00'}" if hour and int(hour) < 24 else day)
    if moment := _of_mail(said):
        return moment
    for pattern in _WORDS:
        if found := pattern.fullmatch(said):
            return _day(found["y"], str(_MONTHS.index(found["m"][:3].lower()) + 1), found["d"])
    return None


def _of_mail(said: str) -> str | None:
    if not re.search(r"\d{1,2}:\d{2}", said):
        return None
    try:
        moment: datetime = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError):
        return None
    return moment.isoformat() if _exists(str(moment.year), "01", "01") else None


def _day(year: str, month: str, day: str) -> str | None:
    return f"{int(year):04}-{int(month):02}-{int(day):02}" if _exists(year, month, day) else None


def _exists(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return FIRST_YEAR <= int(year) <= LAST_YEAR
