"""What cards say, in both languages, and that Telegram takes every one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.asking import WANTED, question, question_in
from bot.callbacks import AllPress, CardPress, FilePress, ShowPress
from bot.card_buttons import card_keyboard, files_keyboard
from bot.cards import render
from bot.markup import Piece, units
from bot.shapes import CardShape, markup
from bot.words import LANGUAGES, words
from capture.records import Verdict
from storage.records import IntakeNote, LinkView
from tests.unit.bot_factories import PAGE, artifact, capture, card, link, read_html, setting

NO_PHOTO_NEEDED = [verdict.value for verdict in Verdict if verdict is not Verdict.OK]


def said(shape: CardShape) -> str:
    return read_html(shape.text)[0]


def labels(shape: CardShape) -> list[list[str]]:
    return [[button.label for button in row] for row in shape.keyboard]


def test_a_card_has_title_facts_tags_and_the_picture() -> None:
    shape = render(card(link()), setting())
    assert said(shape).split("\n") == [
        "Foxes & Links, a field guide",
        "example.org · 1280×8400 · 1.9 MB · 12",
        "#foxes #reading",
    ]
    assert shape.text.startswith('<b><a href="https://example.org/foxes">')
    assert shape.photo is PAGE[1]
    assert labels(shape) == [["Offline page", "Files ▾"], ["Again", "Edit ▾", "Delete"]]


def test_of_very_many_tags_a_card_says_how_many_more_there_are() -> None:
    assert said(render(card(link(tags=tuple(f"t{n}" for n in range(41)))), setting())).endswith(" #t28 #t29 +11")
    assert said(render(card(link(tags=tuple(f"t{n}" for n in range(30)))), setting())).endswith(" #t29")


def test_a_chinese_card_is_chinese() -> None:
    shape = render(card(link("江南春色", tags=("网页",)), language="zh"), setting("zh"))
    assert "江南春色" in said(shape)
    assert "#网页" in said(shape)
    assert labels(shape) == [["离线网页", "文件 ▾"], ["重新抓取", "编辑 ▾", "删除"]]


def test_a_link_posted_again_says_since_when_and_by_whom() -> None:
    when = datetime(2026, 11, 3, tzinfo=UTC)
    shape = render(card(link(repost=True, first_shared_at=when, captures_count=2)), setting())
    assert said(shape).split("\n")[1] == "Kept since 3 Nov by Alice, 2 captures"
    shape = render(card(link(repost=True, first_shared_at=when.replace(year=2024), captures_count=1)), setting("zh"))
    assert said(shape).split("\n")[1] == "2024年11月3日由 Alice 收藏，已有 1 个快照"


def test_a_capture_that_failed_again_is_told_beside_the_older_one_that_is_shown() -> None:
    tried = capture("http_error", (), capture_id=2, http_status=503)
    lines = said(render(card(link(tried=tried)), setting())).split("\n")
    assert lines[:2] == [
        "Foxes & Links, a field guide",
        "Tried again: answered 503 (not available now). This is from 24 Nov.",
    ]
    assert "重新抓取没有成功：返回 503（暂时无法使用）。" in said(render(card(link(tried=tried)), setting("zh")))


def test_the_host_leads_to_the_page_and_not_to_the_sites_front() -> None:
    _, marked = read_html(render(card(link()), setting()).text)
    assert ("a", "https://example.org/foxes", "example.org") in marked


def test_what_the_site_answered_is_said_in_words() -> None:
    shape = render(card(link(capture=capture("http_error", http_status=404))), setting())
    assert "The site answered 404 (not found). This is what it shows." in said(shape)
    assert ["Edit ▾", "Delete"] in labels(shape)
    shape = render(card(link(capture=capture("http_error", http_status=503))), setting("zh"))
    assert "网站返回 503（暂时无法使用），以下是它显示的内容。" in said(shape)


def test_a_page_that_could_not_be_had_is_one_sentence_and_a_way_to_try_again() -> None:
    dead = capture("unreachable", (), error_code="no_such_host", http_status=None)
    shape = render(card(link(None, host="dead.example", capture=dead)), setting())
    assert said(shape).split("\n")[0] == "dead.example: there is no such host."
    assert shape.photo is None
    assert labels(shape) == [["Internet Archive"], ["Try again", "Edit ▾", "Delete"]]
    assert shape.keyboard[0][0].url == "https://web.archive.org/web/https://example.org/foxes"
    slow = capture("timeout", (), elapsed_s=12.2)
    assert said(render(card(link(capture=slow)), setting())).startswith("example.org did not answer within 12 s.")


@pytest.mark.parametrize(
    ("verdict", "url", "offered"),
    [
        ("login", "https://example.org/a", True),
        ("blocked", "https://example.org/a", True),
        ("http_error", "https://example.org/a?b=c%20d", True),
        ("ok", "https://example.org/a", False),
        ("refused", "http://10.0.0.1/", False),
        ("unreachable", "http://localhost/", False),
        ("unreachable", "https://example.org/" + "a" * 3000, False),
    ],
)
def test_a_page_that_could_not_be_had_may_be_in_the_internet_archive(verdict: str, url: str, offered: bool) -> None:
    shape = render(card(link(url=url, capture=capture(verdict, ()))), setting())
    buttons = [button for row in shape.keyboard for button in row if button.url and "archive.org" in button.url]
    assert bool(buttons) == offered
    assert all(button.url and button.url.endswith(url) for button in buttons)


def test_a_repost_shows_the_words_of_the_first_message_and_its_source() -> None:
    words = "Look @bob, #foxes and https://example.org/foxes are worth it"
    shape = render(card(link(repost=True, first_words=words, source="Fox news", same_as=3)), setting())
    assert said(shape).split("\n")[1:5] == [
        "Kept since 24 Nov by Alice, 1 capture",
        "“Look @bob, and are worth it”",
        "From Fox news",
        "Leads to the same page as 3",
    ]
    assert "<code>Look @bob" in shape.text, "a name in it mentions nobody"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("verdict", NO_PHOTO_NEEDED)
@pytest.mark.parametrize("artifacts", [(), PAGE])
def test_every_verdict_has_its_sentence(verdict: str, language: str, artifacts: Any) -> None:
    shape = render(card(link(capture=capture(verdict, artifacts))), setting(language))
    assert "{" not in said(shape)
    assert len(said(shape).split("\n")) == (4 if artifacts else 2)


def test_a_pdf_is_the_file_itself() -> None:
    pdf = capture("not_html", (artifact("original", 3_100_000), PAGE[1]), media_type="application/pdf")
    shape = render(card(link(capture=pdf), chat_kind="private"), setting())
    assert "A PDF, 3.1 MB: the file itself is kept." in said(shape)
    assert labels(shape)[0] == ["The file"]
    assert shape.attachment is not None
    assert shape.attachment.filename == "Foxes & Links, a field guide.pdf"


def test_waiting_is_told_with_what_comes_before() -> None:
    queued = capture(None, (), state="queued")
    assert said(render(card(link(capture=queued, waiting_before=2)), setting())) == "Keeping example.org … 2 before you"
    assert said(render(card(link(capture=queued)), setting())) == "Keeping example.org …"
    assert render(card(link(capture=queued)), setting()).keyboard == ()


def test_a_deleted_link_shows_nothing_but_the_undo() -> None:
    shape = render(card(link(deleted_by="Bob"), sent_form="photo"), setting())
    assert said(shape) == "Deleted by Bob."
    assert shape.photo is None
    assert shape.blank_photo, "the picture would stay to be seen"
    assert labels(shape) == [["Undo"]]


def test_in_private_the_offline_page_follows_once() -> None:
    private = card(link(), chat_kind="private", chat_id=1001)
    shape = render(private, setting())
    assert shape.attachment is not None
    assert shape.attachment.artifact.kind == "html"
    assert shape.attachment.filename == "Foxes & Links, a field guide.html"
    assert render(replace(private, documents_sent=True), setting()).attachment is None
    assert render(card(link()), setting()).attachment is None, "a group has a button for it"


def test_buttons_for_files_press_in_private_and_open_private_in_groups() -> None:
    private = [button for row in card_keyboard(3, True, link(), setting()) for button in row]
    assert private[0].press == FilePress(7, "html")
    group = [button for row in card_keyboard(3, False, link(), setting()) for button in row]
    assert group[0].url == "https://t.me/hashkeep_bot?start=html-7"


def test_files_opens_what_exists_and_leads_back() -> None:
    rows = files_keyboard(3, True, link(), setting())
    assert [[b.label for b in row] for row in rows] == [["Full picture", "Text"], ["Back"]]
    assert rows[-1][0].press == CardPress("card", 7, 3)


def several(**more: Any) -> list[LinkView]:
    return [
        link(),
        link(None, link_id=8, number=13, host="slow.example", capture=capture(None, (), state="running")),
        link(None, link_id=9, number=14, host="dead.example",
             capture=capture("unreachable", (), error_code="no_such_host")),
    ]  # fmt: skip


def test_several_links_are_a_line_each() -> None:
    shape = render(card(*several()), setting())
    assert said(shape).split("\n")[:3] == [
        "✓ Foxes & Links, a field guide · 12",
        "… slow.example",
        "✗ dead.example: no such host",
    ]
    assert shape.album == ()
    assert shape.keyboard == ()


def test_tags_of_a_deleted_link_are_no_matter_of_the_others() -> None:
    links = [link(tags=("old",), deleted_by="Bob"), link(number=13, tags=("a", "b")), link(number=14, tags=("b",))]
    assert said(render(card(*links), setting())).split("\n")[-1] == "#b"
    assert "#old" not in said(render(card(links[0], links[0]), setting()))


def test_the_album_comes_when_all_have_ended() -> None:
    links = [several()[0], link("Another", link_id=8, number=13), several()[2]]
    shape = render(card(*links), setting())
    assert [read_html(picture.caption)[0] for picture in shape.album] == [
        "✓ Foxes & Links, a field guide · 12",
        "✓ Another · 13",
    ]
    pressed = [[button.press for button in row] for row in shape.keyboard]
    assert pressed == [[ShowPress(12), ShowPress(13)], [AllPress("again", 3)]]
    assert render(card(*links, album_sent=True), setting()).album == ()


@pytest.mark.parametrize(
    ("endings", "offered"),
    [
        (("unreachable", "login"), [["Try again", "Delete"]]),
        (("login", "refused"), [["Delete"]]),
        (("ok", "login"), [["12"]]),
        (("unreachable", None), [["Try again", "Delete"]]),
        ((None, None), [["Undo"]]),
    ],
)
def test_a_card_of_several_links_offers_what_can_be_done_about_those_that_failed(
    endings: tuple[str | None, ...], offered: list[list[str]]
) -> None:
    links = [
        link(number=number, link_id=number, deleted_by=None if verdict else "Bob",
             capture=capture(verdict or "blank", PAGE if verdict == "ok" else ()))
        for number, verdict in enumerate(endings, 12)
    ]  # fmt: skip
    assert labels(render(card(*links), setting())) == offered


def test_an_album_is_ten_at_most() -> None:
    shape = render(card(*[link(number=n, link_id=n) for n in range(1, 21)]), setting())
    assert len(shape.album) == 10
    assert sum(len(row) for row in shape.keyboard) == 20


def test_what_was_not_kept_is_named() -> None:
    notes = (
        IntakeNote("private_address", "10.0.0.1"),
        IntakeNote("credentials_removed", "example.org"),
        IntakeNote("too_many", "a.example/1"),
        IntakeNote("too_many", "b.example/2"),
    )
    text = said(render(card(notes=notes), setting()))
    assert text.split("\n") == [
        "Not a public address, so not kept: 10.0.0.1",
        "Kept without the name and password in the address: example.org",
        "Of one message 20 links are kept. Left out: a.example/1, b.example/2",
    ]


@pytest.mark.parametrize(
    "title", ["@admin /ban everyone", "</a><b>x", "a\u202egpj.exe", "\x00\x1b[31m red", "\ud83e lone", "&amp; <", "  "]
)
def test_a_title_is_never_markup_a_mention_or_a_command(title: str) -> None:
    text, marked = read_html(render(card(link(title)), setting()).text)
    first = text.split("\n")[0]
    assert ("a", "https://example.org/foxes", first) in marked
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_names_of_people_and_odd_tags_do_nothing() -> None:
    shape = render(card(link(repost=True, first_shared_by="@durov", tags=("a/b", "two words", "ok"))), setting())
    _, marked = read_html(shape.text)
    assert ("code", "", "@durov") in marked
    assert ("code", "", "#a/b") in marked
    assert ("code", "", "#two words") in marked
    assert ("code", "", "#ok") not in marked


def test_the_digest_tells_words_and_pictures_apart() -> None:
    one, other = render(card(link()), setting()), render(card(link("Other")), setting())
    assert one.digest != other.digest
    assert one.photo_digest == other.photo_digest
    assert len(one.digest) <= 64
    assert render(card(link()), setting()).digest == one.digest


titles = st.text(min_size=0, max_size=400) | st.sampled_from(["🦊" * 300, "<b>" * 100, "👩‍👩‍👧‍👦" * 60, "字" * 500])
verdicts = st.sampled_from([verdict.value for verdict in Verdict])


@st.composite
def any_link(draw: st.DrawFn) -> LinkView:
    ended = draw(st.booleans())
    shown = capture(
        draw(verdicts) if ended else None,
        draw(st.sampled_from([(), PAGE, PAGE[:1]])) if ended else (),
        state="ended" if ended else "queued",
        http_status=draw(st.sampled_from([None, 200, 404, 418, 599])),
        error_code=draw(st.sampled_from([None, "no_such_host", "memory", "deadline", "something_new"])),
        media_type=draw(st.sampled_from([None, "application/pdf", "x/y"])),
        title=draw(st.none() | titles),
    )
    return link(
        draw(st.none() | titles),
        number=draw(st.integers(1, 10**6)),
        url="https://example.org/" + draw(st.text(max_size=50)) + "x" * draw(st.sampled_from([0, 1900])),
        tags=tuple(draw(st.lists(st.text(min_size=1, max_size=300), max_size=5))),
        first_shared_by=draw(titles),
        deleted_by=draw(st.none() | titles),
        repost=draw(st.booleans()),
        capture=draw(st.sampled_from([shown, None])),
    )


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    links=st.lists(any_link(), min_size=1, max_size=20),
    notes=st.lists(st.builds(IntakeNote, st.sampled_from(["too_many", "bad_scheme", "too_long"]), st.text(max_size=90)),
                   max_size=10),
    language=st.sampled_from(["en", "zh"]),
    form=st.sampled_from([None, "text", "photo"]),
)  # fmt: skip
def test_every_card_is_one_that_telegram_takes(
    links: list[LinkView], notes: list[IntakeNote], language: str, form: Any
) -> None:
    sent = None if form is None else 9
    shape = render(card(*links, notes=tuple(notes), sent_form=form, sent_message_id=sent), setting(language))
    text, marked = read_html(shape.text)
    is_caption = form == "photo" or shape.photo is not None
    assert text.strip()
    assert units(text) <= (1024 if is_caption else 4096)
    assert len(marked) <= 100
    for picture in shape.album:
        assert units(read_html(picture.caption)[0]) <= 1024
    keyboard = markup(shape.keyboard)
    for row in keyboard.inline_keyboard if keyboard else ():
        assert len(row) <= 8
        assert all(isinstance(b.callback_data, str) and len(b.callback_data.encode()) <= 64 for b in row if not b.url)


@pytest.mark.parametrize(
    ("language", "value", "says"),
    [
        ("en", "2 500 2026-11-30T18:21", "Not kept: 2 links. 500 new ones a day are the limit here; "
         "there is room again from 30 Nov, 18:21 UTC."),
        ("zh", "2 500 2026-11-30T18:21", "没有保存：2 个链接。这里每天最多新增 500 个，"
         "11月30日 18:21（UTC）以后可以继续。"),
        ("en", "1 500 18:21", "there is room again from 18:21 UTC."),
    ],
)  # fmt: skip
def test_a_reached_quota_says_on_which_day_there_is_room_again(language: str, value: str, says: str) -> None:
    shape = render(card(notes=(IntakeNote("quota_links", value),)), setting(language))
    assert says in said(shape)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "title",
    [
        "Foxes",
        "12, and more. A - takes",
        "x: Reply with a note for 99, y",
        "x：给“y”（99）写什么备注？请回复这条消息",
        "“y”（99）改成什么标题？请回复这条消息，写 - 就恢复网页自己的标题。",
    ],
)
def test_a_question_for_words_is_known_again_by_its_words(language: str, title: str) -> None:
    asked = link(number=31, title=title, given_title=title)
    for wanted in WANTED:
        for person in (None, Piece("Bob: 7, x", href="tg://user?id=1002")):
            text, _ = read_html(question(wanted, asked, person, words(language)))
            assert question_in(text) == (wanted, 31)
    assert question_in(f"{title}\n12") is None
