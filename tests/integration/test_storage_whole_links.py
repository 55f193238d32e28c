"""What a file says of a link comes in whole, however much it is, and only what may be kept."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from storage import archive, notes, search
from storage.formats.records import ExportFormat
from storage.models import Archive, Artifact, Link, Share
from storage.quotas import Quota
from storage.transfers_staging import Staging
from tests.integration.storage_factories import CHAT, OTHER_CHAT, counters_are_right, good, message, run_all
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


def test_what_is_more_than_anything_takes_is_counted_as_left_out(tmp_path: Path) -> None:
    link = {"url": "https://a.example/", "tags": [f"t{n}" for n in range(5_003)]}
    path = tmp_path / "import.json"
    path.write_text(json.dumps({"format": "hashkeep", "format_version": 1, "links": [link]}))
    staged = Staging(tmp_path, lambda url: None).run(path)
    assert (staged.links, staged.tags, staged.left_out) == (1, 5_000, 3)


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


BOOKMARK = '<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DT><A HREF="https://a.example/"{date}>Recipe of my aunt</A>\n'


@pytest.mark.parametrize(
    "content",
    [
        BOOKMARK.format(date=' ADD_DATE="1600000000"'),
        BOOKMARK.format(date=""),
        "title,url,time_added,tags\nRecipe of my aunt,https://a.example/,1600000000,food\n",
        json.dumps([{"href": "https://a.example/", "title": "Recipe of my aunt"}]),
        json.dumps(
            {"roots": {"bar": {"type": "url", "url": "https://a.example/", "name": "Recipe of my aunt"}}},
        ),
        "https://a.example/ Recipe of my aunt\n",
    ],
    ids=["bookmarks", "bookmarks-undated", "csv", "json", "browser", "list"],
)
async def test_a_bookmark_is_found_by_its_own_title_when_the_page_calls_itself_otherwise(
    opened: Path, tmp_path: Path, content: str
) -> None:
    (tmp_path / "in").write_text(content)
    await bring_in(opened, tmp_path / "in")
    assert (await search.search(OTHER_CHAT, "aunt")).rows[0].context == (), "the title is shown anyway"
    await run_all(good("Cooking with leeks", text="words of the page"))
    (found,) = (await search.search(OTHER_CHAT, "aunt")).rows
    assert found.title == "Cooking with leeks"
    assert "Recipe of my aunt" in "".join(text for text, _ in found.context)
    await bring_in(opened, tmp_path / "in")
    assert await Share.filter(link__archive__chat_id=OTHER_CHAT).count() == 1


@pytest.mark.parametrize("form", ["json", "zip", "csv", "bookmarks"])
@pytest.mark.parametrize("page", ["Cooking with leeks", None])
async def test_a_title_that_somebody_set_stays_one_through_every_kind_of_export(
    opened: Path, form: ExportFormat, page: str | None
) -> None:
    await archive.take_in(message(1, "https://a.example/", "https://b.example/"))
    if page:
        await run_all(good(page))
    for number in (1, 2):
        link = await archive.numbered(CHAT, number)
        assert link
        assert number == 2 or await notes.set_title(CHAT, link.link_id, "Recipe of my aunt")
    await bring_in(opened, await write_out(opened, form))
    await run_all(good("Leeks, again"))
    set_one, other = [await archive.numbered(OTHER_CHAT, number) for number in (1, 2)]
    assert set_one
    assert other
    assert (set_one.title, other.given_title) == ("Recipe of my aunt", None)
    assert await Link.filter(number=1, archive__chat_id=OTHER_CHAT).values_list("title", flat=True) == ["Leeks, again"]
