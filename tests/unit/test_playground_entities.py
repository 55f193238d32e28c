"""Texts are marked where Telegram marks them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import utf16
from playground.addresses import checked_link
from playground.entities import find_entities, to_json


def marked(text: str, kind: str | None = None) -> list[str]:
    entities = to_json(text, find_entities(text))
    return [utf16.cut(text, e["offset"], e["length"]) for e in entities if kind in (None, e["type"])]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#reading and #links", ["#reading", "#links"]),
        ("字#标签", []),
        ("字 #标签 字", ["#标签"]),
        ("#标签你好", ["#标签你好"]),
        ("，#标点后", ["#标点后"]),
        ("🙂#emoji", ["#emoji"]),
        ("#tag@chan", ["#tag@chan"]),
        ("#tag@ab", ["#tag"]),
        ("#123", []),
        ("#a#b", []),
        ("#c++", ["#c"]),
        ("#foo-bar", ["#foo"]),
        ("#foo/bar", ["#foo"]),
        ("a#b", []),
        ("#１２３", []),
        ("#año_2026", ["#año_2026"]),
        ("#日本語タグ。", ["#日本語タグ"]),
        ("#한국어 #עברית", ["#한국어", "#עברית"]),
        ("##twice", ["#twice"]),
        ("(#inside)", ["#inside"]),
        ("#" + "x" * 300, ["#" + "x" * 256]),
    ],
)
def test_hashtags(text: str, tags: list[str]) -> None:
    assert marked(text, "hashtag") == tags


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("look at https://example.org/a?b=c#d now", ["https://example.org/a?b=c#d"]),
        ("example.com", ["example.com"]),
        ("www.example.com.", ["www.example.com"]),
        ("see example.org, please", ["example.org"]),
        ("(http://example.org/x)", ["http://example.org/x"]),
        ("https://en.wikipedia.org/wiki/Fox_(disambiguation)", ["https://en.wikipedia.org/wiki/Fox_(disambiguation)"]),
        (
            "(https://en.wikipedia.org/wiki/Fox_(disambiguation))",
            ["https://en.wikipedia.org/wiki/Fox_(disambiguation)"],
        ),
        ("http://example.org/what?!", ["http://example.org/what"]),
        ("http://example.org/a/", ["http://example.org/a/"]),
        ("file.txt and main.py", ["main.py"]),
        ("End.Next sentence", []),
        ("HTTP://EXAMPLE.ORG/X", ["HTTP://EXAMPLE.ORG/X"]),
        ("Example.Com", []),
        ("example.COM", ["example.COM"]),
        ("http://127.0.0.1:8080/x", ["http://127.0.0.1:8080/x"]),
        ("127.0.0.1", ["127.0.0.1"]),
        ("1.2.3", []),
        ("256.1.1.1", []),
        ("http://localhost/x", []),
        ("http://nothing-here.invalid/", ["http://nothing-here.invalid/"]),
        ("nothing-here.invalid", []),
        ("http://user:pw@example.org/x", ["http://user:pw@example.org/x"]),
        ("ssh://example.org", []),
        ("ftp://example.org/x", ["ftp://example.org/x"]),
        ("xhttp://example.org", ["http://example.org"]),
        ("tg://resolve?domain=x", ["tg://resolve?domain=x"]),
        ("例子.中国", ["例子.中国"]),
        ("xn--fsq.xn--0zwm56d", ["xn--fsq.xn--0zwm56d"]),
        ("看http://example.cn/路径 吧", ["http://example.cn/路径"]),
        ("见 https://example.cn/页。下一句", ["https://example.cn/页。下一句"]),
        ("“https://example.cn/a”", ["https://example.cn/a"]),
        ("🙂https://example.org/🙂", ["https://example.org/🙂"]),
        ("example.org:8080/x", ["example.org:8080/x"]),
        ("example.org:99999/x", ["example.org"]),
        ("http://a_b.example.org/", ["http://a_b.example.org/"]),
        ("http://a_b.org/", []),
        ("http://-x-.org", []),
        ("a@example.org", []),
        ("http://example.org/a<b>", ["http://example.org/a"]),
        ("https://example.org/x'", ["https://example.org/x"]),
    ],
)
def test_addresses(text: str, urls: list[str]) -> None:
    assert marked(text, "url") == urls


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("write to me@example.org.", "email", ["me@example.org"]),
        ("mailto:me@example.org", "email", ["me@example.org"]),
        ("@alice_reads hi", "mention", ["@alice_reads"]),
        ("x@alice_reads", "mention", []),
        ("@abc @gif", "mention", ["@gif"]),
        ("你好 @xiaolin_zh，", "mention", ["@xiaolin_zh"]),
        ("/start now /tag@hashkeep_bot", "bot_command", ["/start", "/tag@hashkeep_bot"]),
        ("a/b /c/d //e", "bot_command", []),
        ("/标签", "bot_command", []),
        ("$USD $usd $TOOLONGNAME a$EUR", "cashtag", ["$USD"]),
        ("call +12125550123", "phone_number", ["+12125550123"]),
    ],
)
def test_other_kinds(text: str, kind: str, found: list[str]) -> None:
    assert marked(text, kind) == found


def test_offsets_count_utf16_code_units() -> None:
    text = "🙂🙂 #标签 https://example.org"
    entities = to_json(text, find_entities(text))
    assert [(e["offset"], e["length"]) for e in entities] == [(5, 3), (9, 19)]


@settings(deadline=None)
@given(st.text(st.sampled_from("ab.#@/:$- 字。🙂\n_(http)1+"), max_size=60))
def test_whatever_the_text_entities_lie_inside_and_apart(text: str) -> None:
    end = 0
    for entity in to_json(text, find_entities(text)):
        assert entity["length"] > 0
        assert entity["offset"] >= end
        end = entity["offset"] + entity["length"]
    assert end <= utf16.length(text)


@pytest.mark.parametrize(
    ("given_url", "target"),
    [
        ("http://example.org", "http://example.org/"),
        ("example.org/x", "http://example.org/x"),
        ("https://example.org?a", "https://example.org/?a"),
        ("HTTPS://Example.org/X", "https://Example.org/X"),
        ("http://127.0.0.1:80/x", "http://127.0.0.1:80/x"),
        ("tg://user?id=5", "tg://user?id=5"),
        ("javascript:alert(1)", ""),
        ("http://localhost/x", ""),
        ("http://a b.org", ""),
        ("", ""),
    ],
)
def test_what_can_be_a_links_target(given_url: str, target: str) -> None:
    assert checked_link(given_url) == target
