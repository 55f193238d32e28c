"""Pages in a real browser, as a person would have them: whole, still, with everything that loads lazily."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from capture.browser import Browser, glyphs_rendered, open_browser
from capture.engine import capture
from capture.records import ArtifactKind, CaptureRequest, Verdict
from tests.integration.engine_site import OPTIONS, Answer, Pages, captured, picture, serving, shows
from tests.site.archive import records_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

RED, GREEN, BLUE, YELLOW = (230, 0, 0), (0, 160, 0), (0, 0, 230), (250, 220, 0)
WORDS = "<p>" + "The fox comes into the garden at dusk to look for windfalls. " * 6 + "</p>"
ZH = "<p>" + "江南的春天来得格外早，柳枝才吐出嫩芽，桃花便已开满了河岸。" * 4 + "</p>"


def html(body: str, title: str = "Foxes", lang: str = "en", style: str = "") -> str:
    return (
        f"<!doctype html><html lang={lang}><meta charset=utf-8><title>{title}</title>"
        f"<style>body{{margin:0;font:18px sans-serif}}{style}</style><body>{body}"
    )


def block(colour: tuple[int, int, int], size: str = "width:200px;height:200px") -> str:
    return f"<div style='{size};background:rgb{colour}'></div>"


def jpeg(colour: tuple[int, int, int], size: tuple[int, int] = (300, 200)) -> Answer:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "JPEG", quality=95)
    return Answer(data.getvalue(), "image/jpeg")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser(OPTIONS) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Pages]:
    async with serving() as running:
        yield running


async def test_an_article_is_kept_whole(browser: Browser, site: Pages, tmp_path: Path) -> None:
    url = site.add(
        "/article",
        html(
            f"<meta name=description content='About foxes'><h1>Foxes</h1>{WORDS * 12}{block(RED)}", "Foxes &amp; Links"
        ),
    )
    result = await captured(browser, url, tmp_path)
    assert result.verdict is Verdict.OK
    assert result.error is None
    assert (result.title, result.lang, result.description) == ("Foxes & Links", "en", "About foxes")
    assert (result.http_status, result.media_type, result.final_url) == (200, "text/html", url)
    assert {a.kind for a in result.artifacts} == {
        ArtifactKind.SCREENSHOT, ArtifactKind.PREVIEW, ArtifactKind.HTML, ArtifactKind.TEXT, ArtifactKind.WACZ,
    }  # fmt: skip
    assert shows(picture(result, tmp_path), RED) > 1000
    preview = picture(result, tmp_path, ArtifactKind.PREVIEW)
    assert preview.width == 1280
    assert "windfalls" in (tmp_path / "text.md").read_text()
    assert result.visible_text_path
    assert (tmp_path / result.visible_text_path).read_text().count("windfalls") == 72
    assert "windfalls" in (tmp_path / "page.html").read_text()
    assert result.requests >= 1
    assert result.bytes_down > 1000
    assert site.asked.count("/article") == 1, "it was opened more than once"


async def test_a_chinese_page_has_its_title_language_and_glyphs(browser: Browser, site: Pages, tmp_path: Path) -> None:
    url = site.add("/zh", html(f"<h1>江南春色</h1>{ZH * 9}", "江南春色", lang="''"))
    result = await captured(browser, url, tmp_path)
    assert (result.title, result.lang) == ("江南春色", "zh")
    assert "柳枝才吐出嫩芽" in (tmp_path / "text.md").read_text()
    assert await glyphs_rendered(browser, "江南春色🦊")
    assert not await glyphs_rendered(browser, "a\U000e0ffe")


async def test_every_lazy_image_is_there(browser: Browser, site: Pages, tmp_path: Path) -> None:
    site.add("/red.jpg", jpeg(RED))
    native = "".join(f"<div style='height:600px'><img loading=lazy src=/red.jpg?{n}></div>" for n in range(6))
    scripted = "".join(f"<div style='height:600px'><img data-src=/red.jpg?s{n}></div>" for n in range(6))
    watch = (
        "<script>const o=new IntersectionObserver(es=>es.forEach(e=>{if(e.isIntersecting)"
        "{e.target.src=e.target.dataset.src}}));document.querySelectorAll('[data-src]').forEach(e=>o.observe(e))</script>"
    )
    result = await captured(browser, site.add("/lazy", html(native + scripted + watch)), tmp_path)
    image = picture(result, tmp_path)
    for row in range(12):
        assert shows(image, RED, (0, row * 600, 320, row * 600 + 210)) > 3000, f"image {row} is missing"


async def test_what_sticks_and_floats_does_not_cover_the_page(browser: Browser, site: Pages, tmp_path: Path) -> None:
    bar = f"position:fixed;bottom:0;left:0;right:0;height:80px;background:rgb{YELLOW}"
    body = (
        f"<header style='position:sticky;top:0;height:60px;background:rgb{BLUE}'></header>"
        f"{block(RED, 'height:2400px')}{block(GREEN, 'height:300px')}<div style='{bar}'></div>"
    )
    image = picture(await captured(browser, site.add("/sticky", html(body)), tmp_path), tmp_path)
    assert image.height == 2760
    assert shows(image, BLUE, (0, 0, 1280, 56)) > 4000, "the header belongs at the top"
    assert shows(image, BLUE, (0, 64, 1280, 2760)) == 0
    assert shows(image, YELLOW) == 0
    assert shows(image, GREEN, (0, 2470, 1280, 2760)) > 20_000


async def test_sections_of_the_windows_height_keep_it(browser: Browser, site: Pages, tmp_path: Path) -> None:
    body = block(RED, "height:100vh") + WORDS * 30 + block(GREEN, "height:40px")
    image = picture(await captured(browser, site.add("/vh", html(body)), tmp_path), tmp_path)
    assert shows(image, RED, (0, 0, 1280, 795)) > 60_000
    assert shows(image, RED, (0, 806, 1280, image.height)) == 0
    assert shows(image, GREEN, (0, image.height - 60, 1280, image.height)) > 1_000


async def test_frames_of_other_sites_below_the_fold_are_seen(browser: Browser, site: Pages, tmp_path: Path) -> None:
    site.add("/green", html(block(GREEN, "height:2000px") + "words inside the frame"))
    frame = (
        "<iframe src='http://127.0.0.1:{OTHER}/green' style='border:0;width:600px;height:%dpx;display:block'></iframe>"
    )
    heights = (200, 300, 1500)
    body = "".join(f"<div style='height:1000px'></div>{frame % height}" for height in heights)
    result = await captured(browser, site.add("/frames", html(body)), tmp_path)
    image = picture(result, tmp_path)
    top = 0
    for height in heights:
        top += 1000
        share = shows(image, GREEN, (0, top, 600, top + height)) / (600 * height / 16)
        assert share > 0.9, f"{share:.0%} of the frame at {top}"
        top += height
    assert "words inside the frame" in (tmp_path / "visible.txt").read_text()


async def test_what_fades_in_has_faded_in(browser: Browser, site: Pages, tmp_path: Path) -> None:
    style = (
        "@keyframes f{from{opacity:0}}.f{animation:f 30s both}"
        "@keyframes s{to{transform:rotate(1turn)}}.s{animation:s 1s infinite}"
    )
    body = f"<div class=f>{block(RED)}</div><div class=s>…</div>{WORDS}"
    image = picture(await captured(browser, site.add("/fade", html(body, style=style)), tmp_path), tmp_path)
    assert shows(image, RED) > 2000


async def test_a_page_that_is_higher_than_the_limit_is_cut_there(browser: Browser, site: Pages, tmp_path: Path) -> None:
    options = OPTIONS.model_copy(update={"max_height_px": 3000})
    url = site.add("/tall", html(WORDS + block(RED, "height:8000px")))
    result = await captured(browser, url, tmp_path, options=options)
    assert picture(result, tmp_path).size == (1280, 3000)
    assert "height_cut" in result.notes
    assert result.verdict is Verdict.OK


async def test_a_pane_that_scrolls_in_place_of_the_page_is_unfolded(
    browser: Browser, site: Pages, tmp_path: Path
) -> None:
    style = "html,body{height:100%;overflow:hidden}main{height:100vh;overflow-y:auto}"
    body = f"<main>{block(RED, 'height:2500px')}{block(GREEN, 'height:200px')}</main>"
    image = picture(await captured(browser, site.add("/pane", html(body, style=style)), tmp_path), tmp_path)
    assert image.height == 2700
    assert shows(image, GREEN, (0, 2500, 1280, 2700)) > 10_000


async def test_a_page_locked_by_a_dialog_is_seen_whole(browser: Browser, site: Pages, tmp_path: Path) -> None:
    style = "html,body{height:100%;overflow:hidden}"
    dialog = "<div role=dialog style='position:fixed;top:100px;left:300px;width:300px;background:#eee'>Hello</div>"
    body = WORDS * 30 + block(GREEN, "height:200px") + dialog
    image = picture(await captured(browser, site.add("/locked", html(body, style=style)), tmp_path), tmp_path)
    assert image.height > 1500
    assert shows(image, GREEN, (0, image.height - 250, 1280, image.height)) > 10_000


async def test_what_scripts_load_late_is_waited_for_and_the_title_read_then(
    browser: Browser, site: Pages, tmp_path: Path
) -> None:
    site.add("/words.json", Answer(b'"loaded by a script"', "application/json", wait_s=0.8))
    body = (
        "<div id=app></div><script>setTimeout(async()=>{const t=await(await fetch('/words.json')).json();"
        "app.innerHTML='<h1>'+t+'</h1>';document.title='Ready'},500)</script>"
    )
    result = await captured(browser, site.add("/spa", html(body, "Loading")), tmp_path)
    assert result.title == "Ready"
    assert "loaded by a script" in (tmp_path / "visible.txt").read_text()


@pytest.mark.parametrize(
    "leave",
    ["<script>location.href='/arrived'</script>", "<meta http-equiv=refresh content='1; url=/arrived'>Wait a second"],
    ids=["script", "refresh"],
)
async def test_a_page_that_leads_on_is_followed(browser: Browser, site: Pages, tmp_path: Path, leave: str) -> None:
    arrived = site.add("/arrived", html(WORDS, "Arrived"))
    result = await captured(browser, site.add("/leave", html(leave, "Leaving")), tmp_path)
    assert (result.title, result.final_url, result.verdict) == ("Arrived", arrived, Verdict.OK)
    assert [(step.url, step.status) for step in result.redirects] == [(site.url("/leave"), 200)]


async def test_the_archive_begins_where_the_page_is_and_tells_the_way(
    browser: Browser, site: Pages, tmp_path: Path
) -> None:
    site.add("/end", html(WORDS + "<script>history.pushState(0, '', '/made-up')</script>", "The end"))
    site.add("/between", html("<meta http-equiv=refresh content='0; url=/end#part'>"))
    begin = site.add("/begin", Answer(status=302, headers=("Location: /between",)))
    result = await captured(browser, begin, tmp_path)
    way = [(begin, 302), (site.url("/between"), 200)]
    assert [(step.url, step.status) for step in result.redirects] == way
    assert result.final_url == site.url("/made-up")
    archive = result.artifact(ArtifactKind.WACZ)
    assert archive
    assert archive.media_type == "application/wacz+zip"
    records = records_of(tmp_path / archive.path)
    assert {site.url(path) for path in ("/begin", "/between", "/end")} <= {r.url for r in records}
    about = next(r for r in records if r.kind == "metadata")
    assert about.url == site.url("/end")
    told = about.block.decode()
    assert "title: The end\r\n" in told
    assert "verdict: ok\r\n" in told
    assert all(f"redirect: {status} {url}\r\n" in told for url, status in way)
    extras = {r.url.split(":")[1]: r.block for r in records if r.kind == "resource"}
    assert extras["view"] == (tmp_path / "screenshot.jpg").read_bytes()
    assert b"windfalls" in extras["text"]


LINKED_DATA = """<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "No article"},
  {"@type": "NewsArticle", "author": [{"name": "Ada Fox"}, {"name": "Ben Hare"}], "datePublished": "2026-11-02"}]}
