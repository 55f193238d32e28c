"""A capture's files on their way from a worker's folder into ours."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from capture import pool_folder
from capture.pool_folder import BadFile, lent_folder, take


@pytest.fixture(params=["one file system", "two file systems"])
def folders(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    lent, scratch = tmp_path / "lent", tmp_path / "scratch"
    lent.mkdir()
    scratch.mkdir()

    def refuse(*_: object) -> NoReturn:
        raise OSError(errno.EXDEV, "not on this file system")

    if request.param == "two file systems":
        monkeypatch.setattr(pool_folder.os, "replace", refuse)
    return lent, scratch


def test_a_file_comes_over_whole(folders: tuple[Path, Path]) -> None:
    lent, scratch = folders
    (lent / "page.html").write_text("12345")
    assert take("page.html", lent, scratch) == 5
    assert (scratch / "page.html").read_text() == "12345"
    assert (scratch / "page.html").stat().st_uid == os.geteuid()


@pytest.mark.parametrize("what", ["missing", "symlink", "hardlink", "folder", "fifo", "socket"])
def test_nothing_else_does(folders: tuple[Path, Path], tmp_path: Path, what: str) -> None:
    lent, scratch = folders
    path, secret = lent / "page.html", tmp_path / "secret"
    secret.write_text("secret")
    if what == "symlink":
        path.symlink_to(secret)
    elif what == "hardlink":
        path.hardlink_to(secret)
    elif what == "folder":
        path.mkdir()
    elif what == "fifo":
        os.mkfifo(path)
    elif what == "socket":
        os.mknod(path, 0o600 | 0o140000)
    with pytest.raises(BadFile):
        take("page.html", lent, scratch)
    assert not (scratch / "page.html").is_file()
    assert secret.read_text() == "secret"


async def test_what_lies_there_is_lent_and_nothing_stays(tmp_path: Path) -> None:
    scratch, below = tmp_path / "scratch", tmp_path / "below"
    scratch.mkdir()
    below.mkdir()
    (scratch / "page.html").write_text("kept")
    (scratch / "link").symlink_to("/etc/passwd")
    async with lent_folder(below, "7", scratch) as lent:
        assert [path.name for path in lent.iterdir()] == ["page.html"]
        (lent / "page.html").write_text("changed")
        assert (scratch / "page.html").read_text() == "kept"
    assert not list(below.iterdir())
