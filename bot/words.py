"""Every text that people read, from `locales/*.toml`: plain text with placeholders, never markup."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

FALLBACK = "en"
LANGUAGES = ("en", "zh")
_FOLDER = Path(__file__).parent / "locales"


class Words:
    """The texts of one language; what it lacks is taken from English.

    Keys are dotted paths of the file: `card.deleted`. A key that no language has is a KeyError: a mistake of ours.
    """

    def __init__(self, language: str, texts: dict[str, str], fallback: dict[str, str]) -> None:
        self.language = language
        self._texts = texts
        self._fallback = fallback

    def __getitem__(self, key: str) -> str:
        return self._texts[key] if key in self._texts else self._fallback[key]

    def __contains__(self, key: str) -> bool:
        return key in self._texts or key in self._fallback

    def count(self, key: str, number: int) -> str:
        """`count("links", 1)` → `1 link`: the form for the number, filled in."""
        one = f"{key}.one"
        return self[one if number == 1 and one in self._texts else f"{key}.other"].format(n=number)


def load(language: str) -> dict[str, str]:
    """The texts of a language file, flat; OSError when there is no such file."""
    with (_FOLDER / f"{language}.toml").open("rb") as file:
        return dict(_flat(tomllib.load(file)))


def _flat(table: dict[str, object], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((f"{prefix}{name}", str(value)))
    return rows


@cache
def words(language: str) -> Words:
    """The texts for a language; those of English where we do not speak it."""
    spoken = language if language in LANGUAGES else FALLBACK
    return Words(spoken, load(spoken), load(FALLBACK))


def spoken(language_code: str | None, default: str) -> str:
    """Our language for a Telegram language code (`zh-hans`, `en-GB`), or the default."""
    root = (language_code or "").replace("_", "-").split("-")[0].lower()
    return root if root in LANGUAGES else default
