"""Putting recorded bodies into a written-out page, without a browser."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.recording import Exchange, Recording
from capture.single_file import About, Limits, assemble
from capture.single_file_frames import FrameDocument, Part, Snapshot
from capture.single_file_svg import referenced

ABOUT = About('http://h/?a="<&', datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
DOCUMENT = FrameDocument((), {}, "http://h/", False, "", True, 100, False, 0)


def exchange(url: str, body: bytes, media_type: str, **more: Any) -> Exchange:
    answer = Exchange(
        "1", url, "GET", "Image", (), None, 200, (), media_type, "", None, datetime.now(UTC), body, False, None
    )
    return replace(answer, **more)


def recording(*exchanges: Exchange) -> Recording:
    return Recording(exchanges, 0, 0, len(exchanges))


def page(*parts: Part, **frames: FrameDocument) -> Snapshot:
    return Snapshot("main", {"main": replace(DOCUMENT, parts=parts), **frames})


def image(url: str, **more: Any) -> dict[str, Any]:
    return {"k": "image", "u": url, "w": 3, "h": 4, "broken": False, "d": 0, "t": "", "b": "", "own": False, **more}


PNG = exchange("http://h/a.png", b"picture", "image/png")
DATA = "data:image/png;base64," + base64.b64encode(b"picture").decode()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_text_is_never_touched(texts: list[str]) -> None:
    parts: list[Part] = []
    for text in texts:
        parts += [text, image("http://h/a.png")]
    html = assemble(page("<html><head></head><body>", *parts), recording(PNG), ABOUT).html
    assert f' src="{DATA}"'.join([*texts, ""]) in html


def test_what_is_known_to_be_there_is_put_in() -> None:
    file = assemble(
        page(image("http://h/a.png#x"), image("http://h/b.png"), image("http://h/c", broken=True)),
        recording(PNG),
        ABOUT,
    )
    assert f'src="{DATA}#x"' in file.html
    assert "width='3'%20height='4'" in file.html
    assert 'src="data:,"' in file.html
    assert (file.missing, file.notes) == (1, ("html_missing:1",))


def test_a_density_is_kept() -> None:
    assert f' srcset="{DATA} 2x"' in assemble(page(image("http://h/a.png", d=2)), recording(PNG), ABOUT).html


def test_a_media_type_cannot_break_out() -> None:
    odd = exchange("http://h/a.png", b"x", 'image/png"onload="x()')
    html = assemble(page(image("http://h/a.png")), recording(odd), ABOUT).html
    assert "data:application/octet-stream;base64,eA==" in html
    assert "onload" not in html


@pytest.mark.parametrize(
    ("limits", "missing"), [(Limits(), 0), (Limits(max_resource_bytes=6), 1), (Limits(max_html_bytes=200), 1)]
)
def test_limits(limits: Limits, missing: int) -> None:
    big = exchange("http://h/a.png", b"p" * 7 if limits.max_resource_bytes == 6 else b"p" * 500, "image/png")
    assert assemble(page(image("http://h/a.png")), recording(big), ABOUT, limits).missing == missing


def test_a_style_element_cannot_be_ended_from_inside() -> None:
    css = "a::after{content:'</style><script>x()</script>'}"
    html = assemble(page("<style>", {"k": "css", "t": css, "b": "http://h/"}, "</style>"), recording(), ABOUT).html
    assert "</style><script" not in html
    assert "content:'<\\/style><script>" in html


def test_imports_that_go_in_circles_end() -> None:
    css = exchange("http://h/a.css", b"@import 'a.css';b{c:d}", "text/css")
    part = {"k": "sheet", "u": "http://h/a.css", "charset": "utf-8", "t": None, "b": ""}
    file = assemble(page("<style>", part, "</style>"), recording(css), ABOUT)
    assert "http:" not in file.html.partition("</style>")[0]


def test_frames_stand_inside_their_elements() -> None:
    inner = replace(DOCUMENT, parts=('<html><head></head><body title="&quot;">in &amp; out',))
    frame = {"k": "frame", "i": "inner", "as": "attribute"}
    html = assemble(page("<iframe", frame, ">", inner=inner), recording(), ABOUT).html
    assert '<body title=&quot;&amp;quot;&quot;>in &amp;amp; out">' in html
    quirky = replace(inner, quirks=True)
    html = assemble(page("<iframe", frame, ">", inner=quirky), recording(), ABOUT).html
    assert ' src="data:text/html;charset=utf-8,%3Chtml%3E%3Chead%3E' in html


def test_the_policy_comes_first_and_the_note_says_where_from() -> None:
    html = assemble(
        page('<html title="&lt;head&gt;"><head><title>t</title></head><body>', {"k": "note"}), recording(), ABOUT
    ).html
    head = html.partition("<head>")[2]
    assert head.startswith(
        '<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
    )
    assert '<a href="http://h/?a=&quot;&lt;&amp;" target="_blank" rel="noreferrer"' in html
    assert "2026-01-02 03:04 UTC" in html


def test_a_page_that_did_not_answer_is_no_file() -> None:
    assert assemble(Snapshot(), recording(), ABOUT).notes == ("html_failed",)


SPRITE = b"""<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/hostname">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink">
<linearGradient id="g"><stop/></linearGradient>
<symbol id="a" viewBox="0 0 1 1"><script>x()</script><style>@import 'http://h'</style>
<image x:href="http://h/p.png"/><a x:href="javascript:x()"><path/></a><rect onload="x()" fill="url(#g)" mask="url(http://h#m)"/>
<use x:href="#b"/><use href="http://h#c"/><text>&e;&lt;b&gt;</text></symbol><circle id="b" r="1"/></svg>"""


def test_an_element_of_another_file_stands_alone() -> None:
    markup = referenced(SPRITE, "a", "10", "")
    assert markup.startswith("<defs><linearGradient id=")
    assert 'viewBox="0 0 1 1" width="10" height="100%"' in markup
    assert markup.count("<circle") == 1
    gone = "http script onload style image import javascript <a mask= etc xmlns :href"
    for word in gone.split():
        assert word not in markup, word
    assert "&lt;b&gt;" in markup


@pytest.mark.parametrize(
    ("svg", "fragment"),
    [(SPRITE, "none"), (b"no svg at all", "a"), (b"", "a"), (b"<svg", "a")],
    ids=["another id", "text", "empty", "cut"],
)
def test_what_is_no_such_element_is_nothing(svg: bytes, fragment: str) -> None:
    assert referenced(svg, fragment, "", "") == ""
