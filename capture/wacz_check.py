"""Whether a WACZ is whole, by the rules of its own format: every member and its hash, and an index that fits.

Source: "Web Archive Collection Zipped" 1.1.1, sections 4 and 5 (Webrecorder specifications).
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

from capture.zip_errors import DAMAGED

_CHUNK = 1 << 20
_BEGINNING = 512
"""Bytes of a packed record in which its first word is."""
_PACKAGE = "datapackage.json"
_NEEDED = ("archive/", "indexes/", "pages/")


def wacz_fault(path: Path) -> str | None:
    """What is wrong with the file, in a few words; None if it is whole. Blocks: call it in a thread. Raises OSError."""
    try:
        with zipfile.ZipFile(path) as package:
            return _fault(package)
    except (*DAMAGED, KeyError, TypeError) as error:
        return f"it cannot be read ({error})"
    except OSError as error:
        if error.errno is not None:
            raise  # the disk's; bzip2's own has no number
        return f"it cannot be read ({error})"


def _fault(package: zipfile.ZipFile) -> str | None:
    names = set(package.namelist())
    if _PACKAGE not in names:
        return f"it has no {_PACKAGE}"
    data = package.read(_PACKAGE)
    listed: list[dict[str, Any]] = json.loads(data)["resources"]
    for part in _NEEDED:
        if not any(str(resource["path"]).startswith(part) for resource in listed):
            return f"it has nothing in {part}"
    for resource in listed:
        if resource["path"] not in names:
            return f"{resource['path']} is missing"
        if fault := _resource_fault(package, resource):
            return fault
    sealed = json.loads(package.read("datapackage-digest.json"))["hash"]
    if sealed != f"sha256:{hashlib.sha256(data).hexdigest()}":
        return f"{_PACKAGE} was changed"
    return _index_fault(package, listed)


def _resource_fault(package: zipfile.ZipFile, resource: dict[str, Any]) -> str | None:
    found, size = hashlib.sha256(), 0
    with package.open(resource["path"]) as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            size += len(chunk)
    if size != resource["bytes"]:
        return f"{resource['path']} has {size} bytes instead of {resource['bytes']}"
    if resource["hash"] != f"sha256:{found.hexdigest()}":
        return f"{resource['path']} has another hash than its list says"
    return None


def _index_fault(package: zipfile.ZipFile, listed: list[dict[str, Any]]) -> str | None:
    """Each line of the index leads to the beginning of a record."""
    led: dict[str, set[int]] = {}
    for resource in listed:
        if str(resource["path"]).endswith((".cdx", ".cdxj")):
            for line in package.read(resource["path"]).decode().splitlines():
                entry = json.loads(line.split(" ", 2)[2])
                led.setdefault(f"archive/{entry['filename']}", set()).add(int(entry["offset"]))
    for name, offsets in led.items():
        ordered = sorted(offsets)
        with package.open(name) as file:  # forwards only: going back would mean to begin anew
            for offset, following in zip(ordered, [*ordered[1:], ordered[-1] + _BEGINNING], strict=True):
                file.seek(offset)
                begun = zlib.decompressobj(wbits=31).decompress(file.read(min(_BEGINNING, following - offset)), 9)
                if begun != b"WARC/1.1\r":
                    return f"its index leads to nothing at {name}:{offset}"
    return None
