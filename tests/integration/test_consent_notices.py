"""Imitated consent notices in a real browser: each gets the most private answer, and nothing else is ever pressed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from capture import consent, single_file
from capture.browser import FLAGS, Browser, open_browser
from capture.engine import capture
from capture.recorder import Recorder
from capture.records import ArtifactKind, CaptureOptions, CaptureRequest, CaptureResult, Verdict
from capture.settle import settle
from capture.tab import Tab, open_tab
from tests.integration.engine_site import OPTIONS, Answer
from tests.integration.engine_site import serving as serving_pages
from tests.site import PAGES, Page, Site, serving, site_files
from tests.site.colours import areas_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWERED = {
    "consent-onetrust": "reject",
    "consent-cookiebot": "save",
    "consent-quantcast": "reject",
    "consent-didomi": "reject",
    "consent-usercentrics": "reject",
    "consent-trustarc": "necessary",
    "consent-sourcepoint": "reject",
    "consent-osano": "close",
    "consent-complianz": "reject",
    "consent-klaro": "reject",
    "consent-cookieyes": "reject",
    "consent-borlabs": "reject",
    "consent-iubenda": "reject",
    "consent-google": "save",
    "consent-axeptio": "reject",
    "consent-civic": "reject",
    "consent-chinese": "necessary",
    "consent-reloads": "reject",
    "cookie-wall": "reject",
    **{name: "reject" for name in PAGES if name.startswith("consent-call-")},
    "consent-termly": "reject",
    "consent-hu-manity": "reject",
    "consent-shopify": "reject",
    "consent-moove": "reject",
    "consent-cc3": "reject",
    "consent-tarteaucitron": "reject",
    "consent-chinese-bar": "reject",
    "consent-frame-elsewhere": "reject",
}
HIDDEN = {
    "consent-only-ok": ("consent_hidden",),
    "consent-chinese-known": ("consent_hidden",),
    "consent-over-pictures": ("consent_hidden",),
    "consent-or-pay": ("consent_pay_or_accept", "consent_hidden"),
}
ORDINARY = sorted(name for name in PAGES if name.startswith("no-consent-"))
AT_ONCE = 5


@dataclass
class Visit:
    """A page after its notices were answered."""

    notes: tuple[str, ...]
    title: str
    url: str
    scrolls: bool
    over: str
    """What lies on the middle of the window."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    async with serving(site_files()) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser(OPTIONS) as running:
        yield running


@asynccontextmanager
async def opened(browser: Browser, site: Site, page: Page) -> AsyncIterator[tuple[Tab, Recorder]]:
    """The page, as the engine has it before it answers notices."""
    request = CaptureRequest(
        capture_id=page.name, url=site.url(f"/{page.name}/"), scratch=Path("/nowhere"), deadline_s=30,
        proxy=site.proxy, options=OPTIONS,
    )  # fmt: skip
    recorder = Recorder(browser.endpoint, max_resource_bytes=1_000_000, max_total_bytes=5_000_000)
    async with recorder, open_tab(request, browser, single_file.install) as tab:
        await tab.page.goto(request.url, wait_until="commit")
        await settle(tab, recorder)
        yield tab, recorder


_STATE = """() => {
  const e = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  return [document.scrollingElement.scrollHeight > innerHeight && getComputedStyle(document.body).overflowY !==
    'hidden', e ? `${e.localName}.${e.className}` : ''];
}"""


async def visit(browser: Browser, site: Site, page: Page) -> Visit:
    async with opened(browser, site, page) as (tab, recorder):
        answered = await consent.answer(tab, recorder)
        scrolls, over = await tab.ask(_STATE)
        return Visit(answered.notes, await tab.page.title(), tab.page.url, scrolls, over)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visits(browser: Browser, site: Site) -> dict[str, Visit]:
    """Every page of this module, visited once."""
    names = [*ANSWERED, *ORDINARY, *HIDDEN, "consent-nothing-else"]
    room = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> Visit:
        async with room:
            return await visit(browser, site, PAGES[name])

    return dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))


@pytest.mark.parametrize(("name", "choice"), ANSWERED.items())
async def test_a_notice_gets_the_most_private_answer_it_offers(
    visits: dict[str, Visit], site: Site, name: str, choice: str
) -> None:
    visited = visits[name]
    assert visited.notes == (f"consent_answered:{choice}",)
    assert visited.title == PAGES[name].title
    assert visited.url == site.url(f"/{name}/"), "it led away"
    assert visited.scrolls
    assert not any(word in visited.over for word in ("notice", "veil", "dialog")), "something is left over the page"


