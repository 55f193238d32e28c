"""Is everything in the capture that belongs to the page? Each function looks at one artifact and names its misses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, BrowserContext, Route
from playwright.async_api import Page as Tab

from capture.records import ArtifactKind, CaptureResult, Verdict
from tests.site.archive import Answered, answers_of, faults_of
from tests.site.colours import areas_in, colours_in
from tests.site.page import Mark, Page, Place
from tests.site.server import Asked, Site
from tests.site.viewing import look_over

ANIMATED_S = 2.5
"""What moves into sight in the file may take so long."""
_BODILESS = frozenset({101, 204, 301, 302, 303, 304, 307, 308})


@dataclass(frozen=True)
class Miss:
    """One thing that is not as it should be."""

    page: str
    artifact: str
    what: str

    def __str__(self) -> str:
        return f"{self.page}: {self.artifact}: {self.what}"


@dataclass(frozen=True)
class Taken:
    """A finished capture of a page of the test site."""

    page: Page
    result: CaptureResult
    folder: Path
    asked: tuple[Asked, ...]
    """What the server was asked for during it."""
    hosts: dict[str, str]

    def path(self, kind: ArtifactKind) -> Path | None:
        """The artifact's file, if there is one."""
        artifact = self.result.artifact(kind)
        return self.folder / artifact.path if artifact else None

    def miss(self, artifact: str, what: str) -> Miss:
        return Miss(self.page.name, artifact, what)


def marks(page: Page, place: Place) -> tuple[list[Mark], list[Mark]]:
    """The words and the colours to be found in that place."""
    wanted = {place, Place.REPLAY} if place is Place.PLAYER else {place}
    return [m for m in page.words if wanted <= m.places], [m for m in page.colours if wanted <= m.places]


def expected(page: Page, place: Place) -> int:
    """How many marks are to be found in that place."""
    if (place is Place.HTML and not page.html) or (place in (Place.REPLAY, Place.PLAYER) and not page.replays):
        return 0
    return sum(map(len, marks(page, place)))


def check_result(taken: Taken) -> list[Miss]:
    """Verdict, status, title, address, and that the files are there."""
    page, result = taken.page, taken.result
    wanted: list[tuple[str, object, object]] = [
        ("verdict", page.verdict, result.verdict),
        ("status", page.status, result.http_status),
    ]
    if page.title:
        wanted.append(("title", page.title, result.title))
    if page.final is not None:
        wanted.append(("final address", f"http://{taken.hosts['site']}/{page.name}/{page.final}", result.final_url))
    found = [taken.miss("result", f"{name}: {got!r}, not {want!r}") for name, want, got in wanted if want != got]
    kinds = {ArtifactKind.HTML} if page.html else set()
    if page.html and page.verdict is not Verdict.BLANK:  # a white rectangle is no picture of anything
        kinds |= {ArtifactKind.SCREENSHOT, ArtifactKind.PREVIEW}
    elif not page.html and page.status == 200 and page.verdict is not Verdict.BLANK:
        kinds = {ArtifactKind.ORIGINAL}
    missing = sorted(kind for kind in kinds if taken.path(kind) is None)
    if missing:
        found.append(taken.miss("result", f"no {', '.join(missing)} (error {result.error}, notes {result.notes})"))
    return found


def check_screenshot(taken: Taken) -> list[Miss]:
    """Every colour is in the picture, and none that nobody sees."""
    path = taken.path(ArtifactKind.SCREENSHOT) or taken.path(ArtifactKind.PREVIEW)
    _, wanted = marks(taken.page, Place.SCREENSHOT)
    if path is None:
        return [taken.miss("screenshot", f"{mark.label} (no picture)") for mark in wanted]
    with Image.open(path) as image:
        seen = colours_in(image, wanted)
        unseen = areas_in(image, [mark.value for mark in taken.page.unseen_colours])
    found = [taken.miss("screenshot", f"{mark.label} {mark.value}") for mark in wanted if mark.value not in seen]
    return found + [
        taken.miss("screenshot", f"{mark.label} {mark.value} shows, although nobody sees it")
        for mark in taken.page.unseen_colours
        if unseen[mark.value] > mark.area_px
    ]


def check_text(taken: Taken) -> list[Miss]:
    """Every word in the visible text, none that nobody sees; those of the article in the main text."""
    visible = ""
    if taken.result.visible_text_path:
        visible = (taken.folder / taken.result.visible_text_path).read_text("utf-8")
    article = taken.path(ArtifactKind.TEXT)
    main = article.read_text("utf-8") if article else ""
    found = []
    for place, text in ((Place.TEXT, visible), (Place.MAIN, main)):
        words, _ = marks(taken.page, place)
        found += [taken.miss(place, f"{mark.label} {mark.value}") for mark in words if mark.value not in text]
    return found + [
        taken.miss("text", f"{mark.label} {mark.value} is there, although nobody sees it")
        for mark in taken.page.unseen_words
        if mark.value in visible
    ]


