"""A body that the renderer gives as text becomes the bytes that came again."""

from __future__ import annotations

import pytest

from capture.recorder_bodies import _as_it_came


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        ("gb18030", "gb18030", "中文网页，繁體"),
        ("GBK", "gbk", "中文网页"),
        ("Shift_JIS", "shift_jis", "x='漢字'"),
        ("shift_jis", "cp932", "①～"),
        ("euc-kr", "euc-kr", "한국어"),
        ("windows-1252", "cp1252", "naïve “quotes” €"),
        ("iso-8859-1", "cp1252", "naïve €"),
        ("utf-8", "utf-8", "everything 中 é"),
        ("", "utf-8", "no charset é"),
        ("no-such-charset", "utf-8", "é"),
        ("iso-8859-5", "utf-8", "what it cannot hold: 中"),
    ],
)
def test_a_text_in_its_own_encoding(charset: str, encoding: str, text: str) -> None:
    assert _as_it_came(text, charset) == text.encode(encoding)


def test_half_characters_break_nothing() -> None:
    assert _as_it_came("\ud83d", "utf-8") == b"\xed\xa0\xbd"
