"""Cards with notes, versions and without a capture; settings, rules and the queue, as people read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import choices_texts, upkeep_texts
from bot.callbacks import FilePress, SettingPress, VersionPress, pack, unpack
from bot.cards import is_trouble, render
from bot.choices_texts import VALUES, Shown
from bot.permissions import PLACES, Place
from bot.versions import versions_keyboard
from bot.words import LANGUAGES, words
from storage.archive import Version
from storage.choices import Choices
from storage.rules import RuleView
from storage.topics import TopicChoices
from storage.waiting import Waiting, WaitingLink
from tests.unit.bot_factories import NOW, capture, card, link, read_html, setting


def labels(rows: object) -> list[str]:
    return [button.label for row in rows for button in row]  # type: ignore[attr-defined]


def test_a_note_stands_below_the_facts_and_is_never_markup() -> None:
    shape = render(card(link(note="<b>ask</b> @all about #this")), setting())
    text, marked = read_html(shape.text)
    assert text.splitlines()[2] == "<b>ask</b> @all about #this"
    assert ("code", "", "<b>ask</b> @all about #this") in marked


def test_a_given_title_stands_before_the_pages_own() -> None:
    named = link(title="Given", given_title="Given", capture=capture(title="The page's own"))
    assert read_html(render(card(named), setting()).text)[0].startswith("Given\n")
    assert "Given" in read_html(render(card(named, link()), setting()).text)[0]


def test_a_link_without_a_capture_is_no_waiting_one() -> None:
    shape = render(card(link(title=None, capture=None)), setting())
    text, _ = read_html(shape.text)
    assert text.splitlines()[1] == "example.org · not captured · 12"
    assert labels(shape.keyboard) == ["Capture", "Edit ▾", "Delete"]
    several, _ = read_html(render(card(link(capture=None), link()), setting("zh")).text)
    assert "…" not in several


def test_several_captures_are_counted_and_listed() -> None:
    shape = render(card(link(captures_count=3)), setting())
    assert "3 captures, since 24 Nov" in read_html(shape.text)[0]
    assert "Versions ▾" in labels(shape.keyboard)
    assert "Versions ▾" not in labels(render(card(link()), setting()).keyboard)


def test_an_opened_version_gives_its_own_files() -> None:
    old = replace(capture(), capture_id=77, ended_at=NOW - timedelta(days=9))
    shape = render(card(link(pinned=True, repost=True, captures_count=2, capture=old)), setting())
    assert "As it was on 15 Nov" in read_html(shape.text)[0]
    assert any(b.url == "https://t.me/hashkeep_bot?start=html-7-77" for row in shape.keyboard for b in row)
    private = render(card(link(pinned=True, capture=old), chat_kind="private"), setting())
    assert any(b.press == FilePress(7, "html", 77) for row in private.keyboard for b in row)
    assert private.attachment is None, "opening a version would send its page again"


def test_versions_say_which_of_them_are_good() -> None:
    versions = [Version(3, NOW, "unreachable", False), Version(2, NOW, "http_error", True), Version(1, NOW, "ok", True)]
    rows = versions_keyboard(versions, VersionPress(7, 3), setting())
    assert [label[0] for label in labels(rows)] == ["✗", "~", "✓", "B"]


def test_a_quiet_chat_hears_of_trouble_only() -> None:
    assert not is_trouble(card(link()))
    assert not is_trouble(card(link(capture=capture(None, (), state="queued"))))
    assert is_trouble(card(link(capture=capture("unreachable", ()))))
    assert is_trouble(card(link(), sent_message_id=5)), "what stands there is kept up"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", PLACES)
def test_every_setting_can_be_opened_and_every_value_pressed(place: Place, language: str) -> None:
    full = Choices(default_tags=("a b", "网页"), never_hosts=("bank.example",), keep_days=120, cards_thread_id=5)
    for choices, topic in ((Choices(), TopicChoices()), (full, TopicChoices(ignored=True, default_tag="birds"))):
        shown = Shown(choices, place, 5 if place == "group" else None, topic)
        overview = choices_texts.overview(shown, words(language))
        read_html(overview.text)
        assert len(labels(overview.keyboard)) == len(choices_texts.names(shown))
        for name in choices_texts.names(shown):
            opened = choices_texts.opened(name, shown, words(language))
            read_html(opened.text)
            for button in (button for row in opened.keyboard for button in row):
                assert isinstance(button.press, SettingPress)
                assert unpack(pack(button.press)) == button.press
                assert button.press == SettingPress("all") or button.press.value in VALUES[name]


def test_settings_that_a_place_does_not_have_are_not_shown() -> None:
    assert {"offline", "deletes", "renames", "topic"}.isdisjoint(choices_texts.names(Shown(Choices(), "private")))
    assert "deletes" in choices_texts.names(Shown(Choices(), "channel"))
    assert "topic" in choices_texts.names(Shown(Choices(), "group", 5))


def test_a_channel_is_not_told_that_its_readers_may_delete() -> None:
    chosen = Choices(who_deletes="members")
    opened = choices_texts.opened("deletes", Shown(chosen, "channel"), words("en"))
    assert "who shared it, and admins" in opened.text
    assert labels(opened.keyboard) == ["✓ who shared it, and admins", "admins", "Back"]
    assert "everybody here" in choices_texts.opened("deletes", Shown(chosen, "group"), words("en")).text


@pytest.mark.parametrize(
    ("name", "value"), [("keep", "sometimes"), ("topic", "here"), ("days", "31"), ("nothing", "on")]
)
def test_values_that_no_button_has_are_refused(name: str, value: str) -> None:
    with pytest.raises(KeyError):
        choices_texts.changes(name, value)


def test_values_become_choices() -> None:
    made = Choices.model_validate(
        {
            **choices_texts.changes("quiet", "on"),
            **choices_texts.changes("days", "90"),
            **choices_texts.changes("deletes", "members"),
            **choices_texts.changes("tags", "none"),
        }
    )
    assert made == Choices(quiet=True, keep_days=90, who_deletes="members")


def test_the_list_of_rules_is_inert_and_has_a_button_each() -> None:
    rules = [RuleView(1, 1, "github.com", None, ("code",)), RuleView(2, 4, None, "@all <b>", ("two words",))]
    answer = upkeep_texts.rules_list(rules, words("en"))
    text, marked = read_html(answer.text)
    assert "1 github.com → #code" in text
    assert ("code", "", "“@all <b>”") in marked
    assert labels(answer.keyboard) == ["✕ 1", "✕ 4"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (-5, "0 s"), (89, "89 s"), (90, "2 min"), (5000, "83 min"), (7200, "2 h")]
)
def test_how_long_something_waits(seconds: float, said: str) -> None:
    assert upkeep_texts.duration(seconds, words("en")) == said


def test_the_queue_names_the_first_and_counts_the_rest() -> None:
    first = (WaitingLink(3, "a.example", True, NOW - timedelta(seconds=4)), WaitingLink(4, "b.example", False, NOW))
    text, _ = read_html(upkeep_texts.queue(Waiting(5, 1, 7, first), words("en"), NOW).text)
    assert text.splitlines() == [
        "Being captured: 1, waiting: 5", "▸ a.example · 3 · 4 s", "… b.example · 4 · 0 s", "… and 4 more",
        "Of other chats: 7",
    ]  # fmt: skip
    assert "Nothing" in upkeep_texts.queue(Waiting(0, 0, 0, ()), words("en"), NOW).text
