"""Every range that is closed, at its edges, and the rule as a whole against one that is written in another way."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.address import AddressRule, is_public

CLOSED_V4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
]  # fmt: skip
CLOSED_V6 = [
    "::/3", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "4000::/2", "8000::/1",
    # What lies in those, by the names under which it is known.
    "::/128", "::1/128", "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
    "2001::/32", "2001:10::/28", "2001:20::/28", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
]  # fmt: skip
OPEN_BESIDE = [
    "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
    "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
    "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "168.63.129.15",
    "168.63.129.17", "2000::", "2000:ffff::", "2001:200::", "2001:db7:ffff::", "2001:db9::", "2003::", "2001:ffff::",
    "3ffe::", "3fff:1000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
]  # fmt: skip


@pytest.mark.parametrize("text", CLOSED_V4 + CLOSED_V6)
def test_a_closed_range_is_closed_from_its_first_to_its_last_address(text: str) -> None:
    network = ipaddress.ip_network(text)
    for address in (network[0], network[network.num_addresses // 2], network[-1]):
        assert not is_public(address), address
        assert not AddressRule(own=lambda _: False).allows(str(address), "example.com", 443)


@pytest.mark.parametrize("ip", OPEN_BESIDE)
def test_what_lies_beside_a_closed_range_is_open(ip: str) -> None:
    assert is_public(ipaddress.ip_address(ip))


def open_v4(a: int, b: int, c: int, d: int) -> bool:
    """By the bytes, as people read them."""
    if a in (0, 10, 127) or a > 223:
        return False
    if (a, b) in ((169, 254), (192, 168), (198, 18), (198, 19)):
        return False
    if (a, b, c) in ((192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 51, 100), (203, 0, 113)):
        return False
    if (a == 100 and b & 0xC0 == 64) or (a == 172 and b & 0xF0 == 16):
        return False
    return (a, b, c, d) != (168, 63, 129, 16)


def open_v6(groups: tuple[int, ...]) -> bool:
    """By the first two groups."""
    first, second = groups[:2]
    if first >> 13 != 1 or first == 0x2002:
        return False
    if first == 0x2001 and (second < 0x200 or second == 0xDB8):
        return False
    return not (first == 0x3FFF and second < 0x1000)


EDGES_V4 = [0, 10, 63, 64, 99, 100, 113, 126, 127, 128, 129, 168, 169, 172, 192, 198, 203, 223, 224, 240, 254, 255]
BYTE = st.sampled_from([*EDGES_V4, 1, 2, 15, 16, 17, 18, 19, 20, 31, 32, 51, 88]) | st.integers(0, 255)
EDGES_V6 = [0, 0x1FFF, 0x2000, 0x2001, 0x2002, 0x2003, 0x3FFE, 0x3FFF, 0x4000, 0x64, 0xFF9B, 0xFC00, 0xFE80, 0xFF00]
GROUP = st.sampled_from([*EDGES_V6, 1, 0x1FF, 0x200, 0xDB7, 0xDB8, 0xDB9, 0xFFF, 0x1000]) | st.integers(0, 0xFFFF)


@given(st.tuples(BYTE, BYTE, BYTE, BYTE))
def test_the_rule_says_the_same_as_one_by_bytes(octets: tuple[int, int, int, int]) -> None:
    assert is_public(ipaddress.IPv4Address(bytes(octets))) is open_v4(*octets)


@given(st.tuples(*[GROUP] * 8))
def test_the_rule_says_the_same_as_one_by_groups(groups: tuple[int, ...]) -> None:
    address = ipaddress.IPv6Address(b"".join(group.to_bytes(2, "big") for group in groups))
    assert is_public(address) is open_v6(groups)


@pytest.mark.parametrize(
    ("deny", "ip", "host", "port", "allowed"),
    [
        ("93.184.216.34", "93.184.216.34", "me.example", 443, False),
        ("93.184.216.34", "93.184.216.35", "me.example", 443, True),
        ("93.184.216.0/24", "93.184.216.99", "93.184.216.99", 80, False),
        ("2600:1f18::/32", "2600:1f18::5", "me.example", 443, False),
        ("93.184.216.34:22", "93.184.216.34", "me.example", 22, False),
        ("93.184.216.34:22", "93.184.216.34", "me.example", 443, True),
        ("me.example", "93.184.216.34", "ME.example.", 443, False),
        ("me.example", "93.184.216.34", "x.me.example", 443, True),
    ],
)
def test_what_the_operator_closes_is_closed(deny: str, ip: str, host: str, port: int, allowed: bool) -> None:
    rule = AddressRule(deny=deny, own=lambda _: False)
    assert rule.allows(ip, host, port) is allowed
    bracketed = f"[{ip}]" if ":" in ip else ip
    if host.lower().rstrip(".") != "x.me.example" and "example" in deny:
        assert rule.refusal(f"http://{host}:{port}/") == (None if allowed else "private_address")
    elif "example" not in deny:
        assert rule.refusal(f"http://{bracketed}:{port}/") == (None if allowed else "private_address")


def test_closing_wins_over_opening() -> None:
    rule = AddressRule("10.0.0.0/8", "10.9.0.0/16")
    assert rule.allows("10.1.2.3", "wiki", 80)
    assert not rule.allows("10.9.2.3", "wiki", 80)
    assert rule.refusal("http://10.9.2.3/") == "private_address"
