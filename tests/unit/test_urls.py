"""Two spellings of a link are one link; two links never are."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from storage.urls import MAX_KEY_CHARS, comparison_key, display_host, is_of_site, taken_apart, without_sentence

SAME = [
    ("http://example.org/a", "https://example.org/a"),
    ("https://EXAMPLE.org/a", "https://example.org/a"),
    ("HTTPS://example.org/a", "https://example.org/a"),
    ("https://www.example.org/a", "https://example.org/a"),
    ("https://example.org./a", "https://example.org/a"),
    ("https://example.org", "https://example.org/"),
    ("https://example.org?", "https://example.org"),
    ("https://example.org/a/", "https://example.org/a"),
    ("https://example.org/a/?id=1", "https://example.org/a?id=1"),
    ("https://example.org:443/a", "http://example.org:80/a"),
    ("https://example.org/a#part", "https://example.org/a"),
    ("https://example.org/a#:~:text=word", "https://example.org/a"),
    ("https://example.org/%e4%b8%ad", "https://example.org/%E4%B8%AD"),
    ("https://example.org/中", "https://example.org/%E4%B8%AD"),
    ("https://example.org/?q=中", "https://example.org/?q=%e4%b8%ad"),
    ("https://中国.cn/", "https://xn--fiqs8s.cn"),
    ("https://BÜCHER.example/", "https://xn--bcher-kva.example"),
    ("https://example.org/a/./b/../c", "https://example.org/a/c"),
    ("https://example.org/a?utm_source=x&utm_medium=y", "https://example.org/a"),
    ("https://example.org/a?id=1&fbclid=zzz", "https://example.org/a?id=1"),
    ("https://example.org/a?UTM_Source=x&id=1", "https://example.org/a?id=1"),
    ("https://youtu.be/abc?si=zzz", "https://youtu.be/abc"),
    ("https://www.youtube.com/watch?v=abc&si=zzz", "https://youtube.com/watch?v=abc"),
    ("https://user:secret@example.org/a", "https://example.org/a"),
    ("example.org/a", "https://example.org/a"),
    (" https://example.org/a\n", "https://example.org/a"),
]

DIFFERENT = [
    ("https://example.org/a/?id=1", "https://example.org/a/?id=2"),
    ("https://example.org/?a=1&b=2", "https://example.org/?b=2&a=1"),
    ("https://example.org/a", "https://example.org/A"),
    ("https://example.org/a", "https://example.org/b"),
    ("https://example.org/a", "https://example.net/a"),
    ("https://a.example.org/", "https://b.example.org/"),
    ("https://example.org:8080/", "https://example.org/"),
    ("https://example.org:8080/", "https://example.org:8081/"),
    ("https://example.org/#!/one", "https://example.org/#!/two"),
    ("https://example.org/#/one", "https://example.org/#/two"),
    ("https://example.org/#/one", "https://example.org/"),
    ("https://example.org/?q=a%26b", "https://example.org/?q=a&b"),
    ("https://example.org/a%2Fb", "https://example.org/a/b"),
    ("https://example.org/?si=1", "https://example.org/?si=2"),
    ("https://youtube.com/watch?v=a&t=10", "https://youtube.com/watch?v=a&t=20"),
    ("https://www.com/", "https://com/"),
    ("https://example.org/?a", "https://example.org/?b"),
    ("https://example.org/?pk_id=1", "https://example.org/?pk_id=2"),
    ("https://example.org/" + "a" * 3000, "https://example.org/" + "a" * 2999 + "b"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_of_one_link_have_one_key(one: str, other: str) -> None:
    assert comparison_key(one) == comparison_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_links_have_two_keys(one: str, other: str) -> None:
    assert comparison_key(one) != comparison_key(other)


@pytest.mark.parametrize("url", ["", "ftp://example.org/", "mailto:a@example.org", "javascript:alert(1)", "https://"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        comparison_key(url)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://WWW.Example.org/a", "example.org"),
        ("https://example.org:8443/a", "example.org:8443"),
        ("https://example.org:443/a", "example.org"),
        ("http://example.org:443/a", "example.org:443"),
        ("http://127.0.0.1:8081/", "127.0.0.1:8081"),
        ("http://[::1]:8081/", "[::1]:8081"),
        ("https://xn--fiqs8s.cn/", "中国.cn"),
        ("https://xn--bcher-kva.example/", "bücher.example"),
        ("https://пример.рф/", "пример.рф"),
        ("https://日本語とカナ.jp/", "日本語とカナ.jp"),
    ],
)
def test_the_host_is_shown_for_people(url: str, host: str) -> None:
    assert display_host(url) == host


@pytest.mark.parametrize("host", ["аррӏе.com", "pаypal.com", "gооgle.com", "googıe.com", "example.orgノa.com"])
def test_a_host_that_looks_like_another_is_shown_as_it_is_resolved(host: str) -> None:
    assert "xn--" in display_host(f"https://{host}/")


label = st.from_regex(r"[a-z0-9]([a-z0-9]{0,10})", fullmatch=True).filter(lambda text: not text.startswith("xn"))
hosts = st.builds(lambda one, two: f"{one}.{two}.example", label, label)
segments = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(
    lambda text: quote(text, safe="")
)
paths = st.lists(segments.filter(lambda text: text not in (".", "..")), max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)
names = st.sampled_from(["id", "q", "page", "v", "a"])
values = st.text(max_size=12).filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))
queries = st.lists(st.tuples(names, values), max_size=4)
tracking = st.lists(st.tuples(st.sampled_from(["utm_source", "fbclid", "gclid", "utm_x"]), label), max_size=3)


def build(host: str, path: str, query: list[tuple[str, str]], scheme: str = "https", fragment: str = "") -> str:
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in query)
    return f"{scheme}://{host}{path}{'?' + text if text else ''}{fragment}"


@settings(deadline=None)
@given(hosts, paths, queries, st.sampled_from(["", "#x", "#!/x%e4", "#/y"]))
def test_the_key_of_a_key_is_itself(host: str, path: str, query: list[tuple[str, str]], fragment: str) -> None:
    key = comparison_key(build(host, path, query, fragment=fragment))
    assert comparison_key(key) == key


@settings(deadline=None)
@given(st.text(max_size=60))
def test_the_key_of_any_key_is_itself_and_short(text: str) -> None:
    try:
        key = comparison_key(f"https://example.org/{text}")
    except ValueError:
        assume(False)
    assert comparison_key(key) == key
    assert len(key) <= MAX_KEY_CHARS


@settings(deadline=None)
@given(hosts, paths, queries, tracking, st.booleans(), st.booleans(), st.booleans(), st.data())
def test_spelling_does_not_matter(
    host: str,
    path: str,
    query: list[tuple[str, str]],
    noise: list[tuple[str, str]],
    http: bool,
    www: bool,
    slash: bool,
    data: st.DataObject,
) -> None:
    mixed = list(query)
    for item in noise:
        mixed.insert(data.draw(st.integers(0, len(mixed))), item)
    other = build(
        ("www." if www else "") + host.upper(),
        path + ("/" if slash else ""),
        mixed,
        "http" if http else "https",
        data.draw(st.sampled_from(["", "#part", "#:~:text=x"])),
    )
    assert comparison_key(other) == comparison_key(build(host, path, query))


@settings(deadline=None)
@given(hosts, paths, queries, names, values, values)
def test_other_values_are_another_link(
    host: str, path: str, query: list[tuple[str, str]], name: str, one: str, other: str
) -> None:
    assume(one != other)
    first = build(host, path, [*query, (name, one)])
    second = build(host, path, [*query, (name, other)])
    assert comparison_key(first) != comparison_key(second)


@pytest.mark.parametrize(
    ("host", "site", "is_of"),
    [
        ("bank.example", "bank.example", True),
        ("my.bank.example", "bank.example", True),
        ("bank.example:8443", "bank.example", True),
        ("my.bank.example:8443", "bank.example", True),
        ("bank.example:8443", "bank.example:8443", True),
        ("bank.example", "bank.example:8443", False),
        ("riverbank.example", "bank.example", False),
        ("bank.example.net", "bank.example", False),
    ],
)
def test_a_site_is_its_host_and_what_is_below_it_at_any_port(host: str, site: str, is_of: bool) -> None:
    assert is_of_site(host, site) is is_of


@pytest.mark.parametrize(
    ("taken", "meant"),
    [
        ("https://example.org/a，很好", "https://example.org/a"),
        ("https://example.org/a。", "https://example.org/a"),
        ("https://example.org，很好", "https://example.org"),
        ("https://example.org。很好", "https://example.org"),
        ("https://example.org/a）和（https://example.org/b", "https://example.org/a"),
        ("example.org/a（推荐）", "example.org/a"),
        ("https://example.org/a？b", "https://example.org/a"),
        ("https://example.cn/页。", "https://example.cn/页"),
        ("https://example.cn/狐（动物）", "https://example.cn/狐（动物）"),
        ("https://example.cn/狐（动物）】。", "https://example.cn/狐（动物）"),
        ("https://example.cn/你好，李焕英", "https://example.cn/你好，李焕英"),
        ("https://例子。中国/页", "https://例子。中国/页"),
        ("https://www.example。com/a", "https://www.example。com/a"),
        ("https://zh.example.org/wiki/《红楼梦》", "https://zh.example.org/wiki/《红楼梦》"),
        ("https://example.org/（推荐）", "https://example.org/"),
        ("https://localhost，好", "https://localhost，好"),
        ("https://example.org/a,b;c!", "https://example.org/a,b;c!"),
        ("，。", ""),
    ],
)
def test_a_chinese_sentence_that_telegram_takes_for_the_end_of_an_address(taken: str, meant: str) -> None:
    assert without_sentence(taken) == meant


@pytest.mark.parametrize(
    ("taken", "addresses", "tags"),
    [
        ("https://example.org/a，https://example.org/b。", ["https://example.org/a", "https://example.org/b"], []),
        ("https://example.org/a）和（http://b.example/#c，好", ["https://example.org/a", "http://b.example/#c"], []),
        ("https://example.org/a，#标签、＃读书/小说", ["https://example.org/a"], ["标签", "读书"]),
        ("https://example.org/a，第#1条，-#不要", ["https://example.org/a"], []),
        ("https://example.org/a#标签", ["https://example.org/a#标签"], []),
        ("example.org/a", ["example.org/a"], []),
        ("，。", [], []),
    ],
)
def test_what_stands_behind_an_address_in_the_same_breath_counts(
    taken: str, addresses: list[str], tags: list[str]
) -> None:
    assert taken_apart(taken) == (addresses, tags)


@given(st.text(alphabet="htps:/.ab，。（）《》#＃标签 ", max_size=60))
def test_nothing_is_made_up_by_taking_apart(taken: str) -> None:
    addresses, tags = taken_apart(taken)
    assert all(part in taken for part in (*addresses, *tags))
