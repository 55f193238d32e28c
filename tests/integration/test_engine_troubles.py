"""Pages that fail, hang, flood, or are no pages: the verdict says so, and what there is is kept."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image, ImageDraw

from capture import engine, opening, settle
from capture.browser import Browser, open_browser
from capture.records import ArtifactKind, Verdict
from capture.tab import Tab
from capture.tab import script as script_of
from tests.harness import processes_below
from tests.integration.engine_site import OPTIONS, Answer, Pages, captured, picture, serving
from tests.unit.sound_files import flac

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = "<p>" + "Words that are there before anything goes wrong. " * 8 + "</p>"


def html(body: str, title: str = "Trouble") -> bytes:
    return f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><body>{body}".encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser(OPTIONS) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Pages]:
    async with serving() as running:
        yield running


@pytest.mark.parametrize(
    ("url", "verdict", "code"),
    [
        ("http://no-such-host.invalid/", Verdict.UNREACHABLE, "no_such_host"),
        ("http://127.0.0.1:2/", Verdict.UNREACHABLE, "connection_refused"),
        ("http://127.0.0.1:1/", Verdict.REFUSED, "bad_address"),
    ],
)
async def test_what_cannot_be_reached(browser: Browser, tmp_path: Path, url: str, verdict: Verdict, code: str) -> None:
    result = await captured(browser, url, tmp_path)
    assert result.error
    assert (result.verdict, result.error.code) == (verdict, code)
    assert result.artifacts == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "verdict", "code"),
    [
        (Answer(status=204), Verdict.BLANK, "no_content"),
        (Answer(status=302, headers=("Location: /odd",)), Verdict.UNREACHABLE, "too_many_redirects"),
        (Answer(status=302, headers=("Location: file:///etc/passwd",)), Verdict.REFUSED, "bad_address"),
        (Answer(drop=True), Verdict.UNREACHABLE, "connection_lost"),
        (Answer(status=500), Verdict.HTTP_ERROR, "http_status"),
        (Answer(html("", "Blank")), Verdict.BLANK, None),
        (Answer(html("<meta http-equiv=refresh content='0;url=http://127.0.0.1:2/'>")), Verdict.UNREACHABLE,
         "connection_refused"),
    ],
    ids=["204", "loop", "file", "drop", "empty 500", "blank", "leads nowhere"],
)  # fmt: skip
async def test_what_shows_nothing_has_no_picture(
    browser: Browser, site: Pages, tmp_path: Path, answer: Answer, verdict: Verdict, code: str | None
) -> None:
    result = await captured(browser, site.add("/odd", answer), tmp_path)
    assert (result.verdict, result.error.code if result.error else None) == (verdict, code)
    assert result.artifact(ArtifactKind.SCREENSHOT) is None
    assert result.artifact(ArtifactKind.PREVIEW) is None


async def test_a_server_that_does_not_answer_is_given_up(
    browser: Browser, site: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "ANSWER_TIMEOUT_S", 1.0)
    started = time.monotonic()
    result = await captured(browser, site.add("/silent", Answer(wait_s=60)), tmp_path)
    assert result.error
    assert (result.verdict, result.error.code) == (Verdict.UNREACHABLE, "no_answer")
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("status", [404, 503])
async def test_an_error_page_is_shown(browser: Browser, site: Pages, tmp_path: Path, status: int) -> None:
    result = await captured(browser, site.add("/error", Answer(html(WORDS, "Sorry"), status=status)), tmp_path)
    assert (result.verdict, result.http_status, result.title) == (Verdict.HTTP_ERROR, status, "Sorry")
    assert picture(result, tmp_path).width == 1280
    assert result.artifact(ArtifactKind.HTML)


@pytest.mark.parametrize(
    "script",
    ["while(1);", "while(1)alert('again')", "setTimeout(()=>/(a+)+$/.test('a'.repeat(40)+'b'),50)"],
    ids=["loop", "dialogs", "regex, later"],
)
async def test_a_script_without_end_costs_seconds_not_the_page(
    browser: Browser, site: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr(settle, "PROBE_TIMEOUT_S", 0.5)
    started = time.monotonic()
    behind = "".join(f"<p>{n} words behind the script, which it held up.</p>" for n in range(20_000))
    url = site.add("/hang", html(f"{WORDS}<script>{script}</script>{behind}", "Hanging"))
    result = await captured(browser, url, tmp_path)
    assert time.monotonic() - started < 20
    assert "19999 words behind the script" in (tmp_path / "visible.txt").read_text()
    assert result.title == "Hanging"
    assert "scripts_stopped" in result.notes
    assert picture(result, tmp_path, ArtifactKind.PREVIEW)


async def test_a_script_that_hangs_while_the_page_is_read_is_stopped_then(
    browser: Browser, site: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Tab.ask

    async def hang_before_reading(tab: Tab, function: str, *arguments: object, timeout_s: float = 4.0) -> object:
        if function == script_of("shown.js"):
            await tab.page.evaluate("() => { setTimeout(() => { for (;;); }) }")
        return await ask(tab, function, *arguments, timeout_s=timeout_s)

    monkeypatch.setattr(Tab, "ask", hang_before_reading)
    result = await captured(browser, site.add("/hangs-late", html(WORDS, "Late")), tmp_path, deadline_s=60)
    assert (result.verdict, result.title) == (Verdict.OK, "Late")
    assert {"read_timeout", "scripts_stopped"} <= set(result.notes)
    assert picture(result, tmp_path)
    assert "before anything goes wrong" in (tmp_path / "visible.txt").read_text()


async def test_dialogs_popups_and_farewells_hold_nothing_up(browser: Browser, site: Pages, tmp_path: Path) -> None:
    site.add("/popup", html("popup", "A popup"))
    script = (
        "alert(1);confirm(2);prompt(3);onbeforeunload=e=>e.preventDefault();"
        "for(let i=0;i<10;i++)open('/popup?'+i);print();navigator.geolocation.getCurrentPosition(()=>{});"
        "Notification.requestPermission()"
    )
    url = site.add("/rude", html(f"{WORDS}<script>{script}</script>", "Rude"))
    result = await captured(browser, url, tmp_path)
    assert (result.verdict, result.title, result.final_url) == (Verdict.OK, "Rude", url)
    assert not browser.playwright_browser.contexts


async def test_what_polls_for_ever_is_ready_soon(browser: Browser, site: Pages, tmp_path: Path) -> None:
    site.add("/api", Answer(b"{}", "application/json"))
    site.add("/events", Answer(b"data: 1\n\n", "text/event-stream", never_ends=True))
    script = "new EventSource('/events');setInterval(()=>fetch('/api?'+Math.random()),150)"
    started = time.monotonic()
    result = await captured(browser, site.add("/polls", html(f"{WORDS}<script>{script}</script>")), tmp_path)
    assert result.verdict is Verdict.OK
    assert time.monotonic() - started < 15


async def test_half_a_page_and_silence_is_kept(browser: Browser, site: Pages, tmp_path: Path) -> None:
    result = await captured(browser, site.add("/half", Answer(html(WORDS), never_ends=True)), tmp_path)
    assert result.verdict is Verdict.OK
    assert "cut_off" in result.notes
    assert "before anything goes wrong" in (tmp_path / "text.md").read_text()


async def test_a_page_that_is_not_there_by_the_deadline_is_kept_as_far_as_it_came(
    browser: Browser, site: Pages, tmp_path: Path
) -> None:
    url = site.add("/slow", Answer(html(WORDS, "Slow"), chunks=(b"<p>more</p>",) * 200, pause_s=0.1))
    started = time.monotonic()
    result = await captured(browser, url, tmp_path, deadline_s=5)
    assert time.monotonic() - started <= 5 + engine.KEEPING_S
    assert result.error
    assert (result.verdict, result.error.code, result.title) == (Verdict.TIMEOUT, "deadline", "Slow")
    assert picture(result, tmp_path)
    assert "before anything goes wrong" in (tmp_path / "visible.txt").read_text()


async def test_no_answer_by_a_short_deadline_is_no_answer(browser: Browser, site: Pages, tmp_path: Path) -> None:
    started = time.monotonic()
    result = await captured(browser, site.add("/never", Answer(wait_s=60)), tmp_path, deadline_s=3)
    assert time.monotonic() - started <= 3
    assert result.error
    assert (result.verdict, result.error.code) == (Verdict.UNREACHABLE, "no_answer")
    assert result.artifacts == ()
    assert result.notes == (), "steps ran on a page that is not there"


def pdf() -> bytes:
    page = Image.new("RGB", (600, 800), "white")
    ImageDraw.Draw(page).rectangle((0, 0, 600, 300), "red")
    data = io.BytesIO()
    page.save(data, "PDF", title="Minutes of the meeting")
    return data.getvalue()


def png(size: tuple[int, int] = (300, 200)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "green").save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize(
    ("path", "answer", "name", "title", "pictures"),
    [
        ("/a.pdf", Answer(pdf(), "application/pdf"), "original.pdf", "Minutes of the meeting", {"preview"}),
        ("/b", Answer(pdf(), "application/octet-stream", headers=("Content-Disposition: attachment; filename=b.pdf",)),
         "original.pdf", "Minutes of the meeting", {"preview"}),
        ("/c.png", Answer(png(), "image/png"), "original.png", "c.png", {"preview"}),
        ("/d.zip", Answer(b"PK\3\4" + bytes(60_000), "application/zip"), "original.zip", "d.zip", set()),
        ("/e", Answer(b"x" * 9000, "application/x-thing", headers=(
            "Content-Disposition: attachment; filename=\"../../e.thing\"",)), "original.thing", "e.thing", {"preview"}),
        ("/f.txt", Answer("纯文本文件。".encode() * 40, "text/plain; charset=utf-8"), "original.txt", "f.txt",
         {"screenshot", "preview"}),
        ("/g.json", Answer(b'{"fox": ["red", "grey"]}', "application/json"), "original.json", "g.json",
         {"screenshot", "preview"}),
        ("/i.svg", Answer(b"<svg xmlns='http://www.w3.org/2000/svg' width='90' height='60'><title>A fox</title>"
                          b"<rect width='40' height='40' fill='red'/></svg>", "image/svg+xml"), "original.svg", "A fox",
         {"screenshot", "preview"}),
        ("/j.csv", Answer("名字,age\n狐狸,3\n".encode(), "text/csv"), "original.csv", "j.csv", {"preview"}),
        ("/k", Answer(b"<!doctype html><title>In a file</title><p>words", headers=(
            "Content-Disposition: attachment; filename=k.html",)), "original.html", "In a file", {"preview"}),
        ("/l", Answer(png(), "text/html"), "original.png", "l", {"preview"}),
        ("/m.rss", Answer(b"<?xml version='1.0'?><rss><channel><title>Feed</title></channel></rss>",
                          "application/rss+xml"), "original.xml", "Feed", {"screenshot", "preview"}),
        ("/n", Answer("纯文本文件。".encode("gb18030") * 40, "application/octet-stream"), "original.bin", "n",
         {"preview"}),
        ("/h.mp3", Answer(b"ID3" + bytes(9_000_000), "audio/mpeg"), "original.mp3", "h.mp3", set()),
        ("/o", Answer(flac(), "application/octet-stream"), "original.flac", "Ada – 狐狸", {"preview"}),
    ],
)  # fmt: skip
async def test_a_file_is_kept_as_it_came(
    browser: Browser, site: Pages, tmp_path: Path, path: str, answer: Answer, name: str, title: str, pictures: set[str]
) -> None:
    result = await captured(browser, site.add(path, answer), tmp_path)
    assert (result.verdict, result.title, result.error) == (Verdict.NOT_HTML, title, None)
    original = result.artifact(ArtifactKind.ORIGINAL)
    assert original
    assert original.path == name
    assert (tmp_path / name).read_bytes() == answer.body
    assert {a.kind.value for a in result.artifacts} - {"original", "text", "wacz"} == pictures
    for artifact in result.artifacts:
        assert (tmp_path / artifact.path).parent == tmp_path
    assert site.asked.count(path) == 1, "it was fetched again"


async def test_the_words_of_a_file_can_be_found(browser: Browser, site: Pages, tmp_path: Path) -> None:
    body = json.dumps({"animal": "狐狸"}, ensure_ascii=False).encode()
    result = await captured(browser, site.add("/words.json", Answer(body, "application/json")), tmp_path)
    assert result.visible_text_path
    assert "狐狸" in (tmp_path / result.visible_text_path).read_text()


async def test_a_file_over_the_limit_is_too_large(browser: Browser, site: Pages, tmp_path: Path) -> None:
    options = OPTIONS.model_copy(update={"max_original_bytes": 100_000, "max_resource_bytes": 50_000})
    url = site.add("/large.zip", Answer(b"PK\3\4" + bytes(400_000), "application/zip"))
    result = await captured(browser, url, tmp_path, options=options)
    assert result.error
    assert (result.verdict, result.error.code) == (Verdict.TOO_LARGE, "too_large")
    assert result.artifact(ArtifactKind.ORIGINAL) is None
    assert "limit_mb:0" in result.notes


@pytest.mark.parametrize(
    ("limits", "not_kept"),
    [
        ({}, set()),
        ({"max_resource_bytes": 50_000}, {"not_kept:image:2", "not_kept:data:1"}),
        ({"max_recorded_bytes": 30_000, "max_original_bytes": 20_000}, {"not_kept:image:2", "not_kept:data:1"}),
    ],
    ids=["within", "one body", "all together"],
)
async def test_what_is_beyond_the_limits_is_named_and_the_rest_kept(
    browser: Browser, site: Pages, tmp_path: Path, limits: dict[str, int], not_kept: set[str]
) -> None:
    noise = io.BytesIO()
    Image.effect_noise((400, 400), 90).save(noise, "PNG")
    site.add("/noise.png", Answer(noise.getvalue(), "image/png"))
    site.add("/data.json", Answer(b'"' + b"x" * 90_000 + b'"', "application/json"))
    pictures = "<img src=/noise.png?1><img src=/noise.png?2><img src=/small.png>"
    site.add("/small.png", Answer(png((20, 20)), "image/png"))
    body = f"{WORDS}{pictures}<script>fetch('/data.json')</script>"
    options = OPTIONS.model_copy(update=limits)
    result = await captured(browser, site.add("/limits", html(body)), tmp_path, options=options)
    assert result.verdict is Verdict.OK
    assert {note for note in result.notes if note.startswith("not_kept")} == not_kept
    assert "data:image/png" in (tmp_path / "page.html").read_text()


async def test_a_page_whose_document_is_too_large_says_so_beside_its_picture(
    browser: Browser, site: Pages, tmp_path: Path
) -> None:
    options = OPTIONS.model_copy(update={"max_original_bytes": 200_000, "max_resource_bytes": 100_000})
    url = site.add("/long", html(WORDS) + b"<!-- " + b"x" * 400_000 + b" -->")
    result = await captured(browser, url, tmp_path, options=options)
    assert result.verdict is Verdict.TOO_LARGE
    assert picture(result, tmp_path)
    assert result.artifact(ArtifactKind.HTML)
    assert result.artifact(ArtifactKind.WACZ) is None, "an archive without the page is none"


async def test_what_a_page_gives_up_itself_is_no_loss(browser: Browser, site: Pages, tmp_path: Path) -> None:
    site.add("/slow", Answer(b"x" * 2000, "text/plain", chunks=(b"y",) * 40))
    script = (
        "const c=new AbortController();fetch('/slow',{signal:c.signal}).then(()=>c.abort());navigator.sendBeacon('/b')"
    )
    result = await captured(browser, site.add("/gives-up", html(f"{WORDS}<script>{script}</script>")), tmp_path)
    assert result.verdict is Verdict.OK
    assert not [note for note in result.notes if note.startswith("not_kept")]


async def test_a_file_that_says_it_is_too_large_is_not_loaded(browser: Browser, site: Pages, tmp_path: Path) -> None:
    answer = Answer(b"ID3", "audio/mpeg", headers=("Content-Length: 9000000000",), never_ends=True)
    started = time.monotonic()
    result = await captured(browser, site.add("/endless.mp3", answer), tmp_path)
    assert result.verdict is Verdict.TOO_LARGE
    assert time.monotonic() - started < 10


async def test_a_file_that_breaks_off_is_not_called_kept(browser: Browser, site: Pages, tmp_path: Path) -> None:
    answer = Answer(b"%PDF-1.4 half", "application/pdf", headers=("Content-Length: 90000",))
    result = await captured(browser, site.add("/broken.pdf", answer), tmp_path)
    assert result.verdict is Verdict.UNREACHABLE
    assert result.error
    assert result.error.code == "connection_lost"
    assert result.artifact(ArtifactKind.ORIGINAL) is None


async def test_a_crashed_page_is_told_and_the_browser_still_serves(
    browser: Browser, site: Pages, tmp_path: Path
) -> None:
    site.add("/never.js", Answer(b"", "text/javascript", never_ends=True))
    url = site.add("/crashes", html("<script src=/never.js></script>" + WORDS))
    capturing = asyncio.create_task(captured(browser, url, tmp_path))
    while "/never.js" not in site.asked:
        await asyncio.sleep(0.02)
    for pid, command in processes_below(browser.pid).items():
        if "--type=renderer" in command:
            os.kill(pid, signal.SIGKILL)
    crashed = await capturing
    assert crashed.error
    assert (crashed.verdict, crashed.error.code) == (Verdict.CRASHED, "browser_crashed")
    scratch = tmp_path / "next"
    scratch.mkdir()
    assert (await captured(browser, site.add("/next", html(WORDS)), scratch)).verdict is Verdict.OK


async def test_a_browser_that_is_gone_is_told(site: Pages, tmp_path: Path) -> None:
    async with open_browser(OPTIONS) as dead:
        await dead.playwright_browser.close()
        result = await captured(dead, site.url("/"), tmp_path, deadline_s=10)
    assert result.verdict is Verdict.CRASHED
