"""Other programs' files, in the shapes that their documentation shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.formats.reading import Reading, Wish
from storage.formats.records import BadFile, Header, LinkRecord

DAY = datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)  # 1600000000


def read(
    tmp_path: Path, content: str | bytes, wish: Wish | None = None, name: str = "upload"
) -> tuple[list[LinkRecord], str, Header]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with Reading(path, tmp_path, wish) as reading:
        return list(reading.links()), reading.format, reading.header


NETSCAPE = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
    <DT><H3 ADD_DATE="1600000000">Folder</H3>
    <DL><p>
        <DT><A HREF="https://example.org/?a=1&amp;b=2" ADD_DATE="1600000000" ICON="data:image/png;base64,A>B"
         TAGS="a,b c">Foxes &amp; <b>Links</b></A>
        <DD>A description
over two lines
        <DT><A HREF="javascript:alert(1)">click</A>
    </DL><p>
    <DT><A HREF="https://example.org/2">https://example.org/2</A>
</DL><p>
"""


def test_bookmarks_of_a_browser(tmp_path: Path) -> None:
    links, kind, _ = read(tmp_path, NETSCAPE)
    assert kind == "bookmarks"
    first, script, second = links
    assert first.url == "https://example.org/?a=1&b=2"
    assert first.title == "Foxes & Links"
    assert first.tags == ("a", "b c")
    assert first.note == "A description\nover two lines"
    assert first.shares[0].when == DAY
    assert script.url == "javascript:alert(1)", "whoever keeps links decides about addresses, and counts the others"
    assert (second.title, second.note, second.shares) == (None, None, ())


def test_linkding_puts_notes_into_the_description(tmp_path: Path) -> None:
    page = NETSCAPE.replace("over two lines", "[linkding-notes]my *notes*[/linkding-notes]")
    assert read(tmp_path, page)[0][0].note == "A description\n\nmy *notes*"


def test_pocket_as_csv_and_as_html(tmp_path: Path) -> None:
    table = (
        "title,url,time_added,tags,status\n"
        "Foxes,https://example.org/a,1600000000,red|arctic fox,unread\n"
        "https://example.org/b,https://example.org/b,1600000000,,archive\n"
    )
    links, kind, _ = read(tmp_path, table)
    assert (kind, len(links)) == ("csv", 2)
    assert (links[0].title, links[0].tags, links[0].shares[0].when) == ("Foxes", ("red", "arctic fox"), DAY)
    assert links[1].title is None
    page = (
        "<!DOCTYPE html><html><head><title>Pocket Export</title></head><body><h1>Unread</h1><ul>\n"
        '<li><a href="https://example.org/a" time_added="1600000000" tags="red,arctic">Foxes</a></li>\n'
        '<li><a href="https://example.org/b" time_added="1600000000" tags="">https://example.org/b</a></li></ul>'
    )
    links, _, _ = read(tmp_path, page)
    assert [(link.title, link.tags, link.shares[0].when) for link in links] == [
        ("Foxes", ("red", "arctic"), DAY),
        (None, (), DAY),
    ]


def test_raindrop_as_csv(tmp_path: Path) -> None:
    table = (
        "id,title,note,excerpt,url,folder,tags,created,cover,highlights,favorite\n"
        '1,"Foxes, all",my note,an excerpt,https://example.org/a,Unsorted,"red, arctic fox",'
        "2020-09-13T12:26:40.000Z,,,false\n"
    )
    (link,), _, _ = read(tmp_path, table)
    assert (link.title, link.tags, link.note) == ("Foxes, all", ("red", "arctic fox"), "my note\nan excerpt")
    assert link.shares[0].when == DAY


def test_karakeep_as_json(tmp_path: Path) -> None:
    data = {
        "bookmarks": [
            {
                "createdAt": 1600000000,
                "title": "Foxes",
                "tags": ["red", "arctic fox"],
                "content": {"type": "link", "url": "https://example.org/a"},
                "note": "my note",
                "archived": False,
            },
            {
                "createdAt": 1600000000,
                "title": None,
                "tags": [],
                "content": {"type": "text", "text": "x"},
                "note": None,
            },
            {"createdAt": 1600000000, "title": None, "tags": [], "content": None, "note": None},
        ]
    }
    (link,), kind, header = read(tmp_path, json.dumps(data))
    assert kind == "json"
    assert (link.url, link.title, link.tags, link.note) == (
        "https://example.org/a", "Foxes", ("red", "arctic fox"), "my note",
    )  # fmt: skip
    assert link.shares[0].when == DAY
    assert header.skipped == 2


