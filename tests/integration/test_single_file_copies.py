"""The single file against the page it was made of, both in a real Chromium."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.async_api import Browser, Page

from capture.recorder import Recorder
from capture.single_file import About, Limits, SingleFile, assemble, install, serialise
from tests.integration.page_site import Reply, Site, chromium, serving
from tests.integration.single_file_pages import BLUE, HOSTILE, IMPORTS, LOOKS, OVERLAID, PICTURES, READY, SPELLINGS, png
from tests.site.assets import block_font

WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
WITHOUT_NOTE = "body > div:last-child { visibility: hidden !important }"
WINDOW = {"width": 800, "height": 600}


@dataclass
class Copy:
    """A page as it was seen, and its file."""

    live: bytes
    file: SingleFile
    url: str


async def keep(browser: Browser, endpoint: str, url: str, ready: str = "true", limits: Limits | None = None) -> Copy:
    async with Recorder(endpoint, 5_000_000, 50_000_000) as recorder:
        context = await browser.new_context(viewport=WINDOW)
        await install(context)
        page = await context.new_page()
        await page.goto(url, wait_until="load")
        await page.wait_for_function(f"document.readyState === 'complete' && ({ready})")
        await page.evaluate("document.fonts.ready.then(() => 1)")
        snapshot = await serialise(recorder, 10)
        live = await page.screenshot(full_page=True)
        recording = await recorder.finish(3)
        await context.close()
    return Copy(live, assemble(snapshot, recording, About(url, WHEN), limits), url)


async def copy_of(pages: Mapping[str, Reply | str | bytes], ready: str = "true", *flags: str) -> Copy:
    async with serving({**PICTURES, **pages}) as site, chromium(*flags) as (browser, endpoint):
        return await keep(browser, endpoint, site.url("/"), ready)


@dataclass
class Opened:
    """What came of opening a file with everything allowed."""

    picture: bytes
    requests: list[str]
    text: str
    console: list[str]


async def opened(copy: Copy, path: Path, look: str = "document.body.innerText") -> Opened:
    path.write_text(copy.file.html, "utf-8", newline="")
    async with chromium() as (browser, endpoint), Recorder(endpoint, 10**6, 10**7) as recorder:
        page = await (await browser.new_context(viewport=WINDOW)).new_page()
        console: list[str] = []
        page.on("console", lambda message: console.append(message.text))
        await page.goto(path.as_uri(), wait_until="load")
        await page.evaluate("new Promise(r => requestAnimationFrame(() => setTimeout(r, 100)))")
        text = await page.evaluate(look)
        shot = await page.screenshot(full_page=True, style=WITHOUT_NOTE)
        recording = await recorder.finish(2)
        return Opened(shot, [e.url for e in recording.exchanges], text, console)


def difference(live: bytes, file: bytes) -> float:
    """The share of pixels that differ visibly, of the page's own area."""
    one, two = (Image.open(io.BytesIO(data)).convert("RGB") for data in (live, file))
    assert two.height >= one.height
    apart = ImageChops.difference(one, two.crop((0, 0, one.width, one.height))).convert("L")
    return sum(apart.histogram()[16:]) / (one.width * one.height)


async def assert_same(copy: Copy, path: Path, at_most: float = 0.0005) -> Opened:
    seen = await opened(copy, path)
    assert seen.requests == []
    share = difference(copy.live, seen.picture)
    assert share <= at_most
    return seen


@pytest.mark.parametrize("name", LOOKS)
async def test_the_file_looks_like_the_page(name: str, tmp_path: Path) -> None:
    copy = await copy_of(LOOKS[name], READY.get(name, "true"))
    assert copy.file.missing == 0
    await assert_same(copy, tmp_path / "page.html")


async def test_frames_of_other_processes_are_in_the_file(tmp_path: Path) -> None:
    copy = await copy_of(LOOKS["frames"], "true", "--site-per-process")
    assert copy.file.missing == 0
    await assert_same(copy, tmp_path / "page.html")


