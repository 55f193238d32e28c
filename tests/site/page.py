"""What a page of the test site is: its files, and the marks by which one sees that nothing of it got lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape

from capture.records import Verdict
from tests.site import assets
from tests.site.server import Answer, Handler, Socket

File = Answer | Socket | Handler


class Place(StrEnum):
    """Where a mark can be looked for."""

    SCREENSHOT = "screenshot"
    HTML = "html"
    """In page.html, opened in a browser."""
    TEXT = "text"
    """In the visible text."""
    MAIN = "main"
    """In text.md."""
    REPLAY = "replay"
    """In page.wacz, replayed with the site gone."""
    PLAYER = "player"
    """In ReplayWeb.page's player as well, which does not play back all that an archive holds."""


COLOUR_PLACES = frozenset({Place.SCREENSHOT, Place.HTML, Place.REPLAY, Place.PLAYER})
WORD_PLACES = frozenset({Place.TEXT, Place.HTML, Place.REPLAY, Place.PLAYER})


@dataclass(frozen=True)
class Mark:
    """A word or a colour (`#rrggbb`) that is there, and nowhere else, when one thing of the page is there."""

    label: str
    value: str
    places: frozenset[Place]
    area_px: int = 600
    """Of a colour: at least so many square pixels can be seen."""


@dataclass
class Page:
    """One page and all that belongs to it; made with `@page`, see pages_*.py."""

    name: str
    difficulty: str
    files: dict[str, File] = field(default_factory=dict)
    """By path, from the page's own folder: `""` is the page itself."""
    words: list[Mark] = field(default_factory=list)
    colours: list[Mark] = field(default_factory=list)
    unseen_words: list[Mark] = field(default_factory=list)
    """Must not be in the visible text: a person does not see them."""
    unseen_colours: list[Mark] = field(default_factory=list)
    needed: list[tuple[str, str]] = field(default_factory=list)
    """(host, path): resources that must have been asked for, and must be in the archive."""
    unkept: set[str] = field(default_factory=set)
    """Paths of which nothing is expected in the archive, with a reason where they are declared."""
    verdict: Verdict = Verdict.OK
    title: str | None = None
    status: int | None = 200
    html: bool = True
    """Whether there is to be a page.html."""
    start: str = ""
    final: str | None = None
    """Path that the capture ends at, when it is another."""
    replays: bool = True
    """Whether it can come back from an archive: not what a server pushes through a socket."""
    repeats: bool = False
    """Whether the page itself asks for an address several times."""
    varies: str = ""
    """Why two captures of it cannot give the same bytes."""
    blemish: str = ""
    """Why the offline page may look otherwise in one small place."""

    def word(self, label: str, *, main: bool = False, but: tuple[Place, ...] = ()) -> str:
        """A new word to be found wherever words are, `main`: in the main text as well."""
        places = (WORD_PLACES | {Place.MAIN} if main else WORD_PLACES) - set(but)
        mark = Mark(label, _word(self.name, label), places)
        self.words.append(mark)
        return mark.value

    def sentence(self, label: str, text: str) -> str:
        """Words of another script as a mark of the main text."""
        self.words.append(Mark(label, text, WORD_PLACES | {Place.MAIN}))
        return text

    def colour(self, label: str, *, but: tuple[Place, ...] = (), area_px: int = 600) -> str:
        """A new colour to be seen wherever colours are."""
        mark = Mark(label, _next_colour(), COLOUR_PLACES - set(but), area_px)
        self.colours.append(mark)
        return mark.value

    def unseen_word(self, label: str) -> str:
        """A word that stands in the source and that nobody sees."""
        mark = Mark(label, _word(self.name, label), frozenset({Place.TEXT}))
        self.unseen_words.append(mark)
        return mark.value

    def unseen_colour(self, label: str) -> str:
        """A colour that would show if something were shown that is not."""
        mark = Mark(label, _next_colour(), frozenset({Place.SCREENSHOT, Place.HTML}))
        self.unseen_colours.append(mark)
        return mark.value

    def file(self, path: str, file: File | bytes | str, kind: str = "", *, needed: bool = True, host: str = "") -> str:
        """Adds a file and gives its address, from the root of the site. `host`: see `Site.hosts`."""
        if isinstance(file, str):
            file = file.encode()
        if isinstance(file, bytes):
            file = Answer(file, kind or _kind(path))
        self.files[path] = file
        if needed:
            self.needed.append((host or "site", path))
        prefix = "{{" + host + "}}" if host else ""
        return f"{prefix}/{self.name}/{path}"

    def png(
        self, path: str, label: str, *, width: int = 160, height: int = 90, host: str = "", but: tuple[Place, ...] = ()
    ) -> str:
        """A solid picture that must be asked for, and whose colour must be seen."""
        return self.file(path, assets.picture(self.colour(label, but=but), width, height), "image/png", host=host)

    def swatch(self, label: str, style: str = "", *, but: tuple[Place, ...] = ()) -> str:
        """A block of colour as HTML."""
        return f'<div class="swatch" style="background:{self.colour(label, but=but)};{style}"></div>'

    def lead(self, label: str = "lead", topic: int | None = None) -> str:
        """A paragraph of ordinary words with a mark among them, which belongs to the main text."""
        return (
            f"<p>{prose(topic or len(self.name), 3)} {self.word(label, main=True)} {prose(len(self.name) + 7, 2)}</p>"
        )

    def page(self, body: str, head: str = "", **more: str) -> None:
        """The page itself, laid out as articles are."""
        self.title = self.title or self.difficulty
        self.file("", Answer(document(self.title, body, head, **more).encode()))


