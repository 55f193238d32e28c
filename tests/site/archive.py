"""Reads a WACZ by the letter of the specifications, and shares no code with what writes it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Record:
    """One record of the WARC."""

    kind: str
    """WARC-Type."""
    url: str
    headers: dict[str, str]
    block: bytes

    @property
    def status(self) -> int:
        """Of an HTTP response."""
        return int(self.block.split(b" ", 2)[1])

    @property
    def payload(self) -> bytes:
        """The body behind the HTTP head."""
        return self.block.partition(b"\r\n\r\n")[2]

    @property
    def method(self) -> str:
        """Of an HTTP request."""
        return self.block.split(b" ", 1)[0].decode()

    @property
    def truncated(self) -> bool:
        return "warc-truncated" in self.headers


@dataclass(frozen=True)
class Answered:
    """A response with the request that it answers."""

    url: str
    method: str
    request_body: bytes
    status: int
    body: bytes
    truncated: bool


def records_of(path: Path) -> list[Record]:
    """Every record of every WARC in the package, each from a gzip member of its own."""
    found = []
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.startswith("archive/") and name.endswith(".warc.gz"):
                found += _records(gzip.decompress(package.read(name)))
    return found


def _records(data: bytes) -> list[Record]:
    found, at = [], 0
    while at < len(data):
        end = data.index(b"\r\n\r\n", at)
        version, *lines = data[at:end].decode("utf-8").split("\r\n")
        assert version == "WARC/1.1", version
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers["content-length"])
        block = data[end + 4 : end + 4 + length]
        at = end + 4 + length
        assert data[at : at + 4] == b"\r\n\r\n", "a record does not end where it says"
        at += 4
        found.append(Record(headers["warc-type"], headers.get("warc-target-uri", ""), headers, block))
    return found


def answers_of(path: Path) -> list[Answered]:
    """Every response, `revisit` records filled with the body that they refer to."""
    records = records_of(path)
    requests = {r.headers.get("warc-concurrent-to", ""): r for r in records if r.kind == "request"}
    by_id = {r.headers["warc-record-id"]: r for r in records}
    bodies = {r.headers.get("warc-payload-digest"): r.payload for r in records if r.kind == "response"}
    found = []
    for record in records:
        if record.kind not in ("response", "revisit"):
            continue
        identity = record.headers["warc-record-id"]
        request = requests.get(identity) or by_id.get(record.headers.get("warc-concurrent-to", ""))
        body = record.payload
        if record.kind == "revisit":
            body = bodies.get(record.headers.get("warc-payload-digest"), b"")
        found.append(
            Answered(
                record.url,
                request.method if request else "?",
                request.payload if request else b"",
                record.status,
                body,
                record.truncated,
            )
        )
    return found


def faults_of(path: Path) -> list[str]:
    """What the package promises and does not keep: hashes, sizes, index entries that lead to their records."""
    faults = []
    with zipfile.ZipFile(path) as package:
        about: dict[str, Any] = json.loads(package.read("datapackage.json"))
        for entry in about["resources"]:
            data = package.read(entry["path"])
            if entry["hash"] != "sha256:" + hashlib.sha256(data).hexdigest() or entry["bytes"] != len(data):
                faults.append(f"{entry['path']}: hash or size is not the one in datapackage.json")
        listed = {entry["path"] for entry in about["resources"]}
        faults += [
            f"{name}: not listed"
            for name in package.namelist()
            if name not in listed and not name.startswith("datapackage")
        ]
        sealed = json.loads(package.read("datapackage-digest.json"))
        if sealed["hash"] != "sha256:" + hashlib.sha256(package.read("datapackage.json")).hexdigest():
            faults.append("datapackage-digest.json: another hash")
        if any(package.getinfo(name).compress_type != zipfile.ZIP_STORED for name in listed if "archive/" in name):
            faults.append("the WARC is compressed once more")
        faults += _index_faults(package)
        indexed = {json.loads(line.split(" ", 2)[2])["url"] for line in _index(package)}
        pages = [json.loads(line) for line in package.read("pages/pages.jsonl").decode().splitlines()[1:]]
        faults += [
            f"a page to begin with is not in the archive: {url}"
            for url in {about["mainPageUrl"], *(page["url"] for page in pages)}
            if url.partition("#")[0] not in indexed
        ]
    return faults


def _index(package: zipfile.ZipFile) -> list[str]:
    return package.read("indexes/index.cdx").decode().splitlines()


def _index_faults(package: zipfile.ZipFile) -> list[str]:
    faults = []
    lines = _index(package)
    if lines != sorted(lines):
        faults.append("the index is not sorted")
    for line in lines:
        fields = json.loads(line.split(" ", 2)[2])
        start, length = int(fields["offset"]), int(fields["length"])
        packed = package.read("archive/" + fields["filename"])[start : start + length]
        try:
            record = _records(gzip.GzipFile(fileobj=io.BytesIO(packed)).read())[0]
        except (OSError, ValueError, AssertionError) as error:
            faults.append(f"{fields['url']}: no record at its place ({error})")
            continue
        if record.url != fields["url"]:
            faults.append(f"{fields['url']}: the record there is {record.url}")
    return faults
