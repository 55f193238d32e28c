"""The ZIP: our JSON, the files by their content, and a page that a person can open.

    hashkeep.json
    index.html
    files/ab/abcdef….jpg

Nothing is unpacked under a name that the archive gives: entries are looked up by the pattern above, read as a stream
within limits, and named by what they turn out to hold.
"""

from __future__ import annotations

import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256 as new_sha256
from html import escape
from pathlib import Path
from typing import BinaryIO, cast

from storage.formats.records import ArtifactRecord, BadFile, LinkRecord
from storage.formats.text import broken

JSON_NAME = "hashkeep.json"
INDEX_NAME = "index.html"
TELEGRAM_NAME = "result.json"
CHUNK_BYTES = 1 << 20
MAX_ENTRIES = 500_000
MAX_FILE_BYTES = 300_000_000
"""Of one file of a capture."""
MAX_LISTING_BYTES = 20_000_000_000
"""Of the JSON, or of a foreign file inside a ZIP."""
MAX_RATIO = 200
SMALL_BYTES = 20_000_000
"""Below that a file may be packed as well as it likes: a page of one word a million times is no attack."""

_FILE = re.compile(r"files/[0-9a-f]{2}/([0-9a-f]{64})(\.[a-z0-9]{1,8})?")
_SUFFIXES = {
    "text/html": ".html", "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif",
    "application/pdf": ".pdf", "text/markdown": ".md", "text/plain": ".txt", "application/wacz": ".wacz",
    "application/wacz+zip": ".wacz", "application/zip": ".zip", "video/mp4": ".mp4", "audio/mpeg": ".mp3",
}  # fmt: skip
_PACKED = (".jpg", ".png", ".webp", ".gif", ".pdf", ".wacz", ".zip", ".mp4", ".mp3")
_TIME = (1980, 1, 1, 0, 0, 0)
_BY_KIND = {"wacz": ".wacz", "html": ".html", "text": ".md", "pdf": ".pdf"}


def file_name(artifact: ArtifactRecord) -> str:
    """Where a file lies in the ZIP. What a browser would run has no suffix that makes it do so."""
    suffix = _BY_KIND.get(artifact.kind) or _SUFFIXES.get(artifact.media_type, ".bin")
    if artifact.kind == "original" and suffix == ".html":
        suffix = ".txt"
    return f"files/{artifact.sha256[:2]}/{artifact.sha256}{suffix}"


class Packer:
    """Writes a ZIP; files come first, the listing and the index last."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._path = path
        self._known: set[str] = set()

    @property
    def size_bytes(self) -> int:
        """What is written so far."""
        return self._path.stat().st_size if self._zip.fp is None else cast(BinaryIO, self._zip.fp).tell()

    def has(self, artifact: ArtifactRecord) -> bool:
        """Whether the file is in it already."""
        return file_name(artifact) in self._known

    def add(self, artifact: ArtifactRecord, source: Path) -> None:
        """Puts a file in, once."""
        name = file_name(artifact)
        if name not in self._known:
            self._known.add(name)
            self.put(name, source, packed=name.endswith(_PACKED))

    def put(self, name: str, source: Path, packed: bool = False) -> None:
        """Puts any file in under a name of ours."""
        info = zipfile.ZipInfo(name, _TIME)
        info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        info.external_attr = (stat.S_IFREG | 0o644) << 16
        info.file_size = source.stat().st_size  # tells the ZIP whether it needs its large form
        with source.open("rb") as file, self._zip.open(info, "w") as target:
            while chunk := file.read(CHUNK_BYTES):
                target.write(chunk)

    def close(self) -> None:
        """Finishes the file."""
        self._zip.close()


def head_index(title: str, exported_at: datetime) -> str:
    """The beginning of the page for people; nothing in it runs or loads."""
    name = escape(title or "Hashkeep")
    return (
        "<!DOCTYPE html><html><head><meta charset=utf-8>"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name=viewport content="width=device-width"><meta name=referrer content=no-referrer>'
        f"<title>{name}</title><style>body{{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}}"
        "li{margin:.6em 0}small{color:#666}</style></head><body>"
        f"<h1>{name}</h1><p><small>{exported_at:%Y-%m-%d}</small></p><ol>\n"
    )


TAIL_INDEX = "</ol></body></html>\n"


def link_index(link: LinkRecord, inside: set[str]) -> str:
    """One link as a line of the page, with its files that are in the ZIP."""
    files = "".join(
        f' <a href="{file_name(artifact)}">{escape(artifact.kind)}</a>'
        for capture in link.captures
        for artifact in capture.artifacts
        if artifact.kind != "preview" and file_name(artifact) in inside
    )
    tags = " ".join(f"#{escape(tag)}" for tag in link.tags)
    title = escape(link.given_title or link.title or link.url)
    web = link.url.lower().startswith(("http://", "https://"))
    shown = f'<a href="{escape(link.url)}" rel=noreferrer>{title}</a>' if web else title
    return f'<li value="{link.number or 0}">{shown} <small>{tags}{files}</small></li>\n'


def _is_of_finder(name: str) -> bool:
    """What a Mac adds to whatever it packs."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] == ".DS_Store"


