"""What people write behind commands and in replies, in English and Chinese punctuation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Chat, Message, MessageEntity

from bot import names
from bot.intake import entity_texts
from bot.names import NotUnderstood, Numbered, RuleAsked, Tagging


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#foxes", Tagging(("foxes",), ())),
        ("-#foxes", Tagging((), ("foxes",))),
        ("#a -#b #c", Tagging(("a", "c"), ("b",))),
        ("#a/b", Tagging(("a/b",), ())),
        ('#"two words" -#“in quotes”', Tagging(("two words",), ("in quotes",))),
        ("＃网页，#快照、－＃旧", Tagging(("网页", "快照"), ("旧",))),
        ("#「两 个 词」", Tagging(("两 个 词",), ())),
        ("#foxes.", Tagging(("foxes",), ())),
        ("#foxes@hashkeep_bot", Tagging(("foxes",), ())),
        ("#a#b", Tagging(("a", "b"), ())),
        ("#a #a", Tagging(("a",), ())),
        ("−#minus –#dash", Tagging((), ("minus", "dash"))),
    ],
)
def test_tags_in_a_reply(text: str, expected: Tagging) -> None:
    assert names.tagging(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reading, art. and 诗歌。 #x! @me", Tagging(("reading", "art", "诗歌", "x"), ())),
        ("den, -asked #a/b", Tagging(("den", "a/b"), ("asked",))),
        ('"two words." 和 #and', Tagging(("two words.", "and"), ())),
        ("-", Tagging((), ())),
    ],
)
def test_tags_that_were_asked_for(text: str, expected: Tagging) -> None:
    assert names.listed(text) == expected


@pytest.mark.parametrize("text", ["", "thanks", "I like #foxes", "foxes", "#", "# #", "-", '#""', "#!", "#x and more"])
def test_what_is_no_tagging(text: str) -> None:
    assert names.tagging(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("old new", ("old", "new")),
        ("#old #new", ("old", "new")),
        ("a into b", ("a", "b")),
        ("a INTO b", ("a", "b")),
        ("#a 到 #b", ("a", "b")),
        ("甲 合并到 乙", ("甲", "乙")),
        ("old → new", ("old", "new")),
        ('"two words" into "three more words"', ("two words", "three more words")),
        ("“旧 名”，新名", ("旧 名", "新名")),
        ("a/b c/d", ("a/b", "c/d")),
        ("#into #to", ("into", "to")),
    ],
)
def test_two_names(text: str, expected: tuple[str, str]) -> None:
    assert names.pair(text) == expected


@pytest.mark.parametrize("text", ["", "one", "a b c", "a #into b", '"a', "a -b"])
def test_what_are_not_two_names(text: str) -> None:
    with pytest.raises(NotUnderstood):
        names.pair(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 words and more", Numbered(12, "words and more")),
        ("#12 words", Numbered(12, "words")),
        ("１２ 说明", Numbered(12, "说明")),
        ("12", Numbered(12, "")),
        ("words alone", Numbered(None, "words alone")),
        ("12\ntwo\nlines", Numbered(12, "two\nlines")),
        ("", Numbered(None, "")),
        ("0 words", Numbered(None, "0 words")),
        ("99999999999 words", Numbered(None, "99999999999 words")),
        ("12th of May", Numbered(None, "12th of May")),
    ],
)
def test_a_number_and_words(text: str, expected: Numbered) -> None:
    assert names.numbered(text) == expected


@pytest.mark.parametrize(
    ("text", "numbers", "expected"),
    [
        ("2 reasons to read this", [3], Numbered(None, "2 reasons to read this")),
        ("3 reasons", [3], Numbered(None, "3 reasons")),
        ("1984", [3], Numbered(None, "1984")),
        ("4 words", [3, 4], Numbered(4, "words")),
        ("2 reasons", [3, 4], Numbered(None, "2 reasons")),
        ("12 words", [], Numbered(12, "words")),
        ("", [3], Numbered(None, "")),
    ],
)
def test_in_a_reply_a_number_only_chooses_between_its_links(text: str, numbers: list[int], expected: Numbered) -> None:
    assert names.numbered_in_reply(text, numbers) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", RuleAsked()),
        ("-3", RuleAsked(remove=3)),
        ("－３", RuleAsked(remove=3)),
        ("host:github.com #code", RuleAsked(host="github.com", tags=("code",))),
        ("HOST:https://www.GitHub.com/path #code #dev", RuleAsked(host="github.com", tags=("code", "dev"))),
        ("host：例子.中国 #网页", RuleAsked(host="例子.中国", tags=("网页",))),
        ('"red fox" #animals', RuleAsked(words="red fox", tags=("animals",))),
        ('fox #"wild animals"', RuleAsked(words="fox", tags=("wild animals",))),
        ("「江南 春色」 #诗", RuleAsked(words="江南 春色", tags=("诗",))),
        ("C# #csharp", RuleAsked(words="C#", tags=("csharp",))),
        ("F#, C＃ 教程 #dotnet", RuleAsked(words="F# C# 教程", tags=("dotnet",))),
        ('"learn C# now" #csharp', RuleAsked(words="learn C# now", tags=("csharp",))),
        ("C++ #cpp", RuleAsked(words="C++", tags=("cpp",))),
        ("网站:127.0.0.1 #x", RuleAsked(host="127.0.0.1", tags=("x",))),
        ("网站：例子.中国 #x", RuleAsked(host="例子.中国", tags=("x",))),
        ("host:xn--fsqu00a.xn--fiqs8s #code", RuleAsked(host="例子.中国", tags=("code",))),
        ("host: github.com #code", RuleAsked(host="github.com", tags=("code",))),
    ],
)
def test_rules(text: str, expected: RuleAsked) -> None:
    assert names.rule(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "#code", "host:github.com", "host:#code", "host:nodots #x", "fox -#x", "words", "host:a.example b.example #x",
        "host:a.example fox #x", "C#.NET #x",
    ],
)  # fmt: skip
def test_what_is_no_rule(text: str) -> None:
    with pytest.raises(NotUnderstood):
        names.rule(text)


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [("#a", 0, ["#a"]), ("🦊 -#a", 4, []), ("x −#a", 3, []), ("x-#a", 2, ["#a"]), ("look, -#a", 7, [])],
)
def test_a_hashtag_behind_a_minus_is_not_put_on(text: str, at: int, expected: list[str]) -> None:
    entity = MessageEntity(MessageEntity.HASHTAG, at, 2)
    message = Message(1, datetime.now(UTC), Chat(1, Chat.PRIVATE), text=text, entities=[entity])
    assert [found for _, found in entity_texts(message)] == expected


@given(st.text(max_size=60))
def test_nothing_written_breaks_it(text: str) -> None:
    found = names.tagging(text)
    assert found is None or all((*found.add, *found.remove))
    names.numbered(text)
    for read in (names.pair, names.rule, names.single):
        try:
            read(text)
        except NotUnderstood:
            continue
