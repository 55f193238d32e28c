"""Dates as pages write them."""

from __future__ import annotations

import pytest

from capture.dates import iso_date


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2026", "2026"),
        ("2026-11", "2026-11"),
        (" 2026-11-02 ", "2026-11-02"),
        ("2026-11-02T08:00:00.000+08:00", "2026-11-02T08:00:00.000+08:00"),
        ("2026-11-02 08:00:00", "2026-11-02 08:00:00"),
        ("2026/11/2", "2026-11-02"),
        ("2026.11.02", "2026-11-02"),
        ("2026/11/2 8:05", "2026-11-02T08:05:00"),
        ("2026年11月2日", "2026-11-02"),
        ("2026年11月2日 08:05:09", "2026-11-02T08:05:09"),
        ("20261102", "2026-11-02"),
        ("Mon, 02 Nov 2026 08:00:00 GMT", "2026-11-02T08:00:00+00:00"),
        ("November 2nd, 2026", "2026-11-02"),
        ("Monday, Nov. 2 2026", "2026-11-02"),
        ("2 November 2026 at noon", "2026-11-02"),
    ],
)
def test_a_date_is_read(written: str, iso: str) -> None:
    assert iso_date(written) == iso


@pytest.mark.parametrize(
    "written",
    ["", "yesterday", "2026-13-01", "2026-02-30", "02/11/26", "20261399", "0000-01-01", "9999", "2026-11-02<script>",
     "November 2026", "3 days ago", "2026-11-02" * 20, "Mon, 99 Nov 2026 08:00:00 GMT"],
)  # fmt: skip
def test_what_is_no_date_is_not_guessed_at(written: str) -> None:
    assert iso_date(written) is None
