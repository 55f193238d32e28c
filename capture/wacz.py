"""A WACZ: what the browser loaded, as a standard archive that others' tools replay.

Source: "Web Archive Collection Zipped" 1.1.1 and "Request body canonicalisation" (Webrecorder specifications).
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote_plus, urlencode

from capture.recording import Recording
from capture.surt import surt
from capture.warc import Sink, WarcWriter, Written, digest, stamp

WACZ_VERSION = "1.1.1"
SOFTWARE = "Hashkeep"
WARC_NAME = "data.warc.gz"
_MAX_BODY_QUERY = 4096
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Every member's time, the earliest that a ZIP can hold: the same capture gives the same bytes."""


@dataclass(frozen=True)
class Page:
    """The page that was captured, as the archive's list of pages shows it."""

    url: str
    """After redirects: where a replay begins."""
    title: str
    captured_at: datetime
    text: str = ""
    requested_url: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    """For the metadata record: verdict, language, …"""


@dataclass(frozen=True)
class Extra:
    """Something of our own making that goes in beside what was loaded."""

    prefix: str
    """`view` for the picture, `text` for the visible text; the record's address is `urn:PREFIX:URL`."""
    media_type: str
    body: bytes


def write_wacz(path: Path, recording: Recording, page: Page, extras: Sequence[Extra] = ()) -> int:
    """Writes the archive and returns its size in bytes. Blocks: call it in a thread. Raises OSError."""
    with zipfile.ZipFile(path, "w") as package:
        resources: list[dict[str, Any]] = []
        with _member(package, f"archive/{WARC_NAME}", resources) as file:
            written = _write_warc(file, recording, page, extras)
        with _member(package, "indexes/index.cdx", resources) as file:
            file.write("".join(sorted(map(_cdxj_line, written))).encode())
        with _member(package, "pages/pages.jsonl", resources) as file:
            file.write(_pages(page))
        datapackage = _json(_datapackage(page, resources), indent=2)
        package.writestr(_named("datapackage.json"), datapackage)
        sealed = {"path": "datapackage.json", "hash": digest(datapackage)}
        package.writestr(_named("datapackage-digest.json"), _json(sealed, indent=2))
    return path.stat().st_size


def _write_warc(file: Sink, recording: Recording, page: Page, extras: Sequence[Extra]) -> list[Written]:
    warc = WarcWriter(file, WARC_NAME, SOFTWARE)
    warc.info(page.captured_at, [("isPartOf", page.requested_url or page.url)])
    for exchange in recording.exchanges:
        if exchange.url.startswith(("http:", "https:")):
            warc.exchange(exchange)
    for extra in extras:
        warc.resource(f"urn:{extra.prefix}:{page.url}", page.captured_at, extra.media_type, extra.body)
    warc.metadata(page.url, page.captured_at, [("title", page.title), *page.facts])
    return warc.written


class _Counted:
    """A ZIP member that is listed with its hash and size when it is closed."""

    def __init__(self, file: IO[bytes], path: str, resources: list[dict[str, Any]]) -> None:
        self._file = file
        self._path = path
        self._resources = resources
        self._hash = hashlib.sha256()
        self._size = 0

    def __enter__(self) -> _Counted:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._resources.append(
            {
                "name": self._path.rpartition("/")[2],
                "path": self._path,
                "hash": "sha256:" + self._hash.hexdigest(),
                "bytes": self._size,
            }
        )

    def write(self, data: bytes | memoryview) -> int:
        self._hash.update(data)
        self._size += len(data)
        return self._file.write(data)


def _named(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    # Stored: a player reads single records out of the package, and the WARC is compressed already.
    info.compress_type = zipfile.ZIP_STORED
    info.external_attr = 0o644 << 16
    return info


def _member(package: zipfile.ZipFile, path: str, resources: list[dict[str, Any]]) -> _Counted:
    return _Counted(package.open(_named(path), "w"), path, resources)


def _json(value: Any, indent: int | None = None) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8", "replace")


def _pages(page: Page) -> bytes:
    header = {"format": "json-pages-1.0", "id": "pages", "title": "Pages", "hasText": bool(page.text)}
    identity = hashlib.sha256(f"{page.url} {stamp(page.captured_at)}".encode()).hexdigest()[:20]
    row = {"id": identity, "url": page.url, "ts": stamp(page.captured_at), "title": page.title or page.url}
    if page.text:
        row["text"] = page.text
    return b"".join(_json(line) + b"\n" for line in (header, row))


def _datapackage(page: Page, resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "profile": "data-package",
        "title": page.title or page.url,
        "wacz_version": WACZ_VERSION,
        "software": SOFTWARE,
        "created": stamp(page.captured_at),
        "mainPageUrl": page.url,
        "mainPageDate": stamp(page.captured_at),
        "resources": resources,
    }


def _cdxj_line(written: Written) -> str:
    """One line of the index: key, 14-digit time, and JSON; a request with a body has it folded into the key."""
    body_query = ""
    url = written.url
    fields: dict[str, str] = {"url": url, "mime": written.mime}
    if written.status is not None:
        fields["status"] = str(written.status)
    fields |= {
        "digest": written.digest,
        "length": str(written.length),
        "offset": str(written.offset),
        "filename": WARC_NAME,
    }
    if written.method not in ("GET", "HEAD", "OPTIONS"):
        body_query = body_as_query(written.request_type, written.request_body or b"")
        url += ("&" if "?" in url else "?") + f"__wb_method={written.method}" + (f"&{body_query}" if body_query else "")
        fields["method"] = written.method
        if body_query:
            fields["requestBody"] = body_query
    at = written.at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    return f"{surt(url)} {at} {_json(fields).decode()}\n"


def body_as_query(content_type: str, body: bytes) -> str:
    """A request's body in the form in which it is folded into an index key; cut at 4096 characters."""
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/x-www-form-urlencoded":
            query = unquote_plus(body.decode())
        elif kind.startswith("multipart/"):
            query = urlencode(_form_values(content_type, body), doseq=True)
        elif kind in ("application/json", "text/plain"):
            query = _json_as_query(body)
        else:
            query = _opaque(body)
    except ValueError:
        query = "" if kind == "application/json" else _opaque(body)
    return query[:_MAX_BODY_QUERY]


def _opaque(body: bytes) -> str:
    return "__wb_post_data=" + base64.b64encode(body).decode() if body else ""


def _form_values(content_type: str, body: bytes) -> list[tuple[str, bytes]]:
    whole = BytesParser(policy=HTTP).parse(io.BytesIO(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body))
    if not whole.is_multipart():
        raise ValueError("no boundary")
    return [(_part_name(part), bytes(part.get_payload(decode=True) or b"")) for part in whole.iter_parts()]


def _part_name(part: Message) -> str:
    return str(part.get_param("name", "", "content-disposition"))


def _json_as_query(body: bytes) -> str:
    found: dict[str, str] = {}
    repeated: dict[str, int] = {}

    def put(name: str, value: object) -> None:
        key = name
        if name in found:
            repeated[name] = repeated.get(name, 1) + 1
            key = f"{name}.{repeated[name]}_"
        found[key] = str(value)

    def walk(value: Any, name: str = "") -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                walk(item, key)
        elif isinstance(value, list):
            for item in value:
                walk(item, name)
        elif name:
            put(name, value)

    for document in _documents(body):
        walk(document)
    return urlencode(found)


def _documents(body: bytes) -> Iterable[Any]:
    """One JSON document, or one a line."""
    try:
        return [json.loads(body)]
    except ValueError:
        if b"\n" not in body:
            raise
        return [json.loads(line) for line in body.split(b"\n")]
