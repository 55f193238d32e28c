"""Which offline pages out of a foreign ZIP are handed on: those that nothing can run in, load or lead away from."""

from __future__ import annotations

from pathlib import Path

import pytest

from capture.single_file import POLICY
from storage.formats.offline_page import is_harmless

HEAD = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
OURS = (
    f'<!DOCTYPE html><html lang="zh"><head>{HEAD}<meta name="referrer" content="no-referrer">'
    '<meta http-equiv="x-dns-prefetch-control" content="off"><title>狐狸</title></head><body><p>words</body></html>'
)


def harmless(tmp_path: Path, page: str | bytes) -> bool:
    path = tmp_path / "page.html"
    path.write_bytes(page if isinstance(page, bytes) else page.encode())
    return is_harmless(path)


@pytest.mark.parametrize(
    "page",
    [
        OURS,
        OURS.removeprefix("<!DOCTYPE html>"),
        OURS.replace("<!DOCTYPE html>", '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "">'),
        OURS.replace("words", "&lt;script&gt; and &lt;link&gt; are words; <a href='https://e.org/'>a link</a> <lınk>"),
    ],
)
def test_pages_as_we_write_them_are_taken(tmp_path: Path, page: str) -> None:
    assert harmless(tmp_path, page)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<html><body>words",
        b"\xff\xfe<html>",
        OURS.replace("default-src 'none'", "default-src 'self'"),
        OURS.replace("default-src 'none';", ""),
        OURS.replace("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'"),
        OURS.replace("default-src 'none'", "img-src data:; default-src 'none'; img-src *"),
        OURS.replace("base-uri 'none'; ", ""),
        OURS.replace("img-src data: blob:", "img-src data: https:"),
        OURS.replace("<head>", "<head><script>1</script>"),
        OURS.replace("<head>", "<head><!-- --><meta http-equiv=refresh content=0>"),
        OURS.replace("words", "<SCRIPT >1</SCRIPT>"),
        OURS.replace("words", '<meta content="0;url=//e.org" HTTP-EQUIV="&#114;efresh">'),
        OURS.replace("words", "<textarea><a title=\"</textarea><meta a='\">' http-equiv=refresh content=0>"),
        OURS.replace("words", "<svg><style><meta http-equiv=refresh content=0></style></svg>"),
        OURS.replace("words", "<link/rel=preconnect/href=//e.org>"),
        OURS.replace('"x-dns-prefetch-control"', '"x-dns-prefetch-controls"'),
    ],
)
def test_pages_that_do_anything_are_not(tmp_path: Path, page: str | bytes) -> None:
    assert page != OURS
    assert not harmless(tmp_path, page)