PAGES: dict[str, Page] = {}
"""All pages, by name."""


def page(name: str, difficulty: str) -> Callable[[Callable[[Page], None]], Callable[[Page], None]]:
    """Registers the page that the decorated function fills."""

    def add(fill: Callable[[Page], None]) -> Callable[[Page], None]:
        made = Page(name, difficulty)
        fill(made)
        assert name not in PAGES, name
        PAGES[name] = made
        return fill

    return add


def document(title: str, body: str, head: str = "", lang: str = "en", site: str = "The Harbour Letter") -> str:
    """A whole HTML document with a header, an article and a footer."""
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n{head}\n</head>\n<body>\n"
        f'<header class="top"><b>{site}</b> <nav><a href="#news">News</a> <a href="#essays">Essays</a> '
        f'<a href="#about">About</a></nav></header>\n<main><article>\n<h1>{escape(title)}</h1>\n{body}\n'
        f'</article></main>\n<footer class="end">Printed on paper since 1911. All addresses are made up.</footer>\n'
        "</body>\n</html>\n"
    )


STYLE = (
    "body{margin:0;font:17px/1.6 'DejaVu Serif',Georgia,serif;color:#222;background:#fff}"
    "header.top{padding:14px 40px;border-bottom:1px solid #ccc;font-size:20px}nav{display:inline;margin-left:40px}"
    "nav a{margin-right:16px;color:#333}main{max-width:860px;margin:0 auto;padding:10px 30px}"
    "footer.end{padding:30px 40px;color:#777;border-top:1px solid #ccc}h1{font-size:34px;line-height:1.2}"
    ".swatch{width:96px;height:48px;margin:6px 0}"
)

_SENTENCES = (
    "The ferry leaves the north pier at seven and comes back with the mail.",
    "Nobody in the village remembers who painted the boathouse green.",
    "A letter that is kept in a drawer is still a letter.",
    "The gardener counts the pear trees every spring and writes the number on the wall.",
    "When the fog comes in, the bell on the breakwater is rung twice a minute.",
    "Her grandfather repaired clocks, mostly for people who could not pay.",
    "The library lends umbrellas as well as books.",
    "On Thursdays the market moves to the square behind the school.",
    "A map of the island from 1842 shows a road that was never built.",
    "The lighthouse keeper's diary has one line for each day and none for storms.",
    "Good paper is made of rags, water and patience.",
    "They planted oaks although they knew who would sit in the shade.",
    "The baker opens before the fishermen are back and closes when the bread is gone.",
    "Between the two bridges the river is slow enough to skate on.",
    "An old postcard turned up in a second-hand dictionary.",
    "The choir rehearses in the fire station because of the echo.",
)

_HAN = (
    "清晨的渡船从北码头出发，带回岛上的信件。",
    "村里没有人记得是谁把船屋漆成了绿色。",
    "放在抽屉里的信仍然是一封信。",
    "每年春天，园丁都会数一数梨树，把数字写在墙上。",
    "起雾的时候，防波堤上的钟每分钟敲两次。",
    "图书馆除了书，也出借雨伞。",
    "星期四，市集搬到学校后面的广场。",
    "好的纸由破布、水和耐心做成。",
)


def prose(seed: int, count: int) -> str:
    """Some sentences, the same ones for the same seed."""
    return " ".join(random.Random(seed).choices(_SENTENCES, k=count))


def han(seed: int, count: int) -> str:
    """The same in Chinese."""
    return "".join(random.Random(seed).choices(_HAN, k=count))


def paragraphs(count: int, seed: int = 1) -> str:
    """Paragraphs to fill a page with."""
    return "\n".join(f"<p>{prose(seed + n, 5)}</p>" for n in range(count))


def _word(name: str, label: str) -> str:
    parts = f"{name}-{label}".replace(" ", "-").split("-")
    return "".join(part[:1].upper() + part[1:] for part in parts) + "Qz"


_LEVELS = (16, 72, 128, 184, 240)
_COLOURS = [
    f"#{red:02x}{green:02x}{blue:02x}"
    for red in _LEVELS
    for green in _LEVELS
    for blue in _LEVELS
    if max(red, green, blue) - min(red, green, blue) >= 56
]
random.Random(5).shuffle(_COLOURS)
_given = 0


def _next_colour() -> str:
    """Two colours of one page are at least 56 levels apart in one channel, which no JPEG blurs."""
    global _given
    _given += 1
    return _COLOURS[_given % len(_COLOURS)]


def _kind(path: str) -> str:
    known = {
        "css": "text/css", "js": "text/javascript", "mjs": "text/javascript", "json": "application/json",
        "png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml", "gif": "image/gif", "webp": "image/webp",
        "avif": "image/avif", "ttf": "font/ttf", "woff": "font/woff", "txt": "text/plain; charset=utf-8",
        "html": "text/html; charset=utf-8", "": "text/html; charset=utf-8", "xml": "application/xml",
        "webm": "video/webm", "wav": "audio/wav", "pdf": "application/pdf", "bmp": "image/bmp", "ico": "image/x-icon",
    }  # fmt: skip
    return known[path.rpartition(".")[2] if "." in path else ""]