def check_loaded(taken: Taken) -> list[Miss]:
    """Everything that belongs to the page was asked for, and nothing twice."""
    paths = Counter((a.method, a.url, a.request_body) for a in taken.asked if a.method != "OPTIONS")
    asked = {a.url.partition("?")[0] for a in taken.asked}
    found = []
    for host, path in taken.page.needed:
        url = f"http://{taken.hosts[host]}/{taken.page.name}/{path}"
        if url.partition("?")[0] not in asked:
            found.append(taken.miss("loaded", f"{path or 'the page'} was never asked for"))
    if not taken.page.repeats:
        found += [
            taken.miss("loaded", f"{method} {url} was asked for {times} times")
            for (method, url, _), times in paths.items()
            if times > 1
        ]
    return found


def check_wacz(taken: Taken) -> list[Miss]:
    """Everything that was answered is in the archive with the right body; and the archive keeps its own promises."""
    path = taken.path(ArtifactKind.WACZ)
    if path is None:
        return [taken.miss("wacz", "no archive")]
    answers = answers_of(path)
    found = [taken.miss("wacz", fault) for fault in faults_of(path)]
    for asked in _to_keep(taken):
        same = [a for a in answers if a.url == asked.url and a.method == asked.method]
        why = _difference(asked, same)
        if why and not (taken.page.repeats and _was_kept_before(asked, answers)):
            found.append(taken.miss("wacz", f"{asked.method} {asked.path}: {why}"))
    return found


def _was_kept_before(asked: Asked, answers: list[Answered]) -> bool:
    """Whether something that is asked for again and again is there; the last time may come when a capture ends."""
    return any(a.url.partition("?")[0] == asked.url.partition("?")[0] for a in answers)


def _to_keep(taken: Taken) -> list[Asked]:
    folder = f"/{taken.page.name}/"
    return [
        asked
        for asked in taken.asked
        if asked.status and asked.path.removeprefix(folder).partition("?")[0] not in taken.page.unkept
        and asked.status != 101
    ]  # fmt: skip


def _difference(asked: Asked, same: list[Answered]) -> str | None:
    """Why none of the records is what was sent."""
    sent = bytes(asked.sent)
    if not same:
        return "not there"
    same = [a for a in same if a.status == asked.status]
    if not same:
        return f"not with status {asked.status}"
    if asked.status in _BODILESS or asked.method in ("HEAD", "OPTIONS"):
        return None
    if asked.request_body and not any(a.request_body == asked.request_body for a in same):
        return "not with the body of the request"
    if asked.request_body:
        same = [a for a in same if a.request_body == asked.request_body]
    if any(a.body == sent for a in same):
        return None if asked.whole or not sent or any(a.truncated for a in same) else "not marked as truncated"
    if not asked.whole and any(a.body and sent.startswith(a.body) for a in same):
        return None if any(a.truncated for a in same) else "not marked as truncated"
    return f"another body: {max(len(a.body) for a in same)} bytes, not {len(sent)}"


_ALIVE = """() => {
  const bad = [];
  for (const e of document.querySelectorAll('*')) {
    if (e.localName === 'script' && !/json|template/.test(e.type)) bad.push('<script>');
    for (const a of e.attributes)
      if (/^on/i.test(a.name) || /^\\s*javascript:/i.test(a.value)) bad.push(`<${e.localName} ${a.name}>`);
  }
  const script = document.createElement('script');
  script.textContent = 'window.ranHere = true';
  document.documentElement.append(script);
  script.remove();
  if (window.ranHere) bad.push('scripts run');
  return [...new Set(bad)];
}"""


async def check_html(taken: Taken, browser: Browser) -> list[Miss]:
    """The file on its own, in a browser: all marks, no request, nothing that runs."""
    path = taken.path(ArtifactKind.HTML)
    words, colours = marks(taken.page, Place.HTML)
    if not taken.page.html:
        return []
    if path is None:
        return [taken.miss("html", f"{mark.label} (no file)") for mark in [*words, *colours]]
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    try:
        asked = await _counted(context, path.as_uri())
        tab = await context.new_page()
        await tab.goto(path.as_uri(), wait_until="load")
        sight = await look_over(tab, words, colours, ANIMATED_S)
        found = [taken.miss("html", f"{mark.label} {mark.value}") for mark in sight.lacks([*words, *colours])]
        found += [taken.miss("html", f"{what} in the file") for what in await _alive(tab)]
        found += [taken.miss("html", f"asked for {url[:120]}") for url in asked]
    finally:
        await context.close()
    return found


async def _counted(context: BrowserContext, own: str) -> list[str]:
    """A list that fills with whatever else is asked for; none of it gets out."""
    asked: list[str] = []

    async def stop(route: Route) -> None:
        if route.request.url == own:
            await route.continue_()
        else:
            asked.append(route.request.url)
            await route.abort()

    await context.route(lambda url: not url.startswith(("data:", "blob:", "about:")), stop)
    return asked


async def _alive(tab: Tab) -> list[str]:
    found: list[str] = []
    for frame in tab.frames:
        found += await frame.evaluate(_ALIVE)
    return sorted(set(found))


async def check_all(taken: Taken, browser: Browser) -> list[Miss]:
    """All of it, without replays."""
    found = check_result(taken) + check_screenshot(taken) + check_text(taken)
    return found + check_loaded(taken) + check_wacz(taken) + await check_html(taken, browser)


def start_url(site: Site, page: Page) -> str:
    """The address that a capture of the page begins with."""
    return site.url(f"/{page.name}/{page.start}")