def test_linkdings_api_and_plain_arrays(tmp_path: Path) -> None:
    entry = {
        "url": "https://example.org/a", "title": "", "website_title": "Foxes", "tag_names": ["red"],
        "description": "d", "notes": "n", "date_added": "2020-09-13T12:26:40Z",
    }  # fmt: skip
    for data in ({"count": 1, "next": None, "results": [entry]}, [entry]):
        (link,), _, _ = read(tmp_path, json.dumps(data))
        assert (link.title, link.tags, link.note, link.shares[0].when) == ("Foxes", ("red",), "n\nd", DAY)


def test_bookmark_files_inside_browsers(tmp_path: Path) -> None:
    chromium = {
        "checksum": "x",
        "roots": {
            "bookmark_bar": {
                "children": [
                    {
                        "type": "folder", "name": "f",
                        "children": [
                            {"type": "url", "name": "Foxes", "url": "https://example.org/a",
                             "date_added": "13244473600000000"},
                        ],
                    }
                ]
            }
        },
    }  # fmt: skip
    firefox = {
        "guid": "root", "title": "", "type": "text/x-moz-place-container",
        "children": [
            {"type": "text/x-moz-place", "uri": "https://example.org/a", "title": "Foxes",
             "dateAdded": 1600000000000000, "tags": "red,arctic"},
        ],
    }  # fmt: skip
    (link,), kind, _ = read(tmp_path, json.dumps(chromium))
    assert (kind, link.title, link.shares[0].when) == ("browser", "Foxes", DAY)
    (link,), kind, _ = read(tmp_path, json.dumps(firefox))
    assert (kind, link.tags, link.shares[0].when) == ("browser", ("red", "arctic"), DAY)


MESSAGES = [
    {"id": 1, "type": "service", "date": "2020-09-13T12:00:00", "actor": "Alice", "action": "create_group"},
    {"id": 2, "type": "service", "date": "2020-09-13T12:00:00", "action": "topic_created", "title": "Reading"},
    {
        "id": 3, "type": "message", "date": "2020-09-13T14:26:40", "date_unixtime": "1600000000",
        "from": "小林", "from_id": "user1003", "forwarded_from": "Fox News", "reply_to_message_id": 2,
        "text": [
            "see ", {"type": "link", "text": "https://example.org/a"}, " and ",
            {"type": "text_link", "text": "this", "href": "https://example.org/b"}, " ",
            {"type": "hashtag", "text": "#狐狸"}, {"type": "bold", "text": "!"},
        ],
        "text_entities": [],
    },
    {"id": 4, "type": "message", "date_unixtime": "1600000000", "from": None, "from_id": "channel77",
     "reply_to_message_id": 3,
     "text": "x", "text_entities": [{"type": "link", "text": "example.com/x，好。"}]},
    {"id": 5, "type": "message", "date_unixtime": "1600000000", "from": "Hashkeep", "from_id": "user7000",
     "text": [{"type": "link", "text": "https://example.org/card"}]},
    {"id": 6, "type": "message", "date_unixtime": "1600000000", "from": "Bob", "from_id": "user2", "text": "no links"},
    "rubbish",
]  # fmt: skip
CHAT = {"name": "Foxes", "type": "private_supergroup", "id": 42, "messages": MESSAGES}


def test_a_chats_export_brings_every_old_link_with_who_when_words_and_tags(tmp_path: Path) -> None:
    links, kind, header = read(tmp_path, json.dumps(CHAT), Wish(own_bot_id=7000), "anything.bin")
    assert kind == "telegram"
    assert [link.url for link in links] == ["https://example.org/a", "https://example.org/b", "example.com/x"]
    assert links[0].tags == links[1].tags == ("狐狸",)
    share = links[0].shares[0]
    assert share.words == "see https://example.org/a and this #狐狸!"
    assert (share.who, share.who_id, share.when, share.source) == ("小林", 1003, DAY, "Fox News")
    assert (share.chat_id, share.message_id, share.thread_id) == (-1000000000042, 3, 2)
    unknown = links[2].shares[0]
    assert (unknown.who, unknown.who_id, unknown.thread_id) == ("?", -1000000000077, 2)
    assert (header.title, header.skipped) == ("Foxes", 1)


def test_ids_of_messages_mean_nothing_outside_supergroups(tmp_path: Path) -> None:
    links, _, _ = read(tmp_path, json.dumps({**CHAT, "type": "private_group"}))
    assert (links[0].shares[0].chat_id, links[0].shares[0].message_id) == (None, None)


