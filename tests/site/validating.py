"""Runs in the players' own environment, not in ours: what py-wacz, warcio and cdxj-indexer have to say of archives.

`python validating.py FILE…` prints a JSON object: for each file the faults found.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")

from cdxj_indexer.main import CDXJIndexer  # noqa: E402
from wacz.validate import Validation  # noqa: E402
from warcio.archiveiterator import ArchiveIterator  # noqa: E402

FIELDS = ("url", "mime", "status", "digest", "offset", "length", "method", "requestBody")
"""Of the index. `filename` differs by the place of the file."""


def of_package(path: Path) -> list[str]:
    """By py-wacz: formats, hashes, index and pages."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        validation = Validation(str(path))
        checks = (
            validation.check_required_contents,
            validation.frictionless_validate,
            validation.check_file_paths,
            validation.check_file_hashes,
            validation.check_data_package_hash_and_sig,
        )
        failed = [check.__name__ for check in checks if check() is False]
    return [f"py-wacz: {name}: {said.getvalue()[-300:]}" for name in failed]


def of_records(path: Path) -> list[str]:
    """By warcio: every digest, and each request with its response."""
    faults, kinds, ids, concurrent = [], set(), set(), set()
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            record.content_stream().read()
            headers = record.rec_headers
            kinds.add(record.rec_type)
            identity = headers.get_header("WARC-Record-ID")
            if identity in ids:
                faults.append(f"warcio: {identity} is there twice")
            ids.add(identity)
            if record.rec_type == "request":
                concurrent.add(headers.get_header("WARC-Concurrent-To"))
            if headers.get_header("WARC-Target-URI") is None and record.rec_type != "warcinfo":
                faults.append(f"warcio: a {record.rec_type} record without an address")
    if not {"warcinfo", "metadata"} <= kinds:
        faults.append(f"warcio: only {sorted(kinds)}")
    return faults + [f"warcio: a request of {one}, which is not there" for one in concurrent - ids]


def of_index(warc: Path, ours: str) -> list[str]:
    """By cdxj-indexer: the lines that it would have written."""
    out = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()):
        CDXJIndexer(
            output=out, inputs=[str(warc)], post_append=True, sort=True, fields="referrer,req.http:cookie"
        ).process_all()
    theirs, mine = parsed(out.getvalue()), parsed(ours)
    typed = {more["offset"] for _, _, more in theirs if "mime" in more}
    for _, _, more in mine:
        if more["offset"] not in typed:
            more.pop("mime", None)  # the server declared none: ours says what it was taken for
    return [f"cdxj-indexer: has {line}" for line in theirs if line not in mine] + [
        f"cdxj-indexer: has not {line}" for line in mine if line not in theirs
    ]


def parsed(lines: str) -> list[tuple[str, str, dict[str, Any]]]:
    rows = [line.split(" ", 2) for line in lines.splitlines() if not line.startswith("- ")]
    return [(key, at, {n: v for n, v in json.loads(more).items() if n in FIELDS}) for key, at, more in rows]


def faults_of(path: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as package:
        warc = Path(package.extract("archive/data.warc.gz", folder))
        return of_package(path) + of_records(warc) + of_index(warc, package.read("indexes/index.cdx").decode())


if __name__ == "__main__":
    print(json.dumps({name: faults_of(Path(name)) for name in sys.argv[1:]}))
