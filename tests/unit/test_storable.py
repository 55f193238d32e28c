"""Text that no database takes, made such that both do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import storable

ANY_CHARACTER = st.characters(categories=["L", "N", "P", "S", "Z", "C"])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("狐狸 🦊", "狐狸 🦊"),
        ("a\0b", "ab"),
        ("狐\0狸", "狐狸"),
        ("half \ud83e.", "half \ufffd."),
        ("\udd8a\ud83e", "\ufffd\ufffd"),
        (r"the words \u0000 and \ud83e", r"the words \u0000 and \ud83e"),
    ],
)
def test_text_keeps_all_that_can_be_kept(text: str, kept: str) -> None:
    assert storable.text(text) == kept


@pytest.mark.parametrize("ensure_ascii", [True, False])
@given(text=st.text(ANY_CHARACTER))
def test_json_keeps_the_same_as_text(text: str, ensure_ascii: bool) -> None:
    encoded = json.dumps({"words": [text, "\\" + text]}, ensure_ascii=ensure_ascii)
    # Two halves that meet are one character to JSON, as they are to a script.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
    kept = json.loads(storable.json(encoded))["words"]
    if ensure_ascii:
        assert kept == [whole, "\\" + whole]
    else:
        assert kept == [storable.text(text), "\\" + storable.text(text)]
    storable.json(encoded).encode()