async def test_nothing_runs_or_loads_and_no_live_address_is_left(tmp_path: Path) -> None:
    copy = await copy_of({"/": HOSTILE, "/frame": "<script>window.ran = 1</script><img src=/in.png>"})
    html = copy.file.html
    seen = await opened(copy, tmp_path / "page.html", "String(window.ran)")
    assert seen.requests == []
    assert seen.text == "undefined"
    assert not re.search(
        r"<script|<base|<object|<embed|<link|<source|<track|http-equiv=\"?refresh|javascript:|mailto:", html, re.I
    )
    assert not re.search(r"<[^>]*\son[a-z]+=", html, re.I)
    left = re.sub(r'<a href="http[^"]*"', "<a", html).replace(f">{copy.url}</a>", "></a>")
    left = left.replace("xmlns='http://www.w3.org/2000/svg'", "")
    assert not re.search(r"https?:|127\.0\.0\.9|ws:", left)
    links = {name: url for url, name in re.findall(r'<a href="([^"]*)"[^>]*? id="(\w+)"', html)}
    web = links.pop("web")
    assert re.fullmatch(r"http://127\.0\.0\.9:\d+/page", web)
    assert links == {"js": "#", "here": "#here", "data": "#"}
    assert "token" not in html
    assert 'target="_blank" rel="noreferrer"' in html


async def test_a_drawings_style_element_is_no_way_out(tmp_path: Path) -> None:
    page = """<!doctype html><svg><style></style></svg><style></style><script>
      for (const style of document.querySelectorAll('style'))
        style.textContent = 'a{} /*</style></svg><img src=http://127.0.0.9/x onerror=window.ran=1>*/';
    </script>"""
    copy = await copy_of({"/": page})
    seen = await opened(copy, tmp_path / "page.html", "document.images.length + String(window.ran)")
    assert (seen.requests, seen.text) == ([], "0undefined")


async def test_style_sheets_of_any_shape_load_nothing(tmp_path: Path) -> None:
    """Spellings that a browser takes for an address: the live page asks for every one, the file for none."""
    names = [f"n{n:02}" for n in range(len(SPELLINGS))]
    boxes = "".join(
        f"<li id={name}>x</li><style>#{name}{{display:list-item;{text.replace('N', name)}}}</style>"
        for name, text in zip(names, SPELLINGS, strict=True)
    )
    pages = {f"/{name}.png": BLUE for name in names} | {f"/n{n}.css": Reply(b"x{}", "text/css") for n in (97, 98, 99)}
    async with (
        serving({"/": f"<!doctype html>{IMPORTS}<ul>{boxes}", **pages}) as site,
        chromium() as (browser, endpoint),
    ):
        copy = await keep(browser, endpoint, site.url("/"))
        asked = {path.strip("/").partition(".")[0] for _, path, _ in site.asked}
        count = len(site.asked)
        # The last one has a bad address beside its good one, and is no declaration at all.
        assert asked >= {*names, "n97", "n98", "n99"} - {"n20"}
        seen = await opened(copy, tmp_path / "page.html")
        assert (seen.requests, len(site.asked)) == ([], count)
    assert not re.search(r"n\d\d\.(png|css)", copy.file.html)


async def test_names_that_hide_what_a_document_and_a_form_can_do_change_nothing(tmp_path: Path) -> None:
    """Elements hide built-in properties of the same name, in every world."""
    names = "getAnimations styleSheets adoptedStyleSheets documentElement body createElement elementFromPoint"
    fields = "scrollTop scrollLeft clientWidth clientHeight attributes style firstElementChild getAttribute matches"
    page = (
        "<!doctype html>"
        + "".join(f"<img name={name} alt=''>" for name in names.split())
        + "<form id=f style='height:40px;overflow:auto'><p style='height:300px;background:red'></p><p>low</p>"
        + "".join(f"<input type=hidden name={name}>" for name in fields.split())
        + "</form><script>Object.getOwnPropertyDescriptor(Element.prototype, 'scrollTop').set.call(f, 400)</script>"
    )
    copy = await copy_of({"/": page})
    assert copy.file.missing == 0
    await assert_same(copy, tmp_path / "page.html")


async def test_text_comes_through_to_the_character(tmp_path: Path) -> None:
    page = LOOKS["odd text"]["/"]
    look = "[...document.querySelectorAll('p,pre')].map(e => e.textContent + e.title).join('|') + document.title"
    async with serving({"/": page}) as site, chromium() as (browser, endpoint):
        copy = await keep(browser, endpoint, site.url("/"))
        live = await (await browser.new_page()).evaluate_handle("1") and await _look(browser, site, look)
    seen = await opened(copy, tmp_path / "page.html", look)
    # <xmp> is written as <pre>, as nothing can be escaped inside it.
    assert seen.text.replace("|<b>raw</b>", "") == live


