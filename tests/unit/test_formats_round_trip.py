"""What is written is read back the same, whatever people wrote into it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.formats import ours
from storage.formats.csv_files import harmless, join_tags, original, split_tags
from storage.formats.reading import Reading
from storage.formats.records import (
    ArtifactRecord,
    CaptureRecord,
    ExportFormat,
    Header,
    LinkRecord,
    RuleRecord,
    ShareRecord,
)
from storage.formats.writing import Writer

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def written(tmp_path: Path, kind: ExportFormat, links: list[LinkRecord], header: Header | None = None) -> Path:
    writer = Writer(tmp_path, "archive", kind, header or Header(title="Foxes"), AT)
    for link in links:
        writer.write(link)
    (path,) = writer.close()
    return path


def read(path: Path, tmp_path: Path) -> tuple[list[LinkRecord], Reading]:
    with Reading(path, tmp_path) as reading:
        return list(reading.links()), reading


_character = st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Cf"), blacklist_characters="\ufffe\uffff")
_line = st.text(_character, max_size=40).map(lambda text: " ".join(text.split()))
_text = st.lists(_line, max_size=3).map(lambda parts: "\n".join(parts).strip())
_tag = st.text(_character, min_size=1, max_size=20).map(lambda t: " ".join(t.split()).lstrip("#＃").strip())
_tags = st.lists(_tag.filter(bool), max_size=4, unique=True).map(tuple)
_when = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)).map(lambda d: d.replace(tzinfo=UTC, microsecond=0))  # noqa: DTZ001
_url = st.text("abcXYZ019-._~/?=&%+é网'\"<>", max_size=30).map(lambda rest: f"https://example.org/{rest}")
_share = st.builds(
    ShareRecord,
    who=_line,
    who_id=st.none() | st.integers(1, 2**40),
    when=st.none() | _when,
    words=_text,
    source=st.none() | _line.filter(bool),
    message_id=st.none() | st.integers(1, 2**40),
)
_sha256 = st.binary(min_size=32, max_size=32).map(bytes.hex)
_artifact = st.builds(ArtifactRecord, st.sampled_from(ours.KINDS), _sha256, st.integers(0, 10**9), st.just("text/html"))
_capture = st.builds(
    CaptureRecord,
    when=_when,
    ended=_when,
    verdict=st.sampled_from(sorted(ours.VERDICTS)),
    http_status=st.none() | st.integers(100, 599),
    title=st.none() | _line.filter(bool),
    given_by=st.none() | _line.filter(bool),
    metadata=st.dictionaries(_line, _line, max_size=2),
    artifacts=st.lists(_artifact, max_size=3, unique_by=lambda a: a.kind).map(tuple),
)
_link = st.builds(
    LinkRecord,
    url=_url,
    number=st.integers(1, 10**6),
    title=st.none() | _line.filter(bool),
    given_title=st.none() | _line.filter(bool),
    note=st.none() | _text.filter(bool),
    tags=_tags,
    shares=st.lists(_share, max_size=3).map(tuple),
    captures=st.lists(_capture, max_size=2).map(tuple),
)


@given(st.lists(_link, max_size=4))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_loses_nothing(tmp_path: Path, links: list[LinkRecord]) -> None:
    found, reading = read(written(tmp_path, "json", links), tmp_path)
    assert found == links
    assert reading.format == "hashkeep"


def test_json_is_plain_to_other_programs_and_brings_rules_aliases_and_settings(tmp_path: Path) -> None:
    header = Header(
        chat_id=-1001, title="Foxes", kind="supergroup", settings={"quiet": True}, aliases=[("ai", "人工智能")]
    )
    header.rules = [RuleRecord("github.com", None, ("code",))]
    share = ShareRecord("小林", 7, AT, "看 https://example.cn", thread_id=5)
    capture = CaptureRecord(AT, AT, "ok", artifacts=(ArtifactRecord("html", "ab" * 32, 5, "text/html"),))
    link = LinkRecord("https://example.cn", 3, "Title", None, "a note", ("网页",), (share,), (capture,))
    path = written(tmp_path, "json", [link], header)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["format_version"] == 1
    (row,) = data["links"]
    assert (row["number"], row["title"], row["tags"], row["note"]) == (3, "Title", ["网页"], "a note")
    assert (row["shares"][0]["who"], row["shares"][0]["when"]) == ("小林", "2026-03-04T05:06:07Z")
    assert row["captures"][0]["artifacts"][0]["sha256"] == "ab" * 32
    _, reading = read(path, tmp_path)
    assert (reading.header.aliases, reading.header.rules) == (header.aliases, header.rules)
    assert (reading.header.settings, reading.header.chat_id) == (header.settings, -1001)


@given(st.lists(_link, max_size=4))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_csv_keeps_what_a_table_can_hold_and_computes_nothing(tmp_path: Path, links: list[LinkRecord]) -> None:
    path = written(tmp_path, "csv", links)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "Excel would take it for another encoding"
    for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    found, _ = read(path, tmp_path)
    assert [(f.number, f.url, f.note) for f in found] == [(link.number, link.url, link.note) for link in links]
    for f, link in zip(found, links, strict=True):
        assert f.title == (link.title if link.title != link.url else None)
        assert f.given_title == (link.given_title if link.given_title != link.url else None)
    assert [f.tags for f in found] == [link.tags for link in links]


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "'=x", "''=x", "＝1"])
def test_formulas_are_made_harmless_and_back(text: str) -> None:
    assert harmless(text).startswith("'")
    assert original(harmless(text)) == text


def test_a_name_with_a_comma_stands_in_quotes() -> None:
    assert split_tags(join_tags(("a", "b c", "d,e"))) == ("a", "b c", "d,e")


@given(st.lists(_link, max_size=4))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bookmarks_keep_address_title_tags_note_and_day(tmp_path: Path, links: list[LinkRecord]) -> None:
    found, reading = read(written(tmp_path, "bookmarks", links), tmp_path)
    assert reading.format == "bookmarks"
    assert [f.url for f in found] == [link.url for link in links]
    assert [f.note for f in found] == [link.note for link in links]
    for one, link in zip(found, links, strict=True):
        if not any(set(tag) & set('",，') for tag in link.tags):
            assert one.tags == link.tags
        first = link.shares[0].when if link.shares else None
        assert (one.shares[0].when if one.shares else None) == first


def test_a_zip_brings_its_files_along_and_a_page_to_read(tmp_path: Path) -> None:
    body = b"<!DOCTYPE html><p>kept"
    artifact = ArtifactRecord("html", hashlib.sha256(body).hexdigest(), len(body), "text/html")
    missing = ArtifactRecord("screenshot", "cd" * 32, 5, "image/jpeg")
    link = LinkRecord(
        "https://example.org/", 1, "<b>Foxes</b>", tags=("a",),
        captures=(CaptureRecord(AT, AT, "ok", artifacts=(artifact, missing)),),
    )  # fmt: skip

    def fetch(wanted: ArtifactRecord, path: Path) -> bool:
        if wanted == artifact:
            path.write_bytes(body)
        return wanted == artifact

    writer = Writer(tmp_path, "archive", "zip", Header(title="Foxes"), AT)
    writer.write(link, fetch)
    writer.write(replace(link, number=2, url="https://example.org/again"), fetch)
    (path,) = writer.close()
    assert path.name == "archive.zip"
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        index = archive.read("index.html").decode()
    assert names.count(f"files/{artifact.sha256[:2]}/{artifact.sha256}.html") == 1
    assert "&lt;b&gt;Foxes" in index
    assert "<b>" not in index
    with Reading(path, tmp_path) as reading:
        found = list(reading.links())
        assert reading.package is not None
        assert reading.package.copy(artifact, tmp_path / "out")
        assert not reading.package.copy(missing, tmp_path / "out2")
    assert (tmp_path / "out").read_bytes() == body
    assert found[0].captures[0].artifacts == (artifact, missing)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["archive.zip", "out"]


@pytest.mark.parametrize("kind", ["json", "csv", "bookmarks", "zip"])
def test_a_large_archive_comes_in_parts_that_are_whole_by_themselves(tmp_path: Path, kind: ExportFormat) -> None:
    links = [LinkRecord(f"https://example.org/{n}", n, "words " * 50) for n in range(1, 101)]
    writer = Writer(tmp_path, "archive", kind, Header(), AT, max_bytes=20_000)
    for link in links:
        writer.write(link)
    parts = writer.close()
    assert len(parts) > 1
    assert all(part.stat().st_size <= 20_000 for part in parts)
    assert [link.url for part in parts for link in read(part, tmp_path)[0]] == [link.url for link in links]
