"""Every text exists in every language, is used, and fits where it is shown."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from bot import verdicts
from bot.asking import WANTED
from bot.callbacks import FILE_KINDS
from bot.choices_texts import VALUES
from bot.markup import units
from bot.menu import COMMANDS
from bot.mistakes import EXAMPLES
from bot.words import LANGUAGES, Words, load, spoken, words
from capture.records import Verdict

BOT = Path(__file__).resolve().parents[2] / "bot"
SOURCE = "\n".join(path.read_text() for path in BOT.glob("*.py"))
TRANSFERRED = ("tags_counted", "new_here", "left_out", "too_large_files", "damaged_files")
PLURALS = (
    *(f"lost_{kind}" for kind in verdicts.LOST_KINDS),
    "links",
    "more_links",
    "captures",
    "below",
    "archives",
    "pages",
    *TRANSFERRED,
)
ENDS = {
    *(v.value for v in Verdict if v is not Verdict.OK), "timeout_nothing", "too_large_nothing", "memory",
    "no_answer_within", *verdicts.NETWORK_CODES,
}  # fmt: skip
ASKED = ("rename", "merge", "untag", "rule", "forget")
MADE_UP = {
    *(f"whole.{end}" for end in ENDS),
    *(f"short.{end}" for end in ENDS),
    "whole.http_error_shows",
    *(f"failure.{v.value}" for v in Verdict if v.value not in verdicts.GOOD),
    *(f"button.{kind}" for kind in FILE_KINDS),
    *(f"commands.{name}" for name in COMMANDS),
    *(f"type.{name}" for name in (*verdicts.MEDIA_TYPES.values(), *verdicts.MEDIA_FAMILIES, "other")),
    *(f"note.{c}" for c in ("too_many", "bad_scheme", "bad_address", "too_long", "private_address")),
    *(f"note.{c}" for c in ("credentials_removed", "quota_links", "quota_none", "quota_full")),
    *(f"setting{part}.{name}" for name in VALUES for part in ("", "_says")),
    *(f"value.{name}_{v}" for name, values in VALUES.items() for v in values if v not in ("on", "off", "none")),
    *("value.on", "value.off", "value.topic_none"),
    *(f"button.yes_{kind}" for kind in ASKED),
    *(f"button.{decision}" for decision in ("allow", "later", "block", "withdraw", "unblock")),
    *(f"admin.{part}" for part in ("done_allow", "done_later", "done_block", "guests", "blocked")),
    *(f"button.{wanted}" for wanted in WANTED),
    *(f"asking.{part}{wanted}" for wanted in WANTED for part in ("", "field_")),
    "admin.asks",
    "admin.group_asks",
    "commands.admin",
    *(f"done.{kind}" for kind in ASKED),
    *(f"undone.{kind}" for kind in (*ASKED, "delete", "import", "note", "no_note", "title", "no_title")),
    *(f"{name}.{form}" for name in PLURALS for form in ("one", "other")),
    *(f"query.{code}" for code in (*EXAMPLES, "nothing", "too_long", "too_many", "too_deep")),
    *(f"example.{name}" for name in (*EXAMPLES.values(), "and")),
}
"""Keys that the code puts together."""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def without_plurals(keys: object) -> set[str]:
    return {key for key in keys if not key.endswith(".one")}  # type: ignore[attr-defined]


def used_keys() -> set[str]:
    """Keys in the source that stand there as they are."""
    known = set(load("en"))
    return {key for key in re.findall(r'"([a-z_]+\.[a-z_]+)"', SOURCE) if key in known}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing(language: str) -> None:
    assert without_plurals(load(language)) == without_plurals(load("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same(language: str) -> None:
    english = load("en")
    assert {k: placeholders(v) for k, v in load(language).items()} == {
        k: placeholders(english[k]) for k in load(language)
    }


def test_no_text_is_unused_and_none_is_asked_for_that_is_not_there() -> None:
    keys = {key for key in load("en") if not key.startswith("http.")}
    assert keys - used_keys() - MADE_UP == set(), "nobody says these"
    assert MADE_UP - keys == set(), "these are missing"
    asked = set(re.findall(r'(?:words|texts)\["([a-z_.]+)"\]', SOURCE)) | set(
        re.findall(r'_say\(message, "([a-z_.]+)"', SOURCE)
    )
    assert asked - keys == set(), "these are missing"


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_are_short(language: str) -> None:
    for key, text in load(language).items():
        if key.startswith("button."):
            assert units(text) <= 16, f"{key}: {text}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_alerts_fit_and_commands_are_what_telegram_takes(language: str) -> None:
    for key, text in load(language).items():
        if key.startswith(("answer.", "list.no_number")):
            assert len(text) <= 200, key
        if key.startswith("commands."):
            assert 1 <= len(text) <= 256, key


def test_no_markup_stands_in_a_text() -> None:
    for language in LANGUAGES:
        assert not [key for key, text in load(language).items() if re.search(r"[<>&]", text)]


def test_what_a_language_lacks_is_said_in_english() -> None:
    some = Words("xx", {"links.other": "{n} лінків"}, load("en"))
    assert some["button.delete"] == "Delete"
    assert some.count("links", 1) == "1 лінків", "the form of another language would be wrong"
    assert words("fr")["button.delete"] == "Delete"
    with pytest.raises(KeyError):
        some["no.such_key"]


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh-hans", "zh"), ("zh_TW", "zh"), ("ZH", "zh"), ("en-GB", "en"), ("de", "zh"), (None, "zh"), ("", "zh")],
)
def test_the_language_of_a_person(code: str | None, language: str) -> None:
    assert spoken(code, default="zh") == language


def test_plurals() -> None:
    assert (words("en").count("links", 1), words("en").count("links", 2)) == ("1 link", "2 links")
    assert words("zh").count("captures", 1) == "1 个快照"
