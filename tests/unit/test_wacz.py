"""Archives: their records, their index, and the same bytes for the same capture."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from capture.recording import Exchange, Recording
from capture.wacz import Extra, Page, body_as_query, write_wacz

AT = datetime(2026, 11, 3, 12, 30, 15, 250_000, UTC)
PICTURE = bytes(range(256)) * 4


def exchange(url: str, **more: object) -> Exchange:
    values: dict[str, object] = {
        "request_id": url, "url": url, "method": "GET", "resource_type": "Other",
        "request_headers": (("Accept", "*/*"),), "request_body": None, "status": 200,
        "response_headers": (("Content-Type", "text/html"),),
        "media_type": "text/html", "charset": "utf-8", "remote_address": None, "started_at": AT, "body": b"<h1>hi</h1>",
        "truncated": False, "failed": None, **more,
    }  # fmt: skip
    return Exchange(**values)  # type: ignore[arg-type]


def recording(*exchanges: Exchange) -> Recording:
    return Recording(exchanges=exchanges, missing=0, bytes_down=0, requests=len(exchanges))


PAGE = Page(url="http://example.org/a", title="A page · 网页", captured_at=AT, text="hi", facts=(("verdict", "ok"),))


def wacz(path: Path, *exchanges: Exchange) -> zipfile.ZipFile:
    size = write_wacz(path, recording(*exchanges), PAGE, [Extra("view", "image/jpeg", b"jpeg")])
    assert size == path.stat().st_size
    return zipfile.ZipFile(path)


def records(package: zipfile.ZipFile) -> list[str]:
    return gzip.decompress(package.read("archive/data.warc.gz")).decode("latin-1").split("WARC/1.1\r\n")[1:]


def index(package: zipfile.ZipFile) -> list[tuple[str, str, dict[str, str]]]:
    lines = package.read("indexes/index.cdx").decode().splitlines()
    return [(key, at, json.loads(fields)) for key, at, fields in (line.split(" ", 2) for line in lines)]


def test_every_file_is_listed_with_its_hash_and_size(tmp_path: Path) -> None:
    package = wacz(tmp_path / "a.wacz", exchange("http://example.org/a"))
    listed = json.loads(package.read("datapackage.json"))
    assert listed["profile"] == "data-package"
    assert listed["wacz_version"] == "1.1.1"
    assert listed["mainPageUrl"] == "http://example.org/a"
    others = {"datapackage.json", "datapackage-digest.json"}
    assert {r["path"] for r in listed["resources"]} == set(package.namelist()) - others
    for resource in listed["resources"]:
        body = package.read(resource["path"])
        assert resource["hash"] == "sha256:" + hashlib.sha256(body).hexdigest()
        assert resource["bytes"] == len(body)
    sealed = json.loads(package.read("datapackage-digest.json"))
    assert sealed["hash"] == "sha256:" + hashlib.sha256(package.read("datapackage.json")).hexdigest()


def test_pages_have_title_text_and_time(tmp_path: Path) -> None:
    package = wacz(tmp_path / "a.wacz", exchange("http://example.org/a"))
    header, row = map(json.loads, package.read("pages/pages.jsonl").splitlines())
    assert header["format"] == "json-pages-1.0"
    assert (row["url"], row["title"], row["text"]) == ("http://example.org/a", "A page · 网页", "hi")
    assert row["ts"] == "2026-11-03T12:30:15.250Z"


def test_the_index_finds_each_record_by_its_place(tmp_path: Path) -> None:
    package = wacz(tmp_path / "a.wacz", exchange("http://example.org/b"), exchange("http://example.org/a?z=1&a=2"))
    warc = package.read("archive/data.warc.gz")
    rows = index(package)
    assert [key for key, _, _ in rows] == sorted(key for key, _, _ in rows)
    assert ("org,example)/a?a=2&z=1", "20261103123015") in [(key, at) for key, at, _ in rows]
    for _, _, fields in rows:
        offset, length = int(fields["offset"]), int(fields["length"])
        one = gzip.GzipFile(fileobj=io.BytesIO(warc[offset : offset + length])).read()
        assert f"WARC-Target-URI: {fields['url']}\r\n".encode() in one


def test_the_body_is_kept_decoded_and_its_first_headers_under_another_name(tmp_path: Path) -> None:
    headers = (("content-encoding", "br"), ("Content-Length", "7"), ("Set-Cookie", "a=1"), ("Connection", "close"))
    response = records(wacz(tmp_path / "a.wacz", exchange("http://example.org/a", response_headers=headers)))[1]
    assert "x-orig-content-encoding: br\r\nx-orig-Content-Length: 7\r\nSet-Cookie: a=1\r\n" in response
    assert "Content-Length: 11\r\n\r\n<h1>hi</h1>" in response
    assert "Connection" not in response


def test_the_same_body_at_another_address_is_a_revisit(tmp_path: Path) -> None:
    package = wacz(
        tmp_path / "a.wacz",
        exchange("http://example.org/1.png", body=PICTURE),
        exchange("http://example.org/2.png", body=PICTURE),
    )
    revisit = next(r for r in records(package) if "WARC-Type: revisit" in r)
    assert "WARC-Refers-To-Target-URI: http://example.org/1.png" in revisit
    assert PICTURE.decode("latin-1") not in revisit
    assert [f["mime"] for _, _, f in index(package) if f["url"].endswith("2.png")] == ["warc/revisit"]


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"truncated": True, "failed": "net::ERR_CONTENT_LENGTH_MISMATCH"}, "disconnect"),
        ({"truncated": True}, "time"),
        ({"body": None}, "unspecified"),
        ({"body": None, "status": 302}, "unspecified"),
        ({"body": None, "status": 302, "response_headers": (("Content-Length", "0"),)}, None),
        ({"body": None, "status": 204}, None),
        ({"body": None, "method": "HEAD"}, None),
        ({"body": b""}, None),
        ({}, None),
    ],
)
def test_a_body_that_is_not_whole_is_marked_with_the_reason(
    case: dict[str, object], reason: str | None, tmp_path: Path
) -> None:
    response = records(wacz(tmp_path / "a.wacz", exchange("http://example.org/a", **case)))[1]
    said = [line.partition(": ")[2] for line in response.split("\r\n") if line.startswith("WARC-Truncated")]
    assert said == ([reason] if reason else [])


def test_a_header_cannot_begin_a_line_of_its_own(tmp_path: Path) -> None:
    headers = (("X-Bad", "a\r\nWARC-Type: warcinfo\r\n\r\nbody"),)
    response = records(wacz(tmp_path / "a.wacz", exchange("http://example.org/a", response_headers=headers)))[1]
    assert "\r\nWARC-Type: warcinfo" not in response


def test_a_post_is_found_by_its_body(tmp_path: Path) -> None:
    post = exchange(
        "http://example.org/api", method="POST", request_body=b"q=1&b=x+y",
        request_headers=(("Content-Type", "application/x-www-form-urlencoded"),),
    )  # fmt: skip
    rows = {fields["url"]: (key, fields) for key, _, fields in index(wacz(tmp_path / "a.wacz", post))}
    key, fields = rows["http://example.org/api"]
    assert key == "org,example)/api?__wb_method=post&b=x%20y&q=1"
    assert (fields["method"], fields["requestBody"]) == ("POST", "q=1&b=x y")


@pytest.mark.parametrize(
    ("content_type", "body", "query"),
    [
        ("application/x-www-form-urlencoded", b"a=%E4%B8%AD", "a=中"),
        ("application/json", b'{"a": {"b": 1}, "c": [2, 3], "b": true}', "b=1&c=2&c.2_=3&b.2_=True"),
        ("application/json", b"no json", ""),
        ("text/plain", b"no json", "__wb_post_data=bm8ganNvbg=="),
        ("text/plain;charset=UTF-8", b'{"a":1}\n{"a":2}', "a=1&a.2_=2"),
        ("application/octet-stream", b"\x00\xff", "__wb_post_data=AP8="),
        ("application/octet-stream", b"", ""),
        (
            "multipart/form-data; boundary=XX",
            b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\none two\r\n--XX--\r\n',
            "a=one+two",
        ),
        ("multipart/form-data", b"x", "__wb_post_data=eA=="),
    ],
)
def test_bodies_as_queries(content_type: str, body: bytes, query: str) -> None:
    assert body_as_query(content_type, body) == query


def test_the_same_capture_gives_the_same_bytes(tmp_path: Path) -> None:
    exchanges = [exchange("http://example.org/a"), exchange("http://example.org/b", body=PICTURE)]
    wacz(tmp_path / "1.wacz", *exchanges)
    wacz(tmp_path / "2.wacz", *exchanges)
    assert (tmp_path / "1.wacz").read_bytes() == (tmp_path / "2.wacz").read_bytes()
