"""What is packed in an archive, and what is packed already and only wrapped."""

from __future__ import annotations

import gzip
import io
import random
from datetime import UTC, datetime

import pytest

from capture.warc import WarcWriter

AT = datetime(2026, 11, 3, 12, 30, 15, tzinfo=UTC)
NOISE = random.Random(1).randbytes(200_000)
"""As a JPEG's bytes are to a packer."""


def kept(body: bytes) -> bytes:
    out = io.BytesIO()
    WarcWriter(out, "data.warc.gz", "test").resource("http://example.org/a", AT, "image/x", body)
    return out.getvalue()


@pytest.mark.parametrize("body", [b"", NOISE, b"words and words " * 20_000, NOISE[:20_000]])
def test_every_body_comes_out_as_it_went_in(body: bytes) -> None:
    assert gzip.decompress(kept(body)).endswith(b"\r\n\r\n" + body + b"\r\n\r\n")


def test_what_can_be_packed_is_packed() -> None:
    assert len(kept(b"words and words " * 20_000)) < 5_000


def test_what_is_packed_already_is_not_packed_again() -> None:
    assert NOISE[100_000:130_000] in kept(NOISE)


def test_a_packed_head_does_not_decide_for_a_long_body() -> None:
    assert len(kept(NOISE[:8_000] + b"a" * 400_000)) < 20_000
