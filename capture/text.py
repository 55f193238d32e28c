"""Words of a page: titles fit to be shown, the article as Markdown, everything that was visible for search."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable, Sequence

import lxml.html
import trafilatura
from lxml import etree

MAX_TITLE_CHARACTERS = 300
MAX_DESCRIPTION_CHARACTERS = 1_000
MAX_VISIBLE_CHARACTERS = 1_000_000
MAX_ARTICLE_HTML_CHARACTERS = 1_000_000
"""Extraction takes seconds on larger trees, for nothing that a person would read."""
EXTRACT_TIMEOUT_S = 6.0
MAX_FORMATTED_SIBLINGS = 10_000
"""Of words in italics and the like beside each other; trafilatura's memory grows with their square: 2 GB for 60 000."""

SHORT_ARTICLE_CHARACTERS = 250
"""An extraction shorter than this has probably missed the page, if the page shows twice as much."""

_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF}
_FORMATTING = frozenset(
    ("b", "code", "del", "em", "i", "kbd", "mark", "q", "s", "samp", "small", "strong", "sub", "sup", "u")
)
_SKIPPED_TAGS = ("script", "style", "svg", "template", "noscript", "iframe", "link", "object", "canvas")


def one_line(text: str | None, limit: int = MAX_TITLE_CHARACTERS) -> str | None:
    """Text of a page as one clean line: no control and direction characters, single spaces, cut; None if empty."""
    kept = (" " if c.isspace() or c in "\x85\u2028\u2029" else c for c in text or "")
    clean = "".join(c for c in kept if ord(c) not in _BIDI and unicodedata.category(c) not in ("Cc", "Cs", "Cn"))
    clean = " ".join(clean.split())
    if len(clean) > limit:
        clean = clean[: limit - 1].rstrip() + "…"
    return clean or None


def many_lines(text: str) -> str:
    """Visible text without control characters, empty lines joined, spaces at the ends of lines gone."""
    clean = "".join(c for c in text.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    clean = "\n".join(line.strip() for line in clean.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", clean).strip()


def language(declared: str | None, text: str) -> str | None:
    """The language tag that the page declares, or what its script leaves no doubt about; None if neither.

    Templates declare English whatever is filled in: a page in Chinese, Japanese or Korean script is none.
    """
    tag = (declared or "").strip().replace("_", "-")
    written = _by_script(text)
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", tag):
        return written
    return written if written and tag.lower().split("-")[0] in _LATIN else tag


_LATIN = frozenset({"en", "de", "fr", "es", "it", "pt", "nl"})


def _by_script(text: str) -> str | None:
    sample = text[:5_000]
    kana = len(re.findall(r"[\u3041-\u30ff]", sample))
    hangul = len(re.findall(r"[\uac00-\ud7a3]", sample))
    han = len(re.findall(r"[\u4e00-\u9fff]", sample))
    letters = sum(c.isalpha() for c in sample) or 1
    if hangul > letters * 0.3:
        return "ko"
    if kana > letters * 0.1:
        return "ja"
    return "zh" if han > letters * 0.3 else None


def visible_text(frames: Sequence[str]) -> str:
    """What a person could read in all frames, the main one first; for search."""
    return many_lines("\n\n".join(frames))[:MAX_VISIBLE_CHARACTERS]


async def article(
    html: str,
    url: str,
    title: str | None,
    visible: str,
    byline: str = "",
    lang: str | None = None,
    late: Callable[[], None] = lambda: None,
) -> str:
    """The page to read, as Markdown: heading, byline, address, language, and the main text (or all the visible one).

    `late` is called when the extraction of the main text took too long. It cannot be stopped: the process should end.
    """
    try:
        async with asyncio.timeout(EXTRACT_TIMEOUT_S):
            body = await asyncio.to_thread(_extract, html, url)
    except TimeoutError:
        body = None
        late()
    if body is None or (len(body) < SHORT_ARTICLE_CHARACTERS and len(visible) > 2 * len(body)):
        body = visible.replace("\n\n", "\n").replace("\n", "\n\n")  # in Markdown a line alone is no line
    return _with_heading(body.strip(), url, title, byline, lang)


def _with_heading(body: str, url: str, title: str | None, byline: str, lang: str | None) -> str:
    first, _, rest = body.partition("\n")
    heading = f"# {title or url}"
    if first.startswith("# "):
        heading, body = first, rest.strip()
    if byline:
        heading += f"\n\n{byline}"
    address = f"<{url}> · {lang}" if lang else f"<{url}>"
    return f"{heading}\n\n{address}\n\n{body}\n"


def _extract(html: str, url: str) -> str | None:
    tree = _pruned(html)
    if tree is None:
        return None
    try:
        return trafilatura.extract(
            tree,
            url=url,
            output_format="markdown",
            include_formatting=True,
            include_links=True,
            include_tables=True,
            include_comments=False,
            favor_recall=True,
        )
    except (etree.LxmlError, ValueError, RecursionError, AttributeError, TypeError):
        return None  # trees that the extractor stumbles over: the visible text serves


def _pruned(html: str) -> lxml.html.HtmlElement | None:
    """The tree without what is no text, so that the size limit counts text; None for one that is not to be read."""
    html = re.sub(r"(?is)<(script|style|svg|template|noscript)\b.*?</\1\s*>", " ", html)
    html = re.sub(r"""(?i)(=\s*["'])data:[^"']{200,}""", r"\1", html)
    try:
        tree = lxml.html.fromstring(html[:MAX_ARTICLE_HTML_CHARACTERS] or "<p>")
    except (etree.LxmlError, ValueError):
        return None
    etree.strip_elements(tree, *_SKIPPED_TAGS, with_tail=False)
    crowded = (element for element in tree.iter() if len(element) > MAX_FORMATTED_SIBLINGS)
    if any(sum(child.tag in _FORMATTING for child in element) > MAX_FORMATTED_SIBLINGS for element in crowded):
        return None
    return tree
