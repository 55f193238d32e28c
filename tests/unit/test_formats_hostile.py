"""Files that are meant to do harm, or are broken: a code that people are told about, and nothing else happens."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.formats.json_reader import JsonReader
from storage.formats.package import JSON_NAME
from storage.formats.reading import Reading, Wish
from storage.formats.records import ArtifactRecord, BadFile, LinkRecord


def read(tmp_path: Path, content: bytes, wish: Wish | None = None) -> list[LinkRecord]:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with Reading(path, tmp_path, wish) as reading:
        return list(reading.links())


def code_of(tmp_path: Path, content: bytes, wish: Wish | None = None) -> str:
    with pytest.raises(BadFile) as refused:
        read(tmp_path, content, wish)
    assert [p.name for p in tmp_path.iterdir()] == ["upload"]
    return refused.value.code


def packed(files: dict[str, bytes], **keywords: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body, **keywords)
    return out.getvalue()


LISTING = json.dumps({"format": "hashkeep", "format_version": 1, "links": [{"url": "https://example.org/"}]}).encode()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unknown"),
        (b"\0" * 100, "unknown"),
        (b"just some words", "unknown"),
        (b"{", "broken"),
        (b'{"a": 1}', "unknown"),
        (b'{"links": [{"url": "https://example.org/"}', "broken"),
        (b'{"links": [' + b"[" * 100_000, "broken"),
        (b'{"x": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}", "unknown"),
        (b'{"format": "hashkeep", "format_version": 2, "links": []}', "too_new"),
        (b'{"links": ["' + b"x" * 9_000_000 + b'"]}', "too_large"),
        (b'{"links": [' + b"9" * 10_000 + b"]}", "broken"),
        (b"PK\x03\x04 not a ZIP at all", "broken"),
        (b"a,b\n1,2\n", "unknown"),
        (b"a,b\r1,2\r", "unknown"),
        (b"%PDF-1.3\r%\xe2\xe3\xcf\xd3\r1 0 obj\r<< /Type /Catalog >>\rendobj\r", "unknown"),
        (b"<html><body>no links", "unknown"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "unknown"),
    ],
)
def test_what_is_no_list_of_links_is_refused_with_a_code(tmp_path: Path, content: bytes, code: str) -> None:
    assert code_of(tmp_path, content) == code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])
@pytest.mark.parametrize(
    "text",
    [
        "url,title,tags\nhttps://example.org/,狐狸的故事，很长的故事,网页\n",
        '{"bookmarks": [{"url": "https://example.org/", "title": "狐狸的故事，很长的故事"}]}',
        '<!DOCTYPE NETSCAPE-Bookmark-file-1><A HREF="https://example.org/">狐狸的故事，很长的故事</A>',
    ],
)
def test_encodings_are_found_by_what_is_written(tmp_path: Path, encoding: str, text: str) -> None:
    (link,) = read(tmp_path, text.encode(encoding))
    assert (link.url, link.title) == ("https://example.org/", "狐狸的故事，很长的故事")


def test_deep_json_beside_the_links_is_passed_over(tmp_path: Path) -> None:
    content = b'{"settings0": ' + b"[" * 500_000 + b"]" * 500_000 + b', "format": "hashkeep", "links": []}'
    assert read(tmp_path, content) == []


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    bomb = packed({JSON_NAME: b'{"links": [' + b" " * 60_000_000 + b"]}"})
    assert len(bomb) < 200_000
    assert code_of(tmp_path, bomb) == "bomb"
    assert code_of(tmp_path, packed({JSON_NAME: LISTING}), Wish(max_total_bytes=10)) == "bomb"
    body = b"\0" * 30_000_000
    artifact = ArtifactRecord("html", hashlib.sha256(body).hexdigest(), len(body), "text/html")
    path = tmp_path / "upload"
    path.write_bytes(packed({JSON_NAME: LISTING, f"files/{artifact.sha256[:2]}/{artifact.sha256}.html": body}))
    with Reading(path, tmp_path) as reading:
        assert list(reading.links())
        assert reading.package
        with pytest.raises(BadFile, match="30000000"):
            reading.package.copy(artifact, tmp_path / "out")


def test_an_entry_that_lies_about_its_size_gives_no_more_than_it_says(tmp_path: Path) -> None:
    honest = packed({JSON_NAME: LISTING + b" " * 5000})
    size = struct.pack("<I", len(LISTING) + 5000)
    lying = honest.replace(size, struct.pack("<I", 40))
    assert lying != honest
    assert code_of(tmp_path, lying) == "broken"


def test_names_in_a_zip_lead_nowhere(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    names = ["../evil.json", "/etc/evil.json", "C:\\evil.json", "files/../../evil.json", "a/" * 100 + "evil.json"]
    path = inside / "upload"
    path.write_bytes(packed({JSON_NAME: LISTING, **dict.fromkeys(names, b"evil")}))
    with Reading(path, inside) as reading:
        assert len(list(reading.links())) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["inside"]
    assert [p.name for p in inside.iterdir()] == ["upload"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_files_come_only_from_what_holds_what_the_name_promises(tmp_path: Path) -> None:
    secret = hashlib.sha256(b"secret").hexdigest()
    twice = hashlib.sha256(b"twice!").hexdigest()
    link = zipfile.ZipInfo(f"files/{secret[:2]}/{secret}.html")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(JSON_NAME, LISTING)
        archive.writestr(link, "/etc/passwd")
        archive.writestr(f"files/{twice[:2]}/{twice}.html", b"wrong!")
        archive.writestr(f"files/{twice[:2]}/{twice}.html", b"twice!")
    path = tmp_path / "upload"
    path.write_bytes(out.getvalue())
    with Reading(path, tmp_path) as reading:
        assert list(reading.links())
        assert reading.package
        for sha256 in (secret, twice, "ab" * 32):
            assert not reading.package.copy(ArtifactRecord("html", sha256, 6, "text/html"), tmp_path / "out")


def test_a_locked_zip_is_refused(tmp_path: Path) -> None:
    content = bytearray(packed({JSON_NAME: LISTING}))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    assert code_of(tmp_path, bytes(content)) == "encrypted"


def test_a_zip_of_another_program_is_looked_through(tmp_path: Path) -> None:
    table = b"title,url,time_added,tags,status\nFoxes,https://example.org/a,1600000000,,unread\n"
    files = {"pocket/part_000000.csv": table, "pocket/collections.json": b"{}", "pocket/readme.txt": b"words"}
    assert [link.url for link in read(tmp_path, packed(files))] == ["https://example.org/a"]
    assert code_of(tmp_path, packed({"a.png": b"x"})) == "unknown"


@pytest.mark.parametrize("folder", ["", "archive/"])
def test_our_zip_is_known_when_it_was_unpacked_and_packed_again_with_its_folder(tmp_path: Path, folder: str) -> None:
    body = b"the page"
    artifact = ArtifactRecord("html", hashlib.sha256(body).hexdigest(), len(body), "text/html")
    page = b'<!DOCTYPE html><a href="https://junk.example/">'
    files = {
        "": b"",
        "index.html": page,
        f"files/{artifact.sha256[:2]}/{artifact.sha256}.html": body,
        "links.html": page,
        JSON_NAME: LISTING,
        ".DS_Store": b"x",
    }
    of_finder = {f"__MACOSX/{folder}._hashkeep.json": b"\0\5\x16\7", ".DS_Store": b"x"}
    path = tmp_path / "upload"
    path.write_bytes(packed({**{folder + name: body for name, body in files.items() if folder + name}, **of_finder}))
    with Reading(path, tmp_path) as reading:
        assert [link.url for link in reading.links()] == ["https://example.org/"]
        assert reading.package
        assert reading.package.copy(artifact, tmp_path / "out")


@pytest.mark.parametrize("folder", ["", "ChatExport_2024-05-01/"])
@pytest.mark.parametrize("urls", [[], ["https://good.example/"]])
def test_of_telegrams_folder_only_its_listing_is_read(tmp_path: Path, folder: str, urls: list[str]) -> None:
    said = {"id": 5, "type": "message", "from_id": "user9", "text": [{"type": "link", "text": url} for url in urls]}
    chat = {"name": "Foxes", "type": "private_supergroup", "id": 77, "messages": [said]}
    files = {
        "data.csv": b"url\nhttps://junk.example/1\n",
        "files/page.html": b'<!DOCTYPE html><a href="https://junk.example/2">',
        "files/package.json": b'{"list": ["https://junk.example/3"]}',
        "result.json": json.dumps(chat).encode(),
    }
    found = read(tmp_path, packed({folder + name: body for name, body in files.items()}))
    assert [link.url for link in found] == urls


def test_what_people_could_misread_is_taken_out_of_names(tmp_path: Path) -> None:
    data = {
        "links": [{"url": "https://example.org/", "title": "a\u202egnp.exe\x00b\nc", "tags": ["x\u2066y", 5, None, ""]}]
    }
    (link,) = read(tmp_path, json.dumps(data).encode())
    assert link.title == "agnp.exe b c"
    assert link.tags == ("xy",)


def test_lists_within_a_link_have_an_end(tmp_path: Path) -> None:
    share = {"who": "a", "when": "2020-01-01T00:00:00Z", "words": "x"}
    data = {"links": [{"url": "https://e.org/", "tags": [str(n) for n in range(6000)], "shares": [share] * 50_001}]}
    (link,) = read(tmp_path, json.dumps(data).encode())
    assert (len(link.tags), len(link.shares)) == (5_000, 50_000)


def test_unclosed_tags_do_not_take_long_and_end(tmp_path: Path) -> None:
    content = b"<!DOCTYPE NETSCAPE-Bookmark-file-1>" + b'<A HREF="' * 50_000
    read(tmp_path, content)
    read(tmp_path, b"<!DOCTYPE NETSCAPE-Bookmark-file-1>" + b"<" * 300_000)


@pytest.mark.parametrize(
    "rubbish",
    [b"<a " + b"a" * 64_000 + b">", b"<a " + b"a" * 64_000, b"<", b"</", b"<a href='", b'<a href="', b"<a a="],
    ids=["long words", "open words", "<", "</", "quotes", "double quotes", "equal signs"],
)
def test_bookmarks_of_nothing_but_beginnings_are_read_to_their_end(tmp_path: Path, rubbish: bytes) -> None:
    """Each of these took minutes where a reader goes back over what it has read."""
    content = b'<DL><p><DT><A HREF="https://example.org/">Foxes</A></DL>' + rubbish * (3_000_000 // len(rubbish))
    assert read(tmp_path, content)[0].url == "https://example.org/"


def test_many_rows_are_read_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "upload"

    def rows() -> Iterator[bytes]:
        yield b"url,title\n"
        for n in range(0, 100_000, 10_000):
            yield b"".join(b"https://example.org/%d,t\n" % m for m in range(n, n + 10_000))

    with path.open("wb") as file:
        file.writelines(rows())
    with Reading(path, tmp_path) as reading:
        assert sum(1 for _ in reading.links()) == 100_000


_plain = st.none() | st.booleans() | st.integers() | st.text()
_json = st.recursive(_plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(_json, st.integers(1, 7))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_reading_in_pieces_is_reading(value: object, chunk: int) -> None:
    class Slow(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            return super().read(min(size, chunk) if size and size > 0 else chunk)

    text = json.dumps({"skipped": value, "taken": value, "list": [value, value]})
    reader = JsonReader(Slow(text))
    found = {}
    for name in reader.members():
        if name == "taken":
            found[name] = reader.value()
        elif name == "list":
            found[name] = [reader.value() for _ in reader.elements()]
    assert found == {"taken": value, "list": [value, value]}
