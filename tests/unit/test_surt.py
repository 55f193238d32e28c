"""Index keys: as pywb's canonicaliser makes them, or a replay does not find what is there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.surt import surt


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://example.org", "org,example)/"),
        ("https://www.example.org/A/b/?c=1&a=2", "org,example)/a/b?a=2&c=1"),
        ("http://127.0.0.1:8761/x/y.png?b&a=3&a", "1,0,0,127:8761)/x/y.png?a&a=3&b"),
        ("https://EXAMPLE.org:443/%7Efoo/?q=%20x+y", "org,example)/~foo?q=%20x+y"),
        ("http://user:pw@www2.example.co.uk:8080//a//b/", "uk,co,example:8080)/a/b"),
        ("http://例子.cn/路径?查=询", "cn,xn--fsqu00a)/%e8%b7%af%e5%be%84?%e6%9f%a5=%e8%af%a2"),
        ("http://example.org/?phpsessid=0123456789abcdef0123456789abcdef&x=1", "org,example)/?x=1"),
        ("http://example.org/a?__wb_method=POST&b=1", "org,example)/a?__wb_method=post&b=1"),
        ("http://example.org/a?x=%2525", "org,example)/a?x=%25"),
        ("http://example.org/a?", "org,example)/a"),
        ("http://example.org/foo/?", "org,example)/foo"),
        ("http://example.org/index.html#frag", "org,example)/index.html"),
        ("http://example.org/?==&&&a&=b", "org,example)/?&&==&=b&a"),
        ("http://[2001:DB8::1]:8080/a", "2001:db8::1:8080)/a"),
        ("https://[::1]:443/", "::1)/"),
        ("urn:view:http://example.org/", "urn:view:http://example.org"),
        ("urn:text:http://example.org/A/é b/?b=C&a#x", "urn:text:http://example.org/a/%c3%a9%20b?a&b=c"),
        ("data:text/plain,a b", "data:text/plain,a b"),
    ],
)
def test_keys_are_those_that_replay_programs_look_up(url: str, key: str) -> None:
    assert surt(url) == key


@given(st.text(alphabet="abcXYZ019%/?&=.:;@~ é中", max_size=40))
def test_scheme_case_and_fragment_never_count(rest: str) -> None:
    key = surt(f"http://example.org/{rest}")
    assert key == surt(f"HTTPS://www.Example.ORG/{rest}#top".replace("#top", "" if "#" in rest else "#top"))
    assert " " not in key, "a key with a space would break the line of the index"
