"""Answers that are empty, damaged, broken off, wrongly named, or lead elsewhere: each has its verdict, and soon."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from capture import settle
from capture.browser import Browser, open_browser
from capture.records import ArtifactKind, Verdict
from tests.integration.engine_site import OPTIONS, Answer, Pages, captured, picture, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = "<p>" + "Words that came before the answer went wrong. " * 8 + "</p>"
NEVER = Answer(type="text/javascript", never_ends=True)


def html(body: str, head: str = "") -> bytes:
    return f"<!doctype html><html lang=en><meta charset=utf-8><title>Odd</title>{head}<body>{body}".encode()


PACKED = gzip.compress(html(WORDS * 50))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser(OPTIONS) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Pages]:
    async with serving() as running:
        running.add("/never.js", NEVER)
        running.add("/never.css", Answer(type="text/css", never_ends=True))
        yield running


def leads(to: str) -> Answer:
    return Answer(status=302, headers=(f"Location: {to}",))


@pytest.mark.parametrize(
    ("answer", "verdict", "code"),
    [
        (Answer(), Verdict.BLANK, "no_content"),
        (Answer(headers=("Content-Length: 0",)), Verdict.BLANK, "no_content"),
        (Answer(type="text/plain"), Verdict.BLANK, "no_content"),
        (Answer(type="application/pdf"), Verdict.BLANK, "no_content"),
        (Answer(type="application/zip"), Verdict.BLANK, "no_content"),
        (Answer(status=205), Verdict.BLANK, "no_content"),
        (Answer(status=304), Verdict.BLANK, "no_content"),
        (Answer(PACKED[:10] + bytes(range(90)), headers=("Content-Encoding: gzip",)), Verdict.UNREACHABLE, "damaged"),
        (Answer(html(WORDS), headers=("Content-Encoding: gzip",)), Verdict.UNREACHABLE, "damaged"),
        (Answer(b"zz\r\nhello", headers=("Transfer-Encoding: chunked",)), Verdict.UNREACHABLE, "damaged"),
        (Answer(b"hello", headers=("Content-Length: 5", "Content-Length: 9")), Verdict.UNREACHABLE, "damaged"),
        (Answer(html("")[:50], headers=("Content-Length: 900",)), Verdict.UNREACHABLE, "connection_lost"),
        (leads("mailto:ada@fox.example"), Verdict.REFUSED, "bad_address"),
        (leads("intent://fox#Intent;scheme=fox;end"), Verdict.REFUSED, "bad_address"),
        (leads("javascript:alert(1)"), Verdict.REFUSED, "bad_address"),
        (leads("data:text/html,words"), Verdict.REFUSED, "bad_address"),
        (leads("http://"), Verdict.REFUSED, "bad_address"),
    ],
    ids=[
        "empty", "length 0", "text", "pdf", "zip", "205", "304", "damaged", "not packed", "bad chunk", "two lengths",
        "breaks off", "mailto", "intent", "javascript", "data", "no host",
    ],
)  # fmt: skip
async def test_an_answer_without_a_page_is_told_soon(
    browser: Browser, site: Pages, tmp_path: Path, answer: Answer, verdict: Verdict, code: str
) -> None:
    result = await captured(browser, site.add("/odd", answer), tmp_path)
    assert result.error
    assert (result.verdict, result.error.code) == (verdict, code)
    assert {artifact.kind for artifact in result.artifacts} <= {ArtifactKind.WACZ}
    assert result.notes in ((), ("held_up",)), "a step waited for nothing"


@pytest.mark.parametrize(
    ("answer", "notes"),
    [
        (Answer(html(WORDS), headers=("Content-Length: 90000",)), {"cut_off"}),
        (Answer(PACKED[:-20], headers=("Content-Encoding: gzip",)), set()),
        (Answer(html(WORDS), status=302), set()),
        (Answer(html(WORDS), type=""), set()),
        (Answer(html(WORDS), type="application/xhtml+xml; nonsense"), set()),
    ],
    ids=["breaks off", "cut", "redirect to nowhere", "no type", "not well-formed"],
)
async def test_what_came_of_a_page_is_kept(
    browser: Browser, site: Pages, tmp_path: Path, answer: Answer, notes: set[str]
) -> None:
    result = await captured(browser, site.add("/part", answer), tmp_path)
    assert (result.verdict, result.http_status, set(result.notes)) == (Verdict.OK, answer.status, notes)
    assert picture(result, tmp_path)
    assert result.artifact(ArtifactKind.WACZ)


@pytest.mark.parametrize(
    "page",
    [
        html(WORDS, "<link rel=stylesheet href=/never.css>"),
        b"<!doctype html><title>Odd</title><script src=/never.js></script><body>" + WORDS.encode(),
        html(f"{WORDS}<script src=/never.js></script>"),
    ],
    ids=["style sheet", "script before the body", "script at the end"],
)
async def test_what_never_comes_does_not_hide_the_page(
    browser: Browser, site: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: bytes
) -> None:
    monkeypatch.setattr(settle, "STALL_S", 4.0)
    result = await captured(browser, site.add("/held", page), tmp_path, deadline_s=60)
    assert (result.verdict, result.title) == (Verdict.OK, "Odd")
    assert not [note for note in result.notes if note.endswith("_timeout")]
    assert picture(result, tmp_path)
    assert "before the answer went wrong" in (tmp_path / "visible.txt").read_text()
    assert sum(result.timings_s.values()) < 30


@pytest.mark.parametrize("beginning", [b"<!doctype html><title>Odd</title>", b""], ids=["head", "nothing"])
async def test_silence_before_the_body_is_a_timeout_and_not_waited_for_long(
    browser: Browser, site: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr(settle, "STALL_S", 4.0)
    result = await captured(browser, site.add("/silence", Answer(beginning, never_ends=True)), tmp_path, deadline_s=60)
    assert result.verdict is Verdict.TIMEOUT
    assert result.artifacts == ()
    assert sum(result.timings_s.values()) < 30


def script(text: str) -> bytes:
    return html(f"{WORDS}<script>{text}</script>")


ARRIVED = html(WORDS).replace(b"Odd", b"Arrived")


@pytest.mark.parametrize(
    ("page", "way"),
    [
        (Answer(html("Wait"), headers=("Refresh: 1; url=/arrived",)), [("/start", 200)]),
        (html("<p>You will be redirected.</p><script>setTimeout(()=>location='/arrived',1200)</script>"),
         [("/start", 200)]),
        (script("onload=()=>setTimeout(()=>location.replace('/arrived'),200)"), [("/start", 200)]),
        (html("<form method=post action=/form><input name=a></form><script>document.forms[0].submit()</script>"),
         [("/start", 200), ("/form", 302)]),
        (script("onbeforeunload=e=>{e.preventDefault();e.returnValue='no'};location='/arrived'"), [("/start", 200)]),
        (html(f"{WORDS}<iframe srcdoc='<script>top.location=`/arrived`</script>'></iframe>"), [("/start", 200)]),
        (script("location='fox://den';setTimeout(()=>location='/arrived',100)"), [("/start", 200)]),
    ],
    ids=["header", "announced", "after load", "form", "with a farewell", "by a frame", "by way of an application"],
)  # fmt: skip
async def test_a_way_that_scripts_and_refreshes_lead_is_followed_and_told(
    browser: Browser, site: Pages, tmp_path: Path, page: Answer | bytes, way: list[tuple[str, int]]
) -> None:
    arrived = site.add("/arrived", ARRIVED)
    site.add("/form", leads("/arrived"))
    result = await captured(browser, site.add("/start", page), tmp_path)
    assert (result.verdict, result.title, result.final_url) == (Verdict.OK, "Arrived", arrived)
    assert [(step.url, step.status) for step in result.redirects] == [(site.url(path), status) for path, status in way]


@pytest.mark.parametrize(
    "text",
    [
        "setInterval(()=>alert(1),10)",
        "onload=()=>{for(let i=0;i<50;i++){alert(i);confirm(i);prompt(i)}}",
        "setInterval(()=>print(),20)",
        "setInterval(()=>open('/arrived'),20)",
        "close();setTimeout(()=>close(),100)",
        "let i=0;setInterval(()=>history.pushState(0,'','/start?'+i++),10)",
        "setTimeout(()=>location.reload(),30)",
        "setInterval(()=>{debugger},20)",
        "location='tel:+1555'",
        "for(let i=0;i<3;i++)new Worker(URL.createObjectURL(new Blob(['while(1);'])))",
    ],
    ids=["alerts", "dialogs", "print", "windows", "close", "history", "reload", "debugger", "telephone", "workers"],
)
async def test_nothing_that_a_script_does_holds_the_capture_up(
    browser: Browser, site: Pages, tmp_path: Path, text: str
) -> None:
    site.add("/arrived", ARRIVED)
    result = await captured(browser, site.add("/start", script(text)), tmp_path)
    assert (result.verdict, result.title) == (Verdict.OK, "Odd")
    assert not [note for note in result.notes if note.endswith("_timeout")]
    assert picture(result, tmp_path)
    assert not browser.playwright_browser.contexts


async def test_pages_that_lead_to_one_another_are_a_circle(browser: Browser, site: Pages, tmp_path: Path) -> None:
    site.add("/there", script("location='/back'"))
    result = await captured(browser, site.add("/back", script("location='/there'")), tmp_path)
    assert result.error
    assert (result.verdict, result.error.code) == (Verdict.UNREACHABLE, "too_many_redirects")
    assert result.artifacts == ()
