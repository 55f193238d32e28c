"""`hashkeep export` and `hashkeep import` as people call them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.harness import ROOT, environment, until

CHAT = "-1001000000009"


def hashkeep(data: Path, *arguments: str, cwd: Path | None = None) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "hashkeep", *arguments],
        capture_output=True, text=True, timeout=90, cwd=cwd or data.parent,
        env=environment(DATA_DIR=str(data), PYTHONPATH=str(ROOT)),
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


BOOKMARKS = """<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><p>
<DT><A HREF="https://example.org/a" ADD_DATE="1600000000" TAGS="a,b c">Foxes</A>
<DT><A HREF="javascript:alert(1)">x</A><DT><A HREF="http://10.0.0.1/">private</A>
<DT><A HREF="https://me:secret@example.org/b" ADD_DATE="1600000001">=cmd</A></DL>"""


def test_bookmarks_go_in_and_every_format_comes_out(tmp_path: Path) -> None:
    data, source = tmp_path / "data", tmp_path / "bookmarks.html"
    source.write_text(BOOKMARKS)
    status, out, err = hashkeep(data, "import", str(source), "--chat", CHAT, "--no-capture")
    assert (status, err) == (0, "")
    assert out == "2 links new, 0 there already. 2 entries are no links that can be kept.\n"
    for form in ("json", "csv", "bookmarks", "zip"):
        status, out, _ = hashkeep(data, "export", "--chat", CHAT, "--format", form, "--out", f"out.{form}")
        assert (status, out.startswith(f"2 links in out.{form} (")) == (0, True)
    links = json.loads((tmp_path / "out.json").read_text())["links"]
    assert [(link["url"], link["title"], link["tags"]) for link in links] == [
        ("https://example.org/a", "Foxes", ["a", "b c"]),
        ("https://example.org/b", "=cmd", []),
    ]
    assert "'=cmd" in (tmp_path / "out.csv").read_text("utf-8-sig")
    assert 'TAGS="a,b c"' in (tmp_path / "out.bookmarks").read_text()
    with zipfile.ZipFile(tmp_path / "out.zip") as package:
        assert json.loads(package.read("hashkeep.json"))["links"] == links
        assert "example.org/a" in package.read("index.html").decode()
    assert "secret" not in "".join((tmp_path / f"out.{form}").read_text("utf-8-sig") for form in ("json", "csv"))
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []
    assert sorted(p.name for p in data.iterdir() if p.name.startswith(".")) == []
    status, out, _ = hashkeep(data, "import", str(tmp_path / "out.zip"), "--chat", "77")
    assert (status, out) == (0, "2 links new, 0 there already.\n")
    status, out, _ = hashkeep(data, "import", str(tmp_path / "out.json"), "--chat", "77")
    assert (status, out) == (0, "0 links new, 2 there already.\n")


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("export", "--chat", CHAT, "--format", "xml"), 2, "json, csv, bookmarks, zip"),
        (("export", "--chat", CHAT), 1, "There is no archive in"),
        (("export", "--chat", "99999999999999999999"), 2, "--chat must be the number of a chat"),
        (("import", "words.txt", "--chat", "-99999999999999999999"), 2, "--chat must be the number of a chat"),
        (("import", "words.txt", "--chat", "0"), 2, "--chat must be the number of a chat"),
        (("import", "nothing.json", "--chat", CHAT), 2, "there is no such file"),
        (("import", "words.txt", "--chat", CHAT), 1, "no file that links can be read from"),
        (("import", "account.json", "--chat", CHAT), 1, "--from-chat NAME or ID"),
        (("import", "account.json", "--chat", CHAT, "--from-chat", "Wolves"), 1, "no such chat in this export"),
        (("import", "account.json", "--chat", CHAT, "--from-chat", "-333"), 1, "no such chat in this export"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    tmp_path: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    (tmp_path / "words.txt").write_text("just words")
    chats = [{"name": name, "type": "private_group", "id": 1, "messages": []} for name in ("Foxes", "Bears")]
    (tmp_path / "account.json").write_text(json.dumps({"chats": {"list": chats}}))
    found, out, err = hashkeep(tmp_path / "data", *arguments)
    assert (found, out) == (status, "")
    assert says in err
    assert "Traceback" not in err


async def test_an_import_that_is_ended_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    data, source = tmp_path / "data", tmp_path / "list.txt"
    source.write_text("".join(f"https://{n}.example/\n" for n in range(300_000)))
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hashkeep", "import", str(source), "--chat", CHAT, "--no-capture",
        stderr=asyncio.subprocess.PIPE, env=environment(DATA_DIR=str(data), PYTHONPATH=str(ROOT)),
    )  # fmt: skip

    async def is_reading() -> bool:
        return any(data.glob(".hashkeep-*/staging/links.jsonl"))

    await until(is_reading, "the import to begin")
    command.terminate()
    _, err = await asyncio.wait_for(command.communicate(), 60)
    assert (command.returncode, err) == (130, b"Stopped. What is done stays; the same command again does the rest.\n")
    assert list(data.glob(".hashkeep-*")) == []


def test_gc_removes_what_killed_commands_left(tmp_path: Path) -> None:
    data, source = tmp_path / "data", tmp_path / "list.txt"
    source.write_text("https://example.org/")
    assert hashkeep(data, "import", str(source), "--chat", CHAT, "--no-capture")[0] == 0
    left = data / ".hashkeep-left"
    left.mkdir()
    os.utime(left, (1, 1))
    for arguments, stays in ((["--dry-run"], True), ([], False)):
        status, out, _ = hashkeep(data, "gc", *arguments)
        assert status == 0
        assert "1 folders of commands that were killed" in out
        assert left.exists() is stays