</script>"""


@pytest.mark.parametrize(
    ("head", "author", "published"),
    [
        ("<meta name=author content='Ada \u202eFox'><meta property=article:published_time content=2026-11-02T08:00Z>",
         "Ada Fox", "2026-11-02T08:00Z"),
        (f"<meta property=article:author content='https://fox.example/ada'>{LINKED_DATA}",
         "Ada Fox, Ben Hare", "2026-11-02"),
        ("<script type='application/ld+json'>[{\"@type\": \"Person\", \"@id\": \"#a\", \"name\": \"Ada Fox\"}, "
         "{\"@type\": \"BlogPosting\", \"author\": {\"@id\": \"#a\"}, "
         "\"datePublished\": \"November 2, 2026\"}]</script>",
         "Ada Fox", "2026-11-02"),
        ("<div itemscope><b itemprop=author itemscope><i itemprop=name>Ada Fox</i>, writer</b>"
         "<time itemprop=datePublished datetime='2026-11-02'>today</time></div>", "Ada Fox", "2026-11-02"),
        ("<meta name=DC.creator content='Ada Fox'><meta name=DC.date content=2026/11/2>", "Ada Fox", "2026-11-02"),
        ("<meta name=author content='//fox.example/ada'><meta name=date content='9999-99-99'>", None, None),
        ("<meta name=date content='last Tuesday'><script type='application/ld+json'>{no json</script>", None, None),
    ],
    ids=["meta", "linked-data", "linked by id", "microdata", "dublin-core", "hostile", "nonsense"],
)  # fmt: skip
async def test_what_a_page_says_of_itself_is_kept(
    browser: Browser, site: Pages, tmp_path: Path, head: str, author: str | None, published: str | None
) -> None:
    more = (
        "<meta property=og:site_name content='The Burrow'><meta property=og:image content=/card.jpg>"
        "<link rel=icon href=/fox.svg><link rel=canonical href='/foxes'>"
    )
    result = await captured(browser, site.add("/facts", html(head + more + WORDS)), tmp_path)
    assert (result.site_name, result.author, result.published) == ("The Burrow", author, published)
    assert result.image_url == site.url("/card.jpg")
    assert result.icon_url == site.url("/fox.svg")
    assert result.canonical_url == site.url("/foxes")
    assert result.metadata()["image_url"] == site.url("/card.jpg")
    assert "redirects" not in result.metadata()
    byline = " · ".join(filter(None, (author, "The Burrow", published)))
    assert f"\n\n{byline}\n\n<" in (tmp_path / "text.md").read_text()


async def test_an_unchanging_page_gives_the_same_bytes_twice(browser: Browser, site: Pages, tmp_path: Path) -> None:
    site.add("/same.jpg", jpeg(GREEN))
    fixed = "<div style='position:fixed;bottom:0'>bar</div><style>@keyframes turn{to{rotate:360deg}}"
    body = f"{WORDS * 20}<img src=/same.jpg loading=lazy>{fixed} b{{animation:turn 1s infinite}}</style><b>o</b>"
    url = site.add("/same", html(body))
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    kept = []
    for number in range(2):
        scratch = tmp_path / str(number)
        scratch.mkdir()
        request = CaptureRequest(capture_id="1", url=url, scratch=scratch, deadline_s=30, options=OPTIONS, at=at)
        await capture(request, browser)
        names = ("page.html", "screenshot.jpg", "preview.jpg", "text.md", "visible.txt")
        kept.append({name: (scratch / name).read_bytes() for name in names})
    assert kept[0].keys() == kept[1].keys()
    assert [name for name in kept[0] if kept[0][name] != kept[1][name]] == []


async def test_an_archive_that_cannot_be_written_is_a_note(
    browser: Browser, site: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("capture.wacz.write_wacz", no_space)
    result = await captured(browser, site.add("/full", html(WORDS)), tmp_path)
    assert result.verdict is Verdict.OK
    assert result.artifact(ArtifactKind.HTML)
    assert result.artifact(ArtifactKind.WACZ) is None
    assert "wacz_failed" in result.notes


async def test_photographing_asks_for_no_picture_of_another_layout(
    browser: Browser, site: Pages, tmp_path: Path
) -> None:
    site.add("/narrow.jpg", jpeg(RED))
    script = "matchMedia('(max-width: 500px)').onchange = () => { new Image().src = '/narrow.jpg' }"
    await captured(browser, site.add("/media", html(f"{WORDS}<script>{script}</script>")), tmp_path)
    assert "/narrow.jpg" not in site.asked


async def test_two_captures_in_one_browser_share_nothing(browser: Browser, site: Pages, tmp_path: Path) -> None:
    script = "document.title=document.cookie||localStorage.x||'clean';document.cookie='a=1';localStorage.x=1"
    url = site.add("/cookies", html(f"{WORDS}<script>{script}</script>"))
    for number in range(2):
        scratch = tmp_path / str(number)
        scratch.mkdir()
        assert (await captured(browser, url, scratch)).title == "clean"


async def test_pages_are_opened_through_the_proxy(browser: Browser, site: Pages, tmp_path: Path) -> None:
    site.answers["http://no-such-name.example/"] = Answer(html(WORDS, "By proxy").encode())
    request = CaptureRequest(
        capture_id="1", url="http://no-such-name.example/", scratch=tmp_path, deadline_s=20, options=OPTIONS,
        proxy=site.url(""),
    )  # fmt: skip
    steps: list[str] = []
    result = await capture(request, browser, steps.append)
    assert result.title == "By proxy"
    assert steps[0] == "open"
    assert steps[-1] == "archive"
    assert steps.index("settle") < steps.index("look") < steps.index("scroll") < steps.index("screenshot")


async def test_the_browser_gets_none_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "secret-token-of-a-bot")
    async with open_browser(OPTIONS) as started:
        environment = Path(f"/proc/{started.pid}/environ").read_bytes()
    assert b"secret-token" not in environment
    assert b"PATH=" in environment
    assert not Path(f"/proc/{started.pid}").exists(), "Chromium outlived its context"


@pytest.mark.parametrize("mode", ["open", "closed"])
async def test_an_article_in_a_shadow_tree_is_read_as_one(
    browser: Browser, site: Pages, tmp_path: Path, mode: str
) -> None:
    around = "<nav><a href=/>MENU</a></nav>" + "<p>The site introduces itself at some length.</p>" * 9
    inside = f"<article><h1>Foxes</h1>{WORDS}<p><slot name=more></slot></p><x-part></x-part></article>"
    script = (
        "<script>const grow=(host,html)=>{{const r=host.attachShadow({{mode:'{}'}});r.innerHTML=html;return r}};"
        "const r=grow(document.querySelector('x-article'),`{}`);"
        "grow(r.querySelector('x-part'),`<p>{}</p>`)</script>"
    ).format(mode, inside, "Deeper still, the vixen waits with her cubs until the moon is up. " * 4)
    hidden = "<p style='content-visibility:auto;contain-intrinsic-size:auto 3000px'>Far below, the den is warm.</p>"
    body = f"{around}<x-article><b slot=more>Slotted words.</b></x-article>{hidden}{script}"
    result = await captured(browser, site.add("/shadow", html(body)), tmp_path)
    assert result.verdict is Verdict.OK
    text, visible = (tmp_path / "text.md").read_text(), (tmp_path / "visible.txt").read_text()
    for words in ("windfalls", "Slotted words", "until the moon is up"):
        assert words in text
        assert words in visible
    assert "Far below, the den is warm." in visible