def test_of_a_whole_account_one_chat_is_chosen_or_all_are_named(tmp_path: Path) -> None:
    other = {"name": "Private", "type": "personal_chat", "id": 9, "messages": MESSAGES}
    account = {"about": "x", "personal_information": {"a": [1]}, "chats": {"about": "", "list": [other, CHAT]}}
    with pytest.raises(BadFile, match="2 chats: Private, Foxes") as refused:
        read(tmp_path, json.dumps(account))
    assert refused.value.code == "several_chats"
    for wanted in (-1000000000042, "foxes"):
        links, _, header = read(tmp_path, json.dumps(account), Wish(own_bot_id=7000, chat=wanted))
        assert (len(links), header.title) == (3, "Foxes")
    with pytest.raises(BadFile) as missing:
        read(tmp_path, json.dumps(account), Wish(chat="Wolves"))
    assert missing.value.code == "no_such_chat"


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        (-333, "Basic"),
        ("-333", "Basic"),
        (9, "Private"),
        ("2024", "2024"),
        ("-1000000000042", "2024"),
        ("42", "2024"),
    ],
)
def test_a_chat_of_an_account_is_known_by_either_id_and_by_a_name_of_digits(
    tmp_path: Path, wanted: str | int, title: str
) -> None:
    chats = [
        {"name": "Private", "type": "personal_chat", "id": 9, "messages": MESSAGES},
        {"name": "Person", "type": "personal_chat", "id": 333, "messages": MESSAGES},
        {"name": "Basic", "type": "private_group", "id": 333, "messages": MESSAGES},
        {**CHAT, "name": "2024"},
    ]
    links, _, header = read(tmp_path, json.dumps({"chats": {"list": chats}}), Wish(own_bot_id=7000, chat=wanted))
    assert (len(links), header.title) == (3, title)


def test_of_chats_of_one_name_the_one_that_is_meant_comes_in_and_nothing_of_the_other(tmp_path: Path) -> None:
    def chat(kind: str, chat_id: int, url: str) -> dict[str, object]:
        said = {"id": 3, "type": "message", "from_id": "user5", "text": [{"type": "link", "text": url}]}
        return {"name": "Foxes", "type": kind, "id": chat_id, "messages": [said]}

    chats = [
        chat("personal_chat", 42, "https://of-a-person.example/"),
        chat("private_group", 42, "https://of-a-group.example/"),
        chat("private_supergroup", 42, "https://of-a-supergroup.example/"),
        chat("private_channel", (2 << 32) + 7, "https://of-an-old-channel.example/"),
    ]
    account = json.dumps({"chats": {"list": chats[:2]}, "left_chats": {"list": chats[2:]}})
    for wanted, url in (
        (42, "https://of-a-person.example/"),
        (-42, "https://of-a-group.example/"),
        (-1_000_000_000_042, "https://of-a-supergroup.example/"),
        (-1_000_000_000_007, "https://of-an-old-channel.example/"),
        ("-42", "https://of-a-group.example/"),
    ):
        links, _, _ = read(tmp_path, account, Wish(chat=wanted))
        assert [link.url for link in links] == [url], wanted
    for typed in ("foxes", "42"):
        with pytest.raises(BadFile, match=r"2 chats: Foxes \(42\), Foxes \(-42\)") as unclear:
            read(tmp_path, account, Wish(chat=typed))
        assert unclear.value.code == "several_chats"
    with pytest.raises(BadFile):
        read(tmp_path, account, Wish(chat=7))


def test_what_was_said_before_a_group_became_a_supergroup_has_no_number_there(tmp_path: Path) -> None:
    """Telegram Desktop puts the old group's messages first, with their ids a thousand million lower."""
    before = {**MESSAGES[2], "id": 3 - 1_000_000_000}
    links, _, _ = read(tmp_path, json.dumps({**CHAT, "messages": [before, MESSAGES[2]]}), Wish(chat=-1_000_000_000_042))
    assert [link.shares[0].message_id for link in links] == [None, None, 3, 3]


def test_old_exports_have_plain_numbers_for_people(tmp_path: Path) -> None:
    def said(from_id: object) -> dict[str, object]:
        return {"id": 3, "type": "message", "from_id": from_id, "text": [{"type": "link", "text": "https://e.org/"}]}

    people = (1003, "1003", (1 << 32) + 5, (2 << 32) + 77, 7000, 3 << 32, True)
    chat = {**CHAT, "messages": [said(from_id) for from_id in people]}
    links, _, _ = read(tmp_path, json.dumps(chat), Wish(own_bot_id=7000))
    assert [link.shares[0].who_id for link in links] == [1003, 1003, -5, -1000000000077, None, None]


def test_a_list_of_addresses(tmp_path: Path) -> None:
    links, kind, header = read(tmp_path, "https://example.org/a Foxes\r\n\r\nhttps://example.org/b\nno address\n")
    assert [(link.url, link.title) for link in links] == [
        ("https://example.org/a", "Foxes"),
        ("https://example.org/b", None),
    ]
    assert (kind, header.skipped) == ("list", 1)