@pytest.mark.parametrize("name", ["consent-frame-elsewhere", "consent-trustarc", "consent-sourcepoint"])
async def test_a_notice_in_a_frame_of_another_process_is_answered(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("capture.browser.FLAGS", (*FLAGS, "--site-per-process"))
    async with open_browser(OPTIONS) as apart, opened(apart, site, PAGES[name]) as (tab, recorder):
        assert [target for target in recorder.targets.values() if target.kind == "iframe"], "it is the same process"
        await consent.answer(tab, recorder)
        assert await tab.page.title() == PAGES[name].title


@pytest.mark.parametrize("name", ORDINARY)
async def test_buttons_outside_a_notice_are_never_pressed(visits: dict[str, Visit], name: str) -> None:
    assert visits[name].notes == ()
    assert visits[name].title == PAGES[name].title


async def test_a_page_is_not_loaded_again_and_no_link_is_followed(visits: dict[str, Visit], site: Site) -> None:
    asked = [asked.path for asked in site.asked_of("consent-reloads")]
    assert asked.count("/consent-reloads/") == 1
    assert not [asked.path for asked in site.asked if asked.path == "/elsewhere"]


@pytest.mark.parametrize(("name", "notes"), HIDDEN.items())
async def test_what_cannot_be_answered_is_hidden_and_nothing_is_pressed(
    visits: dict[str, Visit], name: str, notes: tuple[str, ...]
) -> None:
    visited = visits[name]
    assert visited.notes == notes
    assert visited.title == PAGES[name].title
    assert visited.scrolls
    assert visited.over in ("p.", "div."), "the page itself is there, and nothing over it"


async def test_a_notice_with_nothing_beside_it_stays_as_it_is(visits: dict[str, Visit]) -> None:
    visited = visits["consent-nothing-else"]
    assert visited.notes == ("consent_wall",)
    assert "notice" in visited.over


async def test_a_page_without_a_notice_is_asked_once(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Any] = []
    original = Tab.ask

    async def counted(tab: Tab, function: str, *arguments: Any, timeout_s: float = 4.0) -> Any:
        calls.append(arguments[0])
        return await original(tab, function, *arguments, timeout_s=timeout_s)

    async with opened(browser, site, PAGES["short-page"]) as (tab, recorder):
        monkeypatch.setattr(Tab, "ask", counted)
        assert await consent.answer(tab, recorder) == consent.Answered()
    assert calls == ["survey"]


async def captured(
    browser: Browser, site: Site, name: str, scratch: Path, options: CaptureOptions = OPTIONS
) -> CaptureResult:
    request = CaptureRequest(
        capture_id=name, url=site.url(f"/{name}/"), scratch=scratch, deadline_s=30, proxy=site.proxy, options=options
    )
    return await capture(request, browser)


def unseen(result: CaptureResult, name: str, scratch: Path) -> dict[str, int]:
    """How much of what should not be seen is in the picture."""
    artifact = result.artifact(ArtifactKind.SCREENSHOT)
    assert artifact
    with Image.open(scratch / artifact.path) as image:
        return dict(areas_in(image, [mark.value for mark in PAGES[name].unseen_colours]))


async def test_no_notice_is_in_the_picture_nor_its_words_in_the_text(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    result = await captured(browser, site, "consent-or-pay", tmp_path)
    assert result.verdict is Verdict.OK
    assert max(unseen(result, "consent-or-pay", tmp_path).values()) < 200
    assert "Pur-Abo" not in (tmp_path / "visible.txt").read_text()
    assert "consent_hidden" in result.notes


async def test_a_notice_that_comes_late_is_answered_too(browser: Browser, site: Site, tmp_path: Path) -> None:
    result = await captured(browser, site, "consent-late", tmp_path)
    assert "consent_answered:reject" in result.notes
    assert result.title == PAGES["consent-late"].title
    assert max(unseen(result, "consent-late", tmp_path).values()) < 200


async def test_a_page_that_is_only_for_consent_leads_on(browser: Browser, tmp_path: Path) -> None:
    async with serving_pages() as pages:
        words = "<p>" + "The fox comes into the garden at dusk. " * 12
        pages.answers["http://harbour.example/"] = Answer(f"<title>Arrived</title>{words}".encode())
        pages.answers["http://consent.google.com/save"] = Answer(
            status=303, headers=("Location: http://harbour.example/",)
        )
        pages.answers["http://consent.google.com/m"] = Answer(
            b"<title>Before you continue</title><h1>Before you continue</h1><p>We use cookies and data.</p>"
            b"<form action=/accept method=post><button>Accept all</button></form>"
            b"<form action=/save method=post><button>Reject all</button></form><a href=/more>More options</a>"
        )
        request = CaptureRequest(
            capture_id="1", url="http://consent.google.com/m?continue=1", scratch=tmp_path, deadline_s=30,
            proxy=pages.url(""), options=OPTIONS,
        )  # fmt: skip
        result = await capture(request, browser)
        assert (result.title, result.verdict) == ("Arrived", Verdict.OK)
        assert result.final_url == "http://harbour.example/"
        assert "consent_answered:reject" in result.notes
        assert "http://consent.google.com/accept" not in pages.asked


async def test_a_notice_that_is_all_there_is_is_the_verdict(browser: Browser, site: Site, tmp_path: Path) -> None:
    result = await captured(browser, site, "consent-nothing-else", tmp_path)
    assert result.verdict is Verdict.CONSENT
    assert result.artifact(ArtifactKind.SCREENSHOT)


async def test_notices_are_left_when_that_is_wished(browser: Browser, site: Site, tmp_path: Path) -> None:
    options = OPTIONS.model_copy(update={"consent": "leave"})
    result = await captured(browser, site, "consent-only-ok", tmp_path, options)
    assert not [note for note in result.notes if note.startswith("consent")]
    assert max(unseen(result, "consent-only-ok", tmp_path).values()) > 20_000
    assert "734 partners" in (tmp_path / "visible.txt").read_text()
