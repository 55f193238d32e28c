"""What the recorder keeps of what a real Chromium loads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Error, Page

from capture.cdp import ConnectionLost
from capture.recorder import Exchange, Recorder, Recording
from tests.integration.page_site import Reply, Site, chromium, serving

TEXT = "text/plain"
SCRIPT = "text/javascript"

PAGES: dict[str, Reply | str | bytes] = {
    "/start": Reply(
        b"moved", status=302, headers=(("Location", "/hop"), ("X-Hop", "1"), ("X-Two", "a"), ("X-Two", "b"))
    ),
    "/hop": Reply(b"moved", status=301, headers=(("Location", "/landed"), ("X-Hop", "2"))),
    "/landed": Reply(b"<title>landed</title><img src=/img/moved>", headers=(("X-Hop", "3"),)),
    "/img/moved": Reply(b"", status=307, headers=(("Location", "/img/real"), ("X-Hop", "1"))),
    "/img/real": Reply(b"not really", "image/png", headers=(("X-Hop", "2"),)),
    "/charsets": Reply(
        "<p>汉字".encode("gb18030") + b"<script src=/sjis.js charset=shift_jis></script>", "text/html; charset=gb18030"
    ),
    "/sjis.js": Reply("x='漢字'".encode("shift_jis"), SCRIPT),
    "/posts": "<script>fetch('/post', {method: 'POST', body: new Uint8Array([0, 255, 254, 10])})"
    ".then(r => r.text()).then(t => document.title = t)</script>",
    "/post": Reply(b"thanks", TEXT),
    "/streams": "<script>fetch('/never').then(r => r.text()); new EventSource('/events')</script>",
    "/never": Reply(b"as far as it came", TEXT, hang=True),
    "/events": Reply(b"data: one\n\n", "text/event-stream", hang=True),
    "/cut": "<script>fetch('/short').then(r => r.text()).catch(() => document.title = 'cut')</script>",
    "/short": Reply(b"abc", TEXT, headers=(("Content-Length", "100"),)),
    "/workers": "<script>new Worker('/w.js'); new SharedWorker('/s.js')</script>"
    '<iframe src="http://127.0.0.2:{PORT}/frame"></iframe>',
    "/w.js": Reply(b"fetch('/from-worker').then(r => r.text())", SCRIPT),
    "/s.js": Reply(b"fetch('/from-shared').then(r => r.text())", SCRIPT),
    "/from-worker": Reply(b"w", TEXT),
    "/from-shared": Reply(b"s", TEXT),
    "/frame": '<iframe src="http://127.0.0.3:{PORT}/deep"></iframe>',
    "/deep": "<script>fetch('/from-deep').then(r => r.text())</script>",
    "/from-deep": Reply(b"d", TEXT),
    "/large": "<script>Promise.all(['/big', '/small'].map(u => fetch(u).then(r => r.text())))"
    ".then(() => document.title = 'both')</script>",
    "/big": Reply(b"x" * 300_000, TEXT),
    "/small": Reply(b"y" * 10_000, TEXT),
    "/local": "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='><script>"
    "fetch(URL.createObjectURL(new Blob(['q']))).then(r => r.text()).then(t => document.title = t)</script>",
    "/file.zip": Reply(b"PK\x03\x04" * 50_000, "application/zip", headers=(("Content-Disposition", "attachment"),)),
    "/polls": "<script>let n = 0; const poll = () => fetch('/small?' + n++).then(r => r.text())"
    ".then(() => n < 5 ? poll() : document.title = 'polled'); poll()</script>",
}  # fmt: skip


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(PAGES) as site:
        yield site


@asynccontextmanager
async def recorded(
    browser: Browser, endpoint: str, *, largest: int = 200_000, total: int = 10_000_000
) -> AsyncIterator[tuple[Page, Recorder]]:
    async with Recorder(endpoint, largest, total) as recorder:
        context = await browser.new_context(accept_downloads=True)
        yield await context.new_page(), recorder
        await context.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def record(
    url: str, done: Callable[[Recorder], bool], *flags: str, largest: int = 200_000, total: int = 10_000_000
) -> Recording:
    """Opens the URL, waits until `done` and until nothing ordinary is under way, and gives the recording."""
    async with (
        chromium(*flags) as (browser, endpoint),
        recorded(browser, endpoint, largest=largest, total=total) as (page, recorder),
    ):
        await page.goto(url, wait_until="load")
        try:
            await until(lambda: done(recorder))
        except TimeoutError:
            pytest.fail(f"open: {recorder.open_requests(time.monotonic())}, asked: {list(recorder._times_requested)}")
        return await recorder.finish(3)


def ended(*paths: str) -> Callable[[Recorder], bool]:
    """All those were asked for, and nothing is open."""

    def check(recorder: Recorder) -> bool:
        open_urls = [request.url for request in recorder.open_requests(time.monotonic())]
        asked = "".join(recorder._times_requested)
        return all(path in asked for path in paths) and not open_urls

    return check


def of(recording: Recording, path: str) -> Exchange:
    found = [e for e in recording.exchanges if e.url.endswith(path)]
    assert len(found) == 1, f"{path}: {len(found)} exchanges"
    return found[0]


def header(exchange: Exchange, name: str) -> list[str]:
    return [value for key, value in exchange.response_headers if key.lower() == name.lower()]


async def test_each_hop_of_a_redirect_has_its_own_headers(site: Site) -> None:
    recording = await record(site.url("/start"), ended("/img/real"))
    hops = [(e.url.removeprefix(site.url("")), e.status, header(e, "x-hop")) for e in recording.exchanges]
    assert hops[:3] == [("/start", 302, ["1"]), ("/hop", 301, ["2"]), ("/landed", 200, ["3"])]
    assert hops[3:] == [("/img/moved", 307, ["1"]), ("/img/real", 200, ["2"])]
    assert header(of(recording, "/start"), "x-two") == ["a", "b"]
    assert all(e.main_document for e in recording.exchanges[:3])
    assert (main := recording.main())
    assert main.url == site.url("/landed")
    assert (image := recording.body(site.url("/img/moved#x")))
    assert image.body == b"not really"
    assert main.remote_address == f"127.0.0.1:{site.port}"


async def test_bodies_are_the_bytes_as_they_came(site: Site) -> None:
    recording = await record(site.url("/charsets"), ended("/sjis.js"))
    assert of(recording, "/charsets").body == PAGES["/charsets"].body  # type: ignore[union-attr]
    assert of(recording, "/charsets").charset.lower() == "gb18030"
    assert of(recording, "/sjis.js").body == "x='漢字'".encode("shift_jis")
    assert recording.missing == 0


async def test_a_post_keeps_both_bodies(site: Site) -> None:
    recording = await record(site.url("/posts"), ended("/post"))
    post = of(recording, "/post")
    assert (post.method, post.request_body, post.body) == ("POST", b"\x00\xff\xfe\n", b"thanks")
    assert recording.body(post.url) is None, "an answer to a POST must not stand for the address"


async def test_what_never_ends_is_kept_as_far_as_it_came(site: Site) -> None:
    def came(recorder: Recorder) -> bool:
        return [t.decoded_bytes > 0 for t in recorder._tracks.values()] == [True] * 3

    recording = await record(site.url("/streams"), came)
    kept = {e.url.rpartition("/")[2]: (e.body, e.truncated) for e in recording.exchanges if "streams" not in e.url}
    assert kept == {"never": (b"as far as it came", True), "events": (b"data: one\n\n", True)}
    assert (recording.truncated, recording.missing) == (2, 0)


async def test_a_body_cut_off_by_the_network_is_truncated(site: Site) -> None:
    recording = await record(site.url("/cut"), ended("/short"))
    short = of(recording, "/short")
    assert (short.body, short.truncated) == (b"abc", True)
    assert short.failed == "net::ERR_CONTENT_LENGTH_MISMATCH"


@pytest.mark.parametrize("flags", [(), ("--site-per-process",)], ids=["one process", "a process a site"])
async def test_workers_and_frames_of_other_sites_are_seen(site: Site, flags: tuple[str, ...]) -> None:
    recording = await record(site.url("/workers"), ended("/from-worker", "/from-shared", "/from-deep"), *flags)
    bodies = {e.url.rpartition("/")[2]: e.body for e in recording.exchanges}
    assert (bodies["from-worker"], bodies["from-shared"], bodies["from-deep"]) == (b"w", b"s", b"d")
    assert bodies["w.js"]
    assert bodies["s.js"]
    assert recording.missing == 0


async def test_a_body_over_the_limit_is_counted_not_kept(site: Site) -> None:
    recording = await record(site.url("/large"), ended("/big", "/small"))
    assert of(recording, "/big").body is None
    assert of(recording, "/small").body == b"y" * 10_000
    assert recording.missing == 1
    assert recording.bytes_down > 310_000


async def test_bodies_stop_at_the_total(site: Site) -> None:
    recording = await record(site.url("/large"), ended("/big", "/small"), largest=400_000, total=305_000)
    assert recording.missing == 1
    assert sum(len(e.body or b"") for e in recording.exchanges) <= 305_000


async def test_data_and_blob_addresses_are_no_exchanges(site: Site) -> None:
    recording = await record(site.url("/local"), ended("/local"))
    assert [e.url for e in recording.exchanges] == [site.url("/local")]


async def test_a_download_is_kept(site: Site) -> None:
    async with chromium() as (browser, endpoint), recorded(browser, endpoint, largest=500_000) as (page, recorder):
        async with page.expect_download() as download:
            with pytest.raises(Error, match=r"Download is starting|ERR_ABORTED"):
                await page.goto(site.url("/file.zip"))
        await (await download.value).path()
        recording = await recorder.finish(3)
    assert (main := recording.main())
    assert main.body is not None
    assert (len(main.body), main.body[:8], main.media_type) == (200_000, b"PK\x03\x04" * 2, "application/zip")
    assert (main.truncated, main.failed, recording.missing) == (False, None, 0)


async def test_polling_shows_by_the_address_without_its_query(site: Site) -> None:
    async with chromium() as (browser, endpoint), recorded(browser, endpoint) as (page, recorder):
        await page.goto(site.url("/polls"))
        await page.wait_for_function("document.title == 'polled'")
        assert recorder.times_requested(site.url("/small?99")) == 5


async def test_a_lost_browser_leaves_what_was_there(site: Site) -> None:
    async with chromium() as (browser, endpoint):
        async with Recorder(endpoint, 10**6, 10**7) as recorder:
            page = await browser.new_page()
            await page.goto(site.url("/landed"))
            await until(lambda: ended("/img/real")(recorder))
            await browser.close()
            started = time.monotonic()
            recording = await recorder.finish(30)
        assert time.monotonic() - started < 20
        assert of(recording, "/landed").body == b"<title>landed</title><img src=/img/moved>"
        with pytest.raises(ConnectionLost):
            await Recorder(endpoint, 1, 1).__aenter__()


async def test_pages_go_on_after_the_recorder_left(site: Site) -> None:
    async with chromium() as (browser, endpoint):
        async with Recorder(endpoint, 10**6, 10**7):
            page = await browser.new_page()
        await page.goto(site.url("/workers"))
        assert await page.evaluate("fetch('/post', {method: 'POST'}).then(r => r.text())") == "thanks"
