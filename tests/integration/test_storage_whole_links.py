"""What a file says of a link comes in whole, however much it is, and only what may be kept."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from storage.models import Archive, Artifact
from storage.quotas import Quota
from tests.integration.storage_factories import OTHER_CHAT, counters_are_right
from tests.integration.transfer_factories import AT, PAGE, bring_in, links_of, write_out


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_a_link_posted_for_years_comes_in_whole_whatever_it_has_gathered(
    opened: Path, tmp_path: Path, form: str
) -> None:
    tags = [f"t{n:03}" for n in range(250)]
    shares = [
        {"who": f"p{n % 7}", "who_id": n % 7 + 1, "when": (AT + timedelta(hours=n)).isoformat(), "words": f"w{n}"}
        for n in range(2_100)
    ]
    whens = [(AT + timedelta(days=n)).isoformat() for n in range(230)]
    captures = [{"when": when, "ended": when, "verdict": "ok", "artifacts": []} for when in whens]
    path = tmp_path / f"import.{form}"
    if form == "json":
        link = {
            "number": 7, "url": "https://a.example/", "title": "Ours", "page_title": "Its own", "tags": tags,
            "shares": shares, "captures": captures,
        }  # fmt: skip
        others = [{"number": 8 + n, "url": f"https://b{n}.example/"} for n in range(25)]
        path.write_text(json.dumps({"format": "hashkeep", "format_version": 1, "links": [link, *others]}))
    else:
        path.write_text(f'url,tags\nhttps://a.example/,"{",".join(tags)}"\n')
    view, staged = await bring_in(opened, path, capture=False)
    assert staged.tags == 250
    assert (view.payload["new"], view.payload["known"]) == (staged.links, 0)
    link = links_of(await write_out(opened, "json", OTHER_CHAT))[0]
    assert sorted(link["tags"]) == tags
    if form == "json":
        assert (link["number"], link["title"], link["page_title"]) == (7, "Ours", "Its own")
        assert [share["words"] for share in link["shares"]] == [share["words"] for share in shares]
        assert len(link["captures"]) == 230
    assert await counters_are_right()


async def test_what_is_more_than_anything_takes_is_counted_as_left_out(opened: Path, tmp_path: Path) -> None:
    path = tmp_path / "import.json"
    link = {"url": "https://a.example/", "tags": [f"t{n}" for n in range(5_003)]}
    path.write_text(json.dumps({"format": "hashkeep", "format_version": 1, "links": [link]}))
    _, staged = await bring_in(opened, path, capture=False)
    assert (staged.tags, staged.left_out) == (5_000, 3)


def package(path: Path, links: int, page_bytes: int) -> Path:
    """A ZIP of ours with so many links, an offline page of that size each."""
    listed = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for n in range(links):
            page = PAGE + f"{n:04}".encode()
            page += b"x" * (page_bytes - len(page))
            name = hashlib.sha256(page).hexdigest()
            artifact = {"kind": "html", "sha256": name, "size_bytes": len(page), "media_type": "text/html"}
            capture = {"when": AT.isoformat(), "ended": AT.isoformat(), "verdict": "ok", "artifacts": [artifact]}
            listed.append({"number": n + 1, "url": f"https://{n}.example/", "captures": [capture]})
            out.writestr(f"files/{name[:2]}/{name}.html", page)
        out.writestr("hashkeep.json", json.dumps({"format": "hashkeep", "format_version": 1, "links": listed}))
    return path


async def files_of(chat_id: int) -> int:
    return await Artifact.filter(capture__link__archive__chat_id=chat_id).count()


async def test_an_import_stops_bringing_files_with_the_link_that_fills_the_archive(
    opened: Path, tmp_path: Path
) -> None:
    path = package(tmp_path / "in.zip", 8, 400_000)
    view, _ = await bring_in(opened, path, quota=Quota(megabytes=1))
    assert view.payload["full"]
    assert (view.payload["new"], await files_of(OTHER_CHAT)) == (8, 3)
    assert (await Archive.get(chat_id=OTHER_CHAT)).bytes_kept == 1_200_000


async def test_files_that_are_there_already_take_no_room(opened: Path, tmp_path: Path) -> None:
    await bring_in(opened, package(tmp_path / "in.zip", 3, 400_000))
    view, _ = await bring_in(opened, package(tmp_path / "in.zip", 5, 400_000), quota=Quota(megabytes=2))
    assert not view.payload["full"]
    assert await files_of(OTHER_CHAT) == 5
