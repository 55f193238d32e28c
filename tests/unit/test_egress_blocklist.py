"""Files in hosts format: what is read from them, and what stops the start."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from capture.egress_blocklist import Blocklist, WrongBlocklist, load_blocklist


def load(tmp_path: Path, *texts: str | bytes) -> Blocklist:
    paths = []
    for number, text in enumerate(texts):
        path = tmp_path / f"list{number}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    return load_blocklist(paths)


@pytest.mark.parametrize(
    "line",
    [
        "0.0.0.0 ads.example", "127.0.0.1 ads.example", "::1 ads.example", ":: ads.example", "0 ads.example",
        "ads.example", "ads.example.", "ADS.Example", "\tads.example ", "0.0.0.0\tads.example # why",
        "0.0.0.0 other.example ads.example", "ads.example#why", "0.0.0.0 ads.example\r",
    ],
)  # fmt: skip
def test_every_way_to_name_a_host(tmp_path: Path, line: str) -> None:
    found = load(tmp_path, f"# a list\n\n{line}\n")
    assert "ads.example" in found
    assert "ads" not in found


def test_a_name_is_that_name_and_none_below_or_above_it(tmp_path: Path) -> None:
    found = load(tmp_path, "0.0.0.0 ads.example\n")
    assert not [host for host in ("x.ads.example", "example", "ads.example.org", "") if host in found]


def test_foreign_letters_are_listed_as_a_browser_asks_for_them(tmp_path: Path) -> None:
    found = load(tmp_path, "0.0.0.0 Bücher.example\n0.0.0.0 广告.example\nxn--mnchen-3ya.example\n_dmp.example\n")
    hosts = ("xn--bcher-kva.example", "xn--4rr70v.example", "xn--mnchen-3ya.example", "_dmp.example")
    assert [host in found for host in hosts] == [True] * 4


def test_what_every_hosts_file_has_besides_lists_nothing(tmp_path: Path) -> None:
    usual = """\ufeff# Title: a list
127.0.0.1 localhost
255.255.255.255 broadcasthost
::1 ip6-localhost
fe80::1%lo0 localhost
ff02::1 ip6-allnodes
0.0.0.0 0.0.0.0
0.0.0.0 ads.example
"""
    assert len(load(tmp_path, usual)) == 1
    assert "ads.example" in load(tmp_path, usual.replace("\n", "\r\n"))


def test_several_files_are_one_list(tmp_path: Path) -> None:
    found = load(tmp_path, "a.example\nb.example\n", "b.example\nc.example\n")
    assert (len(found), "a.example" in found, "c.example" in found) == (3, True, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("||ads.example^\n", "line 1 (||ads.example^) is a rule of an ad blocker"),
        ("a.example\n! Title\n", "line 2"),
        ("<!doctype html>\n<html>\n", "line 1"),
        ("*.ads.example\n", "none of hosts format"),
        ("140.82.112.3 github.example\n", "line 1 (140.82.112.3 github.example)"),
        ("10.0.0.1\n", "line 1"),
        ("0.0.0.0\n", "line 1"),
        ("https://ads.example/x\n", "line 1"),
        ("nonsense\n", "line 1 (nonsense)"),
        ("a.example b.example\n", "line 1"),
        ("", "names no host"),
        ("# only words\n127.0.0.1 localhost\n", "names no host"),
        (b"\xff\xfe\x00\x01", "is no text"),
        ("a\x1b[31m\u202eb\n", "line 1 (a?[31m?b)"),
    ],
)
def test_what_is_no_list_is_told_with_its_line(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(WrongBlocklist) as error:
        load(tmp_path, text)
    told = str(error.value)
    assert says in told
    assert str(tmp_path / "list0") in told
    assert told.isprintable()


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(WrongBlocklist, match=r"nowhere does not exist; write the path of a file in hosts format"):
        load_blocklist([tmp_path / "nowhere"])
    with pytest.raises(WrongBlocklist, match="is no file"):
        load_blocklist([tmp_path])


def test_a_few_odd_lines_in_a_long_list_are_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines = [f"0.0.0.0 host{n}.example" for n in range(500)]
    lines[6] = "0.0.0.0 -not a host/"
    found = load(tmp_path, "\n".join(lines))
    assert len(found) == 499
    assert "1 of 500 lines are no hosts, the first is line 7" in caplog.text


def test_a_long_list_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_text("".join(f"0.0.0.0 host{n}.ads{n % 977}.example\n" for n in range(200_000)))
    tracemalloc.start()
    try:
        found = load_blocklist([path])
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == 200_000
    assert "host199999.ads691.example" in found
    assert kept < 2_500_000
    assert most < 25_000_000
