"""What `/settings` looks like: the list of settings, and each one opened with what it does. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.callbacks import SettingPress
from bot.lists import Answer
from bot.markup import TEXT_UNITS, Line, Piece, fit, inert, joined, phrase, tag_piece, to_html
from bot.permissions import Place
from bot.shapes import Button, in_rows
from bot.words import Words
from storage.choices import Choices
from storage.topics import TopicChoices

VALUES: dict[str, tuple[str, ...]] = {
    "keep": ("all", "tagged", "asked"),
    "language": ("auto", "en", "zh"),
    "quiet": ("off", "on"),
    "offline": ("off", "on"),
    "deletes": ("poster", "admins", "members"),
    "renames": ("admins", "members"),
    "days": ("0", "30", "90", "365"),
    "tags": ("none",),
    "never": ("none",),
    "topic": ("ignored", "heard", "here", "anywhere", "none"),
}
"""Every setting by its name on buttons, with the values that a button can give it."""

_IN_CHANNELS = {"deletes": ("poster", "admins")}
"""Fewer values than elsewhere: what thousands read is not deleted by whoever reads it."""

_OF_GROUPS = ("offline", "deletes", "renames")
_FIELDS = {
    "offline": "offline_in_groups", "deletes": "who_deletes", "renames": "who_renames", "days": "keep_days",
    "tags": "default_tags", "never": "never_hosts",
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """What the texts are made from."""

    choices: Choices
    place: Place
    thread_id: int | None = None
    """The topic in which the settings are open."""
    topic: TopicChoices | None = None


def names(shown: Shown) -> list[str]:
    """The settings that a chat of that kind has."""
    hidden = set() if shown.place == "group" else set(_OF_GROUPS)
    if shown.place == "channel":
        hidden.discard("deletes")
    if shown.thread_id is None:
        hidden.add("topic")
    return [name for name in VALUES if name not in hidden]


def changes(name: str, value: str) -> dict[str, object]:
    """The change of `Choices` that a button asks for; KeyError for what no button does."""
    if value not in VALUES[name] or name == "topic":
        raise KeyError(name)
    field = _FIELDS.get(name, name)
    if value in ("on", "off"):
        return {field: value == "on"}
    if name == "days":
        return {field: int(value)}
    return {field: ()} if value == "none" else {field: value}


def current(name: str, choices: Choices) -> str:
    """The value that stands, by the name of its button; of what has no button, its own words."""
    value = getattr(choices, _FIELDS.get(name, name))
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _values(name: str, shown: Shown) -> tuple[str, ...]:
    return _IN_CHANNELS.get(name, VALUES[name]) if shown.place == "channel" else VALUES[name]


def _stands(name: str, shown: Shown) -> str:
    """The value that counts; of one that the chat cannot have, what is done in its place."""
    value = current(name, shown.choices)
    return _values(name, shown)[0] if value in VALUES[name] and value not in _values(name, shown) else value


def overview(shown: Shown, words: Words) -> Answer:
    """Every setting with its value, and a button to open each."""
    lines: list[Line] = [phrase(words["settings.title"])]
    lines += [
        (Piece(words[f"setting.{name}"], bold=True), Piece(words["settings.colon"]), *_value(name, shown, words))
        for name in names(shown)
    ]
    buttons = [Button(words[f"setting.{name}"], SettingPress(name)) for name in names(shown)]
    return Answer(to_html(fit(lines, TEXT_UNITS)), in_rows(buttons, 2))


def opened(name: str, shown: Shown, words: Words) -> Answer:
    """One setting: what it does, what stands, and the values to choose from."""
    lines: list[Line] = [
        (Piece(words[f"setting.{name}"], bold=True), Piece(words["settings.colon"]), *_value(name, shown, words)),
        *(phrase(line) for line in words[f"setting_says.{name}"].strip("\n").split("\n")),
    ]
    rows = [(button,) for button in _choices(name, shown, words)]
    back = Button(words["button.back"], SettingPress("all"))
    return Answer(to_html(fit(lines, TEXT_UNITS)), (*rows, (back,)))


def _choices(name: str, shown: Shown, words: Words) -> list[Button]:
    if name == "topic":
        return [Button(words[f"value.topic_{value}"], SettingPress(name, value)) for value in _topic_values(shown)]
    stands = _stands(name, shown)
    if name in ("tags", "never"):
        has_some = bool(getattr(shown.choices, _FIELDS[name]))
        return [Button(words["value.clear"], SettingPress(name, "none"))] if has_some else []
    return [
        Button(f"✓ {label}" if value == stands else label, SettingPress(name, value))
        for value in _values(name, shown)
        for label in [words[_value_key(name, value)]]
    ]


def _topic_values(shown: Shown) -> list[str]:
    topic = shown.topic or TopicChoices()
    values = ["heard" if topic.ignored else "ignored"]
    values.append("anywhere" if shown.choices.cards_thread_id == shown.thread_id else "here")
    return [*values, *(["none"] if topic.default_tag else [])]


def _value_key(name: str, value: str) -> str:
    return f"value.{value}" if value in ("on", "off") else f"value.{name}_{value}"


def _value(name: str, shown: Shown, words: Words) -> Line:
    choices = shown.choices
    if name == "topic":
        return _topic_line(shown, words)
    if name == "tags":
        return joined(map(tag_piece, choices.default_tags), " ") or phrase(words["value.none"])
    if name == "never":
        return joined((inert(host) for host in choices.never_hosts), ", ") or phrase(words["value.none"])
    stands = _stands(name, shown)
    if name == "days" and stands not in VALUES["days"]:
        return phrase(words["value.days"], n=stands)
    return phrase(words[_value_key(name, stands)])


def _topic_line(shown: Shown, words: Words) -> Line:
    topic = shown.topic or TopicChoices()
    parts = [phrase(words["value.topic_is_ignored" if topic.ignored else "value.topic_is_heard"])]
    if shown.choices.cards_thread_id == shown.thread_id:
        parts.append(phrase(words["value.topic_has_cards"]))
    if topic.default_tag:
        parts.append((tag_piece(topic.default_tag),))
    line: list[Piece] = []
    for part in parts:
        line += [Piece(words["row.comma"])] if line else []
        line += part
    return tuple(line)
