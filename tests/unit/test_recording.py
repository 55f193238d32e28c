"""Exchanges out of DevTools events, without a browser."""

from __future__ import annotations

from typing import Any

import pytest

from capture.recording import Hop, Track, recording_of


def request(url: str, at: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "requestId": "1",
        "request": {"url": url, "method": "GET", "headers": {"A": "provisional"}, **more},
        "type": "Image",
        "wallTime": at,
    }


def answer(status: int, **headers: str) -> dict[str, Any]:
    return {"status": status, "headers": headers, "mimeType": "image/png"}


def extra(status: int, **headers: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": headers}


def test_the_ith_extra_info_belongs_to_the_ith_hop_that_has_any() -> None:
    track = Track(
        hops=[
            Hop(request("http://h/a"), answer(307, Location="internal"), has_extra=False),
            Hop(request("https://h/a"), answer(302, Location="shown"), has_extra=True),
            Hop(request("https://h/b"), answer(200), has_extra=True),
        ],
        request_extras=[{"headers": {"Cookie": "1"}}, {"headers": {"Cookie": "2"}}],
        response_extras=[extra(302, Location="/b"), extra(200, Etag="x")],
        body=b"picture",
    )
    internal, redirect, final = recording_of([track], 0).exchanges
    assert internal.response_headers == (("Location", "internal"),)
    assert redirect.response_headers == (("Location", "/b"),)
    assert final.response_headers == (("Etag", "x"),)
    assert [e.request_headers for e in (internal, redirect, final)] == [
        (("A", "provisional"),), (("Cookie", "1"),), (("Cookie", "2"),),
    ]  # fmt: skip
    assert [e.body for e in (internal, redirect, final)] == [None, None, b"picture"]


def test_after_a_revalidation_the_headers_are_those_of_the_body() -> None:
    track = Track(
        hops=[Hop(request("http://h/a"), answer(200, Etag="kept"), has_extra=True)],
        response_extras=[extra(304, Etag="new")],
    )
    (exchange,) = recording_of([track], 0).exchanges
    assert (exchange.status, exchange.response_headers) == (200, (("Etag", "kept"),))


def test_repeated_headers_are_told_apart_and_pseudo_headers_dropped() -> None:
    track = Track(
        hops=[Hop(request("http://h/a"), answer(200), has_extra=True)],
        request_extras=[{"headers": {":method": "GET", "Accept": "*/*"}}],
        response_extras=[extra(200, **{"Set-Cookie": "a=1\nb=2"})],
    )
    (exchange,) = recording_of([track], 0).exchanges
    assert exchange.request_headers == (("Accept", "*/*"),)
    assert exchange.response_headers == (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))


def test_an_address_stands_for_its_last_good_answer() -> None:
    good = Track(hops=[Hop(request("http://h/a#x", 1), answer(200))], body=b"good")
    bad = Track(hops=[Hop(request("http://h/a", 2), answer(500))], body=b"sorry")
    cut = Track(hops=[Hop(request("http://h/a", 3), answer(200))], body=b"go", truncated=True)
    recording = recording_of([cut, bad, good], uncounted=2)
    assert (found := recording.body("http://h/a#y"))
    assert found.body == b"good"
    assert recording.body("http://h/b") is None
    assert (recording.requests, recording.missing, recording.truncated) == (5, 2, 1)


@pytest.mark.parametrize(
    ("length", "encoding", "truncated"), [("4", "", False), ("9", "", True), ("9", "gzip", False), ("", "", False)]
)
def test_a_download_shorter_than_announced_is_truncated(length: str, encoding: str, truncated: bool) -> None:
    headers = {"Content-Length": length, "Content-Encoding": encoding}
    hop = Hop({**request("http://h/a"), "type": "Document"}, answer(200, **{k: v for k, v in headers.items() if v}))
    (exchange,) = recording_of([Track(hops=[hop], failed="net::ERR_ABORTED", body=b"PK34")], 0).exchanges
    assert (exchange.truncated, exchange.failed is None) == (truncated, not truncated)
