"""The stretch of a text that shows what was found."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.markup import quiet
from storage.snippets import BEFORE_CHARS, WIDTH_CHARS, context, pattern
from storage.tokens import fold


def show(text: str, *words: tuple[str, bool]) -> str:
    wanted = pattern(words)
    assert wanted
    return "".join(f"[{piece}]" if hit else piece for piece, hit in context(text, wanted))


def test_words_phrases_and_chinese() -> None:
    assert show("A red Fox and foxes", ("fox", False)) == "A red [Fox] and [foxes]"
    assert show("firefox", ("fox", False)) == ""
    assert show("to go to Google", ("go", False)) == "to [go] to Google"
    assert show("the quick, brown fox", ("quick brown", True)) == "the [quick, brown] fox"
    assert show("保存网页快照。", ("快照", False)) == "保存网页[快照]。"
    assert show("用Python处理", ("python处理", False)) == "用[Python][处理]"


def test_other_spellings_are_shown_as_they_stand() -> None:
    assert show("Ein Café, bitte", ("cafe", False)) == "Ein [Café], bitte"
    assert show("ＡＰＩ设计", ("api", False)) == "[ＡＰＩ]设计"
    assert show("Die Straße nach", ("strasse", False)) == "Die [Straße] nach"


def test_the_stretch_with_the_most_words() -> None:
    text = "fox. " + "Nothing at all here. " * 20 + "The fox and the badger meet." + " And more of it." * 20
    shown = show(text, ("fox", False), ("badger", False))
    assert "[fox] and the [badger]" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")


@settings(deadline=None)
@given(st.text(max_size=300), st.text(st.sampled_from("ab快 é"), min_size=1, max_size=4), st.booleans())
def test_whatever_the_text_is(text: str, words: str, phrase: bool) -> None:
    wanted = pattern([(fold(words).strip(), phrase)])
    if wanted is None:
        return
    pieces = context(text, wanted)
    assert sum(len(piece) for piece, _ in pieces) <= 2 * WIDTH_CHARS + BEFORE_CHARS + 2
    assert not pieces or any(hit for _, hit in pieces)


def test_nothing_in_it_becomes_a_mention_a_command_or_a_link() -> None:
    for text in ("@somebody", "/delete 1", "#tag", "example.org", "a\n@b"):
        assert text not in quiet(text)
        assert quiet(text).replace("\u2060", "") == text.replace("\n", " ")