def test_addresses_in_bookmarks_stay_as_browsers_write_them(tmp_path: Path) -> None:
    """Some write `&` as it is: what only begins like a reference is none."""
    plain = "https://shop.example/?id=1&currency=USD&region=us&section=3&copy=2"
    page = (
        f'<DL><p><DT><A HREF="{plain}" TAGS="a&amp;b,c">Shop</A>\n'
        '<DT><A HREF="https://example.org/?a=1&amp;b=2&#38;c=3">Foxes</A>\n</DL>'
    )
    shop, foxes = read(tmp_path, page)[0]
    assert (shop.url, shop.tags) == (plain, ("a&b", "c"))
    assert foxes.url == "https://example.org/?a=1&b=2&c=3"


def test_a_bookmark_that_is_not_closed_takes_no_title_from_the_next_folder(tmp_path: Path) -> None:
    page = (
        '<DL><p><DT><A HREF="https://example.org/1">One\n<DT><H3>Folder</H3>\n'
        '<DL><p><DT><A HREF="https://example.org/2">Two</A>\n<DD>first<br>second\n</DL></DL>'
    )
    one, two = read(tmp_path, page)[0]
    assert (one.title, one.note) == ("One", None)
    assert (two.title, two.note) == ("Two", "first\nsecond")


def test_what_stands_behind_a_long_icon_is_read(tmp_path: Path) -> None:
    icon = "data:image/png;base64," + "A" * 300_000
    (link,) = read(tmp_path, f'<DL><p><DT><A HREF="https://example.org/" ICON="{icon}" TAGS="a,b">Foxes</A></DL>')[0]
    assert (link.title, link.tags) == ("Foxes", ("a", "b"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(tmp_path: Path, end: str) -> None:
    rows = ["url,title,note", 'https://example.org/a,Foxes,"two', 'lines"', "https://example.org/b,More,", ""]
    links, kind, _ = read(tmp_path, end.join(rows))
    assert kind == "csv"
    assert [(link.url, link.title, link.note) for link in links] == [
        ("https://example.org/a", "Foxes", "two\nlines"),
        ("https://example.org/b", "More", None),
    ]
    links, kind, header = read(tmp_path, end.join(["https://example.org/a Foxes", "https://example.org/b", "words"]))
    assert ([link.title for link in links], kind, header.skipped) == (["Foxes", None], "list", 1)


@pytest.mark.parametrize(
    ("encoding", "titles"),
    [
        ("cp1252", ["Forêts", "Ma forêt préférée – « été »", "Où ça ?"]),
        ("cp1252", ["forêts"]),
        ("cp1252", ["Coleção de ações", "Über größere Füchse"]),
        ("gbk", ["狐狸的故事", "Windows 2000 系统，第3章", "“你好”"]),
        ("gbk", ["網頁書籤與資料庫"]),
        ("gb18030", ["𠀀狐狸的网页"]),
    ],
)
@pytest.mark.parametrize("declared", [False, True])
def test_old_encodings(tmp_path: Path, encoding: str, titles: list[str], declared: bool) -> None:
    """Told by a META tag, as browsers understand it, or by how Chinese is written: seldom in lone characters."""
    names = {"cp1252": "ISO-8859-1", "gbk": "gb2312", "gb18030": "gb18030"}
    meta = f'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset={names[encoding]}">' if declared else ""
    entries = "".join(f'<DT><A HREF="https://example.org/{title}">{title}</A>\n' for title in titles)
    links, _, _ = read(tmp_path, f"<!DOCTYPE NETSCAPE-Bookmark-file-1>{meta}<DL><p>{entries}</DL>".encode(encoding))
    assert [link.title for link in links] == titles


def test_a_chinese_file_with_a_title_that_was_cut_is_still_chinese(tmp_path: Path) -> None:
    table = "url,title\nhttps://example.org/1,狐狸的故事\nhttps://example.org/2,网页".encode("gbk")
    assert [link.title for link in read(tmp_path, table[:-1])[0]] == ["狐狸的故事", "网\ufffd"]


@pytest.mark.parametrize(
    ("name", "title"),
    [("windows-1251", "Лиса"), ("koi8-r", "Лиса"), ("Shift_JIS", "狐の話"), ("big5", "狐狸"), ("euc-kr", "여우")],
)
def test_a_declared_encoding_is_taken_as_it_is(tmp_path: Path, name: str, title: str) -> None:
    page = f'<meta charset="{name}"><DT><A HREF="https://example.org/">{title}</A>'
    assert read(tmp_path, page.encode(name))[0][0].title == title


@pytest.mark.parametrize("name", ["rot13", "utf-7", "punycode", "unicode_escape", "zip", "no-such", "utf-16"])
def test_a_declared_encoding_that_no_browser_knows_is_passed_over(tmp_path: Path, name: str) -> None:
    page = f'<meta charset={name}><DT><A HREF="https://example.org/">forêts</A>'
    assert read(tmp_path, page.encode("cp1252"))[0][0].title == "forêts"
