"""Requests as a browser sends them to its proxy, and those that none sends."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.egress_http import BadRequest, RequestHead, Target, body, parse_head, read_head


def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def stream(raw: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=65536)
    reader.feed_data(raw)
    reader.feed_eof()
    return reader


@pytest.mark.parametrize(
    ("authority", "target"),
    [
        ("example.com:443", Target("example.com", 443)),
        ("EXAMPLE.com.:8443", Target("example.com", 8443)),
        ("[2606:4700::1111]:443", Target("2606:4700::1111", 443)),
        ("0x7f.1:80", Target("127.0.0.1", 80)),
        ("[::ffff:127.0.0.1]:80", Target("::ffff:7f00:1", 80)),
    ],
)
def test_a_tunnel_names_a_canonical_target(authority: str, target: Target) -> None:
    asked = parse_head(head(f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"))
    assert asked.is_connect
    assert asked.target == target


def test_an_absolute_request_reaches_the_server_in_origin_form() -> None:
    raw = head(
        "GET http://example.com:8080/a?b HTTP/1.1", "Host: evil.example", "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic eA==", "Upgrade: websocket", "Connection: Upgrade", "Accept: */*", "Cookie: a=b",
    )  # fmt: skip
    assert parse_head(raw).for_origin() == head(
        "GET /a?b HTTP/1.1", "Host: example.com:8080", "Accept: */*", "Cookie: a=b", "Connection: keep-alive"
    )


def test_the_host_header_has_no_default_port_and_keeps_brackets() -> None:
    assert b"\r\nHost: example.com\r\n" in parse_head(head("GET http://example.com HTTP/1.1")).for_origin()
    assert b"\r\nHost: [2606::1]:81\r\n" in parse_head(head("GET http://[2606::1]:81/ HTTP/1.1")).for_origin()


@pytest.mark.parametrize(
    "raw",
    [
        head("GET / HTTP/1.1", "Host: example.com"),
        head("GET https://example.com/ HTTP/1.1"),
        head("GET ftp://example.com/ HTTP/1.1"),
        head("GET ws://example.com/ HTTP/1.1"),
        head("GET file:///etc/passwd HTTP/1.1"),
        head("GET http://example.com/ HTTP/2.0"),
        head("GET  http://example.com/ HTTP/1.1"),
        head("GET http://exa mple.com/ HTTP/1.1"),
        head("GET http://example.com:0/ HTTP/1.1"),
        head("GET http://example.com/ HTTP/1.1", "No colon"),
        head("GET http://example.com/ HTTP/1.1", "Spaced : value"),
        head("GET http://example.com/ HTTP/1.1", "A: b", " folded"),
        head("GET http://example.com/ HTTP/1.1", "A: b\nInjected: c"),
        head("CONNECT example.com HTTP/1.1"),
        head("CONNECT example.com:0 HTTP/1.1"),
        head("CONNECT example.com:70000 HTTP/1.1"),
        head("CONNECT http://example.com:80 HTTP/1.1"),
        head("CONNECT a@example.com:80 HTTP/1.1"),
        head("CONNECT ::1:80 HTTP/1.1"),
    ],
)
def test_what_no_browser_sends_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        parse_head(raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_refused(raw: bytes) -> None:
    try:
        asked = parse_head(b"GET http://a.example/ HTTP/1.1\r\n" + raw + b"\r\n\r\n")
    except BadRequest:
        return
    sent = asked.for_origin()
    assert sent.count(b"\r\n\r\n") == 1, "a header ended the head early"
    assert sent.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Length", "3"), ("Transfer-Encoding", "chunked")],
        [("Content-Length", "3"), ("Content-Length", "4")],
        [("Content-Length", "-3")],
        [("Content-Length", "+3")],
        [("Content-Length", "3, 3")],
        [("Transfer-Encoding", "gzip, chunked")],
        [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
    ],
)
def test_a_body_that_could_be_read_in_two_ways_is_refused(headers: list[tuple[str, str]]) -> None:
    asked = RequestHead(
        b"POST", Target("a.example", 80), "/", tuple((name.encode(), value.encode()) for name, value in headers)
    )
    with pytest.raises(BadRequest):
        _ = asked.body_bytes


async def taken(raw: bytes, *headers: str) -> tuple[bytes, bytes]:
    reader = await stream(head("POST http://a.example/ HTTP/1.1", *headers) + raw)
    asked = await read_head(reader)
    assert asked
    return b"".join([data async for data in body(reader, asked)]), await reader.read()


async def test_a_body_ends_where_it_says() -> None:
    assert await taken(b"abcdNEXT", "Content-Length: 4") == (b"abcd", b"NEXT")
    assert await taken(b"NEXT") == (b"", b"NEXT")
    chunked = b"4\r\nabcd\r\n1;x=y\r\n!\r\n0\r\n"
    assert await taken(chunked + b"\r\nNEXT", "Transfer-Encoding: chunked") == (chunked + b"\r\n", b"NEXT")
    assert await taken(chunked + b"Trailer: x\r\n\r\nNEXT", "Transfer-Encoding: chunked") == (
        chunked + b"\r\n",
        b"NEXT",
    )


@pytest.mark.parametrize("raw", [b"4\r\nab", b"x\r\n", b"", b"4\r\nabcd\r\n"])
async def test_a_body_cut_short_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        await taken(raw, "Transfer-Encoding: chunked")


async def test_the_end_of_the_connection_is_no_request() -> None:
    assert await read_head(await stream(b"")) is None
    with pytest.raises(BadRequest):
        await read_head(await stream(b"GET http://a.exa"))
    with pytest.raises(BadRequest):
        await read_head(await stream(head("GET http://a.example/ HTTP/1.1", f"A: {'b' * 70000}")))
