"""Bookmarks as browsers, Linkding, Pinboard, Raindrop and Pocket exchange them: the Netscape format, HTML in name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import TextIO

from storage.formats.csv_files import split_tags
from storage.formats.ours import MAX_URL_CHARS
from storage.formats.records import Header, LinkRecord, ShareRecord, posted
from storage.formats.text import MAX_NOTE_CHARS, MAX_TITLE_CHARS, lines, moment, one_line

CHUNK_CHARS = 1 << 18
MAX_TAG_CHARS = 1 << 20
"""Of what stands between `<` and `>`, which may be a picture as a data: address."""

# None of these goes back over what it has read: a file of nothing but `<` or of one endless word is read as fast.
_TAG_NAME = re.compile(r"<(/?[A-Za-z][A-Za-z0-9]{0,40}|!)")
_END_OF_TAG = re.compile(r"""(?:[^>"'=]++|="[^"]*+"|='[^']*+'|[="'])*+>""")
"""Quotes behind `=` may hold a `>`."""
_ATTRIBUTE = re.compile(
    r"""(?<![A-Za-z_:-])([A-Za-z_:-]{1,40}+)\s{0,20}+=\s{0,20}+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))"""
)
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
"""Browsers write `&` in addresses as it is: what only begins like a reference (`&copy=2`, `&lt=3`) is none."""
_LINKDING_NOTES = re.compile(r"\[linkding-notes\](.*?)\[/linkding-notes\]", re.DOTALL)

HEAD_HTML = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
"""
TAIL_HTML = "</DL><p>\n"


def link_html(link: LinkRecord) -> str:
    """One link as an entry. Tags are cut at commas by those who read it, so that a comma in a name is a wide one."""
    share = link.shares[0] if link.shares else ShareRecord()
    added = f' ADD_DATE="{int(share.when.timestamp())}"' if share.when else ""
    tags = ",".join(tag.replace(",", "，") for tag in link.tags)
    tagged = f' TAGS="{escape(tags)}"' if tags else ""
    title = escape(link.given_title or link.title or link.url)
    # No browser knows it; without it a title that somebody has set would come back as the page's.
    page_title = f' PAGE_TITLE="{escape(link.title or "")}"' if link.given_title else ""
    note = f"    <DD>{escape(link.note)}\n" if link.note else ""
    return f'    <DT><A HREF="{escape(link.url)}"{added}{tagged}{page_title}>{title}</A>\n{note}'


def looks_like_one(head: str) -> bool:
    """Whether a text begins like a file of bookmarks, Pocket's included."""
    return bool(re.search(r"netscape-bookmark|<dt><a\s|<title>pocket export|<a\s[^>]{0,2000}href", head, re.IGNORECASE))


def read(stream: TextIO, header: Header) -> Iterator[LinkRecord]:
    """The links of a file, one pass, whatever it nests."""
    attributes: dict[str, str] | None = None
    title = description = ""
    describing = in_link = False
    for name, body, text in _pieces(stream):
        # `text` is what stood before this tag.
        if in_link:
            title = (title + text)[: MAX_TITLE_CHARS * 4]
        elif describing:
            description = (description + text + ("\n" if name == "br" else ""))[: MAX_NOTE_CHARS * 2]
        if name == "/a":
            in_link = False
        elif name == "dd":
            describing = attributes is not None
        elif name in ("a", "dt", "/dl", "dl", "li", "h3", ""):
            if attributes is not None and name != "dl":
                yield from _finished(attributes, title, description, header)
                attributes, title, description, describing, in_link = None, "", "", False, False
            if name == "a":
                attributes, in_link = _attributes(body), True
    if attributes is not None:
        yield from _finished(attributes, title, description, header)


def _pieces(stream: TextIO) -> Iterator[tuple[str, str, str]]:
    """(name of a tag, its inside, the text before it); a last one without a name brings the rest."""
    buffer, at, text = "", 0, ""
    ended = False
    while True:
        found = _TAG_NAME.search(buffer, at)
        if not ended and (found is None or len(buffer) - found.start() < MAX_TAG_CHARS):
            rest = found.start() if found else max(at, len(buffer) - 2)  # `<` and `</` may be cut from their name
            text = (text + buffer[at:rest])[:MAX_NOTE_CHARS]
            chunk = stream.read(CHUNK_CHARS)
            ended = not chunk
            buffer, at = buffer[rest:] + chunk, 0
            continue
        if found is None:
            yield "", "", text + buffer[at:]
            return
        end = _end_of_tag(buffer, found.end())
        yield found[1].lower(), buffer[found.end() : end], text + buffer[at : found.start()]
        text = ""
        at = end + 1


def _end_of_tag(buffer: str, at: int) -> int:
    """Where the `>` of a tag stands. Looks for quotes no further than a tag may be long."""
    found = _END_OF_TAG.match(buffer, at, at + MAX_TAG_CHARS)
    if found:
        return found.end() - 1
    end = buffer.find(">", at)
    return end if end >= 0 else len(buffer)


def _attributes(body: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(body[:MAX_TAG_CHARS]):
        found.setdefault(name.lower(), _REFERENCE.sub(lambda known: unescape(known[0]), double or single or bare))
    return found


def _finished(attributes: dict[str, str], title: str, description: str, header: Header) -> Iterator[LinkRecord]:
    url = attributes.get("href", "").strip()
    if not url or len(url) > MAX_URL_CHARS:
        header.skipped += 1
        return
    name = one_line(unescape(title), MAX_TITLE_CHARS)
    # A browser writes seconds; Pocket has its own name for it.
    when = moment(attributes.get("add_date") or attributes.get("time_added"))
    name = "" if name == url else name
    is_set = name and "page_title" in attributes
    yield LinkRecord(
        url=url,
        title=(one_line(attributes["page_title"], MAX_TITLE_CHARS) if is_set else name) or None,
        given_title=name if is_set else None,
        note=_note(unescape(description)) or None,
        tags=split_tags(attributes.get("tags", "")),
        shares=posted(when, "" if is_set else name),
    )


def _note(text: str) -> str:
    """A description; Linkding puts notes behind it, in marks of its own."""
    return lines(_LINKDING_NOTES.sub(lambda found: f"\n{found[1]}", text), MAX_NOTE_CHARS)