async def _look(browser: Browser, site: Site, look: str) -> str:
    page = await browser.new_page()
    await page.goto(site.url("/"))
    return str(await page.evaluate(look))


async def test_what_was_not_kept_leaves_an_empty_place_and_is_counted(tmp_path: Path) -> None:
    async with (
        serving({"/": "<!doctype html><img src=/big.png>after", **PICTURES}) as site,
        chromium() as (browser, endpoint),
    ):
        copy = await keep(browser, endpoint, site.url("/"), limits=Limits(max_resource_bytes=100))
    assert (copy.file.missing, copy.file.notes) == (1, ("html_missing:1",))
    seen = await opened(copy, tmp_path / "page.html", "document.images[0].width + 'x' + document.images[0].height")
    assert (seen.requests, seen.text) == ([], "200x200")


async def test_the_same_picture_is_written_once() -> None:
    rules = "".join(f"#d{n}{{background:url(/noise.png) {n}px 0}}" for n in range(20))
    boxes = "".join(f"<div id=d{n} style='height:9px'></div>" for n in range(20))
    noise = Reply(png(40, 40) + b"\0" * 4000, "image/png")
    copy = await copy_of(
        {
            "/": f"<!doctype html><style>{rules}</style>{boxes}<img src=noise.png><img src=noise.png>",
            "/noise.png": noise,
        }
    )
    assert copy.file.html.count("data:image/png") == 1
    assert copy.file.missing == 0


async def test_a_font_of_several_weights_is_written_once() -> None:
    weights = "".join(f"@font-face{{font-family:f;font-weight:{n};src:url(/f.ttf)}}" for n in (300, 400, 700))
    text = "<p style='font:300 20px f'>aa<b>aa</b>"
    copy = await copy_of(
        {
            "/": f"<!doctype html><style>{weights}</style>{text}",
            "/f.ttf": Reply(block_font("a", "f"), "font/ttf"),
        },
        "document.fonts.status === 'loaded' && document.fonts.check('20px f')",
    )
    assert copy.file.html.count("data:font/ttf") == 1
    assert copy.file.missing == 0


async def test_rules_and_fonts_that_nothing_used_are_not_missed() -> None:
    css = "@font-face{font-family:f;src:url(/f.woff2)} .never{background:url(/never.png)}"
    copy = await copy_of({"/": f"<!doctype html><style>{css}</style>text"})
    assert copy.file.missing == 0


async def test_the_last_line_says_what_it_is_and_covers_nothing(tmp_path: Path) -> None:
    copy = await copy_of({"/": OVERLAID})
    look = "(e => [e.getBoundingClientRect().top + scrollY, e.innerText].join('|'))(document.body.lastElementChild)"
    seen = await opened(copy, tmp_path / "page.html", look)
    assert seen.text == f"900|Kept by Hashkeep from {copy.url}, 2026-01-02 03:04 UTC"


async def test_a_page_that_does_not_answer_gives_no_file_in_time() -> None:
    async with (
        serving({"/": "<!doctype html>x"}) as site,
        chromium() as (browser, endpoint),
        Recorder(endpoint, 10**6, 10**7) as recorder,
    ):
        page: Page = await browser.new_page()
        await page.goto(site.url("/"))
        async with page.expect_console_message():
            hung = asyncio.ensure_future(page.evaluate("console.log('from here on'); while (true);"))
        async with asyncio.timeout(30):
            snapshot = await serialise(recorder, 1)
        file = assemble(snapshot, await recorder.finish(1), About(site.url("/"), WHEN))
        hung.cancel()
        await recorder.connection.call("Runtime.terminateExecution", {}, next(iter(recorder.targets)))
    assert (file.html, file.notes) == ("", ("html_failed",))


async def test_the_same_page_gives_the_same_file() -> None:
    async with serving({**PICTURES, **LOOKS["drawings"]}) as site, chromium() as (browser, endpoint):
        one = await keep(browser, endpoint, site.url("/"))
        two = await keep(browser, endpoint, site.url("/"))
    assert one.file.html == two.file.html
