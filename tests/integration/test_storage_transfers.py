"""Archives written and read back into another chat, other programs' files, and what a file must not be able to do."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import (
    archive,
    captures,
    choices,
    clock,
    forgetting,
    notes,
    outbox,
    rules,
    search,
    transfers,
    transfers_export,
    transfers_import,
    upkeep,
)
from storage.blobs_folder import FolderBlobs
from storage.captures import EndedArtifact
from storage.deeds import Actor
from storage.formats.records import ExportFormat
from storage.models import Archive, Capture, Link, Share
from storage.queue.engine import open_queue
from storage.queue.fleet import FleetQueue
from storage.quotas import Quota
from storage.transfers_running import Export, TooLarge, run_import
from tests.integration.storage_factories import (
    CHAT,
    LEASE_S,
    OTHER_CHAT,
    Clock,
    counters_are_right,
    good,
    message,
    only_due,
    run_all,
    scalar,
)
from tests.integration.transfer_factories import PAGE, bring_in, links_of, write_out

ALICE = Actor(1001, "Alice")


async def an_archive(opened: Path) -> None:
    """Three links of two people with everything that an archive can hold, and one that was deleted."""
    blobs = FolderBlobs(opened / "blobs")

    async def kept(kind: str, body: bytes, media_type: str) -> EndedArtifact:
        path = opened / "body"
        path.write_bytes(body)
        return EndedArtifact(kind, await blobs.put_file(path), media_type, 1280, 800)

    files = (
        await kept("html", PAGE, "text/html"),
        await kept("preview", b"\xff\xd8\xff preview", "image/jpeg"),
        await kept("text", "狐狸 words of the page".encode(), "text/markdown"),
    )
    day = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    await archive.take_in(
        message(
            1,
            "https://a.example/?q=1&x=2",
            words="看 https://a.example/?q=1&x=2 #狐狸",
            tags=("狐狸", "b c"),
            sent_at=day,
        )
    )
    await archive.take_in(message(2, "https://gone.example/"))
    await archive.take_in(
        message(3, "https://b.example/", "https://c.example/", sender_id=2, sender_name="Bob", tags=("old",),
                sent_at=day + timedelta(days=1))
    )  # fmt: skip
    await archive.take_in(message(4, "https://a.example/?q=1&x=2", sender_id=2, sender_name="Bob", words="=again"))
    queue = open_queue(LEASE_S)
    for job in [*await queue.take(2), *await queue.take(2)]:
        if job.host == "a.example":
            await captures.finish(job, good("Foxes", artifacts=files, text="狐狸 words of the page"))
        else:
            await captures.finish(job, good("Other", artifacts=(), verdict="http_error", http_status=404))
    first, gone = [await scalar("SELECT id FROM links WHERE number = ?", n) for n in (1, 2)]
    await archive.delete_link(CHAT, gone, "Alice")
    await notes.set_note(CHAT, first, "a note\nof two lines")
    await notes.set_title(CHAT, first, "Foxes, named by us")
    await upkeep.rename(CHAT, "old", "new", ALICE)
    await rules.add(CHAT, "github.com", None, ["code"], ALICE)
    await choices.choose(CHAT, "private", "Alice", "en", default_tags=["fox"])


async def test_what_a_person_forgot_does_not_come_back_with_somebodys_import(opened: Path) -> None:
    url = "https://mine.example/"
    bob = {"sender_id": 2, "sender_name": "Bob"}
    await archive.take_in(message(1, url, chat_id=OTHER_CHAT, tags=("bobs",), words="private words", **bob))
    await archive.take_in(message(2, url))
    path = await write_out(opened, "json")
    await forgetting.forget(OTHER_CHAT, Actor(2, "Bob"))
    await bring_in(opened, path)
    assert (await search.search(OTHER_CHAT, "private")).total == 0
    link = (await search.search(OTHER_CHAT, "mine")).rows[0]
    assert (link.first_shared_by, link.tags) == ("Alice", ())


@pytest.mark.parametrize("form", ["json", "zip"])
async def test_a_round_trip_into_another_chat_loses_nothing(opened: Path, form: ExportFormat) -> None:
    await an_archive(opened)
    before = links_of(await write_out(opened, form))
    assert [link["number"] for link in before] == [1, 3, 4]
    view, staged = await bring_in(opened, await write_out(opened, form), capture=False)
    assert (view.payload["new"], view.payload["known"], view.done, staged.links) == (3, 0, 3, 3)
    assert links_of(await write_out(opened, form, OTHER_CHAT)) == [_of_other_chat(link) for link in before]
    head = json.loads((await write_out(opened, "json", OTHER_CHAT)).read_text())
    assert (head["aliases"], head["settings"]) == ([{"name": "old", "tag": "new"}], {"default_tags": ["fox"]})
    assert [(rule["host"], rule["tags"]) for rule in head["rules"]] == [("github.com", ["code"])]
    assert await counters_are_right()
    found = await search.search(OTHER_CHAT, "狐狸")
    assert [link.number for link in found.rows] == [1]
    assert [link.number for link in (await search.search(OTHER_CHAT, "by:bob")).rows] == [4, 3, 1]


def _of_other_chat(link: dict[str, Any]) -> dict[str, Any]:
    """In another chat, messages have no number that means something there."""
    shares = [{**share, "message_id": share["message_id"]} for share in link["shares"]]
    for share in shares:
        said = f"{share['who_id']}\n{int(datetime.fromisoformat(share['when']).timestamp())}\n{share['words']}"
        share["message_id"] = -1 - int.from_bytes(hashlib.blake2b(said.encode(), digest_size=7).digest())
    return {**link, "shares": shares}


async def test_a_file_does_not_choose_what_is_kept_and_who_may_do_what(opened: Path, tmp_path: Path) -> None:
    path = tmp_path / "import.json"
    loose: dict[str, object] = {
        "keep": "tagged",
        "keep_days": 1,
        "quiet": True,
        "offline_in_groups": True,
        "who_deletes": "members",
        "who_renames": "members",
        "never_hosts": ["e.example"],
        "cards_thread_id": 5,
        "quota_links_per_day": 10_000,
        "quota_megabytes": 100_000,
    }
    harmless = {"language": "zh", "default_tags": ["狐狸"]}
    data = {"format": "hashkeep", "format_version": 1, "settings": {**loose, **harmless}, "links": []}
    path.write_text(json.dumps(data))
    await bring_in(opened, path)
    assert (await choices.of_chat(OTHER_CHAT)).model_dump(mode="json", exclude_defaults=True) == harmless


async def test_a_zip_brings_the_files_and_a_listing_only_their_names(opened: Path) -> None:
    await an_archive(opened)
    as_zip, as_json = await write_out(opened, "zip"), await write_out(opened, "json")
    await bring_in(opened, as_json, -5, capture=False)
    assert await scalar("SELECT count(*) FROM artifacts") == 3, "a name alone gives nothing"
    await bring_in(opened, as_zip, -6, capture=False)
    assert await scalar("SELECT count(*) FROM artifacts") == 6
    for chat_id, files in ((-5, 0), (-6, 3)):
        link = await archive.link(chat_id, await _id(chat_id, 1))
        assert link
        assert link.capture
        assert len(link.capture.artifacts) == files
        with zipfile.ZipFile(await write_out(opened, "zip", chat_id)) as package:
            names = [name for name in package.namelist() if name.startswith("files/")]
        assert len(names) == files, "what is not a chat's own is not put into its ZIP either"


async def test_a_link_that_was_never_captured_gets_the_copy_and_its_words(opened: Path) -> None:
    await an_archive(opened)
    await archive.take_in(message(1, "https://a.example/?q=1&x=2", "https://new.example/", chat_id=-8))
    view, _ = await bring_in(opened, await write_out(opened, "zip"), -8, capture=False)
    assert (view.payload["new"], view.payload["known"]) == (2, 1)
    assert [link.number for link in (await search.search(-8, "words of the page")).rows] == [1]
    link = await archive.link(-8, await _id(-8, 1))
    assert link
    assert link.title == "Foxes, named by us"


async def test_files_that_come_after_their_listing_complete_its_captures(opened: Path) -> None:
    await an_archive(opened)
    as_json, as_zip = await write_out(opened, "json"), await write_out(opened, "zip")
    for path in (as_json, as_zip, as_zip):
        await bring_in(opened, path, -5, capture=False)
    assert links_of(await write_out(opened, "zip", -5)) == [_of_other_chat(link) for link in links_of(as_zip)]
    link = await archive.link(-5, await _id(-5, 1))
    assert link
    assert link.capture
    assert len(link.capture.artifacts) == 3


async def _id(chat_id: int, number: int) -> int:
    found = await scalar(
        "SELECT l.id FROM links l JOIN archives a ON a.id = l.archive_id WHERE a.chat_id = ? AND l.number = ?",
        chat_id,
        number,
    )
    return int(found)


async def test_pages_that_could_run_something_are_left_out(opened: Path, tmp_path: Path) -> None:
    bad = [
        b"<html><body><script>alert(1)</script>",
        PAGE + b"<script>1</script>",
        PAGE + b'<META content="0;url=http://x.example" HTTP-EQUIV=refresh>',
        PAGE.replace(b"default-src 'none'", b"default-src *"),
        PAGE.replace(b"img-src data:", b"script-src data:"),
        PAGE + b'<link rel="dns-prefetch" href="//x.example">',
    ]
    links = []
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as package:
        for n, body in enumerate([PAGE, *bad]):
            sha256 = hashlib.sha256(body).hexdigest()
            artifact = {"kind": "html", "sha256": sha256, "size_bytes": len(body), "media_type": "text/html"}
            capture = {"when": "2020-01-01T00:00:00Z", "verdict": "ok", "artifacts": [artifact]}
            links.append({"url": f"https://{n}.example/", "captures": [capture]})
            package.writestr(f"files/{sha256[:2]}/{sha256}.html", body)
        package.writestr("hashkeep.json", json.dumps({"format": "hashkeep", "format_version": 1, "links": links}))
    await bring_in(opened, tmp_path / "in.zip", capture=False)
    assert await scalar("SELECT count(*) FROM captures") == 7
    assert await scalar("SELECT count(*) FROM captures WHERE shows") == 1


async def test_the_same_file_twice_adds_nothing(opened: Path) -> None:
    await an_archive(opened)
    for form in ("json", "zip", "csv", "bookmarks"):
        path = await write_out(opened, form)  # type: ignore[arg-type]
        await bring_in(opened, path, -7)
        before = await _counts()
        view, _ = await bring_in(opened, path, -7)
        assert (view.payload["new"], view.payload["known"]) == (0, 3)
        assert await _counts() == before
    assert await counters_are_right()


async def test_an_export_into_the_same_chat_adds_nothing(opened: Path) -> None:
    await an_archive(opened)
    before = await _counts()
    await bring_in(opened, await write_out(opened, "json"), CHAT)
    assert await _counts() == before


async def _counts() -> list[int]:
    tables = ("links", "shares", "link_tags", "captures", "artifacts", "tags", "tag_aliases", "rules")
    return [int(await scalar(f"SELECT count(*) FROM {table}")) for table in tables]


async def test_links_that_are_there_get_the_shares_and_tags(opened: Path, tmp_path: Path) -> None:
    await archive.take_in(message(1, "https://a.example/", tags=("mine",)))
    await run_all()
    await outbox.sent(await only_due(), 500, "text", "digest")
    await archive.take_in(message(2, "https://unconcerned.example/"))
    await run_all()
    await outbox.sent(await only_due(), 501, "text", "digest")
    data = {
        "name": "Foxes", "type": "private_supergroup", "id": 1,
        "messages": [
            {"id": 9, "type": "message", "date_unixtime": "1500000000", "from": "Old Alice", "from_id": "user5",
             "text": [{"type": "link", "text": "http://www.a.example"}, " ", {"type": "hashtag", "text": "#theirs"}]},
            {"id": 10, "type": "message", "date_unixtime": "1500000100", "from": "Bob", "from_id": "user6",
             "text": [{"type": "link", "text": "http://127.0.0.1/"}, {"type": "link", "text": "b.example/x"}]},
        ],
    }  # fmt: skip
    (tmp_path / "result.json").write_text(json.dumps(data))
    view, staged = await bring_in(opened, tmp_path / "result.json", CHAT)
    assert (view.payload["new"], view.payload["known"], staged.left_out) == (1, 1, 1)
    link = await archive.link(CHAT, await _id(CHAT, 1))
    assert link
    assert set(link.tags) == {"mine", "theirs"}
    shown = await outbox.card((await only_due()).card_id or 0)
    assert shown, "the card in sight does not follow"
    assert shown.sent_message_id == 500
    assert (link.first_shared_by, link.first_sharer_id) == ("Old Alice", 5)
    assert link.first_shared_at == datetime(2017, 7, 14, 2, 40, tzinfo=UTC)
    assert link.url == "https://a.example/", "how it was written first is what is opened"
    assert await counters_are_right()


async def test_the_same_words_are_one_posting_and_others_are_others(opened: Path, tmp_path: Path) -> None:
    """Messages that somebody forwards together have the same moment; of whom a bookmark is, its file does not say."""

    def share(words: str) -> dict[str, str]:
        return {"who": "Bob", "when": "2020-01-01T00:00:00Z", "words": words}

    link = {"url": "https://a.example/", "shares": [share("one"), share("two"), share("one ")]}
    (tmp_path / "in.json").write_text(json.dumps({"format": "hashkeep", "format_version": 1, "links": [link]}))
    await bring_in(opened, tmp_path / "in.json")
    assert await scalar("SELECT count(*) FROM shares") == 2
    await bring_in(opened, await write_out(opened, "bookmarks", OTHER_CHAT))
    assert await scalar("SELECT count(*) FROM shares") == 2


async def test_a_chats_own_export_knows_the_messages_that_were_taken_in(opened: Path, tmp_path: Path) -> None:
    chat_id = -1000000000042
    await archive.take_in(message(3, "https://a.example/", chat_id=chat_id, chat_kind="supergroup"))
    text = [{"type": "link", "text": "https://a.example/"}]
    data = {
        "name": "Foxes", "type": "private_supergroup", "id": 42,
        "messages": [{"id": 3, "type": "message", "date_unixtime": "1500000000", "from": "A", "text": text}],
    }  # fmt: skip
    (tmp_path / "result.json").write_text(json.dumps(data))
    await bring_in(opened, tmp_path / "result.json", chat_id)
    assert await scalar("SELECT count(*) FROM shares") == 1


async def test_old_links_come_in_the_order_of_their_days_and_nobody_waits_for_them(
    opened: Path, tmp_path: Path
) -> None:
    lines = [f"https://{n}.example/,{1_500_000_000 - n * 1000}" for n in range(50)]
    (tmp_path / "pocket.csv").write_text("\n".join(["url,time_added", *lines]))
    await bring_in(opened, tmp_path / "pocket.csv")
    assert await scalar("SELECT host FROM links WHERE number = 1") == "49.example"
    assert await scalar("SELECT first_shared_by FROM links WHERE number = 1") == "Importer"
    assert {row.priority for row in await Capture.all()} == {-1}
    assert await Capture.all().count() == 50
    assert await Share.all().count() == 50


async def test_an_import_goes_on_where_it_was_left_and_ends_when_it_is_stopped(
    opened: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list.txt").write_text("\n".join(f"https://{n}.example/" for n in range(60)))
    real, root, blobs = transfers_import.take_batch, opened / "transfers", FolderBlobs(opened / "blobs")
    taken: list[int] = []

    async def fails_in_the_third(transfer_id: int, batch: Any, offset: int, is_full: bool) -> bool:
        taken.append(transfer_id)
        if len(taken) == 3:
            raise OSError("disk full")
        return await real(transfer_id, batch, offset, is_full)

    monkeypatch.setattr(transfers_import, "take_batch", fails_in_the_third)
    with pytest.raises(OSError, match="disk full"):
        await bring_in(opened, tmp_path / "list.txt")
    (view,) = await transfers.unfinished()
    assert (view.state, view.done) == ("running", 20)
    assert await run_import(view.transfer_id, root, blobs)
    done = await transfers.find(view.transfer_id)
    assert done
    assert (done.state, done.done, done.payload["new"]) == ("done", 60, 60)
    assert await scalar("SELECT count(*) FROM links") == 60

    async def stops(transfer_id: int, batch: Any, offset: int, is_full: bool) -> bool:
        assert await transfers.stop(-9, transfer_id)
        return await real(transfer_id, batch, offset, is_full)

    monkeypatch.setattr(transfers_import, "take_batch", stops)
    with pytest.raises(AssertionError):
        await bring_in(opened, tmp_path / "list.txt", -9)
    assert await scalar("SELECT state FROM transfers WHERE chat_id = -9") == "stopped"
    assert await scalar("SELECT last_number FROM archives WHERE chat_id = -9") == 0


async def test_a_members_own_export_holds_what_they_shared_and_said(opened: Path) -> None:
    await an_archive(opened)
    path = await write_out(opened, "json", person_id=2)
    assert [link["number"] for link in links_of(path)] == [1, 3, 4]
    shares = [share for link in links_of(path) for share in link["shares"]]
    assert {share["who"] for share in shares} == {"Bob"}
    head = json.loads(path.read_text())
    assert (head["settings"], head["rules"], head["aliases"]) == ({}, [], [])
    assert [link["number"] for link in links_of(await write_out(opened, "json", person_id=1001))] == [1]
    sizes = [await transfers_export.size_bytes(CHAT, person) for person in (None, 1001, 3)]
    assert sizes[0] == sizes[1] > 0 == sizes[2]


async def test_only_so_many_run_at_once(opened: Path) -> None:
    await transfers.archive_for(CHAT, "private", "Alice", "en")
    made = [await transfers.make(CHAT, "export", "json", "running", {}, chat_id=CHAT) for _ in range(4)]
    assert [view is not None for view in made] == [True, True, True, False]


async def test_numbers_of_a_file_stay_only_where_they_fit(opened: Path, tmp_path: Path) -> None:
    links = [{"url": f"https://{n}.example/", "number": n} for n in (5, 6, 2_000_000_000, 6)]
    data = {"format": "hashkeep", "format_version": 1, "links": [*links, {"url": "https://x.example/", "number": 3}]}
    (tmp_path / "in.json").write_text(json.dumps(data))
    await bring_in(opened, tmp_path / "in.json", capture=False)
    numbers = {h: await scalar("SELECT number FROM links WHERE host = ?", f"{h}.example") for h in ("5", "6", "x")}
    assert numbers == {"5": 5, "6": 6, "x": 8}


def numbered(path: Path, *numbers: int) -> Path:
    """A file of ours with these numbers; each link has its own in its address."""
    links = [{"url": f"https://{n}.example/", "number": n} for n in numbers]
    path.write_text(json.dumps({"format": "hashkeep", "format_version": 1, "links": links}))
    return path


async def numbers_of(chat_id: int = OTHER_CHAT) -> dict[str, int]:
    found = Link.filter(archive__chat_id=chat_id).order_by("number")
    return {link.host.removesuffix(".example"): link.number for link in await found}


async def test_numbers_stay_when_a_file_comes_again_or_in_parts(opened: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    await bring_in(opened, numbered(path, 1, 2, 5), capture=False)
    await bring_in(opened, numbered(path, 9, 12), capture=False)
    await bring_in(opened, numbered(path, 1, 2, 5, 9, 12, 40), capture=False)
    assert await numbers_of() == {"1": 1, "2": 2, "5": 5, "9": 9, "12": 12, "40": 40}


async def test_numbers_of_another_archives_file_do_not_stay(opened: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    await bring_in(opened, numbered(path, 2, 5), capture=False)
    (tmp_path / "list.txt").write_text("https://9.example/")
    await bring_in(opened, tmp_path / "list.txt", capture=False)
    await bring_in(opened, numbered(path, 2, 5, 9, 12), capture=False)
    assert await numbers_of() == {"2": 2, "5": 5, "9": 6, "12": 7}, "9 has another number here"
    await bring_in(opened, numbered(path, 1, 30), capture=False)
    assert list((await numbers_of()).items())[-2:] == [("1", 8), ("30", 9)], "nothing of it is here, and 1 is taken"


async def test_no_file_leads_numbers_to_where_they_end(opened: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    await bring_in(opened, numbered(path, 1), capture=False)
    await Archive.filter(chat_id=OTHER_CHAT).update(last_number=999_999_990)
    await bring_in(opened, numbered(path, 1, 1_000_000_000, 1_000_000_001, 1_000_009_000), capture=False)
    assert sorted((await numbers_of()).values())[1:] == [1_000_000_000, 1_000_000_001, 1_000_000_002]


async def test_into_a_full_archive_links_come_without_pages(opened: Path, tmp_path: Path) -> None:
    await an_archive(opened)
    path = await write_out(opened, "zip")
    view, _ = await bring_in(opened, path, -11, quota=Quota(500, 0))
    assert (view.payload["new"], view.payload["full"]) == (3, True)
    assert await scalar("SELECT count(*) FROM artifacts") == 3
    assert await scalar("SELECT count(*) FROM captures WHERE state = 'queued'") == 0
    await bring_in(opened, path, -12)
    sizes = "SELECT sum(f.size_bytes) FROM artifacts f JOIN captures c ON c.id = f.capture_id WHERE c.archive_id = a.id"
    assert await scalar(f"SELECT a.bytes_kept = ({sizes}) FROM archives a WHERE chat_id = -12")


async def test_pages_of_a_full_archive_are_not_captured_for_nobody(opened: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("https://a.example/\nhttps://b.example/")
    await bring_in(opened, tmp_path / "list.txt")
    assert await open_queue(LEASE_S, Quota(500, 0)).take(2) == []
    queue = open_queue(LEASE_S)
    if isinstance(queue, FleetQueue):
        await queue.sweep()  # which looks for archives that have room again
    assert len(await queue.take(2)) == 2


async def test_what_has_no_date_does_not_use_up_the_links_of_today(opened: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("\n".join(f"https://{n}.example/" for n in range(600)))
    await bring_in(opened, tmp_path / "list.txt", CHAT, capture=False)
    taken = await archive.take_in(message(1, "https://today.example/"))
    assert taken.queued == 1


async def test_links_of_a_file_do_not_count_against_what_may_be_shared_today(opened: Path, tmp_path: Path) -> None:
    quota = Quota(links_per_day=2)
    assert (await archive.take_in(message(1, "https://1.example/"), quota=quota)).queued == 1
    hour_ago = int(clock.now().timestamp()) - 3600
    (tmp_path / "pocket.csv").write_text("url,time_added\n" + "".join(f"{n}.example,{hour_ago}\n" for n in range(2, 9)))
    await bring_in(opened, tmp_path / "pocket.csv", CHAT, capture=False)
    assert (await archive.take_in(message(2, "https://20.example/"), quota=quota)).queued == 1
    assert (await archive.take_in(message(3, "https://30.example/"), quota=quota)).queued == 0


async def test_an_export_that_would_be_too_many_files_is_given_up(opened: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("\n".join(f"https://{n}.example/" for n in range(600)))
    await bring_in(opened, tmp_path / "list.txt", CHAT, capture=False)
    folder = tmp_path / "out"
    folder.mkdir()
    export = Export(CHAT, "json", FolderBlobs(opened / "blobs"), max_part_bytes=20_000, max_parts=3)
    with pytest.raises(TooLarge):
        await export.run(folder, "archive")
    assert list(folder.iterdir()) == []


async def test_questions_that_nobody_answers_are_found(opened: Path, moved: Clock) -> None:
    await transfers.archive_for(CHAT, "private", "Alice", "en")
    view = await transfers.make(CHAT, "import", "", "asked", {}, chat_id=CHAT)
    assert view
    assert await transfers.unanswered(timedelta(days=2)) == []
    moved.forward(3 * 86_400)
    assert [each.transfer_id for each in await transfers.unanswered(timedelta(days=2))] == [view.transfer_id]


async def test_a_transfer_follows_its_group(opened: Path) -> None:
    await transfers.archive_for(-5, "group", "Foxes", "en")
    view = await transfers.make(-5, "export", "json", "running", {}, chat_id=-5, reply_to=7)
    assert view
    await archive.follow_migration(-5, -1000000000005)
    moved = await transfers.find(view.transfer_id)
    assert moved
    assert (moved.chat_id, moved.of_chat_id, moved.reply_to) == (-1000000000005, -1000000000005, None)
