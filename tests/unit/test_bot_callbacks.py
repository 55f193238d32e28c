"""Buttons carry their state and nothing made up is believed."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callbacks import (
    FILE_KINDS,
    AllPress,
    CardPress,
    FilePress,
    ListKind,
    ListPress,
    NoPress,
    Press,
    QuestionPress,
    RulePress,
    SettingPress,
    ShowPress,
    UndoPress,
    Unreadable,
    VersionPress,
    pack,
    unpack,
)

numbers = st.integers(0, 10**14)
queries = st.text(max_size=200)
presses = st.one_of(
    st.builds(CardPress, st.sampled_from(["again", "delete", "undo", "files", "card"]), numbers, numbers),
    st.builds(FilePress, numbers, st.sampled_from(FILE_KINDS)),
    st.builds(AllPress, st.sampled_from(["again", "delete", "undo"]), numbers),
    st.builds(ShowPress, numbers),
    st.builds(
        ListPress,
        st.sampled_from(["page", "pick"]),
        st.sampled_from(get_args(ListKind)),
        st.integers(1, 10**6),
        st.none() | queries,
    ),
    st.builds(FilePress, numbers, st.sampled_from(FILE_KINDS), st.integers(1, 10**14)),
    st.builds(QuestionPress, numbers, st.booleans()),
    st.builds(UndoPress, numbers),
    st.builds(RulePress, st.sampled_from(["drop", "old"]), numbers),
    st.builds(
        SettingPress, st.from_regex(r"[a-z_]{1,24}", fullmatch=True), st.from_regex(r"[a-z0-9_]{0,24}", fullmatch=True)
    ),
    st.builds(VersionPress, numbers, numbers, numbers),
    st.just(NoPress()),
)


@given(presses)
def test_a_press_comes_back_as_it_was_made(press: Press) -> None:
    data = pack(press)
    assert 1 <= len(data.encode()) <= 64
    back = unpack(data)
    if isinstance(press, ListPress) and isinstance(back, ListPress) and back.query is None:
        assert press.query is None or len(f"p:t:{press.page}:{press.query}".encode()) > 64
        back = ListPress(back.action, back.kind, back.page, press.query)
    assert back == press


@given(st.text(max_size=64))
def test_what_we_did_not_make_is_refused_and_never_an_error(data: str) -> None:
    try:
        press = unpack(data)
    except Unreadable:
        return
    assert unpack(pack(press)) == press


@pytest.mark.parametrize(
    "data", ["", "x:1", "d:", "d:1", "d:1:2:3", "d:-1:2", "g:1:secrets", "p:q:1", "s:٣", "a:1:9" + "9" * 20]
)
def test_tampered_data_is_unreadable(data: str) -> None:
    with pytest.raises(Unreadable):
        unpack(data)


def test_a_short_query_is_carried_and_a_long_one_is_not() -> None:
    assert unpack(pack(ListPress("page", "tag", 2, "网页 快照"))) == ListPress("page", "tag", 2, "网页 快照")
    assert unpack(pack(ListPress("page", "search", 2, "很长" * 40))) == ListPress("page", "search", 2, None)