def _root(entries: list[zipfile.ZipInfo]) -> str:
    """The folder that everything lies in, with its `/`: who unpacks a ZIP and packs it again often packs its folder."""
    tops = {entry.filename.partition("/")[:2] for entry in entries}
    return "".join(tops.pop()) if len(tops) == 1 and all("/" in entry.filename for entry in entries) else ""


class Package:
    """A ZIP from anywhere, opened for reading. Raises BadFile for what is none, or is meant to do harm."""

    def __init__(self, path: Path, max_total_bytes: int) -> None:
        with _as_bad_file():
            self._zip = zipfile.ZipFile(path)
        entries = self._zip.infolist()
        if len(entries) > MAX_ENTRIES:
            raise BadFile("bomb", f"{len(entries)} entries")
        self._left = max_total_bytes
        self._files: dict[str, zipfile.ZipInfo] = {}
        self.listings: list[str] = []
        """Names of the files in it that may hold links: ours alone, or Telegram's first."""
        entries = [entry for entry in entries if not _is_of_finder(entry.filename)]
        root = _root(entries)
        for entry in entries:
            self._sort(entry, root)
        self.is_ours = root + JSON_NAME in self.listings
        """Whether Hashkeep wrote it."""
        if self.is_ours:
            self.listings = [root + JSON_NAME]
        self.listings.sort(key=lambda name: (name != root + TELEGRAM_NAME, name.count("/"), name))

    def _sort(self, entry: zipfile.ZipInfo, root: str) -> None:
        if entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16):
            return
        if entry.flag_bits & 1:
            raise BadFile("encrypted")
        if found := _FILE.fullmatch(entry.filename.removeprefix(root)):
            self._files.setdefault(found[1], entry)  # of two with one name the first counts
        elif re.fullmatch(r"[^\\\x00]{0,300}\.(json|csv|html?|txt)", entry.filename, re.IGNORECASE):
            self.listings.append(entry.filename)

    def close(self) -> None:
        """Closes the file."""
        self._zip.close()

    @contextmanager
    def listing(self, name: str) -> Iterator[BinaryIO]:
        """One of the listings as a stream of bytes within limits."""
        with self._opened(self._zip.getinfo(name), MAX_LISTING_BYTES) as stream:
            yield stream

    def copy(self, artifact: ArtifactRecord, target: Path) -> bool:
        """Writes the file of that name, if it is here and holds what its name promises."""
        entry = self._files.get(artifact.sha256)
        if entry is None or entry.file_size != artifact.size_bytes:
            return False
        digest = new_sha256()
        with self._opened(entry, MAX_FILE_BYTES) as source, target.open("wb") as file:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
        return digest.hexdigest() == artifact.sha256

    @contextmanager
    def _opened(self, entry: zipfile.ZipInfo, limit: int) -> Iterator[BinaryIO]:
        packed = max(entry.compress_size, 1)
        if entry.file_size > limit or (entry.file_size > SMALL_BYTES and entry.file_size / packed > MAX_RATIO):
            raise BadFile("bomb", f"an entry of {entry.file_size} bytes out of {packed}")
        self._left -= entry.file_size
        if self._left < 0:
            raise BadFile("bomb", "more than all of it may be")
        with _as_bad_file(), self._zip.open(entry) as source:
            yield cast(BinaryIO, source)


@contextmanager
def _as_bad_file() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError) as error:
        raise broken(f"the ZIP is damaged ({error})") from None
    except OSError as error:
        if error.errno is not None:
            raise  # the disk's; bzip2's own has no number
        raise broken(f"the ZIP is damaged ({error})") from None
