"""Which layer is a notice, and which of its buttons is pressed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from capture.consent import Button, Layer, choose, is_notice
from capture.consent_platforms import PLATFORMS
from capture.consent_words import Choice

WORDS = "This site uses cookies."


def layer(*labels: str | Button, text: str = WORDS, **more: object) -> Layer:
    """A layer with these buttons."""
    buttons = tuple(label if isinstance(label, Button) else Button(label) for label in labels)
    made = Layer("", True, text, len(text), 0.3, 0, 0, 0, buttons)
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "notice",
    [
        layer("Reject all", "Accept all"),
        layer("OK"),
        layer("Only necessary", "Settings"),
        layer("Whatever", Button("Avvisa", hook="reject"), text="Vi gillar kakor", platform="cookieyes"),
        layer("全部接受", text="我们使用 Cookie 来改善体验。"),
    ],
)
def test_a_notice_is_recognised(notice: Layer) -> None:
    assert is_notice(notice)


@pytest.mark.parametrize(
    "other",
    [
        layer("Reject", "Accept", text="Your order: 12 cookies."),
        layer("Reject", "Accept", fields=1),
        layer("Reject", "Accept", landmarks=1),
        layer("Reject", "Accept", text_length=20_000),
        layer("Settings", "×"),
        layer("Read more"),
        layer(),
        layer("Sign in"),
        layer("Read more", text="Vi gillar kakor", platform="cookieyes"),
    ],
)
def test_what_is_not_certain_is_left_alone(other: Layer) -> None:
    assert not is_notice(other)


@pytest.mark.parametrize(
    ("notice", "wanted"),
    [
        (layer("Accept all", "Settings", "Reject all"), (2, Choice.REJECT)),
        (layer("Accept all", "Only necessary", "Settings"), (1, Choice.NECESSARY)),
        (layer("Only necessary", "Reject all"), (1, Choice.REJECT)),
        (layer("Accept all", "Save selection", toggles=4), (1, Choice.SAVE)),
        (layer("Accept all", "Save selection", "Settings"), (2, Choice.SETTINGS)),
        (layer("Accept all", "Settings", "×"), (1, Choice.SETTINGS)),
        (layer("Accept all", "×"), (1, Choice.CLOSE)),
        (layer("Accept all", "×", text="This site uses cookies. By closing this you agree."), None),
        (layer("Accept all", "OK"), None),
        (layer("Accept all", Button("Reject all", leaves=True)), None),
        (layer("Accept all", Button("×", aria="Accept and close")), None),
        (layer("Accept all", Button("Non merci", aria="Fermer sans accepter")), (1, Choice.REJECT)),
        (layer("Accept all", Button("Avvisa", hook="reject"), platform="cookieyes"), (1, Choice.REJECT)),
        (layer(Button("Accept all", hook="reject"), platform="onetrust"), None),
        (layer(Button("Save and subscribe", hook="save"), platform="onetrust", toggles=2), None),
        (layer("Accept", "Reject", text="Cookies, or no ads for €2.99 a month."), None),
    ],
)
def test_the_most_private_choice_is_taken_and_consent_never(notice: Layer, wanted: tuple[int, Choice] | None) -> None:
    assert choose(notice) == wanted


def test_what_did_not_help_is_not_pressed_again() -> None:
    notice = layer("Reject all", "Only necessary", "Accept all")
    assert choose(notice, {"|Reject all|"}) == (1, Choice.NECESSARY)
    assert choose(notice, {"|Reject all|", "|Only necessary|"}) is None


def test_a_page_that_is_only_for_consent_may_lead_on() -> None:
    assert choose(layer(Button("Reject all", leaves=True)), may_leave=True) == (0, Choice.REJECT)


def test_every_platform_has_a_name_of_its_own_and_somewhere_to_look() -> None:
    assert len({platform.name for platform in PLATFORMS}) == len(PLATFORMS) >= 16
    assert all(platform.root for platform in PLATFORMS)
