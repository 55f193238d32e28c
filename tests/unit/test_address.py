"""Which addresses may be fetched, in every spelling."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.address import AddressRule, canonical_host, is_public, parse_allow

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8", "64:ff9b:1::7f00:1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1",
    "2001:1ff:ffff::1", "2001:db8::1", "2002:7f00:1::", "2002:0808:0808::1", "3fff::1", "3fff:fff::1", "4000::1",
    "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff00::1", "ff02::1",
    "2606:4700::1%eth0",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "128.0.0.1",
    "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
    "223.255.255.255", "168.63.129.15", "2001:200::1", "2001:4860:4860::8888", "2400::1", "2606:4700::1111",
]  # fmt: skip


def rule(allow: str = "", own: str = "") -> AddressRule:
    return AddressRule(allow, own=lambda address: str(address) == own)


@pytest.mark.parametrize("ip", PRIVATE)
def test_no_address_outside_the_public_internet_is_allowed(ip: str) -> None:
    assert not rule().allows(ip, "example.com", 80)


@pytest.mark.parametrize("ip", PUBLIC)
def test_public_addresses_are_allowed(ip: str) -> None:
    assert rule().allows(ip, "example.com", 443)


@pytest.mark.parametrize("ip", ["127.1", "0x7f.1", "2130706433", "①②⑦.0.0.1", "example.com", "", "1.1.1.1 ", "[::1]"])
def test_what_is_no_literal_address_is_denied(ip: str) -> None:
    assert not rule().allows(ip, "example.com", 80)


def test_a_public_address_of_the_machine_itself_is_denied() -> None:
    assert not rule(own="8.8.8.8").allows("8.8.8.8", "example.com", 80)
    assert rule("8.8.8.8", own="8.8.8.8").allows("8.8.8.8", "example.com", 80)


@given(st.ip_addresses(v=4))
def test_no_ipv6_form_of_an_ipv4_address_is_public(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for prefix in ("::ffff:0:0", "::", "64:ff9b::", "::ffff:0:0:0", "64:ff9b:1::"):
        assert not is_public(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + number))
    assert not is_public(ipaddress.IPv6Address((0x2002 << 112) + (number << 80) + 1))
    assert not is_public(ipaddress.IPv6Address((0x20010000 << 96) + number))


@given(st.ip_addresses())
def test_what_python_calls_local_is_never_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not is_public(address)


@given(st.integers(0, 2**24 - 1), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))
def test_every_number_spelling_of_loopback_is_refused_early(rest: int, form: str) -> None:
    host = form.format(127 * 2**24 + rest)
    assert rule().refusal(f"http://{host}/") == "private_address"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/", "http://LOCALHOST:8080/", "http://localhost./", "http://a.localhost/", "http://router/",
        "http://127.1/", "http://0x7f.1/", "http://①②⑦.⓪.⓪.①/", "http://0177.0.0.1/", "http://2130706433/",
        "http://[::1]/", "http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:ffff:127.0.0.1]/", "http://127.0.0.1\\@evil.com/",
        "http://user@10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http:/\\127.0.0.1/", "http:127.0.0.1",
        "http://%31%32%37.0.0.1/", "https://0/",
        "http://printer.local/", "http://vault.internal/", "http://nas.home.arpa/", "\thttp://127.0.0.1/\n",
        "http://127。0。0。1/", "http://127.0.0.1./",
    ],
)  # fmt: skip
def test_local_addresses_are_refused_early(url: str) -> None:
    assert rule().refusal(url) == "private_address"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com/", "bad_scheme"),
        ("file:///etc/passwd", "bad_scheme"),
        ("javascript:alert(1)", "bad_scheme"),
        ("data:text/html,hi", "bad_scheme"),
        ("view-source:http://example.com/", "bad_scheme"),
        ("example.com", "bad_address"),
        ("", "bad_address"),
        ("http://", "bad_address"),
        ("http://a b/", "bad_address"),
        ("http://1.2.3.256/", "bad_address"),
        ("http://[::1/", "bad_address"),
        ("http://[fe80::1%25eth0]/", "bad_address"),
        ("http://a..b/", "bad_address"),
        ("http://example.com:99999/", "bad_address"),
        (f"http://{'a' * 64}.com/", "bad_address"),
        (f"http://{'a.' * 140}com/", "bad_address"),
        (f"http://example.com/{'a' * 2048}", "too_long"),
    ],
)
def test_urls_that_cannot_be_opened_say_why(url: str, why: str) -> None:
    assert rule().refusal(url) == why


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "HTTPS://Example.COM:8443/a?b#c", "https://münchen.de/", "http://8.8.8.8/",
        "http://evil.com@example.com/", "https://[2606:4700::1111]/", "http://127.0.0.1.nip.io/", "http://a_b.example/",
    ],
)  # fmt: skip
def test_public_addresses_are_worth_trying(url: str) -> None:
    assert rule().refusal(url) is None


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(text: str) -> None:
    rule().refusal(text)
    rule().refusal(f"http://{text}/")
    canonical_host(text)


@pytest.mark.parametrize(
    ("allow", "ip", "host", "port", "allowed"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", 80, True),
        ("127.0.0.1", "127.0.0.2", "127.0.0.2", 80, False),
        ("127.0.0.1:8081", "127.0.0.1", "127.0.0.1", 8081, True),
        ("127.0.0.1:8081", "127.0.0.1", "127.0.0.1", 8082, False),
        ("10.1.0.0/16", "10.1.2.3", "wiki.corp.example", 443, True),
        ("10.1.0.0/16", "10.2.0.1", "wiki.corp.example", 443, False),
        ("198.18.0.0/15", "198.18.0.7", "example.com", 443, True),
        ("wiki", "10.9.9.9", "WIKI", 443, True),
        ("wiki:443", "10.9.9.9", "wiki.", 443, True),
        ("wiki:443", "10.9.9.9", "wiki", 80, False),
        ("wiki", "10.9.9.9", "other", 443, False),
        ("wiki", "10.9.9.9", "wiki.evil.example", 443, False),
        ("wiki", "169.254.169.254", "wiki", 80, False),
        ("wiki", "fd00:ec2::254", "wiki", 80, False),
        ("169.254.169.254", "169.254.169.254", "169.254.169.254", 80, True),
        ("wiki", "::ffff:10.9.9.9", "wiki", 80, False),
        ("[::1]:8080", "::1", "[::1]", 8080, True),
        ("::1", "::1", "::1", 1, True),
        ("fd00::/8", "fd12::1", "nas", 80, True),
        ("a.example, 10.0.0.1", "10.0.0.1", "x", 80, True),
        ("fe80::/10", "fe80::1%eth0", "x", 80, False),
    ],
)
def test_the_allow_list_opens_just_what_it_names(allow: str, ip: str, host: str, port: int, allowed: bool) -> None:
    assert rule(allow).allows(ip, host, port) is allowed


@pytest.mark.parametrize(
    ("allow", "url", "refused"),
    [
        ("localhost", "http://localhost:9/", None),
        ("localhost:8080", "http://localhost/", "private_address"),
        ("127.0.0.1:8081", "http://127.0.0.1:8081/play/demo/english", None),
        ("127.0.0.1:8081", "http://127.0.0.1:8082/", "private_address"),
        ("wiki:443", "https://wiki/Main", None),
        ("wiki:443", "http://wiki/Main", "private_address"),
        ("10.0.0.0/8", "http://10.1.1.1/", None),
    ],
)
def test_the_early_answer_knows_the_allow_list(allow: str, url: str, refused: str | None) -> None:
    assert rule(allow).refusal(url) == refused


@pytest.mark.parametrize("text", ["http://a/", "a:b", "a:0", "a:70000", "10.0.0.0/33", "*.corp", "a@b", "[::1", ":80"])
def test_an_allow_list_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is no host, host:port"):
        parse_allow(f"example.com, {text}")


def test_an_empty_allow_list_opens_nothing() -> None:
    assert parse_allow(" , ").entries == ()
