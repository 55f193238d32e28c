"""What a file says of a link comes in whole, however much it is, and only what may be kept."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.storage_factories import OTHER_CHAT, counters_are_right
from tests.integration.transfer_factories import AT, bring_in, links_of, write_out


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
