"""What a good copy lacks is said in a line; what is well has none."""

from __future__ import annotations

import pytest

from bot import verdicts
from bot.words import words
from storage.records import CaptureView
from tests.unit.bot_factories import capture


def said(language: str, *notes: str, verdict: str = "ok") -> list[str]:
    shown: CaptureView = capture(verdict, (), notes=notes)
    return ["".join(piece.text for piece in line) for line in verdicts.missing(shown, words(language))]


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["The connection broke off; this is as far as it came.", "Not kept: 3 images, 1 video or sound."]),
        ("zh", ["连接中途断开，以下是已收到的部分。", "没有保存：3 张图片、1 个音视频。"]),
    ],
)
def test_what_is_missing_is_named(language: str, lines: list[str]) -> None:
    assert said(language, "not_kept:media:1", "cut_off", "not_kept:image:3", "height_cut") == lines


@pytest.mark.parametrize("note", ["not_kept", "not_kept:image", "not_kept:image:x", "not_kept:other:9", "unsettled"])
def test_notes_that_say_nothing_to_people_are_not_shown(note: str) -> None:
    assert said("en", note) == []


def test_a_page_without_a_picture_is_told() -> None:
    assert said("en", "screenshot_timeout") == ["No picture of it could be taken."]
    assert said("en", "screenshot_timeout", verdict="not_html") == []


def test_of_a_failed_capture_only_the_failure_is_told() -> None:
    assert said("en", "cut_off", verdict="blocked") == []


@pytest.mark.parametrize(
    ("verdict", "code", "elapsed_s", "sentence"),
    [
        ("unreachable", "no_answer", 12.3, "example.org did not answer within 12 s."),
        ("unreachable", "no_answer", 0.2, "example.org did not answer."),
        ("unreachable", "damaged", 1.0, "What example.org sends is damaged."),
        ("refused", "bad_address", 1.0, "example.org leads on to something that is no web page."),
        ("refused", "private_address", 1.0, "example.org is not a public address."),
        ("blank", "no_content", 1.0, "example.org answered without a page."),
        ("blank", None, 1.0, "The page stayed empty."),
    ],
)
def test_an_address_without_a_page_is_told_in_its_own_words(
    verdict: str, code: str | None, elapsed_s: float, sentence: str
) -> None:
    shown = capture(verdict, (), error_code=code, elapsed_s=elapsed_s)
    line = verdicts.sentence(shown, "example.org", words("en"))
    assert "".join(piece.text for piece in line) == sentence


@pytest.mark.parametrize(
    ("media_type", "key"),
    [
        ("application/vnd.oasis.opendocument.text", "document"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "document"),
        ("application/epub+zip", "book"),
        ("application/vnd.fox", "other"),
    ],
)
def test_office_files_and_books_are_called_so(media_type: str, key: str) -> None:
    assert verdicts.media_type_key(media_type) == key
